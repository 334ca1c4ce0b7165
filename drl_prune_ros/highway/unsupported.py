# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What is said of an environment that only highway-env itself can run."""

from drl_prune_ros.errors import DrlPruneError


class Unsupported(DrlPruneError):  # noqa: N818 - what it is, not that it is an error
    """An environment that only highway-env itself can run."""
