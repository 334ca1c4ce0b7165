# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The speeds of a policy, a vehicle and a road, held against each other."""

from __future__ import annotations

from drl_prune_ros.control.profile import VehicleProfile
from drl_prune_ros.perception.road import Road, RoadError
from drl_prune_ros.perception.scene import Ego, OutsideContract
from drl_prune_ros.policy.contracts import ActionContract
from drl_prune_ros.policy.errors import ContractError
from drl_prune_ros.policy.wanted_speeds import slowest_wanted, wanted_speeds

# A measured speed may be that much above what is commanded: downhill, and by the error of a wheel.
SHARE, MARGIN = 1.05, 1.0   # of the largest speed, and m/s


def check_vehicle(contract: ActionContract, profile: VehicleProfile) -> None:
    """Raise ContractError where a policy never wants a speed that its vehicle may drive."""
    slowest = slowest_wanted(contract)
    if slowest is not None and slowest > profile.max_speed:
        raise ContractError(
            f'the policy wants {wanted_speeds(contract)}, but max_speed of vehicle profile '
            f'{profile.name} is {profile.max_speed:g} m/s: use a policy for slower driving')


def check_road(
    contract: ActionContract, profile: VehicleProfile, road: Road, curvature: float,
) -> None:
    """
    Raise RoadError where a policy never wants as little speed as its road asks for.

    That is a speed limit, unless the headway guard is off, with which no limit is kept; or a turn
    of this curvature, 1/m, within the lateral acceleration of the vehicle.
    """
    slowest = slowest_wanted(contract)
    if slowest is None:
        return
    limit = min(lane.speed_limit for segment in road.segments for lane in segment.lanes)
    if limit < slowest and profile.headway_guard is not None:
        raise RoadError(
            f'the road has a speed_limit of {limit:g} m/s, but the policy wants '
            f'{wanted_speeds(contract)}: use a policy for slower driving')
    if profile.limits is None:
        return
    most, needed = profile.limits.at(slowest).lateral_acceleration, slowest ** 2 * curvature
    if needed > most:
        raise RoadError(
            f'the road turns so sharply that {slowest:g} m/s take {needed:.1f} m/s^2 across, but '
            f'vehicle profile {profile.name} allows {most:.1f} and the policy wants '
            f'{wanted_speeds(contract)}: use a policy for slower driving')


def check_measured(profile: VehicleProfile, ego: Ego) -> None:
    """Raise OutsideContract where the vehicle is faster than its profile lets it be."""
    if ego.speed > profile.max_speed * SHARE + MARGIN:
        raise OutsideContract(
            f'the odometry says {ego.speed:.4g} m/s, but max_speed of vehicle profile '
            f'{profile.name} is {profile.max_speed:g} m/s: are its speeds in m/s?')
