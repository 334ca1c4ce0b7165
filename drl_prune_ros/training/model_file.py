# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
Files of models: our own, of tensors and JSON, and those of Stable-Baselines3, read without pickle.

Both are zip archives with one member of tensors for every network and optimizer, which torch reads
as nothing else (`weights_only`), and a member `data` of attributes. Ours are JSON throughout, and
statistics are a member of the same file. In SB3's, single attributes are pickles: these are
read by `inert_pickle`, and what only running them could tell is left out or refused.
"""

import base64
import binascii
import io
import json
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZIP_STORED, ZipFile

from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.save_util import recursive_getattr, save_to_zip_file
from stable_baselines3.common.vec_env import VecNormalize

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.training.inert_pickle import read_inert
from drl_prune_ros.training.plain_values import from_json, to_json
from drl_prune_ros.training.sb3_values import UnknownClassError, value_of
from drl_prune_ros.training.statistics import statistics_from_json, statistics_to_json

OURS, STATISTICS = 'drl_prune_ros.json', 'statistics.json'
"""Members that other SB3 files lack; the first says which version of this format it is."""
FORMAT = 1
LARGEST = 1 << 31
"""Bytes that the members of a file may have together."""
MADE_ANEW = {'lr_schedule', 'exploration_schedule', '_last_obs', '_last_original_obs',
             '_last_episode_starts', 'start_time'}
"""Attributes that a loaded learner makes from the others, or at its first step."""
DISPENSABLE = {*MADE_ANEW, 'ep_info_buffer', 'ep_success_buffer', 'learning_rate', 'clip_range',
               'clip_range_vf', 'tensorboard_log', 'monitor_wrapper', 'rollout_buffer_class',
               'rollout_buffer_kwargs', 'action_noise'}
"""Attributes that a teacher is not asked for: left out where their pickles cannot be read."""
_DAMAGED = (OSError, BadZipFile, ValueError, KeyError, TypeError, AttributeError, IndexError,
            RecursionError, OverflowError, NotImplementedError, EOFError, MemoryError,
            RuntimeError)


def write_model(model: BaseAlgorithm, file: Path, statistics: VecNormalize | None = None) -> None:
    """
    Write a learner, its optimizers and its statistics as tensors and JSON.

    :param statistics: those of a learner without environments.
    """
    dropped = {*model._excluded_save_params(), *MADE_ANEW}
    states, variables = model._get_torch_save_params()
    dropped |= {name.split('.')[0] for name in (*states, *variables)}
    data = {name: to_json(value) for name, value in vars(model).items() if name not in dropped}
    buffer = io.BytesIO()
    save_to_zip_file(
        buffer, params=model.get_parameters(),
        pytorch_variables={name: recursive_getattr(model, name) for name in variables})
    statistics = statistics or model.get_vec_normalize_env()
    with ZipFile(buffer, 'a', ZIP_STORED) as archive:
        archive.writestr('data', json.dumps(data))
        archive.writestr(OURS, json.dumps({'format': FORMAT}))
        if statistics:
            archive.writestr(STATISTICS, json.dumps(statistics_to_json(statistics)))
    file.write_bytes(buffer.getvalue())


def read_values(file: Path) -> tuple[bytes, dict[str, Any]]:
    """
    Return the bytes of a model file, and its attributes; nothing of the file is run.

    :raises DrlPruneError: it is no model, damaged, or cannot be read without running what is in
        it.
    """
    try:
        if file.stat().st_size > LARGEST:
            raise ValueError('it is too large')
        content = file.read_bytes()
        with ZipFile(io.BytesIO(content)) as archive:
            if sum(member.file_size for member in archive.infolist()) > LARGEST:
                raise ValueError('it is too large')
            data = json.loads(archive.read('data'))
            ours = OURS in archive.namelist()
        if not isinstance(data, dict) or not data:
            raise ValueError('it has no attributes')
        values = ({name: from_json(value) for name, value in data.items()} if ours
                  else _without_running(data, file))
    except DrlPruneError:
        raise
    except _DAMAGED:
        raise DrlPruneError(f'{file} is not a model that Stable-Baselines3 saved, or is damaged: '
                            'give another one, or remove it if it is a checkpoint, and --resume '
                            'continues from the one before') from None
    return content, values


def statistics_in(file: Path) -> VecNormalize | None:
    """Return the statistics of one of our own model files, None where nothing is normalized."""
    try:
        with ZipFile(file) as archive:
            if STATISTICS not in archive.namelist():
                return None
            return statistics_from_json(json.loads(archive.read(STATISTICS)))
    except _DAMAGED:
        raise DrlPruneError(f'{file} has damaged statistics: remove it, and --resume continues '
                            'from the one before') from None


def is_ours(file: Path) -> bool:
    """Return whether this project wrote a model file."""
    try:
        with ZipFile(file) as archive:
            return OURS in archive.namelist()
    except (OSError, BadZipFile, ValueError):
        return False


class Unreadable:
    """Stands for a class that is not known here."""

    def __init__(self, path: str) -> None:
        self.__name__ = path.rpartition('.')[2] or path


def _without_running(data: dict[str, Any], file: Path) -> dict[str, Any]:
    """Return the attributes of an SB3 file."""
    values: dict[str, Any] = {}
    for name, item in data.items():
        if not (isinstance(item, dict) and ':serialized:' in item):
            values[name] = item
            continue
        try:
            values[name] = value_of(read_inert(base64.b64decode(item[':serialized:'])))
        except UnknownClassError as error:
            if name in DISPENSABLE:
                values[name] = None
            elif name == 'policy_class':
                values[name] = Unreadable(error.path)
            else:
                raise DrlPruneError(
                    f'{file} has {name} of {error.path[:80] or "a class of its own"}: only a '
                    'policy of Stable-Baselines3 alone can be pruned, and nothing in a file is '
                    'run to read it') from None
        except (DrlPruneError, ValueError, TypeError, binascii.Error, AttributeError):
            if name not in DISPENSABLE:
                raise ValueError(f'{name} is damaged') from None
            values[name] = None
    return values
