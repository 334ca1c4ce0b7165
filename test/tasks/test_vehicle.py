# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""How results call a vehicle."""

import pytest

from drl_prune_ros.tasks.vehicle import Vehicle


@pytest.mark.parametrize(('profile', 'delay_s', 'engine'), [
    ('passenger_car', 0.0, 'passenger_car, 0 ms late'),
    ('passenger_car', 0.0025, 'passenger_car, 2.5 ms late'),
    ('/somewhere/passenger_car.yaml', 0.1, 'passenger_car.yaml, 100 ms late'),
])
def test_a_vehicle_is_called_by_its_profile_and_delay(
        profile: str, delay_s: float, engine: str) -> None:
    assert Vehicle(profile, delay_s).engine == engine
