# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
The vehicle's own box among the objects around it.

Many trackers publish it, and a policy takes it for a vehicle that it is about to hit. Two bodies
cannot have their centers in one place, so that an object there which moves as the vehicle does is
the vehicle. One that moves otherwise is left alone: in the simulator, which checks for collisions
once a tick, vehicles that crash overlap for a while.

Objects that are all far away are in another frame than their name says, or in another unit.
"""

from __future__ import annotations

import math

from drl_prune_ros.perception.scene import Contradiction, Ego, Objects

PART = 0.35          # of length and width, that the two centers may be apart
SPEED = 1.5          # m/s, and
SPEED_PART = 0.1     # part of the speed, by which the velocities may differ
HEADING = 0.25       # rad by which the headings may differ; the way round of a box is not known
FARTHEST = 40.0      # meters from an object's center, beyond which none reaches
OUT_OF_SIGHT = 10e3  # meters, within which there is one object at least, if there is any


def check_own_box(ego: Ego, objects: Objects) -> None:
    """
    Raise Contradiction where one of the objects is the vehicle, or none is anywhere near.

    ego and objects are in the same axes, ego that of the center.
    """
    ego_x, ego_y = ego.x, ego.y
    rows = objects.rows()
    in_sight = not rows
    cos, sin = math.cos(ego.yaw), math.sin(ego.yaw)
    for x, y, vx, vy, yaw, length, width, number in rows:
        dx, dy = x - ego_x, y - ego_y
        if not (-FARTHEST < dx < FARTHEST and -FARTHEST < dy < FARTHEST):
            in_sight = in_sight or (abs(dx) < OUT_OF_SIGHT and abs(dy) < OUT_OF_SIGHT)
            continue
        in_sight = True
        if not (abs(cos * dx + sin * dy) < PART * length
                and abs(cos * dy - sin * dx) < PART * width):
            continue
        own_x = ego.speed * cos - ego.lateral_speed * sin
        own_y = ego.speed * sin + ego.lateral_speed * cos
        if (math.hypot(vx - own_x, vy - own_y) < SPEED + SPEED_PART * abs(ego.speed)
                and abs(math.remainder(yaw - ego.yaw, math.pi)) < HEADING):
            raise Contradiction(
                f'object {number:.0f} lies where the vehicle itself is, {math.hypot(dx, dy):.1f} '
                'm from its center, and moves as it does: leave the own vehicle out of objects')
    if not in_sight:
        away = min(math.hypot(row[0] - ego_x, row[1] - ego_y) for row in rows)
        raise Contradiction(
            f'the nearest object is {away / 1e3:.0f} km from the vehicle: publish objects in the '
            'frame that they name, in m')
