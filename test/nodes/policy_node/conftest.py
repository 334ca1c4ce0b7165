# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The sensors and the vehicle of one policy node."""

from dataclasses import replace
import itertools
import math
import time

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from geometry_msgs.msg import TwistStamped
from nav_msgs.msg import Odometry
from nav_msgs.msg import Path as PathMessage
import numpy as np
import pytest
from rcl_interfaces.msg import Parameter, ParameterType, ParameterValue
from rcl_interfaces.srv import SetParameters
from rclpy.qos import DurabilityPolicy, QoSProfile
from sensor_msgs.msg import JointState, PointCloud2, TimeReference
from std_msgs.msg import String
from std_srvs.srv import SetBool, Trigger

from drl_prune_ros.control.command import Motion
from drl_prune_ros.control.profile import load_profile
from drl_prune_ros.nodes.conversions.messages import ego_to_odometry
from drl_prune_ros.nodes.conversions.object_cloud import objects_to_cloud
from drl_prune_ros.nodes.conversions.stamps import stamp_to_ns
from drl_prune_ros.perception.path_road import road_from_path
from drl_prune_ros.perception.scene import Ego, Objects
from drl_prune_ros.policy.manifest import Manifest
from drl_prune_ros.policy.network import MlpNetwork
from drl_prune_ros.policy.policy_file import write_policy

PERIOD = 200_000_000
LOCKSTEP = {
    'output_stamp': 'input', 'input_reliability': 'reliable', 'output_type': 'twist',
    'vehicle_profile': 'highway_env'}
LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
ROAD = road_from_path([(0, 0), (10_000, 0)], 3, 4.0, 0)
RATE_HZ, TIMEOUT_S = 20.0, 0.25
PROFILE = load_profile('passenger_car')
# Between the envelope's tick and the stamp, a busy machine may do other things.
STAMP_SLACK_S = 0.1
LONG_ROAD = road_from_path([(-1_000_000, 0), (1_000_000, 0)], 3, 4.0, 0)


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
        """Continue until a diagnostic of level ERROR says all of these."""
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


@pytest.fixture(scope='module')
def policy_file(tmp_path_factory):
    """Write a policy of random weights with control at 20 Hz, as on a car."""
    from drl_prune_ros.tasks.catalogue import load_task

    task, random = load_task('highway-fast-v0'), np.random.default_rng(5)
    network = MlpNetwork(
        layers=((random.normal(size=(5, 25)), random.normal(size=5)),), activation='tanh',
        output='argmax')
    observation = replace(task.observation, control_rate_hz=RATE_HZ)
    path = tmp_path_factory.mktemp('policy') / '20_hz.onnx'
    write_policy(path, network, Manifest(
        task.id, observation, task.action, (25, 5), (25, 256, 256, 5)))
    return path


class Rig:
    """The sensors and the vehicle of one policy node, in any of its states."""

    PERIOD_NS = round(1e9 / RATE_HZ)

    def __init__(self, peer, outside):
        self.peer, self.outside = peer, outside
        node = peer.node
        self.odometry = node.create_publisher(Odometry, '/policy/input/odometry', 1)
        self.objects = node.create_publisher(PointCloud2, '/policy/input/objects', 1)
        self.road = node.create_publisher(String, '/policy/input/road', LATCHED)
        self.path = node.create_publisher(PathMessage, '/policy/input/path', LATCHED)
        self.model = peer.listen(String, '/policy/output/model', LATCHED)
        node.create_subscription(JointState, '/policy/output/command', self.on_command, 500)
        node.create_subscription(DiagnosticArray, '/diagnostics', self.on_diagnostics, 100)
        self.before, self.before_s = None, 0.0
        self.clean_s = 0.0
        self.state = self.fault = ''
        self.seen = set()
        self.commands = 0
        self.broken = []
        self.stamp_ns = 10**18
        self.speed = 20.0
        self.x = 0.0
        self.sent_s = 0.0

    def meet(self):
        self.road.publish(String(data=LONG_ROAD.to_json()))
        for publisher in (self.odometry, self.objects, self.road, self.path):
            self.peer.until(publisher.get_subscription_count, 'the policy node')
        self.peer.until(lambda: self.model, 'the model')
        self.peer.until(
            lambda: self.peer.node.count_publishers('/policy/output/command'), 'commands')

    def on_command(self, message):
        motion = Motion(**dict(zip(message.name, message.position, strict=True)))
        now_s = stamp_to_ns(message.header.stamp) * 1e-9
        if now_s < self.clean_s:
            return   # on its way since before the slate was clean
        seconds = max(now_s - self.before_s, 0.0) + STAMP_SLACK_S
        # Where the first one comes from is not known here.
        before = self.before or motion
        self.broken += self.outside(PROFILE, before, motion, seconds)
        self.before, self.before_s = motion, now_s
        self.commands += 1

    def on_diagnostics(self, message):
        for status in message.status:
            if status.name != 'policy: control':
                continue   # of another node that a test has started
            values = {pair.key: pair.value for pair in status.values}
            self.state, self.fault = values['state'], values['fault']
            self.seen.add((self.state, self.fault))

    def ego(self, **changed):
        return Ego(**{'stamp_ns': self.stamp_ns, 'x': self.x, 'y': -4.0, 'yaw': 0.0,
                      'speed': self.speed, **changed})

    def good(self, odometry=True, objects=True):
        """Send a complete set, or half of one, a control period later."""
        self.stamp_ns += self.PERIOD_NS
        self.x += self.speed / RATE_HZ
        if odometry:
            self.odometry.publish(ego_to_odometry(self.ego(), 'map', 'base_link'))
        if objects:
            self.objects.publish(objects_to_cloud(Objects.none(), self.stamp_ns, 'map'))

    def until(self, states, send=lambda: None):
        """Send something at the control rate until the node is in one of these states."""
        states = (states,) if isinstance(states, str) else states

        def there():
            if time.monotonic() - self.sent_s >= 1 / RATE_HZ:
                self.sent_s = time.monotonic()
                send()
            return self.state in states
        self.peer.until(there, f'{states}; it is {self.state}, {self.fault}')

    def until_seen(self, state, fault, send):
        """Send a fault at the control rate until it has led to a state, and is named."""
        def there():
            if time.monotonic() - self.sent_s >= 1 / RATE_HZ:
                self.sent_s = time.monotonic()
                # On a busy machine a period may have been missed, and the state is a graver one.
                too_grave = (self.state, state) == ('emergency stop', 'comfortable stop')
                (Rig.good if too_grave else send)(self)
            return (state, fault) in self.seen
        self.peer.until(there, f'{state}, {fault}')

    def engage(self, wanted):
        return self.peer.call(SetBool, '/policy/engage', SetBool.Request(data=wanted))

    def barrier(self):
        """Return when the node has handled what was sent until now."""
        value = ParameterValue(type=ParameterType.PARAMETER_STRING, string_value='none.onnx')
        return self.peer.call(SetParameters, '/policy/set_parameters', SetParameters.Request(
            parameters=[Parameter(name='policy', value=value)])).results[0]

    def enter(self, state):
        """Bring the node into a state, from a clean slate."""
        self.speed = 0.2 if state == 'standstill' else 20.0
        self.engage(False)
        self.peer.call(Trigger, '/policy/reset', Trigger.Request())
        # Who waits for the first inputs is not let drive, and begins anew once it is.
        assert not self.engage(True).success

        def engaged():
            self.good()
            self.before, self.state, self.clean_s = None, '', time.time()
            return self.engage(True).success
        self.peer.until(engaged, 'the vehicle to be taken over')
        self.until('waiting')
        if state == 'waiting':
            return
        self.until('driving', self.good)
        if state == 'comfortable stop':
            self.peer.call(Trigger, '/policy/stop', Trigger.Request())
            self.until(state, self.good)
        elif state != 'driving':
            self.until(state)


@pytest.fixture(scope='module')
def rig(graph, policy_file, outside):
    node = graph.start(
        'policy', policy=str(policy_file), output_type='vector', vehicle_profile='passenger_car',
        input_timeout=TIMEOUT_S, max_input_age=0.0)
    rig = Rig(graph.peer(), outside)
    rig.meet()
    yield rig
    assert node.process.poll() is None, 'the node has died'
    assert 'Traceback' not in node.log
