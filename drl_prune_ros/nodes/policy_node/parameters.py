# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The parameters of the policy node."""

from drl_prune_ros.nodes.common import qos
from drl_prune_ros.nodes.common.parameters import Parameter
from drl_prune_ros.nodes.common.process import EXECUTOR
from drl_prune_ros.nodes.conversions.object_inputs import ADAPTERS as OBJECT_INPUTS
from drl_prune_ros.nodes.conversions.outputs import ADAPTERS
from drl_prune_ros.policy.runtime import RUNTIMES

POLICY_PARAMETERS = (
    Parameter(
        'policy', '',
        'Path of the policy file (.onnx) to drive with. Another one may be set in shadow: it is '
        'loaded and checked first, and the old one is kept where it cannot be driven with. A node '
        'that could not start for want of one starts with it.',
        changeable=True),
    Parameter(
        'runtime', 'numpy', 'What computes the network; onnxruntime needs the package.',
        choices=RUNTIMES),
    Parameter(
        'vehicle_profile', 'passenger_car',
        'Gains, limits and stops of the vehicle: the name of a file in config/vehicles, or the '
        'path of one. highway_env has no limits and is for the simulator.'),
    Parameter(
        'wheelbase', 0.0, 'Distance of the axles, m; 0 takes that of the vehicle profile.',
        low=0.0, high=20.0),
    Parameter(
        'base_link_to_center', 0.0,
        'Distance from the frame of the odometry (child_frame_id) forward to the center of the '
        'vehicle, m; half the wheelbase where that frame is at the rear axle.',
        low=-20.0, high=20.0),
    Parameter(
        'objects_type', 'cloud',
        "What objects arrive as: a PointCloud2 (cloud), or Autoware's TrackedObjects (tracked) or "
        'PredictedObjects (predicted).', choices=OBJECT_INPUTS),
    Parameter(
        'output_type', '',
        f'The message that a command leaves as: {", ".join(ADAPTERS)}. There is no default. '
        f'vector also passes on continuous actions that are neither steering nor acceleration.'),
    Parameter(
        'autostart', True,
        'Configure and activate on start. When false, a lifecycle manager does.'),
    Parameter(
        'output_stamp', 'now',
        'Stamp of a command: the time of the node, or, for lock-step with a simulator, the stamp '
        'of the input that it answers.', choices=('now', 'input')),
    Parameter(
        'input_reliability', 'best_effort',
        'How odometry and sensors are subscribed to; reliable is for lock-step, where a lost '
        'message would hold up everything.', choices=('best_effort', 'reliable')),
    Parameter(
        'sync_tolerance', 0.0,
        'How far, s, the stamps of sensors may lie from that of the odometry that they are used '
        'with; 0 for not at all. The latest odometry goes with the nearest reading of each, and '
        'objects are moved on to its stamp. input_timeout has to leave room: see docs/vehicle.md.',
        low=0.0, high=0.5),
    Parameter(
        'input_timeout', 0.5,
        'Age of the last set of inputs that was answered, s, at which the vehicle is stopped.',
        low=0.05, high=10.0),
    Parameter('base_frame', 'base_link', 'Frame of the command: x forward, y left.'),
    Parameter(
        'lane_count', 3, 'Number of lanes, where the road arrives as a path.', low=1, high=16),
    Parameter(
        'lane_width', 4.0, 'Width of a lane, m, where the road arrives as a path.',
        low=0.5, high=20.0),
    Parameter(
        'path_lane', 0, 'Lane that the path runs along, leftmost 0.', low=0, high=15),
    Parameter(
        'road_durability', 'transient_local',
        'Durability of the subscription to ~/input/road; volatile where its publisher is, which '
        'then has to publish again for a node that starts later.', choices=qos.DURABILITIES),
    Parameter(
        'path_durability', 'transient_local',
        'The same of ~/input/path; most planners publish volatile, again and again.',
        choices=qos.DURABILITIES),
    EXECUTOR,
)
