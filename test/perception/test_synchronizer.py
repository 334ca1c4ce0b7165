# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
import math

import numpy as np
import pytest

from drl_prune_ros.perception.named_values import Values
from drl_prune_ros.perception.occupancy_grid import GridLayer
from drl_prune_ros.perception.pose import Pose
from drl_prune_ros.perception.scene import Ego, InvalidInput, Objects
from drl_prune_ros.perception.synchronizer import DEPTH, InputSynchronizer

S = 1_000_000_000


def ego(stamp_ns):
    return Ego(stamp_ns, 20e-9 * stamp_ns, 0.0, 0.0, 20.0)


@pytest.fixture
def sets():
    return InputSynchronizer()


def test_a_set_is_complete_when_both_carry_its_stamp(sets):
    assert sets.odometry(ego(1), 'map', 0) is None
    assert sets.sensor('objects', Objects.none(), 2, 'map', 0) is None
    assert sets.odometry(ego(2), 'map', 0).stamp_ns == 2
    assert sets.odometry(ego(3), 'map', 0) is None
    assert sets.sensor('objects', Objects.none(), 3, 'map', 0).stamp_ns == 3


def test_fast_odometry_waits_for_slow_objects(sets):
    for stamp in range(DEPTH):
        assert sets.odometry(ego(stamp), 'map', 0) is None
    assert sets.sensor('objects', Objects.none(), 0, 'map', 0).stamp_ns == 0


def test_memory_is_bounded(sets):
    for stamp in range(DEPTH + 1):
        sets.odometry(ego(stamp), 'map', 0)
    assert sets.sensor('objects', Objects.none(), 0, 'map', 0) is None
    assert sets.sensor('objects', Objects.none(), 1, 'map', 0).stamp_ns == 1


def test_the_latest_odometry_again_gives_the_latest_set_again(sets):
    sets.odometry(ego(5), 'map', 0)
    first = sets.sensor('objects', Objects.none(), 5, 'map', 0)
    assert sets.sensor('objects', Objects.none(), 5, 'map', 0) is None
    assert sets.odometry(ego(5), 'map', 0) is first


def test_a_clock_that_jumps_back_is_followed(sets):
    for stamp in (100, 101, 3, 4):
        sets.odometry(ego(stamp), 'map', 0)
        assert sets.sensor('objects', Objects.none(), stamp, 'map', 0).stamp_ns == stamp


def test_different_frames_are_refused(sets):
    sets.odometry(ego(1), 'odom', 0)
    with pytest.raises(InvalidInput, match=r"objects came in frame 'map'.*'odom'"):
        sets.sensor('objects', Objects.none(), 1, 'map', 0)


def test_trouble_names_who_is_silent(sets):
    assert sets.fault_reason(0, 0.3, 0.5) == 'no odometry received, no objects received'
    sets.odometry(ego(1), 'map', 0)
    assert sets.fault_reason(S, 0.3, 0.5) == 'no odometry for 1.00 s, no objects received'
    sets.sensor('objects', Objects.none(), 2, 'map', S)
    assert sets.fault_reason(S, 0.3, 0.5) == 'no odometry for 1.00 s'
    sets.odometry(ego(3), 'map', S)
    assert 'never with a new stamp that both carry' in sets.fault_reason(S, 0.3, 0.5)


def test_a_refusal_explains_it_until_it_is_old_or_mended(sets):
    sets.refuse('odometry', 'x is nan', 0)
    assert sets.fault_reason(S // 4, 0.3, 0.5) == 'x is nan'
    assert sets.fault_reason(S, 0.3, 0.5) == 'no odometry for 1.00 s, no objects received'
    sets.refuse('odometry', 'x is nan', S)
    sets.odometry(ego(1), 'map', S)
    sets.sensor('objects', Objects.none(), 1, 'map', S)
    assert 'nan' in sets.fault_reason(S, 0.3, 0.5), 'it is complete, but was it answered?'
    sets.answered()
    assert 'nan' not in sets.fault_reason(S, 0.3, 0.5)


def test_clear_forgets_everything(sets):
    sets.odometry(ego(1), 'map', 0)
    sets.clear()
    assert sets.sensor('objects', Objects.none(), 1, 'map', 0) is None
    assert 'no odometry received' in sets.fault_reason(0, 0.3, 0.5)


def test_objects_in_the_frame_of_the_vehicle_are_placed_by_its_odometry():
    sets = InputSynchronizer(base_link_to_center=1.5)
    rear_axle = Ego(5, 100.0, 50.0, math.pi / 2, 10.0, yaw_rate=0.2)
    ahead = Objects(
        x=[20.0], y=[3.0], vx=[4.0], vy=[0.0], yaw=[0.0], length=[4], width=[2], id=[1])
    assert sets.odometry(rear_axle, 'odom', 0, 'base_link') is None
    found = sets.sensor('objects', ahead, 5, 'base_link', 0)
    # It heads to the left of the map, so that left of the vehicle is behind in the map.
    assert (found.readings[0].x[0], found.readings[0].y[0]) == pytest.approx((97.0, 70.0))
    assert (found.readings[0].vx[0], found.readings[0].vy[0]) == pytest.approx((0.0, 4.0))
    assert (found.ego.x, found.ego.y) == pytest.approx((100.0, 51.5))
    assert found.ego.lateral_speed == pytest.approx(0.3)


@pytest.mark.parametrize(('frame', 'name', 'reading'), [
    ('map', 'objects', Objects.none()),
    ('', 'grid/presence', GridLayer(np.zeros((4, 4), np.int8), 1.0)),
])
def test_frames_that_nobody_named_are_not_the_same(frame, name, reading):
    sets = InputSynchronizer(sensors=(name,))
    sets.odometry(ego(1), frame, 0)
    with pytest.raises(InvalidInput, match=f"{name} came in frame ''.* in '{frame}': publish"):
        sets.sensor(name, reading, 1, '', 0)


MS = 1_000_000


def moving(frame_x=20.0, vx=10.0, vy=-2.0):
    return Objects(x=[frame_x], y=[4.0], vx=[vx], vy=[vy], yaw=[0.0], length=[5], width=[2],
                   id=[1])


@pytest.fixture
def loose():
    return InputSynchronizer(tolerance_ns=100 * MS)


def test_with_a_tolerance_objects_are_moved_on_to_the_stamp_of_the_odometry(loose):
    assert loose.sensor('objects', moving(), 940 * MS, 'map', 0) is None
    found = loose.odometry(ego(1000 * MS), 'map', 7)
    assert (found.stamp_ns, found.received_ns) == (1000 * MS, 0), 'as old as its first message'
    assert found.readings[0].x[0] == pytest.approx(20.6)
    assert found.readings[0].y[0] == pytest.approx(4.0 - 0.12)
    again = loose.odometry(ego(1020 * MS), 'map', 8)
    assert again.readings[0].x[0] == pytest.approx(20.8), 'fast odometry meets the same objects'
    assert loose.sensor('objects', moving(), 1030 * MS, 'map', 9) is None, 'nothing new to drive'
    earlier = loose.odometry(ego(1025 * MS), 'map', 10)
    assert earlier.readings[0].x[0] == pytest.approx(19.95), 'the nearest, which was the later'


def test_what_is_farther_apart_than_the_tolerance_is_no_set(loose):
    loose.sensor('objects', moving(), 0, 'map', 0)
    assert loose.odometry(ego(100 * MS + 1), 'map', 0) is None
    assert 'new stamps at most 0.1 s from odometry' in loose.fault_reason(0, 0.3, 0.5)
    # Objects that come after the odometry complete it as well.
    assert loose.sensor('objects', moving(), 200 * MS, 'map', 0).stamp_ns == 100 * MS + 1


def test_a_stuck_sensor_ages_however_often_it_repeats_itself(loose):
    completed = []
    for number in range(20):
        loose.sensor('objects', moving(), 0, 'map', number)
        completed.append(loose.odometry(ego(number * 20 * MS), 'map', number))
    assert [found is not None for found in completed] == [True] * 6 + [False] * 14
    assert {found.received_ns for found in completed[:6]} == {0}


def test_objects_that_come_late_find_the_odometry_of_their_time(loose):
    for stamp in range(0, 400, 20):
        assert loose.odometry(ego(stamp * MS), 'map', 0) is None
    assert loose.sensor('objects', moving(), 150 * MS, 'map', 0).stamp_ns == 240 * MS
    assert loose.sensor('objects', moving(), 260 * MS, 'map', 0).stamp_ns == 360 * MS
    # Odometry that comes out of order does not hide the newer one.
    loose.odometry(ego(600 * MS), 'map', 0)
    loose.odometry(ego(480 * MS), 'map', 0)
    assert loose.sensor('objects', moving(), 640 * MS, 'map', 0).stamp_ns == 600 * MS


def test_with_a_tolerance_a_clock_that_jumps_back_is_followed(loose):
    for stamp in (5 * S, 6 * S, S, 2 * S):
        loose.sensor('objects', moving(), stamp - 30 * MS, 'map', 0)
        found = loose.odometry(ego(stamp), 'map', 0)
        assert found.stamp_ns == stamp and found.readings[0].x[0] == pytest.approx(20.3)


@pytest.mark.parametrize('yaw_rate', [0.0, 0.4])
def test_objects_seen_from_the_vehicle_are_placed_where_it_was_then(loose, yaw_rate):
    # Standing 50 m ahead of a vehicle that has driven on at 20 m/s since, in a curve or not.
    then, now = Ego(0, 100.0, 0.0, 0.0, 20.0), Ego(100 * MS, 102.0, 0.0, 0.0, 20.0)
    if yaw_rate:
        radius, turned = 20.0 / yaw_rate, 0.1 * yaw_rate
        now = Ego(100 * MS, 100.0 + radius * math.sin(turned),
                  radius * (1.0 - math.cos(turned)), turned, 20.0, yaw_rate)
    assert loose.sensor('objects', moving(50.0, 0.0, 0.0), then.stamp_ns, 'base_link', 0) is None
    found = loose.odometry(now, 'odom', 0, 'base_link').readings[0]
    assert (found.x[0], found.y[0]) == pytest.approx((150.0, 4.0), abs=1e-3)


def layer(resolution=1.0):
    return GridLayer(np.zeros((4, 4), np.int8), resolution, Pose(10.0, -2.0))


@pytest.mark.parametrize(('frame', 'corner'), [('base_link', (8.5, -2.0)), ('odom', (26.5, 98.0))])
def test_what_is_wanted_in_the_axes_of_the_vehicle_gets_there(frame, corner):
    sets = InputSynchronizer(base_link_to_center=1.5, sensors=('grid/presence',))
    rear_axle = Ego(5, 100.0, 38.0, math.pi / 2, 10.0)
    sent = layer() if frame == 'base_link' else layer().placed(Pose(-8.0, 68.0))
    sets.odometry(rear_axle, 'odom', 0, 'base_link')
    found = sets.sensor('grid/presence', sent, 5, frame, 0).readings[0]
    # In the map, the corner lies 28 m ahead of a vehicle that heads up, and 98 m to its left.
    assert (found.corner.x, found.corner.y) == pytest.approx(corner)
    assert found.corner.yaw == pytest.approx(0.0 if frame == 'base_link' else -math.pi / 2)


def test_every_sensor_belongs_to_a_set_in_order():
    sets = InputSynchronizer(sensors=('grid/a', 'grid/b'))
    first, second = layer(1.0), layer(2.0)
    assert sets.sensor('grid/b', second, 1, 'base_link', 0) is None
    sets.odometry(ego(1), 'map', 0, 'base_link')
    assert sets.fault_reason(0, 0.3, 0.5) == 'no grid/a received'
    assert sets.sensor('grid/a', first, 1, 'base_link', 0).readings == (first, second)
    sets.odometry(ego(2), 'map', 0, 'base_link')
    assert sets.fault_reason(0, 0.3, 0.5) == (
        'odometry, grid/a and grid/b arrive, but never with a new stamp that all carry')


def test_without_odometry_the_first_sensor_sets_the_pace():
    sets = InputSynchronizer(sensors=('vector',), needs_odometry=False)
    values = Values(('a',), (1.0,))
    found = sets.sensor('vector', values, 7, 'whatever', 0)
    assert (found.stamp_ns, found.readings) == (7, (values,))
    assert sets.sensor('vector', values, 7, '', 0) is found
    assert sets.fault_reason(0, 0.3, 0.5) == 'vector arrives, but never with a new stamp'
    assert sets.fault_reason(S, 0.3, 0.5) == 'no vector for 1.00 s'
