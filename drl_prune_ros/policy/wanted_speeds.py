# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The speeds that a policy can want, by the contract of its actions."""

from __future__ import annotations

from drl_prune_ros.policy.contracts import ActionContract


def wanted_speeds(contract: ActionContract) -> str:
    """Return in a few words which speeds a policy can want; '' where it drives no vehicle."""
    speeds = contract.target_speeds
    if speeds:
        return f'{speeds[0]:g} to {speeds[-1]:g} m/s' if len(speeds) > 1 else f'{speeds[0]:g} m/s'
    if contract.kind != 'continuous' or 'steering' not in contract.names:
        return ''
    if 'acceleration' in contract.names:
        return 'any speed, by its acceleration'
    return 'the speed that is measured on ~/engage'


def slowest_wanted(contract: ActionContract) -> float | None:
    """Return the lowest target speed of a policy, m/s; None where it may want any."""
    return contract.target_speeds[0] if contract.target_speeds else None
