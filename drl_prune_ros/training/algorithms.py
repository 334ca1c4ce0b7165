# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The learners of Stable-Baselines3 that can be pruned, by name."""

from stable_baselines3 import DQN, PPO, SAC, TD3
from stable_baselines3.common.base_class import BaseAlgorithm

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.tasks.catalogue import Task

LEARNERS: dict[str, type[BaseAlgorithm]] = {'ppo': PPO, 'dqn': DQN, 'td3': TD3, 'sac': SAC}
DISCRETE, CONTINUOUS = ('ppo', 'dqn'), ('ppo', 'td3', 'sac')


def require_actions(algo: str, task: Task) -> None:
    """Raise DrlPruneError if a learner does not know the kind of actions that `task` takes."""
    known = CONTINUOUS if not task.action.discrete else DISCRETE
    if algo not in known:
        kind = 'discrete' if task.action.discrete else 'continuous'
        raise DrlPruneError(f'{algo} does not learn {kind} actions, which {task.id} takes: choose '
                            f'from {", ".join(known)}')


def algo_of(model: BaseAlgorithm) -> str:
    """
    Return the name of the learner, 'ppo', 'dqn', 'td3' or 'sac'.

    :raises DrlPruneError: it is another one.
    """
    for name, learner in LEARNERS.items():
        if type(model) is learner:
            return name
    raise DrlPruneError(f'{type(model).__name__} cannot be pruned: use one of '
                        f'{", ".join(LEARNERS).upper()}')
