# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The traffic of an intersection: who comes, who leaves, and who is there at the beginning."""

from __future__ import annotations

import math

from drl_prune_ros.highway.compiled import compiled, once
from drl_prune_ros.highway.frames import frame
from drl_prune_ros.highway.lanes import along, heading_at, position
from drl_prune_ros.highway.placing import drive, near, on, place, plan, vary
from drl_prune_ros.highway.random import integers, normal, two_of, uniform
from drl_prune_ros.highway.records import IDM, LENGTH, MDP


@compiled
def spawn(road, settings, episode, V, s, probability, straight, deviation, speed_deviation):
    """Let another vehicle come to the intersection, by chance, where there is room."""
    r = episode.random
    if uniform(r, 0.0, 1.0) > probability:
        return
    start, goal = two_of(r, 4)
    if straight:
        goal = (start + 2) % 4
    s = s + 5.0 + normal(r) * deviation
    speed = 8.0 + normal(r) * speed_deviation
    n = episode.vehicles
    v = V[n]
    on(road, settings, v, IDM, settings.lanes[start], s, speed)
    if near(V, n, v, 15.0):
        return
    plan(road, v, goal)
    vary(settings, r, v)
    episode.vehicles = n + 1


@once
def intersection(road, room, settings, speeds, episode, V, places):
    """Let traffic come and drive for three seconds, then place a challenger and the ego."""
    r = episode.random
    for index in range(len(places) - 1):
        spawn(road, settings, episode, V, places[index], 0.6, False, 1.0, 1.0)
    for _ in range(3 * round(1 / settings.dt)):
        frame(road, room, settings, speeds, episode, V)
    spawn(road, settings, episode, V, 60.0, 1.0, True, 0.1, 0.0)
    lane = road.lanes[settings.lanes[0]]
    goal = settings.goal if settings.goal >= 0 else 1 + integers(r, 3)
    x, y = position(lane, 60.0 + 5.0 * (1.0 + normal(r)), 0.0)
    n = episode.vehicles
    place(road, settings, V[n], IDM, x, y, heading_at(lane, 60.0), lane.speed_limit)
    drive(settings, speeds, V[n])
    if V[n].kind == MDP:
        plan(road, V[n], goal)
    episode.vehicles, episode.ego = n + 1, n
    ego_x, ego_y = x, y
    kept = 0
    for index in range(n):
        dx, dy = V[index].x - ego_x, V[index].y - ego_y
        if not math.sqrt(dx * dx + dy * dy) < 20:
            if kept != index:
                V[kept] = V[index]
            kept += 1
    if kept != n:
        V[kept] = V[n]
    episode.vehicles, episode.ego = kept + 1, kept


@compiled
def leave(road, episode, V):
    """Take off the vehicles that have passed the intersection."""
    kept = 0
    for index in range(episode.vehicles):
        v = V[index]
        lane = road.lanes[v.lane]
        ego = index == episode.ego
        gone = v.route_end < 0 or (
            road.edges[lane.edge].mark
            and along(lane, v.x, v.y) >= lane.length - 4 * LENGTH)
        if gone and not ego:
            continue
        if ego:
            episode.ego = kept
        if kept != index:
            V[kept] = V[index]
        kept += 1
    episode.vehicles = kept
