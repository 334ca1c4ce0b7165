# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
Checkpoints that are written whole or not at all, and read back bit for bit.

    model.zip          the learner: weights, Adam's moments, schedule position
    vecnormalize.pkl   running statistics of observations and rewards, where there are any
    replay_buffer.pkl  the replay buffer of a learner that has one
    state.pt           random states, and what callbacks and pruner need
"""

import os
from pathlib import Path
import pickle
import random
import shutil
from typing import Any

import numpy as np
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.buffers import NStepReplayBuffer
from stable_baselines3.common.off_policy_algorithm import OffPolicyAlgorithm
from stable_baselines3.common.vec_env import VecEnv, VecNormalize
import torch

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.training.learner import load_model

KEPT = 2
STATISTICS = 'vecnormalize.pkl'
REPLAY = 'replay_buffer.pkl'


def random_states(model: BaseAlgorithm | None = None) -> dict[str, Any]:
    """
    Return the states of Python's, numpy's and torch's global generators, and of a learner's own.

    Random actions (DQN's, and the first ones of every learner with a replay buffer) come from the
    generator of its action space.
    """
    actions = model.action_space.np_random.bit_generator.state if model else None
    return {'python': random.getstate(), 'numpy': np.random.get_state(),
            'torch': torch.get_rng_state(), 'actions': actions}


def set_random_states(states: dict[str, Any], model: BaseAlgorithm | None = None) -> None:
    """Put the generators back to `states`."""
    random.setstate(states['python'])
    np.random.set_state(states['numpy'])
    torch.set_rng_state(states['torch'])
    if model and states.get('actions'):
        model.action_space.np_random.bit_generator.state = states['actions']


def save_checkpoint(folder: Path, model: BaseAlgorithm, extra: dict[str, Any],
                    replay: bool = True) -> None:
    """
    Write the learner, random states and `extra` to the new folder `folder`, in one step.

    A checkpoint without its replay buffer (`replay=False`) can be evaluated, not resumed. `extra`
    holds tensors and plain values only. A full disk leaves the previous checkpoint as it
    was and is reported in one line.
    """
    temporary = folder.with_name(f'.{folder.name}.{os.getpid()}')
    try:
        temporary.mkdir(parents=True)
        model.save(temporary / 'model.zip')
        if normalizer := model.get_vec_normalize_env():
            normalizer.save(str(temporary / STATISTICS))
        if replay and isinstance(model, OffPolicyAlgorithm):
            model.save_replay_buffer(temporary / REPLAY)
        torch.save({'random': random_states(model), 'extra': extra}, temporary / 'state.pt')
        temporary.rename(folder)
    except (OSError, RuntimeError) as error:
        shutil.rmtree(temporary, ignore_errors=True)
        raise DrlPruneError(
            f'cannot write the checkpoint {folder}: {error}; free some space and continue with '
            '--resume from the one before') from error


def load_checkpoint(folder: Path, env: VecEnv | None = None, **kwargs: Any) -> BaseAlgorithm:
    """
    Load the learner of a checkpoint, with its statistics and its replay buffer.

    :param env: environments to continue with; without one the learner can act and be exported, and
        `normalizer_of` returns its statistics.
    """
    if env and (statistics := normalizer_of(folder)):
        statistics.set_venv(env)
        env = statistics
    model = load_model(folder / 'model.zip', env, **kwargs)
    if env and isinstance(model, OffPolicyAlgorithm):
        try:
            model.load_replay_buffer(folder / REPLAY)
        except (OSError, EOFError, pickle.UnpicklingError):
            raise DrlPruneError(f'{folder} lacks its replay buffer: remove the checkpoint, and '
                                '--resume continues from the one before') from None
    return model


def cut_episodes(model: BaseAlgorithm) -> None:
    """End the stored episodes that are running: the environments restart."""
    buffer = getattr(model, 'replay_buffer', None)
    if isinstance(buffer, NStepReplayBuffer) and buffer.size():
        last = buffer.pos - 1
        buffer.timeouts[last] = np.maximum(buffer.timeouts[last], 1.0 - buffer.dones[last])


def normalizer_of(folder: Path) -> VecNormalize | None:
    """Return the running statistics saved in `folder`, or None where nothing is normalized."""
    file = folder / STATISTICS
    return read_statistics(file) if file.is_file() else None


def read_statistics(file: Path) -> VecNormalize:
    """Return the running statistics that `VecNormalize.save` wrote to `file`, or refuse it."""
    try:
        with file.open('rb') as stream:
            statistics = pickle.load(stream)
    except (OSError, EOFError, pickle.UnpicklingError, AttributeError, ImportError, ValueError,
            IndexError, KeyError):
        statistics = None
    if not isinstance(statistics, VecNormalize):
        raise DrlPruneError(f'{file} is damaged: give the statistics that VecNormalize.save() '
                            'wrote')
    return statistics


def load_state(folder: Path) -> dict[str, Any]:
    """Read `{'random': ..., 'extra': ...}` of a checkpoint."""
    try:
        state: dict[str, Any] = torch.load(folder / 'state.pt', weights_only=False)
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError):
        raise DrlPruneError(f'{folder} is damaged: remove it, and --resume continues from the '
                            'checkpoint before') from None
    return state


def latest_checkpoint(checkpoints: Path) -> Path | None:
    """Return the checkpoint with the most steps, or None when there is none."""
    complete = [path for path in checkpoints.glob('[0-9]*') if (path / 'state.pt').is_file()]
    return max(complete, key=lambda path: int(path.name), default=None)


def drop_later_checkpoints(checkpoints: Path, steps: int) -> None:
    """Remove what lies beyond `steps`, from where a killed run is resumed."""
    _drop_half_written(checkpoints)
    for path in checkpoints.glob('[0-9]*'):
        if int(path.name) > steps:
            drop_checkpoint(path)


def drop_old_checkpoints(checkpoints: Path, kept: int = KEPT) -> None:
    """Keep the latest `kept` checkpoints, and clear away what a kill left half written."""
    _drop_half_written(checkpoints)
    for path in sorted(checkpoints.glob('[0-9]*'), key=lambda path: int(path.name))[:-kept]:
        drop_checkpoint(path)


def drop_checkpoint(folder: Path) -> None:
    """Remove a checkpoint; a kill on the way leaves none that looks whole."""
    gone = folder.with_name(f'.{folder.name}.{os.getpid()}')
    folder.rename(gone)
    shutil.rmtree(gone, ignore_errors=True)


def _drop_half_written(checkpoints: Path) -> None:
    for path in checkpoints.glob('.[0-9]*'):
        shutil.rmtree(path, ignore_errors=True)
