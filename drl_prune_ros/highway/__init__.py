# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""highway-env, compiled: the same episodes, much faster."""
