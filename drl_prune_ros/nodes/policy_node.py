# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The policy node: sensor topics in, a command out."""

from __future__ import annotations

from collections.abc import Callable
import gc
import json
import time

from nav_msgs.msg import Odometry, Path
from rclpy.clock import Clock, ClockType
from rclpy.lifecycle import LifecycleNode, TransitionCallbackReturn
from rclpy.subscription import Subscription
from rclpy.timer import Timer
from sensor_msgs.msg import PointCloud2
from std_msgs.msg import String
from std_srvs.srv import Trigger

from drl_prune_ros.control.command import Command
from drl_prune_ros.control.driver import Driver
from drl_prune_ros.control.profile import load_profile
from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.nodes import qos
from drl_prune_ros.nodes.command_output import CommandOutput
from drl_prune_ros.nodes.control_loop import ControlLoop
from drl_prune_ros.nodes.lifecycle import transition
from drl_prune_ros.nodes.messages import odometry_to_ego, stamp_to_ns
from drl_prune_ros.nodes.object_cloud import cloud_to_objects
from drl_prune_ros.nodes.parameters import declare
from drl_prune_ros.nodes.policy_health import PolicyHealth
from drl_prune_ros.nodes.policy_parameters import POLICY_PARAMETERS
from drl_prune_ros.nodes.process import main_of, spin, StartFailed
from drl_prune_ros.perception.lane_json import RoadError
from drl_prune_ros.perception.path_road import road_from_path
from drl_prune_ros.perception.road import Road
from drl_prune_ros.perception.scene import InvalidInput
from drl_prune_ros.policy.policy_file import read_policy
from drl_prune_ros.policy.runtime import load_runtime


class PolicyNode(LifecycleNode):
    """Drives with one policy file while it is active."""

    def __init__(self) -> None:
        super().__init__('policy')
        self._values = declare(self, POLICY_PARAMETERS)
        self._output = CommandOutput(
            self, self._values['base_frame'], self._values['output_stamp'])
        self._model = self.create_publisher(String, '~/output/model', qos.LATCHED)
        self._health = PolicyHealth(self)
        self._loop: ControlLoop | None = None
        self._inputs: list[Subscription] = []
        self._timer: Timer | None = None

    def run(self, spin_once: Callable[[], None]) -> None:
        """Start, unless somebody else will, and answer inputs until a signal arrives."""
        if self._values['autostart']:
            for start in (self.trigger_configure, self.trigger_activate):
                if start() != TransitionCallbackReturn.SUCCESS:
                    raise StartFailed
        spin(spin_once)

    def finish(self) -> None:
        """Command a stop, if the vehicle may be moving, and wait until it is acknowledged."""
        if self._timer is not None:
            self._halt()

    @transition
    def on_configure(self) -> None:
        """Load the policy, check that this node can serve it, and subscribe."""
        path = self._values['policy']
        if not path:
            raise DrlPruneError(
                'parameter policy is empty: give the path of a policy file (policy:=PATH)')
        runtime = load_runtime(path, self._values['runtime'])
        driver = Driver(runtime, load_profile(self._values['vehicle_profile']))
        self._loop = ControlLoop(
            driver, self._values['input_timeout'], self._values['stop_deceleration'])
        self._period_s = driver.period_s
        digest = read_policy(path).sha256
        self._health.configured(self._loop, {
            'policy': path, 'sha256': digest, 'runtime': runtime.kind,
            'task': runtime.manifest.task, 'weights': runtime.manifest.weights})
        self._model.publish(String(data=json.dumps({
            'file': str(path), 'sha256': digest, 'runtime': runtime.kind,
            'manifest': runtime.manifest.to_dict()})))
        self._subscribe()
        # What was loaded until now stays: full collections need not look through it again.
        gc.collect()
        gc.freeze()
        self.get_logger().info(
            f'{path}: {runtime.manifest.task}, widths {list(runtime.manifest.widths)}, '
            f'{runtime.kind}, control every {self._period_s:g} s')

    @transition
    def on_activate(self) -> None:
        """Start to answer inputs, from a clean slate."""
        assert self._loop is not None
        self._loop.reset()
        # Steady, so that the watch goes on when simulated or system time stands still.
        self._timer = self.create_timer(
            self._period_s, self._on_timer, clock=Clock(clock_type=ClockType.STEADY_TIME))

    @transition
    def on_deactivate(self) -> None:
        """Stop the vehicle and answer no more."""
        self._halt()
        self.destroy_timer(self._timer)
        self._timer = None
        self._health.inactive()

    @transition
    def on_cleanup(self) -> None:
        """Forget the policy."""
        for entity in self._inputs:
            self.destroy_subscription(entity)
        self._inputs = []
        self.destroy_service(self._reset)
        self._loop = None

    @transition
    def on_shutdown(self) -> None:
        """Stop the vehicle."""
        self.finish()

    def _subscribe(self) -> None:
        sensor = qos.sensor_subscription(self._values['input_reliability'])
        # What is ready at the same time is handled in this order: the road before what is on it.
        self._inputs = [
            self.create_subscription(String, '~/input/road', self._on_road, qos.LATCHED),
            self.create_subscription(Path, '~/input/path', self._on_path, qos.LATCHED),
            self.create_subscription(Odometry, '~/input/odometry', self._on_odometry, sensor),
            self.create_subscription(PointCloud2, '~/input/objects', self._on_objects, sensor),
        ]
        self._reset = self.create_service(Trigger, '~/reset', self._on_reset)

    def _on_road(self, message: String) -> None:
        self._take_road(lambda: Road.from_json(message.data))

    def _on_path(self, message: Path) -> None:
        points = [(p.pose.position.x, p.pose.position.y) for p in message.poses]
        self._take_road(lambda: road_from_path(points, **{
            name: self._values[name] for name in ('lane_count', 'lane_width', 'path_lane')}))

    def _take_road(self, make_road: Callable[[], Road]) -> None:
        assert self._loop is not None
        try:
            self._loop.road(make_road)
        except RoadError as error:
            self.get_logger().error(str(error))

    def _on_odometry(self, message: Odometry) -> None:
        self._take('odometry', lambda loop, now_ns: loop.odometry(
            odometry_to_ego(message), message.header.frame_id, now_ns))

    def _on_objects(self, message: PointCloud2) -> None:
        self._take('objects', lambda loop, now_ns: loop.objects(
            cloud_to_objects(message), stamp_to_ns(message.header.stamp),
            message.header.frame_id, now_ns))

    def _take(
        self, source: str, offer: Callable[[ControlLoop, int], Command | None],
    ) -> None:
        if self._timer is None or self._loop is None:
            return
        now_ns = time.monotonic_ns()
        try:
            command = offer(self._loop, now_ns)
        except InvalidInput as error:
            self._loop.refuse(source, error, now_ns)
            self.get_logger().warning(str(error), throttle_duration_sec=1.0)
            return
        if command is not None:
            self._output.answer(command)
            took_ms = (time.monotonic_ns() - now_ns) * 1e-6
            self._output.took(took_ms)
            self._health.answered(took_ms)

    def _on_timer(self) -> None:
        assert self._loop is not None
        output = self._loop.look(time.monotonic_ns())
        if output.publish:
            self._output.unasked(output.speed, output.yaw_rate)
        self._health.looked(output)

    def _on_reset(self, _: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        assert self._loop is not None
        self._loop.reset()
        response.success = self._timer is not None
        response.message = 'control state cleared' if response.success else 'not active'
        return response

    def _halt(self) -> None:
        if self._loop is not None and self._loop.stopping_matters:
            self._output.unasked(0.0, 0.0)
            self._output.flush()


def main() -> None:
    """Run the node as a process."""
    main_of('policy', PolicyNode)


if __name__ == '__main__':
    main()
