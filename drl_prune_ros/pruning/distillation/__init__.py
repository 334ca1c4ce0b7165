# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Distillation: a student learns what its teacher does, on the states it visits."""
