# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What goes on while the policy node is active: answers, the watchdog, and who has the vehicle."""

from __future__ import annotations

from collections.abc import Callable
import time
from typing import Any

from rclpy.node import Node

from drl_prune_ros.control.control_loop import ControlLoop
from drl_prune_ros.control.envelope import SafetyOutput
from drl_prune_ros.nodes.common.watchdog_thread import WatchdogThread
from drl_prune_ros.nodes.policy_node.command_publisher import CommandOutput
from drl_prune_ros.nodes.policy_node.diagnostics import PolicyHealth
from drl_prune_ros.perception.scene import InvalidInput

Offer = Callable[[ControlLoop, int, Callable[[Any], None]], bool]
ServiceResult = tuple[bool, str]   # of a service: whether it was done, and one line about it


class Engagement:
    """
    Begins in shadow, with a watchdog of its own; end() is the end of it.

    loop      what drives
    lockstep  a simulator waits for every answer
    """

    def __init__(
        self, node: Node, loop: ControlLoop, output: CommandOutput, health: PolicyHealth,
        lockstep: bool,
    ) -> None:
        self._log = node.get_logger()
        self._loop = loop
        self._output = output
        self._health = health
        self._lockstep = lockstep
        self._loop.reset()
        self._loop.release()
        self._watchdog = WatchdogThread(self._poll, self._log.error)

    @property
    def engaged(self) -> bool:
        """Whether commands go to the vehicle."""
        return self._output.engaged

    def swap(self, loop: ControlLoop) -> None:
        """Go on with another policy."""
        self._loop = loop
        self._watchdog.wake()

    def take(self, source: str, offer: Offer) -> None:
        """Offer what source sent to the loop, and publish the answer if there is one."""
        now_ns = time.monotonic_ns()
        try:
            answered = offer(self._loop, now_ns, self._output.answer)
        except InvalidInput as error:
            self._loop.refuse(source, error, now_ns)
            self._log.warning(str(error), throttle_duration_sec=1.0)
            return
        if answered:
            processing_ms = (time.monotonic_ns() - now_ns) * 1e-6
            self._output.publish_processing_time(processing_ms)
            self._health.answered(processing_ms)

    def reset(self) -> ServiceResult:
        """Clear the control state, as a simulator wants it before an episode."""
        if self.engaged and not self._lockstep:
            return False, 'the vehicle is engaged: call ~/engage with false first'
        self._loop.reset()
        self._watchdog.wake()
        return True, 'control state cleared'

    def stop(self) -> ServiceResult:
        """Stop in comfort and stand."""
        self._loop.request_stop('a stop was requested; ~/engage with true drives on')
        self._watchdog.wake()
        return True, 'stopping'

    def engage(self, wanted: bool) -> ServiceResult:
        """Take the vehicle over, or hand it back: commands go to ~/debug/command then."""
        if wanted:
            blocker = self._loop.engage_blocker()
            # Who has just engaged it and asks again hears that it is.
            if blocker and not (self.engaged and self._loop.final_stop_command() is None):
                return False, f'not engaged: {blocker}'
            if not self.engaged:
                # What was decided in shadow was not driven: begin with what is measured now.
                self._loop.reset()
            self._loop.release()
        self._output.engaged = wanted
        self._health.engage(wanted)
        self._watchdog.wake()
        message = 'engaged' if wanted else 'in shadow: the vehicle is handed over'
        self._log.info(message)
        return True, message

    def end(self) -> None:
        """End the watchdog, with a stop as the last command if the vehicle may be moving."""
        self._watchdog.end()
        command = self._loop.final_stop_command()
        if command is not None:
            self._output.publish_safety_command(command)
            self._output.flush()
        self._output.engaged = False
        self._health.engage(False)
        self._health.inactive()

    def _poll(self) -> int:
        loop = self._loop
        self._health.update(loop.tick(time.monotonic_ns(), self._publish))
        return loop.due_ns(time.monotonic_ns())

    def _publish(self, output: SafetyOutput) -> None:
        self._output.publish_safety_command(output.motion)
