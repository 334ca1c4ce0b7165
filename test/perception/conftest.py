# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""An honest car: the odometry that a vehicle publishes, with the errors that sensors have."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
import math
from random import Random

import pytest

from drl_prune_ros.perception.scene import Ego

SUBSTEP_S = 0.01
WHEELBASE = 2.8


@dataclass
class HonestCar:
    """
    A bicycle whose rear axle rolls, and what its odometry says of it.

    drive     returns acceleration (m/s^2) and steering (rad) by time (s) and speed
    rate_hz   of the odometry
    lever     meters from the rear axle to the frame of the odometry
    jitter    of the time between two messages, part of the period
    loss      part of the messages that get lost
    position, heading, speed_noise, turn_noise   of measurements, m, rad, m/s, rad/s
    scale     of the measured speed
    crooked   rad, by which the measured heading is off
    lag       seconds that the twist lags behind
    stamp     seconds that a stamp may be off
    jumps     corrections of the position a second, each up to half a meter
    tells_lateral  whether the lateral speed of the frame is measured, or 0
    """

    random: Random
    drive: Callable[[float, float], tuple[float, float]]
    speed: float = 0.0
    yaw: float = 0.0
    rate_hz: float = 20.0
    lever: float = 0.0
    jitter: float = 0.0
    loss: float = 0.0
    position: float = 0.0
    heading: float = 0.0
    speed_noise: float = 0.0
    turn_noise: float = 0.0
    scale: float = 1.0
    crooked: float = 0.0
    lag: float = 0.0
    stamp: float = 0.0
    jumps: float = 0.0
    tells_lateral: bool = True
    x: float = 0.0
    y: float = 0.0
    _offset: list[float] = field(default_factory=lambda: [0.0, 0.0])

    def odometry(self, seconds: float) -> Iterator[Ego]:
        """Yield what is published in so many seconds."""
        random, now, due = self.random, 0.0, 0.0
        seen_speed, seen_turn, turn = self.speed, 0.0, 0.0
        while now < seconds:
            if now >= due:
                due += (1.0 + random.uniform(-self.jitter, self.jitter)) / self.rate_hz
                if random.random() >= self.loss:
                    yield self._measured(now, seen_speed, seen_turn)
            acceleration, steering = self.drive(now, self.speed)
            turn = self.speed * math.tan(steering) / WHEELBASE
            along = self.yaw + turn * SUBSTEP_S / 2.0
            self.x += self.speed * SUBSTEP_S * math.cos(along)
            self.y += self.speed * SUBSTEP_S * math.sin(along)
            self.yaw += turn * SUBSTEP_S
            self.speed += acceleration * SUBSTEP_S
            share = SUBSTEP_S / (SUBSTEP_S + self.lag)
            seen_speed += share * (self.speed - seen_speed)
            seen_turn += share * (turn - seen_turn)
            now += SUBSTEP_S

    def _measured(self, now: float, speed: float, turn: float) -> Ego:
        random = self.random
        if random.random() < self.jumps / self.rate_hz:
            self._offset = [at + random.uniform(-0.35, 0.35) for at in self._offset]
        lateral = self.lever * turn + random.gauss(0.0, self.speed_noise / 2.0)
        return Ego(
            stamp_ns=round(1e9 * (1e3 + now + random.uniform(-self.stamp, self.stamp))),
            x=self.x + self.lever * math.cos(self.yaw) + self._offset[0]
            + random.gauss(0.0, self.position),
            y=self.y + self.lever * math.sin(self.yaw) + self._offset[1]
            + random.gauss(0.0, self.position),
            yaw=math.remainder(
                self.yaw + self.crooked + random.gauss(0.0, self.heading), math.tau),
            speed=self.scale * speed + random.gauss(0.0, self.speed_noise),
            yaw_rate=turn + random.gauss(0.0, self.turn_noise),
            lateral_speed=lateral if self.tells_lateral else 0.0)


def _toward(wanted: float, speed: float, most: float) -> float:
    return max(-most, min(most, 2.0 * (wanted - speed)))


def stands(random: Random) -> Callable[[float, float], tuple[float, float]]:
    """Stand, and turn the wheels."""
    return lambda now, speed: (0.0, 0.5 * math.sin(now))


def creeps(random: Random) -> Callable[[float, float], tuple[float, float]]:
    """Move on by walking pace and less, as in a queue."""
    wanted, pace = random.uniform(0.05, 1.5), random.uniform(0.3, 1.5)
    return lambda now, speed: (
        _toward(wanted if math.sin(pace * now) > 0.0 else 0.0, speed, 2.0), 0.05)


def reverses(random: Random) -> Callable[[float, float], tuple[float, float]]:
    """Drive backwards in a curve."""
    wanted, steering = -random.uniform(0.3, 5.0), random.uniform(-0.5, 0.5)
    return lambda now, speed: (_toward(wanted, speed, 2.0), steering)


def parks(random: Random) -> Callable[[float, float], tuple[float, float]]:
    """Go forwards and backwards with the wheel at its stop."""
    pace, wanted = random.uniform(0.4, 1.2), random.uniform(0.5, 3.0)
    return lambda now, speed: (
        _toward(math.copysign(wanted, math.sin(pace * now)), speed, 2.5),
        0.6 * math.sin(0.5 * pace * now))


def turns(random: Random) -> Callable[[float, float], tuple[float, float]]:
    """Drive in a town: corners, and up to 5 m/s^2 to the side."""
    wanted, pace = random.uniform(3.0, 15.0), random.uniform(0.2, 1.0)

    def drive(now: float, speed: float) -> tuple[float, float]:
        sharpest = min(0.6, 5.0 * WHEELBASE / max(speed * speed, 0.1))
        return _toward(wanted, speed, 3.0), sharpest * math.sin(pace * now)
    return drive


def travels(random: Random) -> Callable[[float, float], tuple[float, float]]:
    """Drive on a motorway, and change lanes."""
    wanted, pace = random.uniform(18.0, 40.0), random.uniform(0.5, 1.6)
    return lambda now, speed: (
        _toward(wanted, speed, 2.0), 3.0 * WHEELBASE / max(speed * speed, 9.0)
        * math.sin(pace * now) * (math.sin(0.3 * now) > 0.0))


def brakes(random: Random) -> Callable[[float, float], tuple[float, float]]:
    """Brake as hard as it goes, stand, and start as hard."""
    begins = random.uniform(0.5, 4.0)
    return lambda now, speed: (
        _toward(0.0 if begins < now < begins + 5.0 else 25.0, speed, 9.0), 0.01)


MANEUVERS = (stands, creeps, reverses, parks, turns, travels, brakes)
FIRST_SPEED = {travels: 25.0, brakes: 25.0, turns: 8.0, reverses: -1.0}


@pytest.fixture(scope='session')
def honest_car() -> Callable[[int], HonestCar]:
    """Return a function that makes an honest car by its number: each drives and measures anew."""
    def honest_car(number: int) -> HonestCar:
        random = Random(number)
        maneuver = MANEUVERS[number % len(MANEUVERS)]
        rate_hz = random.choice((5.0, 10.0, 20.0, 50.0, 100.0))
        return HonestCar(
            random, maneuver(random), speed=FIRST_SPEED.get(maneuver, 0.0),
            yaw=random.uniform(-math.pi, math.pi), rate_hz=rate_hz,
            lever=random.choice((0.0, WHEELBASE / 2, WHEELBASE)),
            jitter=random.uniform(0.0, 0.5), loss=random.choice((0.0, 0.05, 0.2)),
            position=random.uniform(0.0, 0.08), heading=random.uniform(0.0, 0.01),
            speed_noise=random.uniform(0.0, 0.1), turn_noise=random.uniform(0.0, 0.02),
            scale=random.uniform(0.94, 1.06), lag=random.uniform(0.0, 0.1),
            crooked=random.uniform(-0.025, 0.025),
            stamp=random.uniform(0.0, min(0.01, 0.2 / rate_hz)), jumps=0.05,
            tells_lateral=random.random() < 0.5, x=random.uniform(-1e6, 1e6),
            y=random.uniform(-1e6, 1e6))
    return honest_car


@pytest.fixture(scope='session')
def steady_car() -> Callable[..., HonestCar]:
    """Return a function that makes a car of one speed (m/s) and yaw rate (rad/s)."""
    def steady_car(speed: float, yaw_rate: float = 0.0, number: int = 0, **errors) -> HonestCar:
        steering = math.atan(yaw_rate * WHEELBASE / speed) if speed else 0.0
        return HonestCar(
            Random(number), lambda now, speed: (0.0, steering), speed=speed, **errors)
    return steady_car
