# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""From a policy action to speed and yaw rate, within limits, and to a stop when in doubt."""
