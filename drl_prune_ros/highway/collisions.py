# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
Collisions of rectangles, as highway_env.utils and RoadObject have them.

A collision that is only predicted for the next frame pushes both apart there, and crashes them.
"""

from __future__ import annotations

import math

from drl_prune_ros.highway.compiled import compiled
from drl_prune_ros.highway.records import OBSTACLE


@compiled
def corners(v, out):
    """Write the corners of a body into (4, 2)."""
    for k in range(4):
        x = -v.length / 2 if k < 2 else v.length / 2
        y = -v.width / 2 if k == 0 or k == 3 else v.width / 2
        out[k, 0] = v.cos * x + -v.sin * y + v.x
        out[k, 1] = v.sin * x + v.cos * y + v.y


@compiled
def projected(polygon, x, y):
    """Return the least and the largest of the corners along an axis."""
    low = high = polygon[0, 0] * x + polygon[0, 1] * y
    for k in range(1, 4):
        value = polygon[k, 0] * x + polygon[k, 1] * y
        low, high = min(low, value), max(high, value)
    return low, high


@compiled
def apart(low_a, high_a, low_b, high_b):
    """Return the distance of two intervals, negative where they overlap."""
    return low_b - high_a if low_a < low_b else low_a - high_b


@compiled
def collide(a, b, dt, polygons):
    """Have a body check for a collision with another one; polygons (2, 4, 2) is room to work."""
    if not (a.checks or b.checks):
        return
    dx, dy = b.x - a.x, b.y - a.y
    reach = (a.diagonal + b.diagonal) / 2 + a.speed * dt
    if abs(dx) > reach or math.sqrt(dx * dx + dy * dy) > reach:
        return
    corners(a, polygons[0])
    corners(b, polygons[1])
    move_x = a.speed * a.cos * dt - b.speed * b.cos * dt
    move_y = a.speed * a.sin * dt - b.speed * b.sin * dt
    now, soon = True, True
    least = math.inf
    push_x = push_y = 0.0
    for which in range(2):
        for k in range(4):
            after = (k + 1) % 4
            x = -polygons[which, after, 1] + polygons[which, k, 1]
            y = polygons[which, after, 0] - polygons[which, k, 0]
            norm = math.sqrt(x * x + y * y)
            x, y = x / norm, y / norm
            low_a, high_a = projected(polygons[0], x, y)
            low_b, high_b = projected(polygons[1], x, y)
            if apart(low_a, high_a, low_b, high_b) > 0:
                now = False
            moved = x * move_x + y * move_y
            if moved < 0:
                low_a += moved
            else:
                high_a += moved
            gap = apart(low_a, high_a, low_b, high_b)
            if gap > 0:
                soon = False
            if not now and not soon:
                return
            if abs(gap) < least:
                least = abs(gap)
                toward = middle(polygons, 0) * x + middle(polygons, 1) * y
                push_x, push_y = (x, y) if toward > 0 else (-x, -y)
    if soon:
        push_x, push_y = least * push_x, least * push_y
        if b.kind == OBSTACLE:
            a.impact_x, a.impact_y, a.has_impact = push_x, push_y, 1
        else:
            a.impact_x, a.impact_y, a.has_impact = push_x / 2, push_y / 2, 1
            b.impact_x, b.impact_y, b.has_impact = -push_x / 2, -push_y / 2, 1
    if now:
        a.crashed = 1
        b.crashed = 1


@compiled
def middle(polygons, axis):
    """Return how far the middle of the first polygon lies from that of the second."""
    a, b = polygons[0], polygons[1]
    return ((a[0, axis] + a[1, axis] + a[2, axis] + a[3, axis]) / 4
            - (b[0, axis] + b[1, axis] + b[2, axis] + b[3, axis]) / 4)


@compiled
def collisions(V, n, dt, polygons):
    """Check every pair of vehicles, and every vehicle with every obstacle, in order."""
    for i in range(n):
        for j in range(i + 1, n):
            collide(V[i], V[j], dt, polygons)
        for j in range(n, len(V)):
            if V[j].kind == OBSTACLE:
                collide(V[i], V[j], dt, polygons)
