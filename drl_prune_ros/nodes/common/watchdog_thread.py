# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A thread that looks at the steady clock, whatever the callbacks of the node are busy with."""

from __future__ import annotations

from collections.abc import Callable
import threading
import time
import traceback

LONGEST_S = 1.0   # between two looks
AFTER_ERROR_S = 0.05


class Watch:
    """
    Calls look, which returns when it wants to be called next (steady clock, nanoseconds).

    What look raises is told as text, and does not end the watch. Python code that holds the
    interpreter without ever giving it up would block this thread as well; there is no such code
    here, but a node that is stopped or killed says nothing more: the receiver of the commands
    needs a time-out of its own.
    """

    def __init__(self, look: Callable[[], int], tell: Callable[[str], None]) -> None:
        self._look = look
        self._tell = tell
        self._wake = threading.Event()
        self._ended = False
        self._thread = threading.Thread(target=self._run, name='watch', daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Look now."""
        self._wake.set()

    def end(self) -> None:
        """Look no more; returns when a look that has begun has ended, or tells that it has not."""
        self._ended = True
        self._wake.set()
        self._thread.join(LONGEST_S)
        if self._thread.is_alive():
            self._tell('the watch is still at a look that began before the end: what it publishes '
                       'may come after the last command')

    def _run(self) -> None:
        while not self._ended:
            try:
                seconds = (self._look() - time.monotonic_ns()) * 1e-9
            except Exception:
                self._tell(f'the watch failed:\n{traceback.format_exc()}')
                seconds = AFTER_ERROR_S
            self._wake.wait(min(max(seconds, 0.0), LONGEST_S))
            self._wake.clear()
