# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What well-formed inputs that cannot be true lead to, over real topics and in real time."""

from array import array
from dataclasses import replace
import math
import signal
import time

from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import TwistStamped
from nav_msgs.msg import Odometry
import pytest
from rclpy.qos import DurabilityPolicy, QoSProfile
from sensor_msgs.msg import PointCloud2, TimeReference
from std_msgs.msg import String
from std_srvs.srv import SetBool, Trigger

from drl_prune_ros.nodes.conversions.messages import ego_to_odometry
from drl_prune_ros.nodes.conversions.object_cloud import objects_to_cloud
from drl_prune_ros.nodes.conversions.stamps import ns_to_stamp, stamp_to_ns
from drl_prune_ros.perception.path_road import road_from_path
from drl_prune_ros.perception.scene import Ego, Objects

RATE_HZ, SPEED = 20.0, 15.0
MAX_AGE_S, SLACK_S = 0.5, 0.3
ROAD = road_from_path([(0, 0), (0, 100_000)], 3, 4.0, 0)   # which goes north
LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)


class Car:
    """Drives north at one speed, in real time, and publishes what it measures."""

    def __init__(self, peer, name):
        self.peer, self.name, node = peer, name, peer.node
        self.odometry = node.create_publisher(Odometry, f'/{name}/input/odometry', 1)
        self.objects = node.create_publisher(PointCloud2, f'/{name}/input/objects', 1)
        self.road = node.create_publisher(String, f'/{name}/input/road', LATCHED)
        self.commands = peer.listen(TwistStamped, f'/{name}/output/command', 50)
        self.answered = peer.listen(TimeReference, f'/{name}/debug/answered', 50)
        self.diagnostics = peer.listen(DiagnosticArray, '/diagnostics', 50)
        self.began_ns = self.sent_ns = time.time_ns()
        self.road.publish(String(data=ROAD.to_json()))
        peer.until(lambda: self.odometry.get_subscription_count()
                   and self.objects.get_subscription_count(), name)

    def send(self, lie=lambda ego: ego, objects=None, late_s=0.0):
        """Publish a set of inputs, if one is due."""
        now_ns = time.time_ns()
        if now_ns - self.sent_ns < 1e9 / RATE_HZ:
            return
        self.sent_ns = now_ns
        stamp_ns = now_ns - round(late_s * 1e9)
        ego = Ego(stamp_ns, 4.0, SPEED * (stamp_ns - self.began_ns) * 1e-9, math.pi / 2, SPEED)
        cloud = objects(ego) if objects else objects_to_cloud(Objects.none(), stamp_ns, 'map')
        self.odometry.publish(ego_to_odometry(lie(ego), 'map', 'base_link'))
        self.objects.publish(cloud)

    def until_told(self, values, words, **sent):
        """Send until a status says so; values are some of the status, words a part of its line."""
        self.diagnostics.clear()

        def told():
            self.send(**sent)
            return any(
                status.name == f'{self.name}: control' and words in status.message
                and values.items() <= {pair.key: pair.value for pair in status.values}.items()
                for message in self.diagnostics for status in message.status)
        self.peer.until(told, f'{values} {words}; there were {self.diagnostics[-1:]}')

    def call(self, kind, name, request):
        return self.peer.call(kind, f'/{self.name}/{name}', request)

    def engage(self, wanted=True):
        return self.call(SetBool, 'engage', SetBool.Request(data=wanted))

    def drive(self):
        """Have the vehicle engaged, and driven by good inputs."""
        def engaged():
            self.send()
            return self.engage().success
        self.peer.until(engaged, 'the vehicle to be taken over')
        self.until_told({'state': 'driving', 'engaged': 'True'}, '')


@pytest.fixture(scope='module')
def node(graph, policy_file):
    return graph.start(
        'policy', (('__node', 'lied_to'),), policy=str(policy_file), output_type='twist',
        vehicle_profile='passenger_car')


@pytest.fixture(scope='module')
def car(graph, node):
    return Car(graph.peer(), 'lied_to')


def own_box(ego):
    return objects_to_cloud(Objects(
        x=[ego.x], y=[ego.y], vx=[0.0], vy=[SPEED], yaw=[ego.yaw], length=[4.5], width=[1.8],
        id=[42]), ego.stamp_ns, 'map')


def field_twice(ego):
    cloud = objects_to_cloud(Objects.none(), ego.stamp_ns, 'map')
    cloud.fields = [*cloud.fields, cloud.fields[0]]
    return cloud


def without_fields(ego):
    cloud = PointCloud2(height=1, data=array('B'))
    cloud.header.stamp = ns_to_stamp(ego.stamp_ns)
    cloud.header.frame_id = 'map'
    return cloud


def in_world_axes(ego):
    return replace(ego, speed=0.0, lateral_speed=SPEED)


def test_each_lie_is_named_stops_the_vehicle_and_ends(car):
    car.drive()
    car.until_told({'state': 'driving'}, 'driving', objects=without_fields)
    for sent, words in (
        ({'lie': in_world_axes}, 'axes of child_frame_id, not of the world'),
        ({'lie': lambda ego: replace(ego, speed=3.6 * SPEED)}, 'looks like km/h'),
        ({'objects': own_box}, 'object 42 lies where the vehicle itself is'),
        ({'objects': field_twice}, 'has the field x twice'),
        ({'late_s': 2.0}, "s old by this node's clock"),
        ({'late_s': -2.0}, "s in the future by this node's clock"),
    ):
        car.until_told(
            {'state': 'emergency stop', 'fault': 'inputs contradict'}, words, **sent)
        speeds = [command.twist.linear.x for command in car.commands]
        assert all(0.0 <= speed < SPEED + 3.0 for speed in speeds), 'no lie was driven by'
        car.until_told({'state': 'driving', 'fault': 'none'}, 'driving')
        car.commands.clear()


def test_while_inputs_contradict_the_vehicle_is_not_engaged(car):
    car.drive()
    assert car.engage(False).success
    lie = {'lie': lambda ego: replace(ego, speed=3.6 * SPEED)}
    car.until_told({'state': 'emergency stop'}, 'looks like km/h', **lie)
    answer = car.engage()
    assert not answer.success and 'inputs contradict: pose against twist' in answer.message
    # Whoever stands cannot prove that it is better now; a reset says that it was seen to.
    assert car.call(Trigger, 'reset', Trigger.Request()).success
    car.drive()


def test_the_age_of_inputs_is_measured(car):
    car.drive()
    car.diagnostics.clear()

    def ages():
        car.send(late_s=0.1)
        return [float(pair.value) for message in car.diagnostics for status in message.status
                for pair in status.values if pair.key == 'input age max (ms)']
    car.peer.until(lambda: any(100.0 <= age <= 500.0 for age in ages()), 'the age of the inputs')


@pytest.mark.reaction(
    'against the clock', 'a process that was paused wakes with old data',
    'inputs older than max_input_age are refused')
def test_a_process_that_was_paused_does_not_drive_by_what_has_become_old(car, node):
    car.drive()
    car.answered.clear()
    node.process.send_signal(signal.SIGSTOP)
    began = time.monotonic()

    def paused():
        # What waits in its sockets is from the first half of the pause.
        if time.monotonic() < began + 0.8:
            car.send()
        return time.monotonic() > began + 2.0
    car.peer.until(paused, 'the pause')
    woke_ns = time.time_ns()
    node.process.send_signal(signal.SIGCONT)
    # What is sent now would replace what it finds in its sockets: let it read them first.
    until = time.monotonic() + 0.7
    car.peer.until(lambda: time.monotonic() > until, 'that it has read them')

    def answers():
        car.send()
        return [one for one in car.answered if stamp_to_ns(one.header.stamp) > woke_ns]
    car.peer.until(lambda: len(answers()) >= 10, 'that it drives on')
    for one in answers():
        age_s = (stamp_to_ns(one.header.stamp) - stamp_to_ns(one.time_ref)) * 1e-9
        assert age_s < MAX_AGE_S + SLACK_S, f'driven by what was {age_s} s old'


def test_without_a_clock_it_is_not_engaged(graph, policy_file):
    graph.start(
        'policy', (('__node', 'timeless'),), policy=str(policy_file), output_type='twist',
        vehicle_profile='passenger_car', use_sim_time=True)
    car = Car(graph.peer(), 'timeless')
    car.until_told({'fault': 'inputs contradict'}, 'no /clock arrives: publish /clock')
    answer = car.engage()
    assert not answer.success and 'no /clock arrives' in answer.message
    assert not car.commands
