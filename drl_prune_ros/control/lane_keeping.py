# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The steering of a stop: along the lane that the vehicle is in, as measured or as predicted."""

from __future__ import annotations

import math

from drl_prune_ros.control import controller
from drl_prune_ros.control.bends import Bends
from drl_prune_ros.control.command import Motion
from drl_prune_ros.control.profile import VehicleProfile
from drl_prune_ros.perception.driving_context import DrivingContext
from drl_prune_ros.perception.lane_network import LaneId, LaneNetwork
from drl_prune_ros.perception.lanes import Lane, StraightLane, wrap_to_pi
from drl_prune_ros.perception.scene import Ego

# Seconds that a pose may be predicted for. The longest emergency stop of the profiles takes 17 s;
# by then, an error of 2 % in the speed is several meters.
PREDICTION_S = 20.0
MEASURED_S = 0.5   # a measured speed that is older says less than the commanded one
# m/s; slower, the wheels are turned as at this speed: they would only swing before standstill.
SLOWEST = 3.0
STANDING = 0.1     # m/s
ASIDE = 1.5        # widths beside the nearest lane at which the vehicle is on no lane
REACH = 2.0        # widths beside its lane at which it must have been set there
MOST_SEGMENTS = 50   # that a vehicle passes from one command of a stop to the next


class LaneKeeper:
    """
    Keeps a vehicle that stops in the lane that it is in.

    That lane is the one nearest when the stop begins, and those that continue it. The steering is
    the one that drives as well, with two changes for a motion that nothing corrects afterwards: it
    looks so far ahead that no offset is left in a bend, and does not turn the wheels more at a
    walking pace. Past the end of the road it goes straight on.

    The pose is the newest measured one, moved on by what was commanded since: the curve that the
    center of the vehicle takes at a speed and a steering angle. Everything is in the road frame.
    """

    def __init__(self, profile: VehicleProfile) -> None:
        self._profile = profile
        self._network: LaneNetwork | None = None
        self._lane: LaneId | None = None
        self._chosen = False
        self._target: LaneId | None = None
        self._to_target = False   # whether the lane is the target, since no stop has begun
        self._bends = Bends()
        self._beyond: StraightLane | None = None
        self._ego: Ego | None = None     # the pose now, and the speed that was measured last
        self._ego_ns = 0
        self._measured_ns = 0

    def locate(self, context: DrivingContext, received_ns: int) -> None:
        """Take the state of the vehicle that was received at a time, and the road."""
        if context.network is not self._network:
            if self._network is not None:
                self.release(None)   # the target is a lane of another road
            self._network = context.network
        self._ego = context.ego
        self._ego_ns = self._measured_ns = received_ns

    def release(self, target: LaneId | None) -> None:
        """
        Choose the lane anew when the next stop begins.

        target  the lane that is driven to, None where it is not known: it is kept to until then,
                and the nearest one is found sooner in its segment than on a large road
        """
        self._lane, self._chosen, self._beyond = None, False, None
        self._target, self._to_target = target, False

    def move(self, last: Motion, now_ns: int) -> None:
        """Predict where the vehicle is now; it has done what `last` says since the last call."""
        seconds = (now_ns - self._ego_ns) * 1e-9
        if self._ego is None or seconds <= 0.0:
            return
        self._ego_ns = now_ns
        ego = self._ego
        # To the right, in the road frame; the chord of an arc is in the middle of its headings.
        slip = math.atan(0.5 * math.tan(-last.steering))
        turned = last.speed * math.sin(slip) / (self._profile.wheelbase / 2) * seconds
        way = last.speed * seconds
        if turned:
            way *= math.sin(turned / 2) / (turned / 2)
        course = ego.yaw + slip + turned / 2
        self._ego = Ego(ego.stamp_ns, ego.x + way * math.cos(course),
                        ego.y + way * math.sin(course), ego.yaw + turned, ego.speed)

    def target_steering(self, last: Motion, now_ns: int) -> float | None:
        """Return the angle of the wheels that goes on to the target, before a stop; else None."""
        if self._target is None or (self._chosen and not self._to_target):
            return None
        if not self._chosen:
            self._chosen = self._to_target = True
            self._lane = self._target
        return self._steering(last, now_ns)

    def steering(self, last: Motion, now_ns: int) -> float | None:
        """
        Return the angle of the wheels, rad to the left, that keeps to the lane now.

        None where it is not known, or where the vehicle is on no lane. `last` is the motion that
        was commanded last; where the vehicle stands, its wheels stay as they are.
        """
        if self._to_target:
            self.release(self._lane)   # a stop begins
        return self._steering(last, now_ns)

    def _steering(self, last: Motion, now_ns: int) -> float | None:
        self.move(last, now_ns)
        lane = self._lane_now(now_ns)
        if lane is None or self._ego is None:
            return None
        fresh = (now_ns - self._measured_ns) * 1e-9 < MEASURED_S
        speed = self._ego.speed if fresh else last.speed
        if last.speed == 0.0 and abs(speed) < STANDING:
            return last.steering
        speed = math.copysign(max(abs(speed), SLOWEST), speed)
        s, r = lane.local(self._ego.x, self._ego.y)
        # The rear axle moves along its own heading, the center of the vehicle does not.
        ahead = s + speed * self._profile.heading_time - self._profile.wheelbase / 2
        quickest = math.inf
        if self._profile.limits is not None:
            quickest = controller.lateral_speed_bound(
                self._profile, speed, r, self._bend(lane, s))
        angle = controller.steering_towards(
            self._profile, speed, r, self._heading(lane, ahead), self._ego.yaw, quickest)
        return -angle if math.isfinite(angle) else None

    def lane_curve(self, last: Motion, now_ns: int) -> float | None:
        """Return the angle of the wheels, rad to the left, of the bend of the lane; else None."""
        if last.speed == 0.0:
            return last.steering
        self.move(last, now_ns)
        lane = self._lane_now(now_ns)
        if lane is None or self._ego is None:
            return None
        s, _ = lane.local(self._ego.x, self._ego.y)
        angle = controller.steering_of(self._profile, self._bend(lane, s))
        return -angle if math.isfinite(angle) else None

    def _lane_now(self, now_ns: int) -> Lane | None:
        """Return the lane to keep to; None where it is not known."""
        network, ego = self._network, self._ego
        if (network is None or ego is None
                or (now_ns - self._measured_ns) * 1e-9 > PREDICTION_S):
            return None
        if not self._chosen:
            self._chosen, self._lane = True, _lane_of(network, ego, self._target)
        if self._lane is None:
            return None
        lane = self._followed(network, ego)
        _, r = lane.local(ego.x, ego.y)
        if abs(r) > REACH * lane.width:
            self.release(None)
            self._chosen, self._lane = True, _lane_of(network, ego, None)
            return None if self._lane is None else network.lane(self._lane)
        return lane

    def _followed(self, network: LaneNetwork, ego: Ego) -> Lane:
        assert self._lane is not None
        for _ in range(MOST_SEGMENTS):
            lane = network.lane(self._lane)
            if self._beyond is not None or not lane.after_end(ego.x, ego.y):
                break
            following = network.following(self._lane, ego.x, ego.y)
            if following == self._lane:
                self._beyond = _beyond(lane)
                break
            self._lane = following
        if self._beyond is not None and lane.local(ego.x, ego.y)[0] > lane.length:
            return self._beyond
        return lane

    def _bend(self, lane: Lane, s: float) -> float:
        """Return the curvature of the road at s, 1/m."""
        bend = None
        if self._network is not None and self._lane is not None and self._beyond is None:
            bend = self._bends.of(self._network, self._lane)
        if bend is None:
            return wrap_to_pi(lane.heading_at(s + 0.5) - lane.heading_at(s - 0.5))
        return bend

    def _heading(self, lane: Lane, s: float) -> float:
        """Return the heading at s, on the lane that follows where that is past the end."""
        if s > lane.length and self._network is not None and self._lane is not None:
            if self._beyond is not None:
                return self._beyond.heading
            following = self._network.following(self._lane, *lane.position(lane.length, 0.0))
            if following != self._lane:
                return self._network.lane(following).heading_at(s - lane.length)
        return lane.heading_at(s)


def _lane_of(network: LaneNetwork, ego: Ego, target: LaneId | None) -> LaneId | None:
    """Return the lane that a vehicle is in; None where it is far beside or against it."""
    index = None
    if target is not None:
        segment = target[0]
        index = min(
            ((segment, number) for number in range(len(network.segments[segment].lanes))),
            key=lambda index: network.lane(index).distance(ego.x, ego.y))
        if not network.lane(index).on_lane(ego.x, ego.y):
            index = None
    if index is None:
        index = network.nearest(ego.x, ego.y, ego.yaw)
    lane = network.lane(index)
    s, r = lane.local(ego.x, ego.y)
    if abs(r) > ASIDE * lane.width or abs(wrap_to_pi(ego.yaw - lane.heading_at(s))) > math.pi / 2:
        return None
    return index


def _beyond(lane: Lane) -> StraightLane:
    """Return what goes straight on at the end of a lane."""
    heading = lane.heading_at(lane.length)
    x, y = lane.position(lane.length, 0.0)
    return StraightLane(
        start=(x, y), end=(x + math.cos(heading), y + math.sin(heading)), width=lane.width)
