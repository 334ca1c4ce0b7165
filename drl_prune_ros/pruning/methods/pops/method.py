# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
PoPS: policy pruning and shrinking, by distillation, in rounds.

After Livne and Cohen, 'PoPS: Policy Pruning and Shrinking for Deep Reinforcement Learning' (IEEE
Journal of Selected Topics in Signal Processing, 2020):

    the first student has the teacher's shape
    repeat:
        try shapes  of shapes that divide the round's weights otherwise, take the one that learns
                    best
        transfer    distill the teacher into students of the round's shape, on the states that they
                    visit themselves, and keep the best one
        crashes     if it misses the objective, teach it what the teacher would have done before
                    each of its own crashes
        reinforce   if it still does, let it go on learning from the environment, with the
                    teacher's critic, held to the teacher by a regularizer that fades
        prune       take weights from it one by one, with the teacher's guidance; pause while it
                    misses the objective
        shrink      the weights that each layer still needs give the shape of the next round's
                    students; where students of a shape missed the objective, try half-way back
        a student of a smaller shape has met the objective if it does so on held-out seeds too
    until a round would hardly shrink the network, or there are no steps left
    the smallest student that met the objective, confirmed on held-out seeds, is deployed

Ours are the pause, which the paper makes at a far lower score, LAMP scores, widths that are tried,
the states of students, several of them, what they learn after distillation, and the way back; the
paper has one student, its lopsided rule for widths, and ends at the first shape that fails.
"""

from dataclasses import replace
from pathlib import Path

from drl_prune_ros.pruning.distillation.session import distillation_session
from drl_prune_ros.pruning.method import Method, RunContext, TeacherUse
from drl_prune_ros.pruning.methods.pops.objective import Objective
from drl_prune_ros.pruning.methods.pops.search import inputs_of, Search, Stage
from drl_prune_ros.pruning.methods.pops.settings import PopsSettings
from drl_prune_ros.pruning.methods.pops.shapes import Round
from drl_prune_ros.pruning.methods.pops.stages import Stages
from drl_prune_ros.training.checkpoint import drop_later_checkpoints, load_checkpoint
from drl_prune_ros.training.learner import load_model, without_schedules
from drl_prune_ros.training.networks.mlp import actor_of
from drl_prune_ros.training.train import environment_seed

PROGRESS = 'pops.pt'


class PolicyPruningAndShrinking:
    """The search; `run_rounds` resumes where it was killed."""

    def __init__(self, context: RunContext[PopsSettings]) -> None:
        settings = context.settings
        context = replace(context, train=context.train.with_validation_episodes(
            settings.validation_episodes))
        assert context.teacher is not None
        self.context = context
        self.run = context.run
        self.settings = settings
        self.objective = Objective(context)
        trained = load_model(context.teacher, custom_objects=without_schedules())
        self.search = Search(context.run.path / PROGRESS, actor_of(trained),
                             settings.distillation.temperature)
        self.stages = Stages(context, self.search, self.objective)
        drop_later_checkpoints(context.run.best, self.search.steps)

    def run_rounds(self) -> None:
        """Do one round after the other, to the end of the search or of the steps."""
        search, stages = self.search, self.stages
        while search.stage or (search.steps < self.settings.total_steps
                               and search.next_round(self.settings.tolerance)):
            if search.stage is Stage.SHAPE_TRIALS:
                stages.try_shapes()
                search.go_on(Stage.TRANSFER)
            first_seed = environment_seed(self.context.seed, search.steps, from_teacher=True)
            context = stages.context_for(self.settings.total_steps)
            with distillation_session(context, first_seed,
                                      self.settings.rate_at_start) as session:
                if not search.inside:
                    search.restore_random()
                if search.stage is Stage.TRANSFER:
                    stages.transfer(session)
                    self._go_on(otherwise=Stage.CRASH_REPLAY if self._crashes_count else self._rl)
                if search.stage is Stage.CRASH_REPLAY:
                    stages.replay_crashes(session)
                    self._go_on(otherwise=self._rl)
                if search.stage is Stage.REINFORCE:
                    stages.reinforce(session)
                    self._go_on(otherwise=None)
                if search.stage is Stage.PRUNE:
                    stages.prune(session)
                    search.go_on(None)

    def start_from(self, candidate: Path, steps: int) -> None:
        """Begin a new search with the network in `candidate`, which meets the objective."""
        actor = actor_of(load_checkpoint(candidate))
        self.search.steps = steps
        self.search.enter(
            Round(actor.widths[1:-1], inputs_of(actor), actor.widths[-1], met=True), Stage.PRUNE)

    def confirm(self) -> None:
        """Leave one candidate: the smallest that meets the objective on held-out seeds."""
        self.objective.confirm()

    @property
    def _crashes_count(self) -> bool:
        """Whether students replay their crashes; the teacher as first student does not."""
        return bool(self.settings.crashes.replays) and not self.stages.first and (
            self.objective.reference.dense_crash_rate is not None)

    @property
    def _rl(self) -> Stage | None:
        return Stage.REINFORCE if self.settings.rl else None

    def _go_on(self, otherwise: Stage | None) -> None:
        """Note whether the round's student met the objective, and choose the next stage."""
        search, objective = self.search, self.objective
        # A shape that is too small ends the way down, so the others play held-out episodes too.
        best = (self.stages.best() if self.stages.first
                else objective.best_held_out(search.begun))
        met = best.margin >= 0.0
        reference = objective.held_out_reference if best.held_out else objective.reference
        skill = reference.skill(best.return_mean)
        search.note(met=met)
        self.run.log(step=search.steps, round=len(search.rounds), hidden=search.now.hidden,
                     weights=best.weights, skill=skill, crash_rate=best.crash_rate,
                     held_out=best.held_out, met=met)
        stage = Stage.PRUNE if met else otherwise if skill >= self.settings.worth else None
        # What the student still needs is of use to the next round alone.
        search.go_on(stage if search.steps < self.settings.total_steps else None)


class Pops(Method[PopsSettings]):
    """Shrink a dense policy by distillation, in rounds."""

    name = 'pops'
    settings_type = PopsSettings
    teacher = TeacherUse.NEEDED
    options = frozenset({'--max-skill-loss'})
    ablations = PopsSettings.ABLATIONS
    needs_reference = True
    wider_limits = 'a larger --max-skill-loss'

    def run(self, context: RunContext[PopsSettings]) -> None:
        """Do the rounds; the candidate that is left is the smallest that met the objective."""
        search = PolicyPruningAndShrinking(context)
        search.run_rounds()
        search.confirm()
