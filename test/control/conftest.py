# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
import pytest

from drl_prune_ros.control.profile import load_profile


@pytest.fixture
def profile():
    return load_profile('highway_env')
