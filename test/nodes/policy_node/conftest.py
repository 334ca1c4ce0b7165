# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The sensors and the vehicle of one policy node."""


import itertools
import math

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from geometry_msgs.msg import TwistStamped
from nav_msgs.msg import Odometry
from nav_msgs.msg import Path as PathMessage
import pytest
from rcl_interfaces.msg import Parameter, ParameterType, ParameterValue
from rcl_interfaces.srv import SetParameters
from rclpy.qos import DurabilityPolicy, QoSProfile
from sensor_msgs.msg import JointState, PointCloud2, TimeReference
from std_msgs.msg import String
from std_srvs.srv import SetBool, Trigger

from drl_prune_ros.nodes.conversions.messages import ego_to_odometry
from drl_prune_ros.nodes.conversions.object_cloud import objects_to_cloud
from drl_prune_ros.nodes.conversions.stamps import stamp_to_ns
from drl_prune_ros.perception.path_road import road_from_path
from drl_prune_ros.perception.scene import Ego, Objects

PERIOD = 200_000_000
LOCKSTEP = {
    'output_stamp': 'input', 'input_reliability': 'reliable', 'output_type': 'twist',
    'vehicle_profile': 'highway_env'}
LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
ROAD = road_from_path([(0, 0), (10_000, 0)], 3, 4.0, 0)


class Car:
    """Publishes what sensors would, and hears what the policy node says."""

    def __init__(self, peer, name='policy'):
        self.peer = peer
        node = peer.node
        self.odometry = node.create_publisher(Odometry, f'/{name}/input/odometry', 1)
        self.objects = node.create_publisher(PointCloud2, f'/{name}/input/objects', 1)
        self.road = node.create_publisher(String, f'/{name}/input/road', LATCHED)
        self.path = node.create_publisher(PathMessage, f'/{name}/input/path', LATCHED)
        self.commands = peer.listen(TwistStamped, f'/{name}/output/command', 10)
        self.shadow = peer.listen(TwistStamped, f'/{name}/debug/command', 10)
        self.decisions = peer.listen(JointState, f'/{name}/debug/decision', 10)
        self.answered = peer.listen(TimeReference, f'/{name}/debug/answered', 10)
        self.models = peer.listen(String, f'/{name}/output/model', LATCHED)
        self.diagnostics = peer.listen(DiagnosticArray, '/diagnostics', 10)
        self.stamp_ns = 0

    def meet(self):
        peer = self.peer
        peer.until(lambda: self.odometry.get_subscription_count(), 'the policy node')
        peer.until(lambda: self.objects.get_subscription_count(), 'the policy node')
        peer.until(lambda: self.models, 'the latched model')
        for topic in (
                '/policy/output/command', '/policy/debug/command', '/policy/debug/decision'):
            peer.until(lambda topic=topic: peer.node.count_publishers(topic), topic)

    def reset(self):
        assert self.peer.call(Trigger, '/policy/reset', Trigger.Request()).success
        self.stamp_ns += 1000 * PERIOD
        for received in (
                self.commands, self.shadow, self.decisions, self.answered, self.diagnostics):
            received.clear()

    def engage(self, wanted=True):
        return self.peer.call(SetBool, '/policy/engage', SetBool.Request(data=wanted))

    def ego(self):
        return Ego(self.stamp_ns, 50 + 25e-9 * (self.stamp_ns % (1000 * PERIOD)), -4.0, 0.0, 25.0)

    def send(self, odometry=None, objects=None):
        self.odometry.publish(odometry or ego_to_odometry(self.ego(), 'map', 'base_link'))
        self.objects.publish(objects or objects_to_cloud(Objects.none(), self.stamp_ns, 'map'))

    def answers(self):
        return [command for command in self.commands
                if stamp_to_ns(command.header.stamp) == self.stamp_ns]

    def drive(self, ticks=1):
        """Send complete sets, each once it is answered; returns the last command."""
        for _ in range(ticks):
            self.stamp_ns += PERIOD
            self.send()
            calls = itertools.count(1)

            def answered(calls=calls):
                # The two ends may still be getting to know each other.
                if next(calls) % 10 == 0:
                    self.send()
                return self.answers()
            self.peer.until(answered, 'a command')
        return self.answers()[-1]

    def statuses(self):
        return [status for message in self.diagnostics for status in message.status]

    def until_error(self, *words, send=lambda: None):
        """Go on until a diagnostic of level ERROR says all of these."""
        def told():
            send()
            return any(
                status.level == DiagnosticStatus.ERROR
                and all(word in status.message for word in words)
                for status in self.statuses())
        self.peer.until(told, f'an ERROR that says {words}; there were {self.statuses()}')
        assert all(
            math.isfinite(command.twist.linear.x) and math.isfinite(command.twist.angular.z)
            for command in self.commands)


@pytest.fixture(scope='module')
def node(graph, highway_policy):
    return graph.start('policy', policy=str(highway_policy), **LOCKSTEP)


@pytest.fixture(scope='module')
def acquainted(graph, node):
    car = Car(graph.peer())
    car.meet()
    car.road.publish(String(data=ROAD.to_json()))
    car.reset()
    car.engage()
    car.drive()
    return car


@pytest.fixture
def car(acquainted):
    acquainted.reset()
    acquainted.engage()
    return acquainted


@pytest.fixture
def set_policy(car):
    """Return a function that sets the parameter policy, and returns what came of it."""
    def set_policy(path):
        value = ParameterValue(type=ParameterType.PARAMETER_STRING, string_value=str(path))
        return car.peer.call(SetParameters, '/policy/set_parameters', SetParameters.Request(
            parameters=[Parameter(name='policy', value=value)])).results[0]
    return set_policy


@pytest.fixture
def make_car():
    """Return the class Car."""
    return Car
