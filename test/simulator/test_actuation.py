# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
import pytest

from drl_prune_ros.control import controller
from drl_prune_ros.control.command import Motion
from drl_prune_ros.control.profile import load_profile
from drl_prune_ros.simulator.actuation import Actuation

T = 0.2
CAR = load_profile('passenger_car')
COMMANDS = [Motion(7.0 + n, 0.5 * n, 0.01 * n, 0.3 * n) for n in range(1, 6)]


def applied(delay_s, speed=10.0):
    """Return the acceleration and the yaw rate of each period, at a speed that is held."""
    actuation = Actuation(CAR, T, delay_s)
    done = [actuation.apply(command, speed) for command in COMMANDS]
    return [((end - speed) / T, yaw_rate) for end, yaw_rate in done]


def test_without_delay_a_command_is_passed_on():
    actuation = Actuation(CAR, T, 0.0)
    for command in COMMANDS:
        assert actuation.apply(command, 10.0) == (command.speed, command.yaw_rate)


@pytest.mark.parametrize('periods', [1, 2, 3])
def test_whole_periods_later_it_is_done(periods):
    done = applied(periods * T)
    assert done[:periods] == [(0.0, 0.0)] * periods
    for (acceleration, yaw_rate), command in zip(done[periods:], COMMANDS, strict=False):
        assert acceleration == pytest.approx(command.acceleration)
        assert yaw_rate == controller.yaw_rate(CAR, 10.0, command.steering)


@pytest.mark.parametrize('delay_s', [0.1, 0.25])
def test_a_part_of_a_period_blends_two_commands(delay_s):
    low, high = applied(delay_s // T * T), applied(delay_s // T * T + T)
    share = delay_s / T % 1
    if delay_s < T:
        low = [(command.acceleration, controller.yaw_rate(CAR, 10.0, command.steering))
               for command in COMMANDS]
    for found, early, late in zip(applied(delay_s), low, high, strict=True):
        assert found[0] == pytest.approx(early[0] + share * (late[0] - early[0]))
        assert min(early[1], late[1]) <= found[1] <= max(early[1], late[1])


def test_a_reset_forgets_what_is_on_its_way():
    actuation = Actuation(CAR, T, T)
    actuation.apply(COMMANDS[-1], 10.0)
    actuation.reset()
    assert actuation.apply(COMMANDS[0], 10.0) == (10.0, 0.0)
