# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
The road description: which lanes there are, where they lie and how they connect.

It is latched as JSON text, as robot_description is:

    {"format": "drl_prune_ros/road", "version": 1, "segments": [
      {"from": "0", "to": "1", "lanes": [
        {"shape": "straight", "start": [0.0, 0.0], "end": [10000.0, 0.0],
         "width": 4.0, "speed_limit": 30.0, "forbidden": false}, ...]}, ...]}

It may have a "frame_id", the frame of its coordinates; odometry in another one is then refused.
Coordinates are of the map frame (meters, y to the left, angles counter-clockwise, radians) and
stand still whatever the vehicle does. Lanes are numbered by their index in the list, leftmost 0.
A segment leads to every segment whose "from" is its "to". The first lane of the first segment
carries the road frame. The other shapes are

    "sine"      start, end, amplitude (m, positive to the left), pulsation (rad/m), phase (rad)
    "circular"  center, radius (m), start_phase, end_phase (rad from the x axis; a growing phase
                turns left)
"""

from __future__ import annotations

from dataclasses import dataclass, field
import json

from drl_prune_ros.perception.lane_json import (
    lane_from_json,
    lane_to_json,
    members,
    RoadError,
)
from drl_prune_ros.perception.lane_network import LaneNetwork, Segment
from drl_prune_ros.perception.road_frame import RoadFrame

FORMAT = 'drl_prune_ros/road'
VERSION = 1

__all__ = ['FORMAT', 'VERSION', 'Road', 'RoadError']


@dataclass(frozen=True, slots=True)
class Road:
    """
    The lanes of a road, in the map frame.

    Two roads are equal when every lane is.

    frame_id  of the coordinates, '' where it is not said
    """

    segments: tuple[Segment, ...]
    frame_id: str = field(default='', compare=False)

    @property
    def lane_count(self) -> int:
        """Return the number of lanes where the road begins."""
        return len(self.segments[0].lanes)

    def frame(self) -> RoadFrame:
        """Return the road frame: the first pose of the leftmost lane of the first segment."""
        lane = self.segments[0].lanes[0]
        x, y = lane.position(0.0, 0.0)
        return RoadFrame(float(x), float(y), float(lane.heading_at(0.0)))

    def network(self) -> LaneNetwork:
        """Return the lanes in the road frame."""
        frame = self.frame()
        return LaneNetwork(tuple(
            Segment(segment.start, segment.end, tuple(map(frame.lane, segment.lanes)))
            for segment in self.segments))

    def to_json(self) -> str:
        """Return the description, one line; from_json restores every number exactly."""
        segments = [
            {'from': segment.start, 'to': segment.end,
             'lanes': [lane_to_json(lane) for lane in segment.lanes]}
            for segment in self.segments]
        named = {'frame_id': self.frame_id} if self.frame_id else {}
        return json.dumps(
            {'format': FORMAT, 'version': VERSION, **named, 'segments': segments},
            allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Road:
        """
        Read a description.

        Raises RoadError, in one line, when it is no JSON, of another version, or when a member is
        missing, unknown, of the wrong type or out of range, or when lanes are not numbered from
        the left.
        """
        try:
            content: object = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise RoadError(f'road description: not JSON ({error})') from error
        if not isinstance(content, dict) or content.get('format') != FORMAT:
            raise RoadError(f'road description: "format" is not "{FORMAT}"')
        if content.get('version') != VERSION:
            raise RoadError(
                f'road description: version {content.get("version")!r} is not {VERSION}, the one '
                f'that this release reads: publish it with a matching release')
        frame_id = content.pop('frame_id', '')
        if not isinstance(frame_id, str):
            raise RoadError('road description: "frame_id" is not a string')
        members(content, 'it', ('format', 'version', 'segments'))
        values = content['segments']
        if not isinstance(values, list) or not values:
            raise RoadError('road description: "segments" is not a list of at least one')
        segments = tuple(
            _segment(value, f'segments[{index}]') for index, value in enumerate(values))
        ends = [(segment.start, segment.end) for segment in segments]
        for start, end in ends:
            if ends.count((start, end)) > 1:
                raise RoadError(
                    f'road description: two segments lead from "{start}" to "{end}"')
        return cls(segments, frame_id)


def _segment(value: object, where: str) -> Segment:
    found = members(value, where, ('from', 'to', 'lanes'))
    start, end, described = found['from'], found['to'], found['lanes']
    if not isinstance(start, str):
        raise RoadError(f'road description: {where}.from is not a string')
    if not isinstance(end, str):
        raise RoadError(f'road description: {where}.to is not a string')
    if not isinstance(described, list) or not described:
        raise RoadError(f'road description: {where}.lanes is not a list of at least one')
    lanes = tuple(
        lane_from_json(lane, f'{where}.lanes[{number}]')
        for number, lane in enumerate(described))
    for number in range(1, len(lanes)):
        _, left_of_previous = lanes[number - 1].local(*lanes[number].position(0.0, 0.0))
        if left_of_previous >= 0.0:
            raise RoadError(
                f'road description: {where}.lanes[{number}] does not begin to the right of the '
                f'lane before it: lanes are numbered from the left')
    return Segment(start, end, lanes)
