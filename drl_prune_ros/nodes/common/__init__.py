# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What every node shares: parameters, life cycle, quality of service, diagnostics."""
