# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A node as a process: start, spin, and end in order on SIGINT, SIGTERM and SIGHUP."""

from __future__ import annotations

from collections.abc import Callable
import signal
import sys
import time
from types import FrameType
from typing import Protocol, runtime_checkable

import rclpy
from rclpy.exceptions import ROSInterruptException
from rclpy.executors import Executor, ExternalShutdownException, SingleThreadedExecutor
from rclpy.impl.implementation_singleton import rclpy_implementation
from rclpy.logging import get_logger
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.nodes.common.parameters import Parameter

RCLError = rclpy_implementation.RCLError
UnknownROSArgsError = rclpy_implementation.UnknownROSArgsError
POLL_S = 0.1   # seconds between two checks for a signal
END_S = 10     # whole seconds that finish() may take, and as many for the end of the process
STOP_S = 20    # that a vehicle may take to stop before: from 40 m/s, at 2.5 m/s^2, 16.5
SAME_S = 1.0   # within which a second signal is the first one, from a launch and from its terminal
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

EXECUTOR = Parameter(
    'executor', 'single_threaded',
    'What waits for messages and calls the node: single_threaded, or events, which rclpy calls '
    'experimental and takes less processor time.', choices=('single_threaded', 'events'))


class Ended(Exception):  # noqa: N818 - not an error
    """SIGINT, SIGTERM or SIGHUP arrived."""


class StartFailed(Exception):  # noqa: N818 - not an error of the process
    """The node could not start, and has logged why."""


class SpinOnce(Protocol):
    """Waits for one event of a node and handles it; raises Ended after a signal."""

    def __call__(self, timeout_s: float = POLL_S) -> None:
        """Wait at most so many seconds."""


class RunnableNode(Protocol):
    """A node that run_node can run."""

    def run(self, spin_once: SpinOnce) -> None:
        """Do the work of the node; return when it is done, or leave with Ended."""

    def finish(self) -> None:
        """Write and publish what remains, while the context is still valid."""

    def destroy_node(self) -> None:
        """Free what rclpy holds of the node."""


@runtime_checkable
class MovingNode(Protocol):
    """A node that run_node lets stop what it moves before it ends."""

    def begin_stop(self, reason: str) -> None:
        """Begin to stop what moves."""

    @property
    def moves(self) -> bool:
        """Return whether something may be moving."""


def spin(spin_once: SpinOnce) -> None:
    """Spin until a signal ends it."""
    while True:
        spin_once()


def wait_until(done: Callable[[], bool], seconds: float = STOP_S) -> None:
    """Return when something is done, by another thread, or after so many seconds."""
    give_up = time.monotonic() + seconds
    while not done() and time.monotonic() < give_up:
        time.sleep(POLL_S / 2)


def end_within(seconds: int) -> None:
    """End this process by SIGALRM after so many seconds; 0 cancels that."""
    # The signal has no handler, so that it ends the process at any point, in C++ too.
    signal.alarm(seconds)


class Signals:
    """The signals that arrived, from now on; one that the process was told to ignore does not."""

    def __init__(self) -> None:
        self.first: signal.Signals | None = None
        self.again = False   # whether another one arrived, later
        self._first_s = 0.0
        for number in SIGNALS:
            # Which nohup does with SIGHUP; a shell does it with SIGINT for what it starts by &.
            if number is signal.SIGINT or signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._arrived)

    def _arrived(self, number: int, frame: FrameType | None) -> None:
        if self.first is None:
            self.first, self._first_s = signal.Signals(number), time.monotonic()
            end_within(END_S)
        elif time.monotonic() - self._first_s >= SAME_S:
            self.again = True


def run_node(
    name: str, make_node: Callable[[], RunnableNode], args: list[str] | None = None,
) -> int:
    """
    Run a node until it is done or a signal arrives, and return the exit status.

    A DrlPruneError becomes one ERROR line and status 1. rclpy's own signal handlers would destroy
    the context before finish() could publish; so there are none, and a flag is polled instead.
    A node that moves something stops it first, for STOP_S at most; a second signal ends that.
    The node is spun for POLL_S at a time: an EventsExecutor that spins without end takes no
    messages in the wheels of rclpy. A node that hangs while it ends is ended by SIGALRM, see
    end_within: a middleware may wait for peers that have ended.
    """
    try:
        rclpy.init(args=args, signal_handler_options=SignalHandlerOptions.NO)
    except (RCLError, UnknownROSArgsError) as error:
        # Such as a file of parameters that is not there.
        get_logger(name).error(f'the ROS arguments cannot be used: {error}')
        return 1
    signals = Signals()
    executor: Executor | None = None

    def spin_once(timeout_s: float = POLL_S) -> None:
        if signals.first is not None:
            raise Ended
        spin_anyway(timeout_s)

    def spin_anyway(timeout_s: float) -> None:
        assert executor is not None
        try:
            executor.spin_once(timeout_sec=timeout_s)
        except RCLError as error:
            # A request for a transition that the state does not have. rclpy lets it end the
            # process; a vehicle must not stand still because of it.
            if 'transition' not in str(error):
                raise
            get_logger(name).error(str(error))

    node: RunnableNode | None = None
    status = 0
    try:
        node = make_node()
        executor = _executor(node)
        executor.add_node(node)
        try:
            node.run(spin_once)
        except Ended:
            if isinstance(node, MovingNode) and node.moves:
                _stop(node, signals, spin_anyway)
            raise
        finally:
            if rclpy.ok():
                node.finish()
    except (Ended, ExternalShutdownException, ROSInterruptException):
        pass
    except StartFailed:
        status = 1
    except DrlPruneError as error:
        get_logger(name).error(str(error))
        status = 1
    finally:
        end_within(END_S)
        if node is not None:
            node.destroy_node()
        rclpy.try_shutdown()
    return status


def _stop(node: MovingNode, signals: Signals, spin: Callable[[float], None]) -> None:
    """Stop what a node moves, while it goes on to take messages."""
    assert signals.first is not None
    end_within(STOP_S + END_S)
    node.begin_stop(signals.first.name)
    give_up = time.monotonic() + STOP_S
    while node.moves and not signals.again and time.monotonic() < give_up:
        spin(POLL_S / 2)
    end_within(END_S)


def _executor(node: Node) -> Executor:
    """Return the executor that a node's parameter EXECUTOR asks for, if it has one."""
    if (node.has_parameter(EXECUTOR.name)
            and node.get_parameter(EXECUTOR.name).value == 'events'):
        from rclpy.experimental.events_executor import EventsExecutor
        return EventsExecutor()
    return SingleThreadedExecutor()


def main_of(name: str, make_node: Callable[[], RunnableNode]) -> None:
    """Run a node as the whole process; never returns."""
    sys.exit(run_node(name, make_node))
