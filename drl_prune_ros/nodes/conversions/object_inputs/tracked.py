# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""autoware_perception_msgs/TrackedObjects: the objects of a tracker."""

from typing import Any

from drl_prune_ros.nodes.conversions.object_inputs.autoware_object import objects_from
from drl_prune_ros.perception.scene import Objects

MESSAGE = 'autoware_perception_msgs/msg/TrackedObjects'


def to_objects(message: Any) -> Objects:
    """Return the tracked objects."""
    return objects_from(
        (found, found.kinematics.pose_with_covariance.pose,
         found.kinematics.twist_with_covariance.twist) for found in message.objects)
