# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The policy file: what it holds, how it is read, written and run on board."""
