# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A training run: its folder, its checkpoints, its policy file."""
