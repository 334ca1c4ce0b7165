# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
Which policy of a run is the one to deploy: the smallest that is good enough, on held-out seeds.

While a run goes on, the best policies of every size by the validation episodes are kept as
candidates. When it ends they are judged again on validation seeds that nobody has looked at, since
the best of many noisy figures flatters itself.
"""

from collections import defaultdict
from collections.abc import Callable
import io
from pathlib import Path
from typing import Any

from stable_baselines3.common.base_class import BaseAlgorithm
import torch

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.files import write_atomically
from drl_prune_ros.policy.manifest import count_weights
from drl_prune_ros.tasks.evaluation import Act, Episodes
from drl_prune_ros.training.checkpoint import (
    drop_checkpoint,
    load_checkpoint,
    load_state,
    normalizer_of,
    save_checkpoint,
)
from drl_prune_ros.training.networks.greedy_policy import greedy, network_of
from drl_prune_ros.training.networks.mlp import actor_of
from drl_prune_ros.training.run_folder import RunFolder

Margin = Callable[[Episodes], float]
"""How good episodes are. Those of a policy that may be deployed are not below 0, where there are
limits; of two policies of one size the one with the higher margin is kept."""
KEPT_A_SIZE = 4


def mean_return(episodes: Episodes) -> float:
    """Return the margin where there are no limits."""
    return episodes.return_mean


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
    score = {'weights': size, 'return': episodes.return_mean,
             'crash_rate': episodes.crash_rate, 'margin': margin(episodes)}
    save_checkpoint(folder, model, score, replay=False)


def scores(best: Path) -> dict[Path, dict[str, Any]]:
    """Return size, figures and margin of every candidate in `best`."""
    return {file.parent: load_state(file.parent)['extra']
            for file in sorted(best.glob('[0-9]*/state.pt'))}


def candidates_after(best: Path, steps: int) -> dict[Path, dict[str, Any]]:
    """Return the candidates after so many steps with their scores, highest margin first."""
    judged = {path: score for path, score in scores(best).items() if int(path.name) > steps}
    return dict(sorted(judged.items(), key=lambda one: one[1]['margin'], reverse=True))


def keep_best(best: Path, kept: int = KEPT_A_SIZE, after: int = -1) -> None:
    """
    Drop every candidate but the `kept` of each size with the highest margins.

    :param after: steps up to which candidates stay as they are, and count for none.
    """
    sizes: dict[int, list[Path]] = defaultdict(list)
    for path, score in candidates_after(best, after).items():
        sizes[score['weights']].append(path)
    for paths in sizes.values():
        for path in paths[kept:]:
            drop_checkpoint(path)


def record_held_out(candidate: Path, episodes: Episodes, margin: Margin) -> None:
    """Let `episodes` be what a candidate is known by from now on."""
    state = load_state(candidate)
    state['extra'] |= {'return': episodes.return_mean, 'crash_rate': episodes.crash_rate,
                       'margin': margin(episodes), 'held_out': True}
    buffer = io.BytesIO()
    torch.save(state, buffer)
    write_atomically(candidate / 'state.pt', buffer.getvalue(), overwrite=True)


def act_of(candidate: Path) -> Act:
    """Return how the policy of a candidate acts, greedily."""
    return greedy(load_checkpoint(candidate), normalizer_of(candidate))


def best_by_validation(best: Path) -> Act:
    """Return how the candidate with the highest validation return acts, of whatever size it is."""
    found = {path: score['return'] for path, score in scores(best).items() if score['weights']}
    if not found:
        raise DrlPruneError(f'{best} has no policy that looks at its observation: give more '
                            '--steps')
    return act_of(max(found, key=lambda path: found[path]))


def confirm(run: RunFolder, judge: Callable[[Act], Episodes],
            margin: Margin) -> None:
    """
    Leave one candidate in `best/`: the smallest within its limits on held-out seeds.

    Of one size the one that crashes least wins, and the better one where none crashes; where no
    size is within them, one of the smallest.
    The figures go to the run's log, and there whether the one that is left was within them.

    :param judge: plays validation episodes that the run has not seen.
    """
    sizes: dict[int, list[Path]] = defaultdict(list)
    for path, score in scores(run.best).items():
        sizes[score['weights']].append(path)
    judged: dict[Path, Episodes] = {}
    in_order = sorted(size for size in sizes if size)
    for weights in in_order:
        for path in sizes[weights]:
            judged[path] = episodes = judge(act_of(path))
            run.log(step=int(path.name), confirmed_return=episodes.return_mean,
                    confirmed_crash_rate=episodes.crash_rate, weights=weights)
        passed = {path for path in sizes[weights] if margin(judged[path]) >= 0.0}
        if passed:
            break
    else:
        passed = set(sizes[in_order[0]]) if in_order else set()
    chosen = min(passed, default=None, key=lambda path: (
        judged[path].crash_rate or 0.0, -judged[path].return_mean))
    if chosen:
        run.log(step=int(chosen.name), chosen=True, acceptable=margin(judged[chosen]) >= 0.0)
    for path in scores(run.best):
        if path != chosen:
            drop_checkpoint(path)
