# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""From meta-actions, lane and speed changes, to a target lane and a target speed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from drl_prune_ros.perception.lane_network import LaneId, LaneNetwork
from drl_prune_ros.perception.scene import Ego
from drl_prune_ros.policy.contracts import ActionContract, check_action
from drl_prune_ros.policy.errors import ContractError

ACTIONS = ('LANE_LEFT', 'IDLE', 'LANE_RIGHT', 'FASTER', 'SLOWER')
_LANES_TO_THE_RIGHT = {'LANE_LEFT': -1, 'LANE_RIGHT': 1}
_SPEEDS_UP = {'SLOWER': -1, 'FASTER': 1}


def check_meta_actions(contract: ActionContract) -> None:
    """Check that every action of a policy is one of ACTIONS; raises ContractError."""
    check_action(contract, kinds=('discrete_meta',))
    for name in contract.names:
        if name not in ACTIONS:
            raise ContractError(
                f'the policy needs the action {name!r}, but this vehicle knows '
                f'{", ".join(ACTIONS)}: use another policy')


class Target:
    """
    The lane and the speed to hold, and how actions move them.

    It starts at the nearest lane and at the target speed nearest to the vehicle's.

    network        in the road frame, as is every Ego given
    target_speeds  m/s, evenly spaced and increasing
    """

    lane: LaneId
    speed: float

    def __init__(
        self, ego: Ego, network: LaneNetwork, target_speeds: tuple[float, ...],
    ) -> None:
        self._network = network
        self._speeds = target_speeds
        self.lane = network.nearest(ego.x, ego.y, ego.yaw)
        self.speed = target_speeds[self._nearest_speed(ego.speed)]

    def follow(self, ego: Ego) -> None:
        """Continue on the next segment near the end of the target lane; once per control tick."""
        if self._network.lane(self.lane).after_end(ego.x, ego.y):
            self.lane = self._network.following(self.lane, ego.x, ego.y)

    def apply(
        self, action: str, ego: Ego, free: Callable[[LaneId], bool] = lambda lane: True,
    ) -> None:
        """
        Carry out an action of the policy.

        A lane change goes one lane from the target lane and is ignored when that lane is
        forbidden, out of reach or not free; a speed change goes one step from the vehicle's speed.
        """
        if action in _SPEEDS_UP:
            index = self._nearest_speed(ego.speed) + _SPEEDS_UP[action]
            self.speed = self._speeds[min(max(index, 0), len(self._speeds) - 1)]
        self.follow(ego)
        if action in _LANES_TO_THE_RIGHT:
            segment, number = self.lane
            last = len(self._network.segments[segment].lanes) - 1
            number = min(max(number + _LANES_TO_THE_RIGHT[action], 0), last)
            wanted = (segment, number)
            reachable = self._network.lane(wanted).reachable_from(ego.x, ego.y)
            if reachable and (wanted == self.lane or free(wanted)):
                self.lane = wanted

    def _nearest_speed(self, speed: float) -> int:
        steps = len(self._speeds) - 1
        if steps == 0:
            return 0
        share = (speed - self._speeds[0]) / (self._speeds[-1] - self._speeds[0])
        return int(np.clip(np.round(share * steps), 0, steps))
