# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""How the policy node starts, ends, and refuses what it cannot use."""


import itertools
import signal

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from geometry_msgs.msg import TwistStamped
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
from nav_msgs.msg import Odometry
import pytest
from rcl_interfaces.msg import Parameter, ParameterType, ParameterValue
from rcl_interfaces.srv import SetParameters
from rclpy.qos import DurabilityPolicy, QoSProfile
from sensor_msgs.msg import PointCloud2
from std_msgs.msg import String
from std_srvs.srv import SetBool

from drl_prune_ros.nodes.conversions.messages import ego_to_odometry
from drl_prune_ros.nodes.conversions.object_cloud import objects_to_cloud
from drl_prune_ros.nodes.conversions.stamps import stamp_to_ns
from drl_prune_ros.perception.path_road import road_from_path
from drl_prune_ros.perception.scene import Ego, Objects

PERIOD = 200_000_000
LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
ROAD = road_from_path([(0, 0), (10_000, 0)], 3, 4.0, 0)
WORKSHOP = {'torch', 'stable_baselines3', 'gymnasium', 'highway_env', 'matplotlib', 'onnx',
            'onnxruntime', 'envpool'}


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
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
        ego = Ego(next(stamps), 50.0, -4.0, 0.0, 1.0)
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
        graph, make_car, highway_policy):
    graph.start('policy', (('__node', 'loose'),), policy=str(highway_policy), output_type='twist',
                sync_tolerance=0.1)
    car = make_car(graph.peer(), 'loose')
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
