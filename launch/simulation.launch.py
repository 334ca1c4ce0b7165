# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Drive in simulation: simulator, policy and monitor; it ends when the episodes do."""

from pathlib import Path

from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, IncludeLaunchDescription
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node
from launch_ros.parameter_descriptions import ParameterFile, ParameterValue

from drl_prune_ros.nodes.common.launching import (
    argument,
    end_of,
    ends_with_launch,
    need_file,
    SIGKILL_S,
    SIGTERM_S,
    warn_of_misspelled,
)
from drl_prune_ros.resources import config_dir, models_dir

# Name: type, default, description. Those of drive.launch.py are arguments too.
ARGUMENTS = {
    'task': (str, 'highway-fast-v0', 'highway-env environment to simulate'),
    'episodes': (int, '3', 'episodes to run'),
    'seed': (int, '0', 'episode i uses seed + i'),
    'lockstep': (bool, 'false', 'wait for every answer; false: the wall clock sets the rate'),
    'report': (str, '', 'where to write a JSON report of the episodes'),
    'video': (str, '', 'where to write a video, .mp4, .gif or .webp'),
}
PARAMETERS = 'simulator_params'


def generate_launch_description():
    """Describe what is started, for `ros2 launch`."""
    drive = IncludeLaunchDescription(
        PythonLaunchDescriptionSource(str(Path(__file__).with_name('drive.launch.py'))),
        # What lock-step takes, and the simulator's wall clock mode as well.
        launch_arguments={
            'output_stamp': 'input', 'input_reliability': 'reliable', 'output_type': 'twist',
            'policy': LaunchConfiguration('policy'),
            'vehicle_profile': LaunchConfiguration('vehicle_profile'),
        }.items())
    simulator = Node(
        package='drl_prune_ros', executable='simulator_node', exec_name='simulator_node',
        name='simulator', output='both', namespace=LaunchConfiguration('namespace'),
        ros_arguments=['--log-level', LaunchConfiguration('log_level')],
        on_exit=end_of, sigterm_timeout=SIGTERM_S, sigkill_timeout=SIGKILL_S,
        prefix=ends_with_launch(),
        parameters=[
            ParameterFile(LaunchConfiguration(PARAMETERS)),
            {name: ParameterValue(LaunchConfiguration(name), value_type=kind)
             for name, (kind, _, _) in ARGUMENTS.items()},
        ],
        remappings=[
            *((f'~/output/{name}', LaunchConfiguration(name))
              for name in ('odometry', 'objects', 'road')),
            ('~/input/command', LaunchConfiguration('command')),
            ('~/input/decision', 'policy/debug/decision'),
            ('~/policy_reset', 'policy/reset'),
            # The simulator engages the policy; a real vehicle's driver does.
            ('~/policy_engage', 'policy/engage'),
        ])
    return LaunchDescription([
        warn_of_misspelled(ARGUMENTS),
        *(argument(name, default, description, ('true', 'false') if kind is bool else ())
          for name, (kind, default, description) in ARGUMENTS.items()),
        argument(
            PARAMETERS, config_dir() / 'simulator.param.yaml', 'parameters of the simulator node'),
        argument(
            'vehicle_profile', 'highway_env',
            'highway_env, as the policies were trained, or passenger_car'),
        DeclareLaunchArgument(
            'policy', default_value=[f'{models_dir()}/', LaunchConfiguration('task'), '-dsp.onnx'],
            description='policy file to drive with; by default the one of the task'),
        need_file(PARAMETERS),
        need_file('policy'),
        drive,
        simulator,
    ])
