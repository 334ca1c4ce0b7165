# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
from dataclasses import asdict

from highway_env.vehicle.controller import ControlledVehicle
import numpy as np
import pytest
import yaml

from drl_prune_ros.control.profile import load_profile, Stop, VehicleProfile
from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.resources import config_dir


def test_highway_env_profile_has_the_numbers_of_highway_env(profile):
    assert profile == VehicleProfile(
        name='highway_env',
        length=ControlledVehicle.LENGTH,
        width=ControlledVehicle.WIDTH,
        wheelbase=ControlledVehicle.LENGTH,
        max_speed=ControlledVehicle.MAX_SPEED,
        min_speed=ControlledVehicle.MIN_SPEED,
        max_steering=ControlledVehicle.MAX_STEERING_ANGLE,
        max_heading_offset=np.pi / 4,
        speed_time=ControlledVehicle.TAU_ACC,
        heading_time=ControlledVehicle.TAU_HEADING,
        lateral_time=ControlledVehicle.TAU_LATERAL,
        look_ahead=ControlledVehicle.TAU_PURSUIT,
        comfortable_stop=Stop(1.0, 1.0), emergency_stop=Stop(2.5, 5.0), headway_guard=None,
        limits=None)


GUARD = {'time_headway': 1.0, 'deceleration': 4.0, 'object_deceleration': 5.0,
         'standstill_gap': 2.0, 'lateral_gap': 0.3}


def test_an_unknown_profile_lists_the_known_ones():
    with pytest.raises(DrlPruneError, match="'tractor': choose one of highway_env"):
        load_profile('tractor')


@pytest.fixture
def written(tmp_path, profile):
    content = asdict(profile)
    del content['limits']
    content['headway_guard'] = False   # as YAML reads off

    def write(**changed):
        path = tmp_path / 'vehicle.yaml'
        path.write_text(yaml.safe_dump({**content, **changed}))
        return path

    return write


def test_reading_what_was_written(written, profile):
    assert VehicleProfile.read(written()) == profile


@pytest.mark.parametrize(('change', 'reason'), [
    ({'wheelbase': 0.0}, 'field wheelbase: expected a number above 0, found 0.0'),
    ({'min_speed': 3.0}, 'field min_speed: expected a number of at most 0, found 3.0'),
    ({'look_ahead': float('nan')}, 'field look_ahead: expected a finite number, found nan'),
    ({'speed_time': 'fast'}, "field speed_time: expected a number, found 'fast'"),
    ({'wheelbase': True}, 'field wheelbase: expected a number, found True'),
    ({'wings': 2}, "field profile has an unknown entry 'wings'"),
    ({'emergency_stop': 2.5}, 'field emergency_stop: expected an object, found 2.5'),
    ({'emergency_stop': {'deceleration': 0.0, 'jerk': 1.0}},
     'field emergency_stop.deceleration: expected a number above 0'),
    ({'width': -1.9}, 'field width: expected a number above 0, found -1.9'),
    ({'headway_guard': True}, 'field headway_guard: expected an object, found True'),
    ({'headway_guard': {}}, 'field headway_guard.time_headway is missing'),
    ({'headway_guard': {**GUARD, 'lateral_gap': 0.0}},
     'field headway_guard.lateral_gap: expected a number above 0'),
    ({'limits': {}}, 'limits must have exactly speed, acceleration'),
])
def test_a_wrong_entry(written, change, reason):
    with pytest.raises(DrlPruneError, match=reason):
        VehicleProfile.read(written(**change))


def test_the_guard_plans_with_what_the_limits_allow(written):
    limits = yaml.safe_load((config_dir() / 'vehicles/passenger_car.yaml').read_text())['limits']
    guard = {**GUARD, 'deceleration': 5.5}
    assert VehicleProfile.read(written(headway_guard=guard)).headway_guard.deceleration == 5.5
    with pytest.raises(DrlPruneError, match=r'headway_guard.deceleration is 5.5.* limits .* 5'):
        VehicleProfile.read(written(headway_guard=guard, limits=limits))


def test_nobody_drives_without_the_guard_because_a_line_is_missing(written):
    path = written()
    content = yaml.safe_load(path.read_text())
    del content['headway_guard']
    path.write_text(yaml.safe_dump(content))
    with pytest.raises(DrlPruneError, match=r'no entry headway_guard.*: write it as in') as caught:
        VehicleProfile.read(path)
    assert '\n' not in str(caught.value)


@pytest.mark.parametrize('text', ['', '- 1', '{', 'name: x'])
def test_what_is_no_profile(tmp_path, text):
    path = tmp_path / 'vehicle.yaml'
    path.write_text(text)
    with pytest.raises(DrlPruneError) as caught:
        VehicleProfile.read(path)
    assert '\n' not in str(caught.value)


def test_a_missing_file(tmp_path):
    with pytest.raises(DrlPruneError, match='cannot be read'):
        VehicleProfile.read(tmp_path / 'none.yaml')
