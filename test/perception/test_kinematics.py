# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The observation must be highway-env's own, bit for bit."""

from dataclasses import replace

import gymnasium
import highway_env  # noqa: F401 - registers the environments
import numpy as np
import pytest

from drl_prune_ros.perception.driving_context import DrivingContext
from drl_prune_ros.perception.kinematics import Kinematics
from drl_prune_ros.perception.lane_network import Segment
from drl_prune_ros.perception.lanes import StraightLane
from drl_prune_ros.perception.road import Road
from drl_prune_ros.perception.road_coordinates import RoadCoordinates
from drl_prune_ros.perception.scene import COLUMNS, Ego, Objects
from drl_prune_ros.policy.contracts import ObservationContract
from drl_prune_ros.policy.errors import ContractError
from drl_prune_ros.simulator.highway_road import describe_road

FEATURES = ('presence', 'x', 'y', 'vx', 'vy')
RANGES = {
    'presence': (0.0, 1.0), 'x': (-200.0, 200.0), 'vx': (-80.0, 80.0), 'vy': (-80.0, 80.0),
    'cos_h': (-1.0, 1.0), 'sin_h': (-1.0, 1.0)}


def contract(lanes, rows=5, features=FEATURES, **changed):
    options = {
        'order': 'sorted', 'absolute': False, 'see_behind': False, 'lane_count': lanes,
        **changed.pop('options', {})}
    ranges = {**RANGES, 'y': (-4.0 * lanes, 4.0 * lanes)}
    values = {
        'kind': 'kinematics', 'shape': (rows, len(features)), 'features': features,
        'units': ('1',) * len(features), 'ranges': tuple(ranges[name] for name in features),
        'normalized': True, 'clip': True, 'frame': 'road', 'rate_hz': 1.0,
        'control_rate_hz': 5.0, 'options': options}
    return ObservationContract(**{**values, **changed})


def sensed(env):
    """Return what a car with perfect sensors knows of an environment, in the map frame."""
    vehicle = env.vehicle
    ego = Ego(
        stamp_ns=0, x=vehicle.position[0], y=-vehicle.position[1], yaw=-vehicle.heading,
        speed=vehicle.speed)
    others = [other for other in env.road.vehicles + env.road.objects if other is not vehicle]
    return ego, Objects(
        x=[other.position[0] for other in others], y=[-other.position[1] for other in others],
        vx=[other.velocity[0] for other in others], vy=[-other.velocity[1] for other in others],
        yaw=[-other.heading for other in others], length=[5.0] * len(others),
        width=[2.0] * len(others), id=list(range(len(others))))


def observe(observer, road, ego, objects):
    frame = road.frame()
    network = road.network()
    ego = frame.ego(ego)
    context = DrivingContext(
        ego, frame, network, stretch=RoadCoordinates(network).around(ego))
    return observer.observe(context, objects)


def drives(task, config, seeds, steps):
    """Yield an environment and its observation along random drives."""
    env = gymnasium.make(task, config=config, disable_env_checker=True).unwrapped
    for seed in seeds:
        observation, _ = env.reset(seed=seed)
        actions = np.random.default_rng(seed).integers(0, 5, steps)
        yield env, observation
        for action in actions:
            observation, _, terminated, _, _ = env.step(action)
            yield env, observation
            if terminated:
                break


@pytest.mark.parametrize(('task', 'config', 'observation', 'seeds', 'steps'), [
    ('highway-fast-v0', {}, contract(3), 20, 5),
    ('highway-fast-v0', {'lanes_count': 4}, contract(4), 5, 4),
    ('highway-fast-v0', {'observation': {'type': 'Kinematics', 'vehicles_count': 15}},
     contract(3, rows=15), 5, 6),
    ('highway-fast-v0', {'observation': {'type': 'Kinematics', 'vehicles_count': 40}},
     contract(3, rows=40), 3, 2),
    ('highway-fast-v0', {'observation': {'type': 'Kinematics', 'see_behind': True}},
     contract(3, options={'see_behind': True}), 5, 5),
    ('highway-fast-v0', {'observation': {'type': 'Kinematics', 'absolute': True}},
     contract(3, options={'absolute': True}), 5, 4),
    ('highway-fast-v0', {'observation': {'type': 'Kinematics', 'clip': False}},
     contract(3, clip=False), 5, 4),
    ('highway-fast-v0', {'observation': {'type': 'Kinematics', 'normalize': False}},
     contract(3, normalized=False), 5, 4),
    ('highway-fast-v0',
     {'observation': {'type': 'Kinematics', 'features': [*FEATURES, 'cos_h', 'sin_h']}},
     contract(3, features=(*FEATURES, 'cos_h', 'sin_h')), 5, 4),
    ('merge-v0', {}, contract(2), 8, 12),
])
def test_equals_highway_env_bit_for_bit(task, config, observation, seeds, steps):
    observer = Kinematics(observation)
    for env, expected in drives(task, config, range(seeds), steps):
        built = observe(observer, describe_road(env.road.network), *sensed(env))
        assert built.dtype == expected.dtype == np.float32
        assert built.shape == expected.shape
        assert built.tobytes() == expected.tobytes()


def reordered(objects, order):
    return Objects(**{name: getattr(objects, name)[order] for name in (*COLUMNS, 'id')})


def test_the_order_of_the_objects_does_not_matter():
    observer = Kinematics(contract(3))
    random = np.random.default_rng(0)
    for env, expected in drives('highway-fast-v0', {}, range(5), 3):
        ego, objects = sensed(env)
        shuffled = reordered(objects, random.permutation(len(objects)))
        built = observe(observer, describe_road(env.road.network), ego, shuffled)
        np.testing.assert_array_equal(built, expected)


def test_the_place_of_the_road_in_the_map_does_not_matter():
    """A map that is shifted and turned gives the same observation, up to rounding."""
    observer = Kinematics(contract(3))
    turn, shift = 2.0, np.array([500.0, -80.0])
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    for env, expected in drives('highway-fast-v0', {}, range(3), 3):
        ego, objects = sensed(env)
        road = describe_road(env.road.network)
        lanes = tuple(
            replace(lane, start=tuple(rotation @ lane.start + shift),
                    end=tuple(rotation @ lane.end + shift))
            for lane in road.segments[0].lanes)
        place = rotation @ (ego.x, ego.y) + shift
        places = rotation @ (objects.x, objects.y) + shift[:, None]
        velocities = rotation @ (objects.vx, objects.vy)
        built = observe(
            observer, Road((Segment('0', '1', lanes),)),
            replace(ego, x=place[0], y=place[1], yaw=ego.yaw + turn),
            Objects(
                x=places[0], y=places[1], vx=velocities[0], vy=velocities[1],
                yaw=objects.yaw + turn, length=objects.length, width=objects.width,
                id=objects.id))
        np.testing.assert_allclose(built, expected, atol=1e-6)


@pytest.fixture
def straight():
    return Road((Segment('0', '1', (
        StraightLane(start=(0.0, 0.0), end=(1000.0, 0.0)),
        StraightLane(start=(0.0, -4.0), end=(1000.0, -4.0)))),))


def boxes(*positions):
    zeros = np.zeros(len(positions))
    return Objects(
        x=[x for x, _ in positions], y=[y for _, y in positions], vx=zeros, vy=zeros, yaw=zeros,
        length=zeros, width=zeros, id=zeros)


@pytest.mark.parametrize(('position', 'seen'), [
    ((500.0 + 199.99, 0.0), True), ((500.0 + 200.0, 0.0), False),
    ((500.0 - 9.99, 0.0), True), ((500.0 - 10.0, 0.0), False), ((500.0 - 11.0, 0.0), False),
    ((500.0, -199.99), True), ((500.0, -200.0), False),
])
def test_the_edges_of_what_is_seen(straight, position, seen):
    observer = Kinematics(contract(2))
    ego = Ego(stamp_ns=0, x=500.0, y=0.0, yaw=0.0, speed=20.0)
    built = observe(observer, straight, ego, boxes(position))
    assert built[:, 0].tolist() == [1.0, float(seen), 0.0, 0.0, 0.0]


def test_the_nearest_along_the_lane_come_first_and_equally_near_ones_as_given(straight):
    observer = Kinematics(contract(2, rows=4))
    ego = Ego(stamp_ns=0, x=500.0, y=0.0, yaw=0.0, speed=20.0)
    built = observe(
        observer, straight, ego,
        boxes((530.0, 0.0), (508.0, 0.0), (492.0, -4.0), (501.0, 100.0), (520.0, 0.0)))
    np.testing.assert_allclose(built[1:, 1] * 200.0, [1.0, 8.0, -8.0], atol=1e-4)


def test_alone_on_the_road(straight):
    observer = Kinematics(contract(2))
    ego = Ego(stamp_ns=0, x=40.0, y=-4.0, yaw=0.0, speed=20.0)
    built = observe(observer, straight, ego, Objects.none())
    np.testing.assert_allclose(built[0], [1.0, 0.2, 0.5, 0.25, 0.0], atol=1e-7)
    assert not built[1:].any()


@pytest.mark.parametrize('change', [
    {'kind': 'vector', 'shape': (5,)},
    {'features': ('presence', 'x', 'y', 'vx', 'long_off')},
    {'frame': 'none'},
    {'options': {'order': 'shuffled'}},
    {'options': {'absolute': 'sometimes'}},
])
def test_contracts_that_cannot_be_served(change):
    with pytest.raises(ContractError, match='use another policy'):
        Kinematics(replace(contract(3), **change))
