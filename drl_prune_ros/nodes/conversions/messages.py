# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Messages to plain data and back: odometry, decision, and the stamp that a command answers."""

from __future__ import annotations

import math

from builtin_interfaces.msg import Time
from geometry_msgs.msg import Quaternion
from nav_msgs.msg import Odometry
from sensor_msgs.msg import JointState, TimeReference

from drl_prune_ros.control.command import ContinuousDecision, Decision
from drl_prune_ros.nodes.conversions.stamps import input_stamp_ns, ns_to_stamp
from drl_prune_ros.perception.scene import Ego, InvalidInput

LEAST_UP = 0.5   # part of a z axis that has to point up
DECISION_FIELDS = ('action', 'target_lane', 'target_speed', 'target_segment')
GUARDED = 'guarded'


def yaw_of(orientation: Quaternion, whose: str) -> float:
    """Return the yaw of an orientation, rad; raises InvalidInput where it is no rotation."""
    q = orientation
    return yaw_from(q.x, q.y, q.z, q.w, whose)


def yaw_from(x: float, y: float, z: float, w: float, whose: str) -> float:
    """
    Return the yaw of a quaternion, rad.

    Raises InvalidInput where it is no rotation, and where its z axis is tilted so far that a yaw
    does not describe it.
    """
    norm = math.hypot(x, y, z, w)
    if not 0.9 < norm < 1.1:
        raise InvalidInput(
            f'the orientation of {whose} is no rotation (its quaternion has norm {norm:g})')
    up = (w * w + z * z - x * x - y * y) / (norm * norm)
    if up < LEAST_UP:
        raise InvalidInput(
            f'the z axis of {whose} is tilted by {math.degrees(math.acos(max(up, -1.0))):.0f} '
            'degrees: data are needed in a frame that stands upright')
    return math.atan2(2 * (w * z + x * y), w * w + x * x - y * y - z * z)


def odometry_to_ego(message: Odometry) -> Ego:
    """
    Return the state of the vehicle in an odometry message, in the axes of its header.frame_id.

    The pose is that of child_frame_id; the twist is in the axes of the body, as
    nav_msgs/Odometry has it. Raises InvalidInput for a number that is not finite, for an
    orientation that is no rotation and for a stamp that input_stamp_ns refuses.
    """
    pose, twist = message.pose.pose, message.twist.twist
    stamp = message.header.stamp
    return Ego(
        stamp_ns=input_stamp_ns(stamp.sec, stamp.nanosec), x=pose.position.x, y=pose.position.y,
        yaw=yaw_of(pose.orientation, 'the odometry'),
        speed=twist.linear.x, yaw_rate=twist.angular.z, lateral_speed=twist.linear.y)


def ego_to_odometry(ego: Ego, frame_id: str, child_frame_id: str) -> Odometry:
    """Return the message that odometry_to_ego reads."""
    message = Odometry()
    message.header.stamp = ns_to_stamp(ego.stamp_ns)
    message.header.frame_id = frame_id
    message.child_frame_id = child_frame_id
    message.pose.pose.position.x = ego.x
    message.pose.pose.position.y = ego.y
    message.pose.pose.orientation.z = math.sin(ego.yaw / 2)
    message.pose.pose.orientation.w = math.cos(ego.yaw / 2)
    message.twist.twist.linear.x = ego.speed
    message.twist.twist.linear.y = ego.lateral_speed
    message.twist.twist.angular.z = ego.yaw_rate
    return message


def decision_to_message(
    stamp: Time, decision: Decision | ContinuousDecision, guarded: bool = False,
) -> JointState:
    """
    Return a decision as named numbers with the stamp of its command.

    The last one, 'guarded', is 1 where the headway guard lowered the command, else 0.

    JointState is the one standard message of named, stamped numbers; plotting tools show it.
    """
    named = {**decision.named(), GUARDED: float(guarded)}
    message = JointState(name=list(named), position=list(named.values()))
    message.header.stamp = stamp
    return message


def message_to_decision(message: JointState) -> Decision:
    """Return the decision in a message; raises InvalidInput where a number of it is missing."""
    values = dict(zip(message.name, message.position, strict=False))
    missing = [name for name in DECISION_FIELDS if not math.isfinite(values.get(name, math.nan))]
    if missing:
        raise InvalidInput(f'a decision lacks {", ".join(missing)}')
    return Decision(
        action=int(values['action']), target_lane=int(values['target_lane']),
        target_speed=float(values['target_speed']),
        target_segment=int(values['target_segment']))


def was_guarded(message: JointState) -> bool:
    """Return whether the message of a decision says that the headway guard acted."""
    return dict(zip(message.name, message.position, strict=False)).get(GUARDED, 0.0) > 0.0


def answered_message(stamp: Time, sensor_stamp_ns: int) -> TimeReference:
    """Return the message that gives the sensor stamp which the command stamped `stamp` answers."""
    message = TimeReference(source='odometry')
    message.header.stamp = stamp
    message.time_ref = ns_to_stamp(sensor_stamp_ns)
    return message
