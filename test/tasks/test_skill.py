# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Skill and its interval."""

from contextlib import nullcontext
from dataclasses import replace
import json
from pathlib import Path

import numpy as np
import pytest

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.tasks import skill
from drl_prune_ros.tasks.evaluation import Episodes


def make_reference(**changes: object) -> skill.Reference:
    values: dict = {
        'task': 'a task', 'engine': 'envpool', 'floor': 20.0, 'floor_policy': 'SLOWER',
        'floor_crash_rate': 0.02, 'floor_speed': 20.0, 'dense': 24.0, 'dense_error': 0.0,
        'dense_crash_rate': 0.01, 'dense_episodes': 1000}
    return skill.Reference(**{**values, **changes})


def make_episodes(returns: np.ndarray, crashed: np.ndarray | None = None) -> Episodes:
    return Episodes(
        task='a task', engine='envpool', seeds=np.arange(len(returns)), returns=returns,
        lengths=np.ones(len(returns), dtype=np.int64), crashed=crashed, speeds=None)


def test_skill_is_zero_at_the_floor_and_one_at_dense() -> None:
    reference = make_reference()
    assert reference.skill(20.0) == 0
    assert reference.skill(24.0) == 1
    assert reference.skill(23.0) == 0.75


def test_interval_covers_the_mean_about_95_times_in_100() -> None:
    rng = np.random.default_rng(1)
    hits = 0
    for _ in range(200):
        low, high = skill.interval95(rng.exponential(size=200))
        hits += low <= 1.0 <= high
    assert 0.88 <= hits / 200 <= 0.99


def test_half_width_includes_the_error_of_dense() -> None:
    figures = {'return_mean': 24.0, 'return_ci95': [23.9, 24.1]}
    alone = skill.skill_half_width(figures, make_reference())
    both = skill.skill_half_width(figures, make_reference(dense_error=0.1 / 1.96))
    assert alone == pytest.approx(0.1 / 4)
    assert both == pytest.approx(alone * np.sqrt(2))


def test_on_the_same_seeds_only_the_difference_is_uncertain() -> None:
    rng = np.random.default_rng(0)
    traffic = rng.normal(24.0, 2.0, 400)
    dense = make_episodes(traffic)
    small = make_episodes(traffic + rng.normal(0.0, 0.02, 400))
    reference = make_reference(
        dense=float(traffic.mean()), dense_error=0.1, dense_episodes=400, dense_sha256='d')
    alone = skill.figures_of(small)
    beside = {**alone, 'beside': skill.seed_by_seed(small, dense, 'd')}
    assert skill.skill_half_width(alone, reference) > 0.05
    assert skill.skill_half_width(beside, reference) == pytest.approx(
        1.96 * 0.02 / 20 / (reference.dense - reference.floor), rel=0.2)
    for other in ({'dense_sha256': 'e'}, {'dense_episodes': 500}):
        assert skill.skill_half_width(beside, replace(reference, **other)) > 0.05


def test_crashes_on_the_same_seeds_are_counted_in_pairs() -> None:
    returns = np.zeros(4)
    small = make_episodes(returns, crashed=np.array([True, True, False, False]))
    dense = make_episodes(returns, crashed=np.array([True, False, False, True]))
    figures = skill.seed_by_seed(small, dense, 'd')
    assert (figures['crashed_alone'], figures['dense_crashed_alone']) == (1, 1)
    assert 'crashed_alone' not in skill.seed_by_seed(
        make_episodes(returns), make_episodes(returns), 'd')


def test_figures_are_plain_json() -> None:
    episodes = Episodes('t', 'envpool', np.arange(3), np.array([1., 2., 3.]),
                        np.array([1, 2, 3]), np.array([True, False, False]),
                        np.array([1.0, 1.0, 4.0]))
    figures = json.loads(json.dumps(skill.figures_of(episodes)))
    assert figures['return_mean'] == 2
    assert figures['crash_rate'] == pytest.approx(1 / 3)
    assert figures['speed_mean'] == pytest.approx((1 + 2 + 12) / 6)


@pytest.mark.parametrize(('told', 'steps'), [
    ({'steps': 5}, None), ({'steps': 5, 'run_steps': None}, None), ({'run_steps': 9}, 9)])
def test_the_steps_of_dense_are_those_of_its_whole_run(
        told: dict, steps: int | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(skill, 'config_dir', lambda: tmp_path)
    figures = {'return_mean': 1.0, 'return_error': 0.0, 'crash_rate': None, 'speed_mean': None,
               'episodes': 3, 'policy': 'LEFT', 'policies': [{'sha256': 'd', **told}]}
    (tmp_path / 'references').mkdir()
    (tmp_path / 'references' / 'T.json').write_text(json.dumps(
        {'version': 1, 'engines': {'envpool': {'floor': figures, 'dense': figures}}}))
    assert skill.load_reference('T', 'envpool').dense_steps == steps


def test_missing_reference_names_the_commands(
        monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(skill, 'config_dir', lambda: tmp_path)
    with pytest.raises(DrlPruneError, match='drl-prune train T, then drl-prune reference T'):
        skill.load_reference('T', 'envpool')


def test_the_reference_of_any_environment_has_a_plain_file_name() -> None:
    path = skill.reference_file('package:space/Env-v0')
    assert path.name == 'package+space@Env-v0.json'
    assert path.parent.name == 'references'


def test_reference_of_another_version_is_refused(
        monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(skill, 'config_dir', lambda: tmp_path)
    (tmp_path / 'references').mkdir()
    (tmp_path / 'references' / 'T.json').write_text('{"version": 99}')
    with pytest.raises(DrlPruneError, match='version 99'):
        skill.load_reference('T', 'envpool')


@pytest.mark.parametrize(('mean', 'error', 'clear'), [
    (24.0, 0.5, True), (24.0, 2.0, False), (20.0, 0.0, False), (14.0, 0.1, False)])
def test_a_dense_policy_stands_clearly_above_the_floor(
        mean: float, error: float, clear: bool) -> None:
    floor = {'return_mean': 20.0, 'return_error': 0.1}
    dense = {'return_mean': mean, 'return_error': error}
    with nullcontext() if clear else pytest.raises(
            DrlPruneError, match=r"returns .* on T and 'SLOWER', which does not look, 20.00"):
        skill.require_clear('a.onnx', 'T', 'SLOWER', floor, dense)
