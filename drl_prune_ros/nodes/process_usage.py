# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What a process costs: memory and processor time, as the operating system counts them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
import os
from pathlib import Path

import psutil

MB = 1e6


@dataclass(frozen=True, slots=True)
class Usage:
    """
    One look at a process.

    rss_mb       resident memory, 10^6 bytes, pages shared with others counted in full
    pss_mb       proportional share, shared pages divided among those who share; None where the
                 system does not tell
    cpu_percent  of one core, since the look before; 0 at the first
    """

    rss_mb: float
    pss_mb: float | None
    cpu_percent: float


class ProcessWatch:
    """Looks at one process again and again; raises psutil.NoSuchProcess when there is none."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self._process.cpu_percent()
        self.pid = pid
        self.latest: Usage | None = None
        self.pss_mb_max: float | None = None

    def look(self) -> Usage | None:
        """Return what the process costs now, None when it is gone."""
        process = self._process
        try:
            if not process.is_running() or process.status() == psutil.STATUS_ZOMBIE:
                return None
            with process.oneshot():
                cpu, rss = process.cpu_percent(), process.memory_info().rss
            try:
                pss_mb = process.memory_full_info().pss / MB
            except (psutil.AccessDenied, AttributeError):
                pss_mb = None
        except psutil.NoSuchProcess:
            return None
        if pss_mb is not None:
            self.pss_mb_max = max(pss_mb, self.pss_mb_max or 0.0)
        self.latest = Usage(rss / MB, pss_mb, cpu)
        return self.latest


def find_processes(name: str) -> list[int]:
    """
    Return the ids of the Python processes whose executable or module is called name.

    It matches '.../lib/drl_prune_ros/policy_node' and 'python -m drl_prune_ros.nodes.policy_node'.
    """
    found = []
    for process in psutil.process_iter(['cmdline', 'status']):
        words = process.info['cmdline'] or ['']
        if process.pid == os.getpid() or process.info['status'] == psutil.STATUS_ZOMBIE:
            continue
        programs = [Path(word).name for word in words[:2]]
        if programs[0].startswith('python'):
            programs += [
                module.rpartition('.')[2] for flag, module in pairwise(words) if flag == '-m']
            programs = programs[1:]
        else:
            programs = programs[:1]
        if name in programs:
            found.append(process.pid)
    return found
