# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""drive.launch.py with topics of its own; needs launch_testing, which is not on PyPI."""

import json
from pathlib import Path
import tempfile
import time
import unittest

import pytest

pytest.importorskip(
    'launch_testing', reason='launch_testing comes with an installation of ROS 2')
pytest.importorskip('launch_ros', reason='launch_ros comes with an installation of ROS 2')

from ament_index_python.packages import get_package_share_directory
from geometry_msgs.msg import TwistStamped
from launch import LaunchDescription
from launch.actions import IncludeLaunchDescription, SetEnvironmentVariable
from launch.launch_description_sources import PythonLaunchDescriptionSource
import launch_testing.actions
import launch_testing.asserts
from nav_msgs.msg import Odometry
import rclpy
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile
from sensor_msgs.msg import PointCloud2
from std_msgs.msg import String
from std_srvs.srv import SetBool

from drl_prune_ros.benchmark.ros_domain import own_ros_domain
from drl_prune_ros.nodes.conversions.messages import ego_to_odometry
from drl_prune_ros.nodes.conversions.object_cloud import objects_to_cloud
from drl_prune_ros.perception.path_road import road_from_path
from drl_prune_ros.perception.scene import Ego, Objects

FOLDER = tempfile.TemporaryDirectory(prefix='drl_prune_launch_')
REPORT = Path(FOLDER.name, 'monitor.json')
DOMAIN_LOCK = own_ros_domain()   # released when this process ends
DOMAIN = DOMAIN_LOCK.__enter__()
LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)


@pytest.mark.launch_test
def generate_test_description():
    share = Path(get_package_share_directory('drl_prune_ros'))
    arguments = {
        'odometry': '/car/odometry', 'objects': '/car/objects', 'road': '/map/road',
        'command': '/car/command', 'output_type': 'twist', 'monitor_report': str(REPORT),
    }
    return LaunchDescription([
        SetEnvironmentVariable('ROS_DOMAIN_ID', str(DOMAIN)),
        IncludeLaunchDescription(
            PythonLaunchDescriptionSource(str(share / 'launch' / 'drive.launch.py')),
            launch_arguments=arguments.items()),
        launch_testing.actions.ReadyToTest(),
    ])


class TestWhileItRuns(unittest.TestCase):

    def test_commands_come_on_the_topic_that_was_asked_for(self):
        context = Context()
        rclpy.init(context=context, domain_id=DOMAIN)
        node = Node('car', context=context)
        executor = SingleThreadedExecutor(context=context)
        executor.add_node(node)
        commands = []
        node.create_subscription(TwistStamped, '/car/command', commands.append, 1)
        engage = node.create_client(SetBool, '/policy/engage')
        road = node.create_publisher(String, '/map/road', LATCHED)
        road.publish(String(data=road_from_path([(0, 0), (9000, 0)], 3, 4.0, 0).to_json()))
        odometry = node.create_publisher(Odometry, '/car/odometry', 1)
        objects = node.create_publisher(PointCloud2, '/car/objects', 1)
        give_up = time.monotonic() + 60
        began_ns, turns = time.time_ns(), 0
        while len(commands) < 20:
            assert time.monotonic() < give_up, 'waited in vain for commands'
            turns += 1
            stamp_ns = time.time_ns()
            ego = Ego(stamp_ns, 25e-9 * (stamp_ns - began_ns), -4.0, 0.0, 25.0)
            odometry.publish(ego_to_odometry(ego, 'map', 'base_link'))
            objects.publish(objects_to_cloud(Objects.none(), stamp_ns, 'map'))
            if turns % 50 == 0 and engage.service_is_ready():
                engage.call_async(SetBool.Request(data=True))
            executor.spin_once(timeout_sec=0.02)
        executor.shutdown()
        node.destroy_node()
        context.shutdown()


@launch_testing.post_shutdown_test()
class TestAfterwards(unittest.TestCase):

    def test_all_ended_well(self, proc_info):
        launch_testing.asserts.assertExitCodes(proc_info)

    def test_the_monitor_found_the_policy_and_timed_it(self):
        report = json.loads(REPORT.read_text())
        assert report['latency_ms']['count'] >= 10
        assert report['policy']['pss_mb'] > 0
