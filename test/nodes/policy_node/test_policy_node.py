# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The policy node as a process, met over its topics and services."""

import itertools
import json
import math
import signal

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from geometry_msgs.msg import PoseStamped, TwistStamped
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
from nav_msgs.msg import Odometry
from nav_msgs.msg import Path as PathMessage
import pytest
from rcl_interfaces.msg import Parameter, ParameterType, ParameterValue
from rcl_interfaces.srv import SetParameters
from rclpy.qos import DurabilityPolicy, QoSProfile
from sensor_msgs.msg import JointState, PointCloud2, TimeReference
from std_msgs.msg import String
from std_srvs.srv import SetBool, Trigger

from drl_prune_ros.control.driver import make_motion_driver
from drl_prune_ros.control.profile import load_profile
from drl_prune_ros.nodes.conversions.messages import ego_to_odometry, message_to_decision
from drl_prune_ros.nodes.conversions.object_cloud import objects_to_cloud
from drl_prune_ros.nodes.conversions.stamps import stamp_to_ns
from drl_prune_ros.perception.path_road import road_from_path
from drl_prune_ros.perception.scene import Ego, Objects
from drl_prune_ros.policy.policy_file import read_policy
from drl_prune_ros.policy.runtime import load_runtime

PERIOD = 200_000_000
LOCKSTEP = {
    'output_stamp': 'input', 'input_reliability': 'reliable', 'output_type': 'twist',
    'vehicle_profile': 'highway_env'}
WORKSHOP = {'torch', 'stable_baselines3', 'gymnasium', 'highway_env', 'matplotlib', 'onnx',
            'onnxruntime', 'envpool'}
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


def test_commands_are_those_of_the_driver(car, highway_policy):
    driver = make_motion_driver(load_runtime(highway_policy), load_profile('highway_env'))
    driver.set_road(ROAD)
    for _ in range(7):
        message = car.drive()
        expected = driver.step(car.ego(), Objects.none())
        assert message.header.frame_id == 'base_link'
        assert message.twist.linear.x == expected.speed
        assert message.twist.angular.z == expected.yaw_rate
        car.peer.until(lambda: [
            decision for decision in car.decisions
            if stamp_to_ns(decision.header.stamp) == car.stamp_ns], 'the decision')
        assert message_to_decision(car.decisions[-1]) == expected.decision


def test_what_a_command_answers_goes_out_beside_it(car):
    car.drive()
    car.peer.until(lambda: car.answered, 'the stamp that was answered')
    assert stamp_to_ns(car.answered[-1].time_ref) == car.stamp_ns


def test_the_model_is_latched(car, highway_policy):
    model = json.loads(car.models[0].data)
    policy = read_policy(highway_policy)
    assert model == {
        'file': str(highway_policy), 'sha256': policy.sha256, 'runtime': 'numpy',
        'manifest': json.loads(policy.manifest.to_json())}


def test_a_stamp_again_gets_the_same_command_again(car):
    first = car.drive(2)
    heard = len(car.answers())
    car.send()
    car.peer.until(lambda: len(car.answers()) > heard, 'the same again')
    assert car.answers()[-1] == first


def test_a_reset_clears_the_control_state(car):
    car.drive(3)
    car.peer.until(lambda: car.decisions, 'a decision')
    car.reset()
    car.peer.until(
        lambda: car.diagnostics and any('no odometry' in s.message for s in car.statuses()),
        'waiting for inputs')
    assert not car.commands


@pytest.mark.parametrize('silent', ['odometry', 'objects', 'both'])
def test_a_silent_sensor_stops_the_vehicle(car, silent):
    speed = car.drive(2).twist.linear.x

    def send():
        car.stamp_ns += PERIOD // 10
        if silent == 'objects':
            car.odometry.publish(ego_to_odometry(car.ego(), 'map', 'base_link'))
        elif silent == 'odometry':
            car.objects.publish(objects_to_cloud(Objects.none(), car.stamp_ns, 'map'))
    words = ['no odometry', 'no objects'] if silent == 'both' else [f'no {silent}']
    car.until_error(*words, send=send)
    car.peer.until(lambda: 0 < car.commands[-1].twist.linear.x < speed - 0.5, 'slower commands')
    # Commands that answer nothing carry the time of the node.
    assert car.commands[-1].header.stamp.sec > 1_000_000_000
    assert car.drive().twist.linear.x > 0, 'it drives on when the sensors are back'


def test_odometry_that_is_not_finite_stops_the_vehicle(car):
    car.drive()

    def send():
        car.stamp_ns += PERIOD // 10
        message = ego_to_odometry(car.ego(), 'map', 'base_link')
        message.twist.twist.linear.x = math.nan
        car.send(odometry=message)
    car.until_error('speed of the odometry is nan', send=send)


@pytest.mark.parametrize(('spoil', 'complaint'), [
    (lambda cloud: setattr(cloud, 'fields', cloud.fields[:3]), 'looks like lidar'),
    (lambda cloud: setattr(cloud, 'width', 5), '5 points'),
    (lambda cloud: setattr(cloud.header, 'frame_id', 'velodyne'), "frame 'velodyne'"),
], ids=['lidar', 'truncated', 'frame'])
def test_a_cloud_that_cannot_be_used_stops_the_vehicle(car, spoil, complaint):
    car.drive()

    def send():
        car.stamp_ns += PERIOD // 10
        cloud = objects_to_cloud(Objects.none(), car.stamp_ns, 'map')
        spoil(cloud)
        car.send(objects=cloud)
    car.until_error(complaint, send=send)


def test_a_bad_road_is_told_and_the_good_one_kept(car, node):
    for text, complaint in (('{"format"', 'not JSON'), ('{"format": "x"}', '"format" is not')):
        car.road.publish(String(data=text))
        car.peer.until(lambda told=complaint: told in node.log, complaint)
    car.path.publish(PathMessage(poses=[PoseStamped()]))
    car.peer.until(lambda: 'fewer than two' in node.log, 'a path that is none')
    car.drive()


def test_in_shadow_nothing_goes_to_the_vehicle(car):
    car.drive()
    assert car.engage(False).success
    car.commands.clear()
    car.shadow.clear()
    for _ in range(3):
        car.stamp_ns += PERIOD

        def answered():
            car.send()
            return any(stamp_to_ns(m.header.stamp) == car.stamp_ns for m in car.shadow)
        car.peer.until(answered, 'a command in shadow')
    assert not car.commands
    car.until_error('no good input', 'no odometry for')
    assert not car.commands, 'a stop in shadow is none of the vehicle'
    car.peer.until(lambda: car.shadow[-1].twist.linear.x < 25.0, 'a stop in shadow')


def test_the_vehicle_is_not_taken_over_blindly(car):
    car.engage(False)
    car.stamp_ns += PERIOD
    car.peer.until(lambda: car.send() or car.shadow, 'a command in shadow')
    car.diagnostics.clear()
    car.until_error('no good input', 'no odometry for')
    answer = car.engage()
    assert not answer.success
    assert 'input missing: no odometry' in answer.message


def test_a_stop_is_comfortable_and_lasts_until_it_is_engaged_again(car):
    speed = car.drive(2).twist.linear.x
    assert car.peer.call(Trigger, '/policy/stop', Trigger.Request()).success

    def slower():
        car.stamp_ns += PERIOD
        car.send()
        return car.commands[-1].twist.linear.x < speed - 0.2
    car.peer.until(slower, 'slower commands')
    states = {pair.value for status in car.statuses() for pair in status.values
              if pair.key in ('state', 'fault')}
    assert {'comfortable stop', 'stop requested'} <= states
    assert car.engage().success
    assert car.drive()


def test_a_policy_is_swapped_in_shadow(car, set_policy, highway_policy, vector_policy, tmp_path):
    other = tmp_path / 'other.onnx'
    other.write_bytes(highway_policy.read_bytes())
    car.drive()
    refused = set_policy(other)
    assert not refused.successful
    assert 'in shadow alone' in refused.reason

    car.engage(False)
    broken = tmp_path / 'broken.onnx'
    broken.write_bytes(highway_policy.read_bytes()[:-100])
    for path, complaint in (
        (broken, 'broken.onnx'), (tmp_path / 'nowhere.onnx', 'does not exist'),
        (vector_policy, 'vector'),
    ):
        refused = set_policy(path)
        assert not refused.successful
        assert complaint in refused.reason
    car.models.clear()
    assert set_policy(other).successful
    car.peer.until(lambda: car.models, 'the new model')
    assert json.loads(car.models[-1].data)['file'] == str(other)
    # The road is still known.
    assert car.engage().success
    assert car.drive(2)
    assert car.engage(False).success
    assert set_policy(highway_policy).successful


def test_what_is_fixed_while_it_drives_cannot_be_set(car):
    value = ParameterValue(type=ParameterType.PARAMETER_DOUBLE, double_value=9.0)
    result = car.peer.call(SetParameters, '/policy/set_parameters', SetParameters.Request(
        parameters=[Parameter(name='input_timeout', value=value)])).results[0]
    assert not result.successful


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_the_last_command_is_a_stop(tmp_path, graph, highway_policy, imports, number):
    topics = tuple((f'~/{name}', f'/{number.name.lower()}/{name}') for name in (
        'input/odometry', 'input/objects', 'input/road', 'output/command'))
    node = graph.start(
        'policy', (*topics, ('__node', number.name.lower())), ('-X', 'importtime'),
        policy=str(highway_policy), output_type='twist')
    peer = graph.peer()
    commands = peer.listen(TwistStamped, f'/{number.name.lower()}/output/command', 10)
    road = peer.node.create_publisher(String, f'/{number.name.lower()}/input/road', LATCHED)
    road.publish(String(data=ROAD.to_json()))
    odometry = peer.node.create_publisher(Odometry, f'/{number.name.lower()}/input/odometry', 1)
    objects = peer.node.create_publisher(PointCloud2, f'/{number.name.lower()}/input/objects', 1)
    stamps = iter(range(PERIOD, 10**6 * PERIOD, PERIOD))

    def driving():
        ego = Ego(next(stamps), 50.0, -4.0, 0.0, 25.0)
        odometry.publish(ego_to_odometry(ego, 'map', 'base_link'))
        objects.publish(objects_to_cloud(Objects.none(), ego.stamp_ns, 'map'))
        return commands
    def engaged():
        driving()
        return peer.call(
            SetBool, f'/{number.name.lower()}/engage', SetBool.Request(data=True)).success
    assert not peer.call(
        SetBool, f'/{number.name.lower()}/engage', SetBool.Request(data=True)).success, (
            'nothing has come that it could answer')
    peer.until(engaged, 'the vehicle to be taken over')
    peer.until(driving, 'a command')
    assert commands[-1].twist.linear.x > 0
    # Its own time, since nothing else was asked for.
    assert commands[-1].header.stamp.sec > 1_000_000_000
    assert node.end(number) == 0
    peer.until(lambda: commands[-1].twist.linear.x == commands[-1].twist.angular.z == 0, 'a stop')
    assert not node.errors
    assert imports(node) >= {'rclpy', 'numpy', 'drl_prune_ros'}
    assert not imports(node) & WORKSHOP


def test_a_lifecycle_manager_can_start_and_stop_it(graph, highway_policy):
    node = graph.start(
        'policy', (('__node', 'managed'),), policy=str(highway_policy), autostart=False,
        output_type='twist')
    peer = graph.peer()
    diagnostics = peer.listen(DiagnosticArray, '/diagnostics', 10)

    def change(transition):
        request = ChangeState.Request(transition=Transition(id=transition))
        return peer.call(ChangeState, '/managed/change_state', request).success

    def told(level, message):
        return any(
            status.name == 'managed: control' and status.level == level
            and message in status.message for array in diagnostics for status in array.status)
    peer.until(lambda: told(DiagnosticStatus.WARN, 'not active'), 'that it waits')
    # rclpy never answers a request for a transition that there is not; but the node survives.
    client = peer.client(ChangeState, '/managed/change_state')
    calls = itertools.count()

    def refused():
        # The other end may not know this client yet, and lose its first request.
        if next(calls) % 50 == 0:
            client.call_async(ChangeState.Request(
                transition=Transition(id=Transition.TRANSITION_ACTIVATE)))
        return node.errors
    peer.until(refused, 'that there is no such transition')
    assert change(Transition.TRANSITION_CONFIGURE)
    assert change(Transition.TRANSITION_ACTIVATE)
    peer.until(lambda: told(DiagnosticStatus.ERROR, 'no road description'), 'what it lacks')
    for transition in (
        Transition.TRANSITION_DEACTIVATE, Transition.TRANSITION_CLEANUP,
        Transition.TRANSITION_CONFIGURE, Transition.TRANSITION_ACTIVATE,
        Transition.TRANSITION_ACTIVE_SHUTDOWN,
    ):
        assert change(transition)
    assert node.end() == 0
    assert all('transition' in error for error in node.errors)
    assert 'Traceback' not in node.log


def test_sensors_with_stamps_of_their_own_are_used_together_within_a_tolerance(
        graph, highway_policy):
    graph.start('policy', (('__node', 'loose'),), policy=str(highway_policy), output_type='twist',
                sync_tolerance=0.1)
    car = Car(graph.peer(), 'loose')
    car.road.publish(String(data=ROAD.to_json()))

    def send(apart_ns):
        car.stamp_ns += PERIOD
        car.send(objects=objects_to_cloud(Objects.none(), car.stamp_ns - apart_ns, 'map'))

    def answered():
        send(30_000_000)
        stamps = [stamp_to_ns(message.time_ref) for message in car.answered]
        return car.shadow and stamps and stamps[-1] % PERIOD == 0
    car.peer.until(answered, 'an answer to the stamp of the odometry')
    car.until_error('new stamps at most 0.1 s from odometry', send=lambda: send(50 * PERIOD))


def test_parameters_that_cannot_be_used_are_refused_in_one_line(graph, highway_policy):
    cases = {
        "'tensorrt': choose from numpy": {'runtime': 'tensorrt'},
        'must lie between': {'input_timeout': 0.0},
        'input_timeout must be float': {'input_timeout': 'soon'},
        'leave sync_tolerance at 0': {'sync_tolerance': 0.1, 'output_stamp': 'input'},
        'no vehicle profile': {'vehicle_profile': 'tank'},
        'one of twist, ackermann': {'output_type': ''},
        'apt install ros-': {'output_type': 'autoware'},
    }
    started = {complaint: graph.start(
        'policy', (('__node', f'refuses_{number}'),),
        **{'policy': str(highway_policy), 'output_type': 'twist', **parameters})
               for number, (complaint, parameters) in enumerate(cases.items())}
    for complaint, node in started.items():
        assert node.wait() == 1, complaint
        assert len(node.errors) == 1, node.log
        assert complaint in node.errors[0]
        assert 'Traceback' not in node.log


def test_without_a_policy_that_fits_it_stays_inactive_until_there_is_one(
        graph, tmp_path, highway_policy, vector_policy):
    data = highway_policy.read_bytes()
    files = {'truncated': data[:len(data) // 2], 'tampered': data.replace(b'IDLE', b'IDLY'),
             'empty': b''}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    cases = {
        'give the path of a policy': '', 'nowhere.onnx does not exist': tmp_path / 'nowhere.onnx',
        'truncated': tmp_path / 'truncated', 'tampered': tmp_path / 'tampered',
        'is empty': tmp_path / 'empty', f'{vector_policy}: the policy needs': vector_policy,
    }
    peer = graph.peer()
    diagnostics = peer.listen(DiagnosticArray, '/diagnostics', 10)

    def told(name, level, complaint):
        return any(
            status.name == f'{name}: control' and status.level == level
            and complaint in status.message for array in diagnostics for status in array.status)

    def set_policy(name, path):
        value = ParameterValue(type=ParameterType.PARAMETER_STRING, string_value=str(path))
        return peer.call(SetParameters, f'/{name}/set_parameters', SetParameters.Request(
            parameters=[Parameter(name='policy', value=value)])).results[0]
    started = {f'waits_{number}': (complaint, graph.start(
        'policy', (('__node', f'waits_{number}'),), policy=str(path), output_type='twist'))
               for number, (complaint, path) in enumerate(cases.items())}
    for name, (complaint, node) in started.items():
        peer.until(
            lambda name=name, complaint=complaint: told(name, DiagnosticStatus.ERROR, complaint),
            complaint)
        assert len(node.errors) == 1 and complaint in node.errors[0], node.log
        assert 'Traceback' not in node.log
    for name, content in files.items():
        assert (tmp_path / name).read_bytes() == content

    answer = peer.call(SetBool, '/waits_1/engage', SetBool.Request(data=True))
    assert (answer.success, answer.message) == (False, 'not active')
    assert not set_policy('waits_1', tmp_path / 'empty').successful
    assert set_policy('waits_1', highway_policy).successful
    peer.until(lambda: told('waits_1', DiagnosticStatus.ERROR, 'no road description'), 'a start')
    # The same file, fixed, and a lifecycle manager.
    (tmp_path / 'truncated').write_bytes(data)
    diagnostics.clear()
    for transition in (Transition.TRANSITION_CONFIGURE, Transition.TRANSITION_ACTIVATE):
        assert peer.call(ChangeState, '/waits_2/change_state', ChangeState.Request(
            transition=Transition(id=transition))).success
    peer.until(lambda: told('waits_2', DiagnosticStatus.ERROR, 'no road description'), 'a start')
    for name in ('waits_0', 'waits_1', 'waits_2'):
        assert started[name][1].end() == 0
