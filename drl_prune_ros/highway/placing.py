# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""How a vehicle comes onto the road, and what it is given there."""

from __future__ import annotations

import math

from drl_prune_ros.highway.compiled import compiled
from drl_prune_ros.highway.lanes import closest, heading_at, position
from drl_prune_ros.highway.random import uniform
from drl_prune_ros.highway.records import (
    FREE,
    LENGTH,
    MAX_SPEED,
    MDP,
    MIN_SPEED,
    ROUTE,
    WIDTH,
)
from drl_prune_ros.highway.settings import META
from drl_prune_ros.highway.vehicles import speed_index, turned

PI = math.pi



@compiled
def place(road, settings, v, kind, x, y, heading, speed):
    """Make a vehicle at a position; its target is the lane that it is on."""
    v.x, v.y, v.heading, v.speed = x, y, heading, speed
    turned(v)
    v.steering = v.acceleration = 0.0
    v.target_speed = speed
    v.timer = (x + y) * PI % settings.lane_change_delay
    v.delta = settings.delta
    v.has_impact = v.crashed = v.yielding = 0
    v.yield_timer = 0.0
    v.length, v.width = LENGTH, WIDTH
    v.diagonal = math.sqrt(LENGTH * LENGTH + WIDTH * WIDTH)
    v.min_speed, v.max_speed = MIN_SPEED, MAX_SPEED
    v.lane = v.target = closest(road, x, y, heading, 0)
    v.kind, v.checks, v.changes = kind, 1, 1
    v.speed_index = 0
    v.route_at, v.route_end = 0, -1


@compiled
def on(road, settings, v, kind, lane_index, s, speed):
    """Make a vehicle s meters along a lane, with its heading."""
    lane = road.lanes[lane_index]
    x, y = position(lane, s, 0.0)
    place(road, settings, v, kind, x, y, heading_at(lane, s), speed)


@compiled
def drive(settings, speeds, v):
    """Make a vehicle the one that is driven: by meta-actions, or freely."""
    if settings.action == META:
        v.kind = MDP
        v.speed_index = speed_index(speeds, v.target_speed)
        v.target_speed = speeds[v.speed_index]
    else:
        v.kind = FREE


@compiled
def plan(road, v, goal):
    """Plan the shortest route to a goal from the end of the lane."""
    lane = road.lanes[v.lane]
    v.route[0] = lane.edge * 64 + lane.number + 1
    v.route_at, v.route_end = 0, 1
    path = road.paths[road.edges[lane.edge].end, goal]
    for k in range(ROUTE - 1):
        if path[k] < 0:
            break
        v.route[v.route_end] = path[k] * 64
        v.route_end += 1


@compiled
def vary(settings, r, v):
    """Draw the exponent of IDM."""
    v.delta = uniform(r, settings.delta_low, settings.delta_high)


@compiled
def near(V, n, v, meters):
    """Return whether one of n vehicles is nearer than this."""
    for index in range(n):
        dx, dy = V[index].x - v.x, V[index].y - v.y
        if math.sqrt(dx * dx + dy * dy) < meters:
            return True
    return False
