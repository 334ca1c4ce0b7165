# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Learners by name, and the actions that they know."""

from collections.abc import Callable

import pytest
from stable_baselines3 import A2C
from stable_baselines3.common.base_class import BaseAlgorithm

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.tasks.catalogue import load_task
from drl_prune_ros.training.algorithms import algo_of, require_actions


def test_other_learners_are_refused_by_name(make_model: Callable[..., BaseAlgorithm]) -> None:
    with pytest.raises(DrlPruneError, match='A2C cannot be pruned: use one of PPO, DQN, TD3, SAC'):
        algo_of(A2C('MlpPolicy', make_model('ppo').get_env()))


@pytest.mark.parametrize(('algo', 'task'), [('dqn', 'Hopper-v3'), ('td3', 'CartPole-v1')])
def test_a_learner_of_other_actions_is_refused(algo: str, task: str) -> None:
    with pytest.raises(DrlPruneError, match=f'{algo} does not learn .* actions, which {task}'):
        require_actions(algo, load_task(task))
    require_actions('ppo', load_task(task))
