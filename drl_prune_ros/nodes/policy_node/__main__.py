# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""`python -m drl_prune_ros.nodes.policy_node` runs the policy node as a process."""

from drl_prune_ros.nodes.policy_node.node import main

main()
