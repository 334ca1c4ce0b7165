# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
from drl_prune_ros.control.guard_counts import GuardCounts


def test_how_often_it_acts():
    counts = GuardCounts()
    for guarded in (False, True, True, False, True):
        counts.note(guarded)
    assert (counts.ticks, counts.guarded, counts.interventions) == (5, 3, 2)
    assert counts.acting and counts.share == 0.6
    assert GuardCounts().share == 0.0
