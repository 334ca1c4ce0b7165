# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A highway-env episode, one simulation tick at a time, its vehicle driven from outside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from drl_prune_ros.control.command import Decision
from drl_prune_ros.perception.road import Road
from drl_prune_ros.perception.scene import Ego, Objects


@dataclass(frozen=True, slots=True)
class EpisodeResult:
    """
    One finished episode, counted as highway-env counts it.

    return_     undiscounted sum of rewards
    length      decisions taken
    crashed     whether the vehicle crashed
    speed_mean  of the vehicle's speed at the end of each decision, m/s
    seed        the reset seed
    """

    return_: float
    length: int
    crashed: bool
    speed_mean: float
    seed: int


class TickSimulator:
    """
    highway-env behind ROS conventions (map frame, y to the left, SI units).

    task    gymnasium id, such as 'highway-fast-v0'
    config  what to change of the environment's configuration
    render  whether frame() may be called
    """

    def __init__(
        self, task: str, config: Mapping[str, Any] | None = None, render: bool = False,
    ) -> None:
        raise NotImplementedError

    @property
    def control_rate_hz(self) -> float:
        """Return the simulation ticks a second."""
        raise NotImplementedError

    @property
    def rate_hz(self) -> float:
        """Return the decisions a second."""
        raise NotImplementedError

    @property
    def stamp_ns(self) -> int:
        """Return the simulated time, nanoseconds; grows by a period a tick, also over a reset."""
        raise NotImplementedError

    @property
    def done(self) -> bool:
        """Whether the episode is over; true before the first reset."""
        raise NotImplementedError

    def reset(self, seed: int) -> None:
        """Begin an episode."""
        raise NotImplementedError

    def road(self) -> Road:
        """Return the road of this episode."""
        raise NotImplementedError

    def ego(self) -> Ego:
        """Return the driven vehicle, stamped stamp_ns."""
        raise NotImplementedError

    def objects(self) -> Objects:
        """Return all other vehicles and obstacles, at stamp_ns."""
        raise NotImplementedError

    def tick(self, speed: float, yaw_rate: float, decision: Decision) -> None:
        """
        Simulate one control period.

        speed     of the driven vehicle at the end of the period, m/s
        yaw_rate  during the period, rad/s counter-clockwise
        decision  published beside the command; traffic and the reward look at it
        """
        raise NotImplementedError

    def episode(self) -> EpisodeResult:
        """Return the result; raises RuntimeError unless done."""
        raise NotImplementedError

    def frame(self) -> NDArray[np.uint8]:
        """Return a picture of the scene, (height, width, 3), RGB."""
        raise NotImplementedError

    def close(self) -> None:
        """Free the environment."""
        raise NotImplementedError
