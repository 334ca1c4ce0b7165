# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What arrives at the control loop: odometry, and a reading of a sensor."""

from __future__ import annotations

from typing import ClassVar, NamedTuple, Protocol

from drl_prune_ros.perception.scene import Ego


class Reading(Protocol):
    """
    One reading of a sensor: Objects, Scan, GridLayer or Values.

    of_vehicle  True where observers need it in the axes of the vehicle, False where in the frame
                of the odometry, None where it lies in no frame
    """

    of_vehicle: ClassVar[bool | None]


class OdometryInput(NamedTuple):
    """
    Odometry as it was received.

    ego             the body, in frame_id
    frame_id        '' where the message names none
    child_frame_id  of the body, '' where the message names none
    """

    ego: Ego
    frame_id: str
    child_frame_id: str = ''


class SensorInput(NamedTuple):
    """
    A reading as it was received.

    sensor    name of the sensor, as the observer has it
    stamp_ns  nanoseconds
    frame_id  that the reading is in
    """

    sensor: str
    reading: Reading
    stamp_ns: int
    frame_id: str
