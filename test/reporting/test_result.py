# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Result files and the verdict 'lossless'."""

from pathlib import Path
from typing import Any

import pytest

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.policy.policy_file import read_policy
from drl_prune_ros.reporting import result
from drl_prune_ros.reporting.result import (
    add_figures,
    compare,
    crashes_added,
    crashes_added_in_pairs,
    read_result,
    RESULT_VERSION,
    with_skill,
    write_result,
)
from drl_prune_ros.resources import models_dir
from drl_prune_ros.tasks.skill import Reference


def make_reference(**changes: Any) -> Reference:
    values: dict[str, Any] = {
        'task': 't', 'engine': 'envpool', 'floor': 20.0, 'floor_policy': 'SLOWER',
        'floor_crash_rate': 0.02, 'floor_speed': 20.0, 'dense': 24.0, 'dense_error': 0.0,
        'dense_crash_rate': 0.01, 'dense_episodes': 10_000}
    return Reference(**{**values, **changes})


def make_figures(mean: float, half: float = 0.04, crash_rate: float | None = 0.01) -> dict:
    return {'return_mean': mean, 'return_ci95': [mean - half, mean + half],
            'crash_rate': crash_rate, 'episodes': 10_000}


@pytest.mark.parametrize(('figures', 'lossless'), [
    (make_figures(23.9), True),
    (make_figures(23.87), False),
    (make_figures(23.9, half=0.09), False),
    (make_figures(24.3, half=0.09), True),
    (make_figures(23.9, crash_rate=0.012), True),
    (make_figures(23.9, crash_rate=0.016), False),
])
def test_lossless_needs_skill_certainty_and_no_more_crashes(
        figures: dict, lossless: bool) -> None:
    assert compare(figures, make_reference())['lossless'] is lossless


def test_a_task_without_crashes_is_evaluated_by_skill() -> None:
    reference = make_reference(dense_crash_rate=None)
    assert compare(make_figures(24.0, crash_rate=None), reference)['lossless']


def test_crash_bound_is_the_normal_approximation() -> None:
    upper = compare(make_figures(24.0), make_reference())['crashes_added_upper95']
    assert upper == pytest.approx(1.645 * (2 * 0.01 * 0.99 / 10_000) ** 0.5, rel=0.01)


def test_no_crash_in_a_few_episodes_is_not_certain() -> None:
    assert crashes_added(0.0, 500, 0.0, 500) > 0.004
    assert crashes_added(0.0, 50, 0.0, 10_000) > 0.02


def test_crashes_in_pairs_are_those_of_one_policy_alone() -> None:
    # Where no episode differs there is little left to be uncertain of, however many crash.
    assert crashes_added_in_pairs(0, 0, 2000) < 0.001 < crashes_added(0.02, 2000, 0.02, 2000)
    upper = crashes_added_in_pairs(30, 10, 2000)
    assert upper == pytest.approx(0.01 + 1.645 * (40 / 2000 - 0.01 ** 2) ** 0.5 / 2000 ** 0.5,
                                  rel=0.05)


def test_the_dense_policy_is_lossless_beside_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    reference = make_reference(dense_error=1.0, dense_sha256='d')
    monkeypatch.setattr(result, 'find_reference', lambda task, engine: reference)
    figures = {'envpool': make_figures(24.0, half=2.0)}
    own, other = (with_skill({'task': 't', 'sha256': sha256, 'figures': figures})['figures'][
        'envpool'] for sha256 in ('d', 'e'))
    assert own['lossless'] and own['skill_half_width95'] == 0.0
    assert not other['lossless'] and other['skill_half_width95'] > 0.5


def test_result_files_are_versioned(tmp_path: Path) -> None:
    path = tmp_path / 'results' / 'a.json'
    write_result(path, {'version': RESULT_VERSION, 'weights': 3})
    assert read_result(path)['weights'] == 3
    write_result(path, {'version': 99})
    with pytest.raises(DrlPruneError, match='has version 99'):
        read_result(path)
    path.write_text('[')
    with pytest.raises(DrlPruneError, match='cannot be read as a result file'):
        read_result(path)


def test_figures_of_one_more_engine_are_added_and_give_way_to_more_episodes_alone(
        highway_policy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(result, 'FINAL_EPISODES', {'compiled': 20})
    path, sha256 = tmp_path / 'result.json', read_policy(highway_policy).sha256
    write_result(path, {
        'version': RESULT_VERSION, 'task': 'highway-fast-v0', 'sha256': sha256,
        'figures': {'other': 1}})
    add_figures(path, highway_policy, 'compiled')
    figures = read_result(path)['figures']
    assert figures['other'] == 1
    assert figures['compiled']['episodes'] == 20
    with pytest.raises(DrlPruneError, match='has figures on compiled'):
        add_figures(path, highway_policy, 'compiled')
    assert read_result(path)['figures'] == figures
    add_figures(path, highway_policy, 'compiled', episodes=25)
    longer = read_result(path)['figures']
    assert longer['compiled']['episodes'] == 25
    assert longer['compiled']['first_seed'] == figures['compiled']['first_seed']
    with pytest.raises(DrlPruneError, match='over 25 episodes, which are kept'):
        add_figures(path, highway_policy, 'compiled', episodes=20)
    # Compared seed by seed with the dense policy, which is itself here; that is done once.
    add_figures(path, highway_policy, 'compiled', episodes=25, paired_with=highway_policy)
    compared = read_result(path)['figures']['compiled']
    assert compared['beside'] == {
        'sha256': sha256, 'difference_mean': 0.0, 'difference_ci95': [0.0, 0.0],
        'crashed_alone': 0, 'dense_crashed_alone': 0}
    assert compared['return_mean'] == longer['compiled']['return_mean']
    with pytest.raises(DrlPruneError, match='has figures on compiled'):
        add_figures(path, highway_policy, 'compiled', episodes=25, paired_with=highway_policy)
    with pytest.raises(DrlPruneError, match='is a policy of another task'):
        add_figures(path, highway_policy, 'compiled', episodes=30,
                   paired_with=models_dir() / 'merge-v0-dense.onnx')
    write_result(path, {'version': RESULT_VERSION, 'sha256': 'another', 'figures': {}})
    with pytest.raises(DrlPruneError, match='another policy'):
        add_figures(path, highway_policy, 'compiled')
