# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The shipped policies are the ones that the committed results and references speak of."""

import json
from pathlib import Path

import numpy as np
import pytest

from drl_prune_ros.policy.policy_file import read_policy
from drl_prune_ros.policy.runtime import load_runtime
from drl_prune_ros.reporting.report import RECORDS
from drl_prune_ros.reporting.result import read_result
from drl_prune_ros.resources import config_dir, models_dir
from drl_prune_ros.tasks.catalogue import ENGINES, load_task
from drl_prune_ros.tasks.evaluation import evaluate_envpool

RESULTS = sorted(path for path in (Path(__file__).parents[2] / 'results').glob('*/*.json')
                 if not any(map(path.match, RECORDS)))


@pytest.mark.parametrize('path', RESULTS, ids=lambda path: f'{path.parent.name}/{path.stem}')
def test_a_result_describes_the_policy_it_names(path: Path) -> None:
    result = read_result(path)
    policy = read_policy(models_dir() / result['policy'])
    assert policy.sha256 == result['sha256']
    assert list(policy.manifest.widths) == result['widths']
    assert policy.manifest.weights == result['weights']
    assert policy.file_bytes == result['file_bytes']
    assert policy.manifest.provenance['seed'] == result['seed']


def test_every_shipped_policy_has_a_result() -> None:
    named = {read_result(path)['policy'] for path in RESULTS}
    assert {path.name for path in models_dir().glob('*.onnx')} == named


def test_the_reference_is_the_shipped_dense_policy() -> None:
    for path in (config_dir() / 'references').glob('*.json'):
        content = json.loads(path.read_text())
        dense = read_policy(models_dir() / f'{content["task"]}-dense.onnx')
        for figures in content['engines'].values():
            assert dense.sha256 in [each['sha256'] for each in figures['dense']['policies']]


# On the other engine a policy takes minutes.
@pytest.mark.parametrize(
    'path', [path for path in RESULTS if 'envpool' in read_result(path)['figures']],
    ids=lambda path: f'{path.parent.name}/{path.stem}')
def test_a_shipped_policy_drives_as_its_result_says(path: Path) -> None:
    result = read_result(path)
    runtime = load_runtime(models_dir() / result['policy'])
    figures = result['figures']['envpool']
    # So many steps, however long an episode is.
    episodes = max(20, min(300, round(20_000 / figures['length_mean'])))
    played = evaluate_envpool(
        load_task(result['task']), lambda batch: runtime.outputs(batch)['action'], 500_000,
        episodes)
    # A fall that is rare need not be among so few.
    error = figures['return_error'] * figures['episodes'] ** 0.5
    spread = max(error, played.returns.std()) / len(played) ** 0.5
    assert abs(played.return_mean - figures['return_mean']) < 4 * spread + 1e-9


@pytest.mark.parametrize('path', RESULTS, ids=lambda path: f'{path.parent.name}/{path.stem}')
def test_the_engines_do_not_contradict_each_other(path: Path) -> None:
    figures = read_result(path)['figures']
    both = [figures[engine] for engine in ENGINES if engine in figures]
    if len(both) > 1:
        assert_close(*both)


def test_the_floors_do_not_contradict_each_other() -> None:
    for path in (config_dir() / 'references').glob('*.json'):
        floors = [each['floor'] for each in json.loads(path.read_text())['engines'].values()]
        assert len({floor['policy'] for floor in floors}) == 1
        if len(floors) > 1:
            assert_close(*floors)


def assert_close(one: dict, other: dict) -> None:
    """Assert that return and crash rate agree within three standard errors."""
    error = np.hypot(one['return_error'], other['return_error'])
    assert abs(one['return_mean'] - other['return_mean']) < 3 * error
    if one['crash_rate'] is not None:
        spread = sum(each['crash_rate'] * (1 - each['crash_rate']) / each['episodes']
                     for each in (one, other)) ** 0.5
        assert abs(one['crash_rate'] - other['crash_rate']) < 3 * spread
