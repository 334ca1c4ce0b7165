# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Train one policy into a run folder, and go on with it after a kill."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from stable_baselines3 import PPO
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.logger import configure, KVWriter, TensorBoardOutputFormat

from drl_prune_ros.tasks.catalogue import load_seeds, Task
from drl_prune_ros.tasks.evaluation import Act, Episodes, evaluate
from drl_prune_ros.tasks.gymnasium_env import make_vec_env
from drl_prune_ros.training.callbacks import AnnealEntropy, GuardAndCheckpoint
from drl_prune_ros.training.checkpoint import (
    drop_later_checkpoints,
    latest_checkpoint,
    load_state,
    set_random_states,
)
from drl_prune_ros.training.ppo import FallingRate, load_ppo, make_ppo, ppo_from
from drl_prune_ros.training.run_folder import append_line, RunFolder
from drl_prune_ros.training.settings import TrainSettings

GUARD_EPISODES = 1000
GUARDS_A_RUN = 30


class JsonLines(KVWriter):
    """Append the learner's own figures to a file that survives a resume."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, key_values: dict[str, Any], key_excluded: Any, step: int = 0) -> None:
        """Write one line."""
        plain = {key: value.item() if hasattr(value, 'item') else value
                 for key, value in sorted(key_values.items())}
        append_line(self.path, {'step': step, **plain})

    def close(self) -> None:
        """Nothing stays open between two lines."""


def environment_seed(seed: int, steps_done: int) -> int:
    """
    Return the first environment seed of a training run.

    A resumed run restarts its environments; the shift keeps it from meeting the same first
    episodes again. Training never reaches the evaluation seeds, which start at 100 million.
    """
    shift = 1 + steps_done // 1000 % 47 if steps_done else 0
    return seed * 1000 + 2_000_000 * shift


def guard_episodes(task: Task, act: Act) -> Episodes:
    """Play the guard episodes of `task`, the same seeds every time."""
    engine = next(iter(task.engines))
    episodes = GUARD_EPISODES if engine == 'envpool' else GUARD_EPISODES // 20
    return evaluate(task, act, load_seeds()['guard'].first, episodes, engine)


def train(run: RunFolder, task: Task, settings: TrainSettings, seed: int,
          pruner: 'BaseCallback | None' = None, progress: bool = True,
          knee: tuple[float, float] = (0.0, 1.0), start: Path | None = None) -> PPO:
    """
    Run PPO on `task` in `run`, from its last checkpoint if it has one.

    Every random state, weight and optimizer moment equals the checkpoint; environments restart.
    `pruner` is a callback with `state()` and `set_state(dict)` that acts between updates. Learning
    rate and entropy bonus fall to 0 along `knee`, see FallingRate. A new run goes on from the
    checkpoint `start`, where one is given.
    """
    checkpoint = latest_checkpoint(run.checkpoints)
    state = load_state(checkpoint) if checkpoint else None
    steps_done = int(checkpoint.name) if checkpoint else 0
    drop_later_checkpoints(run.best, steps_done)
    first_seed = environment_seed(seed, steps_done)
    env = make_vec_env(task, settings.num_envs, first_seed)
    if checkpoint:
        model = load_ppo(checkpoint, env)
    elif start:
        model = ppo_from(start, settings, env, seed, knee)
    else:
        model = make_ppo(settings, env, seed, knee)
    # The learner has just seeded its environments with its own seed.
    env.seed(first_seed)
    model.set_logger(_logger(run))
    extra: Callable[[], dict[str, Any]] = pruner.state if pruner else dict  # type: ignore
    guard = GuardAndCheckpoint(
        run, task, lambda act: guard_episodes(task, act),
        every_steps=max(1, settings.total_steps // GUARDS_A_RUN), extra_state=extra)
    callbacks: list[BaseCallback] = [AnnealEntropy(FallingRate(settings.ent_coef, knee)), guard]
    if pruner:
        callbacks.append(pruner)
        guard.may_select = pruner.may_select  # type: ignore[attr-defined]
    if state:
        guard.set_state(state['extra'])
        if pruner:
            pruner.set_state(state['extra']['pruner'])  # type: ignore[attr-defined]
        set_random_states(state['random'])
    if steps_done < settings.total_steps:
        model.learn(settings.total_steps - steps_done, callbacks,
                    reset_num_timesteps=not checkpoint, progress_bar=progress)
    env.close()
    return model


def _logger(run: RunFolder) -> Any:
    logger = configure(None, [])
    logger.output_formats.append(JsonLines(run.path / 'learner.jsonl'))
    logger.output_formats.append(TensorBoardOutputFormat(str(run.path / 'tensorboard')))
    return logger
