# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What a vehicle observes of a scene is what the compiled highway observes of the same one."""

import math

import gymnasium
import numpy as np
import pytest

from drl_prune_ros.highway.batch import Batch
from drl_prune_ros.highway.viewer import LiveEnv
from drl_prune_ros.perception.driving_context import DrivingContext
from drl_prune_ros.perception.kinematics import Kinematics
from drl_prune_ros.perception.lidar import Lidar, Scan
from drl_prune_ros.perception.occupancy_grid import GridLayer, OccupancyGrid
from drl_prune_ros.perception.pose import Pose
from drl_prune_ros.perception.road_coordinates import RoadCoordinates
from drl_prune_ros.perception.scene import Ego, Objects
from drl_prune_ros.policy.contracts import ObservationContract
from drl_prune_ros.simulator.highway_road import describe_road
from drl_prune_ros.tasks.catalogue import load_task

ALL = np.ones(1, np.bool_)
# numpy may give another last bit for the cosine of a heading than the compiled code has.
ROUNDING = 2e-7


def rows_of(batch: Batch) -> tuple[np.void, np.ndarray]:
    """Return the ego, and all vehicles and obstacles but it."""
    episode, rows = batch.episodes[0], batch.vehicles[0]
    there = np.arange(len(rows)) < episode['vehicles']
    there |= rows['kind'] == 3
    others = there.copy()
    others[episode['ego']] = False
    return rows[episode['ego']], rows[others]


def ego_of(row: np.void) -> Ego:
    return Ego(stamp_ns=0, x=row['x'], y=-row['y'], yaw=-row['heading'], speed=row['speed'])


def objects_of(rows: np.ndarray) -> Objects:
    return Objects(
        x=rows['x'], y=-rows['y'], vx=rows['speed'] * rows['cos'],
        vy=-rows['speed'] * rows['sin'], yaw=-rows['heading'], length=rows['length'],
        width=rows['width'], id=list(range(len(rows))))


@pytest.mark.parametrize(('name', 'task'), [
    ('highway-fast-v0', 'highway-fast-v0'), ('highway-v0', 'highway-v0'),
    ('merge-v0', 'merge-v0'), ('merge-v1', 'merge-v0')])
def test_kinematics_within_the_rounding_of_float32(name: str, task: str) -> None:
    observer = Kinematics(load_task(task).observation)
    batch = Batch(name, 1)
    road = describe_road(gymnasium.make(name).unwrapped.road.network)
    frame, network = road.frame(), road.network()
    coordinates, compared = RoadCoordinates(network), 0
    for seed in range(4):
        batch.seed(0, seed)
        batch.reset(ALL)
        for action in np.random.default_rng(seed).integers(0, 5, 12):
            own, others = rows_of(batch)
            ego = frame.ego(ego_of(own))
            built = observer.observe(
                DrivingContext(ego, frame, network, stretch=coordinates.around(ego)),
                objects_of(others))
            assert built.dtype == batch.observations.dtype == np.float32
            assert np.abs(built.ravel() - batch.observations[0]).max() <= ROUNDING
            compared += 1
            batch.step(np.array([action]))
            if batch.ends.any():
                break
    assert compared > 12


def layer(points: list[np.ndarray]) -> GridLayer:
    """Return a layer of 1 m cells around the vehicle, occupied at points (ahead, right)."""
    percent = np.zeros((36, 36), np.int8)
    for ahead, right in points:
        column, across = math.floor(ahead + 18), math.floor(right + 18)
        if 0 <= column < 36 and 0 <= across < 36:
            percent[35 - across, column] = 100
    return GridLayer(percent, 1.0, Pose(-18, -18))


def test_the_grid_of_racetrack_to_the_bit() -> None:
    observer = OccupancyGrid(load_task('racetrack-v0').observation)
    batch = Batch('racetrack-v0', 1)
    lanes = gymnasium.make('racetrack-v0').unwrapped.road.network.lanes_list()
    seen = 0
    for seed in range(3):
        batch.seed(0, seed)
        batch.reset(ALL)
        for action in (0.0, 0.3, -0.5, 0.2):
            own, others = rows_of(batch)
            here = np.array([own['x'], own['y']])
            turn = np.array([[own['cos'], own['sin']], [-own['sin'], own['cos']]])
            ways = [lane.position(along, 0) for lane in lanes for along in np.arange(
                lane.local_coordinates(here)[0] - 100, lane.local_coordinates(here)[0] + 100,
                3).clip(0, lane.length)]
            vehicles = [np.array([row['x'], row['y']]) for row in others]
            built = observer.observe(DrivingContext(ego_of(own)), *(
                layer([turn @ (point - here) for point in points]) for points in (vehicles, ways)))
            assert built.dtype == np.float32
            assert np.array_equal(built.ravel(), batch.observations[0])
            seen += built[0].sum() - 1
            batch.step(np.array([[action]], np.float32))
    assert seen > 0, 'another vehicle was seen'


@pytest.mark.parametrize('normalized', [False, True])
def test_distances_of_a_lidar_within_the_rounding_of_float32(normalized: bool) -> None:
    cells, reach = 32, 60.0
    config = {'observation': {'type': 'LidarObservation', 'cells': cells, 'maximum_range': reach,
                              'normalize': normalized}}
    observer = Lidar(ObservationContract(
        kind='lidar', shape=(cells, 1), features=('distance',), units=('m',),
        ranges=((-reach, reach),), normalized=normalized, clip=False, frame='road', rate_hz=1,
        control_rate_hz=15, options={'maximum_range': reach}))
    batch, live = Batch('highway-fast-v0', 1, config), LiveEnv('highway-fast-v0', config)
    batch.seed(0, 1)
    batch.reset(ALL)
    nearest = []
    for action in (0, 3, 2, 3, 1, 0):
        live.put(batch.state(0))
        distances = live.env.unwrapped.observation_type.grid[:, 0].astype(float)   # meters
        nearest.append(distances.min())
        distances[distances == reach] = np.inf
        own, _ = rows_of(batch)
        # One beam along the middle of each sector, of axes that turn with the vehicle.
        sensed = Scan(distances, own['heading'] - np.arange(cells) * math.tau / cells, reach)
        ego = Ego(0, 0.0, 0.0, own['heading'], own['speed'])   # in the road frame, y to the right
        built = observer.observe(DrivingContext(ego), sensed)
        seen = batch.observations[0].reshape(cells, 2)[:, :1]
        assert np.abs(built - seen).max() <= ROUNDING * (1.0 if normalized else reach)
        batch.step(np.array([action]))
    assert min(nearest) < reach
    live.close()
