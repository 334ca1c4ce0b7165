# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
A model of Stable-Baselines3 from elsewhere, with the statistics that were named for it.

Statistics that lie beside a model are never picked up: they may belong to another one, and a
policy that reads its observations in another scale is another policy.
"""

from pathlib import Path
import re
import sys

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.training.learner import load_model, saved_data, without_schedules
from drl_prune_ros.training.model_file import is_ours, write_model
from drl_prune_ros.training.statistics import flatten, read_statistics


def outside_model(model_file: Path, statistics_file: Path | None, size: int,
                  folder: Path) -> Path:
    """
    Return the model file to start from: `model_file` itself, or one with its statistics.

    :param statistics_file: that of VecNormalize.save, as the user named it.
    :param size: observation values of the task.
    :param folder: where a model with statistics is written.
    :raises DrlPruneError: it was trained with statistics and none are named, or the other way
        round.
    """
    trained = None if is_ours(model_file) else trained_with_statistics(model_file)
    if statistics_file is None:
        near = statistics_beside(model_file)
        if near and trained is None and not is_ours(model_file):
            print(f'drl-prune: warning: {near} is not used: name it with --statistics if '
                  f'{model_file} was trained with it', file=sys.stderr)
        if trained:
            where = f'; {near} may be it' if near else ''
            raise DrlPruneError(
                f'{model_file} was trained with VecNormalize: name the file of its statistics '
                f'with --statistics{where}')
        return model_file
    if trained is False or is_ours(model_file):
        why = 'holds its own statistics' if is_ours(model_file) else 'was trained without any'
        raise DrlPruneError(f'{statistics_file} does not belong to {model_file}, which {why}: '
                            'leave --statistics out')
    statistics = read_statistics(statistics_file)
    flatten(statistics, statistics_file, size)
    model = load_model(model_file, custom_objects=without_schedules())
    file = folder / model_file.name
    write_model(model, file, statistics)
    return file


def trained_with_statistics(model_file: Path) -> bool | None:
    """
    Return whether an SB3 file was trained with VecNormalize, None where it does not tell.

    It does not where it was never trained, and of learners with a replay buffer: these keep a raw
    observation in any case.
    """
    data = saved_data(model_file)
    if 'buffer_size' in data or data.get('_last_obs') is None:
        return None
    return data.get('_last_original_obs') is not None


def statistics_beside(model_file: Path) -> Path | None:
    """Return where SB3 or RL-Zoo may have put the statistics of a model, the likeliest first."""
    folder, name = model_file.parent, model_file.stem
    checkpoint = re.sub(r'(\d+_steps)$', r'vecnormalize_\1.pkl', name)
    places = [folder / f'{name}_vecnormalize.pkl',
              *([folder / checkpoint] if checkpoint != name else []),
              folder / name / 'vecnormalize.pkl',
              folder / 'vecnormalize.pkl', folder / 'vec_normalize.pkl']
    if name == 'best_model':
        places += sorted(folder.glob('*/vecnormalize.pkl'))
    return next((place for place in places if place.is_file()), None)
