# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The floor is the best baseline policy on the final seeds, not the luckiest one before."""

import numpy as np
import pytest

from drl_prune_ros.reporting import reference
from drl_prune_ros.tasks.catalogue import load_seeds, load_task
from drl_prune_ros.tasks.evaluation import Episodes
from drl_prune_ros.tasks.floor import BaselinePolicy


def baseline(name: str, returns: list[float]) -> BaselinePolicy:
    values = np.array(returns)
    return BaselinePolicy(name, Episodes(
        task='a task', engine='gymnasium', seeds=np.arange(len(values)), returns=values,
        lengths=np.ones(len(values), dtype=np.int64), crashed=None, speeds=None))


def test_a_lucky_baseline_policy_is_not_the_floor(monkeypatch: pytest.MonkeyPatch) -> None:
    short = [baseline('LUCKY', [0.0, 10.0, 10.0, 10.0]), baseline('STEADY', [7.0] * 4),
             baseline('BAD', [-50.0, -50.1, -50.0, -50.0])]
    final = {'LUCKY': baseline('LUCKY', [0.0, 10.0] * 3), 'STEADY': baseline('STEADY', [7.0] * 6)}
    monkeypatch.setattr(reference, 'baseline_policies', lambda *arguments: short)

    def play(task: object, name: str, engine: str, first_seed: int,
             episodes: int) -> BaselinePolicy:
        assert first_seed == load_seeds()['final'].first
        return final[name]   # BAD has no business here

    monkeypatch.setattr(reference, 'play_baseline', play)
    floor = reference.measure_floor(load_task('roundabout-v0'), 'gymnasium', 6)
    assert (floor['policy'], floor['return_mean']) == ('STEADY', 7.0)
    assert floor['others'] == {'LUCKY': 7.5, 'BAD': pytest.approx(-50.025)}
