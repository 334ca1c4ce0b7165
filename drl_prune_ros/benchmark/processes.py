# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Processes that end together: with the work, with Ctrl-C, and with who started them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
import ctypes
from dataclasses import dataclass
import os
from pathlib import Path
import signal
import subprocess
import sys
import time
from types import FrameType, TracebackType

from drl_prune_ros.errors import DrlPruneError

STOP_S = 10.0     # seconds that a process is given to end in order
POLL_S = 0.05
PR_SET_PDEATHSIG = 1   # of <sys/prctl.h>


@dataclass(frozen=True, slots=True)
class Child:
    """A process that was started, and where what it prints is kept."""

    name: str
    process: subprocess.Popen
    log: Path

    def last_words(self) -> str:
        """Return its last error, or else the last line that it printed."""
        lines = [line for line in self.log.read_text(errors='replace').splitlines() if line]
        errors = [line for line in lines if line.startswith(('[ERROR]', '[FATAL]'))]
        line = (errors or lines or ['it printed nothing'])[-1]
        # rclpy writes '[ERROR] [time] [node]: message'.
        return line.split(']: ', 1)[-1].strip()


class ProcessGroup:
    """
    Starts processes, and leaves none behind.

    Use it as a context: leaving it ends every process, the latest first. SIGTERM to this process
    leaves it in the same way; if this process is killed, the kernel sends SIGTERM to the others.
    To be used in the main thread.

    folder  where what the processes print is kept, a file for each
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._children: list[Child] = []

    def __enter__(self) -> ProcessGroup:
        self._handler = signal.signal(signal.SIGTERM, _exit)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # A second Ctrl-C must not leave processes behind.
        interrupt = signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        try:
            for child in reversed(self._children):
                end(child.process)
        finally:
            signal.signal(signal.SIGINT, interrupt)
            signal.signal(signal.SIGTERM, self._handler)

    def start(self, name: str, command: Sequence[str], env: Mapping[str, str]) -> Child:
        """Start a process; name is what messages call it."""
        log = self._folder / f'{name}.log'
        with log.open('wb') as output:
            process = subprocess.Popen(
                command, env=dict(env), stdin=subprocess.DEVNULL, stdout=output,
                stderr=subprocess.STDOUT,
                # Its own session: Ctrl-C in the terminal reaches this process alone, which then
                # ends the others in the right order.
                start_new_session=True, preexec_fn=_die_with(os.getpid()))
        child = Child(name, process, log)
        self._children.append(child)
        return child

    def wait(self, child: Child, progress: Callable[[], None] = lambda: None) -> None:
        """
        Wait until child has ended well.

        progress is called again and again meanwhile. Raises DrlPruneError, with what it said last,
        when child or any other process of the group ends in another way.
        """
        while True:
            progress()
            ended = child.process.poll() is not None
            for other in self._children:
                if other.process.poll() is not None:
                    _check(other)
            if ended:
                return
            time.sleep(POLL_S)

    def stop(self, child: Child) -> None:
        """End child with SIGINT; raises DrlPruneError unless its exit status is 0."""
        end(child.process)
        _check(child)
        self._children.remove(child)


def end(process: subprocess.Popen) -> None:
    """End a process: SIGINT, and SIGKILL for one that does not listen."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _check(child: Child) -> None:
    status = child.process.returncode
    if status != 0:
        how = f'was ended by {signal.Signals(-status).name}' if status < 0 else 'gave up'
        raise DrlPruneError(f'the {child.name} node {how}: {child.last_words()}')


def _exit(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def _die_with(parent: int) -> Callable[[], None] | None:
    if not sys.platform.startswith('linux'):
        return None
    prctl = ctypes.CDLL(None).prctl

    def ask_kernel() -> None:
        # Until exec, the child has the handlers of this process, which only take a note: a signal
        # of the kernel would be lost.
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:   # it died before it was asked
            os._exit(1)
    return ask_kernel
