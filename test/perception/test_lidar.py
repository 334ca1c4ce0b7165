# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Distances must be those of highway-env's own lidar, whatever the scanner stands like."""

import math

import gymnasium
import highway_env  # noqa: F401 - registers the environments
import numpy as np
import pytest

from drl_prune_ros.perception.driving_context import DrivingContext
from drl_prune_ros.perception.lidar import Lidar, Scan
from drl_prune_ros.perception.pose import Pose
from drl_prune_ros.perception.scene import Ego, InvalidInput
from drl_prune_ros.policy.contracts import ObservationContract
from drl_prune_ros.policy.errors import ContractError

REACH = 60.0
AHEAD = DrivingContext(Ego(0, 0.0, 0.0, 0.0, 20.0))


def contract(sectors=4, **changed):
    return ObservationContract(**{
        'kind': 'lidar', 'shape': (sectors, 1), 'features': ('distance',), 'units': ('m',),
        'ranges': ((-REACH, REACH),), 'normalized': False, 'clip': False, 'frame': 'vehicle',
        'rate_hz': 5, 'control_rate_hz': 5, 'options': {'maximum_range': REACH}, **changed})


def scan(ranges, first=0.0, reach=REACH):
    """Return a scan of equal steps to the left, from a first bearing in degrees."""
    bearings = math.radians(first) + np.arange(len(ranges)) * 2 * np.pi / len(ranges)
    return Scan(np.array(ranges, dtype=float), bearings, reach)


@pytest.mark.parametrize('normalized', [False, True])
@pytest.mark.parametrize('heading', [0.0, 0.3, -2.0])
def test_distances_are_highway_envs_own(normalized, heading):
    env = gymnasium.make('highway-fast-v0', config={'observation': {
        'type': 'LidarObservation', 'cells': 32, 'maximum_range': REACH,
        'normalize': normalized}}).unwrapped
    for seed in range(3):
        env.reset(seed=seed)
        env.vehicle.heading = heading   # to the right, as everything in highway-env
        expected = env.observation_type.observe()
        distances = env.observation_type.grid[:, 0].astype(float)
        assert distances.min() < REACH
        distances[distances == REACH] = np.inf
        # One beam along the middle of each sector, of axes that turn with the vehicle.
        sensed = Scan(distances, heading - np.arange(32) * 2 * np.pi / 32, REACH)
        observer = Lidar(contract(32, normalized=normalized, frame='road'))
        built = observer.observe(DrivingContext(Ego(0, 0.0, 0.0, heading, 20.0)), sensed)
        assert built.dtype == np.float32
        assert np.array_equal(built, expected[:, :1])
    env.close()


def test_sectors_go_to_the_right_and_the_nearest_beam_counts():
    # Ahead, left, behind, right; eight beams, so that each sector has one on its left edge.
    ranges = [10, 99, 20, 4, 30, 99, 40, 99]
    built = Lidar(contract()).observe(AHEAD, scan(ranges, first=1.0, reach=100.0))
    assert built[:, 0].tolist() == [10, 40, 4, 20]
    assert Lidar(contract(frame='road')).needs_road and not Lidar(contract()).needs_road


def test_beams_that_hit_nothing_are_free_as_far_as_the_policy_sees():
    built = Lidar(contract(normalized=True)).observe(AHEAD, scan([math.inf, 30, 15, 90]))
    assert built[:, 0].tolist() == [1.0, 1.0, 0.25, 0.5]


def test_a_scanner_may_stand_anywhere():
    # At the front, turned to the left: its beam ahead is to the left of the vehicle.
    mounted = scan([5.0, math.inf, 7.0, 10.0]).placed(Pose(2.0, 0.0, math.pi / 2))
    built = Lidar(contract()).observe(AHEAD, mounted)
    assert built[0, 0] == 12.0, 'ahead of the scanner, two meters ahead of the center'
    assert built[1, 0] == pytest.approx(math.hypot(2, 7))
    assert built[3, 0] == pytest.approx(math.hypot(2, 5))
    assert built[2, 0] == REACH


def test_a_scanner_that_stands_nowhere_is_refused():
    with pytest.raises(InvalidInput, match=r'the scanner stands at .*inf.*: finite numbers'):
        scan([1.0]).placed(Pose(1e308)).placed(Pose(1e308))


def test_what_is_not_seen_is_told():
    with pytest.raises(InvalidInput, match=r'1 of the 4 .* 270 degrees to the right of the veh'):
        Lidar(contract()).observe(AHEAD, scan([1, math.nan, 3, 4]))
    with pytest.raises(InvalidInput, match='reaches 30 m, but the policy sees 60 m'):
        Lidar(contract()).observe(AHEAD, scan([1, 2, 3, 4], reach=30.0))


@pytest.mark.parametrize(('changed', 'reason'), [
    ({'shape': (4, 2), 'features': ('distance', 'velocity'), 'units': ('m', 'm/s'),
      'ranges': ((-60, 60), (-60, 60))}, 'needs velocity from a lidar, but .* distances alone'),
    ({'normalized': True, 'ranges': ((0, 60),)}, 'divides them by maximum_range, 60'),
    ({'frame': 'none'}, "frame 'none'"),
])
def test_what_a_scan_does_not_say_is_refused(changed, reason):
    with pytest.raises(ContractError, match=f'{reason}.*use another policy'):
        Lidar(contract(**changed))
