# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Result files, tables, plots and recipes: what is said of a policy, from committed figures."""
