# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The observation OccupancyGrid: layers of cells around the ego."""

from __future__ import annotations

import math

import numpy as np

from drl_prune_ros.highway.compiled import compiled
from drl_prune_ros.highway.kinematics import feature
from drl_prune_ros.highway.lanes import along, position

ON_ROAD = -1     # the layer of the road, in place of a feature
REACH = 100.0    # meters along lanes
GRID = np.dtype([
    ('low_x', 'f8'), ('low_y', 'f8'), ('step_x', 'f8'), ('step_y', 'f8'), ('spacing', 'f8'),
    ('aligned', 'i4'), ('clip', 'i4')], align=True)


@compiled
def cell(grid, ego, x, y):
    """Return the indices of the cell that a displacement from the ego falls in."""
    if grid.aligned:
        x, y = ego.cos * x + ego.sin * y, -ego.sin * x + ego.cos * y
    return (math.floor((x - grid.low_x) / grid.step_x),
            math.floor((y - grid.low_y) / grid.step_y))


@compiled
def observe(road, grid, layers, ranges, episode, V, out):
    """Write the observation, out (layers, columns, rows) float32."""
    out[:] = 0.0
    ego = V[episode.ego]
    for layer in range(len(layers)):
        if layers[layer] == ON_ROAD:
            fill_road(road, grid, ego, out[layer])
            continue
        which = layers[layer]
        for index in range(episode.vehicles - 1, -1, -1):
            v = V[index]
            x, y = v.x - ego.x, v.y - ego.y
            if not math.isnan(ranges[1, 0]):
                x = there_and_back(x, ranges[1, 0], ranges[1, 1])
            if not math.isnan(ranges[2, 0]):
                y = there_and_back(y, ranges[2, 0], ranges[2, 1])
            i, j = cell(grid, ego, x, y)
            if i < 0 or j < 0 or i >= out.shape[1] or j >= out.shape[2]:
                continue
            value = feature(road, v, which)
            if 1 <= which and which <= 4:
                value -= feature(road, ego, which)
            if not math.isnan(ranges[which, 0]):
                low, high = ranges[which, 0], ranges[which, 1]
                value = -1 + (value - low) * (1 - -1) / (high - low)
            if grid.clip:
                value = min(max(value, -1.0), 1.0)
            out[layer, i, j] = value


@compiled
def there_and_back(value, low, high):
    """Normalize a value and undo it, which rounds it as highway-env does."""
    share = -1 + (value - low) * (1 - -1) / (high - low)
    return low + (share - -1) * (high - low) / (1 - -1)


@compiled
def fill_road(road, grid, ego, out):
    """Mark the cells in which points of lanes lie, so many meters apart."""
    for index in range(len(road.lanes)):
        lane = road.lanes[index]
        own = along(lane, ego.x, ego.y)
        start, stop = own - REACH, own + REACH
        count = math.ceil((stop - start) / grid.spacing)
        step = start + grid.spacing - start
        last = -1.0
        for k in range(count):
            s = min(max(start + k * step, 0.0), lane.length)
            if s == last:
                continue   # the ends of a lane come many times
            last = s
            x, y = position(lane, s, 0.0)
            i, j = cell(grid, ego, x - ego.x, y - ego.y)
            if 0 <= i and i < out.shape[0] and 0 <= j and j < out.shape[1]:
                out[i, j] = 1.0
