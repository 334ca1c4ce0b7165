# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The road description: which lanes there are, where they lie and how they connect."""

from __future__ import annotations

from drl_prune_ros.errors import DrlPruneError


class RoadError(DrlPruneError):
    """A road description that is malformed, or one that the policy was not made for."""


class Road:
    """
    The lanes of a road, fixed to the ground whatever the vehicle does.

    Equal (==) when every lane is.
    """

    @classmethod
    def from_json(cls, text: str) -> Road:
        """Read a versioned road description; raises RoadError with one line."""
        raise NotImplementedError

    def to_json(self) -> str:
        """Return the description; numbers survive the round trip exactly."""
        raise NotImplementedError
