# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The vehicle and its road at one control tick, as controls and observers get them."""

from __future__ import annotations

from dataclasses import dataclass

from drl_prune_ros.perception.lane_network import LaneNetwork
from drl_prune_ros.perception.road_coordinates import RoadCoordinates, Stretch
from drl_prune_ros.perception.road_frame import RoadFrame
from drl_prune_ros.perception.scene import Ego, Objects


@dataclass(frozen=True, slots=True)
class DrivingContext:
    """
    The vehicle at one stamp, and the road where one is known.

    ego      in the road frame; in that of its odometry where no road is known
    frame    how what is in the frame of the odometry becomes what is in the road frame
    network  the lanes, in the road frame
    stretch  the road around the vehicle, and the vehicle in road coordinates
    """

    ego: Ego
    frame: RoadFrame | None = None
    network: LaneNetwork | None = None
    stretch: Stretch | None = None

    @classmethod
    def on_road(
        cls, ego: Ego, frame: RoadFrame, network: LaneNetwork, coordinates: RoadCoordinates,
    ) -> DrivingContext:
        """Return the context of a vehicle that is given in the frame of its odometry."""
        ego = frame.ego(ego)
        return cls(ego, frame, network, coordinates.around(ego))

    def objects_along_road(self, objects: Objects) -> Objects:
        """Return objects, given in the frame of the odometry, in road coordinates."""
        assert self.frame is not None and self.stretch is not None   # a road is known
        return self.stretch.objects(self.frame.objects(objects))
