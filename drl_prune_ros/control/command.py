# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What the policy decided, and what the vehicle is asked to do until the next control tick."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Decision:
    """
    The standing decision of the policy, after the controller followed the road.

    action          the last action of the network: its index in the manifest's action names
    target_lane     lane to follow, counted from the left of its segment, leftmost 0
    target_speed    speed to reach, m/s
    target_segment  index of the road segment that target_lane belongs to; 0 on a road of one
    """

    action: int
    target_lane: int
    target_speed: float
    target_segment: int = 0


@dataclass(frozen=True, slots=True)
class Command:
    """
    One control period, in base_link (x forward, y left, yaw counter-clockwise).

    stamp_ns      stamp of the sensor data that it answers
    speed         at the end of the next control period, m/s
    yaw_rate      during the next control period, rad/s
    acceleration  during the next control period, m/s^2: (speed - measured speed) / period
    decision      what it carries out
    decided       whether the network ran for it (every n-th control tick)
    """

    stamp_ns: int
    speed: float
    yaw_rate: float
    acceleration: float
    decision: Decision
    decided: bool
