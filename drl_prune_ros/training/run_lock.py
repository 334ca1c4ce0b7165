# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""One process at a time in a run folder: two that resume one run drop each other's work."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
import fcntl
import os
from pathlib import Path
import socket
import stat
import time

from drl_prune_ros.errors import DrlPruneError

LOCK = '.lock'


@contextmanager
def run_lock(folder: Path) -> Iterator[None]:
    """
    Hold the run in `folder`, as long as this process lives and no longer.

    The kernel lets go of the lock when the process ends, however that is; the file stays and says
    who held it last.
    :raises DrlPruneError: another process holds it; says which.
    """
    path = folder / LOCK
    try:
        opened = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise DrlPruneError(f'cannot lock {folder}: {error.strerror}') from None
    try:
        if not stat.S_ISREG(os.fstat(opened).st_mode):
            raise DrlPruneError(f'{path} is no file: remove it')
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(opened, 200, 0).decode(errors='replace')
            said = ''.join(one for one in holder if one.isprintable())
            raise DrlPruneError(f'{folder} is in use by {said or "another process"}: wait for it '
                                'to end, or give another --run') from None
        os.ftruncate(opened, 0)
        started = time.strftime('%Y-%m-%d %H:%M:%S')
        os.pwrite(opened, f'process {os.getpid()} on {socket.gethostname()} since {started}'
                          .encode(), 0)
        yield
    finally:
        os.close(opened)
