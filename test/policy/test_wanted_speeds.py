# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
import pytest

from drl_prune_ros.policy.contracts import ActionContract
from drl_prune_ros.policy.wanted_speeds import slowest_wanted, wanted_speeds


def meta(*speeds):
    return ActionContract('discrete_meta', ('IDLE',), options={'target_speeds': list(speeds)})


def continuous(*names):
    bounds = tuple(1.0 for _ in names)
    return ActionContract(
        'continuous', names, tuple(-one for one in bounds), bounds, tuple('1' for _ in names))


@pytest.mark.parametrize(('contract', 'words', 'slowest'), [
    (meta(20, 25, 30), '20 to 30 m/s', 20.0),
    (meta(4.5), '4.5 m/s', 4.5),
    (continuous('steering'), 'the speed that is measured on ~/engage', None),
    (continuous('acceleration', 'steering'), 'any speed, by its acceleration', None),
    (continuous('thigh', 'leg'), '', None),
    (ActionContract('discrete', ('LEFT', 'RIGHT')), '', None),
])
def test_what_a_policy_can_want(contract, words, slowest):
    assert wanted_speeds(contract) == words
    assert slowest_wanted(contract) == slowest
