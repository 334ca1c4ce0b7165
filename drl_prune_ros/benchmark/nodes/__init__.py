# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Nodes that a measurement runs beside or in place of the policy node."""
