# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A policy file that was loaded and found to fit this vehicle, and what drives with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
import json
from typing import Any

from drl_prune_ros.control.control_loop import ControlLoop
from drl_prune_ros.control.driver import Driver
from drl_prune_ros.control.envelope import SafetyEnvelope
from drl_prune_ros.control.profile import load_profile, VehicleProfile
from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.nodes.conversions.sensors import load_sensor, Sensor
from drl_prune_ros.policy.errors import ContractError
from drl_prune_ros.policy.policy_file import read_policy
from drl_prune_ros.policy.runtime import load_runtime, PolicyRuntime


@dataclass(frozen=True, slots=True)
class LoadedPolicy:
    """A policy, the vehicle that it drives, what it senses, and the loop that has them drive."""

    path: str
    sha256: str
    runtime: PolicyRuntime
    profile: VehicleProfile
    sensors: tuple[Sensor, ...]
    loop: ControlLoop

    def about(self) -> dict[str, object]:
        """Return what diagnostics say of it."""
        manifest = self.runtime.manifest
        return {
            'policy': self.path, 'sha256': self.sha256, 'runtime': self.runtime.kind,
            'vehicle profile': self.profile.name, 'task': manifest.task,
            'weights': manifest.weights}

    def model(self) -> str:
        """Return what is latched about it, as JSON."""
        return json.dumps({
            'file': self.path, 'sha256': self.sha256, 'runtime': self.runtime.kind,
            'manifest': self.runtime.manifest.to_dict()})

    def __str__(self) -> str:
        """Return one line for the log."""
        manifest = self.runtime.manifest
        return (
            f'{self.path}: {manifest.task}, widths {list(manifest.widths)}, '
            f'{self.runtime.kind}, {self.profile.name}, control every {self.loop.period_s:g} s')


def check_lockstep(values: Mapping[str, Any]) -> None:
    """Refuse parameters of the node that do not go with lock-step, where it is asked for."""
    if values['output_stamp'] == 'input' and values['sync_tolerance']:
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
    Load a policy by the parameters of the node, to drive a vehicle.

    Raises DrlPruneError, which names the file, where it does not fit.
    """
    if not path:
        raise DrlPruneError(
            'parameter policy is empty: give the path of a policy file (policy:=PATH)')
    # Read once: what is announced is what drives, even where the file is replaced meanwhile.
    policy = read_policy(path)
    runtime = load_runtime(policy, values['runtime'])
    lockstep = values['output_stamp'] == 'input'
    try:
        # A simulator has its own idea of when an episode ends.
        driver = Driver(runtime, profile, components=values['output_type'] == 'vector',
                        on_road=not lockstep)
    except ContractError as error:
        raise ContractError(f'{path}: {error}') from error
    sensors = tuple(load_sensor(name, values['objects_type']) for name in driver.sensors)
    timeout_s = values['input_timeout']
    envelope = SafetyEnvelope(driver.guard, driver.period_s, timeout_s, lockstep)
    return LoadedPolicy(
        str(path), policy.sha256, runtime, profile, sensors,
        ControlLoop(driver, envelope, timeout_s, lockstep, values['base_link_to_center'],
                    values['sync_tolerance']))
