# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Objects of Autoware against the fields that its messages were published with."""

import math
from types import SimpleNamespace as Message

from geometry_msgs.msg import Point32, Pose, Quaternion, Twist, Vector3
import pytest
from sensor_msgs.msg import PointCloud2

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.nodes.conversions.object_inputs import load_object_input, predicted, tracked
from drl_prune_ros.perception.scene import InvalidInput

# TrackedObjectKinematics.msg and PredictedObjectKinematics.msg
POSE = {tracked: 'pose_with_covariance', predicted: 'initial_pose_with_covariance'}
TWIST = {tracked: 'twist_with_covariance', predicted: 'initial_twist_with_covariance'}


def found(adapter, x, y, yaw, ahead, left=0.0, size=(4.5, 1.8), footprint=(), number=7):
    """Return an object: object_id, kinematics and shape are read of it."""
    pose, twist = Pose(), Twist()
    pose.position.x, pose.position.y = x, y
    pose.orientation = Quaternion(z=math.sin(yaw / 2), w=math.cos(yaw / 2))
    twist.linear.x, twist.linear.y = ahead, left
    return Message(
        object_id=Message(uuid=[0] * 7 + [number] + [9] * 8),
        kinematics=Message(**{
            POSE[adapter]: Message(pose=pose), TWIST[adapter]: Message(twist=twist)}),
        shape=Message(
            dimensions=Vector3(x=size[0], y=size[1]),
            footprint=Message(points=[Point32(x=x, y=y) for x, y in footprint])))


@pytest.mark.parametrize('adapter', [tracked, predicted])
def test_an_object_to_the_left_that_crosses_to_the_right(adapter):
    objects = adapter.to_objects(Message(objects=[
        found(adapter, 30.0, 6.0, -math.pi / 2, ahead=8.0, left=1.0),
        found(adapter, 5.0, -4.0, 0.0, ahead=20.0, number=8)]))
    # Its twist is in its own axes: 8 m/s ahead is to the right, 1 m/s left is forwards.
    assert objects.x.tolist() == [30.0, 5.0] and objects.y.tolist() == [6.0, -4.0]
    assert objects.vx.tolist() == pytest.approx([1.0, 20.0])
    assert objects.vy.tolist() == pytest.approx([-8.0, 0.0])
    assert objects.yaw.tolist() == pytest.approx([-math.pi / 2, 0.0])
    assert objects.length.tolist() == [4.5, 4.5] and objects.width.tolist() == [1.8, 1.8]
    assert objects.id.tolist() == [7, 8]


@pytest.mark.parametrize('adapter', [tracked, predicted])
def test_a_polygon_is_as_large_as_its_footprint(adapter):
    objects = adapter.to_objects(Message(objects=[found(
        adapter, 1.0, 2.0, 0.0, 3.0, size=(0.0, 0.0),
        footprint=[(-1.0, -0.5), (2.0, 0.5), (0.0, 1.0)])]))
    assert (objects.length[0], objects.width[0]) == (3.0, 1.5)


@pytest.mark.parametrize('adapter', [tracked, predicted])
def test_none_are_none_and_nonsense_is_refused(adapter):
    assert len(adapter.to_objects(Message(objects=[]))) == 0
    bad = found(adapter, math.nan, 0.0, 0.0, 1.0)
    with pytest.raises(InvalidInput, match='NaN'):
        adapter.to_objects(Message(objects=[bad]))
    bad = found(adapter, 0.0, 0.0, 0.0, 1.0)
    getattr(bad.kinematics, POSE[adapter]).pose.orientation = Quaternion(w=0.0)
    with pytest.raises(InvalidInput, match='no rotation'):
        adapter.to_objects(Message(objects=[bad]))


def test_the_cloud_is_always_there():
    assert load_object_input('cloud').message_type is PointCloud2


@pytest.mark.parametrize('name', ['tracked', 'predicted'])
def test_a_type_that_is_not_installed_names_its_package(no_vehicle_messages, name):
    with pytest.raises(DrlPruneError, match=r'apt install ros-.*-autoware-perception-msgs'):
        load_object_input(name)
    with pytest.raises(DrlPruneError, match='choose from cloud, tracked, predicted'):
        load_object_input('radar')
