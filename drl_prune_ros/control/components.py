# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Continuous actions that are no motion of a vehicle: their components are passed on by name."""

from __future__ import annotations

import numpy as np

from drl_prune_ros.control.command import ComponentCommand, Components, ContinuousDecision
from drl_prune_ros.control.faults import PolicyFailed
from drl_prune_ros.perception.driving_context import DrivingContext
from drl_prune_ros.perception.road import Road
from drl_prune_ros.perception.scene import Ego
from drl_prune_ros.policy.contracts import ActionContract, check_action
from drl_prune_ros.policy.runtime import Action


def read_components(contract: ActionContract, action: Action) -> ContinuousDecision:
    """
    Return an action as named numbers, clipped to the bounds of its contract.

    Raises PolicyFailed where it is not one finite number for each name.
    """
    try:
        values = np.asarray(action, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise PolicyFailed(f'the network gave no action: {error}') from error
    if values.shape != (contract.size,) or not np.isfinite(values).all():
        raise PolicyFailed(
            f'the network gave no finite number for each of {", ".join(contract.names)}')
    clipped = np.clip(values, contract.low, contract.high)
    return ContinuousDecision(contract.names, tuple(clipped.tolist()))


class ComponentControl:
    """Passes actions of kind 'continuous' on, by name and in their units; see low_level."""

    needs_road = False
    needs_ego = False

    def __init__(self, contract: ActionContract) -> None:
        check_action(contract, kinds=('continuous',))
        self._contract = contract
        self.guard = ComponentGuard(contract)
        self.reset()

    def check_road(self, road: Road, curvature: float) -> None:
        """Do nothing: what the components do to the vehicle is not known."""

    def reset(self) -> None:
        """Forget the last action."""
        self._decision = ContinuousDecision((), ())

    def begin(self, context: DrivingContext) -> None:
        """Do nothing: there is no state to begin with."""

    def decide(self, action: Action, context: DrivingContext) -> None:
        """Take an action, a number for each name."""
        self._decision = read_components(self._contract, action)

    def command(self, context: DrivingContext, decided: bool) -> ComponentCommand:
        """Return the last action."""
        return ComponentCommand(
            self._decision.names, self._decision.values, stamp_ns=context.ego.stamp_ns,
            decision=self._decision, decided=decided)


class ComponentGuard:
    """
    Keeps components within the bounds of their contract; see control.envelope.

    What they do to the vehicle is not known here: a stop sets each of them at once to 0, or to the
    bound nearest to it.
    """

    def __init__(self, contract: ActionContract) -> None:
        check_action(contract, kinds=('continuous',))
        self._stop = Components(
            contract.names, tuple(np.clip(
                np.zeros(contract.size), contract.low, contract.high).tolist()))

    @property
    def keeps_distance(self) -> bool:
        """Return False: what the components do to the vehicle is not known."""
        return False

    @property
    def braking(self) -> str:
        """Return '': it brakes for nothing."""
        return ''

    def begin(self, ego: Ego) -> Components:
        """Return the components to start from."""
        return self._stop

    def follow(
        self, last: Components, wanted: ComponentCommand, period_s: float, seconds: float,
    ) -> ComponentCommand:
        """Return `wanted`: read_components has clipped it to its bounds."""
        return wanted

    def locate(self, context: DrivingContext, received_ns: int) -> None:
        """Do nothing: what the components do to the vehicle is not known."""

    def hold(self, last: Components, seconds: float, now_ns: int) -> Components:
        """Return what was commanded last, unchanged."""
        return Components(last.names, last.values)

    def brake(
        self, last: Components, emergency: bool, seconds: float, now_ns: int,
    ) -> Components:
        """Return 0 for each component."""
        return self._stop

    def final_stop_command(self, last: Components, seconds: float, now_ns: int) -> Components:
        """Return 0 for each component."""
        return self._stop

    def stands(self, motion: Components) -> bool:
        """Return whether each component is 0."""
        return motion.values == self._stop.values
