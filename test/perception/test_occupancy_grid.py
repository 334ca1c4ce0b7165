# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A grid of any sensor must become the one that highway-env shows of the same scene."""

import math

import gymnasium
import highway_env  # noqa: F401 - registers the environments
import numpy as np
import pytest

from drl_prune_ros.perception.driving_context import DrivingContext
from drl_prune_ros.perception.occupancy_grid import GridLayer, OccupancyGrid
from drl_prune_ros.perception.pose import Pose
from drl_prune_ros.perception.scene import Ego, InvalidInput
from drl_prune_ros.policy.contracts import ObservationContract
from drl_prune_ros.policy.errors import ContractError

OWN = (6, 6)   # the cell that the center of the vehicle lies in


def contract(**changed):
    return ObservationContract(**{
        'kind': 'occupancy_grid', 'shape': (2, 12, 12), 'features': ('presence', 'on_road'),
        'units': ('1', '1'), 'ranges': ((0, 1), (0, 1)), 'normalized': False, 'clip': True,
        'frame': 'vehicle', 'rate_hz': 5, 'control_rate_hz': 15,
        'options': {'grid_size': [[-18, 18], [-18, 18]], 'grid_step': [3, 3]}, **changed})


def place(heading=0.0):
    return DrivingContext(Ego(0, 0.0, 0.0, heading, 10.0))


def layer(points=(), resolution=1.0, size=36):
    """Return a layer around the vehicle, occupied at points (ahead, right), meters."""
    cells = round(size / resolution)
    percent = np.zeros((cells, cells), np.int8)
    for ahead, right in points:
        column = math.floor((ahead + size / 2) / resolution)
        from_the_left = math.floor((right + size / 2) / resolution)
        if 0 <= column < cells and 0 <= from_the_left < cells:
            percent[cells - 1 - from_the_left, column] = 100
    return GridLayer(percent, resolution, Pose(-size / 2, -size / 2))


def scene(env, aligned):
    """Return where vehicles and lanes are, (ahead, right) of the driven one."""
    vehicle = env.vehicle
    heading = vehicle.heading if aligned else 0.0
    turn = np.array([[np.cos(heading), np.sin(heading)], [-np.sin(heading), np.cos(heading)]])
    others = [other.position for other in env.road.vehicles if other is not vehicle]
    lanes = []
    for lane in env.road.network.lanes_list():
        start = lane.local_coordinates(vehicle.position)[0]
        lanes += [lane.position(along, 0) for along in np.arange(
            start - 100, start + 100, 3).clip(0, lane.length)]
    return [[turn @ (point - vehicle.position) for point in points] for points in (others, lanes)]


@pytest.mark.parametrize('aligned', [True, False])
def test_the_grid_is_highway_envs_own(aligned):
    env = gymnasium.make('racetrack-v0').unwrapped
    env.configure({'observation': {
        **env.config['observation'], 'align_to_vehicle_axes': aligned}})
    frame = 'vehicle' if aligned else 'road'
    observer = OccupancyGrid(contract(frame=frame))
    assert observer.needs_road is not aligned
    assert observer.sensors == ('grid/presence', 'grid/on_road')
    seen = 0
    for seed in range(3):
        expected, _ = env.reset(seed=seed)
        for action in (0.0, 0.3, -0.5, 0.2):
            ahead = env.vehicle.heading   # of axes that the sensor's grid turns with
            layers = [layer(points, resolution=1.0) for points in scene(env, aligned)]
            if not aligned:
                # The sensor sends axes of the vehicle, in which the road's are turned.
                layers = [each.placed(Pose(0.0, 0.0, ahead)) for each in layers]
            built = observer.observe(place(ahead), *layers)
            assert built.dtype == np.float32
            assert np.array_equal(built, expected)
            seen += built[0].sum() - 1
            expected = env.step([action])[0]
    assert seen > 0, 'another vehicle was seen'
    env.close()


def test_ahead_is_the_first_axis_and_right_the_second():
    built = OccupancyGrid(contract()).observe(place(), layer([(10, 4)]), layer([(-17, -17)]))
    assert np.argwhere(built[0]).tolist() == [list(OWN), [9, 7]]
    assert np.argwhere(built[1]).tolist() == [[0, 0]]


def test_a_grid_of_another_frame_may_be_larger_finer_and_turned():
    vehicle = Pose(100.0, 50.0, math.pi / 2)
    # Its corner is given in the frame of the odometry, from which the vehicle is turned left.
    fine = layer([(10, 4)], resolution=0.5, size=60)
    sent = fine.placed(vehicle)
    assert (sent.corner.x, sent.corner.y) == pytest.approx((130.0, 20.0))
    built = OccupancyGrid(contract()).observe(
        place(), sent.placed(vehicle.inverse()), layer())
    assert np.argwhere(built[0]).tolist() == [list(OWN), [9, 7]]


@pytest.mark.parametrize('yaw', [0.0, 0.7, math.pi / 2, -3.0])
def test_what_is_far_away_changes_nothing(yaw):
    """Large grids are cut to what is near, wherever their corner lies."""
    random = np.random.default_rng(3)
    large = GridLayer(
        random.integers(0, 101, (300, 400)).astype(np.int8), 0.5, Pose(-90.0, -70.0, 0.0))
    large = large.placed(Pose(4.0, -3.0, yaw))
    small = large.near(30.0)
    assert small.percent.size < large.percent.size / 4
    near = math.hypot(18, 18)
    x, y = large.middles()
    seen = np.hypot(x, y) < near
    x, y = small.middles()
    again = np.hypot(x, y) < near
    assert np.array_equal(large.percent[seen], small.percent[again])
    assert GridLayer(large.percent, 0.5, Pose(500.0)).near(30.0).percent.size == 0


def test_half_is_enough_to_be_occupied():
    grid = layer()
    grid.percent[0, 0], grid.percent[0, 35] = 49, 50
    built = OccupancyGrid(contract()).observe(place(), layer(), grid)
    assert np.argwhere(built[1]).tolist() == [[11, 11]]


@pytest.mark.parametrize('bad', [
    layer(size=24), layer(resolution=6.0), layer().placed(Pose(5.0)),
    GridLayer(np.full((36, 36), -1, np.int8), 1.0, Pose(-18.0, -18.0)),
    GridLayer(np.zeros((0, 0), np.int8), 1.0),
], ids=['small', 'coarse', 'elsewhere', 'unknown', 'empty'])
def test_what_is_not_covered_is_told(bad):
    with pytest.raises(InvalidInput, match=r'grid presence has no value for [0-9]+ of the 144'):
        OccupancyGrid(contract()).observe(place(), bad, layer())


@pytest.mark.parametrize(
    ('percent', 'resolution'), [(101, 1.0), (-2, 1.0), (0, 0.0), (0, math.nan)])
def test_cells_that_are_none(percent, resolution):
    with pytest.raises(InvalidInput):
        GridLayer(np.full((2, 2), percent, np.int8), resolution)


def test_a_grid_that_lies_nowhere_is_refused():
    with pytest.raises(InvalidInput, match=r'a grid lies at .*inf.*: finite numbers'):
        layer().placed(Pose(1e308)).placed(Pose(1e308))


def test_a_layer_that_no_grid_carries_is_refused():
    with pytest.raises(ContractError, match=r"the feature 'vx'.*use another policy"):
        OccupancyGrid(contract(features=('presence', 'vx')))
