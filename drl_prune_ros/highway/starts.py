# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
How episodes begin, a function for each kind of environment: only what is used is compiled.

Each takes the scene, room to work in, episodes and vehicles of a shard, and the indices (n,) of
the environments that begin.
"""

from __future__ import annotations

from drl_prune_ros.highway import intersections
from drl_prune_ros.highway import straight_starts as straight
from drl_prune_ros.highway import turning_starts as turning
from drl_prune_ros.highway.compiled import compiled, entry
from drl_prune_ros.highway.records import IDM, OBSTACLE


@compiled
def clear(episode):
    """Forget the last episode."""
    episode.vehicles = episode.ego = episode.steps = episode.road_steps = 0
    episode.time = 0.0


@compiled
def ready(road, episode, V):
    """Keep what is counted from the beginning, and nothing of the last episode's vehicles."""
    for index in range(episode.vehicles, len(V)):
        if V[index].kind != OBSTACLE:
            V[index].kind = IDM
        V[index].crashed = 0
    lane = road.lanes[V[episode.ego].lane]
    episode.lanes_at_reset = road.edges[lane.edge].count


@entry
def highway(scene, room, episodes, V, which):
    """Begin in highway-v0 and highway-fast-v0."""
    for e in which:
        clear(episodes[e])
        straight.highway(scene.road, scene.settings[0], scene.speeds, episodes[e], V[e])
        ready(scene.road, episodes[e], V[e])


@entry
def exit_ramp(scene, room, episodes, V, which):
    """Begin in exit-v0."""
    for e in which:
        clear(episodes[e])
        straight.exit_ramp(
            scene.road, scene.settings[0], scene.speeds, episodes[e], V[e], scene.numbers)
        ready(scene.road, episodes[e], V[e])


@entry
def two_way(scene, room, episodes, V, which):
    """Begin in two-way-v0."""
    for e in which:
        clear(episodes[e])
        straight.two_way(scene.road, scene.settings[0], scene.speeds, episodes[e], V[e])
        ready(scene.road, episodes[e], V[e])


@entry
def merge(scene, room, episodes, V, which):
    """Begin in merge-v0."""
    for e in which:
        clear(episodes[e])
        straight.merge(scene.road, scene.settings[0], scene.speeds, episodes[e], V[e])
        ready(scene.road, episodes[e], V[e])


@entry
def merge_generic(scene, room, episodes, V, which):
    """Begin in merge-generic-v0."""
    for e in which:
        clear(episodes[e])
        straight.merge_generic(scene.road, scene.settings[0], scene.speeds, episodes[e], V[e])
        ready(scene.road, episodes[e], V[e])


@entry
def roundabout(scene, room, episodes, V, which):
    """Begin in roundabout-v0."""
    for e in which:
        clear(episodes[e])
        turning.roundabout(scene.road, scene.settings[0], scene.speeds, episodes[e], V[e])
        ready(scene.road, episodes[e], V[e])


@entry
def roundabout_generic(scene, room, episodes, V, which):
    """Begin in roundabout-generic-v0."""
    for e in which:
        clear(episodes[e])
        turning.roundabout_generic(
            scene.road, scene.settings[0], scene.speeds, episodes[e], V[e])
        ready(scene.road, episodes[e], V[e])


@entry
def u_turn(scene, room, episodes, V, which):
    """Begin in u-turn-v0."""
    for e in which:
        clear(episodes[e])
        turning.u_turn(scene.road, scene.settings[0], scene.speeds, episodes[e], V[e])
        ready(scene.road, episodes[e], V[e])


@entry
def racetrack(scene, room, episodes, V, which):
    """Begin in racetrack-v0."""
    for e in which:
        clear(episodes[e])
        turning.racetrack(scene.road, scene.settings[0], scene.speeds, episodes[e], V[e])
        ready(scene.road, episodes[e], V[e])


@entry
def intersection(scene, room, episodes, V, which):
    """Begin in intersection-v0."""
    for e in which:
        clear(episodes[e])
        intersections.intersection(
            scene.road, room, scene.settings[0], scene.speeds, episodes[e], V[e], scene.numbers)
        ready(scene.road, episodes[e], V[e])
