# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
The baselines `magnitude-neurons` and `random-neurons`: the engine of DSP, with its wits off.

Neurons leave by the norm of their weights, or by lot, on the cubic baseline's part of the run;
nothing shrinks them before, nothing makes up for them but training, and nobody asks for skill.
"""

from collections.abc import Mapping
from typing import Any

from drl_prune_ros.pruning.methods.dsp.settings import DSPSettings
from drl_prune_ros.pruning.methods.magnitude import RAMP, TAUGHT_RAMP
from drl_prune_ros.training.settings import RESTART_SHARE

WITS_OFF: dict[str, Any] = {
    'strength': 0.0, 'rollback': None, 'refit': False, 'recovery_steps': 0, 'anchor': 0.0,
    'regrowth': False, 'warm_up': 0}


def neuron_settings(importance: str, entry: Mapping[str, Any], taught: bool,
                    **overrides: Any) -> DSPSettings:
    """
    Return DSP's settings for a baseline that ranks by `importance`, 'magnitude' or 'random'.

    :param entry: steps, target and what else the catalogue has for the baseline.
    :param taught: whether the run starts from a teacher, whose dense phase lies behind.
    """
    ramp = TAUGHT_RAMP if taught else RAMP
    # A straight fall to 0 passes 1 - start when the ramp starts.
    rate = RESTART_SHARE if taught else 1.0 - ramp[0]
    defaults = {'ramp': ramp, 'rate_at_ramp': rate, 'verdicts': 24, 'importance': importance}
    return DSPSettings.from_dict({**defaults, **WITS_OFF, **entry}, **overrides)
