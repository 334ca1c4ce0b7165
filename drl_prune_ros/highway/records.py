# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What the compiled code works on: a record for a vehicle, tables of a road, and the settings."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

LENGTH, WIDTH = 5.0, 2.0                     # of every vehicle, meters
MAX_SPEED, MIN_SPEED = 40.0, -40.0           # m/s
LOOKS = 11                                   # predictions of a vehicle where there are rules
ROUTE = 24                                   # steps that a route may have
STRAIGHT, SINE, CIRCULAR = 0, 1, 2           # kinds of lanes
IDM, MDP, FREE, OBSTACLE = 0, 1, 2, 3        # kinds of vehicles
LANE_LEFT, IDLE, LANE_RIGHT, FASTER, SLOWER = range(5)

VEHICLE = np.dtype([
    ('x', 'f8'), ('y', 'f8'), ('heading', 'f8'), ('speed', 'f8'),
    ('cos', 'f8'), ('sin', 'f8'),            # of the heading
    ('steering', 'f8'), ('acceleration', 'f8'), ('target_speed', 'f8'),
    ('timer', 'f8'), ('delta', 'f8'),        # of a change of lane; exponent of IDM
    ('impact_x', 'f8'), ('impact_y', 'f8'), ('yield_timer', 'f8'),
    ('length', 'f8'), ('width', 'f8'), ('diagonal', 'f8'),
    ('min_speed', 'f8'), ('max_speed', 'f8'),
    ('lane', 'i4'), ('target', 'i4'),        # indices of lanes
    ('kind', 'i4'), ('speed_index', 'i4'),
    ('route_at', 'i4'), ('route_end', 'i4'),  # of ROUTE steps; an end of -1: there is no route
    ('crashed', 'i4'), ('has_impact', 'i4'), ('checks', 'i4'), ('yielding', 'i4'),
    ('changes', 'i4'),                       # whether it changes lane by itself
    ('route', 'i4', (ROUTE,)),               # edge * 64 + lane + 1, with 0 for any lane
], align=True)

LANE = np.dtype([
    ('x', 'f8'), ('y', 'f8'),                # where it starts, or the center of a circle
    ('along_x', 'f8'), ('along_y', 'f8'), ('across_x', 'f8'), ('across_y', 'f8'),
    ('heading', 'f8'), ('length', 'f8'), ('width', 'f8'), ('speed_limit', 'f8'),
    ('amplitude', 'f8'), ('pulsation', 'f8'), ('phase', 'f8'),
    ('radius', 'f8'), ('start_phase', 'f8'), ('turn', 'f8'),
    ('kind', 'i4'), ('forbidden', 'i4'), ('limited', 'i4'), ('priority', 'i4'),
    ('edge', 'i4'), ('number', 'i4'),        # of its edge, leftmost 0
    # A box around it: nothing outside is nearer to the lane than to the box.
    ('low_x', 'f8'), ('low_y', 'f8'), ('high_x', 'f8'), ('high_y', 'f8'),
], align=True)

EDGE = np.dtype([
    ('first', 'i4'), ('count', 'i4'),        # of its lanes
    ('start', 'i4'), ('end', 'i4'),          # nodes
    ('mark', 'i4'),                          # whether it leads away from an intersection
], align=True)

RANDOM = np.dtype([
    ('high', 'u8'), ('low', 'u8'), ('increment_high', 'u8'), ('increment_low', 'u8'),
    ('has_half', 'u8'), ('half', 'u8')], align=True)

EPISODE = np.dtype([
    ('vehicles', 'i4'), ('ego', 'i4'),       # how many, and which of them is driven
    ('steps', 'i4'), ('road_steps', 'i4'),   # frames since the reset, and of the road's rules
    ('time', 'f8'), ('lanes_at_reset', 'i4'),
    ('random', RANDOM)], align=True)


class Road(NamedTuple):
    """
    The lanes of a road and how they connect, in the order of highway-env's graph.

    lanes      (lanes,) of LANE
    edges      (edges,) of EDGE
    leaving    (nodes, most) edges that start at a node, -1 beyond the last
    neighbors  (lanes, most) lanes that continue one, or lead to it, -1 beyond the last
    offsets    (lanes, most) meters to be added to what is along each of these
    paths      (nodes, goals, ROUTE) edges of the shortest way, -1 beyond the last
    """

    lanes: NDArray[np.void]
    edges: NDArray[np.void]
    leaving: NDArray[np.int32]
    neighbors: NDArray[np.int32]
    offsets: NDArray[np.float64]
    paths: NDArray[np.int32]


class Room(NamedTuple):
    """
    Room to work in, of one thread.

    counts    (lanes,) how many vehicles and obstacles are on a lane, -1 where nobody looked yet
    members   (lanes, vehicles) which ones, in their order
    places    (lanes, vehicles) meters along the lane
    polygons  (2, 4, 2) the corners of two bodies
    looks     (vehicles, LOOKS, 3) where each one will be: x, y, heading
    chosen    (vehicles,) which ones are observed
    away      (vehicles,) and how far they are
    """

    counts: NDArray[np.int32]
    members: NDArray[np.int32]
    places: NDArray[np.float64]
    polygons: NDArray[np.float64]
    looks: NDArray[np.float64]
    chosen: NDArray[np.int64]
    away: NDArray[np.float64]


def make_room(lanes: int, vehicles: int) -> Room:
    """Return room for roads of so many lanes and vehicles."""
    return Room(
        np.full(lanes, -1, np.int32), np.zeros((lanes, vehicles), np.int32),
        np.zeros((lanes, vehicles)), np.zeros((2, 4, 2)), np.zeros((vehicles, LOOKS, 3)),
        np.zeros(vehicles, np.int64), np.zeros(vehicles))
