# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
The messages that a command can leave as, one file each, imported on demand.

A file has MESSAGE, the type as ROS writes it, and fill(message, motion, stamp, frame_id), which
writes a control.command.Motion into an empty message of it. ADAPTERS names the file. That of
vector takes control.command.Components too. One that is often used may have serialized(motion,
stamp_ns, frame_id) too, which returns the bytes of the same message.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
import importlib

from builtin_interfaces.msg import Time

from drl_prune_ros.control.command import Components, Motion
from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.nodes.conversions.message_types import import_message
from drl_prune_ros.nodes.conversions.stamps import ns_to_stamp

ADAPTERS = ('twist', 'ackermann', 'autoware', 'vector')


@dataclass(frozen=True, slots=True)
class Output:
    """
    A message type, and how a command is written into an empty message of it, or as its bytes.

    Components are written by the adapter of vector alone.
    """

    message_type: type
    fill: Callable[[object, Motion | Components, Time, str], None]
    serialized: Callable[[Motion | Components, int, str], bytes] | None = None

    def message(self, motion: Motion | Components, stamp_ns: int, frame_id: str) -> object:
        """Return what a publisher of the message type takes: a message, or its bytes."""
        if self.serialized is not None:
            return self.serialized(motion, stamp_ns, frame_id)
        message = self.message_type()
        self.fill(message, motion, ns_to_stamp(stamp_ns), frame_id)
        return message


def load_output(name: str) -> Output:
    """Return an adapter; raises DrlPruneError, naming the package, where its type is missing."""
    if name not in ADAPTERS:
        raise DrlPruneError(
            f'parameter output_type is {name!r}: choose what your vehicle takes, one of '
            f'{", ".join(ADAPTERS)}')
    adapter = importlib.import_module(f'{__name__}.{name}')
    return Output(
        import_message(adapter.MESSAGE, f'output_type {name}'), adapter.fill,
        getattr(adapter, 'serialized', None))
