# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What only highway-env itself can run is refused in one line, by its name."""

from typing import Any

import gymnasium
from gymnasium.wrappers import TransformReward
from highway_env.envs.highway_env import HighwayEnvFast
from highway_env.road.lane import PolyLaneFixedWidth
import numpy as np
import pytest

from drl_prune_ros.errors import Unsupported
from drl_prune_ros.highway import make_vec_env
from drl_prune_ros.highway.batch import Batch
from drl_prune_ros.highway.tables import read_road

FAST = 'highway-fast-v0'
TRAFFIC = 'highway_env.vehicle.behavior.'


class MyHighway(HighwayEnvFast):
    """A user's own environment, with a reward of its own."""

    def _reward(self, action: int) -> float:
        return 0.5


# Named as the one it derives from.
NAMESAKE = type('HighwayEnvFast', (HighwayEnvFast,), {'__module__': HighwayEnvFast.__module__})


@pytest.fixture
def registered() -> Any:
    """Register environments as a user would."""
    own = {
        'MyHighway-v0': MyHighway, 'Namesake-v0': NAMESAKE,
        'Wrapped-v0': lambda **kwargs: TransformReward(
            HighwayEnvFast(**kwargs), lambda reward: 2 * reward)}
    for name, entry_point in own.items():
        gymnasium.register(name, entry_point=entry_point)
    yield
    for name in own:
        del gymnasium.registry[name]


@pytest.mark.parametrize(('name', 'config', 'message'), [
    ('parking-v0', None, 'no ParkingEnv:'),
    ('parking-ActionRepeat-v0', None, 'no ParkingEnvActionRepeat:'),
    ('parking-parked-v0', None, 'no ParkingEnvParkedVehicles:'),
    ('lane-keeping-v0', None, 'no LaneKeepingEnv:'),
    ('intersection-multi-agent-v0', None, 'no MultiAgentIntersectionEnv:'),
    ('intersection-multi-agent-v1', None, 'no wrapper MultiAgentWrapper:'),
    ('intersection-multi-agent-v2', None, 'no wrapper MultiAgentWrapper:'),
    ('intersection-v1', None, 'no BicycleVehicle, which the action is for: it is dynamical'),
    (FAST, {'action': {'type': 'ContinuousAction', 'dynamical': True}}, 'no BicycleVehicle'),
    (FAST, {'action': {'type': 'MultiAgentAction', 'action_config': {
        'type': 'DiscreteMetaAction'}}}, 'no MultiAgentAction:'),
    ('MyHighway-v0', None, r'no .*\.MyHighway, only what highway-env has:'),
    ('Namesake-v0', None, r'no highway_env\.envs\.highway_env\.HighwayEnvFast, only what'),
    ('Wrapped-v0', None, 'no wrapper TransformReward:'),
    (FAST, {'controlled_vehicles': 2}, 'one vehicle in each .* controlled_vehicles is 2:'),
    (FAST, {'other_vehicles_type': f'{TRAFFIC}LinearVehicle'}, f'no traffic of {TRAFFIC}Linear'),
    ('racetrack-v1', {'other_vehicles_type': f'{TRAFFIC}DefensiveVehicle'}, 'no traffic of '),
    (FAST, {'manual_control': True}, 'no keyboard, and manual_control is on:'),
    (FAST, {'observation': {'type': 'GrayscaleObservation', 'observation_shape': (32, 16),
                            'stack_size': 2, 'weights': [0.3, 0.5, 0.2]}},
     'no GrayscaleObservation:'),
    (FAST, {'observation': {'type': 'AttributesObservation', 'attributes': ['time']}},
     'no AttributesObservation:'),
])
def test_it_is_named_with_what_to_do(
        name: str, config: dict | None, message: str, registered: None) -> None:
    with pytest.raises(Unsupported, match=message) as refused:
        make_vec_env(name, 1, config)
    said = str(refused.value)
    assert '\n' not in said
    assert said.endswith(f'run it on highway-env itself, with gymnasium.make_vec({name!r})')


def test_other_kinds_of_lanes_are_named() -> None:
    env: Any = gymnasium.make(FAST).unwrapped
    env.reset(seed=0)
    env.road.network.graph['0']['1'][0] = PolyLaneFixedWidth(
        [(0.0, 0.0), (50.0, 0.0), (100.0, 5.0)])
    with pytest.raises(Unsupported, match='has no PolyLaneFixedWidth'):
        read_road(env, (), lambda start, end: False)


@pytest.mark.parametrize('config', [
    {'offscreen_rendering': True}, {'offscreen_rendering': False}, {'real_time_rendering': True},
    {'show_trajectories': True}, {'screen_width': 10, 'scaling': 3.0, 'render_agent': False}])
def test_what_only_a_viewer_reads_is_taken(config: dict) -> None:
    batch, plain = (Batch(FAST, 1, each) for each in (config, None))
    for own, other in zip(batch.scene, plain.scene, strict=True):
        for a, b in zip(own, other, strict=True):
            assert np.array_equal(a, b) or a.tobytes() == b.tobytes()


def test_an_environment_of_highway_env_under_another_id_is_taken() -> None:
    gymnasium.register('Mine-v0', entry_point='highway_env.envs.merge_env:MergeEnv',
                       max_episode_steps=7)
    try:
        assert Batch('Mine-v0', 1).limit == 7
    finally:
        del gymnasium.registry['Mine-v0']
