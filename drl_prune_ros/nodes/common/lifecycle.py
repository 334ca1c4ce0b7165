# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Lifecycle transitions whose errors are logged and reported."""

from __future__ import annotations

from collections.abc import Callable
import functools
import traceback
from typing import Any, TypeVar

from rclpy.lifecycle import LifecycleState, TransitionCallbackReturn

from drl_prune_ros.errors import DrlPruneError

NodeT = TypeVar('NodeT')


def transition(
    work: Callable[[NodeT], None],
) -> Callable[[NodeT, LifecycleState], TransitionCallbackReturn]:
    """
    Make a transition callback of a method that does the work.

    rclpy swallows what a transition raises. Here a DrlPruneError is logged as one ERROR line and
    the transition fails, so that it can be tried again; anything else is logged with its
    traceback and is an error of the node. Either is passed to the node's method failed.
    """
    @functools.wraps(work)
    def callback(self: Any, state: LifecycleState) -> TransitionCallbackReturn:
        try:
            work(self)
        except DrlPruneError as error:
            self.get_logger().error(str(error))
            self.failed(str(error))
            return TransitionCallbackReturn.FAILURE
        except Exception as error:
            self.get_logger().error(f'{work.__name__} failed:\n{traceback.format_exc()}')
            self.failed(f'{work.__name__} failed: {error}')
            return TransitionCallbackReturn.ERROR
        return TransitionCallbackReturn.SUCCESS
    return callback
