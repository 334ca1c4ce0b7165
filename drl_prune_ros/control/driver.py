# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The driver: sensor data in, one command out, at the control rate."""

from __future__ import annotations

import math
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from drl_prune_ros.control import controller
from drl_prune_ros.control.command import Command, Decision
from drl_prune_ros.control.meta_action import check_meta_actions, Target
from drl_prune_ros.control.profile import VehicleProfile
from drl_prune_ros.perception.kinematics import Kinematics
from drl_prune_ros.perception.lane_network import LaneNetwork
from drl_prune_ros.perception.road import Road, RoadError
from drl_prune_ros.perception.road_frame import RoadFrame
from drl_prune_ros.perception.scene import Ego, InvalidInput, Objects
from drl_prune_ros.policy.manifest import Manifest

# A position this much farther away than the speed explains is another place, not a measurement
# error nor the shove of a collision.
JUMP_DISTANCE = 10.0   # metres


class PolicyFailed(InvalidInput):
    """The network or the controller had no usable answer to sound input."""


class Policy(Protocol):
    """What the driver needs of a policy; every runtime of drl_prune_ros.policy has it."""

    @property
    def manifest(self) -> Manifest:
        """What the policy sees and what its actions mean."""

    def act(self, observation: NDArray[np.float32]) -> Any:
        """Return the action, an int, for an observation, float32 (n,)."""


class Driver:
    """
    Drives a vehicle with a policy.

    Raises ContractError at construction when the policy is not one that it can drive with: a
    kinematics observation and discrete_meta actions.
    """

    def __init__(self, runtime: Policy, profile: VehicleProfile) -> None:
        manifest = runtime.manifest
        self._runtime = runtime
        self._profile = profile
        self._observer = Kinematics(manifest.observation)
        check_meta_actions(manifest.action)
        self._actions = manifest.action.names
        self._target_speeds = tuple(map(float, manifest.action.options['target_speeds']))
        self._ticks_per_decision = manifest.observation.ticks_per_decision
        self._lane_count = manifest.observation.options.get('lane_count')
        self._period_s = 1 / manifest.observation.control_rate_hz
        self._road: Road | None = None
        self._frame: RoadFrame | None = None
        self._network: LaneNetwork | None = None
        self.reset()

    @property
    def ready(self) -> bool:
        """Whether a road is known, so that step may be called."""
        return self._road is not None

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
        self._target: Target | None = None
        self._ticks = 0
        self._action = 0
        self._last: tuple[Ego, Command] | None = None

    def step(self, ego: Ego, objects: Objects) -> Command:
        """
        Return the command that answers one complete set of inputs of one stamp.

        The network runs on the first call after a reset and on every n-th one from there; control
        on each. The stamp of the previous call again gives the previous command again. A stamp
        that goes back, or a position far from where the speed could have led, clears the state
        first. Raises InvalidInput or one of its kin, OutsideContract and PolicyFailed; never
        returns a command that is not finite.
        """
        if self._frame is None or self._network is None:
            raise InvalidInput('no road description has arrived yet')
        if self._last is not None:
            if ego.stamp_ns == self._last[0].stamp_ns:
                return self._last[1]
            if _jumped(self._last[0], ego):
                self.reset()
        try:
            command = self._answer(self._frame.ego(ego), objects, self._frame, self._network)
        except InvalidInput:
            if self._last is None:
                self.reset()   # nothing is targeted from where it begins with such input
            raise
        self._last = (ego, command)
        return command

    def _answer(
        self, ego: Ego, objects: Objects, frame: RoadFrame, network: LaneNetwork,
    ) -> Command:
        """Return the command for ego in the road frame and objects in the map frame."""
        self._observer.check(ego)
        if self._target is None:
            self._target = Target(ego, network, self._target_speeds)
        decided = self._ticks % self._ticks_per_decision == 0
        if decided:
            observation = self._observer.observe(ego, frame.objects(objects), network)
            self._action = self._act(observation.ravel())
            self._target.apply(self._actions[self._action], ego)
        self._ticks += 1
        # highway-env follows the road when it takes an action and again when it controls.
        self._target.follow(ego)

        angle = controller.steering(self._profile, ego, network.lane(self._target.lane))
        acceleration = controller.acceleration(self._profile, ego, self._target.speed)
        speed = ego.speed + acceleration * self._period_s
        # The road frame counts clockwise, base_link counter-clockwise.
        yaw_rate = -controller.yaw_rate(self._profile, ego.speed, angle)
        if not all(map(math.isfinite, (speed, yaw_rate, acceleration))):
            self.reset()   # what has been targeted from such inputs means nothing
            raise PolicyFailed('the inputs are so large that no finite command answers them')
        segment, lane = self._target.lane
        return Command(
            stamp_ns=ego.stamp_ns, speed=speed, acceleration=acceleration, steering=-angle,
            yaw_rate=yaw_rate,
            decision=Decision(self._action, lane, self._target.speed, segment), decided=decided)

    def _act(self, observation: NDArray[np.float32]) -> int:
        try:
            action = int(self._runtime.act(observation))
        except Exception as error:   # whatever a runtime may do, the vehicle must not be left
            raise PolicyFailed(f'the network failed: {error}') from error
        if not 0 <= action < len(self._actions):
            raise PolicyFailed(f'the network chose action {action}, which there is not')
        return action


def _jumped(before: Ego, now: Ego) -> bool:
    """Whether the vehicle cannot have driven from one measurement to the next."""
    seconds = (now.stamp_ns - before.stamp_ns) * 1e-9
    if seconds < 0.0:
        return True
    reach = (abs(before.speed) + abs(now.speed)) * seconds + JUMP_DISTANCE
    return math.hypot(now.x - before.x, now.y - before.y) > reach
