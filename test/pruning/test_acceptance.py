# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Which policies of a run are good enough to be deployed."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from stable_baselines3.common.base_class import BaseAlgorithm

from drl_prune_ros.pruning.acceptance import near_its_best
from drl_prune_ros.tasks.evaluation import Act, Episodes
from drl_prune_ros.training.actor import actor_of
from drl_prune_ros.training.run_folder import RunFolder
from drl_prune_ros.training.selection import save_candidate


def played(returned: float) -> Episodes:
    values = np.full(3, returned)
    return Episodes('t', 'envpool', np.arange(3), values, values, None, None)


def test_without_a_reference_a_run_is_measured_by_its_own_best_on_fresh_seeds(
        tmp_path: Path, make_model: Callable[..., BaseAlgorithm]) -> None:
    run, model = RunFolder.create(tmp_path / 'run', {'task': 't'}, 1), make_model('ppo')
    bias = actor_of(model).linears[-1].bias
    for step, returned in enumerate((-500.0, 900.0, 300.0)):
        run.log(step=step, guard_return=returned)
        bias.data[:] = 0.0
        bias.data[step % 2] = 1e6
        save_candidate(run.best / f'{step:012d}', model, played(returned))
    run.log(step=3, judged_return=9000.0)

    def judge(act: Act) -> Episodes:
        # The candidate that flattered itself chooses action 1.
        assert act(np.zeros((1, 4), np.float32)) == [1]
        return played(500.0)

    acceptable = near_its_best(run, judge, 0.02)
    assert acceptable(played(480.0)) and acceptable(played(600.0))
    assert not acceptable(played(479.9))
