# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The vehicle and its road at one control tick, as controls and observers get them."""

from __future__ import annotations

from dataclasses import dataclass

from drl_prune_ros.perception.lane_network import LaneNetwork
from drl_prune_ros.perception.road_coordinates import Stretch
from drl_prune_ros.perception.road_frame import RoadFrame
from drl_prune_ros.perception.scene import Ego, Objects


@dataclass(frozen=True, slots=True)
class DrivingContext:
    """
    The vehicle at one stamp, and the road where one is known.

    ego      in the road frame; in that of its odometry where no road is known
    frame    how what is in the frame of the odometry becomes what is in the road frame
    network  the lanes, in the road frame
    objects  around the vehicle, in the frame of its odometry; None where no sensor tells them
    stretch  the road around the vehicle, in whose coordinates a scene is laid straight
    """

    ego: Ego
    frame: RoadFrame | None = None
    network: LaneNetwork | None = None
    objects: Objects | None = None
    stretch: Stretch | None = None

    @property
    def laid_ego(self) -> Ego:
        """Return the vehicle as a policy of straight roads sees it."""
        return self.ego if self.stretch is None else self.stretch.ego
