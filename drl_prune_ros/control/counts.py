# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What a control loop counts, for diagnostics."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Counts:
    """
    What happened since the node was configured.

    commands   answers to inputs
    refused    messages that could not be used
    late       answers that took longer than a control period; those older than the input
               time-out are not sent
    unordered  input sets older than one that was answered, dropped
    """

    commands: int = 0
    refused: int = 0
    late: int = 0
    unordered: int = 0
