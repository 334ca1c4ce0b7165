# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
import os
from pathlib import Path
import subprocess
import sys
import time
from types import SimpleNamespace

import psutil
import pytest

from drl_prune_ros.monitoring import process_usage
from drl_prune_ros.monitoring.process_usage import (
    find_processes,
    NamedProcess,
    ProcessSampler,
    Usage,
)

WAIT = 'import sys; print("up", flush=True); sys.stdin.read()'


@pytest.fixture
def start():
    """Return a function that starts a process which lives until the test is over."""
    started = []

    def start(*arguments, **options):
        process = subprocess.Popen(
            arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, **options)
        started.append(process)
        assert process.stdout.readline() == b'up\n'
        return process
    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_memory_is_what_the_kernel_says(start):
    process = start(sys.executable, '-c', WAIT)
    sampler = ProcessSampler(process.pid)
    usage = sampler.sample()
    rollup = dict(
        line.split(':') for line in
        Path(f'/proc/{process.pid}/smaps_rollup').read_text().splitlines()[1:])
    kernel_pss = int(rollup['Pss'].split()[0]) * 1024 / 1e6
    assert usage.pss_mb == pytest.approx(kernel_pss, rel=0.1)
    assert 0 < usage.pss_mb <= usage.rss_mb
    assert sampler.pss_mb_max >= usage.pss_mb


def test_a_process_that_is_gone_costs_nothing(start):
    process = start(sys.executable, '-c', WAIT)
    sampler = ProcessSampler(process.pid)
    assert sampler.sample() is not None
    process.kill()
    # A zombie first, until somebody asks for its status; then nothing at all.
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert psutil.Process(process.pid).status() == psutil.STATUS_ZOMBIE
    assert sampler.sample() is None
    process.wait()
    assert sampler.sample() is None
    with pytest.raises(psutil.NoSuchProcess):
        ProcessSampler(process.pid)


def test_a_process_is_found_by_script_and_by_module(start, tmp_path):
    name = f'some_node_{os.getpid()}'
    script = tmp_path / name
    script.write_text(WAIT)
    (tmp_path / f'{name}.py').write_text(WAIT)
    by_script = start(sys.executable, str(script))
    assert find_processes(name) == [by_script.pid]
    by_module = start(sys.executable, '-X', 'utf8', '-m', name, cwd=tmp_path)
    # Somebody who only talks about it.
    start(sys.executable, '-c', WAIT, name)
    assert sorted(find_processes(name)) == sorted([by_script.pid, by_module.pid])


def test_what_else_a_look_tells(start):
    script = 'import threading as t; t.Thread(target=t.Event().wait, daemon=True).start(); ' + WAIT
    sampler = ProcessSampler(start(sys.executable, '-c', script).pid)
    first, second = sampler.sample(), sampler.sample()
    assert first.threads == second.threads == 2
    assert 0 <= first.preempted <= second.preempted
    summary = sampler.summary()
    assert {field: summary[field] for field in Usage.__dataclass_fields__} == {
        field: getattr(second, field) for field in Usage.__dataclass_fields__}
    assert summary['rss_mb_max'] >= second.rss_mb and summary['cpu_percent_mean'] >= 0
    assert summary['pss_mb_per_hour'] is None   # it was not watched for long


def test_pss_is_looked_at_every_five_seconds_at_most(start, monkeypatch):
    sampler = ProcessSampler(start(sys.executable, '-c', WAIT).pid)
    now, asked = time.monotonic(), []
    monkeypatch.setattr(process_usage.time, 'monotonic', lambda: now)
    full = psutil.Process.memory_full_info
    monkeypatch.setattr(
        psutil.Process, 'memory_full_info', lambda self: asked.append(now) or full(self))
    for _ in range(41):
        sampler.sample()
        now += 1.0
    assert [time - asked[0] for time in asked] == list(range(0, 41, 5))
    sampler.sample(fresh=True)
    assert len(asked) == 10


def test_growth_is_that_of_the_memory_after_the_first_minute(start, monkeypatch):
    sampler = ProcessSampler(start(sys.executable, '-c', WAIT).pid)
    begun = now = time.monotonic()
    monkeypatch.setattr(process_usage.time, 'monotonic', lambda: now)

    def memory(self):
        seconds = now - begun
        # It takes what it needs, and then leaks 36 MB an hour.
        return SimpleNamespace(pss=50e6 * min(seconds, 60) + 1e4 * max(seconds - 60, 0))
    monkeypatch.setattr(psutil.Process, 'memory_full_info', memory)
    for second in range(0, 600, 5):
        now = begun + second
        sampler.sample()
    assert sampler.growth == pytest.approx(36.0, rel=1e-3)


def test_a_process_is_looked_for_until_there_is_one_and_again_when_it_is_gone(start, tmp_path):
    name = f'other_node_{os.getpid()}'
    script = tmp_path / name
    script.write_text(WAIT)
    named = NamedProcess('other', name)
    assert named.sample() == (None, f'no process called {name} to watch')
    assert named.summary() == {'pid': None}
    first = start(sys.executable, str(script))
    usage, fault_reason = named.sample()
    assert usage.rss_mb > 0 and not fault_reason
    first.kill()
    first.wait()
    assert named.sample() == (None, f'the other process {first.pid} is gone')
    second, third = start(sys.executable, str(script)), start(sys.executable, str(script))
    assert named.sample() == (None, f'2 processes are called {name}: give a process id')
    third.kill()
    third.wait()
    assert named.sample()[1] == ''
    assert named.summary()['pid'] == second.pid
    # By its number it is that process and no other.
    numbered = NamedProcess('other', name, third.pid)
    assert numbered.sample() == (None, f'there is no process {third.pid} to watch, or the '
                                       'system hides it (hidepid)')


def test_a_process_that_was_started_again_counts_as_a_whole(start):
    busy = ('import sys, time; print("up", flush=True); end = time.process_time() + 0.2\n'
            'while time.process_time() < end: pass\nsys.stdin.read()')
    first, second = (start(sys.executable, '-c', code) for code in (busy, WAIT))
    named = NamedProcess('policy', '')
    assert named.sample() == (None, 'the policy process is not known yet')
    named.follow(first.pid)
    named.sample()
    give_up = time.monotonic() + 20
    while named.sampler.cpu_s < 0.05:
        assert time.monotonic() < give_up
        named.sample()
    took, seconds = named.sampler.cpu_s, named.sampler.seconds
    named.follow(second.pid)
    named.sample()
    summary = named.summary()
    assert summary['pid'] == second.pid
    assert summary['cpu_percent_mean'] == pytest.approx(
        100 * (took + named.sampler.cpu_s) / (seconds + named.sampler.seconds))
    assert summary['cpu_percent_mean'] > 0.0


@pytest.mark.reaction(
    'words and ends', 'the monitor may not read a process: hidepid, another user',
    'a status that says so, and what to do')
@pytest.mark.parametrize('when', ['first', 'later'])
def test_a_process_that_may_not_be_read_is_told_in_one_line(start, monkeypatch, when):
    def deny(self):
        raise psutil.AccessDenied(self.pid)
    process = start(sys.executable, '-c', WAIT)
    named = NamedProcess('policy', '', process.pid)
    if when == 'later':
        assert named.sample()[0]
    for name in ('num_ctx_switches', 'cpu_percent'):
        monkeypatch.setattr(psutil.Process, name, deny)
    usage, reason = named.sample()
    assert usage is None and f'{process.pid} belongs to somebody else' in reason
    monkeypatch.undo()
    assert named.sample()[0], 'it may be read again'
