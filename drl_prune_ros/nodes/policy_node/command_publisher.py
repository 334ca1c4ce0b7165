# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What the policy node publishes: commands for the vehicle, and debug topics beside them."""

from __future__ import annotations

from rclpy.duration import Duration
from rclpy.node import Node
from sensor_msgs.msg import JointState, TimeReference
from std_msgs.msg import Float64

from drl_prune_ros.control.command import Command, ComponentCommand, Components, Motion
from drl_prune_ros.nodes.common import qos
from drl_prune_ros.nodes.conversions.messages import answered_message, decision_to_message
from drl_prune_ros.nodes.conversions.outputs import Output
from drl_prune_ros.nodes.conversions.stamps import ns_to_stamp


class CommandPublisher:
    """
    Publishes commands, their decisions and the stamps that they answer; a CommandSink.

    Commands go to ~/output/command while engaged, and to ~/debug/command in shadow.

    output        converts a command to its message
    frame_id      of the command
    output_stamp  of a command: 'now', or 'input' for the stamp that it answers
    """

    def __init__(self, node: Node, output: Output, frame_id: str, output_stamp: str) -> None:
        self._node = node
        self._output = output
        self._frame_id = frame_id
        self._stamped_as_input = output_stamp == 'input'
        self.engaged = False
        # Plain publishers: a lifecycle publisher drops silently while the node is inactive.
        self._command, self._shadow = (
            node.create_publisher(
                output.message_type, topic, qos.COMMAND, qos_overriding_options=qos.overridable())
            for topic in ('~/output/command', '~/debug/command'))
        self._decision = node.create_publisher(JointState, '~/debug/decision', qos.DEBUG)
        self._answered = node.create_publisher(TimeReference, '~/debug/answered', qos.DEBUG)
        self._processing = node.create_publisher(Float64, '~/debug/processing_time_ms', qos.DEBUG)

    def close(self) -> None:
        """Destroy the publishers."""
        for publisher in (
                self._command, self._shadow, self._decision, self._answered, self._processing):
            self._node.destroy_publisher(publisher)

    def publish_command(self, command: Command | ComponentCommand) -> None:
        """Publish a command that answers inputs."""
        stamp_ns = command.stamp_ns if self._stamped_as_input else self._now_ns()
        self._publish(command, stamp_ns)
        # Only for subscribers, since a message takes as long as the command itself.
        if self._decision.get_subscription_count():
            self._decision.publish(decision_to_message(
                ns_to_stamp(stamp_ns), command.decision, command.guarded))
        if self._answered.get_subscription_count():
            self._answered.publish(answered_message(ns_to_stamp(stamp_ns), command.stamp_ns))

    def publish_safety_command(self, motion: Motion | Components) -> None:
        """Publish a motion that answers no inputs; its stamp is always the node's time."""
        self._publish(motion, self._now_ns())

    def publish_processing_time(self, processing_ms: float) -> None:
        """Publish the processing time of an answer."""
        if self._processing.get_subscription_count():
            self._processing.publish(Float64(data=processing_ms))

    def flush(self) -> None:
        """Wait until the last command is acknowledged, or qos.ACKNOWLEDGE_S."""
        self._command.wait_for_all_acked(Duration(seconds=qos.ACKNOWLEDGE_S))

    def _now_ns(self) -> int:
        return int(self._node.get_clock().now().nanoseconds)

    def _publish(self, motion: Motion | Components, stamp_ns: int) -> None:
        publisher = self._command if self.engaged else self._shadow
        publisher.publish(self._output.message(motion, stamp_ns, self._frame_id))
