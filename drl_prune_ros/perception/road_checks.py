# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A road held against what a policy of straight roads was trained on."""

from __future__ import annotations

from dataclasses import dataclass
import math

from drl_prune_ros.perception.chains import Chain
from drl_prune_ros.perception.lane_network import LaneNetwork
from drl_prune_ros.perception.lanes import Lane, wrap_to_pi
from drl_prune_ros.perception.road_coordinates import Stretch
from drl_prune_ros.perception.scene import Ego, OutsideContract
from drl_prune_ros.policy.contracts import ObservationContract

TRAINED_WIDTH = 4.0    # meters: highway-env's lanes, where a contract has no lane_width
# Of a lane, that a lane may lie off its place in training: as much again is left for the vehicle
# within it before its position means the next one.
PART_OF_A_LANE = 0.25
NARROWED = 0.25        # part by which the outermost lane may be shorter than the reference line


@dataclass(frozen=True, slots=True)
class RoadCheck:
    """
    What a road has to be like for the observations of a policy.

    lane_count  lanes that may be driven on, all along the road; None where the contract says none
    lane_width  meters that the centers of lanes lay apart in training (option lane_width,
                TRAINED_WIDTH by default): positions across are seen in meters
    reach       meters right of the leftmost lane, up to which a position is in range
    """

    lane_count: int | None
    lane_width: float
    reach: float

    @classmethod
    def of(cls, contract: ObservationContract) -> RoadCheck:
        """Return what a contract asks for."""
        count = contract.options.get('lane_count')
        width = contract.options.get('lane_width', TRAINED_WIDTH)
        high = None
        if 'y' in contract.features:
            high = contract.ranges[contract.features.index('y')][1]
        return cls(
            count if isinstance(count, int) else None,
            float(width) if isinstance(width, (int, float)) else TRAINED_WIDTH,
            math.inf if high is None else high)

    def reason(self, network: LaneNetwork, chain: Chain) -> str:
        """Return in one line why a policy cannot drive on a chain; '' where it can."""
        for index in chain.segments:
            segment = network.segments[index]
            where = f'the road from "{segment.start}" to "{segment.end}"'
            reason = self._lanes(segment.lanes)
            if reason:
                return f'{where} {reason}: use a policy for this road'
            if index in chain.forks:
                return (f'{where} forks at its end, but the policy was trained without '
                        f'junctions: give the way that the vehicle is to take, alone')
            if index == chain.gap:
                return (f'{where} does not begin where the leftmost lane before it ends: give '
                        f'lanes that continue each other the same number')
        across = chain.lanes_right + self.lane_width
        if chain.line.curvature * across > NARROWED:
            return (f'the road turns with a radius of {1 / chain.line.curvature:.0f} m, but the '
                    f'policy was trained on straight roads: {across:g} m wide, it may turn with '
                    f'{across / NARROWED:.0f} m or more')
        return ''

    def _lanes(self, lanes: tuple[Lane, ...]) -> str:
        """Return what is wrong with the lanes of a segment; '' for nothing."""
        allowed = [number for number, lane in enumerate(lanes) if not lane.forbidden]
        if self.lane_count is not None and len(allowed) != self.lane_count:
            forbidden = ' that may be driven on' if len(allowed) < len(lanes) else ''
            return (f'has {len(allowed)} lanes{forbidden}, but the policy was trained on '
                    f'{self.lane_count}')
        if allowed != list(range(len(allowed))):
            return ('has a forbidden lane left of one that is not, but the policy counts from '
                    'the leftmost lane')
        off = PART_OF_A_LANE * self.lane_width
        for number, lane in enumerate(lanes):
            if abs(lane.width - self.lane_width) > off:
                return (f'has a lane that is {lane.width:g} m wide, but the policy was trained on '
                        f'lanes of {self.lane_width:g} m')
            for s in (0.0, lane.length):
                right = abs(float(lanes[0].local(*lane.position(s, 0.0))[1]))
                if right > self.reach + off:
                    return (f'has a lane {right:.1f} m beside the leftmost one, but the policy '
                            f'sees {self.reach:g} m')
                if abs(right - number * self.lane_width) > off:
                    return (f'has lane {number} at {right:.2f} m beside the leftmost one, but '
                            f'the policy was trained on lanes of {self.lane_width:g} m')
        return ''


def check_place(network: LaneNetwork, ego: Ego, stretch: Stretch) -> None:
    """Raise OutsideContract where the vehicle is not on its road, or heads against it."""
    if not network.near(ego.x, ego.y):
        raise OutsideContract(
            'the vehicle is not on the road that it was given, but beside it, before its '
            'beginning or past its end')
    turned = abs(wrap_to_pi(stretch.ego.yaw))
    if turned > math.pi / 2:
        raise OutsideContract(
            f'the road that it was given runs against the vehicle, which heads '
            f'{math.degrees(turned):.0f} degrees off its lane: give the road in the '
            'direction of travel')
