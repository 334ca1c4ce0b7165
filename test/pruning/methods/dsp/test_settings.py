# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Settings of pruning: read by name, and turned off one by one."""

from dataclasses import fields, replace
from typing import Any

import pytest

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.pruning.methods.dsp.budget import RollbackSettings
from drl_prune_ros.pruning.methods.dsp.settings import DSPSettings
from drl_prune_ros.tasks.catalogue import load_task, task_names

PLAIN = {'total_steps': 1000, 'target_weights': 90}


@pytest.mark.parametrize('name', task_names())
def test_what_the_catalogue_says_is_read_and_round_trips(name: str) -> None:
    for method, entry in load_task(name).prune.items():
        if method not in ('dsp', 'dsp-teacher'):
            continue
        known = {field.name for field in fields(DSPSettings)}
        settings = DSPSettings.from_dict(
            {'total_steps': 1000, **{k: v for k, v in entry.items() if k in known}})
        assert DSPSettings.from_dict(settings.to_dict()) == settings


def test_arguments_stand_above_the_catalogue() -> None:
    settings = DSPSettings.from_dict(
        {**PLAIN, 'ramp': [0.1, 0.4], 'rollback': {'hold_below': 0.5}},
        target_weights=70, total_steps=None)
    assert (settings.target_weights, settings.total_steps) == (70, 1000)
    assert settings.ramp == (0.1, 0.4)
    assert settings.rollback == RollbackSettings(hold_below=0.5)


@pytest.mark.parametrize('part', DSPSettings.ABLATIONS)
def test_every_part_can_be_turned_off_alone(part: str) -> None:
    settings = DSPSettings.from_dict(PLAIN)
    off = settings.without([part])
    changed = {field.name for field in fields(DSPSettings)
               if getattr(off, field.name) != getattr(settings, field.name)}
    assert changed == set(DSPSettings.ABLATIONS[part])
    assert DSPSettings.from_dict(off.to_dict()) == off
    assert settings.without([]) == settings


@pytest.mark.parametrize(('change', 'message'), [
    ({'ramp': [0.8, 0.2]}, 'the ramp must lie'), ({'ramp': [-0.1, 0.2]}, 'the ramp must lie'),
    ({'strenght': 1}, 'strenght'), ({'rollback': {'hold': 1}}, 'hold'),
    ({'max_skill_loss': 1.0}, 'skill loss must lie'), ({'max_skill_loss': -0.1}, 'skill loss'),
    ({'importance': 'beauty'}, 'choose from policy, magnitude, random'),
])
def test_bad_settings_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(DrlPruneError, match=message) as refused:
        DSPSettings.from_dict({**PLAIN, **change})
    assert '\n' not in str(refused.value)


@pytest.mark.parametrize(('importance', 'decisions', 'least'), [
    ('policy', 30, 1 + 1 + 5), ('policy', 12, 13 + 1 + 5),   # an input a cut leaves
    ('magnitude', 30, 25 + 1 + 5), ('random', 30, 25 + 1 + 5)])   # no input ever does
def test_a_target_out_of_reach_is_refused(importance: str, decisions: int, least: int) -> None:
    widths = (25, 256, 256, 5)
    settings = DSPSettings(1000, least, importance=importance, decisions=decisions)
    settings.check_target(widths)
    message = rf'below one unit per layer.*\({least} weights'
    with pytest.raises(DrlPruneError, match=message) as why:
        replace(settings, target_weights=least - 1).check_target(widths)
    assert '\n' not in str(why.value)
