# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
The silence node: drives a policy node along an empty road, falls silent, and times its stop.

The vehicle goes at the lowest speed that the policy may want, so that whatever it decides, nothing
but a stop makes a command slower than the one before. Times are of the steady clock, from just
before the last message is published to the arrival of the first slower command.
"""

from __future__ import annotations

from collections.abc import Mapping
import time

from geometry_msgs.msg import TwistStamped
from rclpy.node import Node

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.nodes.common import qos
from drl_prune_ros.nodes.common.parameters import declare, Parameter
from drl_prune_ros.nodes.common.process import main_of, SpinOnce
from drl_prune_ros.nodes.common.report_file import ReportFile
from drl_prune_ros.nodes.conversions.stamps import reception_time_ns
from drl_prune_ros.nodes.simulator_node.policy_client import PolicyClient
from drl_prune_ros.perception.path_road import road_from_path
from drl_prune_ros.perception.scene import Ego, Objects

DRIVEN_S = 0.6         # before each silence, at least
SPREAD_S = 0.2         # by how much that differs from trial to trial
GOLDEN = 0.618034      # whose multiples fill a period evenly
ANSWER_S = 30.0
GIVE_UP_S = 5.0        # after which a stop counts as missing
SLOWER = 1e-6          # m/s
ROAD_M = 1e6
LANE_WIDTH_M = 4.0
PARAMETERS = (
    Parameter('trials', 200, 'Silences to time.', low=1, high=10_000),
    Parameter('rate', 20.0, 'Sets of inputs per second.', low=0.1, high=1000.0),
    Parameter('speed', 20.0, 'Of the vehicle, m/s.', low=0.1, high=100.0),
    Parameter('lane_count', 3, 'Lanes of the road.', low=1, high=16),
    Parameter('report', '', 'Where to write the JSON report.'),
)


class SilenceNode(Node):
    """Times a number of silences, and ends."""

    def __init__(self) -> None:
        super().__init__('silence')
        self._values = declare(self, PARAMETERS)
        self._report = ReportFile(self._values['report'])
        self._client = PolicyClient(self, ANSWER_S)
        self.create_subscription(TwistStamped, '~/input/command', self._on_command, qos.COMMAND)
        self._began_ns = self.get_clock().now().nanoseconds
        self._speeds: list[float] = []   # commanded since it drives again
        self._slower_ns: int | None = None
        self._stops_ms: list[float] = []

    def run(self, spin_once: SpinOnce) -> None:
        """Meet the policy, time the silences and write the report."""
        road = road_from_path(
            [(0, 0), (ROAD_M, 0)], self._values['lane_count'], LANE_WIDTH_M, 0)
        self._client.wait_for_policy(1, spin_once)
        self._client.publish_road(road, spin_once)
        self._engage(spin_once)
        for trial in range(self._values['trials']):
            sent_ns = self._drive(DRIVEN_S + trial * GOLDEN % 1.0 * SPREAD_S, spin_once)
            self._stops_ms.append((self._stop_ns(spin_once) - sent_ns) * 1e-6)
            self._report.write({'stops_ms': self._stops_ms})
        self._client.hand_over(spin_once)   # else the policy node would stop the vehicle first

    def finish(self) -> None:
        """Do nothing: the report is written trial by trial."""

    def _engage(self, spin_once: SpinOnce) -> None:
        """Send sensor data until the policy may drive, which it may once it has some."""
        give_up = time.monotonic() + ANSWER_S
        while True:
            self._client.publish(self._ego(), Objects.none())
            spin_once(1 / self._values['rate'])
            try:
                return self._client.engage(spin_once)
            except DrlPruneError:
                if time.monotonic() > give_up:
                    raise

    def _drive(self, seconds: float, spin_once: SpinOnce) -> int:
        """Send sensor data for so long, and until it is answered; return when the last went."""
        until = time.monotonic() + seconds
        give_up = time.monotonic() + GIVE_UP_S
        due = time.monotonic()
        self._speeds.clear()
        while time.monotonic() < until or not self._speeds:
            if time.monotonic() > give_up:
                raise DrlPruneError(f'the policy gave no command within {GIVE_UP_S:g} s')
            sent_ns = time.monotonic_ns()
            self._client.publish(self._ego(), Objects.none())
            due = max(due + 1 / self._values['rate'], time.monotonic())
            spin_once(0.0)   # where the next set is due already, commands are heard all the same
            while (left_s := due - time.monotonic()) > 0 and (
                    time.monotonic() < until or not self._speeds):
                spin_once(left_s)
        self._slower_ns = None
        return sent_ns

    def _stop_ns(self, spin_once: SpinOnce) -> int:
        """Return when the first command arrived that is slower than the one before."""
        give_up = time.monotonic() + GIVE_UP_S
        while self._slower_ns is None:
            if time.monotonic() > give_up:
                raise DrlPruneError(f'no stop was commanded within {GIVE_UP_S:g} s of silence')
            spin_once(0.05)
        return self._slower_ns

    def _ego(self) -> Ego:
        now_ns = self.get_clock().now().nanoseconds
        x = self._values['speed'] * (now_ns - self._began_ns) * 1e-9
        return Ego(now_ns, x, 0.0, 0.0, self._values['speed'])

    def _on_command(self, message: TwistStamped, info: Mapping[str, int]) -> None:
        self._speeds.append(message.twist.linear.x)
        slower = len(self._speeds) > 1 and self._speeds[-1] < self._speeds[-2] - SLOWER
        if slower and self._slower_ns is None:
            self._slower_ns = reception_time_ns(info)


def main() -> None:
    """Run the node as a process."""
    main_of('silence', SilenceNode)


if __name__ == '__main__':
    main()
