# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Episodes on the compiled highway are those of highway-env."""

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


def test_what_it_cannot_run_is_refused_by_name() -> None:
    runtime = load_runtime(models_dir() / 'intersection-v0-distilled.onnx')
    with pytest.raises(DrlPruneError, match='no TupleObservation'):
        evaluate_policy(runtime, load_task('intersection-v0'), 0, 1, 'compiled')
    with pytest.raises(DrlPruneError, match="cannot be evaluated on 'compiled'"):
        load_task('CartPole-v1').engine_id('compiled')
