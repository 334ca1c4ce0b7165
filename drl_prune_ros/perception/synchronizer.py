# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Matching odometry and sensor readings by their stamps, into sets of inputs."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TypeVar

from drl_prune_ros.perception.lidar import Scan
from drl_prune_ros.perception.occupancy_grid import GridLayer
from drl_prune_ros.perception.pose import Pose
from drl_prune_ros.perception.readings import Reading
from drl_prune_ros.perception.scene import Ego, InvalidInput, Objects

# Odometry may come at ten times the rate of the others and wait for them this many messages.
DEPTH = 32
ODOMETRY = 'odometry'
# A message: its content, its frame, of odometry its child frame, and when it was received.
Entry = tuple[Ego | Reading, str, str, int]
EntryT = TypeVar('EntryT')


@dataclass(frozen=True, slots=True)
class InputSet:
    """
    The vehicle and a reading of each sensor, at the stamp of the odometry.

    ego          of the center of the vehicle
    readings     objects in the frame of the odometry; what observers need in the axes of the
                 vehicle, with the origin in its center
    received_ns  when the first of them was received, of a steady clock
    """

    ego: Ego
    readings: tuple[Reading, ...]
    received_ns: int

    @property
    def stamp_ns(self) -> int:
        """Return the stamp, nanoseconds."""
        return self.ego.stamp_ns


class InputSynchronizer:
    """
    Waits until odometry and a reading of every sensor of one stamp have been received.

    Stamps are only compared, so that any clock will do, also one that jumps back. Whatever
    arrived before a complete set is dropped with it. When the first input of the latest complete
    set is received again, that set is returned again.

    With a tolerance, the latest odometry that has a reading of each sensor near enough makes a set
    with the nearest of them, which later odometry may use again. Objects are moved to its stamp at
    their velocities, in straight lines; other readings are used unchanged.

    base_link_to_center  meters from the frame of the vehicle forward to its center
    sensors              names, in the order of the readings
    needs_odometry       whether a set has any; without it, the vehicle counts as standing at the
                         origin, and the first sensor takes the part of the odometry
    tolerance_ns         largest difference between the stamps of a reading and of the odometry
    """

    def __init__(
        self, base_link_to_center: float = 0.0, sensors: tuple[str, ...] = ('objects',),
        needs_odometry: bool = True, tolerance_ns: int = 0,
    ) -> None:
        self._to_center = base_link_to_center
        self._sensors = sensors
        self._tolerance_ns = tolerance_ns
        self._names = (ODOMETRY, *sensors) if needs_odometry else sensors
        self.road_frame = ''   # of the road that the odometry is placed on, '' where unknown
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        # By sensor and stamp.
        self._entries: dict[str, OrderedDict[int, Entry]] = {
            name: OrderedDict() for name in self._names}
        self._latest: InputSet | None = None
        self._seen_ns: dict[str, int] = {}
        self._refusal: tuple[str, int] | None = None

    def odometry(
        self, ego: Ego, frame_id: str, now_ns: int, child_frame_id: str = '',
    ) -> InputSet | None:
        """Take odometry received at now_ns (steady clock); return the set that it completes."""
        return self._take(ODOMETRY, ego.stamp_ns, (ego, frame_id, child_frame_id, now_ns))

    def sensor(
        self, name: str, reading: Reading, stamp_ns: int, frame_id: str, now_ns: int,
    ) -> InputSet | None:
        """Take a reading received at now_ns (steady clock); return the set that it completes."""
        return self._take(name, stamp_ns, (reading, frame_id, '', now_ns))

    def refuse(self, source: str, reason: str, now_ns: int) -> None:
        """Record that a message of source, 'odometry' or a sensor, could not be used."""
        self._seen_ns[source] = now_ns
        self._refusal = reason, now_ns

    def answered(self) -> None:
        """Record that a set was answered: earlier refusals are no longer the reason of a fault."""
        self._refusal = None

    def fault_reason(self, now_ns: int, silence_s: float, refusal_s: float) -> str:
        """
        Return in one line why no set is complete.

        That is a refusal younger than refusal_s, or else sensors silent for silence_s or longer.
        """
        refusal = self._refusal   # which the thread that brings inputs may clear meanwhile
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
        """Return in one line which inputs were last received silence_s ago or longer, or ''."""
        silent = []
        for name in self._names:
            seen_ns = self._seen_ns.get(name)
            if seen_ns is None:
                silent.append(f'no {name} received')
            elif (now_ns - seen_ns) * 1e-9 >= silence_s:
                silent.append(f'no {name} for {(now_ns - seen_ns) * 1e-9:.2f} s')
        return ', '.join(silent)

    def _take(self, name: str, stamp_ns: int, entry: Entry) -> InputSet | None:
        self._seen_ns[name] = entry[-1]
        if (name == self._names[0] and self._latest is not None
                and stamp_ns == self._latest.stamp_ns):
            return self._latest
        if self._tolerance_ns:
            known = self._entries[name].get(stamp_ns)
            if known is not None:
                # Used again and again, a reading that a stuck sensor repeats must not stay fresh.
                entry = (*entry[:-1], known[-1])
        _keep(self._entries[name], stamp_ns, entry)
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
            near = [min(entries, key=lambda stamp: abs(stamp - latest))
                    for entries in others if entries]
            if len(near) == len(others) and all(
                    abs(stamp - latest) <= self._tolerance_ns for stamp in near):
                return (latest, *near)
        return ()

    def _complete(self, stamps: tuple[int, ...]) -> InputSet:
        found: list[Entry] = []
        for entries, stamp in zip(self._entries.values(), stamps, strict=True):
            entry = entries[stamp]
            _drop_until(entries, stamp)
            if self._tolerance_ns and found:
                # The next odometry may be near it as well.
                entries[stamp] = entry
                entries.move_to_end(stamp, last=False)
            found.append(entry)
        received_ns = min(entry[-1] for entry in found)
        if len(found) > len(self._sensors):
            ego, frame, body, _ = found.pop(0)
            assert isinstance(ego, Ego)
        else:
            ego, frame, body = Ego(stamps[0], 0.0, 0.0, 0.0, 0.0), '', ''
        if self.road_frame and frame and self.road_frame != frame:
            raise InvalidInput(
                f'the road came in frame {self.road_frame!r}, but odometry in {frame!r}: publish '
                'both in one frame')
        readings = []
        for name, (reading, frame_id, *_), stamp in zip(
                self._sensors, found, stamps[len(stamps) - len(found):], strict=True):
            assert not isinstance(reading, Ego)
            readings.append(self._in_frame(
                name, reading, frame_id, ego, frame, body, (stamps[0] - stamp) * 1e-9))
        self._latest = InputSet(ego.ahead(self._to_center), tuple(readings), received_ns)
        return self._latest

    def _in_frame(
        self, name: str, reading: Reading, frame_id: str, ego: Ego, frame: str, body: str,
        seconds: float,
    ) -> Reading:
        """
        Return a reading in the frame that observers need it in; ego is of the body, in `frame`.

        seconds  from the reading to ego, negative where the reading is the later of the two
        """
        if reading.of_vehicle is None:
            return reading
        # Names that nobody filled in identify no frame, even where two of them are equal.
        unnamed = not frame_id and (frame or reading.of_vehicle)
        if unnamed or frame_id not in (frame, body):
            raise InvalidInput(
                f'{name} came in frame {frame_id!r}, but odometry of {body!r} in {frame!r}: '
                f'publish both in one frame')
        if isinstance(reading, Objects):
            if frame_id != frame:
                reading = reading.placed(ego.pose_before(seconds))
            return reading.later(seconds) if seconds else reading
        assert isinstance(reading, (Scan, GridLayer))
        if frame_id != body:
            reading = reading.placed(ego.pose.inverse())
        return reading.placed(Pose(-self._to_center)) if self._to_center else reading


def _keep(entries: OrderedDict[int, EntryT], stamp_ns: int, entry: EntryT) -> None:
    entries.pop(stamp_ns, None)
    entries[stamp_ns] = entry
    if len(entries) > DEPTH:
        entries.popitem(last=False)


def _drop_until(entries: OrderedDict[int, EntryT], stamp_ns: int) -> None:
    """Drop the entry of a stamp and all that came before it."""
    while entries.popitem(last=False)[0] != stamp_ns:
        pass
