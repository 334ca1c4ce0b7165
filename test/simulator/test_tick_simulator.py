# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
import math

import numpy as np
import pytest

from drl_prune_ros.control.command import Decision
from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.perception.scene import COLUMNS
from drl_prune_ros.simulator.tick_simulator import TickSimulator

KEEP = Decision(action=1, target_lane=1, target_speed=25.0)


@pytest.fixture
def simulator():
    simulator = TickSimulator('highway-fast-v0', {'duration': 3})
    yield simulator
    simulator.close()


def drive_on(simulator):
    """Keep the speed and the heading for one tick."""
    simulator.tick(simulator.ego().speed, 0.0, KEEP)


def columns(objects):
    return {name: getattr(objects, name).tolist() for name in (*COLUMNS, 'id')}


def test_rates(simulator):
    assert (simulator.control_rate_hz, simulator.rate_hz) == (5.0, 1.0)


def test_an_episode_of_constant_speed(simulator):
    assert simulator.done
    with pytest.raises(RuntimeError):
        simulator.episode()
    simulator.reset(4)
    for tick in range(15):
        assert not simulator.done, tick
        drive_on(simulator)
    assert simulator.done
    result = simulator.episode()
    assert (result.length, result.crashed, result.seed) == (3, False, 4)
    assert result.speed_mean == pytest.approx(25.0)
    assert 0.0 < result.return_ < 3.0
    with pytest.raises(RuntimeError):
        drive_on(simulator)


def test_stamps_grow_by_a_period_also_from_episode_to_episode(simulator):
    stamps = []
    for seed in range(2):
        simulator.reset(seed)
        while not simulator.done:
            stamps.append(simulator.stamp_ns)
            assert simulator.ego().stamp_ns == simulator.stamp_ns
            drive_on(simulator)
        stamps.append(simulator.stamp_ns)
    assert set(np.diff(stamps)) == {200_000_000}


def test_a_seed_gives_the_same_episode_whatever_was_before(simulator):
    scenes = []
    for seed in (7, 3, 7):
        simulator.reset(seed)
        scene = []
        for _ in range(3):
            drive_on(simulator)
            ego = simulator.ego()
            scene.append((ego.x, ego.y, ego.yaw, ego.speed, columns(simulator.objects())))
        scenes.append(scene)
    assert scenes[0] == scenes[2] != scenes[1]


def test_messages_are_in_ros_conventions(simulator):
    simulator.reset(0)
    objects = simulator.objects()
    assert len(objects) == 20 and len(set(objects.id.tolist())) == 20
    # Three lanes from 0 m to -8 m: to the right of the origin.
    assert set(objects.y.tolist()) == {0.0, -4.0, -8.0}
    assert (objects.vx > 15.0).all() and (objects.length == 5.0).all()
    assert (objects.width == 2.0).all()
    before = simulator.ego()
    assert before.yaw_rate == 0.0
    simulator.tick(before.speed, 0.1, KEEP)
    after = simulator.ego()
    assert after.yaw == pytest.approx(0.1 * 0.2) and after.yaw_rate == pytest.approx(0.1)
    assert after.y > before.y and after.speed == before.speed


def test_obstacles_are_objects_too():
    simulator = TickSimulator('merge-v0')
    simulator.reset(0)
    objects = simulator.objects()
    assert len(objects) == 5
    assert (objects.x[-1], objects.vx[-1], objects.length[-1]) == (310.0, 0.0, 2.0)
    simulator.close()


def test_a_crash_ends_the_episode_at_the_end_of_its_decision():
    simulator = TickSimulator('highway-fast-v0')
    simulator.reset(0)
    ticks = 0
    while not simulator.done:
        simulator.tick(39.0, 0.0, KEEP)
        ticks += 1
    result = simulator.episode()
    assert result.crashed and ticks == 5 * result.length < 150
    simulator.close()


@pytest.mark.parametrize(('speed', 'yaw_rate', 'decision'), [
    (math.nan, 0.0, KEEP), (20.0, math.inf, KEEP),
    (20.0, 0.0, Decision(1, 1, math.nan)),
    (20.0, 0.0, Decision(1, 3, 25.0)), (20.0, 0.0, Decision(1, -1, 25.0)),
    (20.0, 0.0, Decision(1, 1, 25.0, target_segment=1)),
])
def test_commands_that_make_no_sense_are_refused_and_nothing_moves(
        simulator, speed, yaw_rate, decision):
    simulator.reset(0)
    before = simulator.ego()
    with pytest.raises(DrlPruneError):
        simulator.tick(speed, yaw_rate, decision)
    assert simulator.ego() == before


@pytest.mark.usefixtures('same_traffic')
@pytest.mark.parametrize('task', [
    'no-such-env-v0', 'CartPole-v1', 'racetrack-v0', 'intersection-v0', 'parking-v0',
    'roundabout-v0',
])
def test_other_environments_are_refused(task):
    with pytest.raises(DrlPruneError):
        TickSimulator(task)


def test_frames():
    simulator = TickSimulator('highway-fast-v0', render=True)
    simulator.reset(0)
    before = simulator.frame()
    for _ in range(5):
        drive_on(simulator)
    after = simulator.frame()
    assert before.dtype == np.uint8 and before.shape == after.shape == (150, 600, 3)
    assert (before != after).any()
    simulator.close()
