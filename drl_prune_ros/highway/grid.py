# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The observation OccupancyGrid: layers of cells around the ego."""

from __future__ import annotations

import math

from drl_prune_ros.highway.compiled import compiled, once
from drl_prune_ros.highway.kinematics import feature, normalized
from drl_prune_ros.highway.lanes import along, position
from drl_prune_ros.highway.observations import ON_ROAD, VY, X, Y
from drl_prune_ros.highway.records import CIRCULAR

PI = math.pi
SEEN = 100.0     # meters along lanes, before and behind the ego


@compiled
def cell(part, ego, x, y):
    """Return the place in a layer of a displacement from the ego, -1 outside."""
    if part.aligned:
        x, y = ego.cos * x + ego.sin * y, -ego.sin * x + ego.cos * y
    i = math.floor((x - part.low_x) / part.step_x)
    j = math.floor((y - part.low_y) / part.step_y)
    if i < 0 or j < 0 or i >= part.rows or j >= part.columns:
        return -1
    return i * part.columns + j


@compiled
def there_and_back(value, low, high):
    """Normalize a value and undo it, which rounds it as highway-env does."""
    if math.isnan(low):
        return value
    return low + (normalized(value, low, high) - -1) * (high - low) / (1 - -1)


@compiled
def shown(part, value):
    """Return a value as the cell shows it: clipped, of an image a whole number up to 255."""
    if part.clip or part.image:
        value = min(max(value, -1.0), 1.0)
    return float(math.floor((value + 1) / 2 * 255)) if part.image else value


@once
def observe(road, part, episode, V, out):
    """Write the layers one after the other, out (layers * rows * columns,) float32."""
    out[:] = 0.0
    ego = V[episode.ego]
    area = part.rows * part.columns
    for layer in range(part.count):
        if part.features[layer] == ON_ROAD:
            fill_road(road, part, ego, out[layer * area:(layer + 1) * area])
    for index in range(episode.vehicles - 1, -1, -1):
        v = V[index]
        x = there_and_back(v.x - ego.x, part.ranges[X, 0], part.ranges[X, 1])
        y = there_and_back(v.y - ego.y, part.ranges[Y, 0], part.ranges[Y, 1])
        at = cell(part, ego, x, y)
        if at < 0:
            continue
        for layer in range(part.count):
            which = part.features[layer]
            if which != ON_ROAD:
                out[layer * area + at] = value_of(road, part, ego, v, which)


@compiled
def value_of(road, part, ego, v, which):
    """Return a feature of a vehicle as its cell shows it."""
    value = feature(road, v, which)
    if X <= which and which <= VY:
        value -= feature(road, ego, which)
    low, high = part.ranges[which, 0], part.ranges[which, 1]
    return shown(part, value if math.isnan(low) else normalized(value, low, high))


@compiled
def out_of_reach(lane, part, away):
    """Return whether no point so many meters along from the ego's can lie in the grid."""
    if lane.kind != CIRCULAR:
        return away > part.reach
    # A chord of a quarter of a circle is longer than 2 / pi of it; behind that, than the radius.
    if away < PI / 2 * lane.radius:
        return away * (2 / PI) > part.reach
    return lane.radius > part.reach and away < 3 * PI / 2 * lane.radius


@compiled
def fill_road(road, part, ego, out):
    """Mark the cells in which points of lanes lie, so many meters apart."""
    mark = shown(part, 1.0)
    for index in range(len(road.lanes)):
        lane = road.lanes[index]
        if (ego.x < lane.low_x - part.reach or ego.x > lane.high_x + part.reach
                or ego.y < lane.low_y - part.reach or ego.y > lane.high_y + part.reach):
            continue
        own = along(lane, ego.x, ego.y)
        start, stop = own - SEEN, own + SEEN
        count = math.ceil((stop - start) / part.spacing)
        step = start + part.spacing - start
        last = -1.0
        for k in range(count):
            s = min(max(start + k * step, 0.0), lane.length)
            if s == last or out_of_reach(lane, part, abs(s - own)):
                continue   # the ends of a lane come many times
            last = s
            x, y = position(lane, s, 0.0)
            at = cell(part, ego, x - ego.x, y - ego.y)
            if at >= 0:
                out[at] = mark
