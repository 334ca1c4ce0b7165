# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""nav_msgs/OccupancyGrid: one layer of cells."""

from __future__ import annotations

import math

from nav_msgs.msg import OccupancyGrid
import numpy as np

from drl_prune_ros.nodes.conversions.messages import yaw_of
from drl_prune_ros.perception.occupancy_grid import GridLayer
from drl_prune_ros.perception.pose import Pose
from drl_prune_ros.perception.scene import InvalidInput


def message_to_layer(message: OccupancyGrid) -> GridLayer:
    """
    Return a layer in the axes of its header.frame_id.

    Raises InvalidInput where the cells are not as many as announced, their length or their origin
    is not a finite number, or one is neither -1 nor 0 to 100.
    """
    info = message.info
    if len(message.data) != info.width * info.height:
        raise InvalidInput(
            f'a grid holds {len(message.data)} cells, but {info.width} x {info.height} are '
            f'announced')
    position = info.origin.position
    if not (math.isfinite(position.x) and math.isfinite(position.y)):
        raise InvalidInput(f'the origin of a grid is {position.x}, {position.y}')
    percent = np.array(message.data, dtype=np.int8).reshape(info.height, info.width)
    return GridLayer(
        percent, info.resolution,
        Pose(position.x, position.y, yaw_of(info.origin.orientation, 'a grid')))
