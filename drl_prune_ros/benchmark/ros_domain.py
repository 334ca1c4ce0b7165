# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A ROS domain that nobody else on this machine uses."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
import fcntl
import os
from pathlib import Path
import random
import socket
import stat
import tempfile

from drl_prune_ros.errors import DrlPruneError

# From 102 on, Linux hands the ports of a domain out to whoever asks for any port.
DOMAINS = range(1, 102)


@contextmanager
def own_ros_domain() -> Iterator[int]:
    """Hold a ROS_DOMAIN_ID; released at the end, also when this process is killed."""
    for domain in random.sample(DOMAINS, len(DOMAINS)):
        path = Path(tempfile.gettempdir()) / f'drl_prune_ros_{os.getuid()}_domain_{domain}.lock'
        try:
            # In a folder of everybody: neither follow somebody's link, nor change what is there.
            lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        except OSError:
            continue
        try:
            if not _locked(lock) or not _quiet(domain):
                continue
            yield domain
            return
        finally:
            os.close(lock)
    raise DrlPruneError('every ROS domain is in use: end what runs in one of them')


def _locked(lock: int) -> bool:
    """Lock a file of this user; return whether it is one and was free."""
    found = os.fstat(lock)
    if not stat.S_ISREG(found.st_mode) or found.st_uid != os.getuid():
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _quiet(domain: int) -> bool:
    """Return whether no participant listens at the port of a domain's first participant."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(('', 7400 + 250 * domain + 10))
        except OSError:
            return False
    return True
