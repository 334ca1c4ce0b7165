# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Which policies of a run are good enough to be deployed."""

from pathlib import Path

import numpy as np

from drl_prune_ros.pruning.acceptance import near_its_best
from drl_prune_ros.tasks.evaluation import Episodes
from drl_prune_ros.training.run_folder import RunFolder


def played(returned: float) -> Episodes:
    values = np.full(3, returned)
    return Episodes('t', 'envpool', np.arange(3), values, values, None, None)


def test_without_a_reference_a_run_is_measured_by_its_own_best(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path / 'run', {'task': 't'}, 1)
    for returned in (-500.0, 400.0, 500.0, 300.0):
        run.log(step=1, guard_return=returned)
    run.log(step=2, judged_return=9000.0)
    acceptable = near_its_best(run, 0.02)
    assert acceptable(played(480.0)) and acceptable(played(600.0))
    assert not acceptable(played(479.9))
