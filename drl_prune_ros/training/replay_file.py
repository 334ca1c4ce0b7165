# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The replay buffer of a checkpoint: arrays alone, of what is stored so far."""

from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from stable_baselines3.common.buffers import ReplayBuffer
from stable_baselines3.common.off_policy_algorithm import OffPolicyAlgorithm

ARRAYS = ('observations', 'next_observations', 'actions', 'rewards', 'dones', 'timeouts')


def write_replay(model: OffPolicyAlgorithm, file: Path) -> None:
    """Write the transitions that the replay buffer of `model` holds."""
    buffer = model.replay_buffer
    assert isinstance(buffer, ReplayBuffer)
    arrays = {name: getattr(buffer, name)[:buffer.size()]
              for name in ARRAYS if hasattr(buffer, name)}
    with file.open('wb') as stream:
        np.savez(stream, position=np.array([buffer.pos, buffer.full], np.int64), **arrays)


def read_replay(model: OffPolicyAlgorithm, file: Path) -> None:
    """
    Fill the empty replay buffer of `model`.

    :raises OSError, ValueError: the file is missing, damaged, or of another buffer.
    """
    buffer = model.replay_buffer
    assert isinstance(buffer, ReplayBuffer)
    try:
        with np.load(file, allow_pickle=False) as stored:
            position, full = (int(value) for value in stored['position'])
            size = buffer.buffer_size if full else position
            for name in ARRAYS:
                if not hasattr(buffer, name):
                    continue
                array, ours = stored[name], getattr(buffer, name)
                if array.shape != (size, *ours.shape[1:]) or array.dtype != ours.dtype:
                    raise ValueError(f'{name} does not fit')
                ours[:size] = array
    except (KeyError, EOFError, BadZipFile, TypeError, NotImplementedError) as error:
        raise ValueError(str(error)) from None
    buffer.pos, buffer.full = position, bool(full)
