# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Settings that no round of PoPS could be done with are refused."""

from typing import Any

import pytest

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.pruning.methods.pops.settings import PopsSettings
from drl_prune_ros.tasks.catalogue import load_task


@pytest.mark.parametrize(('settings', 'message'), [
    ({'total_steps': 0}, 'total_steps must be at least 1, got 0'),
    ({'total_steps': 60}, '60 steps are too few for the students of a round'),
    ({'max_skill_loss': 1.0}, 'max_skill_loss must lie between 0 and 1'),
    ({'teacher_regularization': -1.0}, 'teacher_regularization must be at least 0, got -1.0'),
    ({'tolerance': float('nan')}, 'tolerance must lie between 0 and 1'),
    ({'distillation': {'rounds': 2}}, 'needs more than 2 rounds, got 2'),
    ({'distillation': {'restarts': 0}}, 'restarts must be above 0'),
    ({'crashes': {'crash_share': 1.0}}, 'crashes: crash_share must lie between 0 and 1'),
    ({'crashes': {'replays': -1}}, 'crashes: replays must be at least 0, got -1'),
    ({'crashes': {'steps': 0}}, 'crashes: steps must be above 0'),
    ({'crashes': {'minibatches': 0}}, 'crashes: minibatches must be above 0'),
    ({'crashes': {'window': 8}}, "crashes: unknown name 'window', choose from replays"),
    ({'distilation': {}}, "pops settings: unknown name 'distilation'")])
def test_what_cannot_shrink_anything_is_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(DrlPruneError, match=message) as refused:
        PopsSettings.from_dict({'total_steps': 1_000_000, **settings})
    assert '\n' not in str(refused.value)


def test_what_the_catalogue_says_is_read() -> None:
    entry = load_task('highway-fast-v0').prune['pops']
    settings = PopsSettings.from_dict(entry, total_steps=1_000_000)
    assert settings.distillation.minibatches == entry['distillation']['minibatches'] == 40_000
    assert settings.validation_episodes == 3000
    assert settings.crashes.replays == entry['crashes']['replays'] == 1
    assert settings.crash_steps == 250_000
    assert PopsSettings.from_dict(entry, total_steps=6_000_000).crash_steps == 900_000


def test_parts_are_turned_off() -> None:
    settings = PopsSettings(total_steps=100_000).without(PopsSettings.ABLATIONS)
    assert not settings.rl and not settings.teacher_regularization
    assert settings.distillation.restarts == 1
    assert not settings.shape_trials and not settings.distillation.dagger
    assert not settings.crashes.replays


def test_a_round_leaves_steps_for_the_next() -> None:
    assert PopsSettings(total_steps=1_000_000).states == 40_000
    assert PopsSettings(total_steps=20_000).states == 5000
