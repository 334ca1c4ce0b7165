# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
The stages of a round of PoPS, each of which goes on from where a kill ended it.

What they find is kept as candidates, by the steps of the search, and in the search's notes.
"""

from dataclasses import replace
import shutil
import time
from typing import Any

from stable_baselines3.common.base_class import BaseAlgorithm

from drl_prune_ros.pruning.distillation.crash_replay import CrashReplay
from drl_prune_ros.pruning.distillation.distiller import Distillation
from drl_prune_ros.pruning.distillation.rl_finetuning import reinforce, TeacherRegularizer
from drl_prune_ros.pruning.distillation.rollouts import Rollout
from drl_prune_ros.pruning.distillation.session import DistillationSession
from drl_prune_ros.pruning.method import RunContext
from drl_prune_ros.pruning.methods.pops.lamp import LampPruning
from drl_prune_ros.pruning.methods.pops.objective import Objective
from drl_prune_ros.pruning.methods.pops.search import Search, Stage
from drl_prune_ros.pruning.methods.pops.settings import EVALUATED_ROUNDS, PopsSettings
from drl_prune_ros.pruning.methods.pops.shape_trials import nearest_shapes
from drl_prune_ros.pruning.methods.pops.shapes import of_one_size
from drl_prune_ros.training.checkpoint import load_checkpoint
from drl_prune_ros.training.networks.mlp import actor_of, MlpView
from drl_prune_ros.training.selection import Candidate, candidates, keep_best
from drl_prune_ros.training.start import set_actor

LARGE_STUDENT = 4000
"""Weights above which students are large: any start is as good, and they learn quickly."""
LARGE_SHARE = 0.5
"""Part of a distillation's minibatches that a large student takes."""
LARGE_BATCH = 256
"""States of a minibatch where a student may still be large, and each of them costs."""


class Stages:
    """
    What can be done in a round.

    :param context: its training settings are those of the teacher's learner.
    :param search: its present round is the one that is worked on.
    """

    def __init__(self, context: RunContext[PopsSettings], search: Search,
                 objective: Objective) -> None:
        self.context = context
        self.run = context.run
        self.settings = context.settings
        self.search = search
        self.objective = objective

    def context_for(self, steps: int) -> RunContext[PopsSettings]:
        """Return the context of a learner whose actor is a student, for so many steps."""
        train = self.context.train
        critic = train.critic_hidden
        return replace(self.context, train=replace(
            train, hidden=self.search.now.hidden, total_steps=steps,
            critic_hidden=train.hidden if critic is None else critic))

    @property
    def first(self) -> bool:
        """Whether this round's students have the teacher's shape, or are what DSP left."""
        return len(self.search.rounds) == 1

    @property
    def large(self) -> bool:
        """Whether any start is as good for a student, and each state costs."""
        return self.first or self.search.now.weights > LARGE_STUDENT

    def best(self) -> Candidate:
        """Return the best candidate of this round."""
        # What a search starts from was there before its first round.
        given = self.first and self.search.now.met
        return self.objective.best(-1 if given else self.search.begun)

    def try_shapes(self) -> None:
        """Choose among shapes of the size of this round the one that learns best."""
        search = self.search
        search.restore_random()
        if self.settings.shape_trials and not self.large:
            started = time.monotonic()
            shapes = of_one_size((search.now.hidden, search.now.inputs), search.now.outputs,
                                 search.rounds[:-1])
            divergences = nearest_shapes(search.dataset, [hidden for hidden, _ in shapes],
                                         search.inputs, self.settings.distillation)
            search.note(hidden=next(iter(divergences)))
            self._log(started, Stage.SHAPE_TRIALS, divergences=[
                [list(hidden), value] for hidden, value in divergences.items()])

    def transfer(self, session: DistillationSession) -> None:
        """Distill the teacher into students, and go on with the best of them."""
        search, settings = self.search, self.settings.distillation
        if self.large:
            settings = replace(settings, restarts=1, batch_size=LARGE_BATCH,
                               minibatches=max(1, round(LARGE_SHARE * settings.minibatches)))
        states = min(self.settings.states, self.settings.total_steps - search.begun)
        distillation = Distillation(search.dataset, search.now.hidden, session.collector, states,
                                    settings, search.inputs)
        if search.inside:
            distillation.set_state(search.inside)
            search.restore_random()   # only now: students have drawn their first weights
        while not distillation.done:
            started = time.monotonic()
            final_rounds = distillation.round >= settings.rounds - EVALUATED_ROUNDS
            index, divergence = distillation.turn()
            search.steps = search.begun + distillation.steps_done
            figures: dict[str, Any] = {}
            if final_rounds:
                set_actor(session.model, distillation.students[index])
                figures = self.objective.keep(session.model, search.steps)
            self._log(started, Stage.TRANSFER, student=index, divergence=divergence, **figures)
            if distillation.between_rounds:
                search.inside = distillation.state()
                search.save()
                # Only now: a kill before this leaves the candidates that the search knows of.
                keep_best(self.run.best, after=search.begun)
        if self.first and self.best().margin < 0.0:
            # What no student of the teacher's own size has learned, the teacher knows.
            set_actor(session.model, search.dataset.teacher)
            search.steps += 1
            self.objective.keep(session.model, search.steps)

    def replay_crashes(self, session: DistillationSession) -> None:
        """Teach the best student of this round what to do before its own crashes."""
        settings, search = self.settings, self.search
        student = actor_of(load_checkpoint(self.best().path))
        replay = CrashReplay(student, search.dataset, search.inputs, settings.crashes,
                               LARGE_BATCH if self.large else settings.distillation.batch_size)
        if search.inside:
            replay.set_state(search.inside)
        search.restore_random()   # only now: loading a student seeds with the run's own seed
        while not replay.done and search.steps < settings.total_steps:
            started = time.monotonic()
            replay.add(self._drive(session, student, settings.crash_steps))
            divergence = replay.learn()
            set_actor(session.model, student)
            figures = self.objective.keep(session.model, search.steps)
            self._log(started, Stage.CRASH_REPLAY, divergence=divergence,
                      before_crashes=len(replay.crashes.states), **figures)
            search.inside = replay.state()
            search.save()
            keep_best(self.run.best, after=search.begun)

    def reinforce(self, session: DistillationSession) -> None:
        """Train the best student of this round on rewards."""
        started, search = time.monotonic(), self.search
        steps = min(round(self.settings.rl_share * self.settings.total_steps),
                    self.settings.total_steps - search.steps)

        def student() -> BaseAlgorithm:
            set_actor(session.model, actor_of(load_checkpoint(self.best().path)))
            return session.model

        path = self.run.path / 'rounds' / f'{len(search.rounds):02d}'
        regularizer = TeacherRegularizer(
            search.dataset.teacher, self.settings.teacher_regularization)
        learned = reinforce(self.context_for(steps), path, student, regularizer,
                            self.settings.rate_at_start, search.steps, self.objective.margin,
                            session.untrained_critic)
        for candidate in candidates(learned.best):
            name = f'{search.steps + candidate.steps:012d}'
            shutil.copytree(candidate.path, self.run.best / name, dirs_exist_ok=True)
        keep_best(self.run.best, after=search.begun)
        search.steps += learned.steps
        self._log(started, Stage.REINFORCE)

    def prune(self, session: DistillationSession) -> None:
        """Take weights from the round's student, pausing while it misses the objective."""
        settings, search = self.settings, self.search
        student = actor_of(load_checkpoint(self.best().path))
        pruning = LampPruning(
            student, search.dataset, settings.pruning_minibatches, settings.final_sparsity,
            settings.pruning_rate, LARGE_BATCH)
        missed = 0
        if search.inside:
            pruning.set_state(search.inside['pruning'])
            missed = search.inside['missed']
            search.restore_random()   # only now: loading a student seeds with the run's own seed
        if not len(search.dataset.states):
            self._visit(session, search.dataset.teacher, settings.states)
        visited = -(-settings.states // (2 * settings.validations))
        while (not pruning.done and missed < settings.patience
               and search.steps < settings.total_steps):
            started = time.monotonic()
            divergence = pruning.learn(-(-settings.pruning_minibatches // settings.validations))
            self._visit(session, student, visited)
            set_actor(session.model, student)
            episodes, figures = self.objective.evaluate(session.model)
            if self.objective.margin(episodes) >= 0.0:
                reads = tuple(pruning.inputs.nonzero().flatten().tolist())
                search.note(left=tuple(pruning.left), reads=reads)
                missed = 0
            else:
                missed += 1
            # What it has lost it learns to do without first, or never.
            pruning.paused = missed > 0
            search.inside = {'pruning': pruning.state(), 'missed': missed}
            self._log(started, Stage.PRUNE, divergence=divergence,
                      nonzeros=sum(pruning.left), **figures, needed=search.now.left)
            search.save()

    def _visit(self, session: DistillationSession, actor: MlpView, steps: int) -> None:
        """Label the states that `actor` visits."""
        self.search.dataset.add(self._drive(session, actor, steps).states)

    def _drive(self, session: DistillationSession, actor: MlpView, steps: int) -> Rollout:
        """Act with `actor` for so many steps, or for those that are left."""
        left = max(1, self.settings.total_steps - self.search.steps)
        rollout = session.collector.collect(actor, min(steps, left))
        self.search.steps += len(rollout.states)
        return rollout

    def _log(self, started: float, stage: Stage, **figures: Any) -> None:
        self.run.log(step=self.search.steps, round=len(self.search.rounds), stage=stage.value,
                     **figures,
                     seconds_since_last=round(time.monotonic() - started, 3))
