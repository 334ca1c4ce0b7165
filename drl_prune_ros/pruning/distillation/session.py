# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Where a teacher is distilled: environments, and a learner that students are put into."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.vec_env import VecNormalize

from drl_prune_ros.pruning.distillation.rollouts import RolloutCollector
from drl_prune_ros.pruning.method import RunContext
from drl_prune_ros.training.critic_warmup import has_untrained_critic
from drl_prune_ros.training.networks.greedy_policy import bounds_of
from drl_prune_ros.training.schedule import LearningRateSchedule
from drl_prune_ros.training.start import student_learner
from drl_prune_ros.training.train import training_env


@dataclass
class DistillationSession:
    """
    What students need.

    model       a learner of their shape, with the teacher's critics, to evaluate and to save them
    collector   where they meet states
    normalizer  the teacher's statistics, which stay as they are meanwhile; None without any
    untrained_critic  whether the teacher came without the critics that it had
    """

    model: BaseAlgorithm
    collector: RolloutCollector
    normalizer: VecNormalize | None
    untrained_critic: bool


@contextmanager
def distillation_session(context: RunContext[Any], first_seed: int,
                         rate_at_start: float) -> Iterator[DistillationSession]:
    """
    Open a session, and close its environments in the end.

    :param context: its training settings have the students' hidden widths.
    :param first_seed: of the environments; environment i starts from `first_seed + i`.
    :param rate_at_start: share of the learning rate that a learner which goes on starts with.
    """
    assert context.teacher is not None
    env = training_env(context.task, context.train, first_seed)
    try:
        model = student_learner(context.teacher, context.train, env, context.seed,
                                LearningRateSchedule(rate_at_start))
        # The learner has just seeded its environments with its own seed.
        env.seed(first_seed)
        played = model.get_env()
        assert played is not None
        normalizer = model.get_vec_normalize_env()
        if normalizer:
            # The teacher is right about the statistics it knows.
            normalizer.training = False
        collector = RolloutCollector(played, bounds_of(model))
        yield DistillationSession(model, collector, normalizer,
                                  has_untrained_critic(context.teacher))
    finally:
        env.close()
