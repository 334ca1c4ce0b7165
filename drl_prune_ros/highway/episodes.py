# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The compiled loop: decisions of a shard of environments, and what is observed after them."""

from __future__ import annotations

import numpy as np

from drl_prune_ros.highway import grid, kinematics, lidar, time_to_collision
from drl_prune_ros.highway.compiled import compiled, entry, once
from drl_prune_ros.highway.frames import frame
from drl_prune_ros.highway.intersections import leave, spawn
from drl_prune_ros.highway.observations import GRID, KINEMATICS, LIDAR
from drl_prune_ros.highway.rewards import judge
from drl_prune_ros.highway.settings import INTERSECTION, META, STEERING, THROTTLE
from drl_prune_ros.highway.vehicles import act_mdp


@compiled
def scaled(share, low, high, wide):
    """Return a share of -1 to 1 as one of low to high, rounded as numpy rounds it."""
    one = np.float32(1)
    if wide:
        return low + float(share + one) * (high - low) / 2
    return float(np.float32(low) + (share + one) * np.float32(high - low) / np.float32(2))


@compiled
def control(settings, v, controls):
    """Take continuous actions, float32 of -1 to 1."""
    first, last = controls[0], controls[len(controls) - 1]
    if settings.clips:
        one = np.float32(1)
        first, last = min(max(first, -one), one), min(max(last, -one), one)
    v.acceleration = v.steering = 0.0
    if settings.action != STEERING:
        v.acceleration = scaled(
            first, settings.acceleration_low, settings.acceleration_high,
            settings.acceleration_wide)
    if settings.action != THROTTLE:
        v.steering = scaled(
            last, settings.steering_low, settings.steering_high, settings.steering_wide)
    v.min_speed, v.max_speed = settings.min_speed, settings.max_speed


@once
def decide(scene, room, episode, V, action, controls, terms):
    """Carry out one decision; return (reward, terminated, truncated)."""
    road, settings, speeds = scene.road, scene.settings[0], scene.speeds
    episode.time += settings.period
    ego = V[episode.ego]
    if settings.action == META:
        act_mdp(road, speeds, ego, scene.meanings[action])
    elif settings.discrete:
        controls = scene.shares[action]
        control(settings, ego, controls)
    else:
        control(settings, ego, controls)
        # What merge-v0 and roundabout-v0 take for a change of lane: `action in [0, 2]`.
        action = 0 if controls[0] == 0 else 2 if controls[0] == 2 else -1
    for _ in range(settings.frames):
        frame(road, room, settings, speeds, episode, V)
        episode.steps += 1
    return judge(road, settings, speeds, episode, V, action, controls, terms)


@once
def observe(scene, room, episode, V, out):
    """Write what is observed in an environment, out (numbers,) float32."""
    for index in range(len(scene.observations)):
        part = scene.observations[index]
        own = out[part.start:part.start + part.size]
        if part.kind == KINEMATICS:
            kinematics.observe(scene.road, room, part, episode, V, own)
        elif part.kind == GRID:
            grid.observe(scene.road, part, episode, V, own)
        elif part.kind == LIDAR:
            lidar.observe(room, part, episode, V, own)
        else:
            time_to_collision.observe(
                scene.road, part, scene.settings[0].period, scene.speeds, episode, V, own)


@entry
def look(scene, room, episodes, V, which, out):
    """Observe the environments which (n,) have just begun."""
    for e in which:
        observe(scene, room, episodes[e], V[e], out[e])


@entry
def step(
    scene, room, episodes, V, active, actions, controls, out, rewards, ends, speeds, crashed,
    terms,
):
    """
    Carry out one decision in each environment that is active (n,).

    out      (n, numbers) float32, the observations
    ends     (n, 2) bool, terminated and truncated
    speeds, crashed  (n,) of the ego, before anything is reset
    """
    settings = scene.settings[0]
    for e in range(len(episodes)):
        if not active[e]:
            continue
        episode = episodes[e]
        rewards[e], ends[e, 0], ends[e, 1] = decide(
            scene, room, episode, V[e], actions[e], controls[e], terms[e])
        observe(scene, room, episode, V[e], out[e])
        ego = V[e, episode.ego]
        speeds[e], crashed[e] = ego.speed, ego.crashed != 0
        if settings.scenario == INTERSECTION:
            leave(scene.road, episode, V[e])
            spawn(scene.road, settings, episode, V[e], 0.0, settings.spawn_probability, False, 1.0,
                  1.0)
