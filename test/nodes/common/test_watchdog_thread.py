# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
import threading
import time

import pytest

from drl_prune_ros.nodes.common.watchdog_thread import Watch

LONG_S = 30.0


@pytest.fixture
def run():
    """Return a function that starts a watch, ended with the test."""
    watches = []

    def run(look, tell=lambda _: None):
        watches.append(Watch(look, tell))
        return watches[-1]
    yield run
    for watch in watches:
        watch.end()


def test_it_looks_when_it_is_due_while_another_thread_is_blocked(run):
    blocked, looks = threading.Event(), []

    def look():
        looks.append(time.monotonic_ns())
        if len(looks) == 5:
            blocked.set()
        return time.monotonic_ns() + 1_000_000
    run(look)
    # This thread waits for what only the watch can do.
    assert blocked.wait(LONG_S)


def test_it_can_be_woken(run):
    looked = threading.Semaphore(0)

    def look():
        looked.release()
        return time.monotonic_ns() + 3600 * 10**9
    watch = run(look)
    assert looked.acquire(timeout=LONG_S)
    watch.wake()
    assert looked.acquire(timeout=0.9), 'woken before it was due'


def test_what_goes_wrong_is_told_and_the_watch_goes_on(run):
    told, looked = [], threading.Event()

    def look():
        if told:
            looked.set()
            return time.monotonic_ns() + 10**9
        raise ValueError('a mistake')
    run(look, told.append)
    assert looked.wait(LONG_S)
    assert 'a mistake' in told[0]


def test_a_look_that_does_not_end_is_told_at_the_end():
    inside, go_on, told = threading.Event(), threading.Event(), []

    def look():
        inside.set()
        go_on.wait(LONG_S)
        return time.monotonic_ns()
    watch = Watch(look, told.append)
    assert inside.wait(LONG_S)
    watch.end()
    assert 'still at a look' in told[0]
    go_on.set()


def test_after_the_end_it_looks_no_more(run):
    looks = []

    def look():
        looks.append(1)
        return time.monotonic_ns()
    watch = run(look)
    watch.end()
    count = len(looks)
    watch.wake()
    assert len(looks) == count
