# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What a DQN learns once more in the end."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from stable_baselines3.common.logger import configure
import torch

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.tasks.catalogue import load_task
from drl_prune_ros.training.refit import Refit
from drl_prune_ros.training.run_folder import RunFolder
from drl_prune_ros.training.settings import DQNSettings
from drl_prune_ros.training.train import train, TrainOptions


@pytest.fixture
def bandit(make_model: Callable[..., Any]) -> Any:
    """Return a DQN whose replay buffer says that action 1 earns what the position is."""
    model = make_model('dqn', gamma=0.5)
    model.set_logger(configure(None, []))
    rng = np.random.default_rng(0)
    for _ in range(300):
        seen = rng.uniform(-1, 1, (4, 4)).astype(np.float32)
        action = rng.integers(2, size=(4, 1))
        earned = np.where(action[:, 0] == 1, seen[:, 0], 0.0)
        model.replay_buffer.add(seen, seen, action, earned, np.ones(4), [{}] * 4)
    return model


def refit(model: Any, settings: DQNSettings) -> None:
    callback = Refit(settings)
    callback.model = model
    callback._on_training_end()


def test_a_new_network_learns_what_the_replay_buffer_holds(
        bandit: Any, small_settings: Callable[..., Any]) -> None:
    with torch.no_grad():
        for parameter in bandit.q_net.parameters():
            parameter.fill_(3.0)   # nothing is left of what it knew, nor of Adam's moments
    refit(bandit, small_settings('dqn', refit_minibatches=1500))
    seen = torch.zeros(5, 4)
    seen[:, 0] = torch.linspace(-0.8, 0.8, 5)
    values = bandit.q_net(seen).detach()
    assert values[:, 1] == pytest.approx(seen[:, 0], abs=0.1)
    assert values[:, 0] == pytest.approx(torch.zeros(5), abs=0.1)
    assert bandit.policy.optimizer.param_groups[0]['lr'] < 1e-5, 'which falls to 0 once more'


@pytest.mark.parametrize(('changes', 'minibatches'), [
    ({'train_freq': 4, 'gradient_steps': 4, 'target_update_interval': 4}, 1),
    ({'train_freq': 4, 'gradient_steps': 2, 'target_update_interval': 64}, 8),
    ({'train_freq': 4, 'gradient_steps': -1, 'target_update_interval': 64}, 64),
    ({'train_freq': 4, 'gradient_steps': 1, 'target_update_interval': 4}, 1),
])
def test_targets_follow_as_often_as_in_training(
        changes: dict[str, int], minibatches: int, small_settings: Callable[..., Any]) -> None:
    assert Refit(small_settings('dqn', **changes)).minibatches_per_target_update == minibatches


@pytest.mark.parametrize('asked', [True, False])
def test_the_end_of_a_run_is_refitted_and_evaluated_where_asked_for(
        asked: bool, tmp_path: Any, small_settings: Callable[..., Any],
        monkeypatch: pytest.MonkeyPatch) -> None:
    settings = small_settings('dqn', total_steps=600, validation_episodes=5, refit_minibatches=20)
    fitted = []
    monkeypatch.setattr(Refit, '_on_training_end', lambda self: fitted.append(self))
    run = RunFolder.create(tmp_path / 'run', {'task': 'CartPole-v1'}, 1)
    train(run, load_task('CartPole-v1'), settings, 1,
          options=TrainOptions(refit=asked, progress=False))
    validated = [row['step'] for row in run.metrics() if 'validation_return' in row]
    if asked:
        assert len(fitted) == 1
        assert validated == [run.steps], 'after the fit, and nothing before'
    else:
        assert not fitted
        assert len(validated) > 10


def test_no_minibatch_is_refused(small_settings: Callable[..., Any]) -> None:
    with pytest.raises(DrlPruneError, match='refit_minibatches must be at least 1, got 0'):
        replace(small_settings('dqn'), refit_minibatches=0).check()
