# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The catalogue of tasks, their vectorized environments and their evaluation."""
