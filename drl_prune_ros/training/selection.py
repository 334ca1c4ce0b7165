# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
Which policy of a run is the one to deploy: the smallest that is good enough, on held-out seeds.

During a run, the best policies of every size by the validation episodes are kept as
candidates. When it ends they are evaluated again on held-out episodes, since the
best of many noisy figures is too good to be true of its policy.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from stable_baselines3.common.base_class import BaseAlgorithm

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.files import read_object, write_json
from drl_prune_ros.policy.manifest import count_weights
from drl_prune_ros.tasks.evaluation import Act, Episodes
from drl_prune_ros.training.checked_entry import CHECK, checked, is_whole
from drl_prune_ros.training.checkpoint import (
    drop_checkpoint,
    load_checkpoint,
    load_state,
    normalizer_of,
    save_checkpoint,
)
from drl_prune_ros.training.networks.greedy_policy import greedy, network_of
from drl_prune_ros.training.networks.mlp import actor_of
from drl_prune_ros.training.outcome import RunOutcome, write_outcome
from drl_prune_ros.training.run_folder import RunFolder

Margin = Callable[[Episodes], float]
"""How good episodes are. Those of a policy that may be deployed are not below 0, where there are
limits; of two policies of one size the one with the higher margin is kept."""
KEPT_PER_SIZE = 4
HELD_OUT = 'held_out.json'
REMOVE = 'remove its folder and resume the run'


@dataclass(frozen=True)
class Candidate:
    """A policy of a run that may be deployed, and what it did in validation episodes."""

    path: Path
    """Folder of its checkpoint, named by its step."""
    weights: int
    """Weights that would be deployed; 0 where it ignores its observation."""
    return_mean: float
    crash_rate: float | None
    """Crashes per episode; None where a task has none."""
    margin: float
    """How good the episodes were, see Margin."""
    held_out: bool = False
    """Whether the figures are those of held-out episodes."""

    @property
    def steps(self) -> int:
        """Environment steps of the run behind it."""
        return int(self.path.name)

    @classmethod
    def of_episodes(cls, path: Path, weights: int, episodes: Episodes, margin: Margin,
                    held_out: bool = False) -> Self:
        """Return the candidate in `path` as it did in `episodes`."""
        return cls(path, weights, episodes.return_mean, episodes.crash_rate, margin(episodes),
                   held_out)

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read the candidate in the folder `path`."""
        figures = load_state(path)['extra']
        if (file := path / HELD_OUT).is_file():
            figures = read_object(file, 'the figures of a candidate', REMOVE)
            if not is_whole(figures):
                raise DrlPruneError(f'{file} is damaged: {REMOVE}')
            figures.pop(CHECK)
        try:
            return cls(path, **figures)
        except TypeError:
            raise DrlPruneError(f'{path} is no candidate of this release: {REMOVE}') from None

    def figures(self) -> dict[str, Any]:
        """Return what stands in its checkpoint."""
        return {name: value for name, value in asdict(self).items() if name != 'path'}


def mean_return(episodes: Episodes) -> float:
    """Return the margin by which candidates are kept where there are no limits."""
    return episodes.return_mean


def no_limits(episodes: Episodes) -> float:
    """Return the margin of a choice that every candidate may be."""
    return 0.0


def deployed_weights(model: BaseAlgorithm) -> int:
    """Count the weights of the network that `model` would deploy now."""
    try:
        return count_weights(network_of(actor_of(model)).widths)
    except DrlPruneError:
        return 0   # it ignores its observation, for now


def save_candidate(folder: Path, model: BaseAlgorithm, episodes: Episodes,
                   margin: Margin = mean_return, weights: int | None = None) -> None:
    """
    Keep the policy of `model` with its size and what it did in `episodes`.

    :param margin: how good these episodes are.
    :param weights: its size, where another count than that of whole matrices decides.
    """
    size = deployed_weights(model) if weights is None else weights
    candidate = Candidate.of_episodes(folder, size, episodes, margin)
    save_checkpoint(folder, model, candidate.figures(), replay=False)


def candidates(best: Path) -> list[Candidate]:
    """Return every candidate in `best`, by their steps."""
    return [Candidate.read(file.parent) for file in sorted(best.glob('[0-9]*/state.pt'))]


def candidates_after(best: Path, steps: int) -> list[Candidate]:
    """Return the candidates after so many steps, highest margin first."""
    return sorted((one for one in candidates(best) if one.steps > steps),
                  key=lambda one: one.margin, reverse=True)


def keep_best(best: Path, kept: int = KEPT_PER_SIZE, after: int = -1) -> None:
    """
    Drop every candidate but the `kept` of each size with the highest margins.

    :param after: steps up to which candidates stay as they are, and count for none.
    """
    sizes: dict[int, list[Path]] = defaultdict(list)
    for candidate in candidates_after(best, after):
        sizes[candidate.weights].append(candidate.path)
    for paths in sizes.values():
        for path in paths[kept:]:
            drop_checkpoint(path)


def record_held_out(candidate: Candidate, episodes: Episodes, margin: Margin) -> None:
    """Replace the figures of `candidate` in its folder by those of held-out `episodes`."""
    held_out = Candidate.of_episodes(
        candidate.path, candidate.weights, episodes, margin, held_out=True)
    # A file of its own: state.pt and its digest could not be replaced in one step.
    write_json(candidate.path / HELD_OUT, checked(held_out.figures()), overwrite=True)


def act_of(candidate: Path) -> Act:
    """Return the greedy policy of the candidate in a folder."""
    return greedy(load_checkpoint(candidate), normalizer_of(candidate))


def best_by_validation(best: Path) -> Act:
    """Return the greedy policy of the candidate with the highest return, whatever its size."""
    found = [one for one in candidates(best) if one.weights]
    if not found:
        raise DrlPruneError(f'{best} has no policy that looks at its observation: give more '
                            '--steps')
    return act_of(max(found, key=lambda one: one.return_mean).path)


def confirm(run: RunFolder, evaluate: Callable[[Act], Episodes], margin: Margin) -> None:
    """
    Leave one candidate in `run.best`, the smallest within its limits on held-out seeds.

    Of one size the one that crashes least is chosen, the one with the higher return where none
    crashes, and the earliest of equals; where no size is within its limits, one of the smallest.
    The choice is written to the run's outcome file.

    :param evaluate: plays validation episodes that the run has not seen.
    :param margin: how good they are.
    """
    sizes: dict[int, list[Path]] = defaultdict(list)
    for candidate in candidates(run.best):
        sizes[candidate.weights].append(candidate.path)
    passed: list[Candidate] = []
    smallest: list[Candidate] = []
    for weights in sorted(size for size in sizes if size):
        evaluated = []
        for path in sizes[weights]:
            candidate = Candidate.of_episodes(
                path, weights, evaluate(act_of(path)), margin, held_out=True)
            evaluated.append(candidate)
            run.log(step=candidate.steps, confirmed_return=candidate.return_mean,
                    confirmed_crash_rate=candidate.crash_rate, weights=weights)
        smallest = smallest or evaluated
        passed = [candidate for candidate in evaluated if candidate.margin >= 0.0]
        if passed:
            break
    chosen = min(passed or smallest, default=None,
                 key=lambda one: (one.crash_rate or 0.0, -one.return_mean))
    if chosen:
        write_outcome(run, RunOutcome(
            chosen.steps, chosen.margin >= 0.0, chosen.weights, chosen.return_mean,
            chosen.crash_rate))
    for candidate in candidates(run.best):
        if chosen is None or candidate.path != chosen.path:
            drop_checkpoint(candidate.path)
