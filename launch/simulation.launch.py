# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Drive in simulation: simulator, policy and monitor; it ends when the episodes do."""

from pathlib import Path

from launch import LaunchDescription
from launch.actions import (
    DeclareLaunchArgument,
    EmitEvent,
    IncludeLaunchDescription,
    RegisterEventHandler,
)
from launch.event_handlers import OnProcessExit
from launch.events import Shutdown
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node
from launch_ros.parameter_descriptions import ParameterFile, ParameterValue

from drl_prune_ros.resources import config_dir

# Name: type, default, description. Those of drive.launch.py are arguments too.
ARGUMENTS = {
    'task': (str, 'highway-fast-v0', 'highway-env environment to simulate'),
    'episodes': (int, 3, 'episodes to run'),
    'seed': (int, 0, 'episode i uses seed + i'),
    'lockstep': (bool, False, 'wait for every answer; false: the wall clock sets the rate'),
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
            'vehicle_profile': LaunchConfiguration('vehicle_profile'),
        }.items())
    simulator = Node(
        package='drl_prune_ros', executable='simulator_node', name='simulator', output='both',
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
        *(DeclareLaunchArgument(name, default_value=str(default), description=description)
          for name, (_, default, description) in ARGUMENTS.items()),
        DeclareLaunchArgument(
            PARAMETERS, default_value=str(config_dir() / 'simulator.param.yaml'),
            description='parameters of the simulator node'),
        DeclareLaunchArgument(
            'vehicle_profile', default_value='highway_env',
            description='highway_env, as the policies were trained, or passenger_car'),
        drive,
        simulator,
        RegisterEventHandler(OnProcessExit(
            target_action=simulator,
            on_exit=[EmitEvent(event=Shutdown(reason='the simulator has ended'))])),
    ])
