# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The objective of a search by rounds: what students are held against, and which one met it."""

from functools import cached_property
from typing import Any

from stable_baselines3.common.base_class import BaseAlgorithm

from drl_prune_ros.pruning.evaluation.acceptance import acceptance
from drl_prune_ros.pruning.evaluation.reference import skill_reference
from drl_prune_ros.pruning.method import RunContext
from drl_prune_ros.pruning.methods.pops.settings import PopsSettings
from drl_prune_ros.tasks.evaluation import Episodes
from drl_prune_ros.tasks.skill import Reference
from drl_prune_ros.training.networks.greedy_policy import greedy
from drl_prune_ros.training.selection import (
    act_of,
    Candidate,
    candidates_after,
    confirm,
    Margin,
    record_held_out,
    save_candidate,
)


class Objective:
    """
    Evaluates students on validation episodes, and the best of them on held-out ones.

    :param context: `context.run.best` holds the candidates, by the steps of the search.
    """

    def __init__(self, context: RunContext[PopsSettings]) -> None:
        assert context.reference is not None
        self.context = context
        self.run = context.run
        self.max_skill_loss = context.settings.max_skill_loss
        self.reference = skill_reference(
            context.reference, context.task, context.teacher, context.validate)
        self.margin = acceptance(self.reference, self.max_skill_loss)

    @cached_property
    def held_out_reference(self) -> Reference:
        """What held-out episodes are compared with: the teacher's where the engine is slow."""
        return skill_reference(self.reference, self.context.task, self.context.teacher,
                              self.context.validate_held_out)

    @property
    def held_out_margin(self) -> Margin:
        """The margin of held-out episodes."""
        return acceptance(self.held_out_reference, self.max_skill_loss)

    def evaluate(self, model: BaseAlgorithm) -> tuple[Episodes, dict[str, Any]]:
        """Return the validation episodes of what `model` would deploy, and figures for the log."""
        episodes = self.context.validate(greedy(model))
        return episodes, {'skill': self.reference.skill(episodes.return_mean),
                          'crash_rate': episodes.crash_rate}

    def keep(self, model: BaseAlgorithm, steps: int) -> dict[str, Any]:
        """Evaluate what `model` would deploy, make it a candidate, and return the figures."""
        episodes, figures = self.evaluate(model)
        save_candidate(self.run.best / f'{steps:012d}', model, episodes, self.margin)
        return figures

    def best(self, begun: int) -> Candidate:
        """Return the best candidate after step `begun`."""
        return candidates_after(self.run.best, begun)[0]

    def best_held_out(self, begun: int) -> Candidate:
        """
        Return the best candidate after step `begun`, by held-out episodes if it played them.

        The best of many flatters itself. So whoever stands first and meets the objective plays the
        held-out episodes, and stands where these put it from then on.
        """
        best = self.best(begun)
        while best.margin >= 0.0 and not best.held_out:
            held_out = self.context.validate_held_out(act_of(best.path))
            record_held_out(best, held_out, self.held_out_margin)
            best = self.best(begun)
        return best

    def confirm(self) -> None:
        """Leave one candidate: the smallest that meets the objective on held-out seeds."""
        confirm(self.run, self.context.validate_held_out, self.held_out_margin)
