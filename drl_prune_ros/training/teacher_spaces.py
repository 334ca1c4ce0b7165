# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The spaces that a teacher was trained with, held against those of the environment."""

from pathlib import Path

from gymnasium import spaces
import numpy as np
from stable_baselines3.common.preprocessing import is_image_space

from drl_prune_ros.errors import DrlPruneError

UNBOUNDED = 1e30
"""Bounds from here on are what older environments write for infinity."""


def check_observation_space(trained: spaces.Space, own: spaces.Space, file: Path,
                            name: str) -> str | None:
    """
    Hold the observation space of a teacher against that of the environment `name`.

    Shapes may differ by flattening. Float types are one kind, since all become float32.
    :returns: a warning where one of the two has no bounds, so that nothing can be told; else None.
    :raises DrlPruneError: values, their type or their bounds are others, or are no flat vector.
    """
    if is_image_space(trained):
        raise DrlPruneError(f'{file} reads an image of {trained.dtype} {trained.shape}, which '
                            'Stable-Baselines3 divides by 255: only a policy of a flat vector of '
                            'numbers can be pruned')
    if isinstance(trained, spaces.Discrete):
        if trained.start != 0:
            raise DrlPruneError(f'{file} observes a Discrete that starts at {trained.start}: only '
                                'one that starts at 0 can be pruned')
        return None
    if not (isinstance(trained, spaces.Box) and isinstance(own, spaces.Box)):
        raise DrlPruneError(f'{file} observes a {type(trained).__name__}: only a policy of a Box, '
                            'which is a flat vector of numbers, can be pruned')
    if trained.shape != own.shape and min(len(trained.shape), len(own.shape)) > 1:
        raise DrlPruneError(f'{file} observes shape {trained.shape}, {name} {own.shape}: give a '
                            'teacher of this environment')
    kinds = trained.dtype.kind, own.dtype.kind
    if kinds[0] != kinds[1]:
        raise DrlPruneError(f'{file} observes {trained.dtype}, {name} {own.dtype}: give a teacher '
                            'of this environment, or register it with the wrapper of the teacher')
    return _check_bounds(trained, own, file, name)


def check_actions(trained: spaces.Space, file: Path) -> None:
    """Raise DrlPruneError for discrete actions that do not count from 0."""
    if isinstance(trained, spaces.Discrete) and trained.start != 0:
        raise DrlPruneError(f'{file} has actions that count from {trained.start}: only those that '
                            'count from 0 can be pruned')


def _check_bounds(trained: spaces.Box, own: spaces.Box, file: Path, name: str) -> str | None:
    unclear = None
    for word in ('low', 'high'):
        theirs, ours = (np.ravel(getattr(space, word)).astype(float) for space in (trained, own))
        if theirs.shape != ours.shape:
            raise DrlPruneError(f'{file} observes {theirs.size} values, {name} {ours.size}: give '
                                'a teacher of this environment')
        bounded = np.abs(theirs) < UNBOUNDED, np.abs(ours) < UNBOUNDED
        both = bounded[0] & bounded[1]
        other = np.flatnonzero(both & ~np.isclose(theirs, ours, rtol=1e-3, atol=1e-6))
        if other.size:
            at = other[0]
            raise DrlPruneError(
                f'{file} was trained on observations whose value {at} is from '
                f'{trained.low.ravel()[at]:g} to {trained.high.ravel()[at]:g}, in {name} it is '
                f'from {own.low.ravel()[at]:g} to {own.high.ravel()[at]:g}: register the '
                'environment with the wrapper that the teacher was trained with')
        if (bounded[0] != bounded[1]).any():
            at = np.flatnonzero(bounded[0] != bounded[1])[0]
            unclear = (f'{file} and {name} do not both bound value {at} of the observation: '
                       'whether a wrapper such as NormalizeObservation was used cannot be told')
    return unclear
