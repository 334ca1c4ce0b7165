# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What the policy node does with the roads and paths that it receives."""

from dataclasses import replace

from geometry_msgs.msg import PoseStamped
from nav_msgs.msg import Path as PathMessage
import pytest
from rclpy.qos import QoSProfile
from std_msgs.msg import String
from std_srvs.srv import SetBool

from drl_prune_ros.perception.path_road import road_from_path

PERIOD = 200_000_000


def path(*points, frame_id='map'):
    message = PathMessage()
    message.header.frame_id = frame_id
    for x, y in points:
        pose = PoseStamped()
        pose.pose.position.x, pose.pose.position.y = float(x), float(y)
        message.poses.append(pose)
    return message


@pytest.mark.reaction(
    'against the road', 'a path of a volatile publisher, path_durability volatile',
    'the path is taken; by default, a volatile publisher is not heard')
@pytest.mark.reaction(
    'against the road', 'a path that runs against the vehicle, then one along it',
    "'outside the contract' and no ~/engage, until the path runs along")
@pytest.mark.reaction(
    'against the road', 'a path while a road is published, over topics',
    'an ERROR that names both topics')
def test_paths_that_hold_and_paths_that_contradict(graph, make_car, highway_policy):
    node = graph.start(
        'policy', (('__node', 'planned'),), policy=str(highway_policy), output_type='twist',
        path_durability='volatile', max_input_age=0.0)
    car = make_car(graph.peer(), 'planned')
    planner = car.peer.node.create_publisher(
        PathMessage, '/planned/input/path', QoSProfile(depth=1))
    car.peer.until(planner.get_subscription_count, 'the subscription, which is volatile too')

    def send():
        car.stamp_ns += PERIOD
        car.send()
    planner.publish(path((10_000, 0), (0, 0)))
    car.until_error('runs against the vehicle', '180 degrees', send=send)
    assert not car.shadow
    refused = car.peer.call(SetBool, '/planned/engage', SetBool.Request(data=True))
    assert not refused.success and 'runs against' in refused.message
    planner.publish(path((0, 0), (10_000, 0), frame_id=''))

    def answered():
        send()
        return car.shadow
    car.peer.until(answered, 'an answer on the path that runs along')
    car.peer.until(lambda: 'names no frame_id' in node.log, 'the frame that it is taken to be in')
    planner.publish(path((0, 0), (10_000, 0)))
    car.road.publish(String(data=replace(
        road_from_path([(0, 0), (9_000, 0)], 3, 4.0, 0), frame_id='map').to_json()))
    car.until_error('~/input/path and on ~/input/road', send=send)
    assert not any('Traceback' in line for line in node.log.splitlines())
