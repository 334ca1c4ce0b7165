# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""PoPS: policy pruning and shrinking by distillation, in rounds."""
