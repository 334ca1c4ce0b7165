# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What is refused, and why, when a policy file is read, written or asked to fit a vehicle."""

from drl_prune_ros.errors import DrlPruneError


class PolicyFileError(DrlPruneError):
    """A policy file, or what should become one, is missing, damaged or contradicts itself."""


class ContractError(PolicyFileError):
    """A policy is sound but needs something that this vehicle does not offer."""
