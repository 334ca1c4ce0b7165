# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Parameters that were given to a node and that reach nothing: they are named in warnings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
import sys

from rclpy.node import Node
import yaml

QOS = 'qos_overrides.'
PARAMETERS = 'ros__parameters'
DEEPEST = 16   # levels of names above the parameters


def warn_of_unused(node: Node, arguments: Sequence[str] | None = None) -> None:
    """
    Log a WARN for each given parameter that does not exist, and each file of other nodes.

    Those of quality of service are left out: their topics may come later, see warn_of_unused_qos.

    arguments  of the process; those that it was started with where None
    """
    for text in (*_unknown(node, qos=False),
                 *_foreign_files(node, sys.argv[1:] if arguments is None else arguments)):
        node.get_logger().warning(text)


def warn_of_unused_qos(node: Node) -> None:
    """Log a WARN for each override of quality of service that no topic has; with all created."""
    for text in _unknown(node, qos=True):
        node.get_logger().warning(text)


def _unknown(node: Node, qos: bool) -> Iterator[str]:
    # The public way to them declares every one.
    given: Iterable[str] = node._parameter_overrides
    known = [name for name in node._parameters if name.startswith(QOS) == qos]
    for name in sorted(given):
        if name.startswith(QOS) == qos and not node.has_parameter(name):
            yield f'there is no parameter {name}{_nearest(name, known)}: its value is not used'


def _foreign_files(node: Node, arguments: Sequence[str]) -> Iterator[str]:
    own = node.get_fully_qualified_name()
    for flag, name in pairwise(arguments):
        if flag != '--params-file':
            continue
        try:
            content = yaml.safe_load(Path(name).read_text())
            keys = list(dict.fromkeys(_node_names(content)))
        except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError):
            continue   # rcl reads it in another way, and has not refused it
        if keys and not any(fits(key, own) for key in keys):
            yield (f'{name} has parameters of {", ".join(keys)[:200]}, but this node is '
                   f'{own}{_nearest(own, keys)}: nothing of it is used')


def _node_names(content: object, above: str = '', depth: int = 0) -> Iterator[str]:
    """Yield the names of the nodes that a file has parameters of, as rcl puts them together."""
    if not isinstance(content, dict) or depth > DEEPEST:
        return
    for key, value in content.items():
        if key == PARAMETERS:
            yield above or '/'
        else:
            yield from _node_names(value, f'{above}/{str(key).strip("/")}', depth + 1)


def fits(key: str, name: str) -> bool:
    """Return whether a key of a file, whose * is one word and ** any number, means a node."""
    return _fit(key.strip('/').split('/'), name.strip('/').split('/'))


def _fit(key: list[str], name: list[str]) -> bool:
    if not key:
        return not name
    if key[0] == '**':
        return any(_fit(key[1:], name[skip:]) for skip in range(len(name) + 1))
    return bool(name) and key[0] in ('*', name[0]) and _fit(key[1:], name[1:])


def _nearest(name: str, known: Sequence[str]) -> str:
    import difflib  # rarely needed, and a vehicle keeps what it loads

    near = difflib.get_close_matches(name, known, 1, 0.5)
    return f', the nearest is {near[0]}' if near else ''
