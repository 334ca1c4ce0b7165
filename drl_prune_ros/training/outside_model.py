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
from typing import Any

from gymnasium import spaces
import numpy as np

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.training.learner import load_model, saved_data, without_schedules
from drl_prune_ros.training.model_file import is_ours, statistics_in, write_model
from drl_prune_ros.training.statistics import flatten, read_statistics

FITS, CLEARLY_OTHER = 0.02, 0.5
"""Differences of normalized observations: statistics of a checkpoint are a step ahead of it."""
SLACK = 1e-3
"""Of bounds, for what rounding does."""


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
    ours = is_ours(model_file)
    data = {} if ours else saved_data(model_file)
    trained = None if ours else trained_with_statistics(model_file)
    if statistics_file is None:
        near = [] if ours else statistics_beside(model_file)
        fitting = [one for one in near if _fits(one, data, FITS)]
        if trained or (trained is None and (fitting or _beyond_space(data))):
            likeliest = [*fitting, *(one for one in near if one not in fitting)]
            which = ' FILE, as VecNormalize.save() wrote them'
            if likeliest:
                which = ' ' + ' or '.join(map(str, likeliest))
            raise DrlPruneError(f'{model_file} was trained with VecNormalize: name the file of '
                                f'its statistics with --statistics{which}')
        if near and trained is None:
            print(f'drl-prune: warning: {near[0]} is not used: name it with --statistics if '
                  f'{model_file} was trained with it', file=sys.stderr)
        return model_file
    if trained is False or ours:
        why = 'holds its own statistics' if ours else 'was trained without any'
        raise DrlPruneError(f'{statistics_file} does not belong to {model_file}, which {why}: '
                            'leave --statistics out')
    statistics = read_statistics(statistics_file)
    flatten(statistics, statistics_file, size)
    if trained is None and _fits(statistics_file, data, CLEARLY_OTHER) is False:
        raise DrlPruneError(f'{statistics_file} does not belong to {model_file}: its last '
                            'observation was not normalized by them: give those of this model, or '
                            'leave --statistics out if it was trained without')
    if trained is None and _fits(statistics_file, data, FITS) is False:
        print(f'drl-prune: warning: {statistics_file} is of another time of training than '
              f'{model_file}, or of another model', file=sys.stderr)
    model = load_model(model_file, custom_objects=without_schedules())
    file = folder / model_file.name
    write_model(model, file, statistics)
    return file


def what_is_normalized(model_file: Path) -> str:
    """Return in words what the statistics in one of our model files do."""
    statistics = statistics_in(model_file)
    if statistics is None or not statistics.norm_obs:
        return 'no observations'
    rms: Any = statistics.obs_rms
    return f'{np.size(rms.mean)} observation values, clipped to {statistics.clip_obs:g}'


def _fits(file: Path, data: dict[str, Any], tolerance: float) -> bool | None:
    """
    Return whether statistics made what a learner with a replay buffer read last.

    It keeps its last observation as it came and as it was read. None where that is not known.
    """
    raw, read = data.get('_last_original_obs'), data.get('_last_obs')
    if 'buffer_size' not in data or not (
            isinstance(raw, np.ndarray) and isinstance(read, np.ndarray)):
        return None
    try:
        statistics = read_statistics(file)
        said = statistics.normalize_obs(raw) if statistics.norm_obs else raw
        return bool(np.abs(np.asarray(said, float) - read).max() <= tolerance)
    except (DrlPruneError, ValueError, TypeError):
        return False


def _beyond_space(data: dict[str, Any]) -> bool:
    """Return whether what was read last cannot be an observation of the environment itself."""
    read, space = data.get('_last_obs'), data.get('observation_space')
    if not (isinstance(read, np.ndarray) and isinstance(space, spaces.Box)
            and read.shape[1:] == space.shape):
        return False
    return bool(((read < space.low - SLACK) | (read > space.high + SLACK)).any())


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


def statistics_beside(model_file: Path) -> list[Path]:
    """Return where SB3 or RL-Zoo may have put the statistics of a model, the likeliest first."""
    folder, name = model_file.parent, model_file.stem
    checkpoint = re.sub(r'(\d+_steps)$', r'vecnormalize_\1.pkl', name)
    places = [folder / f'{name}_vecnormalize.pkl',
              *([folder / checkpoint] if checkpoint != name else []),
              folder / name / 'vecnormalize.pkl',
              folder / 'vec_normalize.pkl', folder / 'vecnormalize.pkl']
    if name == 'best_model':
        places += sorted(folder.glob('*/vecnormalize.pkl'))
    return [place for place in places if place.is_file()]
