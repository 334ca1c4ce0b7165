# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Which process the monitored policy node is, by the graph."""

from __future__ import annotations

from collections.abc import Callable
import json
import os

from rclpy.node import Node
from rclpy.subscription import Subscription
from std_msgs.msg import String

from drl_prune_ros.nodes.common import qos
from drl_prune_ros.nodes.common.identity import publisher_names, UNNAMED


class PolicyFinder:
    """
    Finds the node that publishes the commands that a monitor receives, and asks it who it is.

    A policy node says on its ~/output/model in which process it runs, and on which computer. So
    each monitor watches its own policy node, however many run on the computer.

    node    the monitor
    topics  of the commands, as the monitor calls them; a policy node publishes all of them
    found   gets the process id, again when the policy node was started again
    """

    def __init__(self, node: Node, topics: tuple[str, ...], found: Callable[[int], None]) -> None:
        self._node = node
        self._topics = [node.resolve_topic_name(topic) for topic in topics]
        self._found = found
        self._of = ''
        self._subscription: Subscription | None = None
        self.reason = ''   # why there is no process to watch, in one line

    def look(self) -> None:
        """Follow the publisher of the commands; to be called once a second."""
        names = sorted({
            name for topic in self._topics for name in publisher_names(self._node, topic)
            if name != UNNAMED})
        if len(names) > 1:
            self.reason = f'{", ".join(names)} publish commands: the monitor watches one node'
        elif not names and not self._of:
            self.reason = f'no node publishes on {" or ".join(self._topics)}'
        elif names and names[0] != self._of:
            self._follow(names[0])

    def _follow(self, name: str) -> None:
        if self._subscription is not None:
            self._node.destroy_subscription(self._subscription)
        self._of = name
        self.reason = f'{name} has not said in which process it runs'
        self._subscription = self._node.create_subscription(
            String, f'{name}/output/model', self._on_model, qos.LATCHED)

    def _on_model(self, message: String) -> None:
        try:
            told = json.loads(message.data)
            pid, host = told['pid'], told['host']
        except (ValueError, TypeError, KeyError):
            self.reason = f'{self._of} does not say in which process it runs: give policy_pid'
            return
        if host != os.uname().nodename:
            self.reason = f'{self._of} runs on another computer, {str(host)[:80]}'
        elif type(pid) is int and pid > 0:
            self.reason = ''
            self._found(pid)
