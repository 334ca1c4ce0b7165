# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""From a run to a policy file that every runtime reads the same way."""
