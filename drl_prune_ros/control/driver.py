# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The driver: sensor data in, one command out, at the control rate."""

from __future__ import annotations

from drl_prune_ros.control.command import Command
from drl_prune_ros.control.profile import VehicleProfile
from drl_prune_ros.perception.road import Road
from drl_prune_ros.perception.scene import Ego, Objects
from drl_prune_ros.policy.runtime import PolicyRuntime


class Driver:
    """
    Drives a vehicle with a policy.

    Raises DrlPruneError at construction when the policy is not one that this driver can drive
    with (kinematics observation, discrete_meta action, a whole number of control ticks a
    decision).
    """

    def __init__(self, runtime: PolicyRuntime, profile: VehicleProfile) -> None:
        raise NotImplementedError

    @property
    def ready(self) -> bool:
        """Whether a road is known, so that step may be called."""
        raise NotImplementedError

    @property
    def period_s(self) -> float:
        """Return the control period, seconds: 1 / control_rate_hz of the manifest."""
        raise NotImplementedError

    def set_road(self, road: Road) -> None:
        """
        Take a road description.

        The same description again changes nothing; another one clears the control state. Raises
        RoadError when the policy was made for another number of lanes.
        """
        raise NotImplementedError

    def reset(self) -> None:
        """Forget the control state; the road stays. The next step decides afresh."""
        raise NotImplementedError

    def step(self, ego: Ego, objects: Objects) -> Command:
        """
        Return the command that answers one complete set of inputs of one stamp.

        The network runs on the first call after a reset and on every n-th one from there; control
        on each. The stamp of the previous call again gives the previous command again. A stamp
        that goes back, or a position far from where the speed could have led, clears the state
        first. Raises InvalidInput, never returns a command that is not finite.
        """
        raise NotImplementedError
