# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Whether the header of a laser scan fits its beams."""

from __future__ import annotations

import math

from drl_prune_ros.perception.scene import Contradiction

# Drivers differ by a beam in what they call the last angle, and round the increment.
BEAMS_OFF, PART_OFF = 2.5, 0.01
FULL_TURN = math.tau * 1.01


def check_scan_header(
    beams: int, angle_min: float, angle_max: float, increment: float, range_min: float,
    range_max: float,
) -> None:
    """
    Raise Contradiction where angles (rad), ranges (m) and the number of beams do not fit together.

    All are finite, and there is a beam. A scanner that turns clockwise has a negative increment,
    and an angle_max below angle_min.
    """
    if not 0.0 <= range_min < range_max:
        raise Contradiction(
            f'the scan measures from {range_min:g} to {range_max:g} m: range_min has to be 0 or '
            'more, and less than range_max')
    span = increment * (beams - 1)
    # Some drivers count one beam more or less in their increment.
    if max(abs(angle_min), abs(angle_max), abs(span) - abs(increment)) > FULL_TURN:
        raise Contradiction(
            f'the {beams} beams of the scan go from {angle_min:g} to {angle_max:g} in steps of '
            f'{increment:g}, more than a full turn: angles are in radians, not in degrees')
    if beams > 1 and increment == 0.0:
        raise Contradiction(f'the {beams} beams of the scan all point to {angle_min:g} rad')
    off = abs(angle_max - angle_min - span)
    if off > BEAMS_OFF * abs(increment) and off > PART_OFF * abs(span):
        mirrored = beams > 1 and (angle_max - angle_min) * increment < 0.0
        raise Contradiction(
            f'{beams} beams from {angle_min:g} rad in steps of {increment:g} end at '
            f'{angle_min + span:g}, but angle_max of the scan is {angle_max:g}: '
            + ('the data are mirrored, or the sign of angle_increment is wrong' if mirrored
               else 'the header does not fit the beams'))
