# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""`python -m drl_prune_ros.nodes.simulator_node` runs the simulator node as a process."""

from drl_prune_ros.nodes.simulator_node.process import main

main()
