# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Recent states: the newest ones, as the network reads them."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.callbacks import BaseCallback
import torch

from drl_prune_ros.pruning.structured import recent_states as module
from drl_prune_ros.pruning.structured.recent_states import RecentStates


class Remembering(BaseCallback):
    """Takes the states of every rollout, and what the buffer held then."""

    def __init__(self) -> None:
        super().__init__()
        self.rollouts: list[np.ndarray] = []

    def _on_training_start(self) -> None:
        self.states = RecentStates(self.model, self.model.observation_space.shape[0])

    def _on_step(self) -> bool:
        return True

    def _on_rollout_end(self) -> None:
        self.rollouts.append(self.model.rollout_buffer.observations.copy())  # type: ignore
        self.states.remember()


def rows(states: Any) -> list[tuple[float, ...]]:
    """Return states as rows that compare, in an order of their own."""
    return sorted(map(tuple, np.asarray(states, np.float32).tolist()))


@pytest.mark.parametrize('normalize', [False, True])
def test_ppo_remembers_the_newest_states_of_its_rollouts(
        make_model: Callable[..., BaseAlgorithm], monkeypatch: pytest.MonkeyPatch,
        normalize: bool) -> None:
    monkeypatch.setattr(module, 'RECENT_STATES', 300)
    seen = Remembering()
    make_model('ppo', normalize=normalize).learn(512, seen)
    assert len(seen.rollouts) == 4
    newest = [rollout.reshape(-1, 4) for rollout in reversed(seen.rollouts)]
    shuffled = seen.states.shuffled()
    assert rows(shuffled) == rows(np.concatenate(newest)[:300])
    assert not torch.equal(shuffled, seen.states.shuffled())


@pytest.mark.parametrize('kind', ['dqn', 'td3', 'sac'])
@pytest.mark.parametrize('steps', [128, 512])
def test_a_replay_buffer_remembers_by_itself_and_states_come_normalized(
        make_model: Callable[..., BaseAlgorithm], monkeypatch: pytest.MonkeyPatch, kind: str,
        steps: int) -> None:
    monkeypatch.setattr(module, 'RECENT_STATES', 200)
    seen: list[np.ndarray] = []

    class Watch(BaseCallback):
        def _on_step(self) -> bool:
            seen.append(self.model._last_original_obs.copy())  # type: ignore[attr-defined]
            return True

    # 75 rows of 4 environments: after 512 steps it has gone round.
    model: Any = make_model(kind, normalize=True, buffer_size=300)
    model.learn(steps, Watch())
    size = model.observation_space.shape[0]
    normalizer = model.get_vec_normalize_env()
    # A callback acts before the step is stored.
    wanted = normalizer.normalize_obs(np.concatenate(seen[-50:]).reshape(-1, size))
    states = RecentStates(model, size)
    states.remember()
    found = states.shuffled()
    assert found.dtype == torch.float32
    assert rows(found) == rows(wanted.astype(np.float32))


def test_a_critic_reads_states_beside_their_own_actions(
        make_model: Callable[..., BaseAlgorithm]) -> None:
    model: Any = make_model('td3')
    model.learn(256)
    buffer = model.replay_buffer
    pairs = np.concatenate([buffer.observations, buffer.actions], axis=2)[:buffer.pos]
    assert rows(RecentStates(model, 3).with_actions()) == rows(pairs.reshape(-1, 4))
