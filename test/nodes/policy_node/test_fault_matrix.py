# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
Every fault in every safety state, through real topics.

Whatever is sent, no command may be anything but finite and within the vehicle profile, from one to
the next. pytest -s prints the matrix.
"""

from dataclasses import replace
import os
import subprocess
import sys
import time

from diagnostic_msgs.msg import DiagnosticArray
from nav_msgs.msg import Odometry
from nav_msgs.msg import Path as PathMessage
import numpy as np
import pytest
from rcl_interfaces.msg import Parameter, ParameterType, ParameterValue
from rcl_interfaces.srv import SetParameters
from rclpy.qos import DurabilityPolicy, QoSProfile
from sensor_msgs.msg import JointState, PointCloud2
from std_msgs.msg import String
from std_srvs.srv import SetBool, Trigger

from drl_prune_ros.benchmark.stop_latency import SPIN
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
from drl_prune_ros.tasks.catalogue import load_task

RATE_HZ, TIMEOUT_S = 20.0, 0.25
PERIOD_NS = round(1e9 / RATE_HZ)
HOUR_NS = 3600 * 10**9
LITTLE_ENDIAN, BIG_ENDIAN = b'\0\1\0\0', b'\0\0\0\0'
LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
PROFILE = load_profile('passenger_car')
# Between the envelope's tick and the stamp, a busy machine may do other things.
STAMP_SLACK_S = 0.1
STATES = ('waiting', 'driving', 'holding', 'comfortable stop', 'emergency stop', 'standstill')
ROAD = road_from_path([(-1_000_000, 0), (1_000_000, 0)], 3, 4.0, 0)


@pytest.fixture(scope='module')
def policy_file(tmp_path_factory):
    """Write a policy of random weights with control at 20 Hz, as on a car."""
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
    """The sensors and the vehicle of one policy node."""

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
        self.sent_s = 0.0

    def meet(self):
        self.road.publish(String(data=ROAD.to_json()))
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
            values = {pair.key: pair.value for pair in status.values}
            self.state, self.fault = values['state'], values['fault']
            self.seen.add((self.state, self.fault))

    def ego(self, **changed):
        x = 25e-9 * (self.stamp_ns % HOUR_NS)
        return Ego(**{'stamp_ns': self.stamp_ns, 'x': x, 'y': -4.0, 'yaw': 0.0,
                      'speed': self.speed, **changed})

    def good(self, odometry=True, objects=True):
        """Send a complete set, or half of one, a control period later."""
        self.stamp_ns += PERIOD_NS
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


def spoilt_odometry(rig, **changed):
    rig.good(odometry=False)
    message = ego_to_odometry(rig.ego(), 'map', 'base_link')
    for name, value in changed.items():
        if name == 'w':
            message.pose.pose.orientation.w = value
        elif name == 'frame':
            message.header.frame_id = value
        elif name == 'x':
            message.pose.pose.position.x = value
        else:
            message.twist.twist.linear.x = value
    rig.odometry.publish(message)


def spoilt_cloud(rig, spoil, count=3):
    rig.good(objects=False)
    row = np.zeros(count)
    cloud = objects_to_cloud(
        Objects(x=row, y=row, vx=row, vy=row, yaw=row, length=row, width=row, id=row),
        rig.stamp_ns, 'map')
    spoil(cloud)
    rig.objects.publish(cloud)


def nan_in(cloud):
    cloud.data[:8] = type(cloud.data)('B', np.array([np.nan]).tobytes())


def noise(rig, publisher, byte_order, **without):
    rig.good(**without)
    publisher.publish(byte_order + b'\x7f' * 99)


def jump(rig, nanoseconds):
    rig.stamp_ns += nanoseconds
    rig.good()


def burst(rig):
    """Send sets as quickly as this process can, which is about a thousand a second."""
    for _ in range(60):
        rig.good()


def duplicate(rig):
    rig.good()
    rig.stamp_ns -= PERIOD_NS
    rig.good()


def reordered(rig):
    rig.stamp_ns += 2 * PERIOD_NS
    rig.good()
    rig.stamp_ns -= 3 * PERIOD_NS
    rig.good()
    rig.stamp_ns += 2 * PERIOD_NS


def nonsense_road(rig):
    rig.road.publish(String(data='{"format": [[['))
    rig.path.publish(PathMessage())
    rig.good()


def swap(rig):
    assert not rig.barrier().successful
    rig.good()


# What is sent at the control rate, and where that leads while driving.
FAULTS = {
    'position NaN': (lambda rig: spoilt_odometry(rig, x=float('nan')), 'input invalid'),
    'speed infinite': (lambda rig: spoilt_odometry(rig, speed=float('-inf')), 'input invalid'),
    'speed 1e300': (lambda rig: spoilt_odometry(rig, speed=1e300), 'outside the contract'),
    'no rotation': (lambda rig: spoilt_odometry(rig, w=0.0), 'input invalid'),
    'another frame': (lambda rig: spoilt_odometry(rig, frame='mars'), 'input invalid'),
    'object NaN': (lambda rig: spoilt_cloud(rig, nan_in), 'input invalid'),
    'no objects': (lambda rig: spoilt_cloud(rig, lambda cloud: None, 0), ''),
    '20,000 objects': (lambda rig: spoilt_cloud(rig, lambda cloud: None, 20_000), ''),
    'cloud truncated': (
        lambda rig: spoilt_cloud(rig, lambda cloud: cloud.data.pop()), 'input invalid'),
    'cloud is lidar': (
        lambda rig: spoilt_cloud(rig, lambda cloud: setattr(cloud, 'fields', cloud.fields[:3])),
        'input invalid'),
    'odometry is noise': (
        lambda rig: noise(rig, rig.odometry, LITTLE_ENDIAN, odometry=False), 'input invalid'),
    'cloud is noise': (
        lambda rig: noise(rig, rig.objects, BIG_ENDIAN, objects=False), 'input invalid'),
    'road nonsense': (nonsense_road, ''),
    'stamps twice': (duplicate, ''),
    'stamps reordered': (reordered, ''),
    'clock back': (lambda rig: jump(rig, -HOUR_NS), ''),
    'clock ahead': (lambda rig: jump(rig, HOUR_NS), ''),
    'odometry silent': (lambda rig: rig.good(odometry=False), 'input missing'),
    'objects silent': (lambda rig: rig.good(objects=False), 'input missing'),
    'burst': (burst, ''),
    'broken policy': (swap, ''),
}


@pytest.fixture(scope='module')
def rig(graph, policy_file, outside):
    node = graph.start(
        'policy', policy=str(policy_file), output_type='vector', vehicle_profile='passenger_car',
        input_timeout=TIMEOUT_S)
    rig = Rig(graph.peer(), outside)
    rig.meet()
    yield rig
    assert node.process.poll() is None, 'the node has died'
    assert 'Traceback' not in node.log


MATRIX = {}


@pytest.fixture(scope='module', autouse=True)
def printed():
    yield
    print()
    for fault in FAULTS:
        print(f'{fault:18}', *(f'{MATRIX.get((fault, state), ""):26}' for state in STATES))


def check(rig, fault, state):
    MATRIX[fault, state] = f'{rig.state}{", " if rig.fault != "none" else ""}' + (
        rig.fault if rig.fault != 'none' else '')
    assert rig.broken == [], (fault, state)


def test_while_driving_each_leads_to_its_reaction(rig):
    rig.enter('driving')
    for name, (send, fault) in FAULTS.items():
        rig.speed = 20.0
        rig.until('driving', rig.good)
        rig.seen.clear()
        if fault:
            expected = 'comfortable stop' if fault.startswith('outside') else 'emergency stop'
            rig.until_seen(expected, fault, send)
        else:
            commands = rig.commands
            rig.until('driving', lambda send=send: send(rig))
            rig.peer.until(lambda was=commands: rig.commands > was, name)
        check(rig, name, 'driving')


@pytest.mark.parametrize('state', ['comfortable stop', 'emergency stop', 'standstill', 'waiting'])
def test_in_every_other_state_commands_stay_within_the_profile(rig, state):
    rig.enter(state)
    for name, (send, fault) in FAULTS.items():
        rig.state = state
        send(rig)
        if not fault and state in ('emergency stop', 'waiting', 'standstill'):
            # Good input after all, and so it drives on.
            rig.until('driving', rig.good)
            check(rig, name, state)
            rig.enter(state)
            continue
        rig.barrier()
        if state == 'comfortable stop':
            rig.good()   # what is asked for outlasts good input
        # On a busy machine the inputs may come too late for a comfortable stop.
        assert fault or rig.state in (state, 'emergency stop'), name
        check(rig, name, state)
        if rig.state != state:
            rig.enter(state)
    assert rig.commands > 0


def test_while_holding_commands_stay_within_the_profile(rig):
    rig.enter('driving')
    for name, (send, _) in FAULTS.items():
        rig.until('driving', rig.good)
        rig.until(('holding', 'emergency stop'))
        send(rig)
        rig.barrier()
        check(rig, name, 'holding')


def test_a_simulator_that_is_killed_and_comes_back(graph, highway_policy):
    node = graph.start(
        'policy', (('__node', 'driven'),), policy=str(highway_policy), output_type='twist',
        vehicle_profile='highway_env', output_stamp='input', input_reliability='reliable')
    peer = graph.peer()
    states = []
    peer.node.create_subscription(DiagnosticArray, '/diagnostics', lambda message: states.extend(
        pair.value for status in message.status for pair in status.values
        if status.name == 'driven: control' and pair.key == 'state'), 100)
    topics = [(f'~/output/{name}', f'/driven/input/{name}')
              for name in ('odometry', 'objects', 'road')]
    topics += [('~/input/command', '/driven/output/command'),
               ('~/input/decision', '/driven/debug/decision'),
               ('~/policy_reset', '/driven/reset'), ('~/policy_engage', '/driven/engage')]
    for number in range(2):
        simulator = graph.start(
            'simulator', (*topics, ('__node', f'simulator_{number}')), episodes=1000,
            lockstep=True)
        states.clear()
        peer.until(lambda: 'driving' in states, 'it drives')
        simulator.process.kill()
        simulator.wait()
        peer.until(lambda: 'emergency stop' in states, 'it stops')
    assert node.process.poll() is None
    assert 'Traceback' not in node.log


def test_with_every_core_busy_it_drives_and_stops(rig):
    rig.enter('driving')
    hogs = [subprocess.Popen([sys.executable, '-c', SPIN]) for _ in range(os.cpu_count() or 1)]
    try:
        rig.until('driving', rig.good)
        rig.until('emergency stop')
        rig.until('driving', rig.good)
        assert [hog.poll() for hog in hogs] == [None] * len(hogs), 'they kept it busy'
    finally:
        for hog in hogs:
            hog.kill()
            hog.wait()
    assert rig.broken == []
