# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Runs of version 1 are read with the words of version 2."""

from drl_prune_ros.pruning.methods.dsp.settings import DSPSettings
from drl_prune_ros.pruning.methods.gst.settings import GSTSettings
from drl_prune_ros.pruning.methods.pops.settings import PopsSettings
from drl_prune_ros.pruning.registry import methods
from drl_prune_ros.training.run_versions import FORMER_PARTS, upgraded, upgraded_row

DSP_OF_1 = {
    'total_steps': 4096, 'target_weights': 60, 'max_skill_loss': 0.03, 'ramp': [0.0, 0.6],
    'verdicts': 8, 'importance': 'policy', 'strength': 1e-4, 'refit': False, 'recovery_steps': 7,
    'recovered': 0.1, 'warm_up': 100, 'regrowth': True, 'rate_at_ramp': 0.2, 'anchor': 0.5,
    'surgery_share': 0.25, 'prune_critics': False, 'guard': {'hold_below': 0.5}}
POPS_OF_1 = {'total_steps': 100_000, 'guard_episodes': 9, 'audition': False, 'judgements': 6,
             'anchor': 0.0, 'crashes': {'lessons': 2}}


def config(method: str, pruning: dict) -> dict:
    return upgraded({'version': 1, 'method': method, 'pruning': pruning})


def test_settings_of_version_1_are_read() -> None:
    dsp = config('dsp-teacher-without-guard-without-anchor', DSP_OF_1)
    assert dsp['method'] == 'dsp-teacher-without-rollback-without-teacher-regularizer'
    settings = DSPSettings.from_dict(dsp['pruning'])
    assert (settings.decisions, settings.reconstruction) == (8, False)
    assert (settings.distillation_steps, settings.distillation_divergence) == (7, 0.1)
    assert settings.teacher_regularization == 0.5
    assert settings.rollback and settings.rollback.hold_below == 0.5
    pops = PopsSettings.from_dict(config('pops-without-audition', POPS_OF_1)['pruning'])
    assert (pops.validations, pops.validation_episodes, pops.shape_trials) == (6, 9, False)
    assert pops.crashes.replays == 2 and not pops.teacher_regularization
    gst = {'total_steps': 9, 'block_sizes': [1, 8, 1], 'creep': 0.5, 'decisions': 3}
    assert GSTSettings.from_dict(config('gst', gst)['pruning']).slow_rate == 0.5


def test_figures_of_version_1_are_read() -> None:
    row = {'step': 3, 'guard_return': 1.0, 'verdict': 'hold', 'recovery_seconds': 2.0}
    assert upgraded_row(row) == {'step': 3, 'validation_return': 1.0, 'decision': 'hold',
                                 'reconstruction_seconds': 2.0}


def test_what_parts_were_called_leads_to_what_they_are_called() -> None:
    known = {part for method in methods().values() for part in method.ablations}
    assert set(FORMER_PARTS.values()) <= known
    assert not known & set(FORMER_PARTS)
