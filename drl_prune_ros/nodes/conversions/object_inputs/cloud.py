# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""sensor_msgs/PointCloud2, a point for each box: see nodes/conversions/object_cloud.py."""

from drl_prune_ros.nodes.conversions.object_cloud import cloud_to_objects, CloudReader

MESSAGE = 'sensor_msgs/msg/PointCloud2'
to_objects = cloud_to_objects
make_reader = CloudReader
