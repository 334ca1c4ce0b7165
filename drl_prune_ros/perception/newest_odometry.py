# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The newest odometry: a stop steers by it even where no set of inputs is complete."""

from __future__ import annotations

from drl_prune_ros.perception.readings import OdometryInput
from drl_prune_ros.perception.scene import Ego


class NewestOdometry:
    """
    Keeps the odometry with the newest stamp.

    base_link_to_center  meters from the frame of the vehicle forward to its center
    timeout_s            a stamp this much older is of a clock that was set back
    """

    def __init__(self, base_link_to_center: float, timeout_s: float) -> None:
        self._to_center = base_link_to_center
        self._timeout_ns = round(timeout_s * 1e9)
        self.clear()

    def clear(self) -> None:
        """Forget it."""
        self._newest: tuple[OdometryInput, int] | None = None
        self._given: tuple[OdometryInput, int] | None = None

    def take(self, message: OdometryInput, now_ns: int) -> None:
        """Take odometry received at now_ns (steady clock), from the thread that brings inputs."""
        if self._newest is not None:
            older_ns = self._newest[0].ego.stamp_ns - message.ego.stamp_ns
            if 0 <= older_ns < self._timeout_ns:
                return   # out of order, or of a sensor that is stuck
        self._newest = message, now_ns

    def news(self, road_frame: str) -> tuple[Ego, int] | None:
        """
        Return the state of the center of the vehicle, and when it was received, each once.

        None where nothing has come since, or in another frame than that of the road, '' where
        that is not known.
        """
        newest = self._newest
        if newest is None or newest is self._given:
            return None
        self._given = newest
        message, received_ns = newest
        if road_frame and message.frame_id and road_frame != message.frame_id:
            return None
        return message.ego.ahead(self._to_center), received_ns
