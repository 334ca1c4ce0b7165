# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The simulator: highway-env behind topics, driven by a policy node."""

from __future__ import annotations

from pathlib import Path
import time

from rclpy.node import Node

from drl_prune_ros.control.guard_counts import GuardCounts
from drl_prune_ros.nodes.common.parameters import declare, Parameter
from drl_prune_ros.nodes.common.process import end_within, main_of, SpinOnce
from drl_prune_ros.nodes.common.report_file import ReportFile
from drl_prune_ros.nodes.simulator_node.policy_client import PolicyClient, PolicyReply
from drl_prune_ros.simulator.caption import Caption
from drl_prune_ros.simulator.tick_simulator import EpisodeResult, TickSimulator
from drl_prune_ros.simulator.video import open_video

RESEND_S = 0.2
SIMULATOR_PARAMETERS = (
    Parameter('task', 'highway-fast-v0', 'Id of the highway-env environment to simulate.'),
    Parameter('episodes', 1, 'Number of episodes to run.', low=1, high=1_000_000),
    Parameter('seed', 0, 'Seed of the first episode; every next one adds 1.',
              low=0, high=2**31 - 1),
    Parameter(
        'lockstep', True,
        'Wait for every answer as long as it takes. When false, the wall clock sets the rate: '
        'where the answer does not come in time, the last command is held.'),
    Parameter(
        'real_time_factor', 1.0, 'Simulated seconds per second, without lock-step.',
        low=0.01, high=100.0),
    Parameter(
        'answer_timeout', 30.0, 'Time, s, after which a policy that does not answer is given up.',
        low=0.1, high=600.0),
    Parameter(
        'subscribers', 1, 'Nodes that must take odometry before the first episode begins.',
        low=1, high=100),
    Parameter('report', '', 'Where to write the JSON report of the episodes.'),
    Parameter('video', '', 'Where to write a video, .mp4, .gif or .webp; none when empty.'),
    Parameter('video_scale', 1.0, "Size of the video, as a multiple of highway-env's own.",
              low=0.5, high=4.0),
    Parameter('video_speed', 1.0, 'Simulated seconds in a second of the video.',
              low=0.1, high=20.0),
    Parameter('caption', '', 'What stands below the video, as FIGURE: words | FIGURE: words; '
              'nothing when empty.'),
)


class SimulatorNode(Node):
    """Runs a number of episodes and ends."""

    def __init__(self) -> None:
        super().__init__('simulator')
        self._values = declare(self, SIMULATOR_PARAMETERS)
        self._report = ReportFile(self._values['report'])
        video, caption = self._values['video'], self._values['caption']
        self._caption = Caption(caption) if caption else None
        self._simulator = TickSimulator(
            self._values['task'], render=bool(video), render_scale=self._values['video_scale'])
        rate_hz = self._simulator.control_rate_hz * self._values['video_speed']
        self._video = open_video(Path(video), rate_hz) if video else None
        self._client = PolicyClient(self, self._values['answer_timeout'])
        self._results: list[EpisodeResult] = []
        self._ticks = 0
        self._held = 0
        self._guard_counts = GuardCounts()
        self._finished = False

    def run(self, spin_once: SpinOnce) -> None:
        """Wait for a policy and run all episodes."""
        self._client.wait_for_policy(self._values['subscribers'], spin_once)
        first = self._values['seed']
        for seed in range(first, first + self._values['episodes']):
            self._simulator.reset(seed)
            self._client.begin(self._simulator.road(), spin_once)
            self._drive(spin_once)
            self._client.hand_over(spin_once)
            result = self._simulator.episode()
            self._results.append(result)
            self._write_report()
            self.get_logger().info(
                f'seed {seed}: return {result.return_:.3f}, {result.length} decisions, '
                f'{"crashed" if result.crashed else "no crash"}')
        self._finished = True

    def finish(self) -> None:
        """Write the report and the video, of as many episodes as were run."""
        self._write_report()
        if self._video is not None:
            # A long one takes longer to write than the end of a node may take.
            end_within(0)
            self._video.close()
        self._simulator.close()

    def _drive(self, spin_once: SpinOnce) -> None:
        simulator, client = self._simulator, self._client
        # The first answer starts the clock, so that there is always a command to hold.
        reply = client.ask(simulator.ego(), simulator.objects(), RESEND_S, spin_once)
        self._tick(reply)
        period = 1 / simulator.control_rate_hz / self._values['real_time_factor']
        deadline = time.monotonic()
        while not simulator.done:
            ego, objects = simulator.ego(), simulator.objects()
            if self._values['lockstep']:
                reply = client.ask(ego, objects, RESEND_S, spin_once)
            else:
                client.publish(ego, objects)
                # A simulator that is too slow lowers the rate, instead of leaving the
                # policy no time to answer in.
                deadline = max(deadline + period, time.monotonic() + period / 2)
                while (left := deadline - time.monotonic()) > 0.0:
                    spin_once(left)
                latest = client.reply()
                self._held += latest is None
                reply = latest or reply
            self._tick(reply)

    def _tick(self, reply: PolicyReply) -> None:
        if self._video is not None:
            frame = self._simulator.frame()
            self._video.add(self._caption.below(frame) if self._caption else frame)
        self._simulator.tick(reply.speed, reply.yaw_rate, reply.decision)
        self._ticks += 1
        self._guard_counts.note(reply.guarded)

    def _write_report(self) -> None:
        self._report.write({
            'task': self._values['task'],
            'lockstep': self._values['lockstep'],
            'control_rate_hz': self._simulator.control_rate_hz,
            'seeds': [result.seed for result in self._results],
            'returns': [result.return_ for result in self._results],
            'lengths': [result.length for result in self._results],
            'crashed': [result.crashed for result in self._results],
            'speed_means': [result.speed_mean for result in self._results],
            'ticks': self._ticks,
            'held_ticks': self._held,
            'guarded_ticks': self._guard_counts.guarded,
            'interventions': self._guard_counts.interventions,
            'finished': self._finished,
        })


def main() -> None:
    """Run the node as a process."""
    main_of('simulator', SimulatorNode)
