# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The observations Kinematics and Exit: a row of features of the ego and of each one near it."""

from __future__ import annotations

import math

from drl_prune_ros.highway.compiled import compiled, once
from drl_prune_ros.highway.lanes import along, heading_at, local, position, wrap_to_pi
from drl_prune_ros.highway.observations import (
    COS_D,
    COS_H,
    HEADING,
    LAT_OFF,
    LONG_OFF,
    PRESENCE,
    SIN_D,
    SIN_H,
    VX,
    VY,
    X,
    Y,
)
from drl_prune_ros.highway.random import interval
from drl_prune_ros.highway.records import LENGTH, OBSTACLE

PERCEPTION = 5.0 * 40.0   # meters


@compiled
def destination(road, v):
    """Return the direction (x, y) of the end of the route; (0, 0) without one."""
    if v.route_end <= v.route_at:
        return 0.0, 0.0
    step = v.route[v.route_end - 1]
    number = max(step % 64 - 1, 0)
    lane = road.lanes[road.edges[step // 64].first + number]
    x, y = position(lane, lane.length, 0.0)
    dx, dy = x - v.x, y - v.y
    if dx == 0.0 and dy == 0.0:
        return 0.0, 0.0
    norm = math.sqrt(dx * dx + dy * dy)
    return dx / norm, dy / norm


@compiled
def feature(road, v, which):
    """Return a feature by its place in FEATURES; NaN where obstacles have none."""
    if which == PRESENCE:
        return 1.0
    if which == X:
        return v.x
    if which == Y:
        return v.y
    if which == VX:
        return v.speed * v.cos
    if which == VY:
        return v.speed * v.sin
    if which == COS_H:
        return v.cos
    if which == SIN_H:
        return v.sin
    if v.kind == OBSTACLE:
        return 0.0 if which == COS_D or which == SIN_D else math.nan
    if which == HEADING:
        return v.heading
    if which == COS_D or which == SIN_D:
        return destination(road, v)[which - COS_D]
    lane = road.lanes[v.lane]
    s, r = local(lane, v.x, v.y)
    if which == LONG_OFF:
        return s
    if which == LAT_OFF:
        return r
    return wrap_to_pi(v.heading - heading_at(lane, s))


@compiled
def normalized(value, low, high):
    """Return a value of low to high as one of -1 to 1."""
    return -1 + (value - low) * (1 - -1) / (high - low)


@compiled
def nearest(road, part, episode, V, chosen, distances):
    """Write the indices of the vehicles and obstacles to observe; return how many."""
    ego = V[episode.ego]
    lane = road.lanes[ego.lane]
    own = along(lane, ego.x, ego.y)
    count = 0
    for index in range(len(V)):
        other = V[index]
        obstacle = other.kind == OBSTACLE
        if index == episode.ego or (obstacle and not part.obstacles) or (
                index >= episode.vehicles and not obstacle):
            continue
        dx, dy = other.x - ego.x, other.y - ego.y
        if not math.sqrt(dx * dx + dy * dy) < PERCEPTION:
            continue
        ahead = along(lane, other.x, other.y) - own
        if not (-2 * LENGTH < ahead) and (obstacle or not part.behind):
            continue
        away = abs(ahead) if part.sorted else 0.0
        if count == len(chosen):
            if not part.sorted or away >= distances[count - 1]:
                continue
            count -= 1
        at = count
        while at > 0 and part.sorted and distances[at - 1] > away:
            chosen[at], distances[at] = chosen[at - 1], distances[at - 1]
            at -= 1
        chosen[at], distances[at] = index, away
        count += 1
    return count


@compiled
def value_of(road, part, episode, ego, v, first, which):
    """Return a feature as it is observed; first says that the row is the ego's."""
    if first and which == X and part.exit_lane >= 0:
        value = along(road.lanes[part.exit_lane], v.x, v.y)
    elif not first and not part.intentions and (which == COS_D or which == SIN_D):
        value = 0.0
    else:
        value = feature(road, v, which)
    if not first and X <= which and which <= VY and not part.absolute:
        value -= feature(road, ego, which)
    if not part.normalize:
        return value
    low, high = part.ranges[which, 0], part.ranges[which, 1]
    if which == Y and part.y_by_lanes:
        high = 4.0 * episode.lanes_at_reset
        low = -high
    if math.isnan(low) or math.isnan(value):
        return value
    value = normalized(value, low, high)
    return min(max(value, -1.0), 1.0) if part.clip else value


@once
def observe(road, room, part, episode, V, out):
    """Write the rows one after the other, out (rows * features,) float32."""
    out[:] = 0.0
    others = min(part.rows - 1, len(room.chosen))
    count = nearest(road, part, episode, V, room.chosen[:others], room.away[:others])
    ego = V[episode.ego]
    for row in range(count + 1):
        v = V[episode.ego if row == 0 else room.chosen[row - 1]]
        for column in range(part.count):
            out[row * part.count + column] = value_of(
                road, part, episode, ego, v, row == 0, part.features[column])
    if part.shuffled:
        for row in range(part.rows - 1, 1, -1):
            swap(out, part.count, row, 1 + interval(episode.random, row - 1))


@compiled
def swap(out, width, a, b):
    """Exchange two rows."""
    for column in range(width):
        kept = out[a * width + column]
        out[a * width + column] = out[b * width + column]
        out[b * width + column] = kept
