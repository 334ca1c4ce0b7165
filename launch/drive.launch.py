# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Drive a vehicle: the policy node, and the monitor beside it. Where one ends, both do."""

from launch import LaunchDescription
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node
from launch_ros.parameter_descriptions import ParameterFile, ParameterValue

from drl_prune_ros.nodes.common.launching import (
    argument,
    choices_of,
    end_of,
    ends_with_launch,
    LOG_LEVELS,
    need_file,
    SIGKILL_S,
    SIGTERM_S,
    warn_of_misspelled,
)
from drl_prune_ros.nodes.conversions.outputs import ADAPTERS
from drl_prune_ros.nodes.policy_node.parameters import POLICY_PARAMETERS
from drl_prune_ros.resources import config_dir, models_dir

# Name: default, description, choices. What the vehicle takes has to be chosen: it has no default.
ARGUMENTS = {
    'policy': (models_dir() / 'highway-fast-v0-dsp.onnx', 'policy file to drive with', ()),
    'runtime': (
        'numpy', 'what computes the network', choices_of(POLICY_PARAMETERS, 'runtime')),
    'vehicle_profile': (
        'passenger_car', 'gains, limits and stops: a file of config/vehicles', ()),
    'output_type': (None, 'what the vehicle takes', ADAPTERS),
    'policy_params': (config_dir() / 'policy.param.yaml', 'parameters of the policy node', ()),
    'monitor_params': (config_dir() / 'monitor.param.yaml', 'parameters of the monitor', ()),
    'monitor_report': ('', 'where the monitor writes a JSON report at exit', ()),
    'monitor_csv': ('', 'where the monitor writes a CSV file, one row per window', ()),
    'output_stamp': (
        'now', 'stamp of a command; input is for lock-step',
        choices_of(POLICY_PARAMETERS, 'output_stamp')),
    'input_reliability': (
        'best_effort', 'of odometry and sensors; reliable is for lock-step',
        choices_of(POLICY_PARAMETERS, 'input_reliability')),
    'namespace': ('', 'namespace of the nodes, and of topics without a leading /', ()),
    'use_sim_time': ('false', 'take the time from /clock', ('true', 'false')),
    'log_level': ('info', 'what the nodes log', LOG_LEVELS),
    'odometry': ('odometry', 'topic of the vehicle, nav_msgs/Odometry', ()),
    'objects': ('objects', 'topic of the objects around it, of the objects_type', ()),
    'scan': ('scan', 'topic of a lidar, sensor_msgs/LaserScan', ()),
    'grid_presence': (
        'grid/presence', 'topic of other vehicles, nav_msgs/OccupancyGrid', ()),
    'grid_on_road': ('grid/on_road', 'topic of the lanes, nav_msgs/OccupancyGrid', ()),
    'vector': ('vector', 'topic of named numbers, sensor_msgs/JointState', ()),
    'road': ('road', 'topic of the road description, std_msgs/String', ()),
    'path': ('path', 'topic of a path in place of it, nav_msgs/Path', ()),
    'command': ('command', 'topic of the command, of the output_type', ()),
}


def generate_launch_description():
    """Describe what is started, for `ros2 launch`."""
    def text(name):
        return ParameterValue(LaunchConfiguration(name), value_type=str)

    use_sim_time = ParameterValue(LaunchConfiguration('use_sim_time'), value_type=bool)
    shared = {
        'package': 'drl_prune_ros', 'namespace': LaunchConfiguration('namespace'),
        'output': 'both', 'ros_arguments': ['--log-level', LaunchConfiguration('log_level')],
        'on_exit': end_of, 'sigterm_timeout': SIGTERM_S, 'sigkill_timeout': SIGKILL_S,
        'prefix': ends_with_launch(),
    }
    policy = Node(
        executable='policy_node', exec_name='policy_node', name='policy', **shared,
        parameters=[
            ParameterFile(LaunchConfiguration('policy_params')),
            {'use_sim_time': use_sim_time, **{name: text(name) for name in (
                'policy', 'runtime', 'vehicle_profile', 'output_type', 'output_stamp',
                'input_reliability')}},
        ],
        remappings=[
            *((f'~/input/{name}', LaunchConfiguration(name))
              for name in ('odometry', 'objects', 'scan', 'vector', 'road', 'path')),
            *((f'~/input/grid/{layer}', LaunchConfiguration(f'grid_{layer}'))
              for layer in ('presence', 'on_road')),
            ('~/output/command', LaunchConfiguration('command')),
        ])
    monitor = Node(
        executable='monitor_node', exec_name='monitor_node', name='monitor', **shared,
        parameters=[
            ParameterFile(LaunchConfiguration('monitor_params')),
            {'use_sim_time': use_sim_time, 'output_type': text('output_type'),
             'report': text('monitor_report'), 'csv': text('monitor_csv')},
        ],
        remappings=[
            ('~/input/odometry', LaunchConfiguration('odometry')),
            ('~/input/command', LaunchConfiguration('command')),
            ('~/input/shadow_command', 'policy/debug/command'),
            ('~/input/answered', 'policy/debug/answered'),
            ('~/input/processing_time', 'policy/debug/processing_time_ms'),
        ])
    return LaunchDescription([
        warn_of_misspelled(ARGUMENTS),
        *(argument(name, *values) for name, values in ARGUMENTS.items()),
        need_file('policy_params'),
        need_file('monitor_params'),
        policy,
        monitor,
    ])
