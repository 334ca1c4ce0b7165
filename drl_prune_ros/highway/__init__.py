# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""highway-env, compiled: the same episodes, much faster; see docs/highway.md."""

from drl_prune_ros.highway.vector_env import HighwayVectorEnv, make_vec_env, register

__all__ = ['HighwayVectorEnv', 'make_vec_env', 'register']
