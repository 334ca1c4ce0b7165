# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Whatever a callback raises, its node lives and says so."""

import pytest
import rclpy
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.qos import QoSProfile
from std_msgs.msg import String
from std_srvs.srv import Trigger

from drl_prune_ros.benchmark.ros_domain import own_ros_domain
from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.nodes.common import qos
from drl_prune_ros.nodes.common.guarded_node import Ended, GuardedNode
from drl_prune_ros.nodes.monitor_node.node import MonitorNode
from drl_prune_ros.nodes.policy_node.node import PolicyNode

ERRORS = [ValueError('two poses in one place'), MemoryError(), RecursionError('deep'),
          UnicodeEncodeError('utf-8', '\ud800', 0, 1, 'surrogate'), DrlPruneError('said so')]


class Guarded(GuardedNode, Node):
    """Remembers what failed."""

    def __init__(self, context) -> None:
        self.failures = []
        super().__init__('guarded', context=context)

    def callback_failed(self, reason: str) -> None:
        self.failures.append(reason)


@pytest.fixture(scope='module')
def context():
    with own_ros_domain() as domain:
        context = Context()
        rclpy.init(context=context, domain_id=domain)
        yield context
        context.try_shutdown()


@pytest.fixture
def node(context):
    node = Guarded(context)
    yield node
    node.destroy_node()


@pytest.mark.parametrize('error', ERRORS, ids=lambda error: type(error).__name__)
def test_what_a_callback_raises_is_reported_and_goes_no_further(node, error) -> None:
    def fail(*arguments):
        raise error
    for what, call in (
            ('a message of ~/x', node.create_subscription(String, '~/x', fail, 1).callback),
            ('a timer', node.create_timer(9.0, fail).callback)):
        call(*([String()] if 'message' in what else []))
        assert node.failures.pop().startswith(f'{what} failed: {type(error).__name__}')
    service = node.create_service(Trigger, '~/y', fail)
    response = service.callback(Trigger.Request(), Trigger.Response(success=True))
    assert not response.success and type(error).__name__ in response.message
    node.declare_parameter('p', 1)
    node.add_on_set_parameters_callback(fail)
    result = node.set_parameters([Parameter('p', value=2)])[0]
    assert not result.successful and type(error).__name__ in result.reason
    assert node.get_parameter('p').value == 1
    assert all('\n' not in failure for failure in node.failures)


def test_what_ends_a_process_is_let_through(node) -> None:
    def end():
        raise Ended
    with pytest.raises(Ended):
        node.create_timer(9.0, end).callback()
    assert not node.failures


@pytest.mark.reaction(
    'callbacks', 'anything that a callback raises: message, timer, service, parameter',
    'logged, an internal error on /diagnostics, the vehicle is stopped; the node lives')
@pytest.mark.parametrize('make', [PolicyNode, MonitorNode])
def test_every_callback_of_a_node_is_guarded(make, context, monkeypatch) -> None:
    monkeypatch.setattr('rclpy.node.get_default_context', lambda: context)
    node = make()
    failures = []
    node.callback_failed = failures.append
    try:
        entities = [*node.subscriptions, *node.timers, *node.services]
        assert len(entities) > 5
        for entity in entities:
            assert hasattr(entity.callback, '__wrapped__'), entity
            guard = entity.callback
            assert guard.__code__ is entities[0].callback.__code__
            guard(1, 2, 3, 4, 5)   # so many arguments fail in every one of them
            assert failures, entity
            failures.clear()
    finally:
        node.destroy_node()


def test_overrides_of_one_topic_leave_the_others_as_they_are(context) -> None:
    class Overridden(GuardedNode, Node):
        pass
    node = Overridden('overridden', context=context, cli_args=[
        '--ros-args', '-p', 'qos_overrides./a.subscription.depth:=7'])
    shared = QoSProfile(depth=1)
    first, second = (
        node.create_subscription(
            String, topic, lambda message: None, shared, qos_overriding_options=qos.overridable())
        for topic in ('/a', '/b'))
    assert (first.qos_profile.depth, second.qos_profile.depth, shared.depth) == (7, 1, 1)
    node.destroy_node()


def test_a_node_that_spins_survives(context, node) -> None:
    executor = SingleThreadedExecutor(context=context)
    executor.add_node(node)

    def fail(message):
        raise KeyError(message.data)
    node.create_subscription(String, '~/x', fail, 1)
    publisher = node.create_publisher(String, '~/x', 1)
    for _ in range(400):
        if node.failures:
            break
        publisher.publish(String(data='unforeseen'))
        executor.spin_once(timeout_sec=0.05)
    assert "KeyError: 'unforeseen'" in node.failures[0]
    executor.shutdown()
