# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
import time

from nav_msgs.msg import Odometry
from rclpy.serialization import serialize_message

from drl_prune_ros.nodes.conversions.cdr import raw_stamp_ns
from drl_prune_ros.nodes.conversions.stamps import ns_to_stamp, reception_time_ns


def test_the_stamp_is_read_from_the_serialized_message():
    message = Odometry()
    message.header.stamp = ns_to_stamp(1_795_233_281_425_105_777)
    message.header.frame_id = 'map'
    assert raw_stamp_ns(serialize_message(message)) == 1_795_233_281_425_105_777


def test_big_endian_messages_are_read_too():
    assert raw_stamp_ns(bytes([0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 9])) == 5_000_000_009


def test_the_wait_before_the_callback_is_taken_off():
    before = time.monotonic_ns()
    waited = 30_000_000
    received = reception_time_ns({'received_timestamp': time.time_ns() - waited})
    after = time.monotonic_ns()
    assert before - waited <= received + 1_000_000
    assert received <= after - waited + 1_000_000


def test_a_system_clock_that_was_set_is_not_believed():
    for stamp in (0, time.time_ns() + 3_600_000_000_000):
        before = time.monotonic_ns()
        received = reception_time_ns({'received_timestamp': stamp})
        assert before <= received <= time.monotonic_ns()
