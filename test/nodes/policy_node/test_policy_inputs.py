# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Policies that see grids, lidars and named numbers, and steer, as processes behind topics."""

from array import array
import math

from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import Point, Pose, Quaternion, TwistStamped
from nav_msgs.msg import MapMetaData, OccupancyGrid
import numpy as np
import pytest
from rcl_interfaces.msg import Parameter, ParameterType, ParameterValue
from rcl_interfaces.srv import SetParameters
from sensor_msgs.msg import JointState, LaserScan
from std_srvs.srv import SetBool

from drl_prune_ros.control.driver import make_motion_driver
from drl_prune_ros.control.profile import load_profile
from drl_prune_ros.nodes.conversions.laser_scan import message_to_scan
from drl_prune_ros.nodes.conversions.messages import ego_to_odometry
from drl_prune_ros.nodes.conversions.occupancy_grid import message_to_layer
from drl_prune_ros.nodes.conversions.stamps import ns_to_stamp, stamp_to_ns
from drl_prune_ros.perception.scene import Ego
from drl_prune_ros.policy.contracts import ObservationContract
from drl_prune_ros.policy.manifest import dense_widths, Manifest
from drl_prune_ros.policy.network import MlpNetwork
from drl_prune_ros.policy.policy_file import write_policy
from drl_prune_ros.policy.runtime import load_runtime
from drl_prune_ros.tasks.catalogue import load_task

PERIOD = 10**9 // 15
RACETRACK, HOPPER = load_task('racetrack-v0'), load_task('Hopper-v3')
LIDAR = ObservationContract(
    'lidar', (4, 1), ('distance',), ('m',), ((-60, 60),), True, False, 'vehicle', 5, 15,
    {'maximum_range': 60})


@pytest.fixture(scope='module')
def policies(tmp_path_factory):
    """Write policies of random weights, by what they see."""
    folder, random = tmp_path_factory.mktemp('policies'), np.random.default_rng(5)
    paths = {}
    for observation, action in (
            (RACETRACK.observation, RACETRACK.action), (LIDAR, RACETRACK.action),
            (HOPPER.observation, HOPPER.action)):
        inputs, outputs = observation.size, action.size
        network = MlpNetwork(
            layers=((random.normal(0, 0.3, (outputs, inputs)), random.normal(size=outputs)),),
            activation='tanh', output='tanh', low=action.low, high=action.high)
        path = paths[observation.kind] = folder / f'{observation.kind}.onnx'
        write_policy(path, network, Manifest(
            'a task', observation, action, (inputs, outputs), dense_widths(inputs, outputs)))
    return paths


class Side:
    """The sensors of one policy node, and the ears of its vehicle."""

    def __init__(self, peer, name, command_type):
        self.peer, self.name = peer, name
        self.commands = peer.listen(command_type, f'/{name}/output/command', 50)
        self.diagnostics = peer.listen(DiagnosticArray, '/diagnostics', 50)
        self.stamp_ns = 10**15
        self.publishers = {}

    def send(self, topic, message):
        if topic not in self.publishers:
            self.publishers[topic] = self.peer.node.create_publisher(
                type(message), f'/{self.name}/input/{topic}', 1)
            self.peer.until(self.publishers[topic].get_subscription_count, topic)
        message.header.stamp = ns_to_stamp(self.stamp_ns)
        self.publishers[topic].publish(message)

    def call(self, kind, name, request):
        return self.peer.call(kind, f'/{self.name}/{name}', request)

    def told(self, fault, words):
        """Whether a status said so since what was heard was last forgotten."""
        return any(
            status.name == f'{self.name}: control' and words in status.message
            and {pair.key: pair.value for pair in status.values}['fault'] == fault
            for message in self.diagnostics for status in message.status)

    def until_told(self, fault, words, send):
        self.diagnostics.clear()

        def told():
            send()
            return self.told(fault, words)
        self.peer.until(told, f'{fault}: {words}; there were {self.diagnostics[-1:]}')


@pytest.fixture(scope='module')
def peer(graph, policies):
    """Start two policy nodes, and join them."""
    graph.start(
        'policy', (('__node', 'steered'),), policy=str(policies['occupancy_grid']),
        output_type='twist', vehicle_profile='highway_env', output_stamp='input',
        input_reliability='reliable')
    graph.start(
        'policy', (('__node', 'legged'),), policy=str(policies['vector']), output_type='vector',
        input_timeout=0.3, max_input_age=0.0)
    return graph.peer()


class Track(Side):
    """A vehicle with a lidar and two layers of a grid."""

    def ego(self):
        driven = 1e-8 * self.stamp_ns
        return Ego(self.stamp_ns, driven * math.cos(0.5), driven * math.sin(0.5), 0.5, 10.0)

    def grid(self, frame='base_link', cells=12):
        percent = np.zeros((12, 12), np.int8)
        percent.flat[self.stamp_ns // PERIOD % 144] = 100
        return OccupancyGrid(
            header=ego_to_odometry(self.ego(), frame, '').header,
            info=MapMetaData(resolution=3.0, width=12, height=cells, origin=Pose(
                position=Point(x=-18.0, y=-18.0), orientation=Quaternion(w=1.0))),
            data=array('b', percent[:cells].tobytes()))

    def scan(self, frame='base_link', gap=False):
        near = 5.0 + self.stamp_ns // PERIOD % 40
        message = LaserScan(
            angle_max=1.5 * math.pi, angle_increment=math.pi / 2, range_max=100.0,
            ranges=array('f', [near, math.inf, math.nan if gap else 30.0, 70.0]))
        message.header.frame_id = frame
        return message

    def tick(self, **messages):
        self.stamp_ns += PERIOD
        self.repeat(**messages)

    def repeat(self, **messages):
        self.send('odometry', ego_to_odometry(self.ego(), 'map', 'base_link'))
        for topic, message in messages.items():
            self.send(topic.replace('__', '/'), message)

    def answer(self, **messages):
        """Send a complete set, until it is answered; returns the command."""
        self.tick(**messages)

        def found():
            found = [one for one in self.commands
                     if stamp_to_ns(one.header.stamp) == self.stamp_ns]
            if not found:
                self.repeat(**messages)   # the two ends may still be getting to know each other
            return found
        self.peer.until(found, 'a command')
        return found()[-1]

    def layers(self):
        return {'grid__presence': self.grid(), 'grid__on_road': self.grid()}

    def agrees(self, driver, messages, read):
        for _ in range(5):
            self.stamp_ns += PERIOD
            sent = messages()
            self.stamp_ns -= PERIOD
            command = self.answer(**sent)
            expected = driver.step(self.ego(), *map(read, sent.values()))
            assert command.twist.angular.z == expected.yaw_rate != 0.0
            assert command.twist.linear.x == expected.speed == 10.0


def driver_of(path):
    return make_motion_driver(load_runtime(path), load_profile('highway_env'))


def test_a_grid_is_steered_by_and_then_a_lidar_after_a_swap(peer, policies):
    car = Track(peer, 'steered', TwistStamped)
    car.call(SetBool, 'engage', SetBool.Request(data=True))
    car.agrees(driver_of(policies['occupancy_grid']), car.layers, message_to_layer)

    for change, words in (
        ({'grid__presence': car.grid(cells=4)}, 'grid presence has no value for 96 of the 144'),
        ({'grid__on_road': car.grid(frame='costmap')}, "frame 'costmap', but odometry"),
    ):
        car.until_told('input invalid', words, lambda change=change: car.tick(
            **{**car.layers(), **change}))
    car.until_told('input missing', 'no grid/on_road', lambda: car.tick(
        grid__presence=car.grid()))

    assert car.call(SetBool, 'engage', SetBool.Request(data=False)).success
    value = ParameterValue(
        type=ParameterType.PARAMETER_STRING, string_value=str(policies['lidar']))
    assert car.call(SetParameters, 'set_parameters', SetParameters.Request(
        parameters=[Parameter(name='policy', value=value)])).results[0].successful
    car.call(SetBool, 'engage', SetBool.Request(data=True))
    car.agrees(driver_of(policies['lidar']), lambda: {'scan': car.scan()}, message_to_scan)
    for scan, words in (
        (lambda: car.scan(gap=True), 'has no value for 1 of the 4 sectors'),
        (lambda: car.scan(frame='laser'), "'laser', but odometry in 'base_link'"),
    ):
        car.until_told('input invalid', words, lambda scan=scan: car.tick(scan=scan()))
    assert car.answer(scan=car.scan()), 'it drives on when the scans are good'


def test_named_numbers_become_named_components(peer, policies):
    side = Side(peer, 'legged', JointState)
    features = list(HOPPER.observation.features)
    runtime = load_runtime(policies['vector'])

    def numbers(**changed):
        """Return the features in another order, among others."""
        named = {'z': 1.25, **dict.fromkeys(features[1:], 0.1), 'else': 7.0, **changed}
        names = sorted(name for name, value in named.items() if value is not None)
        return JointState(name=names, position=[named[name] for name in names])

    def tick(**changed):
        side.stamp_ns += PERIOD
        side.send('vector', numbers(**changed))
    answer = runtime.act(np.array([1.25, *[0.1] * 10], np.float32))

    def engaged():
        tick()
        return side.call(SetBool, 'engage', SetBool.Request(data=True)).success
    side.peer.until(engaged, 'the machine to be taken over')

    def answered():
        tick()
        return side.commands and list(side.commands[-1].position) == answer.tolist()
    side.peer.until(answered, 'the answer of the policy')
    assert side.commands[-1].name == ['thigh', 'leg', 'foot']
    for changed, fault, words in (
        ({'pitch': None, 'leg': None}, 'input invalid', 'lacks pitch (position), leg (position)'),
        ({'z': math.nan}, 'input invalid', 'z of the vector is nan'),
        ({'velocity_leg': 11.0}, 'outside the contract', 'velocity_leg is 11, outside of -10 to'),
    ):
        side.until_told(fault, words, lambda changed=changed: tick(**changed))
        side.peer.until(lambda: list(side.commands[-1].position) == [0.0] * 3, 'a stop')
        side.peer.until(answered, 'that it goes on')
    side.until_told('input missing', 'no vector for', lambda: None)
