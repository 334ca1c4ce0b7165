# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The price of a crash: the learner pays it, evaluation does not see it."""

import numpy as np
import pytest

from drl_prune_ros.tasks.catalogue import load_task
from drl_prune_ros.tasks.gymnasium_env import make_vec_env
from drl_prune_ros.training.crash_penalty import CrashPenalty


def test_only_the_step_of_a_crash_costs() -> None:
    task = load_task('highway-fast-v0')
    plain, priced = make_vec_env(task, 4, 9), CrashPenalty(make_vec_env(task, 4, 9), 5.0)
    crashes = 0
    observed = [env.reset() for env in (plain, priced)]
    assert np.array_equal(*observed)
    for _ in range(120):
        actions = np.full(4, 3)   # FASTER
        first, rewards, dones, infos = plain.step(actions)
        second, priced_rewards, priced_dones, priced_infos = priced.step(actions)
        assert np.array_equal(first, second)
        assert np.array_equal(dones, priced_dones)
        for i in range(4):
            crashed = bool(infos[i].get('crashed'))
            assert priced_rewards[i] == pytest.approx(rewards[i] - 5.0 * crashed)
            if dones[i]:
                assert infos[i]['episode'] == priced_infos[i]['episode']
                crashes += crashed
    assert crashes > 3
    plain.close()
    priced.close()
