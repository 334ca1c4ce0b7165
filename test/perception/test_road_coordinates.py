# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Roads that go round, come back, or lie beside each other, in road coordinates."""

import math

import numpy as np
import pytest

from drl_prune_ros.control.driver import make_motion_driver
from drl_prune_ros.control.profile import load_profile
from drl_prune_ros.perception.lane_network import Segment
from drl_prune_ros.perception.lanes import CircularLane, SineLane, StraightLane
from drl_prune_ros.perception.path_road import road_from_path
from drl_prune_ros.perception.road import Road, RoadError
from drl_prune_ros.perception.road_coordinates import RoadCoordinates
from drl_prune_ros.perception.scene import Ego, Objects, OutsideContract
from drl_prune_ros.policy.policy_file import read_policy
from drl_prune_ros.policy.runtime import load_runtime
from drl_prune_ros.resources import models_dir

POLICY = load_runtime(read_policy(models_dir() / 'highway-fast-v0-dsp.onnx'))
REFUSED = 'the road is refused; engaging is refused with the reason'
RADIUS = 200.0


def lanes(begin: float, end: float, *lefts: float, forbidden: tuple[int, ...] = ()):
    """Return straight lanes along x, from one end to the other, at these places to the left."""
    return tuple(
        StraightLane(start=(begin, left), end=(end, left), speed_limit=30.0,
                     forbidden=number in forbidden)
        for number, left in enumerate(lefts))


def ring(parts: int) -> Road:
    """Return a closed road to the left around (0, RADIUS), of three lanes."""
    step = 2 * math.pi / parts
    return Road(tuple(
        Segment(str(part), str((part + 1) % parts), tuple(
            CircularLane(
                center=(0.0, RADIUS), radius=RADIUS + 4.0 * lane, speed_limit=30.0,
                start_phase=-math.pi / 2 + step * part,
                end_phase=-math.pi / 2 + step * (part + 1))
            for lane in range(3)))
        for part in range(parts)))


def on_ring(angle: float, right: float) -> tuple[float, float]:
    distance = RADIUS + right
    return distance * math.sin(angle), RADIUS - distance * math.cos(angle)


def one(x: float, y: float, yaw: float, speed: float) -> Objects:
    return Objects(x=[x], y=[y], vx=[speed * math.cos(yaw)], vy=[speed * math.sin(yaw)],
                   yaw=[yaw], length=[5.0], width=[2.0], id=[0])


@pytest.mark.parametrize('parts', [2, 4, 7])
@pytest.mark.parametrize('at', [-0.05, 0.05, 1.0, 3.1, 6.2])
@pytest.mark.parametrize('ahead', [-0.3, 0.1, 0.6])
@pytest.mark.reaction(
    'roads that turn', 'a closed road, where its end meets its start',
    'the scene is laid straight across the joint')
def test_a_closed_road_goes_on_where_it_began(parts: int, at: float, ahead: float) -> None:
    road = ring(parts)
    frame, roads = road.frame(), RoadCoordinates(road.network())
    stretch = roads.around(frame.ego(Ego(0, *on_ring(at, 4.0), at, 25.0)))
    seen = stretch.objects(frame.objects(one(*on_ring(at + ahead, 8.0), at + ahead, 20.0)))
    assert (stretch.ego.y, stretch.ego.yaw) == pytest.approx((4.0, 0.0), abs=1e-9)
    assert 0.0 <= stretch.ego.x < 2 * math.pi * RADIUS
    assert seen.x[0] - stretch.ego.x == pytest.approx(ahead * RADIUS)
    assert (seen.y[0], seen.vx[0]) == pytest.approx((8.0, 20.0))
    assert (seen.vy[0], seen.yaw[0]) == pytest.approx((0.0, 0.0), abs=1e-9)


class Seen:
    """Keeps what a policy saw, and takes one action."""

    manifest = POLICY.manifest

    def __init__(self, action: int = 1) -> None:
        self.action = action
        self.rows = np.zeros((5, 5))

    def act(self, observation: np.ndarray) -> int:
        self.rows = observation.reshape(5, 5)
        return self.action


TWO_WAY = Road((
    Segment('a', 'b', lanes(0.0, 2000.0, 0.0, -4.0, -8.0)),
    Segment('b', 'a', lanes(2000.0, 0.0, 4.0, 8.0, 12.0))))


def test_each_direction_of_a_road_has_its_own_coordinates() -> None:
    policy = Seen()
    driver = make_motion_driver(policy, load_profile('highway_env'), on_road=True)
    driver.set_road(TWO_WAY)
    driver.step(Ego(0, 1900.0, 8.0, math.pi, 25.0), one(1880.0, 4.0, math.pi, 20.0))
    expected = [[1.0, 0.5, 4 / 12, 25 / 80, 0.0], [1.0, 0.1, -4 / 12, -5 / 80, 0.0]]
    np.testing.assert_allclose(policy.rows[:2], expected, atol=1e-6)
    driver.step(Ego(10**12, 100.0, -4.0, 0.0, 25.0), Objects.none())
    np.testing.assert_allclose(policy.rows[0], expected[0], atol=1e-6)


@pytest.mark.reaction(
    'against the road', 'the vehicle is on another road of the text, such as a ramp',
    "'outside the contract': not engaged, or a stop")
def test_a_road_beside_it_that_the_policy_was_not_made_for() -> None:
    driver = make_motion_driver(POLICY, load_profile('highway_env'), on_road=True)
    driver.set_road(Road((
        Segment('a', 'b', lanes(0.0, 2000.0, 0.0, -4.0, -8.0)),
        Segment('c', 'd', lanes(0.0, 2000.0, -20.0)))))
    driver.step(Ego(0, 100.0, -4.0, 0.0, 25.0), Objects.none())
    with pytest.raises(OutsideContract, match='from "c" to "d" has 1 lanes'):
        driver.step(Ego(1, 100.0, -20.0, 0.0, 25.0), Objects.none())


def corner(degrees: float) -> Road:
    return road_from_path(
        [(0, 0), (500, 0), (1000, 500 * math.tan(math.radians(degrees)))], 3, 4.0, 0)


@pytest.mark.parametrize(('road', 'reason'), [
    pytest.param(
        Road((Segment('a', 'b', lanes(0.0, 500.0, 0.0, -6.0, -12.0)),)),
        'lane 1 at 6.00 m', id='spread', marks=pytest.mark.reaction(
            'against the road', 'lanes that lie farther apart than in training', REFUSED)),
    pytest.param(
        Road((Segment('a', 'b', lanes(0.0, 500.0, 0.0, -4.0, -8.0)),
              Segment('b', 'c', lanes(500.0, 900.0, 4.0, 0.0, -4.0)))),
        'does not begin where the leftmost lane', id='shifted', marks=pytest.mark.reaction(
            'against the road', 'leftmost lanes that do not continue each other', REFUSED)),
    pytest.param(
        Road((Segment('a', 'b', lanes(0.0, 500.0, 0.0, -4.0, -8.0, -12.0, forbidden=(0,))),)),
        'forbidden lane left', id='forbidden left', marks=pytest.mark.reaction(
            'against the road', 'a forbidden lane left of those to drive on', REFUSED)),
    pytest.param(
        Road((Segment('a', 'b', lanes(0.0, 500.0, 0.0, -4.0, -8.0, forbidden=(2,))),)),
        'has 2 lanes that may be driven on', id='too few', marks=pytest.mark.reaction(
            'against the road', 'as many lanes as in training, but some forbidden', REFUSED)),
    pytest.param(
        Road((Segment('a', 'b', lanes(0.0, 500.0, *(-4.0 * n for n in range(5)),
                                      forbidden=(3, 4))),)),
        'but the policy sees 12 m', id='out of sight', marks=pytest.mark.reaction(
            'against the road', 'lanes beside it beyond what the policy can see', REFUSED)),
    pytest.param(
        Road((Segment('a', 'b', tuple(
            SineLane(start=(0.0, -4.0 * n), end=(300.0, -4.0 * n), amplitude=5.0, pulsation=0.2,
                     phase=0.0, speed_limit=30.0) for n in range(3))),)),
        'radius of 5 m', id='sine', marks=pytest.mark.reaction(
            'roads that turn', 'a sine lane that swings too sharply', REFUSED)),
    pytest.param(corner(20.0), 'turns with a radius', id='corner', marks=pytest.mark.reaction(
        'roads that turn', 'a path with a corner between long straight legs', REFUSED)),
])
def test_a_road_that_is_refused(road: Road, reason: str) -> None:
    driver = make_motion_driver(POLICY, load_profile('highway_env'))
    with pytest.raises(RoadError, match=reason) as refused:
        driver.set_road(road)
    assert '\n' not in str(refused.value)
    assert not driver.ready


def test_a_forbidden_lane_in_sight_on_the_right_is_taken() -> None:
    driver = make_motion_driver(POLICY, load_profile('highway_env'))
    driver.set_road(Road((
        Segment('a', 'b', lanes(0.0, 500.0, 0.0, -4.0, -8.0)),
        Segment('b', 'c', lanes(500.0, 900.0, 0.0, -4.0, -8.0, -12.0, forbidden=(3,))))))
    assert driver.ready


@pytest.mark.parametrize('step', [0.5, 2.0, 5.0])
def test_paths_of_arcs_are_not_refused(step: float) -> None:
    random = np.random.default_rng(round(step * 10))
    for _ in range(10):
        radius, turned = random.uniform(150.0, 600.0), math.radians(random.uniform(5.0, 90.0))
        points = [(s, 0.0) for s in np.arange(0.0, 200.0, step)]
        points += [(200.0 + radius * math.sin(s / radius), radius * (1 - math.cos(s / radius)))
                   for s in np.arange(0.0, radius * turned, step)]
        roads = RoadCoordinates(road_from_path(points, 3, 4.0, 0).network())
        # The line is where the path is; its legs bend as it does, or a little more.
        assert 1.0 <= roads.main.line.curvature * radius < 1.2 or len(roads.main.segments) < 4
        driver = make_motion_driver(POLICY, load_profile('passenger_car'))
        driver.set_road(road_from_path(points, 3, 4.0, 0))
        assert driver.ready
