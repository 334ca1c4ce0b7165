# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The vehicles at the beginning of an episode, where the road turns."""

from __future__ import annotations

from drl_prune_ros.highway.compiled import compiled
from drl_prune_ros.highway.lanes import heading_at, position
from drl_prune_ros.highway.placing import drive, near, on, place, plan, vary
from drl_prune_ros.highway.random import integers, normal, uniform
from drl_prune_ros.highway.records import IDM, MDP


@compiled
def roundabout(road, settings, speeds, episode, V):
    """Place the ego before the roundabout, three others in it, and one that enters."""
    r = episode.random
    lane = road.lanes[settings.lanes[0]]
    x, y = position(lane, 125.0, 0.0)
    place(road, settings, V[0], IDM, x, y, heading_at(lane, 140.0), 8.0)
    drive(settings, speeds, V[0])
    if V[0].kind == MDP:
        plan(road, V[0], 3)
    for index in range(4):
        s = (5.0, 20.0, -20.0, 50.0)[index] + normal(r) * 2.0
        speed = 16.0 + normal(r) * 2.0
        v = V[index + 1]
        on(road, settings, v, IDM, settings.lanes[(1, 2, 2, 3)[index]], s, speed)
        goal = settings.goal if index == 0 and settings.goal >= 0 else integers(r, 3)
        plan(road, v, goal)
        vary(settings, r, v)
    episode.vehicles, episode.ego = 5, 0


@compiled
def roundabout_generic(road, settings, speeds, episode, V):
    """Place the ego before the roundabout, and others where there is room, in it or before."""
    r = episode.random
    lane = road.lanes[settings.lanes[0]]
    on(road, settings, V[0], IDM, settings.lanes[0], lane.length - 2.5, 8.0)
    drive(settings, speeds, V[0])
    if V[0].kind == MDP:
        plan(road, V[0], 4)
    n = 1
    for _ in range(settings.others):
        for _ in range(10):
            first = settings.lanes[1 + integers(r, 7)]
            count = road.edges[road.lanes[first].edge].count
            index = first + integers(r, count)
            s = uniform(r, 5.0, max(5.0, road.lanes[index].length - 5.0))
            v = V[n]
            v.x, v.y = position(road.lanes[index], s, 0.0)
            if near(V, n, v, 7.0):
                continue
            on(road, settings, v, IDM, index, s, 14.0 + normal(r) * 2.0)
            plan(road, v, settings.goal if settings.goal >= 0 else integers(r, 4))
            vary(settings, r, v)
            n += 1
            break
    episode.vehicles, episode.ego = n, 0


@compiled
def u_turn(road, settings, speeds, episode, V):
    """Place the ego before the turn, and six others in its way."""
    r = episode.random
    x, y = position(road.lanes[settings.lanes[0]], 0.0, 0.0)
    place(road, settings, V[0], IDM, x, y, 0.0, 16.0)
    drive(settings, speeds, V[0])
    if V[0].kind == MDP:
        plan(road, V[0], 0)
    for index in range(6):
        s = (25.0, 56.0, 0.5, 17.5, 1.0, 30.0)[index] + normal(r) * 2.0
        speed = (13.5, 14.5, 4.5, 5.5, 3.5, 5.5)[index] + normal(r) * 2.0
        v = V[index + 1]
        on(road, settings, v, IDM, settings.lanes[1 + index], s, speed)
        plan(road, v, 0)
        if index == 0:
            vary(settings, r, v)
    episode.vehicles, episode.ego = 7, 0


@compiled
def racetrack(road, settings, speeds, episode, V):
    """Place the ego, one vehicle in front of it, and others by chance."""
    r = episode.random
    number = integers(r, settings.spread)
    lane_index = settings.lanes[0] + number
    on(road, settings, V[0], IDM, lane_index, uniform(r, 20.0, 50.0),
       road.lanes[lane_index].speed_limit)
    drive(settings, speeds, V[0])
    n = 1
    if settings.others > 0:
        second = settings.lanes[1]
        s = uniform(r, 0.0, road.lanes[second].length)
        on(road, settings, V[1], IDM, second + number, s, 6.0 + uniform(r, 0.0, 3.0))
        n = 2
        for _ in range(integers(r, settings.others)):
            node = integers(r, settings.lanes[2])
            ways = 0
            while ways < road.leaving.shape[1] and road.leaving[node, ways] >= 0:
                ways += 1
            edge = road.edges[road.leaving[node, integers(r, ways)]]
            lane = edge.first + integers(r, edge.count)
            s = uniform(r, 0.0, road.lanes[lane].length)
            on(road, settings, V[n], IDM, lane, s, 6.0 + uniform(r, 0.0, 3.0))
            if not near(V, n, V[n], 20.0):
                n += 1
    episode.vehicles, episode.ego = n, 0
