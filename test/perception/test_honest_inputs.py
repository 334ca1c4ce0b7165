# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Odometry and objects of an honest car in traffic pass every check together."""

import math
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from drl_prune_ros.perception.input_age import InputAge
from drl_prune_ros.perception.plausible import check_rows
from drl_prune_ros.perception.scene import Ego, Objects
from drl_prune_ros.perception.synchronizer import InputSynchronizer

DRIVE_S = 6.0
TO_CENTER = 1.4   # meters from the rear axle
# Meters ahead and to the left of the center: bumper to bumper, side by side, far away.
NEIGHBORS = ((5.5, 0.0), (-5.5, 0.0), (0.0, 2.1), (1.5, -2.1), (40.0, 3.5), (-80.0, -3.5))


def traffic(random: Random, ego: Ego, in_frame_of_vehicle: bool) -> Objects:
    """Return what a tracker sees of the neighbors, which drive along at about the same speed."""
    rows = []
    for number, (ahead, left) in enumerate(NEIGHBORS):
        yaw = 0.0 if in_frame_of_vehicle else ego.yaw
        cos, sin = math.cos(yaw), math.sin(yaw)
        x, y = ahead + random.gauss(0.0, 0.1), left + random.gauss(0.0, 0.1)
        speed = ego.speed + random.gauss(0.0, 0.5)
        rows.append((
            cos * x - sin * y + (0.0 if in_frame_of_vehicle else ego.x),
            sin * x + cos * y + (0.0 if in_frame_of_vehicle else ego.y),
            speed * cos, speed * sin, yaw + random.gauss(0.0, 0.05), 4.5, 1.8, number + 1.0))
    check_rows(rows)
    return Objects.of_rows(rows)


@given(number=st.integers(0, 2**32))
def test_an_honest_car_in_traffic_is_never_refused(honest_car, number):
    car, random = honest_car(number), Random(number)
    tolerance_ns = random.choice((0, 100_000_000))
    frame = random.choice(('odom', 'base_link'))
    sets = InputSynchronizer(TO_CENTER - car.lever, tolerance_ns=tolerance_ns)
    now_ns = [0]
    age = InputAge(lambda: now_ns[0], 0.5)
    complete = 0
    for ego in car.odometry(DRIVE_S):
        now_ns[0] = ego.stamp_ns + round(1e9 * random.uniform(0.0, 0.3))
        seen_ns = ego.stamp_ns - random.randint(0, tolerance_ns // 2)
        age.check('odometry', ego.stamp_ns)
        age.check('objects', seen_ns)
        # Within the tolerance, odometry makes a set with the objects that came before it.
        complete += sets.odometry(ego, 'odom', now_ns[0], 'base_link') is not None
        complete += sets.sensor(
            'objects', traffic(random, ego, frame == 'base_link'), seen_ns, frame,
            now_ns[0]) is not None
    assert complete > 10
