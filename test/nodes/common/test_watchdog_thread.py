# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
import threading
import time

import pytest

from drl_prune_ros.nodes.common.watchdog_thread import WatchdogThread

LONG_S = 30.0


@pytest.fixture
def run():
    """Return a function that starts a watchdog, ended with the test."""
    watchdogs = []

    def run(poll, log_error=lambda _: None):
        watchdogs.append(WatchdogThread(poll, log_error))
        return watchdogs[-1]
    yield run
    for watchdog in watchdogs:
        watchdog.end()


def test_it_polls_when_it_is_due_while_another_thread_is_blocked(run):
    blocked, polls = threading.Event(), []

    def poll():
        polls.append(time.monotonic_ns())
        if len(polls) == 5:
            blocked.set()
        return time.monotonic_ns() + 1_000_000
    run(poll)
    # This thread waits for what only the watchdog can do.
    assert blocked.wait(LONG_S)


def test_it_can_be_woken(run):
    polled = threading.Semaphore(0)

    def poll():
        polled.release()
        return time.monotonic_ns() + 3600 * 10**9
    watchdog = run(poll)
    assert polled.acquire(timeout=LONG_S)
    watchdog.wake()
    assert polled.acquire(timeout=0.9), 'woken before it was due'


def test_what_goes_wrong_is_logged_and_the_watchdog_continues(run):
    logged, polled = [], threading.Event()

    def poll():
        if logged:
            polled.set()
            return time.monotonic_ns() + 10**9
        raise ValueError('a mistake')
    run(poll, logged.append)
    assert polled.wait(LONG_S)
    assert 'a mistake' in logged[0]


def test_a_poll_that_does_not_end_is_logged_at_the_end():
    inside, go_on, logged = threading.Event(), threading.Event(), []

    def poll():
        inside.set()
        go_on.wait(LONG_S)
        return time.monotonic_ns()
    watchdog = WatchdogThread(poll, logged.append)
    assert inside.wait(LONG_S)
    watchdog.end()
    assert 'still in a poll' in logged[0]
    go_on.set()


def test_after_the_end_it_polls_no_more(run):
    polls = []

    def poll():
        polls.append(1)
        return time.monotonic_ns()
    watchdog = run(poll)
    watchdog.end()
    count = len(polls)
    watchdog.wake()
    assert len(polls) == count
