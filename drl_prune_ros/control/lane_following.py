# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Control by meta-actions: a target lane and a target speed, followed tick by tick."""

from __future__ import annotations

from drl_prune_ros.control import controller, speed_checks
from drl_prune_ros.control.bend_speed import BendSpeed
from drl_prune_ros.control.bends import Bends
from drl_prune_ros.control.command import Command, Decision
from drl_prune_ros.control.faults import PolicyFailed
from drl_prune_ros.control.meta_action import check_meta_actions, Target
from drl_prune_ros.control.motion_guard import MotionGuard
from drl_prune_ros.control.profile import VehicleProfile
from drl_prune_ros.perception.driving_context import DrivingContext
from drl_prune_ros.perception.road import Road
from drl_prune_ros.policy.contracts import ActionContract
from drl_prune_ros.policy.runtime import Action


class LaneFollowing:
    """
    Carries out actions of kind 'discrete_meta'; see low_level.

    Raises ContractError for an action that it does not know, or speeds that the vehicle may not
    drive.
    """

    needs_road = True
    needs_ego = True

    def __init__(
        self, contract: ActionContract, profile: VehicleProfile, period_s: float,
    ) -> None:
        check_meta_actions(contract)
        speed_checks.check_vehicle(contract, profile)
        self._contract = contract
        self._actions = contract.names
        self._speeds = contract.target_speeds
        self._profile = profile
        self._period_s = period_s
        self._bends = Bends()
        self._bend_speed = BendSpeed(profile)
        self.guard = MotionGuard(profile)
        self.reset()

    def check_road(self, road: Road, curvature: float) -> None:
        """Raise RoadError where a speed limit of a road is below every target speed."""
        speed_checks.check_road(self._contract, self._profile, road, curvature)

    def reset(self) -> None:
        """Forget the targets."""
        self._target: Target | None = None
        self._action = 0

    def begin(self, context: DrivingContext) -> None:
        """Set the targets by the state of the vehicle, at the first tick after a reset."""
        speed_checks.check_measured(self._profile, context.ego)
        if self._target is None:
            assert context.network is not None   # needs_road
            self._target = Target(context.ego, context.network, self._speeds)

    def decide(self, action: Action, context: DrivingContext) -> None:
        """Move the targets by an action, the index of its name."""
        assert self._target is not None
        try:
            index = int(action)
        except (TypeError, ValueError) as error:
            raise PolicyFailed(f'the network gave no action: {error}') from error
        if not 0 <= index < len(self._actions):
            raise PolicyFailed(f'the network chose action {index}, which there is not')
        self._action = index
        self._target.apply(
            self._actions[index], context.ego,
            lambda lane: self.guard.headway.free(context, lane))

    def command(self, context: DrivingContext, decided: bool) -> Command:
        """Return the motion that brings the vehicle nearer to the targets."""
        assert self._target is not None and context.network is not None
        ego = context.ego
        # highway-env follows the road when it takes an action and again when it controls.
        self._target.follow(ego)
        target = self._target.lane
        lane = context.network.lane(target)
        bend = self._bends.of(context.network, target) if self._profile.limits else None
        angle = controller.steering(self._profile, ego, lane, bend)
        speed = self._target.speed
        headway = self.guard.headway
        if headway.on:
            speed = min(speed, lane.speed_limit)
        if context.stretch is not None and not context.stretch.straight:
            speed = min(speed, self._bend_speed.limit(context.stretch, ego.speed))
        wanted = controller.acceleration(self._profile, ego, speed)
        segment, number = target
        return controller.command(
            self._profile, ego, wanted, angle, self._period_s,
            Decision(self._action, number, self._target.speed, segment), decided,
            ceiling=headway.ceiling(wanted, context, target, self._period_s))
