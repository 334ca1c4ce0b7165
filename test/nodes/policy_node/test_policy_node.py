# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The policy node as a process, met over its topics and services."""


import json
import math
import os

from geometry_msgs.msg import PoseStamped
from nav_msgs.msg import Path as PathMessage
import pytest
from rcl_interfaces.msg import Parameter, ParameterType, ParameterValue
from rcl_interfaces.srv import SetParameters
from std_msgs.msg import String
from std_srvs.srv import Trigger

from drl_prune_ros.control.driver import make_motion_driver
from drl_prune_ros.control.profile import load_profile
from drl_prune_ros.nodes.conversions.messages import ego_to_odometry, message_to_decision
from drl_prune_ros.nodes.conversions.object_cloud import objects_to_cloud
from drl_prune_ros.nodes.conversions.stamps import stamp_to_ns
from drl_prune_ros.perception.path_road import road_from_path
from drl_prune_ros.perception.scene import Objects
from drl_prune_ros.policy.policy_file import read_policy
from drl_prune_ros.policy.runtime import load_runtime

PERIOD = 200_000_000
ROAD = road_from_path([(0, 0), (10_000, 0)], 3, 4.0, 0)


def test_commands_are_those_of_the_driver(car, highway_policy):
    driver = make_motion_driver(load_runtime(highway_policy), load_profile('highway_env'))
    driver.set_road(ROAD)
    for _ in range(7):
        message = car.drive()
        expected = driver.step(car.ego(), Objects.none())
        assert message.header.frame_id == 'base_link'
        assert message.twist.linear.x == expected.speed
        assert message.twist.angular.z == expected.yaw_rate
        car.peer.until(lambda: [
            decision for decision in car.decisions
            if stamp_to_ns(decision.header.stamp) == car.stamp_ns], 'the decision')
        assert message_to_decision(car.decisions[-1]) == expected.decision


def test_what_a_command_answers_goes_out_beside_it(car):
    car.drive()
    car.peer.until(lambda: car.answered, 'the stamp that was answered')
    assert stamp_to_ns(car.answered[-1].time_ref) == car.stamp_ns


def test_the_model_is_latched(car, node, highway_policy):
    model = json.loads(car.models[0].data)
    policy = read_policy(highway_policy)
    assert (model.pop('pid'), model.pop('host')) == (node.process.pid, os.uname().nodename)
    assert model == {
        'file': str(highway_policy), 'sha256': policy.sha256, 'runtime': 'numpy',
        'wanted_speeds': '20 to 30 m/s', 'headway_guard': 'off',
        'manifest': json.loads(policy.manifest.to_json())}


def test_a_stamp_again_gets_the_same_command_again(car):
    first = car.drive(2)
    heard = len(car.answers())
    car.send()
    car.peer.until(lambda: len(car.answers()) > heard, 'the same again')
    assert car.answers()[-1] == first


def test_a_reset_clears_the_control_state(car):
    car.drive(3)
    car.peer.until(lambda: car.decisions, 'a decision')
    car.reset()
    car.peer.until(
        lambda: car.diagnostics and any('no odometry' in s.message for s in car.statuses()),
        'waiting for inputs')
    assert not car.commands


@pytest.mark.parametrize('silent', ['odometry', 'objects', 'both'])
def test_a_silent_sensor_stops_the_vehicle(car, silent):
    speed = car.drive(2).twist.linear.x

    def send():
        car.stamp_ns += PERIOD // 10
        if silent == 'objects':
            car.odometry.publish(ego_to_odometry(car.ego(), 'map', 'base_link'))
        elif silent == 'odometry':
            car.objects.publish(objects_to_cloud(Objects.none(), car.stamp_ns, 'map'))
    words = ['no odometry', 'no objects'] if silent == 'both' else [f'no {silent}']
    car.until_error(*words, send=send)
    car.peer.until(lambda: 0 < car.commands[-1].twist.linear.x < speed - 0.5, 'slower commands')
    # Commands that answer nothing carry the time of the node.
    assert car.commands[-1].header.stamp.sec > 1_000_000_000
    assert car.drive().twist.linear.x > 0, 'it drives on when the sensors are back'


def test_odometry_that_is_not_finite_stops_the_vehicle(car):
    car.drive()

    def send():
        car.stamp_ns += PERIOD // 10
        message = ego_to_odometry(car.ego(), 'map', 'base_link')
        message.twist.twist.linear.x = math.nan
        car.send(odometry=message)
    car.until_error('speed of the odometry is nan', send=send)


@pytest.mark.parametrize(('spoil', 'complaint'), [
    (lambda cloud: setattr(cloud, 'fields', cloud.fields[:3]), 'looks like lidar'),
    (lambda cloud: setattr(cloud, 'width', 5), '5 points'),
    (lambda cloud: setattr(cloud.header, 'frame_id', 'velodyne'), "frame 'velodyne'"),
], ids=['lidar', 'truncated', 'frame'])
def test_a_cloud_that_cannot_be_used_stops_the_vehicle(car, spoil, complaint):
    car.drive()

    def send():
        car.stamp_ns += PERIOD // 10
        cloud = objects_to_cloud(Objects.none(), car.stamp_ns, 'map')
        spoil(cloud)
        car.send(objects=cloud)
    car.until_error(complaint, send=send)


def test_a_bad_road_is_told_and_the_good_one_kept(car, node):
    for text, complaint in (('{"format"', 'not JSON'), ('{"format": "x"}', '"format" is not')):
        car.road.publish(String(data=text))
        car.peer.until(lambda told=complaint: told in node.log, complaint)
    car.path.publish(PathMessage(poses=[PoseStamped()]))
    car.peer.until(lambda: 'fewer than two' in node.log, 'a path that is none')
    car.drive()


def test_in_shadow_nothing_goes_to_the_vehicle(car):
    car.drive()
    assert car.engage(False).success
    car.commands.clear()
    car.shadow.clear()
    for _ in range(3):
        car.stamp_ns += PERIOD

        def answered():
            car.send()
            return any(stamp_to_ns(m.header.stamp) == car.stamp_ns for m in car.shadow)
        car.peer.until(answered, 'a command in shadow')
    assert not car.commands
    car.until_error('no good input', 'no odometry for')
    assert not car.commands, 'a stop in shadow is none of the vehicle'
    car.peer.until(lambda: car.shadow[-1].twist.linear.x < 25.0, 'a stop in shadow')


def test_the_vehicle_is_not_taken_over_blindly(car):
    car.engage(False)
    car.stamp_ns += PERIOD
    car.peer.until(lambda: car.send() or car.shadow, 'a command in shadow')
    car.diagnostics.clear()
    car.until_error('no good input', 'no odometry for')
    answer = car.engage()
    assert not answer.success
    assert 'input missing: no odometry' in answer.message


def test_a_stop_is_comfortable_and_lasts_until_it_is_engaged_again(car):
    speed = car.drive(2).twist.linear.x
    assert car.peer.call(Trigger, '/policy/stop', Trigger.Request()).success

    def slower():
        car.stamp_ns += PERIOD
        car.send()
        return car.commands[-1].twist.linear.x < speed - 0.2
    car.peer.until(slower, 'slower commands')
    states = {pair.value for status in car.statuses() for pair in status.values
              if pair.key in ('state', 'fault')}
    assert {'comfortable stop', 'stop requested'} <= states
    assert car.engage().success
    assert car.drive()


def test_a_policy_is_swapped_in_shadow(car, set_policy, highway_policy, vector_policy, tmp_path):
    other = tmp_path / 'other.onnx'
    other.write_bytes(highway_policy.read_bytes())
    car.drive()
    refused = set_policy(other)
    assert not refused.successful
    assert 'in shadow alone' in refused.reason

    car.engage(False)
    broken = tmp_path / 'broken.onnx'
    broken.write_bytes(highway_policy.read_bytes()[:-100])
    for path, complaint in (
        (broken, 'broken.onnx'), (tmp_path / 'nowhere.onnx', 'does not exist'),
        (vector_policy, 'vector'),
    ):
        refused = set_policy(path)
        assert not refused.successful
        assert complaint in refused.reason
    car.models.clear()
    assert set_policy(other).successful
    car.peer.until(lambda: car.models, 'the new model')
    assert json.loads(car.models[-1].data)['file'] == str(other)
    # The road is still known.
    assert car.engage().success
    assert car.drive(2)
    assert car.engage(False).success
    assert set_policy(highway_policy).successful


def test_what_is_fixed_while_it_drives_cannot_be_set(car):
    value = ParameterValue(type=ParameterType.PARAMETER_DOUBLE, double_value=9.0)
    result = car.peer.call(SetParameters, '/policy/set_parameters', SetParameters.Request(
        parameters=[Parameter(name='input_timeout', value=value)])).results[0]
    assert not result.successful
