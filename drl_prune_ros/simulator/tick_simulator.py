# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A highway-env episode, one simulation tick at a time, its vehicle driven from outside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
import math
from operator import add
from typing import Any

import gymnasium
from highway_env.envs.common.abstract import AbstractEnv
from highway_env.vehicle.controller import MDPVehicle
import numpy as np
from numpy.typing import NDArray

from drl_prune_ros.control.command import Decision
from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.perception.road import Road
from drl_prune_ros.perception.scene import Ego, Objects
from drl_prune_ros.simulator.driven_vehicle import DrivenVehicle
from drl_prune_ros.simulator.highway_road import describe_road, segment_nodes
from drl_prune_ros.simulator.traffic import Traffic


@dataclass(frozen=True, slots=True)
class EpisodeResult:
    """
    One finished episode, counted as highway-env counts it.

    return_     undiscounted sum of rewards
    length      decisions taken
    crashed     whether the vehicle crashed
    speed_mean  of the vehicle's speed at the end of each decision, m/s
    seed        the reset seed
    """

    return_: float
    length: int
    crashed: bool
    speed_mean: float
    seed: int


class TickSimulator:
    """
    highway-env behind ROS conventions (map frame, y to the left, SI units).

    Driven with the decisions and commands that highway-env's own controller would take, an
    episode has exactly the return that env.step() would have given.

    task          gymnasium id, such as 'highway-fast-v0'
    config        what to change of the environment's configuration
    render        whether frame() may be called
    render_scale  size of a frame, as a multiple of highway-env's own

    Raises DrlPruneError for an environment that cannot be driven this way.
    """

    def __init__(
        self, task: str, config: Mapping[str, Any] | None = None, render: bool = False,
        render_scale: float = 1.0,
    ) -> None:
        known = gymnasium.registry.get(task)
        if known is None or not str(known.entry_point).startswith('highway_env.'):
            raise DrlPruneError(f'highway-env has no environment {task!r}: check the name')
        self._traffic = Traffic()
        with self._traffic.own():
            env = gymnasium.make(
                task, config=dict(config or {}), disable_env_checker=True,
                render_mode='rgb_array' if render else None).unwrapped
        if type(env).step is not AbstractEnv.step:
            raise DrlPruneError(f'{task} cannot be simulated tick by tick: choose another task')
        if not isinstance(env.vehicle, MDPVehicle) or len(env.controlled_vehicles) != 1:
            raise DrlPruneError(
                f'{task} does not have one vehicle driven by meta-actions: choose another task')
        # Nothing but the viewer reads these. An even number of pixels, as MP4 asks.
        for name in ('screen_width', 'screen_height'):
            env.config[name] = 2 * round(env.config[name] * render_scale / 2)
        env.config['scaling'] *= render_scale
        self._env: Any = env
        self._road = describe_road(env.road.network)
        self._dt = 1 / env.config['simulation_frequency']
        self._ticks_per_decision = int(
            env.config['simulation_frequency'] // env.config['policy_frequency'])
        self._ticks = 0
        self._done = True
        self._seed = 0
        self._terminated = False
        self._rewards: list[float] = []
        self._speeds: list[float] = []

    @property
    def control_rate_hz(self) -> float:
        """Return the simulation ticks per second."""
        return float(self._env.config['simulation_frequency'])

    @property
    def rate_hz(self) -> float:
        """Return the decisions per second."""
        return self.control_rate_hz / self._ticks_per_decision

    @property
    def stamp_ns(self) -> int:
        """Return the simulated time, nanoseconds; one period per tick, also over a reset."""
        return round(self._ticks * 1e9 * self._dt)

    @property
    def done(self) -> bool:
        """Return whether the episode is over; true before the first reset."""
        return self._done

    @property
    def deciding(self) -> bool:
        """Return whether the next tick begins a decision."""
        return bool(self._env.steps % self._ticks_per_decision == 0)

    @property
    def terminated(self) -> bool:
        """Return whether the episode is over for another reason than its length."""
        return self._terminated

    @property
    def reward(self) -> float:
        """Return the reward of the latest decision that was carried out."""
        return self._rewards[-1]

    @property
    def speed(self) -> float:
        """Return the driven vehicle's speed at the end of that decision, m/s."""
        return self._speeds[-1]

    @property
    def crashed(self) -> bool:
        """Return whether the driven vehicle has crashed."""
        return bool(self._env.vehicle.crashed)

    def observation(self) -> NDArray[np.float32]:
        """Return highway-env's own observation, flat, (n,)."""
        return np.asarray(self._env.observation_type.observe(), np.float32).ravel()

    def reset(self, seed: int) -> None:
        """Begin the episode of a seed."""
        env = self._env
        with self._traffic.own():
            env.reset(seed=seed)
        self._road = describe_road(env.road.network)
        self._driven = DrivenVehicle(env.vehicle, segment_nodes(env.road.network))
        self._ticks += 1
        self._heading = env.vehicle.heading
        self._done = self._terminated = False
        self._seed = seed
        self._rewards = []
        self._speeds = []

    def road(self) -> Road:
        """Return the road of this episode."""
        return self._road

    def ego(self) -> Ego:
        """Return the driven vehicle, stamped stamp_ns."""
        vehicle = self._env.vehicle
        turned = vehicle.heading - self._heading
        return Ego(
            stamp_ns=self.stamp_ns,
            x=vehicle.position[0], y=-vehicle.position[1], yaw=-vehicle.heading,
            speed=vehicle.speed, yaw_rate=-turned / self._dt)

    def objects(self) -> Objects:
        """
        Return all other vehicles and obstacles, at stamp_ns.

        The id is the place in highway-env's own list, the same all over an episode.
        """
        road = self._env.road
        others = [
            (number, other) for number, other in enumerate(road.vehicles + road.objects)
            if other is not self._env.vehicle]
        velocities = [other.velocity for _, other in others]
        return Objects(
            x=[other.position[0] for _, other in others],
            y=[-other.position[1] for _, other in others],
            vx=[velocity[0] for velocity in velocities],
            vy=[-velocity[1] for velocity in velocities],
            yaw=[-other.heading for _, other in others],
            length=[other.LENGTH for _, other in others],
            width=[other.WIDTH for _, other in others],
            id=[number for number, _ in others])

    def tick(self, speed: float, yaw_rate: float, decision: Decision) -> None:
        """
        Simulate one control period.

        speed     of the driven vehicle at the end of the period, m/s
        yaw_rate  during the period, rad/s counter-clockwise
        decision  published beside the command; other vehicles and the reward read it

        Raises DrlPruneError when a number is not finite or the decision names no lane, and
        RuntimeError when the episode is over.
        """
        if self._done:
            raise RuntimeError('the episode is over: reset() begins the next one')
        self._check(speed, yaw_rate, decision)
        env = self._env
        if env.steps % self._ticks_per_decision == 0:
            env.time += 1 / env.config['policy_frequency']
            self._action = decision.action
        self._heading = env.vehicle.heading
        self._driven.command(speed, yaw_rate, decision, self._dt)
        with self._traffic.own():
            env.road.act()
            env.road.step(self._dt)
        env.steps += 1
        self._ticks += 1
        if env.steps % self._ticks_per_decision == 0:
            self._rewards.append(float(env._reward(self._action)))
            self._speeds.append(float(env.vehicle.speed))
            self._terminated = bool(env._is_terminated())
            self._done = self._terminated or bool(env._is_truncated())

    def _check(self, speed: float, yaw_rate: float, decision: Decision) -> None:
        if not all(map(math.isfinite, (speed, yaw_rate, decision.target_speed))):
            raise DrlPruneError('a command or its decision is not a finite number')
        segments = self._road.segments
        if not 0 <= decision.target_segment < len(segments) or not (
                0 <= decision.target_lane < len(segments[decision.target_segment].lanes)):
            raise DrlPruneError(
                f'a decision names lane {decision.target_lane} of segment '
                f'{decision.target_segment}, which this road lacks')

    def episode(self) -> EpisodeResult:
        """Return the result of the episode; raises RuntimeError unless it is done."""
        if not self._done or not self._rewards:
            raise RuntimeError('no episode has ended')
        return EpisodeResult(
            # From Python 3.12 on, sum() compensates for rounding, as adding up does not.
            return_=reduce(add, self._rewards), length=len(self._rewards),
            crashed=self.crashed,
            speed_mean=sum(self._speeds) / len(self._speeds), seed=self._seed)

    def frame(self) -> NDArray[np.uint8]:
        """Return a picture of the scene, (height, width, 3), RGB."""
        first = self._env.viewer is None
        picture = self._env.render()
        if first:
            # It draws nothing where SDL_VIDEODRIVER is 'dummy', though it needs no display.
            self._env.viewer.enabled = True
            picture = self._env.render()
        return np.asarray(picture, dtype=np.uint8)

    def close(self) -> None:
        """Free the environment."""
        self._env.close()
