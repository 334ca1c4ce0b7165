# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Makes the control loop of a driver, with its safety envelope."""

from __future__ import annotations

from dataclasses import dataclass
from typing import overload

from drl_prune_ros.control.command_sink import CommandSink, ComponentSink, MotionSink
from drl_prune_ros.control.control_loop import ComponentLoop, ControlLoop, MotionLoop
from drl_prune_ros.control.driver import ComponentDriver, Driver, MotionDriver
from drl_prune_ros.control.envelope import CommandT, MotionT, SafetyEnvelope


@dataclass(frozen=True, slots=True)
class LoopSettings:
    """The arguments of the same names of SafetyEnvelope and ControlLoop."""

    input_timeout_s: float
    lockstep: bool = False
    base_link_to_center: float = 0.0
    sync_tolerance_s: float = 0.0


@overload
def make_control_loop(
    driver: MotionDriver, sink: MotionSink, settings: LoopSettings) -> MotionLoop: ...
@overload
def make_control_loop(
    driver: ComponentDriver, sink: ComponentSink, settings: LoopSettings) -> ComponentLoop: ...


def make_control_loop(
    driver: Driver[MotionT, CommandT], sink: CommandSink[MotionT, CommandT],
    settings: LoopSettings,
) -> ControlLoop[MotionT, CommandT]:
    """Return a control loop of a driver, with a safety envelope of its guard."""
    envelope = SafetyEnvelope(
        driver.guard, driver.period_s, settings.input_timeout_s, settings.lockstep)
    return ControlLoop(
        driver, envelope, sink, settings.input_timeout_s, settings.lockstep,
        settings.base_link_to_center, settings.sync_tolerance_s)
