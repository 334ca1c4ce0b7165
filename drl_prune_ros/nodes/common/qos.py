# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""How each kind of topic is delivered (REP 2003)."""

from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from rclpy.qos_overriding_options import QoSOverridingOptions

ACKNOWLEDGE_S = 0.2   # seconds that a last message is given to arrive
# The newest command invalidates those before it.
COMMAND = QoSProfile(depth=1, reliability=ReliabilityPolicy.RELIABLE)
DEBUG = QoSProfile(depth=10, reliability=ReliabilityPolicy.RELIABLE)
DIAGNOSTICS = QoSProfile(depth=1, reliability=ReliabilityPolicy.RELIABLE)
# For messages that hold until the next one: a late subscriber gets the last one too.
LATCHED = QoSProfile(
    depth=1, reliability=ReliabilityPolicy.RELIABLE,
    durability=DurabilityPolicy.TRANSIENT_LOCAL)
DURABILITIES = ('transient_local', 'volatile')
SENSOR_PUBLISHER = QoSProfile(depth=1, reliability=ReliabilityPolicy.RELIABLE)


def latched_subscription(durability: str) -> QoSProfile:
    """
    Return the profile of a subscription to what holds until the next one.

    'transient_local' gets what was published before, but matches no publisher that is 'volatile';
    'volatile' matches both, and gets only what is published from now on.
    """
    return QoSProfile(
        depth=1, reliability=ReliabilityPolicy.RELIABLE,
        durability=DurabilityPolicy[durability.upper()])


def sensor_subscription(reliability: str) -> QoSProfile:
    """
    Return the profile of a sensor subscription, 'best_effort' or 'reliable'.

    Best effort matches every publisher and never waits for a lost message when a newer one has
    arrived. Depth 1, so that a node that fell behind continues with the newest data. In lock-step
    one message is sent at a time and must not be lost: reliable.
    """
    return QoSProfile(depth=1, reliability=ReliabilityPolicy[reliability.upper()])


def overridable() -> QoSOverridingOptions:
    """Return options that make parameters qos_overrides./TOPIC.* of history and reliability."""
    return QoSOverridingOptions.with_default_policies()
