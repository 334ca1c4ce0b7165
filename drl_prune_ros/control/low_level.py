# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What carries actions out: a low-level control for each kind of action."""

from __future__ import annotations

from typing import Any, Protocol

from drl_prune_ros.control.components import ComponentControl
from drl_prune_ros.control.direct_control import DirectControl
from drl_prune_ros.control.envelope import Guard
from drl_prune_ros.control.lane_following import LaneFollowing
from drl_prune_ros.control.profile import VehicleProfile
from drl_prune_ros.perception.driving_context import DrivingContext
from drl_prune_ros.policy.contracts import ActionContract, check_action
from drl_prune_ros.policy.errors import ContractError


class LowLevelControl(Protocol):
    """
    Turns the actions of a policy into commands, one each control tick.

    begin is called on every tick, decide on those on which the network ran, and command last.
    """

    @property
    def needs_road(self) -> bool:
        """Whether a road has to be known."""

    @property
    def needs_ego(self) -> bool:
        """Whether what is told of the vehicle itself makes a difference."""

    @property
    def guard(self) -> Guard:
        """What keeps its commands within bounds."""

    def reset(self) -> None:
        """Forget the control state."""

    def begin(self, context: DrivingContext) -> None:
        """Take what the control starts with from the first context after a reset."""

    def decide(self, action: Any, context: DrivingContext) -> None:
        """Take what the network answered; raises PolicyFailed where that is no action."""

    def command(self, context: DrivingContext, decided: bool) -> Any:
        """Return the Command or the ComponentCommand of this tick."""


def make_control(
    contract: ActionContract, profile: VehicleProfile, period_s: float, components: bool = False,
) -> LowLevelControl:
    """
    Return what carries the actions of a contract out.

    components  whether those that mean nothing to a vehicle may leave by their names

    Raises ContractError with the reason where nothing does.
    """
    check_action(contract, kinds=('continuous', 'discrete_meta'))
    if contract.kind == 'discrete_meta':
        return LaneFollowing(contract, profile, period_s)
    try:
        return DirectControl(contract, profile, period_s)
    except ContractError as error:
        if components:
            return ComponentControl(contract)
        raise ContractError(
            f'{error}: use another policy, or output_type vector, which passes the components on '
            f'by name') from error
