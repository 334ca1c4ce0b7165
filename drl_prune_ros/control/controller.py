# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
The low-level control: a target lane and a target speed become steering and acceleration.

Operation by operation that of highway-env's ControlledVehicle, with the gains and limits of a
vehicle profile. Everything is in the road frame: y, yaw and steering to the right.
"""

from __future__ import annotations

import math

import numpy as np

from drl_prune_ros.control.command import Command, ContinuousDecision, Decision
from drl_prune_ros.control.profile import VehicleProfile
from drl_prune_ros.perception.lanes import Lane, wrap_to_pi
from drl_prune_ros.perception.scene import Ego

LAG_SHARE = 0.7   # of the lateral acceleration that a bend leaves at its limit: not reckoned with
SLOWEST = 1e-2   # m/s; nearer to standstill, the speed that is divided by is this


def acceleration(profile: VehicleProfile, ego: Ego, target_speed: float) -> float:
    """Return the acceleration towards target_speed, m/s^2; beyond a speed limit, back to it."""
    return within_speeds(profile, ego, 1 / profile.speed_time * (target_speed - ego.speed))


def within_speeds(profile: VehicleProfile, ego: Ego, wanted: float) -> float:
    """Return an acceleration, m/s^2; beyond a speed limit, one that leads back to it."""
    if ego.speed > profile.max_speed:
        wanted = min(wanted, profile.max_speed - ego.speed)
    elif ego.speed < profile.min_speed:
        wanted = max(wanted, profile.min_speed - ego.speed)
    return float(wanted)


def steering(
    profile: VehicleProfile, ego: Ego, lane: Lane, curvature: float | None = None,
) -> float:
    """
    Return the angle of the front wheels that follows lane, rad.

    curvature  of the road, 1/m; None for that of the lane, as far as the look-ahead

    A lateral position control asks for a lateral speed, which is a heading relative to the lane;
    a heading control asks for a yaw rate, which is a steering angle.
    """
    s, r = lane.local(ego.x, ego.y)
    ahead = ego.speed * profile.look_ahead
    lane_heading = lane.heading_at(s + ahead)
    quickest = math.inf
    if profile.limits is not None:
        if curvature is None:
            curvature = (lane_heading - lane.heading_at(s)) / ahead if ahead else 0.0
        quickest = lateral_speed_bound(profile, ego.speed, r, curvature)
    return steering_towards(
        profile, _not_zero(ego.speed), r, lane_heading, ego.yaw, quickest)


def lateral_speed_bound(
    profile: VehicleProfile, speed: float, r: float, curvature: float,
) -> float:
    """
    Return the lateral speed, m/s, that can be taken away within the r meters to a lane.

    curvature  of the lane there, 1/m, positive towards positive r

    Out of a bend, what it leaves of the lateral acceleration of the profile, which has limits, has
    to do for that, and less than all of it, since the wheels and the heading lag behind.
    """
    if r * curvature <= 0.0:
        return math.inf
    assert profile.limits is not None
    most = profile.limits.at(speed).lateral_acceleration
    used = min(speed * speed * abs(curvature) / most, 1.0)
    return math.sqrt(2.0 * most * (1.0 - used) * (1.0 - LAG_SHARE * used) * abs(r))


def steering_towards(
    profile: VehicleProfile, speed: float, r: float, lane_heading: float, yaw: float,
    quickest: float = math.inf,
) -> float:
    """
    Return the angle of the front wheels, rad, r meters beside a lane; speed is not 0.

    quickest  lateral speed at most, m/s
    """
    lateral_speed = clip(-(1 / profile.lateral_time) * r, -quickest, quickest)
    offset = np.arcsin(clip(lateral_speed / speed, -1.0, 1.0))
    heading = lane_heading + clip(
        offset, -profile.max_heading_offset, profile.max_heading_offset)

    heading_rate = 1 / profile.heading_time * wrap_to_pi(heading - yaw)
    slip = np.arcsin(clip(profile.wheelbase / 2 / speed * heading_rate, -1.0, 1.0))
    angle = np.arctan(2 * np.tan(slip))
    return float(clip(angle, -profile.max_steering, profile.max_steering))


def yaw_rate(profile: VehicleProfile, speed: float, angle: float) -> float:
    """Return the yaw rate, rad/s, of a vehicle at speed, m/s, with its wheels at angle, rad."""
    slip = np.arctan(1 / 2 * np.tan(angle))
    return float(speed * np.sin(slip) / (profile.wheelbase / 2))


def steering_of(profile: VehicleProfile, curvature: float) -> float:
    """Return the angle of the wheels, rad, for a curvature of the center's path, 1/m."""
    slip = math.asin(clip(profile.wheelbase / 2 * curvature, -1.0, 1.0))
    return math.atan(2 * math.tan(slip))


def command(
    profile: VehicleProfile, ego: Ego, acceleration: float, angle: float, period_s: float,
    decision: Decision | ContinuousDecision, decided: bool,
    ceiling: float = math.inf,
) -> Command:
    """Return an acceleration, m/s^2, and an angle of the wheels, rad to the right, as command."""
    guarded = ceiling < acceleration
    acceleration = min(acceleration, ceiling)
    # The road frame counts clockwise, base_link counter-clockwise.
    return Command(
        stamp_ns=ego.stamp_ns, speed=ego.speed + acceleration * period_s,
        acceleration=acceleration, steering=-angle,
        yaw_rate=-yaw_rate(profile, ego.speed, angle), decision=decision, decided=decided,
        ceiling=ceiling, guarded=guarded)


def _not_zero(speed: float) -> float:
    if abs(speed) > SLOWEST:
        return speed
    return SLOWEST if speed >= 0.0 else -SLOWEST


def clip(value: float, low: float, high: float) -> float:
    """Return what np.clip does, NaN included, in a tenth of its time."""
    if value < low:
        value = low
    return high if value > high else value
