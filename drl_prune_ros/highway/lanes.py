# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
The geometry of lanes, and which lane a vehicle is on or comes to next.

Operation by operation that of highway_env.road (lane.py and road.py), whose axes have y to the
right. s is along a lane and r across it, to the right, meters.
"""

from __future__ import annotations

import math

from drl_prune_ros.highway.compiled import compiled
from drl_prune_ros.highway.records import CIRCULAR, LENGTH, SINE, STRAIGHT

PI, TWO_PI = math.pi, 2 * math.pi


@compiled
def wrap_to_pi(angle):
    """Return an angle as one from -pi up to pi."""
    return (angle + PI) % TWO_PI - PI


@compiled
def local(lane, x, y):
    """Return (s, r) of a position."""
    dx, dy = x - lane.x, y - lane.y
    if lane.kind == CIRCULAR:
        angle = lane.start_phase + wrap_to_pi(math.atan2(dy, dx) - lane.start_phase)
        s = lane.turn * (angle - lane.start_phase) * lane.radius
        return s, lane.turn * (lane.radius - math.sqrt(dx * dx + dy * dy))
    s = dx * lane.along_x + dy * lane.along_y
    r = dx * lane.across_x + dy * lane.across_y
    if lane.kind == SINE:
        r = r - lane.amplitude * math.sin(lane.pulsation * s + lane.phase)
    return s, r


@compiled
def along(lane, x, y):
    """Return s of a position."""
    if lane.kind == CIRCULAR:
        return local(lane, x, y)[0]
    return (x - lane.x) * lane.along_x + (y - lane.y) * lane.along_y


@compiled
def position(lane, s, r):
    """Return the position at (s, r)."""
    if lane.kind == CIRCULAR:
        angle = lane.turn * s / lane.radius + lane.start_phase
        reach = lane.radius - r * lane.turn
        return lane.x + reach * math.cos(angle), lane.y + reach * math.sin(angle)
    if lane.kind == SINE:
        r = r + lane.amplitude * math.sin(lane.pulsation * s + lane.phase)
    return (lane.x + s * lane.along_x + r * lane.across_x,
            lane.y + s * lane.along_y + r * lane.across_y)


@compiled
def heading_at(lane, s):
    """Return the heading of a lane at s."""
    if lane.kind == STRAIGHT:
        return lane.heading
    if lane.kind == SINE:
        return lane.heading + math.atan(
            lane.amplitude * lane.pulsation * math.cos(lane.pulsation * s + lane.phase))
    return lane.turn * s / lane.radius + lane.start_phase + PI / 2 * lane.turn


@compiled
def on_lane(lane, s, r, margin):
    """Return whether (s, r) lies on a lane, or so many meters beside it."""
    return abs(r) <= lane.width / 2 + margin and -LENGTH <= s and s < lane.length + LENGTH


@compiled
def reachable(lane, x, y):
    """Return whether a vehicle at a position may change to a lane."""
    if lane.forbidden:
        return False
    s, r = local(lane, x, y)
    return abs(r) <= 2 * lane.width and 0 <= s and s < lane.length + LENGTH


@compiled
def distance(lane, x, y):
    """Return how far a position is from a lane: across, and before its start or past its end."""
    s, r = local(lane, x, y)
    return abs(r) + max(s - lane.length, 0.0) + max(0.0 - s, 0.0)


@compiled
def away_from(lane, x, y, heading):
    """Return how far a lane is from a position and a heading together."""
    s, r = local(lane, x, y)
    return (abs(r) + max(s - lane.length, 0.0) + max(0.0 - s, 0.0)
            + 1.0 * abs(wrap_to_pi(heading - heading_at(lane, s))))


@compiled
def closest(road, x, y, heading, guess):
    """
    Return the lane closest in position and heading, the first of equals.

    guess  a lane that is likely to be the one: those whose box is farther away are not looked at
    """
    limit = away_from(road.lanes[guess], x, y, heading)
    reach = limit + 1e-6
    best, least = guess, math.inf
    for index in range(len(road.lanes)):
        lane = road.lanes[index]
        if index == guess:
            away = limit
        elif (x < lane.low_x - reach or x > lane.high_x + reach
                or y < lane.low_y - reach or y > lane.high_y + reach):
            continue
        else:
            away = away_from(lane, x, y, heading)
        if away < least:
            best, least = index, away
    return best


@compiled
def following(road, v):
    """
    Return the lane that continues the target of a vehicle, by its route, else the nearest.

    A step of the route that ends is dropped.
    """
    current = road.lanes[v.target]
    edge = road.edges[current.edge]
    chosen, number = -1, -1
    if v.route_at < v.route_end and v.route[v.route_at] // 64 == current.edge:
        v.route_at += 1
    if v.route_at < v.route_end:
        step = v.route[v.route_at]
        if road.edges[step // 64].start == edge.end:
            chosen, number = step // 64, step % 64 - 1
    s, _ = local(current, v.x, v.y)
    x, y = position(current, s, 0.0)
    if chosen >= 0:
        return onto(road, current, chosen, number, x, y)
    best, least = v.target, math.inf
    for candidate in road.leaving[edge.end]:
        if candidate < 0:
            break
        lane = onto(road, current, candidate, -1, x, y)
        away = distance(road.lanes[lane], x, y)
        if away < least:
            best, least = lane, away
    return best


@compiled
def onto(road, current, edge_index, number, x, y):
    """Return the lane of an edge that a vehicle enters from lane current at a position."""
    edge = road.edges[edge_index]
    if edge.count == road.edges[current.edge].count:
        return edge.first + (current.number if number < 0 else number)
    best, least = edge.first, math.inf
    for lane in range(edge.first, edge.first + edge.count):
        away = distance(road.lanes[lane], x, y)
        if away < least:
            best, least = lane, away
    return best


@compiled
def along_route(road, v, s):
    """Return (x, y, heading) s meters along the route of a vehicle, or along its lane."""
    own = road.lanes[v.lane]
    if v.route_end <= v.route_at:
        x, y = position(own, s, 0.0)
        return x, y, heading_at(own, s)
    at = v.route_at
    lane = road.lanes[step_lane(road, v.route[at], own)]
    while v.route_end - at > 1 and s > lane.length:
        s -= lane.length
        at += 1
        lane = road.lanes[step_lane(road, v.route[at], own)]
    x, y = position(lane, s, 0.0)
    return x, y, heading_at(lane, s)


@compiled
def step_lane(road, step, own):
    """Return the lane of a step of a route; where none is said, the number of the own lane."""
    number = step % 64 - 1
    edge = road.edges[step // 64]
    return edge.first + (own.number if number < 0 else number)
