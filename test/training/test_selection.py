# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Which policy is deployed: the smallest that is good enough on held-out seeds."""

from collections.abc import Callable
import dataclasses
from pathlib import Path

import numpy as np
import pytest
from stable_baselines3.common.base_class import BaseAlgorithm
import torch

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.pruning.structured.masks import Masks
from drl_prune_ros.tasks.evaluation import Act, Episodes
from drl_prune_ros.training.export import chosen_checkpoint
from drl_prune_ros.training.networks.mlp import actor_of
from drl_prune_ros.training.outcome import read_outcome, RunOutcome
from drl_prune_ros.training.run_folder import RunFolder
from drl_prune_ros.training.selection import (
    act_of,
    Candidate,
    candidates,
    confirm,
    deployed_weights,
    keep_best,
    no_limits,
    record_held_out,
    save_candidate,
)

DENSE = 4 * 24 + 24 * 16 + 16 * 2


def episodes(returned: float) -> Episodes:
    returns = np.full(10, returned)
    return Episodes('CartPole-v1', 'envpool', np.arange(10), returns, returns.astype(int),
                    None, None)


def prune_to(model: BaseAlgorithm, units: int) -> None:
    """Mask all but the first `units` of the first hidden layer."""
    actor = actor_of(model)
    masks = Masks.all_kept(actor)
    masks.kept[1][units:] = False
    masks.apply(actor)


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    """Return an empty run."""
    return RunFolder.create(tmp_path / 'run', {'task': 'CartPole-v1'}, 1)


@pytest.fixture
def held_out_returns(run: RunFolder, make_model: Callable[..., BaseAlgorithm]) -> dict[int, float]:
    """
    Fill `run.best` as a run would: step 1 and 2 dense, 3 and 4 with 20 units, 5 with 4.

    Returns what each returns on held-out seeds.
    """
    model = make_model('ppo')
    for step, units, returned in ((1, 24, 400), (2, 24, 500), (3, 20, 480), (4, 20, 490),
                                  (5, 4, 300)):
        prune_to(model, units)
        save_candidate(run.best / f'{step:012d}', model, episodes(returned))
    return {1: 450.0, 2: 440.0, 3: 470.0, 4: 460.0, 5: 100.0}


def left(run: RunFolder) -> list[int]:
    return sorted(int(path.name) for path in run.best.iterdir())


def test_a_candidate_says_its_size_and_what_it_did(
        run: RunFolder, held_out_returns: dict[int, float]) -> None:
    found = {one.steps: (one.weights, one.return_mean) for one in candidates(run.best)}
    assert found == {
        1: (DENSE, 400), 2: (DENSE, 500), 3: (20 * 20 + 32, 480), 4: (20 * 20 + 32, 490),
        5: (4 * 20 + 32, 300)}


def test_the_best_of_every_size_stay(run: RunFolder, held_out_returns: dict[int, float]) -> None:
    keep_best(run.best, kept=2)
    assert left(run) == [1, 2, 3, 4, 5]
    keep_best(run.best, kept=1)
    assert left(run) == [2, 4, 5]


def test_those_of_before_stay_and_count_for_none(
        run: RunFolder, held_out_returns: dict[int, float]) -> None:
    keep_best(run.best, kept=1, after=2)
    assert left(run) == [1, 2, 4, 5]


def test_a_candidate_is_known_by_what_it_did_last(
        run: RunFolder, held_out_returns: dict[int, float]) -> None:
    path = run.best / f'{2:012d}'
    record_held_out(
        Candidate.read(path), episodes(450), lambda found: found.return_mean - 475)
    again = Candidate.read(path)
    assert (again.return_mean, again.margin, again.held_out) == (450, -25, True)
    act_of(path)
    keep_best(run.best, kept=1)
    assert left(run) == [1, 4, 5]


@pytest.mark.reaction('run folders', 'a candidate of an earlier release',
                      'refused in one line that says how to go on')
def test_a_candidate_of_an_earlier_release_is_refused(
        run: RunFolder, held_out_returns: dict[int, float]) -> None:
    path = run.best / f'{2:012d}'
    (path / 'digests.json').unlink()
    with pytest.raises(DrlPruneError, match='use the release that wrote it'):
        Candidate.read(path)


@pytest.mark.reaction('run folders', 'held-out figures of a candidate that were changed',
                      'refused in one line')
def test_changed_figures_of_a_candidate_are_refused(
        run: RunFolder, held_out_returns: dict[int, float]) -> None:
    path = run.best / f'{2:012d}'
    record_held_out(Candidate.read(path), episodes(450), no_limits)
    file = path / 'held_out.json'
    file.write_text(file.read_text().replace('450', '950'))
    with pytest.raises(DrlPruneError, match='is damaged'):
        Candidate.read(path)


def test_a_candidate_of_higher_margin_stays_before_one_that_returned_more(
        run: RunFolder, make_model: Callable[..., BaseAlgorithm]) -> None:
    model = make_model('ppo')
    for step, margin in ((1, -1.0), (2, 0.5), (3, -0.5)):
        save_candidate(run.best / f'{step:012d}', model, episodes(500 - margin),
                       lambda _, margin=margin: margin)
    keep_best(run.best, kept=1)
    assert left(run) == [2]


@pytest.mark.parametrize(('least', 'chosen', 'looked_at'), [
    (50, 5, [5]), (300, 3, [5, 3, 4]), (445, 3, [5, 3, 4]), (465, 3, [5, 3, 4]),
    (1000, 5, [5, 3, 4, 1, 2])])
def test_the_smallest_acceptable_is_confirmed_on_held_out_seeds(
        run: RunFolder, held_out_returns: dict[int, float], least: float, chosen: int,
        looked_at: list[int]) -> None:
    def evaluate(act: Act) -> Episodes:
        assert act(np.zeros((3, 4), np.float32)).shape == (3,)
        return episodes(held_out_returns[next(order)])

    order = iter([5, 3, 4, 1, 2])   # smallest first
    confirm(run, evaluate, lambda found: found.return_mean - least)
    assert left(run) == [chosen]
    assert chosen_checkpoint(run) == run.best / f'{chosen:012d}'
    rows = [row for row in run.metrics() if 'confirmed_return' in row]
    assert [row['step'] for row in rows] == looked_at
    assert rows[0]['weights'] == 112
    outcome = read_outcome(run)
    assert outcome == RunOutcome(
        chosen, held_out_returns[chosen] >= least, {5: 112, 3: 432}[chosen],
        held_out_returns[chosen], None)
    assert outcome.candidate(run.best) == chosen_checkpoint(run)


def test_a_run_that_was_not_confirmed_is_evaluated_by_its_best_candidate(
        run: RunFolder, make_model: Callable[..., BaseAlgorithm]) -> None:
    model = make_model('ppo')
    for step, returned, margin in ((1, 300, 0.1), (2, 400, 0.2), (3, 200, 0.0), (4, 500, -0.1)):
        save_candidate(run.best / f'{step:012d}', model, episodes(returned),
                       lambda _, margin=margin: margin)
    assert chosen_checkpoint(run) == run.best / f'{2:012d}'


def test_nothing_to_confirm_is_no_error(run: RunFolder) -> None:
    confirm(run, lambda act: episodes(1), lambda found: 0.0)
    assert candidates(run.best) == []
    assert read_outcome(run) is None


def test_a_network_that_ignores_its_observation_has_no_size_and_is_never_chosen(
        run: RunFolder, make_model: Callable[..., BaseAlgorithm]) -> None:
    model = make_model('ppo')
    save_candidate(run.best / f'{1:012d}', model, episodes(5))
    with torch.no_grad():
        actor_of(model).linears[0].weight.zero_()
    assert deployed_weights(model) == 0
    save_candidate(run.best / f'{2:012d}', model, episodes(500))
    confirm(run, lambda act: episodes(1), lambda found: -1.0)
    assert left(run) == [1]


def test_of_one_size_the_one_that_crashes_least_is_chosen(
        run: RunFolder, make_model: Callable[..., BaseAlgorithm]) -> None:
    model = make_model('ppo')
    for step in (1, 2, 3):
        save_candidate(run.best / f'{step:012d}', model, episodes(10))
    crashes = iter([3, 1, 5])

    def evaluate(act: Act) -> Episodes:
        crashed = np.arange(10) < next(crashes)
        return dataclasses.replace(episodes(12), crashed=crashed, speeds=np.ones(10))

    confirm(run, evaluate, lambda found: 0.0)
    assert left(run) == [2]


def test_of_equals_the_earliest_is_chosen(
        run: RunFolder, make_model: Callable[..., BaseAlgorithm]) -> None:
    model = make_model('ppo')
    for step in range(1, 7):
        save_candidate(run.best / f'{step:012d}', model, episodes(10))
    confirm(run, lambda act: episodes(500), lambda found: 0.0)
    assert left(run) == [1]
