# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The driver: sensor data in, one command out, at the control rate."""

from __future__ import annotations

import math
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from drl_prune_ros.control.envelope import Guard
from drl_prune_ros.control.faults import PolicyFailed
from drl_prune_ros.control.low_level import make_control
from drl_prune_ros.control.profile import VehicleProfile
from drl_prune_ros.perception.driving_context import DrivingContext
from drl_prune_ros.perception.lane_network import LaneNetwork
from drl_prune_ros.perception.observer import make_observer
from drl_prune_ros.perception.road import Road, RoadError
from drl_prune_ros.perception.road_frame import RoadFrame
from drl_prune_ros.perception.scene import Ego, InvalidInput, OutsideContract
from drl_prune_ros.policy.manifest import Manifest

# A position this much farther away than the speed explains is another place, not a measurement
# error nor the shove of a collision.
JUMP_DISTANCE = 10.0   # metres


class Policy(Protocol):
    """What the driver needs of a policy; every runtime of drl_prune_ros.policy has it."""

    @property
    def manifest(self) -> Manifest:
        """What the policy sees and what its actions mean."""

    def act(self, observation: NDArray[np.float32]) -> Any:
        """Return the action, an int or floats (k,), for an observation, float32 (n,)."""


class Driver:
    """
    Drives a vehicle with a policy, by what its contracts say that it sees and does.

    components  whether actions that mean nothing to a vehicle may leave by their names
    on_road     whether there is no command where the vehicle is not on its road, nor near it

    Raises ContractError at construction when the policy is not one that it can drive with.
    """

    def __init__(
        self, runtime: Policy, profile: VehicleProfile, components: bool = False,
        on_road: bool = False,
    ) -> None:
        contract = runtime.manifest.observation
        self._runtime = runtime
        self._observer = make_observer(contract)
        self._period_s = 1 / contract.control_rate_hz
        self._control = make_control(
            runtime.manifest.action, profile, self._period_s, components)
        self._on_road = on_road
        self._ticks_per_decision = contract.ticks_per_decision
        self._lane_count = contract.options.get('lane_count')
        self._road: Road | None = None
        self._frame: RoadFrame | None = None
        self._network: LaneNetwork | None = None
        self.reset()

    @property
    def sensors(self) -> tuple[str, ...]:
        """Return the names of the readings that step takes, in order."""
        return self._observer.sensors

    @property
    def needs_road(self) -> bool:
        """Whether a road has to be known before step may be called."""
        return self._observer.needs_road or self._control.needs_road

    @property
    def needs_ego(self) -> bool:
        """Whether what step is told of the vehicle itself makes a difference."""
        return self._observer.needs_ego or self._control.needs_ego

    @property
    def guard(self) -> Guard:
        """Return what keeps the commands within bounds."""
        return self._control.guard

    @property
    def ready(self) -> bool:
        """Whether step may be called: a road is known where one is needed."""
        return self._road is not None or not self.needs_road

    @property
    def period_s(self) -> float:
        """Return the control period, seconds: 1 / control_rate_hz of the manifest."""
        return self._period_s

    def set_road(self, road: Road) -> None:
        """
        Take a road description.

        The same description again changes nothing; another one clears the control state. Raises
        RoadError when the policy was made for another number of lanes, and keeps the road it had.
        """
        if road == self._road:
            return
        if self._lane_count is not None and road.lane_count != self._lane_count:
            raise RoadError(
                f'the road has {road.lane_count} lanes, but the policy was trained on '
                f'{self._lane_count}: use a policy for this road')
        self._road, self._frame, self._network = road, road.frame(), road.network()
        self.reset()

    def reset(self) -> None:
        """Forget the control state; the road stays. The next step decides afresh."""
        self._control.reset()
        self._ticks = 0
        self._last: tuple[Ego, Any] | None = None

    def decide_next(self) -> None:
        """Have the network decide at the next step, whenever it did last."""
        self._ticks = 0

    def step(self, ego: Ego, *readings: Any) -> Any:
        """
        Return the command that answers one complete set of inputs of one stamp.

        readings are those of the sensors, in order. The network runs on the first call after a
        reset and on every n-th one from there; control on each. The stamp of the previous call
        again gives the previous command again. A stamp that goes back, or a position far from
        where the speed could have led, clears the state first. The command is a Command, or a
        ComponentCommand where actions leave by their names. Raises InvalidInput or one of its
        kin, OutsideContract and PolicyFailed; never returns a command that is not finite.
        """
        if not self.ready:
            raise InvalidInput('no road description has arrived yet')
        if self._last is not None:
            if ego.stamp_ns == self._last[0].stamp_ns:
                return self._last[1]
            if _jumped(self._last[0], ego):
                self.reset()
        context = DrivingContext(ego)
        if self._frame is not None:
            context = DrivingContext(self._frame.ego(ego), self._frame, self._network)
        try:
            command = self._answer(context, readings)
        except InvalidInput:
            if self._last is None:
                self.reset()   # nothing is targeted from where it begins with such input
            raise
        self._last = (ego, command)
        return command

    def _answer(self, context: DrivingContext, readings: tuple[Any, ...]) -> Any:
        self._observer.check(context.ego)
        if (self._on_road and context.network is not None
                and not context.network.near(context.ego.x, context.ego.y)):
            raise OutsideContract(
                'the vehicle is not on the road that it was given, but beside it, before its '
                'beginning or past its end')
        self._control.begin(context)
        decided = self._ticks % self._ticks_per_decision == 0
        if decided:
            observation = self._observer.observe(context, *readings)
            self._control.decide(self._act(observation.ravel()), context)
        self._ticks += 1
        command = self._control.command(context, decided)
        if not command.finite:
            self.reset()   # what has been targeted from such inputs means nothing
            raise PolicyFailed('the inputs are so large that no finite command answers them')
        return command

    def _act(self, observation: NDArray[np.float32]) -> Any:
        try:
            return self._runtime.act(observation)
        except Exception as error:   # whatever a runtime may do, the vehicle must not be left
            raise PolicyFailed(f'the network failed: {error}') from error


def _jumped(before: Ego, now: Ego) -> bool:
    """Whether the vehicle cannot have driven from one measurement to the next."""
    seconds = (now.stamp_ns - before.stamp_ns) * 1e-9
    if seconds < 0.0:
        return True
    reach = (abs(before.speed) + abs(now.speed)) * seconds + JUMP_DISTANCE
    return math.hypot(now.x - before.x, now.y - before.y) > reach
