# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The vehicle profile: all that a particular vehicle asks of the controller."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class VehicleProfile:
    """Gains, limits and sizes of a vehicle; see config/vehicles/."""

    name: str

    @classmethod
    def read(cls, path: str | Path) -> VehicleProfile:
        """Read a profile; raises DrlPruneError with one line."""
        raise NotImplementedError


def load_profile(name: str) -> VehicleProfile:
    """Read the profile called name from config/vehicles; an unknown name lists those there are."""
    raise NotImplementedError
