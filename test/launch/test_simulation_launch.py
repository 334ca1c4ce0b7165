# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""simulation.launch.py, as users start it; needs launch_testing, which is not on PyPI."""

import json
from pathlib import Path
import tempfile
import unittest

import pytest

pytest.importorskip(
    'launch_testing', reason='launch_testing comes with an installation of ROS 2')
pytest.importorskip('launch_ros', reason='launch_ros comes with an installation of ROS 2')

from ament_index_python.packages import get_package_share_directory
from launch import LaunchDescription
from launch.actions import IncludeLaunchDescription, SetEnvironmentVariable
from launch.launch_description_sources import PythonLaunchDescriptionSource
import launch_testing.actions
import launch_testing.asserts

from drl_prune_ros.benchmark.ros_domain import own_ros_domain
from drl_prune_ros.control.driver import make_motion_driver
from drl_prune_ros.control.profile import load_profile
from drl_prune_ros.policy.runtime import load_runtime
from drl_prune_ros.resources import models_dir
from drl_prune_ros.simulator.closed_loop import drive_episode
from drl_prune_ros.simulator.tick_simulator import TickSimulator

FOLDER = tempfile.TemporaryDirectory(prefix='drl_prune_launch_')
DOMAIN = own_ros_domain()   # released when this process ends
SEEDS = (40, 41)


@pytest.mark.launch_test
def generate_test_description():
    share = Path(get_package_share_directory('drl_prune_ros'))
    arguments = {
        'lockstep': 'true', 'episodes': str(len(SEEDS)), 'seed': str(SEEDS[0]),
        'report': f'{FOLDER.name}/simulator.json', 'monitor_report': f'{FOLDER.name}/monitor.json',
    }
    return LaunchDescription([
        SetEnvironmentVariable('ROS_DOMAIN_ID', str(DOMAIN.__enter__())),
        IncludeLaunchDescription(
            PythonLaunchDescriptionSource(str(share / 'launch' / 'simulation.launch.py')),
            launch_arguments=arguments.items()),
        launch_testing.actions.ReadyToTest(),
    ])


class TestWhileItRuns(unittest.TestCase):

    def test_it_runs_all_episodes(self, proc_output):
        proc_output.assertWaitFor(f'seed {SEEDS[-1]}: return', timeout=60)

    def test_it_ends_by_itself(self, proc_info):
        for name in ('simulator_node', 'monitor_node', 'policy_node'):
            proc_info.assertWaitForShutdown(process=name, timeout=60)


@launch_testing.post_shutdown_test()
class TestAfterwards(unittest.TestCase):

    def test_all_ended_well(self, proc_info):
        launch_testing.asserts.assertExitCodes(proc_info)

    def test_episodes_went_as_in_one_process(self):
        report = json.loads(Path(FOLDER.name, 'simulator.json').read_text())
        driver = make_motion_driver(
            load_runtime(models_dir() / 'highway-fast-v0-dsp.onnx'), load_profile('highway_env'))
        simulator = TickSimulator('highway-fast-v0')
        expected = [drive_episode(simulator, driver, seed).return_ for seed in SEEDS]
        assert report['returns'] == pytest.approx(expected, abs=1e-6)
        assert report['finished']

    def test_the_monitor_saw_every_answer(self):
        simulator = json.loads(Path(FOLDER.name, 'simulator.json').read_text())
        monitor = json.loads(Path(FOLDER.name, 'monitor.json').read_text())
        assert monitor['answers'] == simulator['ticks']
        assert monitor['policy']['pss_mb'] > 0
