# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The policy node: sensor topics in, a command out."""

from __future__ import annotations

from collections.abc import Callable
import gc
from typing import Any

from rclpy.lifecycle import LifecycleNode, TransitionCallbackReturn
from std_msgs.msg import String
from std_srvs.srv import SetBool, Trigger

from drl_prune_ros.control.control_loop import ComponentLoop, MotionLoop
from drl_prune_ros.control.loop_factory import LoopSettings, make_control_loop
from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.nodes.common import qos
from drl_prune_ros.nodes.common.lifecycle import transition
from drl_prune_ros.nodes.common.parameters import declare, validate_changes
from drl_prune_ros.nodes.common.process import (
    main_of,
    spin,
    SpinOnce,
    StartFailed,
    wait_until,
)
from drl_prune_ros.nodes.conversions.outputs import load_output
from drl_prune_ros.nodes.policy_node.command_publisher import CommandPublisher
from drl_prune_ros.nodes.policy_node.diagnostics import PolicyHealth
from drl_prune_ros.nodes.policy_node.engagement import Engagement, ServiceResult
from drl_prune_ros.nodes.policy_node.inputs import PolicyInputs
from drl_prune_ros.nodes.policy_node.loaded_policy import (
    check_lockstep,
    is_lockstep,
    load_policy,
    load_vehicle,
    LoadedPolicy,
)
from drl_prune_ros.nodes.policy_node.parameters import POLICY_PARAMETERS
from drl_prune_ros.perception.lane_json import RoadError
from drl_prune_ros.perception.road import Road


class PolicyNode(LifecycleNode):
    """Drives with one policy file while it is active, and the vehicle once it is engaged."""

    def __init__(self) -> None:
        super().__init__('policy')
        self._values = declare(self, POLICY_PARAMETERS)
        self._model = self.create_publisher(String, '~/output/model', qos.LATCHED)
        self._health = PolicyHealth(self)
        self._publisher: CommandPublisher | None = None
        self._inputs: PolicyInputs | None = None
        self._loaded: LoadedPolicy | None = None
        self._loop: MotionLoop | ComponentLoop | None = None
        self._engagement: Engagement | None = None
        self._awaits_policy = False   # that can be driven with, to start by itself
        self.create_service(Trigger, '~/reset', self._on_reset)
        self.create_service(Trigger, '~/stop', self._on_stop)
        self.create_service(SetBool, '~/engage', self._on_engage)
        validate_changes(self, 'policy', self._check_policy, self._swap)

    def run(self, spin_once: SpinOnce) -> None:
        """
        Start, unless somebody else will, and answer inputs until a signal arrives.

        Without a policy that it can drive with, the node stays, inactive, and starts when the
        parameter policy is set to one. Another parameter that cannot be used ends it.
        """
        if self._values['autostart'] and not self._start() and not self._awaits_policy:
            raise StartFailed
        spin(spin_once)

    def _start(self) -> bool:
        return all(start() == TransitionCallbackReturn.SUCCESS for start in (
            self.trigger_configure, self.trigger_activate))

    @property
    def moves(self) -> bool:
        """Return whether the vehicle may be moving by its commands."""
        return self._engagement is not None and self._engagement.moves

    def begin_stop(self, reason: str) -> None:
        """Brake, and keep to the lane: the node ends when the vehicle stands."""
        assert self._engagement is not None   # since something moves
        self._engagement.begin_end(f'{reason} ends the drive: the vehicle brakes first')

    def finish(self) -> None:
        """Command a stop, if the vehicle may be moving, and publish a last diagnostic status."""
        self._halt()
        self._health.last()

    def failed(self, reason: str) -> None:
        """Publish on /diagnostics why a transition failed."""
        self._health.failed(reason)

    @transition
    def on_configure(self) -> None:
        """Load the policy, check that this node can serve it, and subscribe."""
        self._awaits_policy = False
        check_lockstep(self._values)
        output = load_output(self._values['output_type'])
        profile = load_vehicle(self._values)
        self._awaits_policy = self._values['autostart']
        loaded = load_policy(self.get_parameter('policy').value, self._values, profile)
        self._awaits_policy = False
        self._publisher = CommandPublisher(
            self, output, self._values['base_frame'], self._values['output_stamp'])
        self._use(loaded, self._publisher)

    @transition
    def on_activate(self) -> None:
        """Start to answer inputs, in shadow and without earlier control state."""
        assert self._loop is not None and self._publisher is not None and self._inputs is not None
        assert self._loaded is not None
        self._engagement = Engagement(
            self, self._loop, self._publisher, self._health, is_lockstep(self._values),
            self._loaded.wanted_speeds)
        self._inputs.engagement = self._engagement

    @transition
    def on_deactivate(self) -> None:
        """Stop the vehicle and answer no more."""
        self._brake('deactivation')
        self._halt()

    @transition
    def on_cleanup(self) -> None:
        """Forget the policy."""
        self._forget()

    @transition
    def on_shutdown(self) -> None:
        """Stop the vehicle."""
        self._brake('a shutdown')
        self._halt()

    @transition
    def on_error(self) -> None:
        """Stop the vehicle and forget the policy, so that the node can be configured again."""
        self._halt()
        self._forget()

    def _brake(self, why: str) -> None:
        """Stop the vehicle before a transition; no message is taken meanwhile."""
        if self.moves:
            self.begin_stop(why)
            wait_until(lambda: not self.moves)

    def _halt(self) -> None:
        if self._inputs is not None:
            self._inputs.engagement = None
        if self._engagement is not None:
            self._engagement.end()
            self._engagement = None

    def _forget(self) -> None:
        for part in (self._inputs, self._publisher):
            if part is not None:
                part.close()
        self._inputs = self._publisher = self._loaded = self._loop = None

    def _use(self, loaded: LoadedPolicy, publisher: CommandPublisher) -> None:
        """Drive with a policy from now on, on the road that is known."""
        loop = make_control_loop(loaded.driver, publisher, LoopSettings(
            self._values['input_timeout'], is_lockstep(self._values),
            self._values['base_link_to_center'], self._values['sync_tolerance']))
        if self._loop is not None:
            loop.adopt_road(self._loop)
        self._loaded, self._loop = loaded, loop
        if self._inputs is None or not self._inputs.serves(loaded):
            if self._inputs is not None:
                self._inputs.close()
            self._inputs = PolicyInputs(self, self._values, loaded, self._on_road)
            self._inputs.engagement = self._engagement
        if self._engagement is not None:
            self._engagement.swap(loop, loaded.wanted_speeds)
        self._health.configured(loop, loaded.about())
        self._model.publish(String(data=loaded.model()))
        # What was loaded until now stays loaded: full collections need not go through it again.
        gc.collect()
        gc.freeze()
        self.get_logger().info(str(loaded))

    def _check_policy(self, path: str) -> LoadedPolicy | None:
        """Load another policy; raises DrlPruneError where the node cannot drive with it."""
        if self._loaded is None and not self._awaits_policy:
            return None   # to be loaded when the node is configured
        if self._engagement is not None and self._engagement.engaged:
            raise DrlPruneError(
                'a policy is swapped in shadow alone: call ~/engage with false first')
        loaded = load_policy(path, self._values, load_vehicle(self._values))
        if self._loop is not None and self._loop.known_road is not None:
            loaded.driver.set_road(self._loop.known_road[0])
        return loaded

    def _swap(self, loaded: LoadedPolicy | None) -> None:
        if loaded is not None and self._awaits_policy:
            self._start()
        elif loaded is not None:
            assert self._publisher is not None   # since a policy is loaded
            self._use(loaded, self._publisher)

    def _on_road(self, make_road: Callable[[], Road], frame_id: str, source: str) -> None:
        assert self._loop is not None
        try:
            self._loop.on_road(make_road, frame_id, source)
        except RoadError as error:
            self.get_logger().error(str(error))
            return
        if not self._loop.known_road or not self._loop.known_road[1]:
            self.get_logger().warning(
                f'the {source} names no frame_id: it is taken to be in the frame of the odometry',
                once=True)

    def _on_reset(self, _: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        return self._done(response, lambda engagement: engagement.reset())

    def _on_stop(self, _: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        return self._done(response, lambda engagement: engagement.stop())

    def _on_engage(self, request: SetBool.Request, response: SetBool.Response) -> SetBool.Response:
        return self._done(response, lambda engagement: engagement.engage(request.data))

    def _done(self, response: Any, work: Callable[[Engagement], ServiceResult]) -> Any:
        done = (False, 'not active') if self._engagement is None else work(self._engagement)
        response.success, response.message = done
        return response


def main() -> None:
    """Run the node as a process."""
    main_of('policy', PolicyNode)
