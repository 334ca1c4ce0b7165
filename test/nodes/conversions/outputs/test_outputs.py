# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Every output against the fields that its message type was published with."""


from builtin_interfaces.msg import Time
from geometry_msgs.msg import TwistStamped
import pytest
from rclpy.serialization import deserialize_message, serialize_message
from sensor_msgs.msg import JointState
from std_msgs.msg import Header

from drl_prune_ros.control.command import Motion
from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.nodes.conversions.outputs import ackermann, autoware, load_output, twist

STAMP = Time(sec=3, nanosec=4)
LEFT = Motion(speed=7.0, acceleration=-1.5, steering=0.2, yaw_rate=0.5)
RIGHT = Motion(speed=-2.0, acceleration=1.5, steering=-0.2, yaw_rate=0.1)

# ackermann_msgs/msg/AckermannDrive.msg and AckermannDriveStamped.msg
ACKERMANN_DRIVE = ('steering_angle', 'steering_angle_velocity', 'speed', 'acceleration', 'jerk')
# autoware_control_msgs/msg/Control.msg, Lateral.msg, Longitudinal.msg
LATERAL = ('stamp', 'control_time', 'steering_tire_angle', 'steering_tire_rotation_rate',
           'is_defined_steering_tire_rotation_rate')
LONGITUDINAL = ('stamp', 'control_time', 'velocity', 'acceleration', 'jerk',
                'is_defined_acceleration', 'is_defined_jerk')


class Message:
    """A stand-in for a message: it has these fields and no others, as a real one."""

    def __init__(self, **fields):
        self.__dict__.update(fields)

    def __setattr__(self, name, value):
        assert name in self.__dict__, f'the message has no field {name}'
        self.__dict__[name] = value


def empty(fields, without=()):
    return Message(**{name: 0 for name in fields if name not in without})


@pytest.mark.parametrize('motion', [LEFT, RIGHT])
def test_twist(motion):
    message = TwistStamped()
    twist.fill(message, motion, STAMP, 'base_link')
    assert (message.header.stamp, message.header.frame_id) == (STAMP, 'base_link')
    assert (message.twist.linear.x, message.twist.angular.z) == (motion.speed, motion.yaw_rate)


@pytest.mark.parametrize('motion', [LEFT, RIGHT])
@pytest.mark.parametrize('frame_id', ['', 'car', 'base_link', 'é'])
def test_the_bytes_of_a_twist_are_those_of_the_message(motion, frame_id):
    message = TwistStamped()
    twist.fill(message, motion, STAMP, frame_id)
    data = load_output('twist').message(motion, 3_000_000_004, frame_id)
    assert len(data) == len(serialize_message(message))   # what pads them may be anything
    assert deserialize_message(data, TwistStamped) == message


@pytest.mark.parametrize('motion', [LEFT, RIGHT])
def test_vector(motion):
    message = load_output('vector').message(motion, 3_000_000_004, 'base_link')
    assert isinstance(message, JointState)
    assert (message.header.stamp, message.header.frame_id) == (STAMP, 'base_link')
    assert dict(zip(message.name, message.position, strict=True)) == {
        name: getattr(motion, name) for name in ('speed', 'acceleration', 'steering', 'yaw_rate')}


@pytest.mark.parametrize('motion', [LEFT, RIGHT])
def test_ackermann(motion):
    message = Message(header=Header(), drive=empty(ACKERMANN_DRIVE))
    ackermann.fill(message, motion, STAMP, 'base_link')
    assert (message.header.stamp, message.header.frame_id) == (STAMP, 'base_link')
    # Speed has a sign, its acceleration is a magnitude; the wheel turns to the left.
    assert message.drive.__dict__ == {
        'speed': motion.speed, 'acceleration': 1.5, 'jerk': 0, 'steering_angle': motion.steering,
        'steering_angle_velocity': 0}


@pytest.mark.parametrize('motion', [LEFT, RIGHT])
@pytest.mark.parametrize('without', [(), ('control_time',)])
def test_autoware(motion, without):
    message = Message(
        **{name: Time() for name in ('stamp', 'control_time') if name not in without},
        lateral=empty(LATERAL, without), longitudinal=empty(LONGITUDINAL, without))
    autoware.fill(message, motion, STAMP, 'base_link')
    for part in (message, message.lateral, message.longitudinal):
        assert part.stamp == part.__dict__.get('control_time', STAMP) == STAMP
    assert message.lateral.steering_tire_angle == motion.steering
    assert not message.lateral.is_defined_steering_tire_rotation_rate
    longitudinal = message.longitudinal
    assert (longitudinal.velocity, longitudinal.acceleration) == (
        motion.speed, motion.acceleration)
    assert longitudinal.is_defined_acceleration and not longitudinal.is_defined_jerk


@pytest.mark.parametrize(('name', 'package'), [
    ('ackermann', 'ros-jazzy-ackermann-msgs'), ('autoware', 'ros-jazzy-autoware-control-msgs')])
def test_a_type_that_is_not_installed_names_its_package(
        monkeypatch, no_vehicle_messages, name, package):
    monkeypatch.setenv('ROS_DISTRO', 'jazzy')
    adapter = {'ackermann': ackermann, 'autoware': autoware}[name]
    with pytest.raises(DrlPruneError, match=f'{adapter.MESSAGE}.*sudo apt install {package}'):
        load_output(name)


@pytest.mark.parametrize('name', ['', 'carla'])
def test_an_output_has_to_be_chosen(name):
    with pytest.raises(DrlPruneError, match='one of twist, ackermann, autoware, vector'):
        load_output(name)
