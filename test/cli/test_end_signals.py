# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""SIGTERM and SIGHUP leave no temporary folder behind."""

from pathlib import Path
import signal
import subprocess
import sys

import pytest

WORK = """
import atexit, shutil, sys, tempfile, time
from drl_prune_ros.cli.end_signals import clear_up_at_end
clear_up_at_end()
atexit.register(shutil.rmtree, tempfile.mkdtemp(dir=sys.argv[1]))
with tempfile.TemporaryDirectory(dir=sys.argv[1]):
    print('working', flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize('number', [signal.SIGTERM, signal.SIGHUP])
@pytest.mark.reaction('run folders', 'SIGTERM or SIGHUP to a command',
                      'temporary folders are removed, exit code 128 + signal')
def test_temporary_folders_are_removed(tmp_path: Path, number: signal.Signals) -> None:
    with subprocess.Popen([sys.executable, '-c', WORK, str(tmp_path)], text=True,
                          stdout=subprocess.PIPE) as work:
        assert work.stdout and work.stdout.readline() == 'working\n'
        assert len(list(tmp_path.iterdir())) == 2
        work.send_signal(number)
        assert work.wait(10) == 128 + number
    assert not list(tmp_path.iterdir())
