# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Training settings: read from the catalogue, refused by name."""

import pytest

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.tasks.catalogue import load_task, task_names
from drl_prune_ros.training.settings import train_settings


@pytest.mark.parametrize('name', task_names())
def test_every_task_has_settings_that_round_trip(name: str) -> None:
    settings = train_settings(load_task(name).train)
    assert train_settings(settings.to_dict()) == settings


@pytest.mark.parametrize(('change', 'message'), [
    ({'algo': 'a3c'}, 'use ppo'), ({'activation': 'gelu'}, 'relu or tanh'),
    ({'hidden': []}, 'no prunable layer'), ({'hidden': [0]}, 'no prunable layer'),
    ({'total_steps': 0}, 'total_steps must be'), ({'learing_rate': 1}, "'learing_rate'"),
])
def test_bad_settings_are_refused_by_name(change: dict, message: str) -> None:
    with pytest.raises(DrlPruneError, match=message):
        train_settings({**load_task('CartPole-v1').train, **change})


def test_a_missing_setting_is_named() -> None:
    entry = dict(load_task('CartPole-v1').train)
    del entry['gamma']
    with pytest.raises(DrlPruneError, match="'gamma' is missing"):
        train_settings(entry)
