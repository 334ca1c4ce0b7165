# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
import os
from pathlib import Path
import signal
import subprocess
import sys
import time

import psutil
import pytest

from drl_prune_ros.benchmark import processes
from drl_prune_ros.benchmark.processes import ProcessGroup
from drl_prune_ros.errors import DrlPruneError

LONG_S = 60.0
SLEEP = 'import time; time.sleep(600)'


def gone(pid):
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


@pytest.fixture
def start(tmp_path):
    """Return a function that starts a Python process in a group which ends with the test."""
    with ProcessGroup(tmp_path) as group:
        yield lambda name, script: (
            group, group.start(name, [sys.executable, '-c', script], os.environ))


def test_what_a_process_says_last_is_told_when_it_fails(start):
    group, child = start('policy', (
        'print("starting"); print("[ERROR] [12.5] [policy]: no such file: x: y");'
        'print("bye"); raise SystemExit(1)'))
    with pytest.raises(DrlPruneError) as caught:
        group.wait(child)
    assert str(caught.value) == 'the policy node gave up: no such file: x: y'


def test_the_end_of_another_ends_the_wait(start):
    group, waited = start('simulator', SLEEP)
    _, other = start('policy', 'import os; os.kill(os.getpid(), 9)')
    with pytest.raises(DrlPruneError, match='the policy node was ended by SIGKILL'):
        group.wait(waited)
    assert other.process.returncode == -9
    assert waited.process.poll() is None


def test_leaving_ends_all_also_who_does_not_listen(tmp_path, monkeypatch):
    monkeypatch.setattr(processes, 'STOP_S', 0.2)
    with ProcessGroup(tmp_path) as group:
        deaf = group.start('deaf', [sys.executable, '-c', (
            'import signal; signal.signal(signal.SIGINT, signal.SIG_IGN);'
            'print("up", flush=True);' + SLEEP)], os.environ)
        give_up = time.monotonic() + LONG_S
        while not deaf.log.read_text():
            assert time.monotonic() < give_up
            time.sleep(0.01)
    assert deaf.process.returncode == -9


def test_the_kernel_ends_what_a_killed_parent_leaves(tmp_path):
    script = (
        'import os, sys; from pathlib import Path;'
        'from drl_prune_ros.benchmark.processes import ProcessGroup;'
        'group = ProcessGroup(Path(sys.argv[1])).__enter__();'
        f'child = group.start("sleeper", [sys.executable, "-c", "{SLEEP}"], os.environ);'
        'print(child.process.pid, flush=True); os.kill(os.getpid(), 9)')
    parent = subprocess.run(
        [sys.executable, '-c', script, str(tmp_path)], stdout=subprocess.PIPE, timeout=LONG_S)
    pid = int(parent.stdout)
    give_up = time.monotonic() + LONG_S
    while not gone(pid):
        assert time.monotonic() < give_up
        time.sleep(0.01)
    assert Path(tmp_path / 'sleeper.log').exists()


def test_a_signal_before_exec_is_not_lost():
    parent = os.getpid()
    child = os.fork()
    if child == 0:   # as subprocess does, with the handlers of this process
        signal.signal(signal.SIGTERM, lambda number, frame: None)
        processes._die_with(parent)()
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(20)
        os._exit(0)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGTERM
