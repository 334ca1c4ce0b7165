# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Pairing what several sensors say of one moment."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from drl_prune_ros.perception.pose import Pose
from drl_prune_ros.perception.scene import Ego, InvalidInput

# Odometry may come at ten times the rate of the others and wait for them this many messages.
DEPTH = 32
ODOMETRY = 'odometry'


@dataclass(frozen=True, slots=True)
class InputSet:
    """
    The vehicle's centre and a reading of each sensor, at the stamp of the odometry.

    Objects are in the frame of the odometry, what is wanted in the axes of the vehicle has its
    origin in the centre. received_ns is when the first of them arrived, of a steady clock.
    """

    ego: Ego
    readings: tuple[Any, ...]
    received_ns: int

    @property
    def stamp_ns(self) -> int:
        """Return the stamp, nanoseconds."""
        return self.ego.stamp_ns


class InputSynchronizer:
    """
    Waits until odometry and a reading of every sensor of one stamp are there.

    Stamps are only compared, so that any clock will do, also one that jumps back. Whatever
    arrived before a complete set is dropped with it. The first input of the latest complete set
    again gives that set again.

    With a tolerance, the latest odometry that has a reading of each sensor near enough makes a set
    with the nearest of them, which later odometry may use again. Objects are moved on to its
    stamp, straight ahead at the velocity that they have; other readings stay what they are.

    base_link_to_center  metres from the frame of the vehicle forward to its centre
    sensors              names, in the order of the readings
    needs_odometry       whether a set has any; else the vehicle counts as standing at the origin,
                         and the first sensor stands for the odometry
    tolerance_ns         how far the stamp of a reading may lie from that of the odometry
    """

    def __init__(
        self, base_link_to_center: float = 0.0, sensors: tuple[str, ...] = ('objects',),
        needs_odometry: bool = True, tolerance_ns: int = 0,
    ) -> None:
        self._to_center = base_link_to_center
        self._sensors = sensors
        self._tolerance_ns = tolerance_ns
        self._names = (ODOMETRY, *sensors) if needs_odometry else sensors
        self.road_frame = ''   # of what the odometry is placed on, '' where unsaid
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        # What arrived, by sensor and stamp: what it says, its frame and, of odometry, its child
        # frame, and when.
        self._entries: dict[str, OrderedDict[int, tuple[Any, str, str, int]]] = {
            name: OrderedDict() for name in self._names}
        self._latest: InputSet | None = None
        self._seen_ns: dict[str, int] = {}
        self._refusal: tuple[str, int] | None = None

    def odometry(
        self, ego: Ego, frame_id: str, now_ns: int, child_frame_id: str = '',
    ) -> InputSet | None:
        """Take odometry received at now_ns (steady clock); return the set that it completes."""
        return self._take(ODOMETRY, ego.stamp_ns, (ego, frame_id, child_frame_id), now_ns)

    def sensor(
        self, name: str, reading: Any, stamp_ns: int, frame_id: str, now_ns: int,
    ) -> InputSet | None:
        """Take a reading received at now_ns (steady clock); return the set that it completes."""
        return self._take(name, stamp_ns, (reading, frame_id, ''), now_ns)

    def refuse(self, source: str, reason: str, now_ns: int) -> None:
        """Note that source, 'odometry' or a sensor, sent at now_ns what cannot be used."""
        self._seen_ns[source] = now_ns
        self._refusal = reason, now_ns

    def answered(self) -> None:
        """Note that a complete set could be used: what was refused before it explains nothing."""
        self._refusal = None

    def fault_reason(self, now_ns: int, silence_s: float, refusal_s: float) -> str:
        """
        Say in one line why no set is complete.

        A refusal younger than refusal_s explains it, else a sensor silent for silence_s or longer.
        """
        refusal = self._refusal   # which the thread that brings inputs may take back meanwhile
        if refusal is not None and (now_ns - refusal[1]) * 1e-9 < refusal_s:
            return refusal[0]
        if silent := self.silent(now_ns, silence_s):
            return silent
        if len(self._names) == 1:
            return f'{self._names[0]} arrives, but never with a new stamp'
        arrive = f'{", ".join(self._names[:-1])} and {self._names[-1]} arrive, but never with '
        if self._tolerance_ns:
            return f'{arrive}new stamps at most {self._tolerance_ns * 1e-9:g} s from odometry'
        number = 'both' if len(self._names) == 2 else 'all'
        return f'{arrive}a new stamp that {number} carry'

    def silent(self, now_ns: int, silence_s: float) -> str:
        """Say in one line who has not been heard for silence_s or longer, '' where nobody is."""
        silent = []
        for name in self._names:
            seen_ns = self._seen_ns.get(name)
            if seen_ns is None:
                silent.append(f'no {name} received')
            elif (now_ns - seen_ns) * 1e-9 >= silence_s:
                silent.append(f'no {name} for {(now_ns - seen_ns) * 1e-9:.2f} s')
        return ', '.join(silent)

    def _take(
        self, name: str, stamp_ns: int, entry: tuple[Any, str, str], now_ns: int,
    ) -> InputSet | None:
        self._seen_ns[name] = now_ns
        if (name == self._names[0] and self._latest is not None
                and stamp_ns == self._latest.stamp_ns):
            return self._latest
        known = self._entries[name].get(stamp_ns) if self._tolerance_ns else None
        # Used again and again, a reading that a stuck sensor repeats must not stay fresh.
        _keep(self._entries[name], stamp_ns, (*entry, known[-1] if known else now_ns))
        stamps = self._nearest() if self._tolerance_ns else self._all_of(stamp_ns)
        return self._complete(stamps) if stamps else None

    def _all_of(self, stamp_ns: int) -> tuple[int, ...]:
        """Return this stamp for every input, nothing where one of them has not come."""
        for entries in self._entries.values():
            if stamp_ns not in entries:
                return ()
        return (stamp_ns,) * len(self._names)

    def _nearest(self) -> tuple[int, ...]:
        """Return the stamps of the latest odometry that all others are near to, and theirs."""
        odometry, *others = self._entries.values()
        for latest in reversed(odometry):
            near = [min(entries, key=lambda stamp: abs(stamp - latest), default=None)
                    for entries in others]
            if all(stamp is not None and abs(stamp - latest) <= self._tolerance_ns
                   for stamp in near):
                return (latest, *near)
        return ()

    def _complete(self, stamps: tuple[int, ...]) -> InputSet:
        found: list[tuple[Any, str, str, int]] = []
        for entries, stamp in zip(self._entries.values(), stamps, strict=True):
            entry = entries[stamp]
            _drop_until(entries, stamp)
            if self._tolerance_ns and found:
                # The next odometry may be near it as well.
                entries[stamp] = entry
                entries.move_to_end(stamp, last=False)
            found.append(entry)
        received_ns = min(each[-1] for each in found)
        ego, frame, body, _ = (
            found.pop(0) if len(found) > len(self._sensors)
            else (Ego(stamps[0], 0.0, 0.0, 0.0, 0.0), '', '', 0))
        if self.road_frame and frame and self.road_frame != frame:
            raise InvalidInput(
                f'the path came in frame {self.road_frame!r}, but odometry in {frame!r}: publish '
                'both in one frame')
        self._latest = InputSet(ego.ahead(self._to_center), tuple([
            self._in_frame(name, reading, frame_id, ego, frame, body, (stamps[0] - stamp) * 1e-9)
            for name, (reading, frame_id, *_), stamp in zip(
                self._sensors, found, stamps[len(stamps) - len(found):], strict=True)]),
            received_ns)
        return self._latest

    def _in_frame(
        self, name: str, reading: Any, frame_id: str, ego: Ego, frame: str, body: str,
        seconds: float,
    ) -> Any:
        """
        Return a reading in the frame that it is wanted in; ego is the body's, in frame.

        seconds  from the reading to ego, negative where it is the later of the two
        """
        if reading.of_vehicle is None:
            return reading
        # Names that nobody filled in say nothing, even where two of them are the same.
        unsaid = not frame_id and (frame or reading.of_vehicle)
        if unsaid or frame_id not in (frame, body):
            raise InvalidInput(
                f'{name} came in frame {frame_id!r}, but odometry of {body!r} in {frame!r}: '
                f'publish both in one frame')
        if not reading.of_vehicle:
            if frame_id != frame:
                reading = reading.placed(ego.pose_before(seconds))
            return reading.later(seconds) if seconds else reading
        if frame_id != body:
            reading = reading.placed(ego.pose.inverse())
        return reading.placed(Pose(-self._to_center)) if self._to_center else reading


def _keep(entries: OrderedDict, stamp_ns: int, entry: tuple) -> None:
    entries.pop(stamp_ns, None)
    entries[stamp_ns] = entry
    if len(entries) > DEPTH:
        entries.popitem(last=False)


def _drop_until(entries: OrderedDict, stamp_ns: int) -> None:
    """Drop the entry of a stamp and all that came before it."""
    while entries.popitem(last=False)[0] != stamp_ns:
        pass
