# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The vehicles at the beginning of an episode, where the road is straight."""

from __future__ import annotations

from drl_prune_ros.highway.compiled import compiled
from drl_prune_ros.highway.lanes import along, heading_at, position
from drl_prune_ros.highway.placing import drive, on, place, plan, vary
from drl_prune_ros.highway.random import integers, normal, random, uniform
from drl_prune_ros.highway.records import IDM


@compiled
def behind_all(lane, V, n, offset):
    """Return where the next of n vehicles starts along a lane: beyond all others on it."""
    s = 3 * offset
    for other in range(n):
        ahead = along(lane, V[other].x, V[other].y)
        s = ahead if other == 0 else max(s, ahead)
    return s


@compiled
def highway(road, settings, speeds, episode, V):
    """Place the ego and the others behind each other, each on a lane by chance."""
    r = episode.random
    edge = road.edges[0]
    for index in range(settings.others + 1):
        ego = index == 0
        if ego and settings.ego_lane >= 0:
            lane_index = edge.first + settings.ego_lane
        else:
            lane_index = edge.first + integers(r, edge.count)
        lane = road.lanes[lane_index]
        speed = 25.0 if ego else uniform(r, 0.7 * lane.speed_limit, 0.8 * lane.speed_limit)
        offset = (settings.ego_gap if ego else settings.gap) * (12 + 1.0 * speed)
        offset = offset * settings.crowding
        s = behind_all(lane, V, index, offset) + offset * uniform(r, 0.9, 1.1)
        on(road, settings, V[index], IDM, lane_index, s, speed)
        if ego:
            drive(settings, speeds, V[0])
        else:
            vary(settings, r, V[index])
            V[index].checks = settings.checks
    episode.vehicles, episode.ego = settings.others + 1, 0


@compiled
def exit_ramp(road, settings, speeds, episode, V, shares):
    """
    Place the ego on the leftmost lane, and the others rather on the right ones.

    shares  (lanes,) chance of a lane or of one to its left
    """
    r = episode.random
    edge = road.edges[0]
    for index in range(settings.others + 1):
        ego = index == 0
        number = 0
        if not ego:
            # As choice(lanes, p=lanes / sum(lanes)).
            share = random(r)
            while number < edge.count - 1 and share >= shares[number]:
                number += 1
        lane = road.lanes[edge.first + number]
        speed = 25.0 if ego else lane.speed_limit
        offset = (settings.ego_gap if ego else settings.gap) * (12 + 1.0 * speed)
        offset = offset * settings.crowding
        s = behind_all(lane, V, index, offset) + offset * uniform(r, 0.9, 1.1)
        on(road, settings, V[index], IDM, edge.first + number, s, speed)
        if ego:
            drive(settings, speeds, V[0])
        else:
            plan(road, V[index], 0)
            V[index].changes = 0
    episode.vehicles, episode.ego = settings.others + 1, 0


@compiled
def two_way(road, settings, speeds, episode, V):
    """Place the ego behind three others, and two that come towards them."""
    r = episode.random
    own, oncoming = settings.lanes[0], settings.lanes[1]
    x, y = position(road.lanes[own], 30.0, 0.0)
    place(road, settings, V[0], IDM, x, y, 0.0, 30.0)
    drive(settings, speeds, V[0])
    for index in range(3):
        s = 70.0 + 40.0 * index
        x, y = position(road.lanes[own], s + 10.0 * normal(r), 0.0)
        place(road, settings, V[index + 1], IDM, x, y, heading_at(road.lanes[own], s),
              24.0 + 2.0 * normal(r))
        V[index + 1].changes = 0
    for index in range(2):
        s = 200.0 + 100.0 * index
        x, y = position(road.lanes[oncoming], s + 10.0 * normal(r), 0.0)
        v = V[index + 4]
        place(road, settings, v, IDM, x, y, heading_at(road.lanes[oncoming], s),
              20.0 + 5.0 * normal(r))
        v.changes, v.target = 0, oncoming
    episode.vehicles, episode.ego = 6, 0


@compiled
def merge(road, settings, speeds, episode, V):
    """Place the ego and three others on the highway, and one on the ramp."""
    r = episode.random
    first = settings.lanes[0]
    x, y = position(road.lanes[first + 1], 30.0, 0.0)
    place(road, settings, V[0], IDM, x, y, 0.0, 30.0)
    drive(settings, speeds, V[0])
    for index in range(3):
        lane = road.lanes[first + integers(r, 2)]
        s = (90.0, 70.0, 5.0)[index] + uniform(r, -5.0, 5.0)
        speed = (29.0, 31.0, 31.5)[index] + uniform(r, -1.0, 1.0)
        x, y = position(lane, s, 0.0)
        place(road, settings, V[index + 1], IDM, x, y, 0.0, speed)
    x, y = position(road.lanes[settings.lanes[1]], 110.0, 0.0)
    place(road, settings, V[4], IDM, x, y, 0.0, 20.0)
    V[4].target_speed = 30.0
    episode.vehicles, episode.ego = 5, 0


@compiled
def room_there(V, n, x, y):
    """Return whether none of n vehicles on the lane at y is within 15 m of x."""
    for other in range(n):
        if V[other].y == y and abs(x - V[other].x) <= 15.0:
            return False
    return True


@compiled
def merge_generic(road, settings, speeds, episode, V):
    """Place the ego, others where there is room, and one on the ramp."""
    r = episode.random
    first = settings.lanes[0]
    x, y = position(road.lanes[first + settings.spread - 1], 30.0, 0.0)
    place(road, settings, V[0], IDM, x, y, 0.0, 30.0)
    drive(settings, speeds, V[0])
    n = 1
    for _ in range(settings.others):
        for _ in range(10):
            lane = road.lanes[first + integers(r, settings.spread)]
            x, y = position(lane, uniform(r, 0.0, settings.reach), 0.0)
            if room_there(V, n, x, y):
                place(road, settings, V[n], IDM, x, y, 0.0, 30.0 + uniform(r, -2.0, 2.0))
                n += 1
                break
    x, y = position(road.lanes[settings.lanes[1]], 60.0, 0.0)
    place(road, settings, V[n], IDM, x, y, 0.0, 20.0)
    V[n].target_speed = 30.0
    episode.vehicles, episode.ego = n + 1, 0
