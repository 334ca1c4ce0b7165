# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Headers of laser scans: those of drivers that exist are accepted, what lies is refused."""

import math

from hypothesis import given
from hypothesis import strategies as st
import numpy as np
import pytest

from drl_prune_ros.perception.scan_header import check_scan_header
from drl_prune_ros.perception.scene import Contradiction

TURN = 2 * math.pi


def header(beams=360, low=-math.pi, high=math.pi, increment=None, nearest=0.1, farthest=30.0):
    """Return a header; drivers write 32 bits."""
    increment = (high - low) / max(beams - 1, 1) if increment is None else increment
    return beams, *(float(np.float32(value)) for value in (
        low, high, increment, nearest, farthest))


@pytest.mark.parametrize('values', [
    header(), header(low=math.pi, high=-math.pi), header(low=0.0, high=TURN),
    header(low=TURN, high=0.0), header(increment=TURN / 360), header(low=0.0, high=0.0, beams=1),
    header(beams=1081, low=-2.356, high=2.356),
    header(beams=720, low=0.0, high=TURN, increment=TURN / 720), header(nearest=0.0),
    header(beams=4, low=0.0, high=1.5 * math.pi), header(beams=2, low=-0.1, high=0.1),
    header(beams=541, low=-135 / 180 * math.pi, high=135 / 180 * math.pi, increment=0.00872665),
])
def test_what_drivers_publish_is_accepted(values):
    check_scan_header(*values)


@given(
    st.integers(2, 5000), st.floats(-math.pi, math.pi), st.floats(0.02, TURN), st.booleans(),
    st.sampled_from((-1, 0, 1)))
def test_every_scanner_whose_header_fits_is_accepted(beams, low, span, clockwise, off):
    span = -span if clockwise else span
    low = min(max(low, -TURN - min(span, 0.0)), TURN - max(span, 0.0))
    check_scan_header(*header(beams, low, low + span, span / max(beams - 1 + off, 1)))


@pytest.mark.parametrize(('values', 'words'), [
    pytest.param(values, words, id=name, marks=pytest.mark.reaction(
        'inside one message', f'a scan with {name}', 'inputs contradict'))
    for name, values, words in (
        ('mirrored data (increment against its angles)', header(increment=-TURN / 359),
         'mirrored'),
        ('angles from high to low, increment positive',
         header(low=1.5, high=-1.5, increment=3.0 / 359), 'mirrored'),
        ('angles in degrees', header(low=-180.0, high=180.0), 'in radians, not in degrees'),
        ('angles in degrees, clockwise', header(low=90.0, high=-90.0), 'not in degrees'),
        ('the increment alone in degrees', header(increment=1.0), 'not in degrees'),
        ('half of the beams', header(beams=180, increment=TURN / 359), 'does not fit the beams'),
        ('twice the beams', header(beams=720, low=-1.5, high=1.5, increment=3.0 / 359),
         'does not fit the beams'),
        ('no increment', header(increment=0.0), 'all point to'),
        ('angle_max not filled in', header(low=-math.pi, high=0.0, increment=TURN / 359),
         'does not fit the beams'),
        ('range_min above range_max', header(nearest=30.0, farthest=0.1), 'range_min has to be'),
        ('range_min equal to range_max', header(nearest=5.0, farthest=5.0), 'range_min has'),
        ('a negative range_min', header(nearest=-1.0), 'range_min has to be'),
        ('a negative range_max', header(farthest=-30.0), 'range_min has to be'),
    )])
def test_a_header_that_lies_is_refused(values, words):
    with pytest.raises(Contradiction, match=words):
        check_scan_header(*values)
