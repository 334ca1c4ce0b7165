# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""GST: group-sparse training with block-circulant weights."""
