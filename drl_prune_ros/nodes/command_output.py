# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What the policy node says to the vehicle, and beside it to those who look on."""

from __future__ import annotations

from geometry_msgs.msg import TwistStamped
from rclpy.duration import Duration
from rclpy.node import Node
from sensor_msgs.msg import JointState, TimeReference
from std_msgs.msg import Float64

from drl_prune_ros.control.command import Command
from drl_prune_ros.nodes import qos
from drl_prune_ros.nodes.messages import (
    answered_message,
    command_message,
    decision_to_message,
    ns_to_stamp,
)

ACKNOWLEDGE_S = 0.2   # seconds that a last command is given to arrive


class CommandOutput:
    """
    Publishes commands, their decisions and the stamps that they answer.

    frame_id      of the command
    output_stamp  of a command: 'now', or 'input' for the stamp that it answers
    """

    def __init__(self, node: Node, frame_id: str, output_stamp: str) -> None:
        self._node = node
        self._frame_id = frame_id
        self._stamped_as_input = output_stamp == 'input'
        # Plain publishers: a lifecycle publisher drops silently while the node is inactive.
        self._command = node.create_publisher(TwistStamped, '~/output/command', qos.COMMAND)
        self._decision = node.create_publisher(JointState, '~/debug/decision', qos.DEBUG)
        self._answered = node.create_publisher(TimeReference, '~/debug/answered', qos.DEBUG)
        self._processing = node.create_publisher(Float64, '~/debug/processing_time_ms', qos.DEBUG)

    def answer(self, command: Command) -> None:
        """Publish a command that answers inputs."""
        stamp = self._node.get_clock().now().to_msg()
        if self._stamped_as_input:
            stamp = ns_to_stamp(command.stamp_ns)
        self._command.publish(
            command_message(stamp, self._frame_id, command.speed, command.yaw_rate))
        self._decision.publish(decision_to_message(stamp, command.decision))
        self._answered.publish(answered_message(stamp, command.stamp_ns))

    def took(self, processing_ms: float) -> None:
        """Publish how long an answer took."""
        self._processing.publish(Float64(data=processing_ms))

    def unasked(self, speed: float, yaw_rate: float) -> None:
        """Publish a command that answers nothing; it always carries the time of the node."""
        self._command.publish(command_message(
            self._node.get_clock().now().to_msg(), self._frame_id, speed, yaw_rate))

    def flush(self) -> None:
        """Wait until the last command is acknowledged, or ACKNOWLEDGE_S."""
        self._command.wait_for_all_acked(Duration(seconds=ACKNOWLEDGE_S))
