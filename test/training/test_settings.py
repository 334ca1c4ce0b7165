# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Training settings: read from the catalogue, refused by name."""

from typing import Any

import pytest

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.tasks.catalogue import load_task, task_names
from drl_prune_ros.training.settings import learner_defaults, SETTINGS, train_settings


@pytest.mark.parametrize('name', task_names())
def test_every_task_has_settings_that_round_trip(name: str) -> None:
    settings = train_settings(load_task(name).train)
    assert train_settings(settings.to_dict()) == settings


@pytest.mark.parametrize('algo', SETTINGS)
def test_every_learner_has_settings_for_any_task(algo: str) -> None:
    settings = train_settings({}, algo)
    assert type(settings) is SETTINGS[algo]
    assert settings.algo == algo
    assert train_settings(settings.to_dict()) == settings
    assert settings.hidden == (256, 256)
    assert learner_defaults(algo)['total_steps'] == settings.total_steps


def test_another_learner_than_the_catalogues_starts_from_its_own_defaults() -> None:
    entry = load_task('CartPole-v1').train
    assert entry['algo'] == 'ppo'
    settings = train_settings(entry, 'dqn', total_steps=77, hidden=None)
    assert settings.total_steps == 77
    assert settings.gamma == learner_defaults('dqn')['gamma']
    assert train_settings({}).algo == 'ppo'


@pytest.mark.parametrize(('change', 'message'), [
    ({'algo': 'a3c'}, 'choose from ppo, dqn, td3, sac'), ({'activation': 'gelu'}, 'relu or tanh'),
    ({'hidden': [0]}, 'no prunable layer'), ({'hidden': [9, 0]}, 'no prunable layer'),
    ({'total_steps': 0}, 'total_steps must be'), ({'learing_rate': 1}, "'learing_rate'"),
    ({'buffer_size': 5}, "'buffer_size'"), ({'num_envs': 1001}, 'give no more than that'),
])
def test_bad_settings_are_refused_by_name(change: dict[str, Any], message: str) -> None:
    with pytest.raises(DrlPruneError, match=message) as refused:
        train_settings({**load_task('CartPole-v1').train, **change})
    assert '\n' not in str(refused.value)


@pytest.mark.parametrize(('value', 'good'), [
    (-1, True), (1, True), (0, False), (-2, False)])
def test_gradient_steps_are_minus_one_or_some(value: int, good: bool) -> None:
    if good:
        assert train_settings({}, 'td3', gradient_steps=value, learning_starts=0)
    else:
        with pytest.raises(DrlPruneError, match='gradient_steps must be at least 1'):
            train_settings({}, 'td3', gradient_steps=value)


def test_a_missing_setting_is_named() -> None:
    entry = dict(load_task('CartPole-v1').train)
    del entry['gamma']
    with pytest.raises(DrlPruneError, match="'gamma' is missing"):
        train_settings(entry)
