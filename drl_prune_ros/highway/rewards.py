# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The reward of a decision, and whether it ends the episode, for each scenario."""

from __future__ import annotations

import math

import numpy as np

from drl_prune_ros.highway.compiled import compiled
from drl_prune_ros.highway.lanes import local, on_lane
from drl_prune_ros.highway.records import FREE, STRAIGHT
from drl_prune_ros.highway.settings import (
    EXIT,
    HIGHWAY,
    INTERSECTION,
    MERGE,
    ROUNDABOUT,
    TWO_WAY,
    U_TURN,
)
from drl_prune_ros.highway.vehicles import clip, speed_index

DEFAULT_SPEEDS = np.linspace(20, 30, 3)   # of MDPVehicle, which the roundabout's reward counts by


@compiled
def mapped(value, low, high):
    """Return a value of low to high as one of 0 to 1."""
    return 0 + (value - low) * (1 - 0) / (high - low)


@compiled
def flag(value):
    """Return a truth value as a number."""
    return 1.0 if value else 0.0


@compiled
def on_road(road, v):
    """Return whether a vehicle is on its lane."""
    lane = road.lanes[v.lane]
    s, r = local(lane, v.x, v.y)
    return on_lane(lane, s, r, 0.0)


@compiled
def arrived(road, v):
    """Return whether a vehicle has passed the intersection."""
    lane = road.lanes[v.lane]
    return bool(road.edges[lane.edge].mark) and local(lane, v.x, v.y)[0] >= 25


@compiled
def highway(road, settings, V, v, terms):
    """Fast, on the right, without a crash."""
    lane = road.lanes[v.lane if v.kind == FREE else v.target]
    beside = road.edges[road.lanes[v.lane].edge].count
    speed = mapped(v.speed * v.cos, settings.speed_low, settings.speed_high)
    terms[0] = float(v.crashed)
    terms[1] = lane.number / max(beside - 1, 1)
    terms[2] = clip(speed, 0.0, 1.0)
    terms[3] = flag(on_road(road, v))
    return 4


@compiled
def merge(road, settings, V, n, v, action, terms):
    """Fast, on the right, without a crash, and letting others merge."""
    terms[0] = float(v.crashed)
    terms[1] = float(road.lanes[v.lane].number)
    terms[2] = mapped(v.speed, settings.speed_low, settings.speed_high)
    terms[3] = flag(action == 0 or action == 2)
    lost = 0.0
    for index in range(n):
        other = V[index]
        if other.lane == settings.merging_lane and other.kind != FREE:
            lost += (other.target_speed - other.speed) / other.target_speed
    terms[4] = lost
    return 5


@compiled
def roundabout(road, v, action, terms):
    """Fast, without a crash, and without changes of lane."""
    terms[0] = float(v.crashed)
    index = speed_index(DEFAULT_SPEEDS, v.speed) if v.kind == FREE else v.speed_index
    terms[1] = index / 2
    terms[2] = flag(action == 0 or action == 2)
    terms[3] = flag(on_road(road, v))
    return 4


@compiled
def intersection(road, settings, v, terms):
    """Fast, without a crash, and through."""
    speed = mapped(v.speed, settings.speed_low, settings.speed_high)
    terms[0] = float(v.crashed)
    terms[1] = clip(speed, 0.0, 1.0)
    terms[2] = flag(arrived(road, v))
    terms[3] = flag(on_road(road, v))
    return 4


@compiled
def racetrack(road, settings, v, action, controls, terms):
    """In the middle of the lane, with little steering, without a crash; returns the reward."""
    lane = road.lanes[v.lane]
    _, r = local(lane, v.x, v.y)
    square = np.float32(0)
    for k in range(len(controls)):
        square += controls[k] * controls[k]
    effort = np.float32(math.sqrt(square))
    terms[0] = 1 / (1 + settings.centering_cost * math.pow(r, settings.square))
    terms[1] = effort
    terms[2] = float(v.crashed)
    terms[3] = flag(on_road(road, v))
    centered = settings.weights[0] * terms[0]
    cost = np.float32(settings.weights[1]) * effort
    if settings.discrete:
        terms[1] = float(action)   # the size of a discrete action is its number
        total = centered + settings.weights[1] * terms[1] + settings.weights[2] * terms[2]
    elif lane.kind == STRAIGHT:
        # Its distance is a Python float, so that numpy adds in the precision of the action.
        crash = np.float32(settings.weights[2] * terms[2])
        total = float(np.float32(np.float32(np.float32(centered) + cost) + crash))
    else:
        total = centered + float(cost) + settings.weights[2] * terms[2]
    total = total + settings.weights[3] * terms[3]
    return mapped(total, settings.worst, settings.best) * terms[3]


@compiled
def exit_ramp(road, settings, v, terms):
    """Off the highway, fast, without a crash."""
    lane = v.lane if v.kind == FREE else v.target
    speed = mapped(v.speed, settings.speed_low, settings.speed_high)
    terms[0] = float(v.crashed)
    terms[1] = flag(lane == settings.lanes[0] or lane == settings.lanes[1])
    terms[2] = clip(speed, 0.0, 1.0)
    terms[3] = float(road.lanes[lane].number)
    return 4


@compiled
def two_way(road, speeds, v, terms):
    """Fast, and on the left."""
    beside = road.edges[road.lanes[v.lane].edge].count
    terms[0] = v.speed_index / (len(speeds) - 1)
    terms[1] = (beside - 1 - road.lanes[v.target].number) / (beside - 1)
    return 2


@compiled
def u_turn(road, settings, v, terms):
    """Fast, without a crash, on the left."""
    lane = road.lanes[v.lane]
    speed = mapped(v.speed, settings.speed_low, settings.speed_high)
    terms[0] = float(v.crashed)
    terms[1] = lane.number / max(road.edges[lane.edge].count - 1, 1)
    terms[2] = clip(speed, 0.0, 1.0)
    terms[3] = flag(on_road(road, v))
    return 4


@compiled
def judge(road, settings, speeds, episode, V, action, controls, terms):
    """Return (reward, terminated, truncated); terms (5,) are the parts of the reward."""
    v = V[episode.ego]
    crashed = bool(v.crashed)
    timeout = episode.time >= settings.duration
    off = settings.offroad_terminal and not on_road(road, v)
    scenario = settings.scenario
    if scenario == MERGE:
        count = merge(road, settings, V, episode.vehicles, v, action, terms)
    elif scenario == HIGHWAY:
        count = highway(road, settings, V, v, terms)
    elif scenario == ROUNDABOUT:
        count = roundabout(road, v, action, terms)
    elif scenario == INTERSECTION:
        count = intersection(road, settings, v, terms)
    elif scenario == EXIT:
        count = exit_ramp(road, settings, v, terms)
    elif scenario == TWO_WAY:
        count = two_way(road, speeds, v, terms)
    elif scenario == U_TURN:
        count = u_turn(road, settings, v, terms)
    else:
        return racetrack(road, settings, v, action, controls, terms), crashed or off, timeout
    reward = 0.0
    for k in range(count):
        reward += settings.weights[k] * terms[k]
    if scenario == MERGE:
        return mapped(reward, settings.worst, settings.best), crashed or v.x > settings.end, False
    if scenario == TWO_WAY:
        return reward, crashed, False
    if scenario == INTERSECTION:
        if terms[2] != 0.0:
            reward = settings.arrived
        reward = reward * terms[3]
        if settings.normalize:
            reward = mapped(reward, settings.worst, settings.best)
        return reward, crashed or terms[2] != 0.0 or off, timeout
    if settings.normalize:
        reward = mapped(reward, settings.worst, settings.best)
    if scenario == EXIT:
        if settings.normalize:
            reward = clip(reward, 0.0, 1.0)
        return reward, crashed, timeout
    return reward * terms[3], crashed or (off and scenario != U_TURN), timeout
