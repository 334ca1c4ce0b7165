# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from drl_prune_ros.perception.lanes import CircularLane, SineLane, StraightLane
from drl_prune_ros.perception.road_frame import RoadFrame
from drl_prune_ros.perception.scene import Ego, Objects

LANES = [
    StraightLane(start=(3.0, 4.0), end=(90.0, -20.0)),
    SineLane(start=(3.0, 4.0), end=(90.0, 20.0), amplitude=3.0, pulsation=0.05, phase=0.4),
    CircularLane(center=(3.0, 4.0), radius=30.0, start_phase=0.4, end_phase=2.9),
    CircularLane(center=(3.0, 4.0), radius=30.0, start_phase=0.4, end_phase=-1.9),
]
FRAMES = [RoadFrame(0.0, 0.0, 0.0), RoadFrame(120.0, -45.0, 2.2)]


@pytest.mark.parametrize('frame', FRAMES)
@pytest.mark.parametrize('lane', LANES)
def test_a_lane_stays_where_it_is(frame, lane):
    moved = frame.lane(lane)
    assert moved.length == pytest.approx(lane.length)
    for s in (-3.0, 0.0, 20.0, lane.length):
        # The same place: its lateral coordinate counts to the left in one and right in the other.
        expected = frame.point(*lane.position(s, 1.5))
        np.testing.assert_allclose(moved.position(s, -1.5), expected, atol=1e-9)
        np.testing.assert_allclose(
            moved.heading_at(s), frame.angle(lane.heading_at(s)), atol=1e-9)


def test_y_points_to_the_right_and_angles_are_clockwise():
    frame = RoadFrame(10.0, 20.0, np.pi / 2)   # the road runs along the y axis of the map
    ego = frame.ego(Ego(
        stamp_ns=5, x=10.0 - 2.0, y=20.0 + 7.0, yaw=np.pi / 2 + 0.1, speed=3.0, yaw_rate=0.2,
        lateral_speed=0.3))
    assert (ego.x, ego.y, ego.yaw) == pytest.approx((7.0, -2.0, -0.1))
    assert (ego.stamp_ns, ego.speed, ego.yaw_rate, ego.lateral_speed) == (5, 3.0, -0.2, -0.3)
    objects = frame.objects(Objects(
        x=[8.0], y=[27.0], vx=[-1.0], vy=[5.0], yaw=[np.pi / 2 + 0.1], length=[5.0],
        width=[2.0], id=[9]))
    assert (objects.x[0], objects.y[0]) == pytest.approx((7.0, -2.0))
    assert (objects.vx[0], objects.vy[0]) == pytest.approx((5.0, -1.0))
    assert objects.yaw[0] == pytest.approx(-0.1)
    assert (objects.length[0], objects.width[0], objects.id[0]) == (5.0, 2.0, 9)


def test_at_the_origin_only_signs_change():
    frame = RoadFrame(0.0, 0.0, 0.0)
    random = np.random.default_rng(1)
    for x, y, yaw in random.normal(scale=1e3, size=(100, 3)):
        ego = frame.ego(Ego(stamp_ns=0, x=x, y=y, yaw=yaw, speed=1.0))
        assert (ego.x, ego.y, ego.yaw) == (x, -y, -yaw)
