# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
A node that no callback can end.

rclpy lets what a callback raises end the process: a message that nobody foresaw would leave a
vehicle without commands. Here every callback is guarded, those of rclpy's own services too. What
it raises is logged, and reaches the node's method callback_failed; a service answers its caller.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
import copy
import functools
import traceback
from typing import Any

from rcl_interfaces.msg import SetParametersResult
from rclpy.executors import ExternalShutdownException
from rclpy.impl.implementation_singleton import rclpy_implementation
from rclpy.qos import QoSProfile

from drl_prune_ros.errors import DrlPruneError

RCLError = rclpy_implementation.RCLError


class Ended(Exception):  # noqa: N818 - not an error
    """SIGINT or SIGTERM arrived."""


CHANGE = 'a change of parameters'
ENDS = (Ended, ExternalShutdownException)   # what ends the process on purpose


class GuardedNode:
    """
    The mixin: first among the bases of a node, so that it sees what rclpy itself creates.

    Each publisher and subscription gets a quality of service of its own as well: rclpy writes
    overrides by parameters into the one that it is given.
    """

    def create_publisher(
        self, msg_type: Any, topic: str, qos_profile: Any, **options: Any,
    ) -> Any:
        """Create a publisher."""
        with _told_overrides(topic, options):
            return super().create_publisher(   # type: ignore[misc]
                msg_type, topic, _own(qos_profile), **options)

    def create_subscription(
        self, msg_type: Any, topic: str, callback: Any, qos_profile: Any, **options: Any,
    ) -> Any:
        """Create a subscription whose callback is guarded."""
        with _told_overrides(topic, options):
            return super().create_subscription(   # type: ignore[misc]
                msg_type, topic, self.guarded(f'a message of {topic}', callback),
                _own(qos_profile), **options)

    def create_timer(self, timer_period_sec: float, callback: Any, **options: Any) -> Any:
        """Create a timer whose callback is guarded."""
        return super().create_timer(   # type: ignore[misc]
            timer_period_sec, self.guarded('a timer', callback), **options)

    def create_service(self, srv_type: Any, srv_name: str, callback: Any, **options: Any) -> Any:
        """Create a service whose callback is guarded."""
        return super().create_service(   # type: ignore[misc]
            srv_type, srv_name, self.guarded(f'a request of {srv_name}', callback), **options)

    def add_on_set_parameters_callback(self, callback: Any) -> None:
        """Add a callback that is guarded: a change that it fails at is refused."""
        super().add_on_set_parameters_callback(   # type: ignore[misc]
            self.guarded(CHANGE, callback))

    def add_post_set_parameters_callback(self, callback: Any) -> None:
        """Add a callback that is guarded."""
        super().add_post_set_parameters_callback(   # type: ignore[misc]
            self.guarded(CHANGE, callback))

    def guard_services(self) -> None:
        """
        Guard the services that rclpy creates without create_service: those of a lifecycle.

        A request for a transition that the state does not have is answered: rclpy raises.
        """
        for service in self.services:   # type: ignore[attr-defined]
            if not hasattr(service.callback, '__wrapped__'):
                callback = service.callback
                if service.service_name.endswith('/change_state'):
                    callback = self._answering(callback)
                service.callback = self.guarded(f'a request of {service.service_name}', callback)

    def _answering(self, change: Callable[..., Any]) -> Callable[..., Any]:
        """Return the callback of change_state that answers where there is no such transition."""
        @functools.wraps(change)
        def call(request: Any, response: Any) -> Any:
            try:
                return change(request, response)
            except RCLError as error:
                wanted = request.transition.label or request.transition.id
                self.get_logger().error(   # type: ignore[attr-defined]
                    f'there is no transition {wanted} from this state: {str(error)[:200]}')
                response.success = False
                return response
        return call

    def guarded(self, what: str, callback: Callable[..., Any]) -> Callable[..., Any]:
        """
        Return a callback that raises nothing but what ends the process.

        what  in a few words, for the log and for callback_failed
        """
        @functools.wraps(callback)
        def call(*arguments: Any) -> Any:
            try:
                return callback(*arguments)
            except ENDS:
                raise
            except Exception as error:
                return self._answer_anyway(what, error, arguments)
        return call

    def note_failure(self, what: str, error: Exception) -> str:
        """Log an error, with its traceback unless it is one of ours; return it in one line."""
        reason = f'{what} failed: {type(error).__name__}: {error}'.splitlines()[0][:500]
        log = self.get_logger()   # type: ignore[attr-defined]
        told = reason if isinstance(error, DrlPruneError) else (
            f'{what} failed:\n{"".join(traceback.format_exception(error))[-4000:]}')
        log.error(told, throttle_duration_sec=1.0)
        self.callback_failed(reason)
        return reason

    def _answer_anyway(self, what: str, error: Exception, arguments: tuple[Any, ...]) -> Any:
        """Report an error, and return what answers a request that it leaves without an answer."""
        reason = self.note_failure(what, error)
        if what == CHANGE:
            return SetParametersResult(successful=False, reason=reason)
        response: Any = arguments[-1] if arguments else None
        if hasattr(response, 'success'):
            response.success = False
            if hasattr(response, 'message'):
                response.message = reason
        return response

    def callback_failed(self, reason: str) -> None:
        """Take note that a callback raised; the node goes on."""


def _own(qos_profile: Any) -> Any:
    return copy.copy(qos_profile) if isinstance(qos_profile, QoSProfile) else qos_profile


@contextmanager
def _told_overrides(topic: str, options: Mapping[str, Any]) -> Iterator[None]:
    """Raise DrlPruneError, in one line, for overrides that rclpy refuses in many ways."""
    try:
        yield
    except Exception as error:
        if options.get('qos_overriding_options') is None:
            raise
        reason = ' '.join(str(error).split())
        raise DrlPruneError(
            f'parameters qos_overrides of {topic} cannot be used: {reason}; history is '
            'keep_last, reliability is reliable or best_effort, depth is an integer') from error
