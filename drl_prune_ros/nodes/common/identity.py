# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Who a node is in the graph, and who else says that it is."""

from __future__ import annotations

from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from rclpy.publisher import Publisher

PERIOD_S = 1.0
UNNAMED = 'a node that has not told its name'   # yet, or of another middleware
WAIT = 'One that was killed is listed for up to 20 s.'


def status_prefix(node: Node) -> str:
    """Return the name that a node has on /diagnostics: with its namespace, as it is unique."""
    return str(node.get_fully_qualified_name()).lstrip('/')


def namesakes(node: Node) -> str:
    """Return, in one line, that there are other nodes of the same name; '' where there is none."""
    own = (node.get_name(), node.get_namespace())
    count = node.get_node_names_and_namespaces().count(own)
    if count < 2:
        return ''
    return (f'{count} nodes are called {node.get_fully_qualified_name()}, and which of them '
            f'answers a service is left to chance: start each with another name (-r __node:=NAME) '
            f'or namespace (-r __ns:=/NAME). {WAIT}')


def publisher_names(node: Node, topic: str) -> list[str]:
    """Return the full names of the nodes that publish on a topic, or UNNAMED."""
    return sorted(
        UNNAMED if info.node_name.startswith('_NODE_NAME')
        else f'{info.node_namespace.rstrip("/")}/{info.node_name}'
        for info in node.get_publishers_info_by_topic(topic))


def other_publishers(node: Node, publisher: Publisher) -> str:
    """Return, in one line, who else publishes on a topic; '' where nobody does."""
    topic = publisher.topic_name
    if node.count_publishers(topic) < 2:   # quicker than to list them
        return ''
    names = publisher_names(node, topic)
    own = node.get_fully_qualified_name()
    if own in names:
        names.remove(own)
    return (f'{", ".join(names)} too publishes on {topic}, and the vehicle would obey both: end '
            f'it, or remap one of them. {WAIT}')


class NameWatch:
    """Logs, once a second at most and once for each change, that a node has namesakes."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._told = ''
        node.create_timer(PERIOD_S, self._on_timer, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def _on_timer(self) -> None:
        found = namesakes(self._node)
        if found and found != self._told:
            self._node.get_logger().warning(found)
        self._told = found
