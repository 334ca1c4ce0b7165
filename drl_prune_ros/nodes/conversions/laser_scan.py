# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""sensor_msgs/LaserScan: one scan of a planar lidar (ranges by REP 117)."""

from __future__ import annotations

import math

import numpy as np
from sensor_msgs.msg import LaserScan

from drl_prune_ros.perception.lidar import Scan
from drl_prune_ros.perception.scan_header import check_scan_header
from drl_prune_ros.perception.scene import InvalidInput


def message_to_scan(message: LaserScan) -> Scan:
    """
    Return a scan in the axes of its header.frame_id.

    +Inf is a beam that hit nothing, -Inf one that hit something too near to measure, which counts
    as 0 m. NaN and a range outside of range_min to range_max have no value, as REP 117 has it.
    Raises InvalidInput where it has no beam, or an angle or a bound that is not finite, and
    Contradiction where its header does not fit its beams.
    """
    bounds = {name: getattr(message, name) for name in (
        'angle_min', 'angle_max', 'angle_increment', 'range_min', 'range_max')}
    bad = [name for name, value in bounds.items() if not math.isfinite(value)]
    if bad:
        raise InvalidInput(f'{bad[0]} of the scan is {bounds[bad[0]]}: a number is needed')
    ranges = np.array(message.ranges, dtype=np.float64)
    if not ranges.size:
        raise InvalidInput('the scan has no beams')
    check_scan_header(
        ranges.size, message.angle_min, message.angle_max, message.angle_increment,
        message.range_min, message.range_max)
    with np.errstate(invalid='ignore'):   # a comparison with NaN is false, as intended
        measured = (ranges >= message.range_min) & (ranges <= message.range_max)
    too_near, free = np.isneginf(ranges), np.isposinf(ranges)
    ranges[~(measured | too_near | free)] = np.nan
    ranges[too_near] = 0.0
    bearings = message.angle_min + message.angle_increment * np.arange(ranges.size)
    return Scan(ranges, bearings, message.range_max)
