# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""States of compiled environments, put into highway-env itself: to look at, or to go on there."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from drl_prune_ros.highway.batch import Observed, State
from drl_prune_ros.highway.random import of_record
from drl_prune_ros.highway.records import FREE, IDM, MDP, OBSTACLE
from drl_prune_ros.highway.tables import lane_ids
from drl_prune_ros.simulator.traffic import make_with_own_traffic


class LiveEnv:
    """
    An environment of highway-env that takes over from a compiled one.

    After put(state) its observation is the compiled one's, and env.step goes on as the compiled
    one does, random numbers included.

    task_id, config  those that the compiled environment was made of
    """

    def __init__(self, task_id: str, config: dict[str, Any] | None = None) -> None:
        from highway_env.envs.common.observation import KinematicObservation

        self.env = make_with_own_traffic(
            task_id, disable_env_checker=True, render_mode='rgb_array',
            config={**(config or {}), 'offscreen_rendering': True})
        self.env.reset()
        env: Any = self.env.unwrapped
        self._env = env
        self._lanes = lane_ids(env)
        self._edges = [(start, end) for start, end, number in self._lanes if number == 0]
        # As at the reset: highway-env measures y by the lanes that there were.
        given = env.config['observation'].get('observation_configs', [env.config['observation']])
        observed = getattr(env.observation_type, 'observation_types', [env.observation_type])
        self._measured = [
            each for each, config in zip(observed, given, strict=True)
            if isinstance(each, KinematicObservation) and each.normalize
            and not config.get('features_range')]

    def put(self, state: State) -> Observed:
        """Make the scene that of a state; returns the observation of it."""
        env, episode = self._env, state.episode[0]
        rows = state.vehicles[0]
        env.road.vehicles = [self._vehicle(row) for row in rows[:episode['vehicles']]]
        env.vehicle = env.road.vehicles[episode['ego']]
        for thing, row in zip(env.road.objects, rows[rows['kind'] == OBSTACLE], strict=True):
            thing.crashed = bool(row['crashed'])
        env.time, env.steps = float(episode['time']), int(episode['steps'])
        env.road.steps = int(episode['road_steps'])
        frames = int(env.config['simulation_frequency'] // env.config['policy_frequency'])
        self.env.set_wrapper_attr('_elapsed_steps', env.steps // frames)
        for observed in self._measured:
            reach = 4.0 * float(episode['lanes_at_reset'])
            observed.features_range['y'] = [-reach, reach]
        env.np_random.bit_generator.state = of_record(episode['random'])
        seen: Observed = env.observation_type.observe()
        # Once more: rows that are shuffled have drawn.
        env.np_random.bit_generator.state = of_record(episode['random'])
        return seen

    def image(self) -> NDArray[np.uint8]:
        """Return highway-env's picture of the scene, (height, width, 3), RGB."""
        first = self._env.viewer is None
        picture = self._env.render()
        if first:
            # It draws nothing where SDL_VIDEODRIVER is 'dummy', though it needs no display.
            self._env.viewer.enabled = True
            picture = self._env.render()
        return np.array(picture, np.uint8)

    def close(self) -> None:
        """Free the environment."""
        self.env.close()

    def _vehicle(self, row: Any) -> Any:
        """Return a vehicle of highway-env that is as a row says."""
        from highway_env.vehicle.behavior import IDMVehicle

        env, kind = self._env, int(row['kind'])
        make = IDMVehicle if kind == IDM else env.action_type.vehicle_class
        vehicle = make(env.road, [row['x'], row['y']], float(row['heading']), float(row['speed']))
        vehicle.lane_index = self._lanes[row['lane']]
        vehicle.lane = env.road.network.get_lane(vehicle.lane_index)
        vehicle.action = {
            'steering': float(row['steering']), 'acceleration': float(row['acceleration'])}
        vehicle.crashed, vehicle.check_collisions = bool(row['crashed']), bool(row['checks'])
        if row['has_impact']:
            vehicle.impact = np.array([row['impact_x'], row['impact_y']])
        vehicle.MIN_SPEED, vehicle.MAX_SPEED = float(row['min_speed']), float(row['max_speed'])
        if kind == FREE:
            return vehicle
        vehicle.target_lane_index = self._lanes[row['target']]
        vehicle.target_speed = float(row['target_speed'])
        vehicle.route = self._route(row)
        if kind == MDP:
            vehicle.speed_index = int(row['speed_index'])
        else:
            vehicle.timer, vehicle.DELTA = float(row['timer']), float(row['delta'])
            vehicle.enable_lane_change = bool(row['changes'])
        if row['yielding']:
            vehicle.is_yielding, vehicle.yield_timer = True, float(row['yield_timer'])
            vehicle.color = env.road.YIELDING_COLOR
        return vehicle

    def _route(self, row: Any) -> list[tuple[str, str, int | None]] | None:
        """Return what is left of a route; None where there never was one."""
        if row['route_end'] < 0:
            return None
        return [(*self._edges[step // 64], step % 64 - 1 if step % 64 else None)
                for step in row['route'][row['route_at']:row['route_end']].tolist()]
