# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What an environment is configured to, as the compiled code reads it."""

from __future__ import annotations

import numpy as np

# Scenarios, by what they reward.
HIGHWAY, MERGE, ROUNDABOUT, INTERSECTION, RACETRACK, EXIT, TWO_WAY, U_TURN = range(8)
META, STEERING, THROTTLE, BOTH = range(4)                        # kinds of actions
TERMS = 5                                                        # of a reward, at most

SETTINGS = np.dtype([
    ('scenario', 'i4'), ('action', 'i4'), ('frames', 'i4'),
    ('regulated', 'i4'),          # frames between two looks at the road's rules; 0: it has none
    ('dt', 'f8'), ('period', 'f8'), ('duration', 'f8'),   # seconds
    # IDM and MOBIL
    ('distance_wanted', 'f8'), ('time_wanted', 'f8'), ('comfort_acceleration', 'f8'),
    ('root_of_accelerations', 'f8'), ('most_acceleration', 'f8'), ('braking_imposed', 'f8'),
    ('politeness', 'f8'), ('gain_wanted', 'f8'), ('lane_change_delay', 'f8'),
    ('delta', 'f8'), ('delta_low', 'f8'), ('delta_high', 'f8'),
    # rewards: weights of the terms in their order, and the bounds that map to 0 and 1
    ('weights', 'f8', (TERMS,)), ('normalize', 'i4'), ('worst', 'f8'), ('best', 'f8'),
    ('speed_low', 'f8'), ('speed_high', 'f8'), ('centering_cost', 'f8'), ('arrived', 'f8'),
    ('square', 'f8'),   # 2; compiled as a constant it is x * x, which pow rounds otherwise
    ('offroad_terminal', 'i4'), ('end', 'f8'), ('merging_lane', 'i4'),
    # traffic at the reset
    ('others', 'i4'), ('ego_lane', 'i4'), ('ego_gap', 'f8'), ('gap', 'f8'), ('crowding', 'f8'),
    ('checks', 'i4'),
    ('spread', 'i4'),             # lanes among which a start is drawn
    ('reach', 'f8'),              # meters along the road where traffic may start
    ('goal', 'i4'), ('spawn_probability', 'f8'), ('lanes', 'i4', (8,)),
    # continuous actions, or discrete ones that stand for these
    ('discrete', 'i4'),
    ('acceleration_low', 'f8'), ('acceleration_high', 'f8'), ('steering_low', 'f8'),
    ('steering_high', 'f8'), ('clips', 'i4'),
    # whether numpy computes with them in double precision, as with ranges of its own numbers
    ('acceleration_wide', 'i4'), ('steering_wide', 'i4'),
    ('min_speed', 'f8'), ('max_speed', 'f8'),
], align=True)
