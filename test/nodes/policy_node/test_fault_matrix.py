# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
Every fault in every safety state, through real topics.

Whatever is sent, no command may be anything but finite and within the vehicle profile, from one to
the next. pytest -s prints the matrix.
"""

import json
import os
import subprocess
import sys
import time

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from nav_msgs.msg import Path as PathMessage
import numpy as np
import pytest
from std_msgs.msg import String

from drl_prune_ros.benchmark.stop_latency import SPIN
from drl_prune_ros.nodes.conversions.messages import ego_to_odometry
from drl_prune_ros.nodes.conversions.object_cloud import objects_to_cloud
from drl_prune_ros.perception.scene import Objects

HOUR_NS = 3600 * 10**9   # nanoseconds
LITTLE_ENDIAN, BIG_ENDIAN = b'\0\1\0\0', b'\0\0\0\0'
STATES = ('waiting', 'driving', 'holding', 'comfortable stop', 'emergency stop', 'standstill')


def spoilt_odometry(rig, **changed):
    rig.good(odometry=False)
    message = ego_to_odometry(rig.ego(), 'map', 'base_link')
    for name, value in changed.items():
        if name == 'w':
            message.pose.pose.orientation.w = value
        elif name == 'frame':
            message.header.frame_id = value
        elif name == 'x':
            message.pose.pose.position.x = value
        else:
            message.twist.twist.linear.x = value
    rig.odometry.publish(message)


def spoilt_cloud(rig, spoil, count=3):
    rig.good(objects=False)
    row = np.zeros(count)
    cloud = objects_to_cloud(
        Objects(x=row, y=row, vx=row, vy=row, yaw=row, length=row, width=row, id=row),
        rig.stamp_ns, 'map')
    spoil(cloud)
    rig.objects.publish(cloud)


def nan_in(cloud):
    cloud.data[:8] = type(cloud.data)('B', np.array([np.nan]).tobytes())


def noise(rig, publisher, byte_order, **without):
    rig.good(**without)
    publisher.publish(byte_order + b'\x7f' * 99)


def jump(rig, nanoseconds):
    rig.stamp_ns += nanoseconds
    rig.good()


def burst(rig):
    """Send sets as quickly as this process can, which is about a thousand a second."""
    for _ in range(60):
        rig.good()


def duplicate(rig):
    rig.good()
    rig.stamp_ns -= rig.PERIOD_NS
    rig.good()


def reordered(rig):
    rig.stamp_ns += 2 * rig.PERIOD_NS
    rig.good()
    rig.stamp_ns -= 3 * rig.PERIOD_NS
    rig.good()
    rig.stamp_ns += 2 * rig.PERIOD_NS


def nonsense_road(rig):
    rig.road.publish(String(data='{"format": [[['))
    rig.path.publish(PathMessage())
    rig.good()


def swap(rig):
    assert not rig.barrier().successful
    rig.good()


# What is sent at the control rate, and where that leads while driving.
FAULTS = {
    'position NaN': (lambda rig: spoilt_odometry(rig, x=float('nan')), 'input invalid'),
    'speed infinite': (lambda rig: spoilt_odometry(rig, speed=float('-inf')), 'input invalid'),
    'speed 1e300': (lambda rig: spoilt_odometry(rig, speed=1e300), 'outside the contract'),
    'no rotation': (lambda rig: spoilt_odometry(rig, w=0.0), 'input invalid'),
    'another frame': (lambda rig: spoilt_odometry(rig, frame='mars'), 'input invalid'),
    'object NaN': (lambda rig: spoilt_cloud(rig, nan_in), 'input invalid'),
    'no objects': (lambda rig: spoilt_cloud(rig, lambda cloud: None, 0), ''),
    '20,000 objects': (lambda rig: spoilt_cloud(rig, lambda cloud: None, 20_000), ''),
    'cloud truncated': (
        lambda rig: spoilt_cloud(rig, lambda cloud: cloud.data.pop()), 'input invalid'),
    'cloud is lidar': (
        lambda rig: spoilt_cloud(rig, lambda cloud: setattr(cloud, 'fields', cloud.fields[:3])),
        'input invalid'),
    'odometry is noise': (
        lambda rig: noise(rig, rig.odometry, LITTLE_ENDIAN, odometry=False), 'input invalid'),
    'cloud is noise': (
        lambda rig: noise(rig, rig.objects, BIG_ENDIAN, objects=False), 'input invalid'),
    'road nonsense': (nonsense_road, ''),
    'stamps twice': (duplicate, ''),
    'stamps reordered': (reordered, ''),
    'clock back': (lambda rig: jump(rig, -HOUR_NS), ''),
    'clock ahead': (lambda rig: jump(rig, HOUR_NS), ''),
    'odometry silent': (lambda rig: rig.good(odometry=False), 'input missing'),
    'objects silent': (lambda rig: rig.good(objects=False), 'input missing'),
    'burst': (burst, ''),
    'broken policy': (swap, ''),
}


MATRIX = {}


@pytest.fixture(scope='module', autouse=True)
def printed():
    yield
    print()
    for fault in FAULTS:
        print(f'{fault:18}', *(f'{MATRIX.get((fault, state), ""):26}' for state in STATES))


def check(rig, fault, state):
    MATRIX[fault, state] = f'{rig.state}{", " if rig.fault != "none" else ""}' + (
        rig.fault if rig.fault != 'none' else '')
    assert rig.broken == [], (fault, state)


def test_while_driving_each_leads_to_its_reaction(rig):
    rig.enter('driving')
    for name, (send, fault) in FAULTS.items():
        rig.speed = 20.0
        rig.until('driving', rig.good)
        rig.seen.clear()
        if fault:
            expected = 'comfortable stop' if fault.startswith('outside') else 'emergency stop'
            rig.until_seen(expected, fault, send)
        else:
            commands = rig.commands
            rig.until('driving', lambda send=send: send(rig))
            rig.peer.until(lambda was=commands: rig.commands > was, name)
        check(rig, name, 'driving')


@pytest.mark.parametrize('state', ['comfortable stop', 'emergency stop', 'standstill', 'waiting'])
def test_in_every_other_state_commands_stay_within_the_profile(rig, state):
    rig.enter(state)
    for name, (send, fault) in FAULTS.items():
        rig.state = state
        send(rig)
        if not fault and state in ('emergency stop', 'waiting', 'standstill'):
            # Good input after all, and so it drives on.
            rig.until('driving', rig.good)
            check(rig, name, state)
            rig.enter(state)
            continue
        rig.barrier()
        if state == 'comfortable stop':
            rig.good()   # what is asked for outlasts good input
        # On a busy machine the inputs may come too late for a comfortable stop.
        assert fault or rig.state in (state, 'emergency stop'), name
        check(rig, name, state)
        if rig.state != state:
            rig.enter(state)
    assert rig.commands > 0


def test_while_holding_commands_stay_within_the_profile(rig):
    rig.enter('driving')
    for name, (send, _) in FAULTS.items():
        rig.until('driving', rig.good)
        rig.until(('holding', 'emergency stop'))
        send(rig)
        rig.barrier()
        check(rig, name, 'holding')


def test_the_headway_guard_says_what_it_brakes_for(rig):
    heard = rig.peer.listen(DiagnosticArray, '/diagnostics', 100)
    rig.enter('driving')
    assert 'the policy wants 20 to 30 m/s' in rig.engage(True).message
    model = json.loads(rig.model[-1].data)
    assert (model['wanted_speeds'], model['headway_guard']) == ('20 to 30 m/s', 'on')

    def behind_a_slow_car():
        rig.good(objects=False)
        rig.objects.publish(objects_to_cloud(Objects(
            x=[rig.ego().x + 20.0], y=[-4.0], vx=[5.0], vy=[0.0], yaw=[0.0], length=[4.5],
            width=[1.8], id=[1]), rig.stamp_ns, 'map'))

    def told():
        return any(
            status.level == DiagnosticStatus.WARN and 'headway guard brakes' in status.message
            and int(values['guarded commands']) >= int(values['guard interventions']) > 0
            for message in heard for status in message.status
            for values in [{pair.key: pair.value for pair in status.values}])

    def there():
        if time.monotonic() - rig.sent_s >= rig.PERIOD_NS * 1e-9:
            rig.sent_s = time.monotonic()
            behind_a_slow_car()
        return told()
    rig.peer.until(there, 'a WARN of the guard')
    # Jerk gives way to the guard, and nothing else does.
    assert set(rig.broken) <= {'jerk'}
    rig.broken.clear()


def test_a_simulator_that_is_killed_and_comes_back(graph, highway_policy):
    node = graph.start(
        'policy', (('__node', 'driven'),), policy=str(highway_policy), output_type='twist',
        vehicle_profile='highway_env', output_stamp='input', input_reliability='reliable')
    peer = graph.peer()
    states = []
    peer.node.create_subscription(DiagnosticArray, '/diagnostics', lambda message: states.extend(
        pair.value for status in message.status for pair in status.values
        if status.name == 'driven: control' and pair.key == 'state'), 100)
    topics = [(f'~/output/{name}', f'/driven/input/{name}')
              for name in ('odometry', 'objects', 'road')]
    topics += [('~/input/command', '/driven/output/command'),
               ('~/input/decision', '/driven/debug/decision'),
               ('~/policy_reset', '/driven/reset'), ('~/policy_engage', '/driven/engage')]
    for number in range(2):
        simulator = graph.start(
            'simulator', (*topics, ('__node', f'simulator_{number}')), episodes=1000,
            lockstep=True)
        states.clear()
        peer.until(lambda: 'driving' in states, 'it drives')
        simulator.process.kill()
        simulator.wait()
        peer.until(lambda: 'emergency stop' in states, 'it stops')
    # One that ends is no emergency.
    simulator = graph.start(
        'simulator', (*topics, ('__node', 'simulator_2')), episodes=2, lockstep=True)
    peer.until(lambda: 'driving' in states, 'it drives')
    assert simulator.wait() == 0
    peer.until(lambda: states[-1] == 'waiting', 'it waits for another one')
    assert node.log.count('[driven]: emergency stop') == 2
    assert node.process.poll() is None
    assert 'Traceback' not in node.log


def test_with_every_core_busy_it_drives_and_stops(rig):
    rig.enter('driving')
    hogs = [subprocess.Popen([sys.executable, '-c', SPIN]) for _ in range(os.cpu_count() or 1)]
    try:
        rig.until('driving', rig.good)
        rig.until('emergency stop')
        rig.until('driving', rig.good)
        assert [hog.poll() for hog in hogs] == [None] * len(hogs), 'they kept it busy'
    finally:
        for hog in hogs:
            hog.kill()
            hog.wait()
    assert rig.broken == []
