# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Of two commands in one run folder, one is refused; a killed one leaves no lock behind."""

import os
from pathlib import Path
import subprocess
import sys

import pytest

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.training.run_lock import run_lock

HOLD = ('import sys, pathlib; from drl_prune_ros.training.run_lock import run_lock\n'
        'with run_lock(pathlib.Path(sys.argv[1])):\n'
        '    print("held", flush=True); sys.stdin.read()')


@pytest.mark.reaction('run folders', 'a second --resume of a run that is going on',
                      'refused in one line that names the process and its start')
def test_a_second_process_is_told_who_holds_the_run(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, '-c', HOLD, str(tmp_path)], text=True,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout and holder.stdout.readline() == 'held\n'
        with (pytest.raises(DrlPruneError, match=f'process {holder.pid} on .* since 20'),
              run_lock(tmp_path)):
            pass
        holder.kill()
        holder.wait(10)
        with run_lock(tmp_path):
            assert f'process {os.getpid()} ' in (tmp_path / '.lock').read_text()


@pytest.mark.reaction('run folders', 'a symbolic link in place of the lock',
                      'refused in one line; its target is untouched')
def test_the_lock_follows_no_link(tmp_path: Path) -> None:
    (tmp_path / 'target').write_text('mine')
    (tmp_path / '.lock').symlink_to(tmp_path / 'target')
    with pytest.raises(DrlPruneError, match='cannot lock'), run_lock(tmp_path):
        pass
    assert (tmp_path / 'target').read_text() == 'mine'
