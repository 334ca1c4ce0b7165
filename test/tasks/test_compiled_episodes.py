# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Episodes on the compiled highway are those of highway-env."""

from dataclasses import replace

import numpy as np
import pytest

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.policy.runtime import load_runtime
from drl_prune_ros.resources import models_dir
from drl_prune_ros.tasks.catalogue import load_task
from drl_prune_ros.tasks.evaluation import evaluate_policy


@pytest.mark.parametrize(('name', 'task', 'episodes'), [
    ('highway-fast-v0-dsp', 'highway-fast-v0', 4), ('merge-v0-dsp', 'merge-v0', 6),
    ('roundabout-v0-distilled', 'roundabout-v0', 4)])
def test_a_policy_plays_the_same_episodes(name: str, task: str, episodes: int) -> None:
    runtime = load_runtime(models_dir() / f'{name}.onnx')
    there, here = (evaluate_policy(runtime, load_task(task), 40, episodes, engine)
                   for engine in ('gymnasium', 'compiled'))
    # numpy's last bits depend on the processor.
    assert np.allclose(there.returns, here.returns, atol=1e-3)
    assert np.array_equal(there.lengths, here.lengths)
    assert np.array_equal(there.crashed, here.crashed)
    assert np.allclose(there.speeds, here.speeds, atol=1e-3)
    assert here.engine == 'compiled'


def test_what_cannot_be_compiled_runs_on_highway_env(capsys: pytest.CaptureFixture) -> None:
    task = replace(load_task('highway-fast-v0'), config={
        'other_vehicles_type': 'highway_env.vehicle.behavior.DefensiveVehicle', 'duration': 3})
    runtime = load_runtime(models_dir() / 'highway-fast-v0-dsp.onnx')
    episodes = evaluate_policy(runtime, task, 0, 1, 'compiled')
    assert (episodes.engine, len(episodes)) == ('gymnasium', 1)
    said = capsys.readouterr().err
    assert 'no traffic of highway_env.vehicle.behavior.DefensiveVehicle: highway-env' in said
    assert said.count('\n') == 1


def test_only_driving_tasks_have_a_compiled_form() -> None:
    with pytest.raises(DrlPruneError, match="cannot be evaluated on 'compiled'"):
        load_task('CartPole-v1').engine_id('compiled')
