# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What this project exists for: a network loses neurons while it trains."""
