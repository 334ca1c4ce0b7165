# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The simulator's side of the topics: sensor data out, command and decision in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
import time
from typing import Any

from geometry_msgs.msg import TwistStamped
from nav_msgs.msg import Odometry
from rclpy.client import Client
from rclpy.duration import Duration
from rclpy.node import Node
from sensor_msgs.msg import JointState, PointCloud2
from std_msgs.msg import String
from std_srvs.srv import SetBool, Trigger

from drl_prune_ros.control.command import Decision
from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.nodes.common import qos
from drl_prune_ros.nodes.common.process import SpinOnce
from drl_prune_ros.nodes.conversions.messages import (
    ego_to_odometry,
    message_to_decision,
    was_guarded,
)
from drl_prune_ros.nodes.conversions.object_cloud import objects_to_cloud
from drl_prune_ros.nodes.conversions.stamps import stamp_to_ns
from drl_prune_ros.perception.road import Road
from drl_prune_ros.perception.scene import Ego, Objects

MAP_FRAME = 'map'
BASE_FRAME = 'base_link'
REPEAT_CALL_S = 1.0


@dataclass(frozen=True, slots=True)
class PolicyReply:
    """
    The command and the decision of one stamp.

    speed     at the end of the control period, m/s
    yaw_rate  during it, rad/s
    guarded   whether the headway guard lowered the command
    """

    speed: float
    yaw_rate: float
    decision: Decision
    guarded: bool


class PolicyClient:
    """
    Talks to one policy node that stamps its commands with what they answer.

    timeout_s  how long to wait for the policy before giving up, wall clock
    """

    def __init__(self, node: Node, timeout_s: float) -> None:
        self._node = node
        self._timeout_s = timeout_s
        self._odometry = node.create_publisher(
            Odometry, '~/output/odometry', qos.SENSOR_PUBLISHER)
        self._objects = node.create_publisher(
            PointCloud2, '~/output/objects', qos.SENSOR_PUBLISHER)
        self._road = node.create_publisher(String, '~/output/road', qos.LATCHED)
        node.create_subscription(
            TwistStamped, '~/input/command', self._on_command, qos.COMMAND)
        node.create_subscription(JointState, '~/input/decision', self._on_decision, qos.DEBUG)
        self._reset = node.create_client(Trigger, '~/policy_reset')
        self._engage = node.create_client(SetBool, '~/policy_engage')
        self._asked_ns = -1
        self._command: TwistStamped | None = None
        self._decision: Decision | None = None
        self._guarded = False

    def wait_for_policy(self, subscribers: int, spin_once: SpinOnce) -> None:
        """Wait until the policy takes sensor data and so many nodes take odometry."""
        def connected() -> bool:
            return (
                self._odometry.get_subscription_count() >= subscribers
                and self._objects.get_subscription_count() >= 1
                and self._road.get_subscription_count() >= 1
                and self._reset.service_is_ready() and self._engage.service_is_ready())
        self._wait(connected, spin_once, 'no policy node takes what the simulator publishes')

    def begin(self, road: Road, spin_once: SpinOnce) -> None:
        """Publish the road, have the policy clear its control state, and engage it."""
        self.publish_road(road, spin_once)
        self._call(self._reset, Trigger.Request(), spin_once)
        self.engage(spin_once)

    def publish_road(self, road: Road, spin_once: SpinOnce) -> None:
        """Publish the road, and return when the policy has received it."""
        self._road.publish(String(data=replace(road, frame_id=MAP_FRAME).to_json()))
        # So the road has arrived before the request is sent, and is handled before it.
        self._wait(
            lambda: self._road.wait_for_all_acked(Duration(seconds=0.05)), spin_once,
            'the policy did not take the road')

    def engage(self, spin_once: SpinOnce) -> None:
        """Engage the policy; raises DrlPruneError where it refuses, as it does without inputs."""
        self._call(self._engage, SetBool.Request(data=True), spin_once)

    def hand_over(self, spin_once: SpinOnce) -> None:
        """
        Take the vehicle from the policy, and have it wait for the next episode.

        What is sent no more is no fault then. A policy that is silent has ended.
        """
        futures = [self._engage.call_async(SetBool.Request(data=False)),
                   self._reset.call_async(Trigger.Request())]
        give_up = time.monotonic() + REPEAT_CALL_S
        while not all(future.done() for future in futures) and time.monotonic() < give_up:
            spin_once(0.05)

    def publish(self, ego: Ego, objects: Objects) -> None:
        """Publish sensor data of one stamp; answers to it count from now on."""
        self._asked_ns = ego.stamp_ns
        self._command = self._decision = None
        self._send(ego, objects)

    def reply(self) -> PolicyReply | None:
        """Return the answer to what was published last, None while it is not complete."""
        if self._command is None or self._decision is None:
            return None
        twist = self._command.twist
        return PolicyReply(
            twist.linear.x, twist.angular.z, self._decision, self._guarded)

    def ask(
        self, ego: Ego, objects: Objects, resend_s: float, spin_once: SpinOnce,
    ) -> PolicyReply:
        """
        Publish, wait as long as it takes, and return the answer.

        A message may get lost before the two ends have discovered each other, so it is sent again
        every resend_s; a policy that receives it twice repeats its answer. Raises DrlPruneError
        after the time-out.
        """
        self.publish(ego, objects)
        give_up = time.monotonic() + self._timeout_s
        resend = time.monotonic() + resend_s
        while (reply := self.reply()) is None:
            now = time.monotonic()
            if now >= give_up:
                raise DrlPruneError(
                    f'the policy did not answer stamp {ego.stamp_ns} ns within '
                    f'{self._timeout_s:g} s: see its log; it must run with output_stamp:=input')
            if now >= resend:
                self._send(ego, objects)
                resend = now + resend_s
            spin_once(resend_s)
        return reply

    def _send(self, ego: Ego, objects: Objects) -> None:
        # Odometry first: the monitor, which measures latency from it, then receives it before the
        # objects, which the policy waits for, are sent.
        self._odometry.publish(ego_to_odometry(ego, MAP_FRAME, BASE_FRAME))
        self._objects.publish(objects_to_cloud(objects, ego.stamp_ns, MAP_FRAME))

    def _on_command(self, message: TwistStamped) -> None:
        if stamp_to_ns(message.header.stamp) == self._asked_ns:
            self._command = message

    def _on_decision(self, message: JointState) -> None:
        if stamp_to_ns(message.header.stamp) == self._asked_ns:
            self._decision = message_to_decision(message)
            self._guarded = was_guarded(message)

    def _call(self, client: Client, request: Any, spin_once: SpinOnce) -> None:
        """Call a service of the policy; raises DrlPruneError where it refuses or is silent."""
        future = client.call_async(request)
        asked = time.monotonic()

        def answered() -> bool:
            # A response gets lost when the policy has not found this client yet. Requests are
            # handled in order, so that the answer to the last one means that none is left.
            nonlocal future, asked
            if time.monotonic() - asked > REPEAT_CALL_S:
                future = client.call_async(request)
                asked = time.monotonic()
            return future.done()
        self._wait(answered, spin_once, f'the policy did not answer {client.srv_name}')
        if not future.result().success:
            raise DrlPruneError(f'the policy cannot begin: it is {future.result().message}')

    def _wait(self, done: Callable[[], bool], spin_once: SpinOnce, problem: str) -> None:
        give_up = time.monotonic() + self._timeout_s
        while not done():
            if time.monotonic() >= give_up:
                raise DrlPruneError(
                    f'{problem} within {self._timeout_s:g} s: is it running and active?')
            spin_once(0.05)
