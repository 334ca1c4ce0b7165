# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Cars that are stopped in a change of lane, by commands as a twist and as an angle of wheels."""

import math
import signal
import time

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from geometry_msgs.msg import TwistStamped
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
from nav_msgs.msg import Odometry
import numpy as np
import pytest
from rclpy.qos import DurabilityPolicy, QoSProfile
from sensor_msgs.msg import JointState
from std_msgs.msg import String
from std_srvs.srv import SetBool, Trigger
from stopping_car import Car, Line, Policy

from drl_prune_ros.control.command import Motion
from drl_prune_ros.control.profile import load_profile
from drl_prune_ros.nodes.conversions.messages import ego_to_odometry
from drl_prune_ros.perception.scene import Ego
from drl_prune_ros.policy.network import MlpNetwork
from drl_prune_ros.policy.policy_file import write_policy

LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
PROFILE = load_profile('passenger_car')
RATE_HZ = 20.0
TIMEOUT_S = 2.0   # on a busy machine, the cars' sensors may come late
STRAIGHT, BEND = ((400.0, 0.0),), ((140.0, 0.02), (140.0, 0.02))


class Driven:
    """A policy node, the car that it drives, and the policy's wish, as one number."""

    def __init__(self, graph, peer, name, policy, output, pieces, speed=5.0):
        topics = tuple((f'~/{topic}', f'/{name}/{topic}') for topic in (
            'input/odometry', 'input/vector', 'input/road', 'output/command', 'engage', 'stop',
            'change_state'))
        self.node = graph.start(
            'policy', (*topics, ('__node', name)), policy=str(policy), output_type=output,
            input_timeout=TIMEOUT_S)
        self.name, self.peer, self.wish = name, peer, 0.0
        self.line = Line(pieces)
        x, y, yaw = self.line.bends[0].at(5.0, 2.0)
        kind = 'twist' if output == 'twist' else 'ackermann'
        self.car = Car(PROFILE, kind, x, y, yaw, speed)
        # Until it is taken over, a driver keeps it in its lane.
        bend = self.line.bends[0].curvature
        rate = speed / (1 / bend - 2.0) if bend else 0.0
        self.car.motion = Motion(speed, 0.0, math.atan(PROFILE.wheelbase * rate / speed), rate)
        self.car.yaw -= math.asin(PROFILE.wheelbase / 2 * rate / speed)
        self.heard = 0
        message_type = TwistStamped if output == 'twist' else JointState
        peer.node.create_subscription(
            message_type, f'/{name}/output/command', self.on_command, 10)
        self.odometry = peer.node.create_publisher(Odometry, f'/{name}/input/odometry', 1)
        self.vector = peer.node.create_publisher(JointState, f'/{name}/input/vector', 1)
        self.road = peer.node.create_publisher(String, f'/{name}/input/road', LATCHED)
        self.road.publish(String(data=self.line.road().to_json()))
        self.moved_s = self.sent_s = time.monotonic()
        self.farthest = -math.inf

    def on_command(self, message):
        """Do what a command says from now on."""
        self.heard += 1
        if isinstance(message, TwistStamped):
            speed, rate = message.twist.linear.x, message.twist.angular.z
            self.car.motion = Motion(speed, 0.0, 0.0, rate)
        else:
            self.car.motion = Motion(**dict(zip(message.name, message.position, strict=True)))

    def live(self):
        """Move the car to now, and send what its sensors say."""
        now_s = time.monotonic()
        while self.moved_s < now_s:
            self.car.drive(0.005)
            self.moved_s += 0.005
        self.farthest = max(self.farthest, *(
            abs(self.line.offset(x, y)) - 4.0 for x, y in self.car.body()))
        if now_s - self.sent_s < 1 / RATE_HZ:
            return
        self.sent_s = now_s
        car, stamp_ns = self.car, time.time_ns()
        odometry = ego_to_odometry(
            Ego(stamp_ns, car.x, car.y, car.yaw, car.speed, car.yaw_rate), 'map', 'base_link')
        vector = JointState(name=['load'], position=[self.wish])
        vector.header.stamp = odometry.header.stamp
        self.odometry.publish(odometry)
        self.vector.publish(vector)

    def deactivate(self):
        """Ask for the transition; returns its future."""
        client = self.peer.client(ChangeState, f'/{self.name}/change_state')
        return client.call_async(ChangeState.Request(
            transition=Transition(id=Transition.TRANSITION_DEACTIVATE)))

    @property
    def stands(self):
        return self.heard and self.car.motion.speed == 0.0


class Street:
    """All cars: they go on living, whatever is waited for."""

    def __init__(self, peer, cars):
        self.peer, self.cars = peer, cars
        for car in cars:
            for publisher in (car.odometry, car.vector, car.road):
                peer.until(publisher.get_subscription_count, car.name)
            peer.until(lambda car=car: peer.node.count_publishers(f'/{car.name}/output/command'))
            for kind, service in (
                    (SetBool, 'engage'), (Trigger, 'stop'), (ChangeState, 'change_state')):
                peer.client(kind, f'/{car.name}/{service}')

    def until(self, condition, what):
        """Live until a condition holds."""
        def lived():
            for car in self.cars:
                car.live()
            return condition()
        self.peer.until(lived, what)

    def live(self, seconds):
        """Live for so long."""
        until = time.monotonic() + seconds
        self.until(lambda: time.monotonic() > until, 'the time')

    def call(self, car, kind, service, request):
        """Return the response of a service."""
        client = self.peer.client(kind, f'/{car.name}/{service}')
        answer = client.call_async(request)
        self.until(answer.done, f'{service} of {car.name}')
        return answer.result()

    def engage(self, car):
        """Drive a car, as soon as its node has what it needs."""
        def engaged():
            self.live(0.1)
            return self.call(car, SetBool, 'engage', SetBool.Request(data=True)).success
        self.until(engaged, f'{car.name} to be driven')


@pytest.fixture(scope='module')
def wishes(tmp_path_factory):
    """Write a policy that goes to the lane on the side of the sign of its one number."""
    policy = Policy(5.0)
    network = MlpNetwork(
        layers=((np.array([[10.0], [0.0], [-10.0]]), np.array([0.0, 5.0, 0.0])),),
        activation='relu', output='argmax')
    path = tmp_path_factory.mktemp('policy') / 'wishes.onnx'
    write_policy(path, network, policy.manifest)
    return path


@pytest.mark.reaction(
    'state', '~/engage, with healthy sensors', 'no ERROR: it waits for the next set of inputs')
@pytest.mark.reaction(
    'stops', 'a second signal, a second after the first', 'the node ends at once')
@pytest.mark.reaction(
    'stops', 'a node is deactivated in a change of lane',
    'emergency stop in the lane, by the motion commanded since')
def test_stopped_in_a_change_of_lane_cars_stay_on_their_lanes(graph, wishes):
    peer = graph.peer()
    diagnostics = peer.listen(DiagnosticArray, '/diagnostics', 100)
    asked, hung_up, ended, deactivated, hurried = cars = [
        Driven(graph, peer, 'asked', wishes, 'twist', BEND),
        Driven(graph, peer, 'hung_up', wishes, 'vector', BEND),
        Driven(graph, peer, 'ended', wishes, 'twist', STRAIGHT),
        Driven(graph, peer, 'deactivated', wishes, 'vector', BEND),
        Driven(graph, peer, 'hurried', wishes, 'twist', ((4000.0, 0.0),), 25.0),
    ]
    street = Street(peer, cars)
    for car in cars:
        street.engage(car)
    diagnostics.clear()
    street.engage(asked)   # anew, with healthy sensors
    street.live(0.5)
    wrong = [status.message for array in diagnostics for status in array.status
             if status.level == DiagnosticStatus.ERROR]
    assert wrong == []
    for car in cars:
        car.wish = -1.0
    street.until(lambda: all(car.line.offset(car.car.x, car.car.y) < 1.0 for car in cars[:-1]),
                 'the middle of the change')
    for car in cars:
        car.farthest = -math.inf
        car.live()
        assert car.farthest < 0.0, car.name
    hung_up.node.process.send_signal(signal.SIGHUP)
    ended.node.process.send_signal(signal.SIGTERM)
    hurried.node.process.send_signal(signal.SIGINT)
    signalled_s = time.monotonic()
    street.call(asked, Trigger, 'stop', Trigger.Request())
    change = deactivated.deactivate()
    street.live(1.1)
    assert hurried.node.process.poll() is None, 'it brakes first'
    assert not street.call(
        hurried, SetBool, 'engage', SetBool.Request(data=True)).success
    hurried.node.process.send_signal(signal.SIGTERM)
    street.until(lambda: all(car.stands for car in cars), 'all to stand')
    street.until(lambda: all(car.node.process.poll() is not None
                             for car in (hung_up, ended, hurried)), 'three to end')
    assert time.monotonic() - signalled_s < 30.0
    street.until(change.done, 'the end of the transition')
    assert change.result().success
    for car in (hung_up, ended, hurried):
        assert car.node.wait() == 0, car.node.log
        assert 'the vehicle brakes first' in car.node.log
    for car in (asked, deactivated):
        assert car.node.end(signal.SIGTERM) == 0
    for car in cars:
        assert not car.node.errors, car.node.log
        assert 'Traceback' not in car.node.log
    for car in cars[:-1]:
        assert car.farthest < 0.0, car.name
