# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""How often the headway guard acts."""

from dataclasses import dataclass


@dataclass(slots=True)
class GuardCounts:
    """
    What happened since it was made.

    ticks          control ticks
    guarded        those on which the guard lowered the command
    interventions  runs of such ticks, however long
    acting         whether the latest tick is one
    """

    ticks: int = 0
    guarded: int = 0
    interventions: int = 0
    acting: bool = False

    def note(self, guarded: bool) -> None:
        """Count a control tick."""
        self.ticks += 1
        self.guarded += guarded
        self.interventions += guarded and not self.acting
        self.acting = guarded

    @property
    def share(self) -> float:
        """Return the share of ticks on which it acted, 0 before the first."""
        return self.guarded / self.ticks if self.ticks else 0.0
