# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The monitor node: latency and memory of the policy node, and the computer."""
