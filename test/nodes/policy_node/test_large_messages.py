# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Roads of absurd size reach a node that stops its vehicle: the commands go on."""

from itertools import pairwise

import pytest
from rcl_interfaces.msg import Log
from rclpy.serialization import serialize_message
from sensor_msgs.msg import JointState
from std_msgs.msg import String

from drl_prune_ros.nodes.conversions.stamps import stamp_to_ns

MB = 10**6
# Below the time-out of a receiver, 0.5 s, on a busy machine too: the middleware and rclpy copy
# what arrives, about 2 ms a megabyte, before its size can be looked at.
LONGEST_GAP_S = 0.45


def text(size):
    return serialize_message(String(data='[' + '[],' * (size // 3) + '0]'))


@pytest.mark.reaction(
    'callbacks', 'road texts of 10 MB and 50 MB while it stops',
    'refused by their size; no command comes later than usual')
def test_the_stop_goes_on_while_large_roads_arrive(rig):
    commands = rig.peer.listen(JointState, '/policy/output/command', 2000)
    logged = rig.peer.listen(Log, '/rosout', 100)
    rig.enter('emergency stop')
    commands.clear()
    rig.peer.until(lambda: commands, 'a command')
    for data in (text(10 * MB), text(50 * MB)):
        heard, refused = len(commands), f'{len(data):,} bytes'
        rig.road.publish(data)
        rig.peer.until(lambda refused=refused: any(refused in log.msg for log in logged), refused)
        rig.peer.until(lambda heard=heard: len(commands) > heard + 2, 'commands')
        stamps = [stamp_to_ns(command.header.stamp) * 1e-9 for command in commands[heard - 1:]]
        longest = max(later - earlier for earlier, later in pairwise(stamps))
        print(f'{refused}: longest gap {longest * 1e3:.0f} ms')
        assert longest < LONGEST_GAP_S
    rig.enter('driving')   # on the road before, which stays
