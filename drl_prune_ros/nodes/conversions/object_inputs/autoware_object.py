# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""One object of Autoware's perception: id, box, pose and twist."""

from __future__ import annotations

from collections.abc import Iterable
import math
from typing import Any

from drl_prune_ros.nodes.conversions.messages import yaw_of
from drl_prune_ros.perception.plausible import check_rows
from drl_prune_ros.perception.scene import Objects


def objects_from(found: Iterable[tuple[Any, Any, Any]]) -> Objects:
    """
    Return objects in the axes of the message's frame.

    found  (object, pose, twist) of each; the twist is in the axes of the object itself

    All of them count, however improbable and of whatever class. Where a polygon has no dimensions,
    its footprint gives them. Raises InvalidInput for an orientation that is no rotation and a
    number that is not finite, and
    Contradiction for an object that cannot be one on a road.
    """
    rows: dict[str, list[float]] = {
        name: [] for name in ('x', 'y', 'vx', 'vy', 'yaw', 'length', 'width', 'id')}
    for one, pose, twist in found:
        yaw = yaw_of(pose.orientation, 'an object')
        ahead, left = twist.linear.x, twist.linear.y
        length, width = _size(one.shape)
        values = {
            'x': pose.position.x, 'y': pose.position.y, 'yaw': yaw,
            'vx': ahead * math.cos(yaw) - left * math.sin(yaw),
            'vy': ahead * math.sin(yaw) + left * math.cos(yaw),
            'length': length, 'width': width,
            'id': int.from_bytes(bytes(one.object_id.uuid)[:8], 'big', signed=True)}
        for name, value in values.items():
            rows[name].append(value)
    objects = Objects(**rows)
    check_rows(objects.rows())
    return objects


def _size(shape: Any) -> tuple[float, float]:
    if shape.dimensions.x > 0.0 or not shape.footprint.points:
        return shape.dimensions.x, shape.dimensions.y
    along = [point.x for point in shape.footprint.points]
    across = [point.y for point in shape.footprint.points]
    return max(along) - min(along), max(across) - min(across)
