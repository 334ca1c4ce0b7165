# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What every test that talks over ROS 2 needs: this machine only, and no logs left behind."""

from collections.abc import Callable, Iterator
import math
import os
from pathlib import Path

from hypothesis import settings
import pytest

from drl_prune_ros.benchmark.node_process import DISCOVERY_VARIABLES

pytest_plugins = ['missing_workshop', 'reaction_table']

# UDP alone: shared memory leaves files behind when a test ends a process the hard way.
for _name in DISCOVERY_VARIABLES:
    os.environ.pop(_name, None)
os.environ.update({
    'FASTDDS_BUILTIN_TRANSPORTS': 'UDPv4',
    'ROS_AUTOMATIC_DISCOVERY_RANGE': 'LOCALHOST',
    'MPLBACKEND': 'Agg',
    'SDL_VIDEODRIVER': 'dummy',
    # The networks are small: threads would only wait for each other, long on a busy machine.
    'OMP_NUM_THREADS': '1',
})

# pytest --hypothesis-profile=thorough is for a change to what guards a vehicle.
settings.register_profile('default', max_examples=200, deadline=None)
settings.register_profile('thorough', max_examples=100_000, deadline=None)
settings.load_profile('default')


@pytest.fixture(scope='session')
def outside() -> Callable[..., list[str]]:
    """
    Return a function that names what a step between two motions breaks; none is good.

    It says what a vehicle profile means, apart from the code that keeps to it. It is given the
    profile, both motions, and the seconds between them.
    """
    import numpy as np

    slack = 1e-9

    def outside(profile, before, after, seconds):
        numbers = after.speed, after.acceleration, after.steering, after.yaw_rate
        if not all(map(math.isfinite, numbers)):
            return ['finite']
        if profile.limits is None:
            return []
        points = profile.limits.points

        def limit(name, speed):
            return np.interp(
                abs(speed), profile.limits.speed, [getattr(point, name) for point in points])
        sign = -1.0 if before.speed < 0.0 else 1.0
        gain = (after.speed - before.speed) * sign
        was, now = before.acceleration * sign, after.acceleration * sign
        # Of a vehicle that stands it is what the brakes hold, which may be let go at once.
        least_was, most_was = (was, was) if before.speed else (min(was, 0.0), max(was, 0.0))
        least, most = -limit('deceleration', before.speed), limit('acceleration', before.speed)
        jerk = limit('jerk', before.speed) * seconds
        turn = abs(after.steering - before.steering)
        kept = {
            'speed': profile.min_speed <= after.speed <= profile.max_speed,
            'gain of speed': least * seconds - slack <= gain <= most * seconds + slack,
            'acceleration': least - slack <= now <= most + slack,
            # What gains speed may be let go at once, and jerk gives way to the other limits.
            'jerk': (
                now >= min(min(least_was, 0.0) - jerk, most) - slack
                and now <= max(most_was + jerk, least) + slack),
            'steering': abs(after.steering) <= limit('steering', after.speed) + slack,
            'steering rate': turn <= limit('steering_rate', before.speed) * seconds + slack,
            'lateral acceleration': (
                abs(after.speed * after.yaw_rate)
                <= limit('lateral_acceleration', after.speed) + slack),
        }
        return [name for name, good in kept.items() if not good]
    return outside


@pytest.fixture(scope='session', autouse=True)
def ros_log_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keep the logs of nodes out of the home folder."""
    folder = tmp_path_factory.mktemp('ros_log')
    os.environ['ROS_LOG_DIR'] = str(folder)
    return folder


@pytest.fixture(autouse=True)
def same_traffic(traffic: tuple[type, dict[str, object]] | None) -> Iterator[None]:
    """Undo what highway-env's intersection-v0 changes for every other task of the process."""
    yield
    if traffic is not None:
        vehicle, values = traffic
        for name, value in values.items():
            setattr(vehicle, name, value)


@pytest.fixture(scope='session')
def traffic() -> tuple[type, dict[str, object]] | None:
    """Return the class of highway-env's traffic and its constants, as nobody has changed them."""
    try:
        from highway_env.vehicle.behavior import IDMVehicle
    except ImportError:
        return None
    return IDMVehicle, {name: getattr(IDMVehicle, name) for name in (
        'DISTANCE_WANTED', 'COMFORT_ACC_MAX', 'COMFORT_ACC_MIN')}


@pytest.fixture(scope='session')
def highway_policy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """
    Write a policy of random weights for highway-fast-v0; it crashes on some seeds.

    Without the workshop, which writes policies, it is a shipped one.
    """
    from missing_workshop import missing
    import numpy as np

    from drl_prune_ros.resources import models_dir

    if {'gymnasium', 'onnx'}.intersection(missing()):
        return models_dir() / 'highway-fast-v0-dsp.onnx'
    from drl_prune_ros.policy.manifest import dense_widths, Manifest
    from drl_prune_ros.policy.network import MlpNetwork
    from drl_prune_ros.policy.policy_file import write_policy
    from drl_prune_ros.tasks.catalogue import load_task

    task, random = load_task('highway-fast-v0'), np.random.default_rng(3)
    network = MlpNetwork(
        layers=(
            (random.normal(size=(16, 25)), random.normal(size=16)),
            (random.normal(size=(5, 16)), random.normal(size=5))),
        activation='tanh', output='argmax')
    manifest = Manifest(
        task.id, task.observation, task.action, widths=(25, 16, 5),
        widths_dense=dense_widths(25, 5))
    path = tmp_path_factory.mktemp('policy') / 'random.onnx'
    write_policy(path, network, manifest)
    return path
