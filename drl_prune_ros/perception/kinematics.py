# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The kinematics observation: one row per vehicle, as highway-env's KinematicObservation."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from drl_prune_ros.perception.driving_context import DrivingContext
from drl_prune_ros.perception.readings import Reading
from drl_prune_ros.perception.scene import Objects, OutsideContract
from drl_prune_ros.policy.contracts import check_observation, ObservationContract
from drl_prune_ros.policy.errors import ContractError

FEATURES = ('presence', 'x', 'y', 'vx', 'vy', 'cos_h', 'sin_h')
RELATIVE = ('x', 'y', 'vx', 'vy')
# Within [-1, 1] as they are: their range is never used to map them.
UNMAPPED = ('presence', 'cos_h', 'sin_h')

PERCEPTION_DISTANCE = 200.0   # meters; an object is seen when strictly nearer than this
BEHIND_DISTANCE = 10.0        # meters along the lane; farther behind, it is not
# Never beyond their range in training; positions are, and are clipped.
BOUNDED = ('vx', 'vy')


class Kinematics:
    """
    Builds the observation that a contract of kind 'kinematics' describes.

    Raises ContractError when the contract asks for what cannot be built here.
    """

    sensors = ('objects',)
    needs_road = True
    needs_ego = True

    def __init__(self, contract: ObservationContract) -> None:
        check_observation(
            contract, kinds=('kinematics',), features=FEATURES, frames=('road',))
        options = contract.options
        for name, offered in (
            ('order', ('sorted',)), ('absolute', (False, True)), ('see_behind', (False, True)),
        ):
            if options.get(name, offered[0]) not in offered:
                raise ContractError(
                    f'the policy needs observations with {name} {options[name]!r}, but this '
                    f'vehicle offers {" or ".join(map(repr, offered))}: use another policy')
        self._features = contract.features
        self._ranges = contract.ranges
        self._rows = contract.shape[0]
        self._normalized = contract.normalized
        self._clip = contract.clip
        self._absolute = bool(options.get('absolute', False))
        self._see_behind = bool(options.get('see_behind', False))

    def observe(self, context: DrivingContext, *readings: Reading) -> NDArray[np.float32]:
        """
        Return the observation, float32 (rows, features), of Objects in the odometry's frame.

        x is along and y across the reference line of the road, see perception.road_coordinates.
        The first row is the vehicle itself, absolute. Then come the seen objects, relative to it
        unless the contract says absolute, nearest along its lane first, objects equally near in
        the order given; rows without an object are zero. Seen is what is within
        PERCEPTION_DISTANCE and, unless the contract has see_behind, not BEHIND_DISTANCE behind.
        Raises OutsideContract for a velocity beyond its range.
        """
        [objects] = readings
        assert isinstance(objects, Objects)
        assert context.frame is not None and context.stretch is not None   # needs_road
        objects = context.stretch.objects(context.frame.objects(objects))
        seen = self._seen(context, objects)
        ego = context.laid_ego
        own = {
            'presence': 1.0, 'x': ego.x, 'y': ego.y,
            'vx': ego.speed * np.cos(ego.yaw), 'vy': ego.speed * np.sin(ego.yaw),
            'cos_h': np.cos(ego.yaw), 'sin_h': np.sin(ego.yaw),
        }
        others = {
            'presence': np.ones(len(seen)), 'x': objects.x[seen], 'y': objects.y[seen],
            'vx': objects.vx[seen], 'vy': objects.vy[seen],
            'cos_h': np.cos(objects.yaw[seen]), 'sin_h': np.sin(objects.yaw[seen]),
        }
        rows = np.zeros((self._rows, len(self._features)))
        for column, name in enumerate(self._features):
            theirs = others[name]
            if name in RELATIVE and not self._absolute:
                theirs = theirs - own[name]
            values = self._scaled(np.concatenate(([own[name]], theirs)), column)
            rows[:values.size, column] = values
        return rows.astype(np.float32)

    def check(self, context: DrivingContext) -> None:
        """Raise OutsideContract where the vehicle itself, along the road, is beyond a range."""
        ego = context.laid_ego
        for column, name in enumerate(self._features):
            if name in BOUNDED:
                low, high = self._ranges[column]
                value = ego.speed * (math.cos(ego.yaw) if name == 'vx' else math.sin(ego.yaw))
                if low is not None and high is not None and not low <= value <= high:
                    raise self._outside(column)

    def _outside(self, column: int) -> OutsideContract:
        low, high = self._ranges[column]
        return OutsideContract(
            f'{self._features[column]} lies outside of {low:g} to {high:g} m/s, the range that '
            f'the policy was trained for')

    def _seen(self, context: DrivingContext, objects: Objects) -> NDArray[np.intp]:
        """Return the indices of the objects to see, which are laid straight, nearest first."""
        assert context.network is not None and context.stretch is not None
        ego, network = context.ego, context.network
        if context.stretch.straight:
            lane = network.lane(network.nearest(ego.x, ego.y, ego.yaw))
            ahead = lane.local(objects.x, objects.y)[0] - lane.local(ego.x, ego.y)[0]
        else:
            ego = context.laid_ego
            ahead = objects.x - ego.x
        dx, dy = objects.x - ego.x, objects.y - ego.y
        near = np.sqrt(dx * dx + dy * dy) < PERCEPTION_DISTANCE
        if not self._see_behind:
            near &= ahead > -BEHIND_DISTANCE
        indices = np.flatnonzero(near)
        order = np.argsort(np.abs(ahead[indices]), kind='stable')
        return indices[order[:self._rows - 1]]

    def _scaled(self, values: NDArray[np.float64], column: int) -> NDArray[np.float64]:
        low, high = self._ranges[column]
        if not self._normalized or self._features[column] in UNMAPPED or low is None:
            return values
        assert high is not None   # the contract has both bounds or none
        if self._features[column] in BOUNDED and not (low <= values.min() <= values.max() <= high):
            raise self._outside(column)
        mapped = -1.0 + (values - low) * 2.0 / (high - low)
        return np.clip(mapped, -1.0, 1.0) if self._clip else mapped
