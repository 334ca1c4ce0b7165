# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
Pose against twist: whether the vehicle moves as its odometry says that it does.

The pose is compared with the twist in steps of about 0.2 s. Three steps in a row that disagree in
the same quantity and the same direction are a contradiction. A single step is none: localization
corrects a position in jumps, a collision in the simulator displaces the vehicle, and the noise of
two poses changes its sign from one step to the next.

Each step leaves room for what honest odometry shows: 0.3 m for a correction, a fifth of the way
for the scale of a wheel and for stamps that are not those of the measurement, a reference point
that is not in the rear axle and moves sideways in a turn, and 0.04 rad.

A position that jumps again and again, and mostly back, is that of two publishers on one topic.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
import math
from typing import NamedTuple

from drl_prune_ros.perception.scene import Contradiction, Ego

STEP_S = 0.18
STEPS = 3                # in a row, before it is a contradiction, or before it has ended
LONGEST_GAP_S = 1.0      # between two messages; after a longer one the comparison begins anew
POSITION = 0.3           # meters, that the position of a step may be wrong by
SCALE = 0.2              # part of the way ahead
SLIP = 0.06              # part of the way ahead that a body may move sideways
LEVER = 3.0              # meters from the rear axle, whose points move sideways in a turn
TURN = 0.04              # radians
TURN_SCALE = 0.25        # part of the turn
MOVED = 0.5              # meters in all steps, below which agreement proves nothing
JUMP = 1.0               # meters from one message to the next, beyond what the speed explains
JUMPS = 4                # within JUMPS_S, from which on it is no localization that corrects
JUMPS_S = 1.0
MOVING = 1.5             # m/s, from which on a lie is found
FASTEST = 100.0          # m/s, of any vehicle on a road
FASTEST_TURN = 10.0      # rad/s, of any vehicle on wheels
SIDEWAYS = 1.0           # m/s that a body may move sideways, beyond slip and lever
MOST_SLIP = 0.15         # part of the speed
FACTORS = ((3.6, 'km/h'), (2.23694, 'mph'))
_LIKE = 0.06             # part by which a factor may be missed
_QUANTITIES = ('ahead', 'left', 'turn')


@dataclass(slots=True)
class _Span:
    """What the twist may have led to since the step began: least and most of each quantity."""

    seconds: float = 0.0
    ahead_low: float = 0.0
    ahead_high: float = 0.0
    left_low: float = 0.0
    left_high: float = 0.0
    turn_low: float = 0.0
    turn_high: float = 0.0

    def add(self, before: Ego, now: Ego, seconds: float) -> None:
        """Add the time between two messages; the rate in between is that of either."""
        self.seconds += seconds
        a, b = before.speed * seconds, now.speed * seconds
        if a > b:
            a, b = b, a
        self.ahead_low += a
        self.ahead_high += b
        a, b = before.lateral_speed * seconds, now.lateral_speed * seconds
        if a > b:
            a, b = b, a
        self.left_low += a
        self.left_high += b
        a, b = before.yaw_rate * seconds, now.yaw_rate * seconds
        if a > b:
            a, b = b, a
        self.turn_low += a
        self.turn_high += b


class _Step(NamedTuple):
    """One step by pose and by twist (meters, radians), and by how many tolerances they differ."""

    seconds: float
    posed: tuple[float, float, float]
    said: tuple[float, float, float]
    apart: tuple[float, float, float]


class MotionCheck:
    """
    Compares each odometry with those before it.

    A contradiction lasts until pose and twist have agreed for STEPS steps in which the vehicle
    moved by MOVED, or until clear: agreement of what stands proves nothing.
    """

    def __init__(self) -> None:
        self._contradiction = ''
        self._restart(None)

    def clear(self) -> None:
        """
        Forget the contradiction; if the vehicle moves and it lasts, the next step finds it again.

        A vehicle that was displaced meanwhile, as by a simulator, jumps in one step.
        """
        self._contradiction = ''

    def unproven(self) -> str:
        """Return in one line that a vehicle that moves has not been compared enough, or ''."""
        last = self._last
        if last is None or abs(last.speed) < MOVING or len(self._steps) == STEPS:
            return ''
        return (
            f'the vehicle moves by {last.speed:.1f} m/s, and pose and twist have been compared '
            f'for less than {STEPS * STEP_S:.1f} s: try again')

    def _restart(self, ego: Ego | None) -> None:
        self._jumps_ns: deque[int] = deque(maxlen=JUMPS)
        self._start = self._last = ego
        self._span = _Span()
        self._steps: deque[_Step] = deque(maxlen=STEPS)

    def check(self, ego: Ego) -> None:
        """Raise Contradiction where odometry cannot be true, of itself or after those before."""
        _check_rates(ego)
        last = self._last
        if last is None:
            self._restart(ego)
            return
        seconds = (ego.stamp_ns - last.stamp_ns) * 1e-9
        if not -LONGEST_GAP_S < seconds < LONGEST_GAP_S:
            self._restart(ego)   # the clock was set, or there was a pause
        elif seconds > 0.0:   # else it came twice or out of order
            self._last = ego
            reach = (1.0 + SCALE) * max(abs(last.speed), abs(ego.speed)) * seconds + JUMP
            if abs(ego.x - last.x) > reach or abs(ego.y - last.y) > reach:
                self._note_jump(ego, last)
            self._span.add(last, ego, seconds)
            if self._span.seconds >= STEP_S:
                self._end_step(ego)
        if self._contradiction:
            raise Contradiction(self._contradiction)

    def _note_jump(self, ego: Ego, last: Ego) -> None:
        self._jumps_ns.append(ego.stamp_ns)
        if (len(self._jumps_ns) == JUMPS
                and (ego.stamp_ns - self._jumps_ns[0]) * 1e-9 <= JUMPS_S):
            far = math.hypot(ego.x - last.x, ego.y - last.y)
            self._contradiction = (
                f'the position jumps to and fro, last by {far:.0f} m: is there another publisher '
                'of odometry, or a localization that is lost?')

    def _end_step(self, ego: Ego) -> None:
        start, span = self._start, self._span
        assert start is not None
        step = _compared(start, ego, span)
        self._steps.append(step)
        self._start, self._span = ego, _Span()
        ahead, left, turn = step.apart
        agrees = -1.0 <= ahead <= 1.0 and -1.0 <= left <= 1.0 and -1.0 <= turn <= 1.0
        if len(self._steps) < STEPS or (agrees and not self._contradiction):
            return
        for place, quantity in enumerate(_QUANTITIES):
            a, b, c = (step.apart[place] for step in self._steps)
            if (a > 1.0 and b > 1.0 and c > 1.0) or (a < -1.0 and b < -1.0 and c < -1.0):
                self._contradiction = _described(self._steps, quantity)
                return
        if self._contradiction:
            agreed = all(max(map(abs, step.apart)) <= 1.0 for step in self._steps)
            moved = abs(sum(step.posed[0] for step in self._steps))
            if agreed and moved >= MOVED:
                self._contradiction = ''


def _check_rates(ego: Ego) -> None:
    """Raise Contradiction for a twist that no car has, whatever its pose is."""
    speed, left, turn = ego.speed, ego.lateral_speed, ego.yaw_rate
    if not (-FASTEST < speed < FASTEST and -FASTEST_TURN < turn < FASTEST_TURN):
        raise Contradiction(
            f'the odometry says {speed:g} m/s and {turn:g} rad/s, which no car reaches: publish '
            'its twist in m/s and rad/s')
    if abs(left) > SIDEWAYS and (
            abs(left) > SIDEWAYS + MOST_SLIP * abs(speed) + LEVER * abs(turn)):
        raise Contradiction(
            f'the odometry says {left:.1f} m/s to the left at {speed:.1f} m/s ahead, as no car '
            'moves: publish its twist in the axes of child_frame_id, not of the world')


def _compared(start: Ego, ego: Ego, span: _Span) -> _Step:
    dx, dy = ego.x - start.x, ego.y - start.y
    turn = math.remainder(ego.yaw - start.yaw, math.tau)
    along = start.yaw + turn / 2.0
    cos, sin = math.cos(along), math.sin(along)
    ahead, left = cos * dx + sin * dy, cos * dy - sin * dx
    beyond_ahead, said_ahead = _beyond(ahead, span.ahead_low, span.ahead_high)
    beyond_left, said_left = _beyond(left, span.left_low, span.left_high)
    beyond_turn, said_turn = _beyond(turn, span.turn_low, span.turn_high)
    way = min(math.hypot(dx, dy), math.hypot(said_ahead, said_left))
    return _Step(
        span.seconds, (ahead, left, turn), (said_ahead, said_left, said_turn),
        (beyond_ahead / (POSITION + SCALE * way),
         beyond_left / (POSITION + SLIP * way + LEVER * abs(turn)),
         beyond_turn / (TURN + TURN_SCALE * min(abs(turn), abs(said_turn)))))


def _beyond(value: float, low: float, high: float) -> tuple[float, float]:
    """Return how far a value lies outside of low to high, and what of these is nearest to it."""
    nearest = low if value < low else high if value > high else value
    return value - nearest, nearest


def _described(steps: deque[_Step], quantity: str) -> str:
    """Return in one line what contradicts, and where it can be seen what that comes from."""
    seconds = sum(step.seconds for step in steps)
    posed = [sum(step.posed[place] for step in steps) for place in range(3)]
    said = [sum(step.said[place] for step in steps) for place in range(3)]
    if quantity == 'turn':
        cause = 'a yaw rate is in rad/s, counter-clockwise positive'
        if posed[2] and abs(said[2] / posed[2] + 1.0) < 0.2:
            cause = 'its sign is wrong: counter-clockwise is positive'
        return (
            f'pose against twist: in {seconds:.1f} s the heading turned by '
            f'{math.degrees(posed[2]):.0f} degrees, but the yaw rate says '
            f'{math.degrees(said[2]):.0f}: {cause} (REP 103)')
    return (
        f'pose against twist: in {seconds:.1f} s the position moved {posed[0]:.1f} m ahead and '
        f'{posed[1]:.1f} m to the left, but the twist says {said[0]:.1f} m and {said[1]:.1f} m: '
        f'{_cause(posed, said)}')


def _cause(posed: list[float], said: list[float]) -> str:
    if math.hypot(posed[0], posed[1]) < 0.05:
        return 'the position does not change; publish the measured one'
    if posed[0]:
        ratio = said[0] / posed[0]
        for factor, unit in FACTORS:
            if abs(ratio / factor - 1.0) < _LIKE:
                return f'the speed looks like {unit}; publish it in m/s'
        if abs(ratio + 1.0) < 2 * SCALE:
            return 'the speed has the wrong sign; forward is positive, backward negative'
    return (
        'publish the twist in the axes of child_frame_id (x forward, y to the left, m/s), the '
        'pose in those of frame_id')
