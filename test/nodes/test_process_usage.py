# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
import os
from pathlib import Path
import subprocess
import sys

import psutil
import pytest

from drl_prune_ros.nodes.process_usage import find_processes, ProcessWatch

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
    watch = ProcessWatch(process.pid)
    usage = watch.look()
    rollup = dict(
        line.split(':') for line in
        Path(f'/proc/{process.pid}/smaps_rollup').read_text().splitlines()[1:])
    kernel_pss = int(rollup['Pss'].split()[0]) * 1024 / 1e6
    assert usage.pss_mb == pytest.approx(kernel_pss, rel=0.1)
    assert 0 < usage.pss_mb <= usage.rss_mb
    assert watch.pss_mb_max >= usage.pss_mb


def test_a_process_that_is_gone_costs_nothing(start):
    process = start(sys.executable, '-c', WAIT)
    watch = ProcessWatch(process.pid)
    assert watch.look() is not None
    process.kill()
    # A zombie first, until somebody asks for its status; then nothing at all.
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert psutil.Process(process.pid).status() == psutil.STATUS_ZOMBIE
    assert watch.look() is None
    process.wait()
    assert watch.look() is None
    with pytest.raises(psutil.NoSuchProcess):
        ProcessWatch(process.pid)


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
