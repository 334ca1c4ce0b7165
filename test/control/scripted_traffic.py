# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
A road with cars that drive by a script, and a vehicle that does what it is told, late or at once.

It shares no code with the simulator or the control: positions are integrated here, and boxes are
compared with the separating axis theorem.
"""

from collections import deque
from dataclasses import dataclass
import math

import numpy as np

from drl_prune_ros.control.driver import make_motion_driver
from drl_prune_ros.control.envelope import SafetyEnvelope
from drl_prune_ros.perception.lane_network import Segment
from drl_prune_ros.perception.lanes import StraightLane
from drl_prune_ros.perception.road import Road
from drl_prune_ros.perception.scene import Ego, Objects

LANE_WIDTH, SUBSTEPS = 4.0, 4
CAR_LENGTH, CAR_WIDTH = 4.5, 1.8


def straight_road(lanes=3, speed_limit=36.0):
    return Road((Segment('0', '1', tuple(
        StraightLane(start=(0.0, -LANE_WIDTH * number), end=(10_000.0, -LANE_WIDTH * number),
                     speed_limit=speed_limit)
        for number in range(lanes))),))


@dataclass
class Car:
    """
    A car of the script.

    x, lane       where it begins; lane may be a fraction
    speed         m/s
    to_lane       that it changes to, from `start` on within `seconds`
    deceleration  from `brakes_at` on, m/s^2
    """

    x: float
    lane: float
    speed: float
    to_lane: float | None = None
    start: float = 0.0
    seconds: float = 3.0
    deceleration: float = 0.0
    brakes_at: float = math.inf

    def at(self, time):
        """Return x, y, vx, vy."""
        rolled = min(time, self.brakes_at)
        x, speed = self.x + self.speed * rolled, self.speed
        if time > self.brakes_at and self.deceleration:
            braked = min(time - self.brakes_at, self.speed / self.deceleration)
            speed -= self.deceleration * braked
            x += (self.speed + speed) / 2 * braked
        y, vy = -LANE_WIDTH * self.lane, 0.0
        if self.to_lane is not None:
            share = min(max((time - self.start) / self.seconds, 0.0), 1.0)
            across = -LANE_WIDTH * (self.to_lane - self.lane)
            y += across * (1 - math.cos(math.pi * share)) / 2
            if 0.0 < share < 1.0:
                vy = across * math.pi / 2 / self.seconds * math.sin(math.pi * share)
        return x, y, speed, vy


class Actions:
    """Stands in for a policy: plays its actions in turn, or asks a function of the observation."""

    def __init__(self, manifest, choose):
        self.manifest = manifest
        self._choose = choose

    def act(self, observation):
        return self._choose(observation)


def objects_at(cars, time):
    rows = [(x, y, vx, vy, math.atan2(vy, vx) if vx > 0.5 else 0.0, CAR_LENGTH, CAR_WIDTH, number)
            for number, (x, y, vx, vy) in enumerate(car.at(time) for car in cars)]
    return Objects.of_rows(rows)


def corners(x, y, yaw, length, width):
    along = np.array([math.cos(yaw), math.sin(yaw)]) * length / 2
    across = np.array([-math.sin(yaw), math.cos(yaw)]) * width / 2
    return np.array([x, y]) + np.array([
        along + across, along - across, -along - across, -along + across])


def overlap(one, other):
    for box in (one, other):
        for axis in (box[1] - box[0], box[2] - box[1]):
            a, b = one @ axis, other @ axis
            if a.max() < b.min() or b.max() < a.min():
                return False
    return True


@dataclass
class Drive:
    """
    What happened.

    hit      the car that was touched, None where there was none
    ours     whether the vehicle ran into it: it was in front, and slower
    speed    at the end, m/s
    commands that the driver gave
    """

    hit: int | None
    ours: bool
    speed: float
    commands: list


def drive(profile, policy, cars, speed, lane=1.0, seconds=15.0, delay_s=0.0, full_braking=False):
    """
    Drive among cars, and return what happened.

    With full braking nobody decides: the vehicle brakes with all that the profile allows from the
    first moment on, and goes straight on.
    """
    driver = make_motion_driver(policy, profile)
    driver.set_road(straight_road())
    period = driver.period_s
    envelope = SafetyEnvelope(driver.guard, period, lockstep=True)
    x, y, yaw, rate, time = 100.0, -LANE_WIDTH * lane, 0.0, 0.0, 0.0
    pending = deque([(0.0, 0.0)] * round(delay_s / period))
    commands = []
    for tick in range(round(seconds / period)):
        if full_braking:
            acceleration, rate = -profile.limits.at(speed).deceleration, 0.0
        else:
            ego = Ego(tick * round(period * 1e9), x, y, yaw, speed, rate)
            wanted = driver.step(ego, objects_at(cars, time))
            command = envelope.answer(wanted, ego, ego.stamp_ns, ego.stamp_ns)
            commands.append(command)
            pending.append(((command.speed - speed) / period, command.yaw_rate))
            acceleration, rate = pending.popleft()
        for _ in range(SUBSTEPS):
            step = period / SUBSTEPS
            after = max(speed + acceleration * step, 0.0)
            distance = (speed + after) / 2 * step
            x += distance * math.cos(yaw + rate * step / 2)
            y += distance * math.sin(yaw + rate * step / 2)
            yaw += rate * step if distance else 0.0
            speed, time = after, time + step
            own = None
            for number, car in enumerate(cars):
                cx, cy, vx, vy = car.at(time)
                if abs(cx - x) > 8.0 or abs(cy - y) > 6.0:
                    continue
                own = corners(x, y, yaw, profile.length, profile.width) if own is None else own
                angle = math.atan2(vy, vx) if vx > 0.5 else 0.0
                if overlap(own, corners(cx, cy, angle, CAR_LENGTH, CAR_WIDTH)):
                    return Drive(number, cx > x and speed > vx, speed, commands)
    return Drive(None, False, speed, commands)
