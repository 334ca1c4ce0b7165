# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What a control loop publishes to."""

from __future__ import annotations

from typing import Protocol, TypeVar

from drl_prune_ros.control.command import Command, ComponentCommand, Components, Motion

MotionT_contra = TypeVar('MotionT_contra', contravariant=True)
CommandT_contra = TypeVar('CommandT_contra', contravariant=True)


class CommandSink(Protocol[MotionT_contra, CommandT_contra]):
    """What a control loop publishes to; it calls one method at a time."""

    def publish_command(self, command: CommandT_contra) -> None:
        """Publish a command that answers inputs."""

    def publish_safety_command(self, motion: MotionT_contra) -> None:
        """Publish a motion that answers no inputs: the last one held, or a stop."""


MotionSink = CommandSink[Motion, Command]
ComponentSink = CommandSink[Components, ComponentCommand]
