# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The observation TimeToCollision: when another vehicle is met, for three speeds and lanes."""

from __future__ import annotations

from collections.abc import Callable
import math

from drl_prune_ros.highway.compiled import compiled, once
from drl_prune_ros.highway.records import LENGTH
from drl_prune_ros.highway.vehicles import lane_distance, not_zero

AROUND = 3       # speeds and lanes: the ego's, one below and one above


@compiled
def adjacent(road, v, at, edge, other):
    """Return whether a road is another one, or begins where that one ends."""
    return other == edge or road.edges[other].end == road.edges[edge].start


def leading(further: Callable[..., bool]) -> Callable[..., bool]:
    """Return what says whether a road leads to another, with further to ask one road ahead."""
    @compiled
    def connected(road, v, at, edge, other):
        if adjacent(road, v, at, edge, other):
            return True
        while at < v.route_end and v.route[at] // 64 == edge:
            at += 1
        if at < v.route_end and road.edges[v.route[at] // 64].start == road.edges[edge].end:
            return further(road, v, at + 1, v.route[at] // 64, other)
        for way in road.leaving[road.edges[edge].end]:
            if way >= 0 and further(road, v, at, way, other):
                return True
        return False
    return connected


# Along the route where there is one, three roads ahead; numba keeps no code that calls itself.
connected = leading(leading(leading(adjacent)))


@compiled
def raise_to(part, out, speed, lane, time, cost):
    """Write a cost into a cell, unless a larger one is there."""
    at = (speed * AROUND + lane) * part.columns + time
    out[at] = max(out[at], cost)


@compiled
def meet(road, part, period, V, ego, other, speed, slot, out):
    """Write when the ego at a speed meets another vehicle."""
    own, its = road.lanes[ego.lane], road.lanes[other.lane]
    same = road.edges[its.edge].count == road.edges[own.edge].count
    projected = other.speed * (other.cos * ego.cos + other.sin * ego.sin)
    away = lane_distance(road, ego, other)
    for k in range(3):   # the middle counts fully, both ends by half
        margin = (0.0, -LENGTH, LENGTH)[k]
        steps = (away + margin) / not_zero(speed - projected)
        if steps < 0:
            continue
        steps = steps / period
        for lane in range(AROUND):
            number = own.number - AROUND // 2 + lane
            if number < 0 or number >= road.edges[own.edge].count or (
                    same and number != its.number):
                continue
            cost = 1.0 if k == 0 else 0.5
            if steps < part.columns:
                raise_to(part, out, slot, lane, int(steps), cost)
            if math.ceil(steps) < part.columns:
                raise_to(part, out, slot, lane, math.ceil(steps), cost)


@once
def observe(road, part, period, speeds, episode, V, out):
    """Write the grid, out (3 speeds * 3 lanes * times,) float32."""
    ego = V[episode.ego]
    own = road.lanes[ego.lane]
    lanes = road.edges[own.edge].count
    for slot in range(AROUND):
        for lane in range(AROUND):
            number = own.number - AROUND // 2 + lane
            free = 0 <= number and number < lanes
            first = (slot * AROUND + lane) * part.columns
            out[first:first + part.columns] = 0.0 if free else 1.0   # beside the road: a crash
    for index in range(episode.vehicles):
        other = V[index]
        if index == episode.ego or not connected(
                road, ego, ego.route_at, own.edge, road.lanes[other.lane].edge):
            continue
        for slot in range(AROUND):
            speed = speeds[min(max(ego.speed_index - AROUND // 2 + slot, 0), len(speeds) - 1)]
            if speed != other.speed:
                meet(road, part, period, V, ego, other, speed, slot, out)
