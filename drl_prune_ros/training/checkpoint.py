# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
Checkpoints that are written whole or not at all, and read back bit for bit.

    model.zip     the learner: weights, Adam's moments, schedule position, running statistics
    replay.npz    the transitions in the replay buffer of a learner that has one
    state.pt      random states, and what callbacks and pruner need
    digests.json  SHA-256 of these

All of them are tensors, arrays and JSON: reading them runs nothing that is in a file.
"""

import os
from pathlib import Path
import random
import shutil
import sys
from typing import Any

import numpy as np
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.buffers import NStepReplayBuffer
from stable_baselines3.common.off_policy_algorithm import OffPolicyAlgorithm
from stable_baselines3.common.vec_env import VecEnv, VecNormalize
import torch

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.training.checked_folder import damage, DIGESTS, written_whole
from drl_prune_ros.training.learner import load_model
from drl_prune_ros.training.model_file import statistics_in, write_model
from drl_prune_ros.training.replay_file import read_replay, write_replay
from drl_prune_ros.training.tensors import read_tensors, write_tensors

KEPT = 2
MODEL, REPLAY, STATE = 'model.zip', 'replay.npz', 'state.pt'


def random_states(model: BaseAlgorithm | None = None) -> dict[str, Any]:
    """
    Return the states of Python's, numpy's and torch's global generators, and of a learner's own.

    Random actions (DQN's, and the first ones of every learner with a replay buffer) come from the
    generator of its action space.
    """
    actions = model.action_space.np_random.bit_generator.state if model else None
    numpy = np.random.get_state(legacy=False)
    numpy['state']['key'] = torch.from_numpy(numpy['state']['key'].astype(np.int64))
    return {'python': random.getstate(), 'numpy': numpy, 'torch': torch.get_rng_state(),
            'actions': actions}


def set_random_states(states: dict[str, Any], model: BaseAlgorithm | None = None) -> None:
    """Put the generators back to `states`."""
    random.setstate(states['python'])
    numpy = states['numpy']
    key = numpy['state']['key'].numpy().astype(np.uint32)
    np.random.set_state({**numpy, 'state': {**numpy['state'], 'key': key}})
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
    try:
        with written_whole(folder) as temporary:
            write_model(model, temporary / MODEL)
            if replay and isinstance(model, OffPolicyAlgorithm):
                write_replay(model, temporary / REPLAY)
            write_tensors(temporary / STATE, {'random': random_states(model), 'extra': extra})
    except (OSError, RuntimeError) as error:
        raise DrlPruneError(
            f'cannot write the checkpoint {folder}: {error}; free some space and continue with '
            '--resume from the one before') from error


def load_checkpoint(folder: Path, env: VecEnv | None = None, **kwargs: Any) -> BaseAlgorithm:
    """
    Load the learner of a checkpoint, with its statistics and its replay buffer.

    :param env: environments to continue with; without one the learner can act and be exported, and
        `normalizer_of` returns its statistics.
    """
    require_whole(folder)
    if env and (statistics := normalizer_of(folder)):
        statistics.set_venv(env)
        env = statistics
    model = load_model(folder / MODEL, env, **kwargs)
    if env and isinstance(model, OffPolicyAlgorithm):
        try:
            read_replay(model, folder / REPLAY)
        except (OSError, ValueError):
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
    return statistics_in(folder / MODEL)


def load_state(folder: Path) -> dict[str, Any]:
    """Read `{'random': ..., 'extra': ...}` of a checkpoint."""
    require_whole(folder)
    try:
        return read_tensors(folder / STATE, 'random', 'extra')
    except (OSError, ValueError):
        raise DrlPruneError(f'{folder} is damaged: remove it, and --resume continues from the '
                            'checkpoint before') from None


def require_whole(folder: Path) -> None:
    """Raise DrlPruneError if a checkpoint is damaged, or of an earlier release."""
    if not (folder / DIGESTS).is_file() and (folder / STATE).is_file():
        raise DrlPruneError(
            f'{folder} is a checkpoint of an earlier release, whose pickles could run anything '
            'and are not read: use the release that wrote it, or the policy.onnx of its run')
    if found := damage(folder):
        raise DrlPruneError(f'{folder} is damaged ({found}): remove it, and --resume continues '
                            'from the checkpoint before')


def latest_checkpoint(checkpoints: Path) -> Path | None:
    """
    Return the checkpoint with the most steps, or None when there is none.

    A damaged one is told of on stderr, and the one before is returned.
    :raises DrlPruneError: every checkpoint is damaged, or one is of an earlier release.
    """
    found = sorted((path for path in checkpoints.glob('[0-9]*') if path.name.isdigit()),
                   key=lambda path: int(path.name), reverse=True)
    for path in found:
        try:
            require_whole(path)
        except DrlPruneError as error:
            if path == found[-1]:
                raise
            print(f'drl-prune: warning: {str(error).partition(": ")[0]}; the checkpoint before '
                  'it is used', file=sys.stderr)
            continue
        return path
    return None


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
