# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Statistics of latency, topics, processes and the computer; without ROS."""
