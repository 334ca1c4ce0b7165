# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
Who publishes what to whom in a closed loop: (the node's own name, the name on the wire).

Apart from the drive, which needs the simulator: a vehicle's computer has none.
"""

POLICY_TOPICS = (
    ('~/input/odometry', '/odometry'), ('~/input/objects', '/objects'), ('~/input/road', '/road'),
    ('~/output/command', '/command'),
)
SIMULATOR_TOPICS = (
    ('~/output/odometry', '/odometry'), ('~/output/objects', '/objects'),
    ('~/output/road', '/road'), ('~/input/command', '/command'),
    ('~/input/decision', '/policy/debug/decision'), ('~/policy_reset', '/policy/reset'),
    ('~/policy_engage', '/policy/engage'),
)
MONITOR_TOPICS = (
    ('~/input/odometry', '/odometry'), ('~/input/command', '/command'),
    ('~/input/answered', '/policy/debug/answered'),
    ('~/input/processing_time', '/policy/debug/processing_time_ms'),
)
