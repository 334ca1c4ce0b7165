# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
The limits of the vehicle profile, applied to every command before it is published.

Where two limits cannot both be kept, jerk gives way to all others, and speed to the curvature that
the wheels cannot leave quickly enough.
"""

from __future__ import annotations

from drl_prune_ros.control import controller
from drl_prune_ros.control.command import Command, Motion
from drl_prune_ros.control.limits import Bounds
from drl_prune_ros.control.profile import Stop, VehicleProfile
from drl_prune_ros.perception.scene import Ego

ROLLING = 1.0   # m/s; slower, the angle of the wheels cannot be told from the yaw rate


def follow(
    profile: VehicleProfile, last: Motion, wanted: Command, period_s: float, seconds: float,
) -> Command:
    """
    Return what comes nearest to wanted within the limits of the profile.

    last      what was commanded before, within the limits itself
    period_s  control period
    seconds   since last, 0 or more

    A profile without limits changes nothing.
    """
    if profile.limits is None:
        return wanted
    bounds = profile.limits.at(last.speed)
    slowest, fastest = _reach(bounds, last.speed)
    change = bounds.jerk * seconds
    # At a standstill, the deceleration of the brakes is no acceleration of the vehicle.
    before = last.acceleration if last.speed else max(last.acceleration, 0.0)
    # What brakes for something ahead cannot wait.
    least = min(before - change, wanted.ceiling)
    acceleration = controller.clip(wanted.acceleration, least, before + change)
    acceleration = controller.clip(acceleration, slowest, fastest)
    # The wanted speed is the measured one and a period of the wanted acceleration.
    speed = wanted.speed + (acceleration - wanted.acceleration) * period_s
    speed = controller.clip(speed, last.speed + slowest * seconds, last.speed + fastest * seconds)
    speed = controller.clip(speed, profile.min_speed, profile.max_speed)
    change = bounds.steering_rate * seconds
    bound = steering_bound(profile, speed)
    if abs(last.steering) - change > bound:
        # The wheels cannot straighten as quickly as the speed would grow: keep the speed.
        speed = last.speed
        acceleration = min(acceleration, 0.0) if speed >= 0.0 else max(acceleration, 0.0)
        bound = steering_bound(profile, speed)
    steering = controller.clip(wanted.steering, last.steering - change, last.steering + change)
    steering = controller.clip(steering, -bound, bound)
    return Command(
        speed=speed, acceleration=acceleration, steering=steering,
        yaw_rate=controller.yaw_rate(profile, speed, steering),
        stamp_ns=wanted.stamp_ns, decision=wanted.decision, decided=wanted.decided,
        ceiling=wanted.ceiling, guarded=wanted.guarded)


def begin(profile: VehicleProfile, ego: Ego) -> Motion:
    """Return the motion to start from, nearest to what was measured and within the limits."""
    speed = ego.speed
    steering = 0.0
    if abs(speed) > ROLLING:
        steering = controller.steering_of(profile, ego.yaw_rate / speed)
    if profile.limits is not None:
        speed = controller.clip(speed, profile.min_speed, profile.max_speed)
        bound = steering_bound(profile, speed)
        steering = controller.clip(steering, -bound, bound)
    return Motion(speed, 0.0, steering, controller.yaw_rate(profile, speed, steering))


def hold(last: Motion, seconds: float) -> Motion:
    """Keep speed and curvature, or continue braking; an acceleration that gains speed ends."""
    return _slow(last, min(_along(last), 0.0), seconds)


def brake(
    profile: VehicleProfile, last: Motion, stop: Stop, steering: float, seconds: float,
) -> Motion:
    """
    Slow down, in reverse too, and stand in the end, brakes on.

    steering  wanted angle of the wheels, rad to the left; they come as near as they may
    """
    change = stop.jerk * seconds
    before = min(_along(last), 0.0)
    acceleration = controller.clip(-stop.deceleration, before - change, before + change)
    if profile.limits is not None:
        acceleration = max(acceleration, -profile.limits.at(last.speed).deceleration)
    return turned(profile, last, _slow(last, acceleration, seconds), steering, seconds)


def turned(
    profile: VehicleProfile, last: Motion, motion: Motion, steering: float, seconds: float,
) -> Motion:
    """Return a motion, no faster than last, with the wheels as near to an angle as they may be."""
    angle = steer(profile, last, steering, motion.speed, seconds)
    return Motion(motion.speed, motion.acceleration, angle,
                  controller.yaw_rate(profile, motion.speed, angle))


def steer(
    profile: VehicleProfile, last: Motion, steering: float, speed: float, seconds: float,
) -> float:
    """Return the angle of the wheels, rad, nearest to a wanted one, no faster than last."""
    steering = controller.clip(steering, -profile.max_steering, profile.max_steering)
    if profile.limits is None:
        return steering
    change = profile.limits.at(last.speed).steering_rate * seconds
    steering = controller.clip(steering, last.steering - change, last.steering + change)
    bound = steering_bound(profile, speed)
    return controller.clip(steering, -bound, bound)


def turns(profile: VehicleProfile, speed: float, steering: float) -> bool:
    """Return whether the wheels may have an angle at a speed, or less would not do."""
    return profile.limits is None or abs(steering) <= steering_bound(profile, speed)


def steering_bound(profile: VehicleProfile, speed: float) -> float:
    """Return the largest angle of the wheels, rad, at a speed; the profile has limits."""
    assert profile.limits is not None
    bounds = profile.limits.at(speed)
    squared = speed * speed
    if squared * 2 / profile.wheelbase <= bounds.lateral_acceleration:
        return bounds.steering   # not even a turn on the spot would be too quick
    return min(bounds.steering, controller.steering_of(
        profile, bounds.lateral_acceleration / squared))


def _reach(bounds: Bounds, speed: float) -> tuple[float, float]:
    """Return the least and the largest acceleration along x."""
    if speed >= 0.0:
        return -bounds.deceleration, bounds.acceleration
    return -bounds.acceleration, bounds.deceleration


def _along(motion: Motion) -> float:
    """Return the acceleration along the direction of travel."""
    return motion.acceleration if motion.speed >= 0.0 else -motion.acceleration


def _slow(last: Motion, acceleration: float, seconds: float) -> Motion:
    """Return last after seconds of an acceleration, 0 or less, along the direction of travel."""
    before = abs(last.speed)
    left = max(before + acceleration * seconds, 0.0)
    share = left / before if before else 0.0
    return Motion(
        share * last.speed, acceleration if last.speed >= 0.0 else -acceleration, last.steering,
        share * last.yaw_rate)
