# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Who else is a node, or publishes beside it; and parameters that reach nothing."""

import time

import pytest
import rclpy
from rclpy.context import Context
from rclpy.node import Node
from std_msgs.msg import String

from drl_prune_ros.benchmark.ros_domain import own_ros_domain
from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.nodes.common import qos
from drl_prune_ros.nodes.common.given_parameters import fits, warn_of_unused, warn_of_unused_qos
from drl_prune_ros.nodes.common.guarded_node import GuardedNode
from drl_prune_ros.nodes.common.identity import namesakes, other_publishers, status_prefix


@pytest.fixture(scope='module')
def context():
    with own_ros_domain() as domain:
        context = Context()
        rclpy.init(context=context, domain_id=domain)
        yield context
        context.try_shutdown()


@pytest.fixture
def make(context):
    """Return a function that makes a node, with what it logs as a warning in `warnings`."""
    nodes = []

    def make(name, arguments=(), **options):
        node = GuardedTestNode(
            name, context=context, cli_args=['--ros-args', *arguments], **options)
        node.warnings = []
        node.get_logger = lambda: type('Log', (), {'warning': node.warnings.append})
        nodes.append(node)
        return node
    yield make
    for node in nodes:
        node.destroy_node()


class GuardedTestNode(GuardedNode, Node):
    """Has a few parameters."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.declare_parameter('input_timeout', 0.5)
        self.declare_parameter('lane_width', 4.0)


def until(condition):
    give_up = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < give_up
        time.sleep(0.01)   # the graph tells nobody about its changes but a spinning executor
    return condition()


def test_nodes_of_one_name_are_told_apart_by_namespace(make):
    first, other = make('car', namespace='/a'), make('car', namespace='/b')
    assert (status_prefix(first), status_prefix(other)) == ('a/car', 'b/car')
    assert status_prefix(make('plain')) == 'plain'
    until(lambda: ('car', '/b') in first.get_node_names_and_namespaces())
    assert namesakes(first) == ''
    make('car', namespace='/a')
    assert until(lambda: namesakes(first)).startswith('2 nodes are called /a/car')
    assert namesakes(other) == ''


def test_other_publishers_are_named(make):
    node, teleop = make('driver'), make('teleop', namespace='/hand')
    command = node.create_publisher(String, '/command', 1)
    until(lambda: node.count_publishers('/command') == 1)
    assert other_publishers(node, command) == ''
    teleop.create_publisher(String, '/command', 1)
    until(lambda: '/hand/teleop' in other_publishers(node, command))   # known by name, too
    assert other_publishers(node, command).startswith('/hand/teleop too publishes on /command')


@pytest.mark.reaction(
    'identity', 'a parameter that does not exist', 'a WARN that names the nearest')
def test_parameters_that_do_not_exist_are_named(make):
    node = make('misspelt', [
        '-p', 'input_timout:=0.2', '-p', 'xyzzy:=1', '-p', 'lane_width:=3.0',
        '-p', 'qos_overrides./b.subscription.depht:=3',
        '-p', 'qos_overrides./b.subscription.depth:=3'])
    warn_of_unused(node, [])
    assert [text.partition(':')[0] for text in node.warnings] == [
        'there is no parameter input_timout, the nearest is input_timeout',
        'there is no parameter xyzzy']
    node.warnings.clear()
    node.create_subscription(
        String, '/b', print, 1, qos_overriding_options=qos.overridable())
    warn_of_unused_qos(node)
    assert [text.partition(':')[0] for text in node.warnings] == [
        'there is no parameter qos_overrides./b.subscription.depht, the nearest is '
        'qos_overrides./b.subscription.depth']


@pytest.mark.reaction(
    'identity', 'a file of parameters for a node of another name',
    'a WARN that names the nearest')
@pytest.mark.parametrize(('content', 'warned'), [
    ('polcy: {ros__parameters: {lane_width: 3.0}}', ', the nearest is /polcy'),
    ('/x: {zzz: {ros__parameters: {lane_width: 3.0}}}', 'parameters of /x/zzz, but'),
    ('policy: {ros__parameters: {lane_width: 3.0}}', None),
    ('/policy: {ros__parameters: {lane_width: 3.0}}', None),
    ('/**: {ros__parameters: {lane_width: 3.0}}', None),
    ('/*: {ros__parameters: {lane_width: 3.0}}', None),
    ('{monitor: {ros__parameters: {a: 1}}, policy: {ros__parameters: {lane_width: 3.0}}}', None),
    ('- 1', None), ('', None), ('{', None), ('[' * 5000, None)])
def test_a_file_for_another_node_is_named(make, tmp_path, content, warned):
    file = tmp_path / 'car.param.yaml'
    file.write_text(content)
    node = make('policy')
    warn_of_unused(node, ['--ros-args', '--params-file', str(file), '--params-file', 'gone'])
    assert len(node.warnings) == (warned is not None)
    assert warned is None or (warned in node.warnings[0] and str(file) in node.warnings[0])


@pytest.mark.parametrize(('key', 'name', 'wanted'), [
    ('/a/**', '/a/b/c', True), ('/**/c', '/a/b/c', True), ('/**/c', '/c', True),
    ('/*/c', '/c', False), ('/a/*', '/a/b', True), ('/a', '/a/b', False), ('**', '/a/b', True)])
def test_the_wildcards_of_a_file(key, name, wanted):
    assert fits(key, name) == wanted


@pytest.mark.reaction(
    'words and ends', 'a QoS override of the wrong type, or that there is not',
    'one line that says what it may be')
@pytest.mark.parametrize('override', [
    'depth:=deep', 'depth:=-1', 'depth:=1.5', 'reliability:=perhaps', 'reliability:=1',
    'history:=true'])
def test_overrides_that_cannot_be_used_are_told_in_one_line(make, override):
    node = make('overridden', ['-p', f'qos_overrides./a.subscription.{override}'])
    with pytest.raises(DrlPruneError, match='qos_overrides of /a cannot be used') as told:
        node.create_subscription(String, '/a', print, 1, qos_overriding_options=qos.overridable())
    assert '\n' not in str(told.value)
