# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
The messages that objects can arrive as, one file each, imported on demand.

A file has MESSAGE, the type as ROS writes it, and to_objects(message), which returns
perception.scene.Objects in the axes of the message's header.frame_id or raises InvalidInput.
ADAPTERS names the file. One that is often used may have make_reader() too: what that returns makes
objects, their stamp in nanoseconds and their frame_id of the bytes of a message.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
import importlib
from typing import Any

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.nodes.conversions.message_types import import_message
from drl_prune_ros.perception.scene import Objects

ADAPTERS = ('cloud', 'tracked', 'predicted')


@dataclass(frozen=True, slots=True)
class ObjectInput:
    """A message type, and how objects are read from it, or from its bytes."""

    message_type: type
    to_objects: Callable[[Any], Objects]
    make_reader: Callable[[], Callable[[bytes], tuple[Objects, int, str]]] | None = None


def load_object_input(name: str) -> ObjectInput:
    """Return an adapter; raises DrlPruneError, naming the package, where its type is missing."""
    if name not in ADAPTERS:
        raise DrlPruneError(
            f'parameter objects_type is {name!r}: choose from {", ".join(ADAPTERS)}')
    adapter = importlib.import_module(f'{__name__}.{name}')
    return ObjectInput(
        import_message(adapter.MESSAGE, f'objects_type {name}'), adapter.to_objects,
        getattr(adapter, 'make_reader', None))
