# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Pairing what several sensors say of one moment."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from drl_prune_ros.perception.scene import Ego, InvalidInput, Objects

# Odometry may come at ten times the rate of the objects and wait for them this many messages.
DEPTH = 32


@dataclass(frozen=True, slots=True)
class InputSet:
    """The vehicle's centre and the objects around it, of one stamp, in one frame."""

    ego: Ego
    objects: Objects

    @property
    def stamp_ns(self) -> int:
        """Return the stamp of both, nanoseconds."""
        return self.ego.stamp_ns


class InputSets:
    """
    Waits until odometry and objects of one stamp are there.

    Stamps are only compared, so that any clock will do, also one that jumps back. Whatever
    arrived before a complete set is dropped with it. The odometry of the latest complete set again
    gives that set again.

    base_link_to_center  metres from the frame of the vehicle forward to its centre
    """

    def __init__(self, base_link_to_center: float = 0.0) -> None:
        self._to_center = base_link_to_center
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self._egos: OrderedDict[int, tuple[Ego, str, str]] = OrderedDict()
        self._objects: OrderedDict[int, tuple[Objects, str]] = OrderedDict()
        self._latest: InputSet | None = None
        self._seen_ns: dict[str, int] = {}
        self._refusal: tuple[str, int] | None = None

    def odometry(
        self, ego: Ego, frame_id: str, now_ns: int, child_frame_id: str = '',
    ) -> InputSet | None:
        """Take odometry received at now_ns (steady clock); return the set that it completes."""
        self._seen_ns['odometry'] = now_ns
        if self._latest is not None and ego.stamp_ns == self._latest.stamp_ns:
            return self._latest
        _keep(self._egos, ego.stamp_ns, (ego, frame_id, child_frame_id))
        return self._complete(ego.stamp_ns)

    def objects(
        self, objects: Objects, stamp_ns: int, frame_id: str, now_ns: int,
    ) -> InputSet | None:
        """Take objects received at now_ns (steady clock); return the set that they complete."""
        self._seen_ns['objects'] = now_ns
        _keep(self._objects, stamp_ns, (objects, frame_id))
        return self._complete(stamp_ns)

    def refuse(self, source: str, reason: str, now_ns: int) -> None:
        """Note that source, 'odometry' or 'objects', sent at now_ns what cannot be used."""
        self._seen_ns[source] = now_ns
        self._refusal = reason, now_ns

    def trouble(self, now_ns: int, silence_s: float, refusal_s: float) -> str:
        """
        Say in one line why no set is complete.

        A refusal younger than refusal_s explains it, else a sensor silent for silence_s or longer.
        """
        if self._refusal is not None and (now_ns - self._refusal[1]) * 1e-9 < refusal_s:
            return self._refusal[0]
        silent = []
        for name in ('odometry', 'objects'):
            seen_ns = self._seen_ns.get(name)
            if seen_ns is None:
                silent.append(f'no {name} received')
            elif (now_ns - seen_ns) * 1e-9 >= silence_s:
                silent.append(f'no {name} for {(now_ns - seen_ns) * 1e-9:.2f} s')
        return ', '.join(silent) or (
            'odometry and objects arrive, but never with a new stamp that both carry')

    def _complete(self, stamp_ns: int) -> InputSet | None:
        if stamp_ns not in self._egos or stamp_ns not in self._objects:
            return None
        ego, ego_frame, body_frame = self._egos[stamp_ns]
        objects, objects_frame = self._objects[stamp_ns]
        _drop_until(self._egos, stamp_ns)
        _drop_until(self._objects, stamp_ns)
        if objects_frame == body_frame != ego_frame:
            objects = objects.placed(ego.x, ego.y, ego.yaw)
        elif objects_frame != ego_frame:
            raise InvalidInput(
                f'the objects are in frame {objects_frame!r}, but the odometry is in '
                f'{ego_frame!r}: publish both in one frame')
        self._latest = InputSet(ego.ahead(self._to_center), objects)
        self._refusal = None
        return self._latest


def _keep(entries: OrderedDict, stamp_ns: int, entry: tuple) -> None:
    entries.pop(stamp_ns, None)
    entries[stamp_ns] = entry
    if len(entries) > DEPTH:
        entries.popitem(last=False)


def _drop_until(entries: OrderedDict, stamp_ns: int) -> None:
    """Drop the entry of a stamp and all that came before it."""
    while entries.popitem(last=False)[0] != stamp_ns:
        pass
