# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Build with pip or with colcon (ament_python)."""

from pathlib import Path
import sys

from setuptools import find_packages, setup

PACKAGE = 'drl_prune_ros'


def data_files():
    """List what is not Python code, folder by folder, as (place in the prefix, files)."""
    share = Path('share') / PACKAGE
    folders = {
        Path('share/ament_index/resource_index/packages'): [f'resource/{PACKAGE}'],
        share: ['package.xml'],
    }
    for top in ('config', 'launch', 'models', 'recipes'):
        for path in sorted(Path(top).rglob('*')):
            if path.is_file() and path.suffix != '.pyc':
                folders.setdefault(share / path.parent, []).append(str(path))
    if 'bdist_wheel' in sys.argv:
        # pip puts executables where a shell looks for them, and colcon where ROS 2 does.
        folders[Path('lib') / PACKAGE] = [
            str(path) for path in sorted(Path('resource/ros2_run').iterdir())]
    return [(str(folder), files) for folder, files in folders.items()]


setup(
    name=PACKAGE,
    version='0.1.0',
    description='Prune deep-RL driving policies while they train, and drive with them over ROS 2',
    author='drl_prune_ros contributors',
    maintainer='drl_prune_ros contributors',
    maintainer_email='drl-prune-ros@users.noreply.example',
    license='Apache-2.0',
    packages=find_packages(include=[PACKAGE, f'{PACKAGE}.*']),
    data_files=data_files(),
    zip_safe=True,
    python_requires='>=3.10',
    # The vehicle side. Everything else is for those who ask for it.
    install_requires=['numpy', 'psutil', 'pyyaml'],
    extras_require={
        # The runtime `onnxruntime`, beside the runtime `numpy` that needs nothing.
        'onnx': ['onnxruntime'],
        # The workshop, and the simulator node. Python 3.11 or newer.
        'train': [
            'envpool>=1.2.5; sys_platform == "linux" and python_version >= "3.11"',
            'gymnasium>=1.0',
            'highway-env>=1.12',
            'imageio-ffmpeg',
            'matplotlib>=3.8',
            'numba>=0.61',
            'onnx>=1.16',
            'onnxruntime',
            'rich',
            'scipy',
            'stable-baselines3>=2.7',
            'tensorboard',
            'torch>=2.8',
            'tqdm',
        ],
        # ROS 2 Jazzy as wheels, for machines without a ROS installation (Linux on x86_64,
        # CPython 3.11 to 3.13).
        'ros': [
            'ros-jazzy-diagnostic-msgs',
            'ros-jazzy-geometry-msgs',
            'ros-jazzy-nav-msgs',
            'ros-jazzy-rclpy[fastrtps]',
            'ros-jazzy-sensor-msgs',
            'ros-jazzy-std-srvs',
        ],
        'test': [
            'catkin-pkg',
            'colcon-output',
            'colcon-parallel-executor',
            'colcon-python-setup-py',
            'colcon-ros',
            'hypothesis',
            'import-linter',
            'mypy',
            'pytest<9',
            'pytest-timeout',
            'pytest-xdist',
            'ruff',
            'torch-pruning',
        ],
    },
    entry_points={
        'console_scripts': [
            f'policy_node = {PACKAGE}.nodes.policy_node.node:main',
            f'monitor_node = {PACKAGE}.nodes.monitor_node.node:main',
            f'simulator_node = {PACKAGE}.nodes.simulator_node.process:main',
            f'drl-prune = {PACKAGE}.cli.main:main',
        ],
    },
)
