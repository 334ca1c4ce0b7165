# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The vehicles at the beginning of an episode, and those that come later, for each scenario."""

from __future__ import annotations

import math

from drl_prune_ros.highway.collisions import collisions
from drl_prune_ros.highway.compiled import compiled
from drl_prune_ros.highway.lanes import along, closest, heading_at, position
from drl_prune_ros.highway.random import integers, normal, two_of, uniform
from drl_prune_ros.highway.records import (
    FREE,
    IDM,
    LENGTH,
    MAX_SPEED,
    MDP,
    MIN_SPEED,
    OBSTACLE,
    ROUTE,
    WIDTH,
)
from drl_prune_ros.highway.regulation import enforce
from drl_prune_ros.highway.settings import HIGHWAY, INTERSECTION, MERGE, META, ROUNDABOUT
from drl_prune_ros.highway.vehicles import act, move, speed_index, turned

PI = math.pi


@compiled
def frame(road, room, settings, speeds, episode, V):
    """Have every vehicle decide and move for one frame, and check for collisions."""
    n = episode.vehicles
    room.counts[:] = -1   # of where they are now
    for index in range(n):
        act(road, room, settings, speeds, V, n, index)
    if settings.regulated:
        episode.road_steps += 1
        if episode.road_steps % settings.regulated == 0:
            enforce(road, room.looks, V, n)
    for index in range(n):
        move(road, V[index], settings.dt)
    collisions(V, n, settings.dt, room.polygons)


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
    v.kind, v.checks = kind, 1
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
        s = 3 * offset
        for other in range(index):
            ahead = along(lane, V[other].x, V[other].y)
            s = ahead if other == 0 else max(s, ahead)
        s += offset * uniform(r, 0.9, 1.1)
        on(road, settings, V[index], IDM, lane_index, s, speed)
        if ego:
            drive(settings, speeds, V[0])
        else:
            vary(settings, r, V[index])
            V[index].checks = settings.checks
    episode.vehicles, episode.ego = settings.others + 1, 0


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


@compiled
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


@compiled
def racetrack(road, settings, speeds, episode, V):
    """Place the ego, one vehicle in front of it, and others by chance."""
    r = episode.random
    number = integers(r, 2)
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


@compiled
def begin(road, room, settings, speeds, episode, V, places):
    """Begin an episode: place its vehicles."""
    episode.vehicles = episode.ego = episode.steps = episode.road_steps = 0
    episode.time = 0.0
    if settings.scenario == HIGHWAY:
        highway(road, settings, speeds, episode, V)
    elif settings.scenario == MERGE:
        merge(road, settings, speeds, episode, V)
    elif settings.scenario == ROUNDABOUT:
        roundabout(road, settings, speeds, episode, V)
    elif settings.scenario == INTERSECTION:
        intersection(road, room, settings, speeds, episode, V, places)
    else:
        racetrack(road, settings, speeds, episode, V)
    for index in range(episode.vehicles, len(V)):
        if V[index].kind != OBSTACLE:
            V[index].kind = IDM
    lane = road.lanes[V[episode.ego].lane]
    episode.lanes_at_reset = road.edges[lane.edge].count
