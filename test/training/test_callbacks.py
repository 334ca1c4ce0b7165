# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What happens between updates, and from which seeds a run draws its episodes."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.callbacks import BaseCallback
import torch

from drl_prune_ros.tasks.catalogue import load_seeds, Task
from drl_prune_ros.tasks.gymnasium_env import make_vec_env
from drl_prune_ros.training.callbacks import AnnealEntropy, FillReplay
from drl_prune_ros.training.networks.greedy_policy import greedy
from drl_prune_ros.training.networks.mlp import actor_of
from drl_prune_ros.training.schedule import LearningRateSchedule
from drl_prune_ros.training.settings import TrainSettings
from drl_prune_ros.training.start import learner_from
from drl_prune_ros.training.train import environment_seed


class Weights(BaseCallback):
    """The first layer of the actor at the start of every rollout, by step."""

    def _on_training_start(self) -> None:
        self.seen: dict[int, torch.Tensor] = {}

    def _on_step(self) -> bool:
        return True

    def _on_rollout_start(self) -> None:
        self.seen[self.num_timesteps] = actor_of(self.model).linears[0].weight.detach().clone()


@pytest.mark.parametrize('kind', ['dqn', 'td3', 'sac'])
def test_a_taught_policy_fills_the_buffer_before_it_learns(
        kind: str, tmp_path: Path, make_model: Callable[..., BaseAlgorithm],
        task_of_kind: Callable[[str], Task],
        small_settings: Callable[..., TrainSettings]) -> None:
    settings = small_settings(kind, learning_starts=256, total_steps=512, **(
        {'exploration_final_eps': 0.0} if kind == 'dqn' else {}))
    make_model(kind).save(tmp_path / 'teacher.zip')
    env = make_vec_env(task_of_kind(kind), settings.num_envs, 5)
    model = learner_from(tmp_path / 'teacher.zip', settings, env, 1, LearningRateSchedule())
    act, weights = greedy(model), Weights()
    before = make_vec_env(task_of_kind(kind), 1, 5).reset()
    expected = act(before)
    model.learn(512, [FillReplay(settings), weights])
    first, *others = weights.seen.values()
    filled = [step for step, now in weights.seen.items() if torch.equal(now, first)]
    assert 256 <= max(filled) <= 256 + 2 * settings.train_freq * settings.num_envs
    assert others and not torch.equal(others[-1], first)
    if kind == 'dqn':   # nothing random in it
        taken = model.replay_buffer.actions[:1, :1]   # type: ignore[attr-defined]
        assert taken.item() == expected.item()


def test_entropy_follows_its_schedule(make_model: Callable[..., BaseAlgorithm]) -> None:
    model = make_model('ppo', ent_coef=0.5)
    model.learn(512, AnnealEntropy(LearningRateSchedule(0.5)))
    assert 0.0 <= model.ent_coef < 0.2   # type: ignore[attr-defined]


def test_no_two_runs_of_one_seed_start_alike_and_none_meets_the_evaluation_seeds() -> None:
    def seeds(steps: int, from_teacher: bool) -> int:
        return environment_seed(1000, steps, from_teacher)

    first = {seeds(steps, from_teacher)
             for steps in (0, 1000, 5000) for from_teacher in (False, True)}
    assert len(first) == 6
    latest = max(environment_seed(1999, steps, True) for steps in range(0, 60_000, 1000)) + 1000
    assert latest < load_seeds()['validation'].first
    assert np.all(np.array(sorted(first)) >= 1_000_000)
