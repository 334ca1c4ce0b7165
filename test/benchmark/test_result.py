# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Result files and the verdict 'lossless'."""

from pathlib import Path
from typing import Any

import pytest

from drl_prune_ros.benchmark import result
from drl_prune_ros.benchmark.result import (
    compare,
    crashes_added,
    judge_into,
    read_result,
    RESULT_VERSION,
    write_result,
)
from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.policy.policy_file import read_policy
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
    (make_figures(23.9, crash_rate=0.012), True),
    (make_figures(23.9, crash_rate=0.016), False),
])
def test_lossless_needs_skill_certainty_and_no_more_crashes(
        figures: dict, lossless: bool) -> None:
    assert compare(figures, make_reference())['lossless'] is lossless


def test_a_task_without_crashes_is_judged_by_skill() -> None:
    reference = make_reference(dense_crash_rate=None)
    assert compare(make_figures(24.0, crash_rate=None), reference)['lossless']


def test_crash_bound_is_the_normal_approximation() -> None:
    upper = compare(make_figures(24.0), make_reference())['crashes_added_upper95']
    assert upper == pytest.approx(1.645 * (2 * 0.01 * 0.99 / 10_000) ** 0.5, rel=0.01)


def test_no_crash_in_a_few_episodes_is_not_certain() -> None:
    assert crashes_added(0.0, 500, 0.0, 500) > 0.004
    assert crashes_added(0.0, 50, 0.0, 10_000) > 0.02


def test_result_files_are_versioned(tmp_path: Path) -> None:
    path = tmp_path / 'results' / 'a.json'
    write_result(path, {'version': RESULT_VERSION, 'weights': 3})
    assert read_result(path)['weights'] == 3
    write_result(path, {'version': 99})
    with pytest.raises(DrlPruneError, match='has version 99'):
        read_result(path)
    path.write_text('[')
    with pytest.raises(DrlPruneError, match='is not a result file'):
        read_result(path)


def test_figures_of_one_more_engine_are_added_and_give_way_to_more_episodes_alone(
        highway_policy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(result, 'FINAL_EPISODES', {'envpool': 20})
    path, sha256 = tmp_path / 'result.json', read_policy(highway_policy).sha256
    write_result(path, {'version': RESULT_VERSION, 'sha256': sha256, 'figures': {'other': 1}})
    judge_into(path, highway_policy, 'envpool')
    figures = read_result(path)['figures']
    assert figures['other'] == 1
    assert figures['envpool']['episodes'] == 20
    with pytest.raises(DrlPruneError, match='has figures on envpool'):
        judge_into(path, highway_policy, 'envpool')
    assert read_result(path)['figures'] == figures
    judge_into(path, highway_policy, 'envpool', episodes=25)
    longer = read_result(path)['figures']
    assert longer['envpool']['episodes'] == 25
    assert longer['envpool']['first_seed'] == figures['envpool']['first_seed']
    with pytest.raises(DrlPruneError, match='over 25 episodes, which are kept'):
        judge_into(path, highway_policy, 'envpool', episodes=20)
    write_result(path, {'version': RESULT_VERSION, 'sha256': 'another', 'figures': {}})
    with pytest.raises(DrlPruneError, match='another policy'):
        judge_into(path, highway_policy, 'envpool')
