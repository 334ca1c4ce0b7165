# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The floor: constant and random policies, and the best of them."""

import numpy as np
import pytest

from drl_prune_ros.policy.contracts import ActionContract
from drl_prune_ros.tasks.catalogue import load_task
from drl_prune_ros.tasks.floor import (
    action_grid,
    baseline_policies,
    constant_policies,
    random_action,
)


def continuous(low: list[float], high: list[float]) -> ActionContract:
    names = tuple(f'a{i}' for i in range(len(low)))
    return ActionContract('continuous', names, tuple(low), tuple(high), ('1',) * len(low))


def test_one_component_is_spaced_evenly() -> None:
    grid = action_grid(continuous([-2], [3]))
    assert grid.shape == (21, 1)
    np.testing.assert_allclose(np.diff(grid[:, 0]), 0.25)
    assert (grid[0, 0], grid[-1, 0]) == (-2, 3)


@pytest.mark.parametrize('size', [2, 3, 6, 17])
def test_more_components_are_covered_with_the_middle_among_them(size: int) -> None:
    low, high = np.arange(size) - 5.0, np.arange(size) + 1.0
    grid = action_grid(continuous(low.tolist(), high.tolist()))
    assert grid.shape == (21, size)
    np.testing.assert_array_equal(grid[0], (low + high) / 2)
    assert (grid >= low).all()
    assert (grid <= high).all()
    # Every quarter of every component holds some.
    for column in ((grid - low) / (high - low)).T:
        assert len(set((column * 4).astype(int))) == 4
    np.testing.assert_array_equal(grid, action_grid(continuous(low.tolist(), high.tolist())))


def test_names_tell_narrow_bounds_apart() -> None:
    task = load_task('racetrack-v0')
    acts = constant_policies(task)
    assert len(acts) == 21
    assert list(acts)[10] == 'constant 0'
    assert acts['constant -0.9'](np.zeros((4, 288))).tolist() == [[-0.9]] * 4


def test_random_actions_fill_the_bounds() -> None:
    drawn = random_action(continuous([-2, 0], [0, 5]), seed=1)(np.zeros((4000, 3)))
    assert drawn.shape == (4000, 2)
    np.testing.assert_allclose(drawn.mean(axis=0), [-1, 2.5], atol=0.1)
    assert (drawn.min(axis=0) >= [-2, 0]).all()
    discrete = random_action(load_task('CartPole-v1').action, seed=1)(np.zeros((4000, 4)))
    assert set(discrete.tolist()) == {0, 1}


@pytest.mark.parametrize(('name', 'count'), [('CartPole-v1', 3), ('Hopper-v3', 22)])
def test_the_best_baseline_policy_comes_first(name: str, count: int) -> None:
    baseline = baseline_policies(load_task(name), 'envpool', 50_000, 20)
    returns = [each.episodes.return_mean for each in baseline]
    assert len(baseline) == count
    assert returns == sorted(returns, reverse=True)
    assert 'uniform random' in {each.name for each in baseline}
    # Nobody hops or balances without looking: dense policies reach 500 and more.
    assert 5 < returns[0] < 400
