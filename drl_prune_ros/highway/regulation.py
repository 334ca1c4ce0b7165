# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The right of way at intersections, as highway_env.road.regulation has it."""

from __future__ import annotations

import math

from drl_prune_ros.highway.compiled import compiled
from drl_prune_ros.highway.lanes import along, along_route
from drl_prune_ros.highway.records import FREE, IDM, LENGTH, LOOKS, WIDTH
from drl_prune_ros.highway.vehicles import move

STEP = 0.25          # seconds from one prediction to the next, and to the first
LONG, WIDE = 1.5 * LENGTH, 0.9 * WIDTH


@compiled
def predict_free(road, v, out):
    """Write the same of a vehicle that has no route: with the wheel as it is, nor faster."""
    x, y, heading, speed, cos, sin = v.x, v.y, v.heading, v.speed, v.cos, v.sin
    steering, acceleration, lane = v.steering, v.acceleration, v.lane
    crashed, has_impact = v.crashed, v.has_impact
    v.acceleration = 0.0
    for k in range(LOOKS):
        move(road, v, STEP)
        out[k, 0], out[k, 1], out[k, 2] = v.x, v.y, v.heading
    v.x, v.y, v.heading, v.speed, v.cos, v.sin = x, y, heading, speed, cos, sin
    v.steering, v.acceleration, v.lane = steering, acceleration, lane
    v.crashed, v.has_impact = crashed, has_impact


@compiled
def predict(road, v, out):
    """Write (x, y, heading) of a vehicle at each look, at the speed of now along its route."""
    if v.kind == FREE:
        predict_free(road, v, out)
        return
    s = along(road.lanes[v.lane], v.x, v.y)
    for k in range(LOOKS):
        out[k, 0], out[k, 1], out[k, 2] = along_route(road, v, s + v.speed * (STEP + k * STEP))


@compiled
def corner_inside(a, b):
    """Return whether a corner, the middle of a side or the center of body a lies in body b."""
    cos_a, sin_a = math.cos(a[2]), math.sin(a[2])
    cos_b, sin_b = math.cos(b[2]), math.sin(b[2])
    for i in range(-1, 2):
        for j in range(-1, 2):
            px, py = i * (LONG / 2), j * (WIDE / 2)
            dx = cos_a * px + -sin_a * py + a[0] - b[0]
            dy = sin_a * px + cos_a * py + a[1] - b[1]
            # The rotation is the wrong way round, as it is upstream.
            x, y = cos_b * dx + -sin_b * dy, sin_b * dx + cos_b * dy
            if abs(x) <= LONG / 2 and abs(y) <= WIDE / 2:
                return True
    return False


@compiled
def conflict(a, b):
    """Return whether two predictions (looks, 3) meet."""
    for k in range(LOOKS):
        dx, dy = b[k, 0] - a[k, 0], b[k, 1] - a[k, 1]
        if abs(dx) > LENGTH or math.sqrt(dx * dx + dy * dy) > LENGTH:
            continue
        if corner_inside(a[k], b[k]) or corner_inside(b[k], a[k]):
            return True
    return False


@compiled
def gives_way(road, V, i, j):
    """Return which of two vehicles in conflict has to yield."""
    a, b = V[i], V[j]
    first, second = road.lanes[a.lane].priority, road.lanes[b.lane].priority
    if first > second:
        return j
    if first < second:
        return i
    dx, dy = b.x - a.x, b.y - a.y
    ahead = a.cos * dx + a.sin * dy
    other = b.cos * (a.x - b.x) + b.sin * (a.y - b.y)
    return i if ahead > other else j


@compiled
def enforce(road, looks, V, n):
    """Let go who waited, and stop who has to yield."""
    for i in range(n):
        v = V[i]
        if v.yielding:
            if v.yield_timer >= 0.0:
                v.target_speed = road.lanes[v.lane].speed_limit
                v.yielding = 0
            else:
                v.yield_timer += 1
    for i in range(n):
        predict(road, V[i], looks[i])
    for i in range(n - 1):
        for j in range(i + 1, n):
            if conflict(looks[i], looks[j]):
                which = gives_way(road, V, i, j)
                if V[which].kind == IDM:
                    V[which].target_speed = 0.0
                    V[which].yielding = 1
                    V[which].yield_timer = 0.0
