# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A frame: every vehicle decides, moves, and is checked for collisions."""

from __future__ import annotations

from drl_prune_ros.highway.collisions import collisions
from drl_prune_ros.highway.compiled import once
from drl_prune_ros.highway.regulation import enforce
from drl_prune_ros.highway.vehicles import act, move


@once
def frame(road, room, settings, speeds, episode, V):
    """Have every vehicle decide and move for one frame, and check for collisions."""
    n = episode.vehicles
    room.counts[:] = -1   # of where they are now
    for index in range(n):
        act(road, room, settings, speeds, V, n, index)
    if settings.regulated:
        episode.road_steps += 1
        if episode.road_steps % settings.regulated == 0:
            enforce(road, room.looks, V, n)
    for index in range(n):
        move(road, V[index], settings.dt)
    collisions(V, n, settings.dt, room.polygons)
