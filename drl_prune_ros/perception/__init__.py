# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""From sensor data, as plain arrays, to the observation a policy was trained on."""
