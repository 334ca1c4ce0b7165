# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A scene on a road that turns is seen as the same scene laid straight."""

import math

import numpy as np
import pytest

from drl_prune_ros.control.driver import make_motion_driver
from drl_prune_ros.control.profile import load_profile
from drl_prune_ros.perception.driving_context import DrivingContext
from drl_prune_ros.perception.kinematics import Kinematics
from drl_prune_ros.perception.lane_network import Segment
from drl_prune_ros.perception.lanes import CircularLane, SineLane, StraightLane
from drl_prune_ros.perception.path_road import road_from_path
from drl_prune_ros.perception.road import Road, RoadError
from drl_prune_ros.perception.road_coordinates import RoadCoordinates
from drl_prune_ros.perception.scene import Ego, Objects, OutsideContract
from drl_prune_ros.policy.policy_file import read_policy
from drl_prune_ros.policy.runtime import load_runtime
from drl_prune_ros.resources import models_dir

POLICIES = ['highway-fast-v0-dsp', 'highway-v0-dsp', 'merge-v0-dsp']
WIDTH = 4.0
BEFORE = 300.0   # meters straight before an arc, and after it
DSP = models_dir() / 'highway-fast-v0-dsp.onnx'


def lanes_of(count: int, make) -> tuple:
    return tuple(make(number * WIDTH) for number in range(count))


def turning_road(count: int, radius: float, degrees: float, left: bool) -> Road:
    """Return a straight road, an arc of the radius of its leftmost lane, and a straight road."""
    side, angle = (1 if left else -1), math.radians(degrees)
    center = (BEFORE, side * radius)

    def straight(offset: float) -> StraightLane:
        return StraightLane(start=(0.0, -offset), end=(BEFORE, -offset), speed_limit=30.0)

    def arc(offset: float) -> CircularLane:
        start = -side * math.pi / 2
        return CircularLane(
            center=center, radius=radius + side * offset, start_phase=start,
            end_phase=start + side * angle, speed_limit=30.0)

    def after(offset: float) -> StraightLane:
        x, y, yaw = laid_on(BEFORE + radius * angle, offset, radius, degrees, left)
        return StraightLane(
            start=(x, y), end=(x + BEFORE * math.cos(yaw), y + BEFORE * math.sin(yaw)),
            speed_limit=30.0)
    return Road(tuple(
        Segment(str(number), str(number + 1), lanes_of(count, make))
        for number, make in enumerate((straight, arc, after))))


def laid_on(s: float, right: float, radius: float, degrees: float, left: bool):
    """Return where (s, right) of a straight road lies on the turning one: x, y and heading."""
    side, angle = (1 if left else -1), math.radians(degrees)
    if s <= BEFORE:
        return s, -right, 0.0
    turned = min((s - BEFORE) / radius, angle)
    x = BEFORE + (radius + side * right) * math.sin(turned)
    y = side * radius - side * (radius + side * right) * math.cos(turned)
    past = s - BEFORE - radius * angle
    yaw = side * turned
    if past > 0:
        x, y = x + past * math.cos(yaw), y + past * math.sin(yaw)
    return x, y, yaw


def scene(random, count: int, s: float):
    """Return a vehicle and others around it on a straight road, y to the left."""
    n = int(random.integers(0, 8))
    ego = Ego(0, s, -WIDTH * int(random.integers(count)) + random.normal(0, 0.3),
              random.normal(0, 0.05), random.uniform(18, 30))
    others = Objects(
        x=s + random.uniform(-30, 120, n), y=-WIDTH * random.integers(0, count, n),
        vx=random.uniform(15, 30, n), vy=random.normal(0, 0.5, n), yaw=random.normal(0, 0.03, n),
        length=np.full(n, 5.0), width=np.full(n, 2.0), id=np.arange(n))
    return ego, others


def bent(ego: Ego, others: Objects, *turn) -> tuple[Ego, Objects]:
    """Return a scene of the straight road as it is on the turning one."""
    x, y, yaw = laid_on(ego.x, -ego.y, *turn)
    places = [laid_on(a, -b, *turn) for a, b in zip(others.x, others.y, strict=True)]
    px, py, heading = np.array(places).reshape(-1, 3).T
    cos, sin = np.cos(heading), np.sin(heading)
    return (
        Ego(0, x, y, ego.yaw + yaw, ego.speed),
        Objects(x=px, y=py, vx=others.vx * cos - others.vy * sin,
                vy=others.vx * sin + others.vy * cos, yaw=others.yaw + heading,
                length=others.length, width=others.width, id=others.id))


@pytest.mark.reaction(
    'roads that turn', 'an arc of up to 90 degrees, left or right',
    'the policy decides as in the same scene laid straight')
@pytest.mark.parametrize('name', POLICIES)
@pytest.mark.parametrize('left', [True, False])
def test_decisions_on_arcs_are_those_of_the_scene_laid_straight(name: str, left: bool) -> None:
    runtime = load_runtime(read_policy(models_dir() / f'{name}.onnx'))
    contract = runtime.manifest.observation
    count = contract.options['lane_count']
    observer, random = Kinematics(contract), np.random.default_rng(len(name))
    flat = road_from_path([(0, 0), (5000, 0)], count, WIDTH, 0)

    def seen(road: Road, ego: Ego, others: Objects):
        frame, network = road.frame(), road.network()
        placed = frame.ego(ego)
        context = DrivingContext(
            placed, frame, network, stretch=RoadCoordinates(network).around(placed))
        return observer.observe(context, others)
    decisions = set()
    for _ in range(40):
        turn = (random.uniform(100, 600), random.uniform(5, 90), left)
        road = turning_road(count, *turn)
        end = BEFORE + turn[0] * math.radians(turn[1])
        ego, others = scene(random, count, random.uniform(BEFORE - 50, end + 50))
        straight, turned = seen(flat, ego, others), seen(road, *bent(ego, others, *turn))
        assert np.allclose(straight, turned, atol=2e-6)
        assert runtime.act(straight.ravel()) == runtime.act(turned.ravel())
        decisions.add(runtime.act(straight.ravel()))
    assert len(decisions) > 1


def test_a_path_that_bends_is_seen_nearly_so() -> None:
    radius, degrees = 200.0, 60.0
    turn = (radius, degrees, True)
    length = BEFORE + radius * math.radians(degrees) + 200
    points = [laid_on(s, 0.0, *turn)[:2] for s in np.arange(0.0, length, 5.0)]
    network = (road := road_from_path(points, 3, WIDTH, 0)).network()
    roads, frame, random = RoadCoordinates(network), road.frame(), np.random.default_rng(0)
    line = roads.main.line
    assert not line.straight
    assert 1 / line.curvature == pytest.approx(radius, rel=0.35)
    for _ in range(200):
        ego, others = scene(random, 3, random.uniform(BEFORE - 40, length - 250))
        flat = frame.ego(ego)
        bent_ego, bent_others = bent(ego, others, *turn)
        here, there = frame.ego(bent_ego), frame.objects(bent_others)
        laid = roads.around(here).ego
        assert math.hypot(laid.x - flat.x, laid.y - flat.y) < 0.5
        assert abs(math.remainder(laid.yaw - flat.yaw, math.tau)) < 0.03
        seen = roads.around(here).objects(there)
        assert np.abs(seen.x - others.x).max(initial=0) < 1.0
        assert np.abs(seen.y + others.y).max(initial=0) < 0.3


def test_what_lies_around_a_bend_is_not_beside() -> None:
    road = turning_road(3, 60.0, 180.0, True)
    frame, roads = road.frame(), RoadCoordinates(road.network())
    ego = frame.ego(Ego(0, 250.0, 0.0, 0.0, 20.0))
    back = Objects(x=[250.0], y=[120.0], vx=[-20.0], vy=[0.0], yaw=[math.pi], length=[5.0],
                   width=[2.0], id=[0])
    seen = roads.around(ego).objects(frame.objects(back))
    assert seen.x[0] == pytest.approx(BEFORE + 60 * math.pi + 50)
    assert seen.y[0] == pytest.approx(0.0, abs=1e-6)
    assert seen.vx[0] == pytest.approx(20.0)


def test_a_straight_road_is_left_as_it_is() -> None:
    lanes = lanes_of(2, lambda offset: StraightLane(start=(0.0, -offset), end=(100.0, -offset)))
    on = lanes_of(2, lambda offset: StraightLane(start=(100.0, -offset), end=(200.0, -offset)))
    road = Road((Segment('a', 'b', lanes), Segment('b', 'c', on)))
    ego = Ego(0, 150.0, 1.0, 0.1, 20.0)
    stretch = RoadCoordinates(road.network()).around(ego)
    assert stretch.straight
    assert stretch.ego is ego
    assert stretch.objects(others := Objects.none()) is others
    assert stretch.chain.line.curvature == 0.0


def test_the_ends_go_on_straight() -> None:
    road = Road((Segment('a', 'b', (CircularLane(
        center=(0.0, 100.0), radius=100.0, start_phase=-math.pi / 2, end_phase=0.0),)),))
    frame, roads = road.frame(), RoadCoordinates(road.network())
    before = roads.around(frame.ego(Ego(0, -30.0, 2.0, 0.0, 20.0))).ego
    assert (before.x, before.y) == pytest.approx((-30.0, -2.0))
    past = roads.around(frame.ego(Ego(0, 98.0, 140.0, math.pi / 2, 20.0))).ego
    assert (past.x, past.y) == pytest.approx((100 * math.pi / 2 + 40.0, -2.0))
    assert math.remainder(past.yaw, math.tau) == pytest.approx(0.0, abs=1e-9)


def road_of(width: float = WIDTH, counts=(3,), fork: bool = False, limit: float = 30.0) -> Road:
    segments = [
        Segment(str(number), str(number + 1), tuple(StraightLane(
            start=(500.0 * number, -lane * width), end=(500.0 * (number + 1), -lane * width),
            width=width, speed_limit=limit) for lane in range(count)))
        for number, count in enumerate(counts)]
    if fork:
        for name in 'ab':
            segments.append(Segment('1', name, (SineLane(
                start=(500.0, 0.0), end=(600.0, 0.0), amplitude=1.0, pulsation=0.01,
                phase=0.0),)))
    return Road(tuple(segments))


@pytest.mark.parametrize(('road', 'profile', 'message'), [
    pytest.param(road_of(3.0), 'passenger_car', 'lane 2 at 6.00 m .* lanes of 4 m',
                 marks=pytest.mark.reaction(
                     'against the road', 'lanes narrower or wider than in training',
                     'the road is refused; engaging is refused with the reason')),
    pytest.param(road_of(5.0), 'highway_env', 'lane 2 at 10.00 m .* lanes of 4 m', id='wide'),
    pytest.param(road_of(counts=(2,)), 'highway_env', 'has 2 lanes, but .* trained on 3',
                 marks=pytest.mark.reaction(
                     'against the road', 'another number of lanes, or fewer on the way',
                     'the road is refused; engaging is refused with the reason')),
    pytest.param(road_of(counts=(3, 2)), 'highway_env', 'from "1" to "2" has 2 lanes', id='drop'),
    pytest.param(road_of(fork=True), 'highway_env', 'from "0" to "1" forks at its end',
                 marks=pytest.mark.reaction(
                     'roads that turn', 'a junction, where the policy was trained without',
                     'the road is refused; engaging is refused with the reason')),
    pytest.param(turning_road(3, 40.0, 90, True), 'highway_env', 'radius of 40 m',
                 marks=pytest.mark.reaction(
                     'roads that turn', 'a turn too sharp for the sight of the policy',
                     'the road is refused; engaging is refused with the reason')),
    pytest.param(turning_road(3, 80.0, 90, True), 'passenger_car', r'turns so sharply .* 20 m/s',
                 marks=pytest.mark.reaction(
                     'roads that turn', 'a turn too sharp for the slowest speed that it wants',
                     'the road is refused; engaging is refused with the reason')),
])
def test_a_road_that_the_policy_was_not_made_for_is_refused(
        road: Road, profile: str, message: str) -> None:
    driver = make_motion_driver(load_runtime(read_policy(DSP)), load_profile(profile))
    with pytest.raises(RoadError, match=message) as refused:
        driver.set_road(road)
    assert '\n' not in str(refused.value)
    assert not driver.ready


def test_a_road_within_the_contract_is_taken() -> None:
    for road in (road_of(3.75), road_of(counts=(3, 3)), turning_road(3, 200.0, 90, False)):
        driver = make_motion_driver(load_runtime(read_policy(DSP)), load_profile('passenger_car'))
        driver.set_road(road)
        assert driver.ready


@pytest.mark.reaction(
    'against the road', 'a road or path that runs against the vehicle',
    'outside the contract: not engaged, or a stop')
def test_a_road_against_the_vehicle_is_outside_the_contract() -> None:
    driver = make_motion_driver(
        load_runtime(read_policy(DSP)), load_profile('passenger_car'), on_road=True)
    driver.set_road(road_of())
    driver.step(Ego(0, 100.0, 0.0, 1.0, 1.0), Objects.none())
    with pytest.raises(OutsideContract, match='runs against the vehicle, which heads 180 deg'):
        driver.step(Ego(1, 100.0, 0.0, math.pi, 1.0), Objects.none())


def drive(road: Road, start: Ego, seconds: float) -> tuple[list[int], Ego]:
    """Return the decisions of a drive on an empty road, and where it ends."""
    driver = make_motion_driver(load_runtime(read_policy(DSP)), load_profile('passenger_car'))
    driver.set_road(road)
    ego, period, steps = start, driver.period_s, 20
    decisions = []
    for tick in range(round(seconds / period)):
        command = driver.step(ego, Objects.none())
        decisions.append(command.decision.action)
        slip = math.atan(math.tan(command.steering) / 2)
        x, y, yaw, speed = ego.x, ego.y, ego.yaw, ego.speed
        for _ in range(steps):
            x += speed * math.cos(yaw + slip) * period / steps
            y += speed * math.sin(yaw + slip) * period / steps
            yaw += speed * math.sin(slip) / (2.8 / 2) * period / steps
            speed += command.acceleration * period / steps
        ego = Ego((tick + 1) * round(period * 1e9), x, y, yaw, speed)
    return decisions, ego


@pytest.mark.parametrize('left', [True, False])
def test_a_drive_around_an_arc_is_decided_as_on_a_straight_road(left: bool) -> None:
    turn = (300.0, 90.0, left)
    start = Ego(0, 200.0, -WIDTH, 0.0, 22.0)
    flat, _ = drive(road_from_path([(0, 0), (5000, 0)], 3, WIDTH, 0), start, 25.0)
    road = turning_road(3, *turn)
    decisions, end = drive(road, start, 25.0)
    assert decisions == flat
    network, frame = road.network(), road.frame()
    laid = RoadCoordinates(network).around(frame.ego(end)).ego
    assert laid.x > BEFORE + 300.0
    assert abs(laid.y / WIDTH - round(laid.y / WIDTH)) * WIDTH < 0.3, 'it keeps to a lane'
