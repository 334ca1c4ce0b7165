# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The vehicle that carries a policy's decisions out, where it is not highway-env's own."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Vehicle:
    """Limits by the name or file of a vehicle profile, and the delay of the actuation, seconds."""

    profile: str
    delay_s: float = 0.0

    @property
    def engine(self) -> str:
        """
        The engine's name in results: highway-env with this vehicle as its car.

        A file goes by its name alone, whose ending tells it from a profile that is installed.
        """
        return f'{Path(self.profile).name}, {self.delay_s * 1e3:g} ms late'

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for YAML and JSON."""
        return asdict(self)
