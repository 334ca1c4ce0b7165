# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""An end by SIGTERM or SIGHUP that clears up, as one by Ctrl-C does."""

from __future__ import annotations

import signal
from types import FrameType

ENDING = (signal.SIGTERM, signal.SIGHUP)
SIGNALED = 128
"""What a shell adds to a signal's number for a command that it ended."""


def clear_up_at_end() -> None:
    """
    Turn these signals into SystemExit, so that temporary folders are removed.

    A signal that is ignored, as by nohup, stays so. A verb that handles them itself replaces this.
    """
    for one in ENDING:
        if signal.getsignal(one) == signal.SIG_DFL:
            signal.signal(one, _exit)


def _exit(number: int, frame: FrameType | None) -> None:
    # A second one must not interrupt the clearing up.
    for one in ENDING:
        signal.signal(one, signal.SIG_IGN)
    raise SystemExit(SIGNALED + number)
