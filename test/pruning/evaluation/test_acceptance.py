# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Which policies of a run are good enough to be deployed."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from stable_baselines3.common.base_class import BaseAlgorithm

from drl_prune_ros.pruning.evaluation.acceptance import acceptance, near_its_best
from drl_prune_ros.tasks.evaluation import Act, Episodes
from drl_prune_ros.tasks.skill import Reference
from drl_prune_ros.training.networks.mlp import actor_of
from drl_prune_ros.training.run_folder import RunFolder
from drl_prune_ros.training.selection import save_candidate

reference = Reference('t', 'envpool', 0.0, 'SLOWER', 0.0, 20.0, 10.0, 0.0, 0.01, 1000)


def played(returned: float) -> Episodes:
    values = np.full(3, returned)
    return Episodes('t', 'envpool', np.arange(3), values, values, None, None)


def driven(returned: float, crashes: int) -> Episodes:
    values = np.full(1000, returned)
    return Episodes(
        't', 'envpool', np.arange(1000), values, values, np.arange(1000) < crashes, values)


def test_without_a_reference_a_run_is_measured_by_its_own_best_on_fresh_seeds(
        tmp_path: Path, make_model: Callable[..., BaseAlgorithm]) -> None:
    run, model = RunFolder.create(tmp_path / 'run', {'task': 't'}, 1), make_model('ppo')
    bias = actor_of(model).linears[-1].bias
    for step, returned in enumerate((-500.0, 900.0, 300.0)):
        run.log(step=step, validation_return=returned)
        bias.data[:] = 0.0
        bias.data[step % 2] = 1e6
        save_candidate(run.best / f'{step:012d}', model, played(returned))
    run.log(step=3, validation_return=9000.0)

    def play(act: Act) -> Episodes:
        # The candidate that flattered itself chooses action 1.
        assert act(np.zeros((1, 4), np.float32)) == [1]
        return played(500.0)

    margin = near_its_best(run, play, 0.02)
    assert margin(played(480.0)) >= 0.0 and margin(played(600.0)) >= 0.0
    assert margin(played(479.9)) < 0.0


def test_who_allows_less_skill_to_go_allows_fewer_crashes() -> None:
    for loss, most in ((0.03, 15), (0.06, 15), (0.012, 12)):
        margin = acceptance(reference, loss)
        assert margin(driven(10.0, most)) >= 0.0 > margin(driven(10.0, most + 1))


def test_of_skill_and_crashes_the_one_that_is_worse_counts() -> None:
    margin = acceptance(reference, 0.03)
    assert margin(driven(9.9, 10)) == pytest.approx(2 / 3)
    assert margin(driven(10.0, 14)) == pytest.approx(0.2)
    # Fast and careless is no better than slow.
    assert margin(driven(10.5, 17)) == pytest.approx(-0.4)
    assert margin(driven(9.6, 10)) == pytest.approx(-1 / 3)
