# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What becomes of the speeds that highway-env's lidar tells."""

import numpy as np
import pytest

from drl_prune_ros.policy.contracts import ObservationContract
from drl_prune_ros.tasks.catalogue import load_task
from drl_prune_ros.tasks.gymnasium_env import make_gymnasium_env
from drl_prune_ros.tasks.lidar_speeds import has_lidar_speeds, LidarSpeeds

pytestmark = pytest.mark.usefixtures('same_traffic')

CONTRACT = ObservationContract(
    kind='vector', shape=(5,), features=('x', 'distance_0', 'speed_0', 'distance_1', 'speed_1'),
    units=('m', 'm', 'm/s', 'm', 'm/s'),
    ranges=((-9.0, 9.0), (-60.0, 60.0), (-20.0, 20.0), (-60.0, 60.0), (-20.0, 20.0)),
    normalized=True, clip=True, frame='none', rate_hz=1, control_rate_hz=15)


@pytest.mark.parametrize(('seen', 'speed'), [
    ((0.5, 0.1), 0.3),      # 6 m/s
    ((0.5, -0.5), -1.0),    # 30 m/s is beyond the range
    ((1.0, 1.0), 0.0),      # nothing within the reach
])
def test_speeds_have_a_range_of_their_own_and_empty_directions_none(
        seen: tuple[float, float], speed: float) -> None:
    observation = np.array([0.2, *seen, 0.9, 0.0], np.float32)
    before = observation.copy()
    shown = LidarSpeeds(CONTRACT)(observation)
    assert shown == pytest.approx([0.2, seen[0], speed, 0.9, 0.0])
    assert np.array_equal(observation, before)
    assert np.array_equal(LidarSpeeds(CONTRACT)(np.stack([before, before])), [shown, shown])


def test_intersection_v0_shows_them_so() -> None:
    task = load_task('intersection-v0')
    assert has_lidar_speeds(task.observation)
    seen, _ = make_gymnasium_env(task).reset(seed=0)
    distances, speeds = seen[8::2], seen[9::2]
    empty = distances >= 1.0
    assert empty.any() and not empty.all()
    assert not speeds[empty].any() and speeds[~empty].any()


@pytest.mark.parametrize('name', ['highway-fast-v0', 'racetrack-v0', 'Hopper-v3'])
def test_other_tasks_have_none(name: str) -> None:
    assert not has_lidar_speeds(load_task(name).observation)
