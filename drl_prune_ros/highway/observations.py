# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What an environment observes, as the compiled code reads it: a record for each part."""

from __future__ import annotations

import numpy as np

KINEMATICS, GRID, LIDAR, TIME_TO_COLLISION = range(4)   # kinds of parts
FEATURES = ('presence', 'x', 'y', 'vx', 'vy', 'heading', 'cos_h', 'sin_h', 'cos_d', 'sin_d',
            'long_off', 'lat_off', 'ang_off')
PRESENCE, X, Y, VX, VY, HEADING, COS_H, SIN_H, COS_D, SIN_D, LONG_OFF, LAT_OFF, ANG_OFF = range(13)
ON_ROAD = -1     # a layer of a grid, in place of a feature
MOST = len(FEATURES) + 1

# Of an environment there is one, or one for each part of a tuple.
OBSERVATION = np.dtype([
    ('kind', 'i4'), ('start', 'i4'), ('size', 'i4'),     # where it lies in what is observed
    ('rows', 'i4'), ('columns', 'i4'),
    ('count', 'i4'), ('features', 'i4', (MOST,)),        # columns of Kinematics, layers of a grid
    ('ranges', 'f8', (len(FEATURES), 2)),                # NaN where there is none
    ('normalize', 'i4'), ('clip', 'i4'),
    # Kinematics
    ('absolute', 'i4'), ('sorted', 'i4'), ('shuffled', 'i4'), ('behind', 'i4'),
    ('intentions', 'i4'), ('obstacles', 'i4'),
    ('y_by_lanes', 'i4'),                                # its range of y is that of the road
    ('exit_lane', 'i4'),                                 # along which x of the ego is; -1: none
    # OccupancyGrid
    ('low_x', 'f8'), ('low_y', 'f8'), ('step_x', 'f8'), ('step_y', 'f8'), ('spacing', 'f8'),
    ('reach', 'f8'),                                     # of its farthest corner, meters
    ('aligned', 'i4'), ('image', 'i4'),
    # Lidar
    ('range', 'f8'), ('angle', 'f8'),                    # meters; radians from a cell to the next
], align=True)
