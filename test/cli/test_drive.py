# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""drl-prune drive: three processes, and what plain highway-env says of the same episodes."""

import json
import os
import signal
import subprocess
import sys
import time

import gymnasium
import highway_env  # noqa: F401 - registers the environments
import psutil
import pytest

from drl_prune_ros.benchmark import node_process
from drl_prune_ros.cli.main import main
from drl_prune_ros.policy.policy_file import read_policy
from drl_prune_ros.policy.runtime import load_runtime

LONG_S = 60.0
EPISODES, SEED = 8, 20
NODES = {'policy_node', 'monitor_node', 'simulator_node'}


def plain_episode(runtime, environment, seed):
    """Step highway-env itself with the policy on its own observations."""
    observation, _ = environment.reset(seed=seed)
    total, length, ended, info = 0.0, 0, False, {}
    while not ended:
        observation, reward, terminated, truncated, info = environment.step(
            runtime.act(observation.ravel()))
        total, length, ended = total + reward, length + 1, terminated or truncated
    return total, length, info['crashed']


def test_lock_step_over_topics_equals_highway_env(highway_policy, capsys, tmp_path):
    video = tmp_path / 'drive.mp4'
    status = main([
        'drive', str(highway_policy), '--episodes', str(EPISODES), '--seed', str(SEED),
        '--lockstep', '--json', '--video', str(video)])
    assert status == 0
    report = json.loads(capsys.readouterr().out)

    environment = gymnasium.make('highway-fast-v0')
    runtime = load_runtime(highway_policy)
    expected = [plain_episode(runtime, environment, seed) for seed in report['seeds']]
    returns, lengths, crashed = map(list, zip(*expected, strict=True))
    assert report['seeds'] == list(range(SEED, SEED + EPISODES))
    assert report['returns'] == pytest.approx(returns, abs=1e-6, rel=0)
    assert report['lengths'] == lengths
    assert report['crashed'] == crashed
    # Otherwise it would prove little.
    assert {True, False} == set(crashed)
    assert report['crash_rate'] == sum(crashed) / EPISODES

    assert report['ticks'] == report['commands'] == 5 * sum(lengths)
    latency = report['latency_ms']
    assert latency['p50'] <= latency['p99'] <= latency['max']
    assert set(report['pss_mb']) == {'policy', 'monitor'}
    assert all(size > 0 for size in report['pss_mb'].values())
    assert report['deadline_misses'] >= 0
    assert (report['guarded_ticks'], report['interventions']) == (0, 0)   # of highway_env
    assert report['sha256'] == read_policy(highway_policy).sha256
    # An MP4 container begins with the size of its 'ftyp' box.
    assert video.read_bytes()[4:8] == b'ftyp'
    assert list(tmp_path.iterdir()) == [video]


def processes(folder):
    """Return the nodes of the drive whose temporary folder this is, by module."""
    found = {}
    for process in psutil.process_iter(['environ', 'cmdline', 'status']):
        if process.info['status'] == psutil.STATUS_ZOMBIE:
            continue
        if (process.info['environ'] or {}).get('TMPDIR') == str(folder):
            module = next(
                (word for word in process.info['cmdline'] if word.endswith('_node')), '')
            found[module.rpartition('.')[2]] = process
    return found


def until(condition, what, told=lambda: ''):
    give_up = time.monotonic() + LONG_S
    while not condition():
        assert time.monotonic() < give_up, f'waited in vain: {what}\n{told()}'
        time.sleep(0.05)


@pytest.fixture
def start(highway_policy, tmp_path):
    """Return a function that starts a long drive and waits until it is under way."""
    started = []

    def start():
        process = subprocess.Popen(
            [sys.executable, '-m', 'drl_prune_ros.cli.main', 'drive', str(highway_policy),
             '--episodes', '1000', '--lockstep', '--json'],
            env={**os.environ, 'TMPDIR': str(tmp_path)},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            # A shell lets what it starts in the background ignore Ctrl-C, and children inherit it.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
        started.append(process)
        until(lambda: list(tmp_path.glob('drl_prune_drive_*/simulator.json'))
              or process.poll() is not None, 'the first episode')
        assert process.poll() is None, process.stderr.read()
        assert processes(tmp_path).keys() >= NODES
        return process
    yield start
    for process in [*started, *processes(tmp_path).values()]:
        process.kill()
    for process in started:
        process.communicate()


@pytest.mark.parametrize(('number', 'status'), [
    (signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -9)])
def test_no_process_is_left_behind(start, tmp_path, number, status):
    process = start()
    process.send_signal(number)
    output, errors = process.communicate(timeout=LONG_S)
    assert process.returncode == status
    assert not output
    if number is signal.SIGKILL:
        # Nobody is there to end them; the kernel tells them.
        until(lambda: not processes(tmp_path), 'the end of all', lambda: '\n'.join(
            [f'{name}: {process.as_dict(["cmdline", "ppid", "status", "num_threads"])}'
             for name, process in processes(tmp_path).items()]
            + [log.read_text() for log in tmp_path.glob('drl_prune_drive_*/*.log')]))
    else:
        assert not processes(tmp_path)
        assert 'Traceback' not in errors
        assert not list(tmp_path.glob('drl_prune_drive_*'))


def test_a_node_that_dies_ends_the_drive_with_one_line(start, tmp_path):
    process = start()
    processes(tmp_path)['policy_node'].kill()
    output, errors = process.communicate(timeout=LONG_S)
    assert process.returncode == 2
    assert not output
    assert errors.splitlines()[-1].startswith(
        'drl-prune: error: the policy node was ended by SIGKILL')
    assert 'Traceback' not in errors
    assert not processes(tmp_path)


@pytest.mark.parametrize(('arguments', 'complaint'), [
    (['nowhere.onnx'], 'nowhere.onnx does not exist'),
    (['{policy}', '--episodes', '0'], '--episodes must be at least 1'),
    (['{policy}', '--video', '{policy}'], 'exists and is kept'),
    (['{policy}', '--video', 'drive.avi'], 'a video is written as .mp4, .gif, .webp'),
])
def test_what_cannot_be_driven_is_told_in_one_line(
        highway_policy, capsys, tmp_path, monkeypatch, arguments, complaint):
    monkeypatch.chdir(tmp_path)
    before = highway_policy.read_bytes()
    policy = str(highway_policy)
    assert main(['drive', *(word.replace('{policy}', policy) for word in arguments)]) == 2
    errors = capsys.readouterr().err.splitlines()
    assert complaint in errors[-1]
    assert highway_policy.read_bytes() == before
    assert not list(tmp_path.iterdir())


def test_without_ros_it_says_what_to_install(highway_policy, capsys, monkeypatch):
    find = node_process.importlib.util.find_spec
    monkeypatch.setattr(
        node_process.importlib.util, 'find_spec',
        lambda name: None if name == 'rclpy' else find(name))
    assert main(['drive', str(highway_policy)]) == 2
    assert 'pip install' in (line := capsys.readouterr().err.splitlines()[-1])
    assert 'drl_prune_ros[ros]' in line
