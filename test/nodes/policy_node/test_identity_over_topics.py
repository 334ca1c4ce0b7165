# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Two cars side by side, two nodes of one name, and another publisher of commands."""

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from geometry_msgs.msg import TwistStamped
import pytest
from rclpy.qos import DurabilityPolicy, QoSProfile
from std_msgs.msg import String
from std_srvs.srv import SetBool

from drl_prune_ros.nodes.conversions.object_cloud import objects_to_cloud
from drl_prune_ros.perception.path_road import road_from_path
from drl_prune_ros.perception.scene import Objects

LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
ROAD = road_from_path([(0, 0), (10_000, 0)], 3, 4.0, 0)


def statuses(diagnostics, name):
    return [status for message in diagnostics for status in message.status if status.name == name]


def value(status, key):
    return {pair.key: pair.value for pair in status.values}.get(key)


@pytest.mark.reaction(
    'identity', 'two namespaces: their diagnostics, and their monitors',
    'a status name each; each monitor watches its own node')
def test_two_cars_are_told_apart(graph, highway_policy):
    peer = graph.peer()
    diagnostics = peer.listen(DiagnosticArray, '/diagnostics', 10)
    started = {}
    for car in ('red', 'blue'):
        started[car] = graph.start(
            'policy', (('__ns', f'/{car}'),), policy=str(highway_policy), output_type='twist')
        graph.start('monitor', (
            ('__ns', f'/{car}'), ('~/input/command', f'/{car}/policy/output/command'),
            ('~/input/shadow_command', f'/{car}/policy/debug/command')))

    def told(car):
        watched = {value(status, 'policy threads') is not None and status.level
                   for status in statuses(diagnostics, f'{car}/monitor: policy process')}
        pids = {value(status, 'process id')
                for status in statuses(diagnostics, f'{car}/policy: control')}
        return pids == {str(started[car].process.pid)} and DiagnosticStatus.OK in watched
    for car in started:
        peer.until(lambda car=car: told(car), f'the statuses of {car}')
    # Ended, one is gone for its own monitor alone.
    started['red'].process.kill()
    pid = started['red'].process.pid
    peer.until(lambda: any(
        f'process {pid} is gone' in status.message
        for status in statuses(diagnostics, 'red/monitor: policy process')), 'the end of red')
    assert not any('gone' in status.message
                   for status in statuses(diagnostics, 'blue/monitor: policy process'))


@pytest.mark.parametrize('case', [
    pytest.param('publisher', marks=pytest.mark.reaction(
        'identity', 'another publisher on the command topic',
        'not engaged; an ERROR that names it')),
    pytest.param('name', marks=pytest.mark.reaction(
        'identity', 'two nodes of one name', 'not engaged; an ERROR that says what to do'))])
def test_a_vehicle_has_one_driver(graph, make_car, highway_policy, case):
    name = f'one_{case}'
    node = graph.start(
        'policy', (('__node', name), ('~/output/command', f'/{name}/output/command')),
        policy=str(highway_policy), output_type='twist', max_input_age=0.0)
    car = make_car(graph.peer(), name)
    car.road.publish(String(data=ROAD.to_json()))

    def send():
        car.stamp_ns += 200_000_000
        car.send(objects=objects_to_cloud(Objects.none(), car.stamp_ns, 'map'))
        return car.shadow

    def engage(wanted):
        return car.peer.call(SetBool, f'/{name}/engage', SetBool.Request(data=wanted))
    car.peer.until(send, 'an answer')
    intruder = graph.peer()
    if case == 'publisher':
        intruder.node.create_publisher(TwistStamped, f'/{name}/output/command', 1)
        said = f'/{intruder.node.get_name()} too publishes on /{name}/output/command'
    else:
        namesake = graph.start('monitor', (('__node', name),))
        said = f'2 nodes are called /{name}'
    car.until_error(said, send=send)
    answer = engage(True)
    assert not answer.success and answer.message.startswith(f'not engaged: {said}')
    assert any(said in error for error in node.errors)
    if case == 'publisher':
        intruder.close()
    else:
        assert namesake.end() == 0

    def engaged():
        send()
        return engage(True).success
    car.peer.until(engaged, 'to be engaged when it is alone again')
