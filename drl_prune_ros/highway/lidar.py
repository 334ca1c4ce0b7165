# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The observation Lidar: how far the next body is in each direction, and how fast it leaves."""

from __future__ import annotations

import math

import numpy as np

from drl_prune_ros.highway.collisions import apart, corners
from drl_prune_ros.highway.compiled import compiled, once
from drl_prune_ros.highway.records import OBSTACLE

HALF_PI, TWO_PI = math.pi / 2, 2 * math.pi


@compiled
def index_of(part, angle):
    """Return the cell of an angle."""
    return math.floor(angle / part.angle) % part.rows


@compiled
def angle_of(part, ego, x, y):
    """Return the angle at which a point is seen, half a cell on."""
    return math.atan2(y - ego.y, x - ego.x) + part.angle / 2


@compiled
def larger(a, b):
    """Return what Python's max does, also of NaN."""
    return b if b > a else a


@compiled
def far_along(part, ego, rect, k, ray_x, ray_y):
    """Return how far along a ray the sides of a rectangle at corner 0 and corner k lie, sorted."""
    side_x, side_y = rect[k, 0] - rect[0, 0], rect[k, 1] - rect[0, 1]
    norm = math.sqrt(side_x * side_x + side_y * side_y)
    side_x, side_y = side_x / norm, side_y / norm
    reach = ray_x * side_x + ray_y * side_y
    first = ((rect[0, 0] - ego.x) * side_x + (rect[0, 1] - ego.y) * side_y) / reach
    second = ((rect[k, 0] - ego.x) * side_x + (rect[k, 1] - ego.y) * side_y) / reach
    if reach >= 0:
        return first, second
    return second, first


@compiled
def hit(part, ego, rect, cos, sin):
    """Return the meters to a rectangle (4, 2) in a direction, infinite where it is not met."""
    ray_x = ego.x + part.range * cos - ego.x
    ray_y = ego.y + part.range * sin - ego.y
    low_a, high_a = far_along(part, ego, rect, 1, ray_x, ray_y)
    low_b, high_b = far_along(part, ego, rect, 3, ray_x, ray_y)
    if (apart(low_a, high_a, low_b, high_b) <= 0 and apart(0.0, 1.0, low_a, high_a) <= 0
            and apart(0.0, 1.0, low_b, high_b) <= 0):
        return larger(low_a, low_b) * math.sqrt(ray_x * ray_x + ray_y * ray_y)
    return math.inf


@compiled
def mark(ego, other, out, index, distance, cos, sin):
    """Write a body into its cell, unless one that is nearer is there."""
    if distance <= out[2 * index]:
        out[2 * index] = distance
        out[2 * index + 1] = ((other.speed * other.cos - ego.speed * ego.cos) * cos
                              + (other.speed * other.sin - ego.speed * ego.sin) * sin)


@compiled
def trace(part, ego, other, rect, out):
    """Write a body into the cells in which it is seen."""
    dx, dy = other.x - ego.x, other.y - ego.y
    away = math.sqrt(dx * dx + dy * dy)
    if away > part.range:
        return
    middle = index_of(part, angle_of(part, ego, other.x, other.y))
    mark(ego, other, out, middle, away - other.width / 2,
         math.cos(middle * part.angle), math.sin(middle * part.angle))
    corners(other, rect)
    low, high = math.inf, -math.inf
    for k in range(4):
        angle = angle_of(part, ego, rect[k, 0], rect[k, 1])
        low, high = min(low, angle), max(high, angle)
    if low < -HALF_PI and HALF_PI < high:   # the corners lie around pi
        low, high = high, low + TWO_PI
    start, end = index_of(part, low), index_of(part, high)
    count = end - start + 1
    if start >= end:   # around 0; also of one cell alone, with which highway-env goes all round
        count += part.rows
    for k in range(count):
        index = (start + k) % part.rows
        cos, sin = math.cos(index * part.angle), math.sin(index * part.angle)
        mark(ego, other, out, index, hit(part, ego, rect, cos, sin), cos, sin)


@once
def observe(room, part, episode, V, out):
    """Write distance and speed of each cell, out (cells * 2,) float32."""
    out[:] = part.range
    for index in range(len(V)):
        other = V[index]
        if index != episode.ego and (index < episode.vehicles or other.kind == OBSTACLE):
            trace(part, V[episode.ego], other, room.polygons[0], out)
    if part.normalize:
        for k in range(len(out)):
            out[k] = out[k] / np.float32(part.range)
