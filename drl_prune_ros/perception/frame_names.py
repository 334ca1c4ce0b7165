# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What the names of frames say of their axes (REP 103) and of what they belong to (REP 105)."""

from __future__ import annotations

from functools import lru_cache
import re

from drl_prune_ros.perception.scene import Contradiction

BODY = ('base_link', 'base_footprint', 'base_frame', 'base')
WORLD = ('map', 'odom', 'world', 'earth')
_OTHER_AXES = {
    'ned': 'north, east, down', 'frd': 'forward, right, down',
    'optical': 'right, down, forward'}


@lru_cache(maxsize=64)
def check_odometry_frames(frame_id: str, child_frame_id: str) -> None:
    """
    Raise Contradiction where the frames of odometry cannot be what they are used as.

    Names that are empty, or that no convention knows, are accepted.
    """
    check_axes('odometry', frame_id)
    check_axes('odometry', child_frame_id)
    world, body = _last(frame_id), _last(child_frame_id)
    if world and frame_id == child_frame_id:
        raise Contradiction(
            f'frame_id and child_frame_id of the odometry are both {frame_id!r}: frame_id is the '
            'frame that the pose is given in, child_frame_id that of the vehicle')
    if world in BODY or body in WORLD:
        raise Contradiction(
            f'the odometry is of {child_frame_id!r} in {frame_id!r}, which looks exchanged: '
            'frame_id is the frame that the pose is given in, such as odom, child_frame_id that '
            'of the vehicle, such as base_link')


@lru_cache(maxsize=64)
def check_axes(name: str, frame_id: str) -> None:
    """Raise Contradiction where a frame says that its axes are not those of REP 103."""
    for word in re.split(r'[^a-z0-9]+', frame_id.lower()):
        if word in _OTHER_AXES:
            raise Contradiction(
                f'{name} came in frame {frame_id!r}, whose axes are {_OTHER_AXES[word]}: publish '
                'it in one with x forward or east, y to the left or north, z up (REP 103)')


def _last(frame_id: str) -> str:
    """Return a name without the namespace of its vehicle."""
    return frame_id.rpartition('/')[2].lower()
