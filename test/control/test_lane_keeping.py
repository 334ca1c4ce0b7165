# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Where a stop takes the vehicle to be, and the lane that it keeps to."""

from dataclasses import replace
import math

import pytest

from drl_prune_ros.control import controller
from drl_prune_ros.control.bends import Bends
from drl_prune_ros.control.command import Motion
from drl_prune_ros.control.lane_keeping import LaneKeeper, PREDICTION_S
from drl_prune_ros.control.profile import load_profile
from drl_prune_ros.perception.driving_context import DrivingContext
from drl_prune_ros.perception.lane_network import LaneNetwork, Segment
from drl_prune_ros.perception.lanes import CircularLane, StraightLane
from drl_prune_ros.perception.newest_odometry import NewestOdometry
from drl_prune_ros.perception.path_road import road_from_path
from drl_prune_ros.perception.readings import OdometryInput
from drl_prune_ros.perception.scene import Ego

S = 1_000_000_000   # nanoseconds
PROFILE = load_profile('passenger_car')
ROLLING = Motion(10.0, 0.0, 0.0, 0.0)


def straight(y, start=0.0, end=1000.0):
    return StraightLane(start=(start, y), end=(end, y))


# Two lanes and, where they end, an arc to the right, which ends after a quarter of a turn.
ARC = CircularLane(center=(100.0, 50.0), radius=50.0, start_phase=-math.pi / 2, end_phase=0.0)
WIDER = replace(ARC, radius=46.0)
NETWORK = LaneNetwork((
    Segment('a', 'b', (straight(0.0, end=100.0), straight(4.0, end=100.0))),
    Segment('b', 'c', (ARC, WIDER))))


def keeper(x, y, yaw=0.0, speed=10.0, network=NETWORK):
    made = LaneKeeper(PROFILE)
    made.locate(DrivingContext(Ego(0, x, y, yaw, speed), network=network), 0)
    return made


@pytest.mark.parametrize(('y', 'side'), [(-0.5, -1), (0.5, 1), (1.9, 1), (2.1, -1), (4.5, 1)])
def test_it_steers_to_the_lane_that_it_is_mostly_in(y, side):
    # To the left is positive, and y of the road frame to the right.
    assert math.copysign(1, keeper(10.0, y).steering(ROLLING, 0)) == side


def test_a_lane_once_chosen_is_kept_until_the_vehicle_is_driven_again():
    kept = keeper(10.0, 1.9)
    assert kept.steering(ROLLING, 0) > 0.0
    kept.locate(DrivingContext(Ego(1, 11.0, 2.1, 0.0, 10.0), network=NETWORK), 1)
    assert kept.steering(ROLLING, 1) > 0.0
    kept.release((0, 0))
    assert kept.steering(ROLLING, 1) < 0.0
    kept.release((1, 0))   # no lane of that segment is here
    assert kept.steering(ROLLING, 1) < 0.0


def test_before_a_stop_it_goes_on_to_the_lane_that_was_decided_on():
    kept = LaneKeeper(PROFILE)
    assert kept.target_steering(ROLLING, 0) is None
    kept.release((0, 1))
    kept.locate(DrivingContext(Ego(0, 10.0, 1.0, 0.0, 10.0), network=NETWORK), 0)
    assert kept.target_steering(ROLLING, 0) < 0.0
    assert kept.steering(ROLLING, 0) > 0.0, 'a stop begins'
    assert kept.target_steering(ROLLING, 0) is None, 'and goes on'
    kept.release((0, 1))
    kept.locate(DrivingContext(
        Ego(1, 10.0, 1.0, 0.0, 10.0), network=LaneNetwork(NETWORK.segments[:1])), 1)
    assert kept.target_steering(ROLLING, 1) is None, 'the road is another one'


@pytest.mark.reaction(
    'stops', 'a stop far beside the road', 'straightens the wheels at their rate, brakes')
@pytest.mark.parametrize(('y', 'yaw'), [(-6.5, 0.0), (11.0, 0.0), (0.0, math.pi), (4.0, -2.0)])
def test_beside_the_road_or_against_it_no_lane_is_kept(y, yaw):
    assert keeper(10.0, y, yaw).steering(ROLLING, 0) is None
    assert keeper(10.0, y, yaw).lane_curve(ROLLING, 0) is None


def test_without_road_or_odometry_no_lane_is_kept():
    assert keeper(10.0, 0.0, network=None).steering(ROLLING, 0) is None
    assert LaneKeeper(PROFILE).steering(ROLLING, 0) is None


def test_a_vehicle_that_was_set_elsewhere_chooses_anew():
    kept = keeper(10.0, 0.0)
    assert kept.steering(ROLLING, 0) == pytest.approx(0.0)
    kept.locate(DrivingContext(Ego(1, 110.0, 50.0 - 46.0, 0.2, 10.0), network=NETWORK), 1)
    kept.steering(ROLLING, 1)
    kept.locate(DrivingContext(Ego(2, 10.0, 20.0, 0.0, 10.0), network=NETWORK), 2)
    assert kept.steering(ROLLING, 2) is None, 'it is on no lane there'


def test_it_follows_the_lane_into_the_arc_and_goes_straight_on_at_its_end():
    """A vehicle without any sensor, for as long as its pose is believed."""
    kept = keeper(60.0, 0.0)
    motion, now_ns, seen = ROLLING, 0, []
    while (steering := kept.steering(motion, now_ns)) is not None:
        motion = Motion(10.0, 0.0, steering, 0.0)
        now_ns += S // 20
        seen.append((kept._ego.x, kept._ego.y))
    assert now_ns * 1e-9 == pytest.approx(PREDICTION_S, abs=0.1)
    on_arc = [math.hypot(x - 100.0, y - 50.0) for x, y in seen if x > 105.0 and y < 48.0]
    assert len(on_arc) > 20
    assert max(abs(radius - 50.0) for radius in on_arc) < 0.3
    past = [x for x, y in seen if y > 70.0]
    assert len(past) > 20
    assert max(abs(x - 150.0) for x in past) < 0.3


def test_the_bend_of_the_lane_is_what_the_last_command_steers():
    curve = keeper(130.0, 50.0 - 40.0, math.atan2(30.0, 40.0)).lane_curve(ROLLING, 0)
    assert curve == pytest.approx(-controller.steering_of(PROFILE, 1 / 50.0))
    assert keeper(10.0, 0.0).lane_curve(ROLLING, 0) == 0.0
    standing = Motion(0.0, 0.0, 0.3, 0.0)
    assert keeper(10.0, 1.0, speed=0.0).lane_curve(standing, 0) == 0.3
    assert keeper(10.0, 1.0, speed=0.0).steering(standing, 0) == 0.3


def test_a_vehicle_that_still_rolls_is_steered_though_it_was_told_to_stand():
    assert keeper(10.0, 1.0, speed=4.0).steering(Motion(0.0, -2.5, 0.0, 0.0), 0) > 0.0


@pytest.mark.parametrize('y', [-1.0, 1.0])
def test_in_reverse_it_keeps_to_the_lane_as_well(y):
    reverse = keeper(50.0, y, speed=-4.0)
    motion, now_ns = Motion(-4.0, 0.0, 0.0, 0.0), 0
    for _ in range(160):
        motion = Motion(-4.0, 0.0, reverse.steering(motion, now_ns), 0.0)
        now_ns += S // 20
        reverse.move(motion, now_ns)
        reverse.locate(DrivingContext(
            replace(reverse._ego, speed=-4.0), network=NETWORK), now_ns)
    assert abs(reverse._ego.y) < 0.1


def test_bends_of_straight_legs_are_seen():
    points = [(100 * math.sin(angle), 100 - 100 * math.cos(angle))
              for angle in (index / 40 for index in range(60))]
    network = road_from_path(points, 1, 4.0, 0).network()
    bends = Bends()
    found = [bends.of(network, (segment, 0)) for segment in range(len(network.segments))]
    assert len(found) > 3
    # To the left, and y of the road frame is to the right.
    assert found[1:-1] == pytest.approx([-0.01] * len(found[1:-1]), rel=0.1)
    assert found[-1] == 0.0
    assert bends.of(NETWORK, (1, 0)) is None, 'an arc has a curvature of its own'


def test_out_of_a_bend_a_lane_is_approached_no_quicker_than_can_be_caught():
    speed = 20.0
    most = PROFILE.limits.at(speed).lateral_acceleration
    curvatures = [share * most / speed ** 2 for share in (0.01, 0.5, 0.9, 1.0, 2.0)]
    bounds = [controller.lateral_speed_bound(PROFILE, speed, 4.0, k) for k in curvatures]
    assert bounds == sorted(bounds, reverse=True)
    assert bounds[0] > 4.0 / PROFILE.lateral_time, 'hardly a bend: as on a straight road'
    assert bounds[-2:] == [0.0, 0.0]
    for curvature in (0.0, -curvatures[2]):
        assert controller.lateral_speed_bound(PROFILE, speed, 4.0, curvature) == math.inf
    lane = straight(0.0)
    ego = Ego(0, 10.0, 4.0, 0.0, speed)
    assert controller.steering(PROFILE, ego, lane) == controller.steering(PROFILE, ego, lane, 0.0)
    assert abs(controller.steering(PROFILE, ego, lane, curvatures[2])) < abs(
        controller.steering(PROFILE, ego, lane))


def test_of_odometry_the_newest_counts_once():
    newest = NewestOdometry(1.5, timeout_s=0.5)

    def take(stamp_ns, now_ns, x, frame='map'):
        newest.take(OdometryInput(Ego(stamp_ns, x, 0.0, 0.0, 1.0), frame), now_ns)
    assert newest.news('') is None
    take(S, 1, 10.0)
    assert (newest.news('')[0].x, newest.news('')) == (11.5, None)
    take(S, 2, 20.0)               # of a sensor that is stuck
    take(S - S // 10, 3, 30.0)     # out of order
    assert newest.news('') is None
    take(S - S, 4, 40.0)           # a clock that was set back
    assert newest.news('map')[1] == 4
    take(S, 5, 50.0)
    assert newest.news('odom') is None, 'of another frame than the road'
    take(2 * S, 6, 60.0)
    newest.clear()
    assert newest.news('') is None
