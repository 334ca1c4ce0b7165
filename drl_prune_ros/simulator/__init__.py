# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""highway-env, one simulation tick at a time, driven from outside."""
