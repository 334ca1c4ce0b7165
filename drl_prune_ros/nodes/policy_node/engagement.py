# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""An active policy node: answers inputs, watches over them, and has the vehicle or not."""

from __future__ import annotations

import time

from rclpy.node import Node

from drl_prune_ros.control.control_loop import ComponentLoop, MotionLoop
from drl_prune_ros.nodes.common.watchdog_thread import WatchdogThread
from drl_prune_ros.nodes.policy_node.command_publisher import CommandPublisher
from drl_prune_ros.nodes.policy_node.diagnostics import PolicyHealth
from drl_prune_ros.perception.readings import OdometryInput, SensorInput
from drl_prune_ros.perception.scene import InvalidInput
from drl_prune_ros.perception.synchronizer import ODOMETRY

ServiceResult = tuple[bool, str]   # whether it was done, and one line about it


class Engagement:
    """
    Begins in shadow, with a watchdog of its own, and ends with end().

    loop       answers inputs, and publishes to publisher
    publisher  also of the final stop command and of processing times
    lockstep   a simulator waits for every answer
    wants      the speeds that the policy can want, in a few words
    """

    def __init__(
        self, node: Node, loop: MotionLoop | ComponentLoop, publisher: CommandPublisher,
        health: PolicyHealth, lockstep: bool, wants: str,
    ) -> None:
        self._log = node.get_logger()
        self._loop = loop
        self._publisher = publisher
        self._health = health
        self._lockstep = lockstep
        self._wants = wants
        self._ending = False
        self._loop.reset()
        self._loop.release()
        self._watchdog = WatchdogThread(self._poll, self._log.error)

    @property
    def engaged(self) -> bool:
        """Return whether commands go to the vehicle."""
        return self._publisher.engaged

    @property
    def moves(self) -> bool:
        """Return whether the vehicle may be moving by its commands."""
        return self.engaged and self._loop.moves

    def begin_end(self, reason: str) -> None:
        """Stop as in an emergency, for good."""
        self._ending = True
        self._loop.request_stop(reason, emergency=True)
        self._watchdog.wake()
        self._log.warning(reason)

    def swap(self, loop: MotionLoop | ComponentLoop, wants: str) -> None:
        """Continue with the loop of another policy."""
        self._loop, self._wants = loop, wants
        self._watchdog.wake()

    def on_odometry(self, message: OdometryInput, now_ns: int) -> None:
        """Take odometry received at now_ns (steady clock)."""
        try:
            answered = self._loop.on_odometry(message, now_ns)
        except InvalidInput as error:
            self.refuse(ODOMETRY, error, now_ns)
        else:
            if answered:
                self._note_answer(now_ns)

    def on_reading(self, message: SensorInput, now_ns: int) -> None:
        """Take a sensor reading received at now_ns (steady clock)."""
        try:
            answered = self._loop.on_reading(message, now_ns)
        except InvalidInput as error:
            self.refuse(message.sensor, error, now_ns)
        else:
            if answered:
                self._note_answer(now_ns)

    def refuse(self, source: str, error: InvalidInput, now_ns: int) -> None:
        """Record and log that a message of source, 'odometry' or a sensor, cannot be used."""
        self._loop.refuse(source, error, now_ns)
        self._log.warning(str(error), throttle_duration_sec=1.0)

    def _note_answer(self, now_ns: int) -> None:
        """Publish the processing time of an answer."""
        processing_ms = (time.monotonic_ns() - now_ns) * 1e-6
        self._publisher.publish_processing_time(processing_ms)
        self._health.answered(processing_ms)

    def reset(self) -> ServiceResult:
        """Clear the control state, as a simulator does before an episode."""
        if self._ending and not self._lockstep:
            return False, 'the node ends'
        if self.engaged and not self._lockstep:
            return False, 'the vehicle is engaged: call ~/engage with false first'
        self._loop.reset()
        self._watchdog.wake()
        return True, 'control state cleared'

    def stop(self) -> ServiceResult:
        """Stop in comfort and stand."""
        if self._ending:
            return True, 'stopping: the node ends'
        self._loop.request_stop('a stop was requested; ~/engage with true drives on')
        self._watchdog.wake()
        return True, 'stopping'

    def engage(self, wanted: bool) -> ServiceResult:
        """Engage the vehicle, or hand it over: commands go to ~/debug/command then."""
        if wanted and self._ending:
            return False, 'not engaged: the node ends'
        if wanted:
            blocker = self._loop.engage_blocker()
            # A request that is repeated right after engaging is answered as the first was.
            if blocker and not (self.engaged and self._loop.final_stop_command() is None):
                return False, f'not engaged: {blocker}'
            if not self.engaged:
                # What was decided in shadow was not driven: begin with what is measured now.
                self._loop.reset()
            self._loop.release()
        self._publisher.engaged = wanted
        self._health.engage(wanted)
        self._watchdog.wake()
        message = 'engaged'
        if self._wants:
            message += f': the policy wants {self._wants}'
        if not wanted:
            message = 'in shadow: the vehicle is handed over'
        self._log.info(message)
        return True, message

    def end(self) -> None:
        """End the watchdog, and command a final stop if the vehicle may be moving."""
        self._watchdog.end()
        command = self._loop.final_stop_command()
        if command is not None:
            self._publisher.publish_safety_command(command)
            self._publisher.flush()
        self._publisher.engaged = False
        self._health.engage(False)
        self._health.inactive()

    def _poll(self) -> int:
        loop = self._loop
        self._health.update(loop.tick(time.monotonic_ns()))
        return loop.due_ns(time.monotonic_ns())
