# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Manifests that are JSON, under a digest that fits, and hostile: refused in one line."""

from collections.abc import Callable
import json
from pathlib import Path
from typing import Any

import onnx
import pytest

from drl_prune_ros.policy.bounds import LONGEST_MANIFEST
from drl_prune_ros.policy.policy_file import MANIFEST_KEY


def instance(change: Callable[[str], str], what: str) -> Any:
    return pytest.param(change, id=what.replace(' ', '-'), marks=pytest.mark.reaction(
        'policy files', what, 'refused in one line'))


def manifest(change: Callable[[dict[str, Any]], None]) -> Callable[[str], str]:
    def changed(text: str) -> str:
        value = json.loads(text)
        change(value)
        return json.dumps(value)
    return changed


def deep(value: dict[str, Any]) -> None:
    inner: dict[str, Any] = {}
    value['provenance'] = inner
    for _ in range(500):
        inner['a'] = {}
        inner = inner['a']


def wide(value: dict[str, Any]) -> None:
    value['observation'] |= {'shape': [10**10], 'features': ['x']}


def grid(value: dict[str, Any]) -> None:
    value['observation'] |= {
        'kind': 'occupancy_grid', 'shape': [1, 2, 3], 'features': ['presence'], 'units': ['1'],
        'ranges': [[None, None]], 'frame': 'vehicle', 'options': {
            'grid_size': [[-1e308, 1e308], [-1e308, 1e308]], 'grid_step': [1e-308, 1e-308]}}


MANIFESTS = [
    instance(manifest(wide), 'a contract of 10^10 observations'),
    instance(manifest(lambda v: v['observation'].update(shape=[10**400])), 'a shape of 10^400'),
    instance(manifest(lambda v: v['observation'].update(rate_hz=1e308, control_rate_hz=1e308)),
             'a rate of 1e308 Hz'),
    instance(manifest(lambda v: v['observation'].update(rate_hz=1e-308, control_rate_hz=1e300)),
             'rates whose quotient overflows'),
    instance(manifest(lambda v: v['observation'].update(rate_hz=5e-324)), 'a rate of 5e-324'),
    instance(manifest(lambda v: v['observation'].update(
        ranges=[[-1.7e308, 1.7e308]] * 6, normalized=True)), 'a range whose width overflows'),
    instance(manifest(lambda v: v['observation'].update(
        ranges=[[0.0, 5e-324]] * 6, normalized=True)), 'a range of no width'),
    instance(manifest(grid), 'a grid of 1e308 m'),
    instance(manifest(lambda v: v['action'].update(low=[-1e300] * 2)), 'an action of -1e300'),
    instance(manifest(lambda v: v.update(widths=[1] * 10_000)), '10,000 layers'),
    instance(manifest(lambda v: v.update(widths=[4, 10**18, 4, 2])), 'a layer of 10^18 units'),
    instance(manifest(lambda v: v.update(nonzeros=[10**30] * 3)), '10^30 weights that are not 0'),
    instance(manifest(lambda v: v.update(circulant=[[10**30] * 3] * 3)), 'blocks of 10^30'),
    instance(manifest(lambda v: v.update(task='a\ud800')), 'half of a surrogate pair in a name'),
    instance(manifest(lambda v: v.update(provenance={'a': 'b\udfff'})),
             'half of a surrogate pair in the provenance'),
    instance(manifest(lambda v: v.update(task='a\x1b[2Jb')), 'a terminal escape in a name'),
    instance(manifest(lambda v: v.update(task='a' * 10_000)), 'a name of 10,000 characters'),
    instance(manifest(deep), '500 objects inside each other'),
    instance(lambda text: text.replace('"task":', '"provenance":' + '[' * 10**5 + ',"task":'),
             '100,000 brackets'),
    instance(lambda text: text.replace('"task":', '"task":"other","task":'), 'an entry twice'),
    instance(lambda text: text.replace('"version":1', '"version":1' + '0' * 4000),
             'a version of 4,000 digits'),
    instance(lambda text: text.replace('"seed":0', '"seed":1' + '0' * 5000),
             'a number of 5,000 digits'),
    instance(lambda text: text.replace('"seed":0', '"seed":1e999'), 'a number beyond a double'),
    instance(manifest(lambda v: v.update(provenance={'a': 'x' * LONGEST_MANIFEST})),
             '50 MB of provenance'),
    instance(lambda text: '', 'an empty manifest'),
]


@pytest.mark.parametrize('change', MANIFESTS)
def test_a_manifest_that_no_policy_has(
        change: Callable[[str], str], every_operator: bytes, resealed: Any,
        tmp_path: Path, refused: Any) -> None:
    model = onnx.load_from_string(every_operator)
    [entry] = [entry for entry in model.metadata_props if entry.key == MANIFEST_KEY]
    changed = change(entry.value)
    assert changed != entry.value
    entry.value = changed
    refused(tmp_path / 'p.onnx', resealed(model))
