# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The observation Kinematics: a row of features for the ego and for each vehicle near it."""

from __future__ import annotations

import math

import numpy as np

from drl_prune_ros.highway.compiled import compiled
from drl_prune_ros.highway.lanes import along, heading_at, local, position, wrap_to_pi
from drl_prune_ros.highway.records import LENGTH, OBSTACLE

PERCEPTION = 5.0 * 40.0   # meters
FEATURES = ('presence', 'x', 'y', 'vx', 'vy', 'heading', 'cos_h', 'sin_h', 'cos_d', 'sin_d',
            'long_off', 'lat_off', 'ang_off')
OPTIONS = np.dtype([
    ('rows', 'i4'), ('absolute', 'i4'), ('sorted', 'i4'), ('normalize', 'i4'), ('clip', 'i4'),
    ('behind', 'i4'), ('intentions', 'i4'), ('obstacles', 'i4'), ('own_ranges', 'i4')], align=True)


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
    """Return a feature of a vehicle by its place in FEATURES."""
    if which == 0:
        return 1.0
    if which == 1:
        return v.x
    if which == 2:
        return v.y
    if which == 3:
        return v.speed * v.cos
    if which == 4:
        return v.speed * v.sin
    if which == 5:
        return v.heading
    if which == 6:
        return v.cos
    if which == 7:
        return v.sin
    if which < 10:
        return destination(road, v)[which - 8]
    lane = road.lanes[v.lane]
    s, r = local(lane, v.x, v.y)
    if which == 10:
        return s
    if which == 11:
        return r
    return wrap_to_pi(v.heading - heading_at(lane, s))


@compiled
def nearest(road, options, episode, V, chosen, distances):
    """Write the indices of the vehicles and obstacles to observe; return how many."""
    ego = V[episode.ego]
    lane = road.lanes[ego.lane]
    own = along(lane, ego.x, ego.y)
    count = 0
    for index in range(len(V)):
        other = V[index]
        obstacle = other.kind == OBSTACLE
        if index == episode.ego or (obstacle and not options.obstacles) or (
                index >= episode.vehicles and not obstacle):
            continue
        dx, dy = other.x - ego.x, other.y - ego.y
        if not math.sqrt(dx * dx + dy * dy) < PERCEPTION:
            continue
        ahead = along(lane, other.x, other.y) - own
        if not (-2 * LENGTH < ahead) and (obstacle or not options.behind):
            continue
        away = abs(ahead) if options.sorted else 0.0
        if count == len(chosen):
            if not options.sorted or away >= distances[count - 1]:
                continue
            count -= 1
        at = count
        while at > 0 and options.sorted and distances[at - 1] > away:
            chosen[at], distances[at] = chosen[at - 1], distances[at - 1]
            at -= 1
        chosen[at], distances[at] = index, away
        count += 1
    return count


@compiled
def observe(road, room, options, features, ranges, episode, V, out):
    """Write the observation, out (rows, features) float32; ranges (13, 2), NaN for none."""
    out[:] = 0.0
    others = min(options.rows - 1, len(room.chosen))
    count = nearest(road, options, episode, V, room.chosen[:others], room.away[:others])
    ego = V[episode.ego]
    for row in range(count + 1):
        v = ego if row == 0 else V[room.chosen[row - 1]]
        for column in range(len(features)):
            which = features[column]
            if row and (which == 8 or which == 9) and (
                    not options.intentions or v.kind == OBSTACLE):
                value = 0.0
            else:
                value = feature(road, v, which)
            if row and 1 <= which and which <= 4 and not options.absolute:
                value -= feature(road, ego, which)
            if options.normalize:
                low, high = ranges[which, 0], ranges[which, 1]
                if which == 2 and not options.own_ranges:
                    high = 4.0 * episode.lanes_at_reset
                    low = -high
                if not math.isnan(low):
                    value = -1 + (value - low) * (1 - -1) / (high - low)
                    if options.clip:
                        value = min(max(value, -1.0), 1.0)
            out[row, column] = value
