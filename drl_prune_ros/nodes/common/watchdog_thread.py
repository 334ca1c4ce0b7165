# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A thread that polls on a steady clock, even while a callback blocks the node's executor."""

from __future__ import annotations

from collections.abc import Callable
import threading
import time
import traceback

LONGEST_S = 1.0   # between two polls
AFTER_ERROR_S = 0.05


class WatchdogThread:
    """
    Calls `poll` again and again; it returns when it is due next (steady clock, nanoseconds).

    What `poll` raises is passed to `log_error` as text and does not end the thread. Code that
    holds the interpreter lock without releasing it blocks this thread as well: what is received is
    bounded so that none takes long (docs/limits.md). But a node that is stopped or killed
    publishes nothing more: the receiver of its commands needs a time-out of its own.
    """

    def __init__(self, poll: Callable[[], int], log_error: Callable[[str], None]) -> None:
        self._poll = poll
        self._log_error = log_error
        self._wake = threading.Event()
        self._ended = False
        self._thread = threading.Thread(target=self._run, name='watchdog', daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Poll now."""
        self._wake.set()

    def end(self) -> None:
        """Stop polling; return when a poll that has begun has ended, or log that it has not."""
        self._ended = True
        self._wake.set()
        self._thread.join(LONGEST_S)
        if self._thread.is_alive():
            self._log_error('the watchdog is still in a poll that began before its end: what it '
                            'publishes may come after the last command')

    def _run(self) -> None:
        while not self._ended:
            try:
                seconds = (self._poll() - time.monotonic_ns()) * 1e-9
            except Exception:
                self._log_error(f'the watchdog failed:\n{traceback.format_exc()}')
                seconds = AFTER_ERROR_S
            self._wake.wait(min(max(seconds, 0.0), LONGEST_S))
            self._wake.clear()
