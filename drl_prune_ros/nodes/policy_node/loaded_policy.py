# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A policy file that was loaded and found to fit this vehicle, and the driver made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
import json
import os
from typing import Any

from drl_prune_ros.control.driver import ComponentDriver, make_driver, MotionDriver
from drl_prune_ros.control.profile import load_profile, VehicleProfile
from drl_prune_ros.errors import DrlPruneError, one_line
from drl_prune_ros.nodes.conversions.sensors import load_sensor, Sensor
from drl_prune_ros.policy.errors import ContractError
from drl_prune_ros.policy.policy_file import read_policy
from drl_prune_ros.policy.runtime import load_runtime, PolicyRuntime
from drl_prune_ros.policy.wanted_speeds import wanted_speeds


@dataclass(frozen=True, slots=True)
class LoadedPolicy:
    """A policy, the vehicle that it drives, its sensors, and the driver made of them."""

    path: str
    sha256: str
    runtime: PolicyRuntime
    profile: VehicleProfile
    sensors: tuple[Sensor, ...]
    driver: MotionDriver | ComponentDriver

    def about(self) -> dict[str, object]:
        """Return its values in diagnostics."""
        manifest = self.runtime.manifest
        return {
            'policy': self.path, 'sha256': self.sha256, 'runtime': self.runtime.kind,
            'vehicle profile': self.profile.name, 'task': manifest.task,
            'weights': manifest.weights, 'wanted speeds': self.wanted_speeds,
            'headway guard': self._headway_guard()}

    def model(self) -> str:
        """Return the text of ~/output/model, JSON."""
        return json.dumps({
            'pid': os.getpid(), 'host': os.uname().nodename,
            'file': self.path, 'sha256': self.sha256, 'runtime': self.runtime.kind,
            'wanted_speeds': self.wanted_speeds, 'headway_guard': self._headway_guard(),
            'manifest': self.runtime.manifest.to_dict()})

    @property
    def wanted_speeds(self) -> str:
        """Return in a few words which speeds the policy can want."""
        return wanted_speeds(self.runtime.manifest.action)

    def _headway_guard(self) -> str:
        """Return whether the vehicle keeps its distance, whatever the policy wants."""
        if not self.driver.guard.keeps_distance:
            return 'off'
        return 'on' if 'objects' in self.driver.sensors else 'not available: no objects'

    def __str__(self) -> str:
        """Return one line for the log."""
        manifest = self.runtime.manifest
        return (
            f'{one_line(self.path)}: {manifest.task}, widths {list(manifest.widths)}, '
            f'{self.runtime.kind}, {self.profile.name}, control every {self.driver.period_s:g} s, '
            f'wants {self.wanted_speeds or "no speed"}, headway guard {self._headway_guard()}')


def is_lockstep(values: Mapping[str, Any]) -> bool:
    """Return whether a simulator waits for every answer, by the parameters of the node."""
    return bool(values['output_stamp'] == 'input')


def check_lockstep(values: Mapping[str, Any]) -> None:
    """Raise DrlPruneError if lock-step is asked for beside a parameter that excludes it."""
    if is_lockstep(values) and values['sync_tolerance']:
        raise DrlPruneError('output_stamp input is lock-step, which answers sets of one stamp: '
                            'leave sync_tolerance at 0')


def load_vehicle(values: Mapping[str, Any]) -> VehicleProfile:
    """Load the vehicle profile by the parameters of the node; raises DrlPruneError."""
    profile = load_profile(values['vehicle_profile'])
    if values['wheelbase']:
        profile = profile.with_wheelbase(values['wheelbase'])
    return profile


def load_policy(path: str, values: Mapping[str, Any], profile: VehicleProfile) -> LoadedPolicy:
    """
    Load a policy by the parameters of the node.

    Raises DrlPruneError, which names the file, where it does not fit the vehicle.
    """
    if not path:
        raise DrlPruneError(
            'parameter policy is empty: give the path of a policy file (policy:=PATH)')
    # Read once, so that the policy announced is the one that drives, even where the file is
    # replaced meanwhile.
    policy = read_policy(path)
    runtime = load_runtime(policy, values['runtime'])
    try:
        # In lock-step the simulator decides when an episode ends.
        driver = make_driver(runtime, profile, components=values['output_type'] == 'vector',
                             on_road=not is_lockstep(values))
    except ContractError as error:
        raise ContractError(f'{path}: {error}') from error
    sensors = tuple(load_sensor(name, values['objects_type']) for name in driver.sensors)
    return LoadedPolicy(str(path), policy.sha256, runtime, profile, sensors, driver)
