# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Frames that say by their names that they are not what they are used as."""

import pytest

from drl_prune_ros.perception.frame_names import check_odometry_frames
from drl_prune_ros.perception.scene import Contradiction, Ego, Objects
from drl_prune_ros.perception.synchronizer import InputSynchronizer


@pytest.mark.parametrize(('frame_id', 'child_frame_id'), [
    ('map', 'base_link'), ('odom', 'base_footprint'), ('', ''), ('map', ''), ('', 'base_link'),
    ('car_1/odom', 'car_1/base_link'), ('map', 'rear_axle'), ('utm', 'ego'), ('map_enu', 'imu'),
    ('planned', 'framed'), ('odom_combined', 'base_link_center'),
])
def test_names_of_a_convention_or_of_none_are_accepted(frame_id, child_frame_id):
    check_odometry_frames(frame_id, child_frame_id)


@pytest.mark.parametrize(('frame_id', 'child_frame_id', 'words'), [
    pytest.param(*case, marks=pytest.mark.reaction(
        'inside one message', f'odometry of {case[1]} in {case[0]}', 'inputs contradict'))
    for case in (
        ('base_link', 'odom', 'looks exchanged'), ('base_footprint', 'map', 'looks exchanged'),
        ('car_1/base_link', 'car_1/odom', 'looks exchanged'),
        ('base_link', 'base_footprint', 'looks exchanged'), ('map', 'odom', 'looks exchanged'),
        ('odom', 'odom', "are both 'odom'"), ('base_link', 'base_link', "are both 'base_link'"),
        ('map_ned', 'base_link', 'north, east, down'), ('odom_ned', 'base_link_frd', 'REP 103'),
        ('odom', 'base_link_frd', 'forward, right, down'), ('NED', 'base_link', 'z up'),
    )])
def test_others_are_refused_with_what_they_have_to_be(frame_id, child_frame_id, words):
    sets = InputSynchronizer()
    with pytest.raises(Contradiction, match=words):
        sets.check_odometry(Ego(1, 0.0, 0.0, 0.0, 0.0), frame_id, child_frame_id)


@pytest.mark.parametrize('frame_id', [
    pytest.param(name, marks=pytest.mark.reaction(
        'inside one message', f'objects in {name}', 'inputs contradict'))
    for name in ('map_ned', 'base_link_frd', 'camera_optical_frame')])
def test_so_are_those_of_sensors(frame_id):
    with pytest.raises(Contradiction, match=f"objects came in frame '{frame_id}', whose axes"):
        InputSynchronizer().sensor('objects', Objects.none(), 1, frame_id, 0)
