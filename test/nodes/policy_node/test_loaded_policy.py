# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What the node says about a policy that it has loaded."""

import json
from pathlib import Path

import pytest

from drl_prune_ros.control.profile import load_profile
from drl_prune_ros.nodes.policy_node.loaded_policy import load_policy

MODELS = Path(__file__).parents[3] / 'models'
VALUES = {'runtime': 'numpy', 'output_type': 'twist', 'objects_type': 'cloud',
          'output_stamp': 'now'}


@pytest.mark.parametrize(('model', 'profile', 'speeds', 'guard'), [
    ('highway-fast-v0-dsp', 'passenger_car', '20 to 30 m/s', 'on'),
    ('highway-fast-v0-dsp', 'highway_env', '20 to 30 m/s', 'off'),
    ('racetrack-v0-distilled', 'passenger_car', 'the speed that is measured on ~/engage',
     'not available: no objects'),
])
def test_the_speeds_and_whether_the_distance_is_kept(model, profile, speeds, guard):
    loaded = load_policy(str(MODELS / f'{model}.onnx'), VALUES, load_profile(profile))
    assert (loaded.about()['wanted speeds'], loaded.about()['headway guard']) == (speeds, guard)
    said = json.loads(loaded.model())
    assert (said['wanted_speeds'], said['headway_guard']) == (speeds, guard)
    assert f'wants {speeds}, headway guard {guard}' in str(loaded)
