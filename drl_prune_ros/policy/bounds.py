# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
Bounds of a policy file, checked before what they bound is read.

They leave room for networks a hundred times larger than those of this project, and keep whatever
else is offered as a policy from taking a vehicle's time or memory. docs/limits.md lists them.
"""

LARGEST_FILE = 16 * 2**20
"""Bytes: four million weights, far more than numpy multiplies within a control period."""

LONGEST_MANIFEST = 256 * 2**10
"""Bytes of text; a shipped manifest has two to four thousand."""

LONGEST_WORD = 256
"""Bytes of a name inside the graph, of an operator, a constant or a result."""

MOST_FIELDS = 16
"""Fields of one part of an ONNX file, such as an operator or a constant."""

MOST_PARTS = 512
"""Operators and constants of a graph, and as many other entries."""

MOST_LAYERS = 64
"""Layers of a network."""

MOST_VALUES = 2**16 - 1
"""Values of an observation, units of a layer, or actions: an index takes two bytes in C."""

LARGEST_OBSERVATION = 1e6
"""Size of an observation value up to which no result of the network may overflow."""

LARGEST_RESULT = 1e37
"""A tenth of what a float holds: room for the rounding of sums."""
