# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Prune deep-RL driving policies while they train, and drive with them over ROS 2."""

__version__ = '0.1.0'
