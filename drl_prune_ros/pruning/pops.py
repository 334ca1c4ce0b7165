# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
PoPS: policy pruning and shrinking, by distillation, in rounds.

After Livne and Cohen, 'PoPS: Policy Pruning and Shrinking for Deep Reinforcement Learning' (IEEE
Journal of Selected Topics in Signal Processing, 2020):

    the first student has the teacher's shape
    repeat:
        audition    of shapes that divide the round's weights otherwise, take the one that learns
                    best
        transfer    distil the teacher into students of the round's shape, on the states that they
                    visit themselves, and keep the best one
        crashes     if it misses the objective, teach it what the teacher would have done before
                    each of its own crashes
        reinforce   if it still does, let it go on learning from the environment, with the
                    teacher's critic, held to the teacher by an anchor that fades
        prune       take weights from it one by one, with the teacher's guidance; pause while it
                    misses the objective
        shrink      the weights that each layer still needs give the shape of the next round's
                    students; where students of a shape missed the objective, try half-way back
        a student of a smaller shape has met the objective if it does so on fresh seeds too
    until a round would hardly shrink the network, or there are no steps left
    the smallest student that met the objective, confirmed on fresh seeds, is deployed

Ours are the pause, which the paper makes at a far lower score, LAMP scores, widths that are tried,
the states of students, several of them, what they learn after distillation, and the way back; the
paper has one student, its lopsided rule for widths, and ends at the first shape that fails.
"""

from dataclasses import replace
from pathlib import Path
import shutil
import time
from typing import Any

from stable_baselines3.common.base_class import BaseAlgorithm

from drl_prune_ros.pruning.audition import nearest_shapes
from drl_prune_ros.pruning.classroom import Classroom, classroom
from drl_prune_ros.pruning.crash_lessons import CrashLessons
from drl_prune_ros.pruning.distillation import Distillation
from drl_prune_ros.pruning.labelled_states import Met
from drl_prune_ros.pruning.objective import Objective
from drl_prune_ros.pruning.policy_pruning import PolicyPruning
from drl_prune_ros.pruning.pops_settings import JUDGED_ROUNDS, PopsSettings
from drl_prune_ros.pruning.reinforcement import reinforce, Tutor
from drl_prune_ros.pruning.search import inputs_of, Search
from drl_prune_ros.pruning.shrinking import of_one_size, Round
from drl_prune_ros.tasks.catalogue import Task
from drl_prune_ros.tasks.skill import Reference
from drl_prune_ros.training.actor import Actor, actor_of
from drl_prune_ros.training.checkpoint import drop_later_checkpoints, load_checkpoint
from drl_prune_ros.training.learner import load_model, without_schedules
from drl_prune_ros.training.run_folder import RunFolder
from drl_prune_ros.training.selection import keep_best, scores
from drl_prune_ros.training.settings import TrainSettings
from drl_prune_ros.training.start import set_actor
from drl_prune_ros.training.train import environment_seed

PROGRESS = 'pops.pt'
LARGE_STUDENT = 4000
"""Weights above which students are large: any start is as good, and they learn quickly."""
LARGE_SHARE = 0.5
"""Part of a distillation's minibatches that a large student takes."""
LARGE_BATCH = 256
"""States of a minibatch where a student may still be large, and each of them costs."""


class PolicyPruningAndShrinking:
    """
    The search; `run_rounds` goes on from where it was killed.

    :param teacher: SB3 file of the dense policy.
    """

    def __init__(self, run: RunFolder, task: Task, settings: TrainSettings, plan: PopsSettings,
                 seed: int, reference: Reference, teacher: Path, progress: bool = True) -> None:
        self.run = run
        self.task = task
        self.settings = replace(
            settings, guard_episodes=plan.guard_episodes or settings.guard_episodes)
        self.plan = plan
        self.seed = seed
        self.teacher = teacher
        self.progress = progress
        self.objective = Objective(run, task, self.settings, plan.max_skill_loss, reference,
                                   teacher)
        trained = load_model(teacher, custom_objects=without_schedules())
        self.search = Search(run.path / PROGRESS, actor_of(trained),
                             plan.distillation.temperature)
        drop_later_checkpoints(run.best, self.search.steps)

    def run_rounds(self) -> None:
        """Do one round after the other, to the end of the search or of the steps."""
        search = self.search
        while search.stage or (search.steps < self.plan.total_steps
                               and search.next_round(self.plan.tolerance)):
            if search.stage == 'audition':
                self._audition()
            first_seed = environment_seed(self.seed, search.steps, taught=True)
            with classroom(self.teacher, self.task, self._settings(self.plan.total_steps),
                           self.seed, first_seed, self.plan.rate_at_start) as room:
                if not search.inside:
                    search.restore_random()
                if search.stage == 'transfer':
                    self._transfer(room)
                if search.stage == 'crashes':
                    self._teach_crashes(room)
                if search.stage == 'reinforce':
                    self._reinforce(room)
                if search.stage == 'prune':
                    self._prune(room)

    def start_from(self, candidate: Path, steps: int) -> None:
        """Let a new search begin with the network in `candidate`, which meets the objective."""
        actor = actor_of(load_checkpoint(candidate))
        self.search.steps = steps
        self.search.enter(
            Round(actor.widths[1:-1], inputs_of(actor), actor.widths[-1], met=True), 'prune')

    def confirm(self) -> None:
        """Leave one candidate: the smallest that meets the objective on fresh seeds."""
        self.objective.confirm()

    def _settings(self, steps: int) -> TrainSettings:
        critic = self.settings.critic_hidden
        return replace(
            self.settings, hidden=self.search.now.hidden, total_steps=steps,
            critic_hidden=self.settings.hidden if critic is None else critic)

    def _audition(self) -> None:
        """Choose among shapes of the size of this round the one that learns best."""
        search = self.search
        search.restore_random()
        if self.plan.audition and not self._large:
            started = time.monotonic()
            shapes = of_one_size((search.now.hidden, search.now.inputs), search.now.outputs,
                                 search.rounds[:-1])
            apart = nearest_shapes(search.labelled, [hidden for hidden, _ in shapes],
                                   search.inputs, self.plan.distillation)
            search.note(hidden=next(iter(apart)))
            self._log(started, 'audition', divergences=[
                [list(hidden), value] for hidden, value in apart.items()])
        search.go_on('transfer')

    def _transfer(self, room: Classroom) -> None:
        """Distil the teacher into students, and go on with the best of them."""
        search, settings = self.search, self.plan.distillation
        if self._large:
            settings = replace(settings, restarts=1, batch_size=LARGE_BATCH,
                               minibatches=max(1, round(LARGE_SHARE * settings.minibatches)))
        states = min(self.plan.states, self.plan.total_steps - search.begun)
        distillation = Distillation(search.labelled, search.now.hidden, room.play, states,
                                    settings, search.inputs)
        if search.inside:
            distillation.set_state(search.inside)
            search.restore_random()   # only now: students have drawn their first weights
        while not distillation.done:
            started = time.monotonic()
            final_rounds = distillation.round >= settings.rounds - JUDGED_ROUNDS
            index, apart = distillation.turn()
            search.steps = search.begun + distillation.steps_done
            figures: dict[str, Any] = {}
            if final_rounds:
                set_actor(room.model, distillation.students[index])
                figures = self.objective.keep(room.model, search.steps)
            self._log(started, 'transfer', student=index, divergence=apart, **figures)
            if distillation.between_rounds:
                search.inside = distillation.state()
                search.save()
                # Only now: a kill before this leaves the candidates that the search knows of.
                keep_best(self.run.best, after=search.begun)
        if self._first and self._best()[1]['margin'] < 0.0:
            # What no student of the teacher's own size has learned, the teacher knows.
            set_actor(room.model, search.labelled.teacher)
            search.steps += 1
            self.objective.keep(room.model, search.steps)
        # The teacher, which may be the first round's student, has nothing to learn of itself.
        crashes = (self.plan.crashes.lessons and not self._first
                   and self.objective.reference.dense_crash_rate is not None)
        self._go_on_with_best('crashes' if crashes else self._rl)

    def _teach_crashes(self, room: Classroom) -> None:
        """Teach the best student of this round what to do before its own crashes."""
        plan, search = self.plan, self.search
        student = actor_of(load_checkpoint(self._best()[0]))
        lessons = CrashLessons(student, search.labelled, search.inputs, plan.crashes,
                               LARGE_BATCH if self._large else plan.distillation.batch_size)
        if search.inside:
            lessons.set_state(search.inside)
        search.restore_random()   # only now: loading a student seeds with the run's own seed
        while not lessons.done and search.steps < plan.total_steps:
            started = time.monotonic()
            lessons.meet(self._drive(room, student, plan.crash_steps))
            apart = lessons.learn()
            set_actor(room.model, student)
            figures = self.objective.keep(room.model, search.steps)
            self._log(started, 'crashes', divergence=apart,
                      before_crashes=len(lessons.crashes.states), **figures)
            search.inside = lessons.state()
            search.save()
            keep_best(self.run.best, after=search.begun)
        self._go_on_with_best(self._rl)

    def _reinforce(self, room: Classroom) -> None:
        """Let the best student of this round learn from the environment."""
        started, search = time.monotonic(), self.search
        steps = min(round(self.plan.rl_share * self.plan.total_steps),
                    self.plan.total_steps - search.steps)

        def student() -> BaseAlgorithm:
            set_actor(room.model, actor_of(load_checkpoint(self._best()[0])))
            return room.model

        path = self.run.path / 'rounds' / f'{len(search.rounds):02d}'
        learned = reinforce(path, student, Tutor(search.labelled.teacher, self.plan.anchor),
                            self.task, self._settings(steps), self.seed,
                            self.plan.rate_at_start, search.steps,
                            self.objective.margin, self.progress)
        for candidate in scores(learned.best):
            name = f'{search.steps + int(candidate.name):012d}'
            shutil.copytree(candidate, self.run.best / name, dirs_exist_ok=True)
        keep_best(self.run.best, after=search.begun)
        search.steps += learned.steps
        self._log(started, 'reinforce')
        self._go_on_with_best(None)

    def _prune(self, room: Classroom) -> None:
        """Take weights from the round's student, pausing while it misses the objective."""
        plan, search = self.plan, self.search
        student = actor_of(load_checkpoint(self._best()[0]))
        pruning = PolicyPruning(
            student, search.labelled, plan.pruning_minibatches, plan.final_sparsity,
            plan.pruning_rate, LARGE_BATCH)
        missed = 0
        if search.inside:
            pruning.set_state(search.inside['pruning'])
            missed = search.inside['missed']
            search.restore_random()   # only now: loading a student seeds with the run's own seed
        if not len(search.labelled.states):
            self._visit(room, search.labelled.teacher, plan.states)
        visited = -(-plan.states // (2 * plan.judgements))
        while (not pruning.done and missed < plan.patience
               and search.steps < plan.total_steps):
            started = time.monotonic()
            apart = pruning.learn(-(-plan.pruning_minibatches // plan.judgements))
            self._visit(room, student, visited)
            set_actor(room.model, student)
            episodes, figures = self.objective.judge(room.model)
            if self.objective.margin(episodes) >= 0.0:
                reads = tuple(pruning.inputs.nonzero().flatten().tolist())
                search.note(left=tuple(pruning.left), reads=reads)
                missed = 0
            else:
                missed += 1
            # What it has lost it learns to do without first, or never.
            pruning.paused = missed > 0
            search.inside = {'pruning': pruning.state(), 'missed': missed}
            self._log(started, 'prune', divergence=apart, nonzeros=sum(pruning.left), **figures,
                      needed=search.now.left)
            search.save()
        search.go_on(None)

    def _visit(self, room: Classroom, actor: Actor, steps: int) -> None:
        """Let the teacher label the states that `actor` meets."""
        self.search.labelled.add(self._drive(room, actor, steps).states)

    def _drive(self, room: Classroom, actor: Actor, steps: int) -> Met:
        """Let `actor` act for so many steps, or for those that are left."""
        left = max(1, self.plan.total_steps - self.search.steps)
        met = room.play.visit(actor, min(steps, left))
        self.search.steps += len(met.states)
        return met

    @property
    def _first(self) -> bool:
        """Whether this round's students have the teacher's shape, or are what DSP left."""
        return len(self.search.rounds) == 1

    @property
    def _large(self) -> bool:
        return self._first or self.search.now.weights > LARGE_STUDENT

    @property
    def _rl(self) -> str | None:
        return 'reinforce' if self.plan.rl else None

    def _go_on_with_best(self, otherwise: str | None) -> None:
        """Note whether the round's student met the objective, and choose the next stage."""
        search, objective = self.search, self.objective
        # A shape that is too small ends the way down, so the others are looked at again.
        score = (self._best() if self._first else objective.best_again(search.begun))[1]
        met, fresh = score['margin'] >= 0.0, bool(score.get('fresh'))
        reference = objective.reference_again if fresh else objective.reference
        skill = reference.skill(score['return'])
        search.note(met=met)
        self.run.log(step=search.steps, round=len(search.rounds), hidden=search.now.hidden,
                     weights=score['weights'], skill=skill, crash_rate=score['crash_rate'],
                     fresh=fresh, met=met)
        stage = 'prune' if met else otherwise if skill >= self.plan.worth else None
        # What the student still needs is of use to the next round alone.
        search.go_on(stage if search.steps < self.plan.total_steps else None)

    def _best(self) -> tuple[Path, dict[str, Any]]:
        """Return the best candidate of this round and its scores."""
        # What a search starts from was there before its first round.
        given = self._first and self.search.now.met
        return self.objective.best(-1 if given else self.search.begun)

    def _log(self, started: float, stage: str, **figures: Any) -> None:
        self.run.log(step=self.search.steps, round=len(self.search.rounds), stage=stage, **figures,
                     seconds_since_last=round(time.monotonic() - started, 3))


def shrink(run: RunFolder, task: Task, settings: TrainSettings, plan: PopsSettings, seed: int,
           reference: Reference, teacher: Path, progress: bool = True) -> None:
    """Shrink `teacher`; `run.best` holds the smallest student that met the objective."""
    shrinking = PolicyPruningAndShrinking(run, task, settings, plan, seed, reference, teacher,
                                          progress)
    shrinking.run_rounds()
    shrinking.confirm()
