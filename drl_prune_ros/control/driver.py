# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The driver: sensor data in, one command out, at the control rate."""

from __future__ import annotations

import math
from typing import Generic, Protocol

import numpy as np
from numpy.typing import NDArray

from drl_prune_ros.control.command import Command, ComponentCommand, Components, Motion
from drl_prune_ros.control.components import ComponentControl
from drl_prune_ros.control.envelope import CommandT, Guard, MotionT
from drl_prune_ros.control.faults import PolicyFailed
from drl_prune_ros.control.low_level import LowLevelControl, make_control, make_motion_control
from drl_prune_ros.control.profile import VehicleProfile
from drl_prune_ros.perception.chains import Chain
from drl_prune_ros.perception.driving_context import DrivingContext
from drl_prune_ros.perception.lane_network import LaneNetwork
from drl_prune_ros.perception.observer import make_observer
from drl_prune_ros.perception.readings import Reading
from drl_prune_ros.perception.road import Road, RoadError
from drl_prune_ros.perception.road_checks import check_place, RoadCheck
from drl_prune_ros.perception.road_coordinates import RoadCoordinates
from drl_prune_ros.perception.road_frame import RoadFrame
from drl_prune_ros.perception.scene import Ego, InvalidInput, Objects, OutsideContract
from drl_prune_ros.policy.manifest import Manifest
from drl_prune_ros.policy.runtime import Action

# A position this much farther away than the speed explains is a new start, not a measurement
# error nor the displacement of a collision.
JUMP_DISTANCE = 10.0   # meters


class Policy(Protocol):
    """What the driver needs of a policy; every runtime of drl_prune_ros.policy has it."""

    @property
    def manifest(self) -> Manifest:
        """What the policy sees and what its actions mean."""

    def act(self, observation: NDArray[np.float32]) -> Action:
        """Return the action, an int or floats (k,), for an observation, float32 (n,)."""


class Driver(Generic[MotionT, CommandT]):
    """
    Drives a vehicle with a policy, by the contracts of its observations and actions.

    control  turns its actions into commands, at the control rate of its manifest
    on_road  whether there is no command where the vehicle is not on its road, nor near it

    See make_driver and make_motion_driver. Raises ContractError when the observations of the
    policy cannot be built.
    """

    def __init__(
        self, runtime: Policy, control: LowLevelControl[MotionT, CommandT],
        on_road: bool = False,
    ) -> None:
        contract = runtime.manifest.observation
        self._runtime = runtime
        self._observer = make_observer(contract)
        self._period_s = 1 / contract.control_rate_hz
        self._control = control
        self._on_road = on_road
        self._ticks_per_decision = contract.ticks_per_decision
        # Observations in the axes of the road are those of policies for straight ones.
        self._check = RoadCheck.of(contract) if contract.frame == 'road' else None
        self._road: Road | None = None
        self._coordinates: RoadCoordinates | None = None
        self._refused: dict[Chain, str] = {}   # roads of the network, and why
        self._frame: RoadFrame | None = None
        self._network: LaneNetwork | None = None
        self.reset()

    @property
    def sensors(self) -> tuple[str, ...]:
        """Return the names of the readings that `step` takes, in order."""
        return self._observer.sensors

    @property
    def needs_road(self) -> bool:
        """Return whether a road has to be known before `step` may be called."""
        return self._observer.needs_road or self._control.needs_road

    @property
    def needs_ego(self) -> bool:
        """Return whether `step` reads the state of the vehicle itself."""
        return self._observer.needs_ego or self._control.needs_ego

    @property
    def guard(self) -> Guard[MotionT, CommandT]:
        """Return what keeps the commands within bounds."""
        return self._control.guard

    @property
    def ready(self) -> bool:
        """Return whether `step` may be called: a road is known where one is needed."""
        return self._road is not None or not self.needs_road

    @property
    def period_s(self) -> float:
        """Return the control period, seconds: 1 / control_rate_hz of the manifest."""
        return self._period_s

    def set_road(self, road: Road) -> None:
        """
        Take a road description.

        The same description again changes nothing; another one clears the control state. Raises
        RoadError where the policy was not made for such a road: for its lanes, its turns or its
        speeds; and keeps the road it had.
        """
        if road == self._road:
            return
        network = road.network()
        coordinates = RoadCoordinates(network)
        # One beside the first, such as a ramp, may be refused: once the vehicle is there.
        refused = {} if self._check is None else {
            chain: reason for chain in coordinates.chains
            if (reason := self._check.reason(network, chain))}
        if coordinates.main in refused:
            raise RoadError(refused[coordinates.main])
        self._control.check_road(road, coordinates.main.sharpest)
        self._road, self._frame, self._network = road, road.frame(), network
        self._coordinates, self._refused = coordinates, refused
        self.reset()

    def reset(self) -> None:
        """Forget the control state and keep the road; the network decides at the next step."""
        self._control.reset()
        self._ticks = 0
        self._last: tuple[Ego, CommandT] | None = None

    def decide_next(self) -> None:
        """Have the network decide at the next step, whenever it did last."""
        self._ticks = 0

    def context(self, ego: Ego, objects: Objects | None = None) -> DrivingContext:
        """Return a state of the vehicle as on the road, where one is known, and what is around."""
        frame, network = self._frame, self._network
        if frame is None or self._coordinates is None:
            return DrivingContext(ego, objects=objects)
        placed = frame.ego(ego)
        return DrivingContext(
            placed, frame, network, objects, self._coordinates.around(placed))

    def step(self, ego: Ego, *readings: Reading) -> CommandT:
        """
        Return the command that answers one complete set of inputs of one stamp.

        readings are those of `sensors`, in order. The network runs on the first call after a reset
        and on every n-th one from there; control on each. The stamp of the previous call again
        gives the previous command again. A stamp that goes back, or a position far from where the
        speed could have led, clears the state first. Raises InvalidInput or one of its subclasses,
        OutsideContract and PolicyFailed; never returns a command that is not finite.
        """
        if not self.ready:
            raise InvalidInput('no road description has arrived yet')
        if self._last is not None:
            if ego.stamp_ns == self._last[0].stamp_ns:
                return self._last[1]
            if _jumped(self._last[0], ego):
                self.reset()
        objects = None
        for reading in readings:
            if isinstance(reading, Objects):
                objects = reading
                break
        context = self.context(ego, objects)
        try:
            command = self._answer(context, readings)
        except InvalidInput:
            if self._last is None:
                self.reset()   # the control state must not begin with such input
            raise
        self._last = (ego, command)
        return command

    def _answer(self, context: DrivingContext, readings: tuple[Reading, ...]) -> CommandT:
        self._observer.check(context)
        if context.network is not None and context.stretch is not None:
            if self._on_road:
                check_place(context.network, context.ego, context.stretch)
            if self._refused and context.stretch.chain in self._refused:
                raise OutsideContract(self._refused[context.stretch.chain])
        self._control.begin(context)
        decided = self._ticks % self._ticks_per_decision == 0
        if decided:
            observation = self._observer.observe(context, *readings)
            self._control.decide(self._act(observation.ravel()), context)
        self._ticks += 1
        command = self._control.command(context, decided)
        if not command.finite:
            self.reset()   # targets that were computed from such inputs are no use
            raise PolicyFailed('the inputs are so large that no finite command answers them')
        return command

    def _act(self, observation: NDArray[np.float32]) -> Action:
        try:
            return self._runtime.act(observation)
        except Exception as error:   # of any kind: the node has to stay up and stop the vehicle
            raise PolicyFailed(f'the network failed: {error}') from error


MotionDriver = Driver[Motion, Command]
ComponentDriver = Driver[Components, ComponentCommand]


def make_motion_driver(
    runtime: Policy, profile: VehicleProfile, on_road: bool = False,
) -> MotionDriver:
    """Return a driver that commands motions; raises ContractError where the policy has none."""
    manifest = runtime.manifest
    period_s = 1 / manifest.observation.control_rate_hz
    return Driver(runtime, make_motion_control(manifest.action, profile, period_s), on_road)


def make_driver(
    runtime: Policy, profile: VehicleProfile, components: bool = False, on_road: bool = False,
) -> MotionDriver | ComponentDriver:
    """
    Return a driver for the actions of a policy.

    components  whether actions that are no motion may be passed on, by names of components
    on_road     whether there is no command where the vehicle is not on its road, nor near it

    Raises ContractError when the policy is not one that it can drive with.
    """
    manifest = runtime.manifest
    period_s = 1 / manifest.observation.control_rate_hz
    control = make_control(manifest.action, profile, period_s, components)
    if isinstance(control, ComponentControl):
        return Driver(runtime, control, on_road)
    return Driver(runtime, control, on_road)


def _jumped(before: Ego, now: Ego) -> bool:
    """Return whether the vehicle cannot have driven from one measurement to the next."""
    seconds = (now.stamp_ns - before.stamp_ns) * 1e-9
    if seconds < 0.0:
        return True
    reach = (abs(before.speed) + abs(now.speed)) * seconds + JUMP_DISTANCE
    return math.hypot(now.x - before.x, now.y - before.y) > reach
