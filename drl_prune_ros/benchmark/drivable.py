# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Whether a policy can be driven with here, before any process is started for it."""

from pathlib import Path

from drl_prune_ros.control.driver import make_driver
from drl_prune_ros.control.profile import load_profile
from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.policy.runtime import load_runtime

PUBLISHED = ('objects',)


def require_drivable(policy: Path, runtime: str, vehicle: str) -> None:
    """
    Check that a policy drives a vehicle profile by what is published here: odometry and objects.

    A policy node waits for a file that it can drive with; nobody would give it another one here.
    Raises DrlPruneError with the reason.
    """
    driver = make_driver(load_runtime(policy, runtime), load_profile(vehicle))
    if driver.sensors != PUBLISHED:
        raise DrlPruneError(
            f'the policy is driven by {", ".join(driver.sensors)}, but only '
            f'{", ".join(PUBLISHED)} are simulated: use another policy')
