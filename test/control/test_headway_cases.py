# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
Nothing ahead is run into that braking avoids: cars by a script, and a vehicle that does as told.

The road here shares no code with the simulator or the control: positions are integrated, and boxes
compared with the separating axis theorem. With --hypothesis-profile=thorough the cases run over
200 seeds each.
"""

from collections import deque
from dataclasses import dataclass, replace
import math

from hypothesis import settings
import numpy as np
import pytest

from drl_prune_ros.control.driver import make_motion_driver
from drl_prune_ros.control.envelope import SafetyEnvelope
from drl_prune_ros.control.meta_action import ACTIONS
from drl_prune_ros.control.profile import load_profile
from drl_prune_ros.perception.lane_network import Segment
from drl_prune_ros.perception.lanes import StraightLane
from drl_prune_ros.perception.road import Road
from drl_prune_ros.perception.scene import Ego, Objects
from drl_prune_ros.policy.contracts import ActionContract, ObservationContract
from drl_prune_ros.policy.manifest import Manifest

CAR = load_profile('passenger_car')
CAR_LENGTH, CAR_WIDTH = 4.5, 1.8
LANE_WIDTH, SUBSTEPS = 4.0, 4
START = 100.0
BUMPER = START + (CAR.length + CAR_LENGTH) / 2   # where a car stands that is touched
THOROUGH = 10_000   # examples of hypothesis, from which on all seeds run
CLEARANCE = 0.4     # m; an avoidable collision is missed by that much


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


MANIFEST = Manifest(
    task='highway-fast-v0',
    observation=ObservationContract(
        kind='kinematics', shape=(5, 5), features=('presence', 'x', 'y', 'vx', 'vy'),
        units=('1', 'm', 'm', 'm/s', 'm/s'),
        ranges=((0, 1), (-200, 200), (-12, 12), (-80, 80), (-80, 80)), normalized=True,
        clip=True, frame='road', rate_hz=1, control_rate_hz=5,
        options={'order': 'sorted', 'absolute': False, 'see_behind': False, 'lane_count': 3}),
    action=ActionContract('discrete_meta', ACTIONS, options={'target_speeds': [20, 25, 30]}),
    widths=(25, 8, 5), widths_dense=(25, 256, 256, 5))


class Stubborn:
    """A policy that wants to go faster whatever it sees."""

    manifest = MANIFEST

    def act(self, observation):
        return ACTIONS.index('FASTER')


class Restless:
    """A policy that draws its actions by lot."""

    manifest = MANIFEST

    def __init__(self, seed):
        self._random = np.random.default_rng(seed)

    def act(self, observation):
        return int(self._random.integers(len(ACTIONS)))


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
    first moment on that a command has an effect, and goes straight on.
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
            pending.append((-profile.limits.at(speed).deceleration, 0.0))
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


def queue(random, speed, stop):
    begin = BUMPER + stop + random.uniform(0.0, 150.0)
    return [Car(begin + 8.0 * row + random.uniform(0.0, 1.0), lane, 0.0)
            for row in range(3) for lane in range(3)]


def three_abreast(random, speed, stop):
    begin = BUMPER + max(speed - 12.0, 0.0) ** 2 / 10 + random.uniform(0.0, 100.0)
    return [Car(begin + random.uniform(0.0, 2.0), lane, 12.0) for lane in range(3)]


def cut_in(random, speed, stop):
    return [Car(BUMPER + 1.0 * speed, random.choice([0.0, 2.0]),
                speed * random.uniform(0.6, 1.1), 1.0, seconds=random.uniform(1.5, 5.0))]


def stopped_car(random, speed, stop):
    return [Car(BUMPER + stop + random.uniform(0.0, 150.0), 1.0, 0.0)]


def braking_ahead(random, speed, stop):
    return [Car(BUMPER + 2.0 + speed * random.uniform(0.8, 2.0), 1.0, speed,
                deceleration=random.uniform(2.0, 5.0), brakes_at=random.uniform(0.0, 3.0))]


def reaction(instance):
    return pytest.mark.reaction(
        'cars ahead', instance, 'the headway guard brakes: no collision that braking avoids')


@pytest.mark.parametrize('delay_s', [0.0, 0.2])
@pytest.mark.parametrize('scene', [
    pytest.param(queue, marks=reaction('a queue that stands on all lanes')),
    pytest.param(three_abreast, marks=reaction('three cars abreast at 12 m/s')),
    pytest.param(cut_in, marks=reaction('a car that cuts in with 1 s of headway')),
    pytest.param(stopped_car, marks=reaction('a stopped car')),
    pytest.param(braking_ahead, marks=reaction('a car ahead that brakes to a standstill')),
])
def test_nothing_ahead_is_run_into_that_braking_avoids(scene, delay_s):
    seeds = 200 if settings().max_examples >= THOROUGH else 6
    avoidable = 0
    for seed in range(seeds):
        random = np.random.default_rng(seed)
        speed = random.uniform(0.0, CAR.max_speed)
        cars = scene(random, speed, speed ** 2 / 10)
        longer = replace(CAR, length=CAR.length + CLEARANCE)
        braked = drive(longer, Stubborn(), cars, speed, delay_s=delay_s, full_braking=True)
        if braked.hit is not None:
            continue
        avoidable += 1
        for policy in (Stubborn(), Restless(seed)):
            driven = drive(CAR, policy, cars, speed, delay_s=delay_s)
            assert not driven.ours, (seed, policy, driven)
    assert avoidable > seeds / 2


def test_without_the_guard_they_are_run_into():
    """Otherwise the scenes would prove little."""
    bare = replace(CAR, headway_guard=None)
    for scene in (queue, three_abreast, stopped_car):
        random = np.random.default_rng(1)
        assert drive(bare, Stubborn(), scene(random, 25.0, 70.0), 25.0, seconds=20.0).ours
