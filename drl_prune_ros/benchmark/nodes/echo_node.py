# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
The echo node: the floor that a policy node in rclpy stands on.

It takes the messages that the policy node takes, with the same quality of service and executor,
and answers each set with a command that carries its stamp and nothing else. It has no other
publisher and no timer: what the policy node does beyond this is the policy node's own cost.
"""

from __future__ import annotations

import gc

from geometry_msgs.msg import TwistStamped
from nav_msgs.msg import Odometry, Path
from rclpy.node import Node
from sensor_msgs.msg import PointCloud2
from std_msgs.msg import String

from drl_prune_ros.nodes.common import qos
from drl_prune_ros.nodes.common.parameters import declare
from drl_prune_ros.nodes.common.process import EXECUTOR, main_of, spin, SpinOnce


class EchoNode(Node):
    """Answers objects, which a set of inputs ends with, with a command."""

    def __init__(self) -> None:
        super().__init__('echo')
        declare(self, (EXECUTOR,))
        self._command = self.create_publisher(TwistStamped, '~/output/command', qos.COMMAND)
        sensor = qos.sensor_subscription('best_effort')
        for kind, name, profile in (
            (String, 'road', qos.LATCHED), (Path, 'path', qos.LATCHED),
            (Odometry, 'odometry', sensor),
        ):
            self.create_subscription(kind, f'~/input/{name}', _ignore, profile)
        self.create_subscription(PointCloud2, '~/input/objects', self._on_objects, sensor)
        # As the policy node does.
        gc.collect()
        gc.freeze()

    def run(self, spin_once: SpinOnce) -> None:
        """Answer until a signal arrives."""
        spin(spin_once)

    def finish(self) -> None:
        """Do nothing: an echo has no last words."""

    def _on_objects(self, message: PointCloud2) -> None:
        command = TwistStamped()
        command.header.stamp = message.header.stamp
        self._command.publish(command)


def _ignore(_: object) -> None:
    pass


def main() -> None:
    """Run the node as a process."""
    main_of('echo', EchoNode)


if __name__ == '__main__':
    main()
