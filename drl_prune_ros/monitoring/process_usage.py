# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Memory and processor time of a process, as the operating system counts them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import pairwise
import os
from pathlib import Path
import time

import psutil

from drl_prune_ros.monitoring.trend import Trend

MB = 1e6
PSS_EVERY_S = 5.0    # the kernel walks all pages for it, and stops the process meanwhile
WARM_UP_S = 60.0     # memory taken until then does not count as growth
HOUR_S = 3600.0


@dataclass(frozen=True, slots=True)
class Usage:
    """
    One sample of a process.

    rss_mb        resident memory, 10^6 bytes, pages shared with others counted in full
    pss_mb        proportional share, shared pages divided among their processes, PSS_EVERY_S old
                  at most; None where the system does not give it
    cpu_percent   of one core, since the sample before; 0 at the first
    threads       how many it has
    preempted     involuntary context switches since the first sample: how often it had to wait for
                  a core
    """

    rss_mb: float
    pss_mb: float | None
    cpu_percent: float
    threads: int
    preempted: int


class ProcessSampler:
    """
    Samples one process repeatedly.

    Raises psutil.NoSuchProcess where there is none, or where the system hides it (hidepid), and
    psutil.AccessDenied where it may not be read.
    """

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self._process.cpu_percent()
        self._preempted = self._process.num_ctx_switches().involuntary
        self._cpu_begun_s = self._cpu_now_s = _cpu_s(self._process)
        self._started_s = self._sampled_s = time.monotonic()
        self._pss: tuple[float, float | None] | None = None   # when, what
        self._trend = Trend()
        self.pid = pid
        self.latest: Usage | None = None
        self.rss_mb_max = 0.0
        self.pss_mb_max: float | None = None

    def sample(self, fresh: bool = False) -> Usage | None:
        """Return the usage now, None when the process has ended; fresh: with a new PSS."""
        process = self._process
        try:
            if not process.is_running() or process.status() == psutil.STATUS_ZOMBIE:
                return None
            with process.oneshot():
                cpu, rss = process.cpu_percent(), process.memory_info().rss
                threads = process.num_threads()
                preempted = process.num_ctx_switches().involuntary - self._preempted
                self._cpu_now_s = _cpu_s(process)
            pss_mb = self._sample_pss(fresh)
        except psutil.NoSuchProcess:
            return None
        self.rss_mb_max = max(self.rss_mb_max, rss / MB)
        self.latest = Usage(rss / MB, pss_mb, cpu, threads, preempted)
        self._sampled_s = time.monotonic()
        return self.latest

    @property
    def growth(self) -> float | None:
        """Return the slope of PSS, 10^6 bytes an hour, after WARM_UP_S; None before."""
        slope = self._trend.slope
        return None if slope is None else slope * HOUR_S

    def summary(self) -> dict[str, object]:
        """Return the latest sample and what was seen since the first, as JSON values."""
        if self.latest is None:
            return {'pid': self.pid}
        return {
            'pid': self.pid, **asdict(self.latest), 'rss_mb_max': self.rss_mb_max,
            'pss_mb_max': self.pss_mb_max, 'pss_mb_per_hour': self.growth,
            'cpu_percent_mean': 100 * self.cpu_s / max(self.seconds, 1e-3)}

    @property
    def seconds(self) -> float:
        """Return the time from the first sample to the latest; 0 before it."""
        return self._sampled_s - self._started_s

    @property
    def cpu_s(self) -> float:
        """Return the processor time that the process took meanwhile."""
        return self._cpu_now_s - self._cpu_begun_s

    def _sample_pss(self, fresh: bool) -> float | None:
        now_s = time.monotonic()
        if self._pss is not None and not fresh and now_s - self._pss[0] < PSS_EVERY_S:
            return self._pss[1]
        try:
            pss_mb: float | None = self._process.memory_full_info().pss / MB
        except (psutil.AccessDenied, AttributeError):
            pss_mb = None
        self._pss = now_s, pss_mb
        if pss_mb is not None:
            self.pss_mb_max = max(pss_mb, self.pss_mb_max or 0.0)
            if now_s - self._started_s >= WARM_UP_S:
                self._trend.add(now_s - self._started_s, pss_mb)
        return pss_mb


class NamedProcess:
    """
    A process that is searched for by name until exactly one is found, and again when it has ended.

    label  what it is called in reports
    name   of the executable or module to search for; '' to search for none, see follow
    pid    to watch that process and no other; 0 to search by name
    """

    def __init__(self, label: str, name: str, pid: int = 0) -> None:
        self.label = label
        self._name = name
        self._pid = pid
        self.sampler: ProcessSampler | None = None
        self._ended: list[ProcessSampler] = []   # of processes that were started again

    def sample(self, fresh: bool = False) -> tuple[Usage | None, str]:
        """Return the usage now, or None and the reason in one line."""
        try:
            usage = self.sampler.sample(fresh) if self.sampler is not None else None
        except psutil.AccessDenied as error:
            return None, _denied(self.label, error)
        if usage is not None:
            return usage, ''
        if self._pid and self.sampler is not None:
            return None, f'the {self.label} process {self._pid} is gone'
        if not self._pid and not self._name:
            return None, f'the {self.label} process is not known yet'
        found = [self._pid] if self._pid else find_processes(self._name)
        if len(found) == 1:
            try:
                sampler = ProcessSampler(found[0])
                usage = sampler.sample(fresh)
            except psutil.NoSuchProcess:
                pass
            except psutil.AccessDenied as error:
                return None, _denied(self.label, error)
            else:
                self._watch(sampler)
                return usage, ''
        if len(found) > 1:
            return None, f'{len(found)} processes are called {self._name}: give a process id'
        if self.sampler is not None:
            return None, f'the {self.label} process {self.sampler.pid} is gone'
        return None, (
            f'there is no process {self._pid} to watch, or the system hides it (hidepid)'
            if self._pid else f'no process called {self._name} to watch')

    def follow(self, pid: int) -> None:
        """Watch that process from now on."""
        if self.sampler is None or self.sampler.pid != pid:
            self._pid = pid
            self._watch(None)

    def summary(self) -> dict[str, object]:
        """
        Return the summary of the process that was sampled last, as JSON values.

        Where it was started again, the mean share of the processor and the peaks are those of all
        of its processes together.
        """
        every = [*self._ended, *([self.sampler] if self.sampler is not None else [])]
        if not every:
            return {'pid': None}
        summary = every[-1].summary()
        if len(every) > 1 and 'cpu_percent_mean' in summary:
            summary['cpu_percent_mean'] = 100 * sum(one.cpu_s for one in every) / max(
                sum(one.seconds for one in every), 1e-3)
            summary['rss_mb_max'] = max(one.rss_mb_max for one in every)
            summary['pss_mb_max'] = max(
                (one.pss_mb_max for one in every if one.pss_mb_max is not None), default=None)
        return summary

    def _watch(self, sampler: ProcessSampler | None) -> None:
        if self.sampler is not None:
            self._ended.append(self.sampler)
        self.sampler = sampler


def find_processes(name: str) -> list[int]:
    """
    Return the ids of the processes whose executable, or Python module, is called name.

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


def _denied(label: str, error: psutil.AccessDenied) -> str:
    return (f'the {label} process {error.pid} belongs to somebody else, and the system does not '
            'let it be read: run the monitor as the same user')


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
