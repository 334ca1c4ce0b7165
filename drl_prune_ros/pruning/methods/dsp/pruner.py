# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
DSP: dynamic structured pruning while a policy trains.

In the style of Su, Li, Xu, Kang, Niyato and Xie, 'Compressing Deep Reinforcement Learning
Networks with a Dynamic Structured Pruning Method for Autonomous Driving' (arXiv 2402.05146),
whose formulas are not public; importance, budget and reconstruction are this project's own.

    train the dense policy; a copy of it, before the first cut, is the teacher
    from the start of the ramp, while the policy trains:
        before every optimizer step:  regularize towards the teacher, less and less
        after every optimizer step:   shrink unimportant groups (proximal), in the ramp, and keep
                                      masked ones at zero
        every now and then, until the target is reached and accepted:
            I        <- running mean of each unit's importance on recent states
            decision  <- skill and crash rate of the greedy policy on validation episodes
            go on:     accept; delete what is masked for good; lower the budget; mask the units
                       that matter least for each weight they free; reconstruct the layers that
                       read them, distill towards the teacher
            hold:      let half of what was masked last regrow
            roll back: restore the last accepted network, and cut half as deep
    half-way from the ramp's end to the run's, the network is settled: the rest is fine-tuning
"""

from collections.abc import Callable
import time
from typing import Any

from stable_baselines3.common.base_class import BaseAlgorithm
import torch

from drl_prune_ros.policy.manifest import count_weights, dense_widths
from drl_prune_ros.pruning.distillation.teacher import loss_scale, REGULARIZER_STATES, Teacher
from drl_prune_ros.pruning.methods.dsp.budget import PruningDecision, WeightBudget
from drl_prune_ros.pruning.methods.dsp.settings import DSPSettings
from drl_prune_ros.pruning.structured import snapshot
from drl_prune_ros.pruning.structured.critics import forget_momentum, shrink_critics
from drl_prune_ros.pruning.structured.importance import (
    magnitude_importance,
    random_importance,
    RunningImportance,
    unit_importance,
)
from drl_prune_ros.pruning.structured.masks import Masks
from drl_prune_ros.pruning.structured.recent_states import (
    IMPORTANCE_STATES,
    RecentStates,
    RECONSTRUCTION_STATES,
)
from drl_prune_ros.pruning.structured.reconstruction import distill_back, reconstruct
from drl_prune_ros.pruning.structured.regrowth import RegrowthBuffer
from drl_prune_ros.pruning.structured.regularizer import shrink_unimportant
from drl_prune_ros.pruning.structured.selection import choose_units
from drl_prune_ros.pruning.structured.surgery import delete_masked, release_graph, store_widths
from drl_prune_ros.tasks.evaluation import Act
from drl_prune_ros.training.callbacks import Pruner
from drl_prune_ros.training.networks.greedy_policy import greedy
from drl_prune_ros.training.networks.mlp import actor_of, MlpView, require_hidden
from drl_prune_ros.training.run_folder import RunFolder

LEAST_STATES = 2048
MEASUREMENTS_PER_DECISION = 4

SkillAndCrashes = Callable[[Act], tuple[float, float | None]]
"""Skill and crash rate of a greedy policy on validation episodes."""


class DynamicStructuredPruning(Pruner):
    """
    The pruner: a callback that acts between updates and two hooks on the optimizer.

    :param run: where every decision is logged.
    :param evaluate: returns skill and crash rate of a greedy policy on validation episodes.
    :param from_teacher: whether the policy was trained before; it is then the teacher as it comes.
    :param keep: called with the learner whenever its policy is accepted.
    """

    def __init__(self, settings: DSPSettings, run: RunFolder, evaluate: SkillAndCrashes,
                 from_teacher: bool = False,
                 keep: Callable[[BaseAlgorithm], None] = lambda model: None) -> None:
        super().__init__()
        self.settings = settings
        self.run = run
        self.evaluate = evaluate
        self.from_teacher = from_teacher
        self.keep = keep
        self.settled = False
        self.has_cut = False
        self.measurements = 0
        self.next_measurement = 0.0
        self.steps_since_cut = settings.warm_up
        self.importance = RunningImportance()
        self.regrowth_buffer = RegrowthBuffer()
        self.teacher: Teacher | None = None
        self.accepted: dict[str, Any] | None = None
        self.resumed: dict[str, Any] | None = None

    @property
    def evaluates(self) -> bool:
        """Until it is settled: dense before the ramp, then each decision keeps what is good."""
        return self.settings.rollback is not None and not self.settled

    def _on_training_start(self) -> None:
        self.actor: MlpView = actor_of(self.model)
        require_hidden(self.actor)
        self.masks = Masks.all_kept(self.actor)
        self.states = RecentStates(self.model, self.actor.widths[0])
        self.budget = WeightBudget(
            self.masks.weights(self.actor), self.settings.target_weights, self.settings.ramp,
            self.settings.rollback)
        self.settings.check_target(self.actor.widths)
        if self.resumed:
            self._go_on_from(self.resumed)
        elif self.from_teacher:
            self.teacher = Teacher(self.actor)
        optimizer = self.actor.optimizer
        assert optimizer is not None
        self.hooks = [optimizer.register_step_pre_hook(self._before_step),
                      optimizer.register_step_post_hook(self._after_step)]

    def _on_training_end(self) -> None:
        for hook in self.hooks:
            hook.remove()

    def _before_step(self, optimizer: torch.optim.Optimizer, *_: Any) -> None:
        """Pull the policy towards the teacher, and warm the learning rate up after a cut."""
        if self.teacher:
            left = (1.0 - self.progress) / (1.0 - self.settings.ramp[0])
            strength = self.settings.teacher_regularization * min(1.0, left)
            self.teacher.apply_regularizer(self.actor, strength)
        if self.steps_since_cut < self.settings.warm_up:
            self.steps_since_cut += 1
            rate = self.model.lr_schedule(self.model._current_progress_remaining)
            for group in optimizer.param_groups:
                group['lr'] = rate * self.steps_since_cut / self.settings.warm_up

    def _after_step(self, *_: Any) -> None:
        """Shrink unimportant groups during the ramp, and keep masked groups at zero."""
        shrinking = self._in_ramp() and not self.settled and self.settings.strength
        if self.importance.mean is not None and shrinking:
            shrink_unimportant(self.actor, self.importance.mean, self.settings.strength)
        if not all(kept.all() for kept in self.masks.kept):
            self.masks.apply(self.actor)

    def _on_rollout_start(self) -> None:
        early = self.progress < self.settings.ramp[0] and not self.from_teacher
        if early or self.num_timesteps < self.next_measurement:
            return
        states = self.states.shuffled()
        if len(states) < LEAST_STATES:
            return
        # Rollouts end between two measurements; what one is late by, the next is early by.
        pause = self._steps_per_decision() / MEASUREMENTS_PER_DECISION
        self.next_measurement = max(self.next_measurement, self.num_timesteps - pause) + pause
        if self.teacher and self.settings.teacher_regularization:
            scale = loss_scale(self.model, self.actor, states)
            self.teacher.label(states[:REGULARIZER_STATES], scale)
        if self.settled or self.progress < self.settings.ramp[0]:
            return
        self.importance.update(self._importance(states[:IMPORTANCE_STATES]))
        self.measurements += 1
        if self.measurements % MEASUREMENTS_PER_DECISION == 0:
            self._decide(states)

    def _importance(self, states: torch.Tensor) -> list[torch.Tensor]:
        if self.settings.importance == 'magnitude':
            return magnitude_importance(self.actor)
        if self.settings.importance == 'random':
            return random_importance(self.actor)
        return unit_importance(self.actor, states)

    def _decide(self, states: torch.Tensor) -> None:
        started = time.monotonic()
        release_graph(self.model)
        skill: float | None = None
        crash_rate: float | None = None
        decision = PruningDecision.GO_ON
        if self.settings.rollback:
            skill, crash_rate = self.evaluate(greedy(self.model))
            decision = self.budget.decide(skill, crash_rate)
        if decision is PruningDecision.ROLL_BACK and not self.accepted:
            decision = PruningDecision.HOLD
        evaluated = time.monotonic()
        if decision is PruningDecision.ROLL_BACK:
            self._roll_back(states)
        elif decision is PruningDecision.HOLD:
            self._regrow(states)
        else:
            self._accept()
        if self._is_over(decision):
            self._settle()
        elif decision is PruningDecision.GO_ON:
            self.budget.advance(self.progress, self.settings.decisions)
            self._cut(states)
        self.run.log(step=self.num_timesteps, decision=decision.value, skill=skill,
                     crash_rate=crash_rate, budget=self.budget.weights,
                     weights=self.masks.weights(self.actor),
                     widths=self.masks.widths(self.actor), stored=self.actor.widths,
                     validation_seconds=round(evaluated - started, 3),
                     reconstruction_seconds=round(time.monotonic() - evaluated, 3))
        self.logger.record('pruning/weights', self.masks.weights(self.actor))
        if skill is not None:
            self.logger.record('pruning/skill', skill)

    def _is_over(self, decision: PruningDecision) -> bool:
        """Return whether the last cut was accepted, or came too late for another one to heal."""
        return self._late() or (decision is PruningDecision.GO_ON and self.budget.reached)

    def _late(self) -> bool:
        """Return whether a cut made now would come too late to heal."""
        return self.progress >= (self.settings.ramp[1] + 1.0) / 2

    def _settle(self) -> None:
        """Delete what is masked: the rest of the run is fine-tuning."""
        self._delete()
        self.settled = True

    def _cut(self, states: torch.Tensor) -> None:
        stored = Masks.all_kept(self.actor).weights(self.actor)
        if self.masks.weights(self.actor) <= (1 - self.settings.surgery_share) * stored:
            self._delete()
        assert self.importance.mean is not None
        chosen = choose_units(
            self.actor, self.masks, self.importance.mean, self.budget.weights)
        if chosen.weights(self.actor) < self.masks.weights(self.actor):
            self.has_cut = True
            self.regrowth_buffer.before_cut(self.actor, self.masks, self.importance.mean)
            self.masks = chosen
            if self.settings.reconstruction:
                reconstruct(self.actor, self.masks, states[:RECONSTRUCTION_STATES])
            self._distill_back(states)

    def _distill_back(self, states: torch.Tensor) -> None:
        """Distill towards the teacher, and let the learner forget the network before the cut."""
        assert self.teacher is not None
        self.masks.apply(self.actor)
        distill_back(self.actor, self.masks, self.teacher.answer(states), states,
                     self.settings.distillation_steps, self.settings.distillation_divergence)
        forget_momentum(self.actor)
        snapshot.sync_targets(self.actor)
        self.steps_since_cut = 0

    def _regrow(self, states: torch.Tensor) -> None:
        """Bring back half of what was masked last, and raise the budget with it."""
        if not (self.settings.regrowth and self.regrowth_buffer.kept and self._in_ramp()):
            return
        assert self.accepted is not None
        self.masks = self.regrowth_buffer.regrow(self.actor, self.masks)
        self.budget.position = (self.budget.position + self.accepted['position']) / 2
        self._distill_back(states)

    def _delete(self) -> None:
        kept = self.masks.kept
        self.masks = delete_masked(self.actor, self.masks)
        store_widths(self.model)
        self.importance.select([torch.ones_like(kept[0]), *kept[1:]])
        self.regrowth_buffer.forget()
        if self.settings.prune_critics:
            dense = dense_widths(self.actor.widths[0], self.actor.widths[-1])
            shrink_critics(self.model, self.states,
                           self.masks.weights(self.actor) / count_weights(dense),
                           self.settings.distillation_steps,
                           self.settings.distillation_divergence)

    def _accept(self) -> None:
        if not (self.from_teacher or self.has_cut):
            self.teacher = Teacher(self.actor)
        self.keep(self.model)
        self.accepted = {
            **snapshot.take(self.actor, self.masks),
            'importance': [mean.clone() for mean in self.importance.mean or []],
            'position': self.budget.position}

    def _roll_back(self, states: torch.Tensor) -> None:
        """Restore the network before the cut, which is known to be good, and cut half as deep."""
        assert self.accepted is not None
        self.masks = snapshot.restore(self.model, self.actor, self.accepted)
        self.importance.mean = [mean.clone() for mean in self.accepted['importance']]
        self.regrowth_buffer.forget()
        self.steps_since_cut = 0
        if self._late():
            self.budget.position = self.accepted['position']
        else:
            self.budget.back_off(self.accepted['position'])
            self._cut(states)

    def _in_ramp(self) -> bool:
        return self.settings.ramp[0] <= self.progress <= self.settings.ramp[1]

    def _steps_per_decision(self) -> float:
        start, end = self.settings.ramp
        return (end - start) * self.settings.total_steps / self.settings.decisions

    def _on_rollout_end(self) -> None:
        self.states.remember()

    def state(self) -> dict[str, Any]:
        """Return what a resume needs to go on."""
        return {'measurements': self.measurements, 'next_measurement': self.next_measurement,
                'settled': self.settled, 'has_cut': self.has_cut,
                'steps_since_cut': self.steps_since_cut, 'masks': self.masks.kept,
                'importance': self.importance.mean, 'budget': self.budget.state(),
                'accepted': self.accepted, 'regrowth_buffer': self.regrowth_buffer.state(),
                'states': self.states.remembered,
                'teacher': self.teacher.state() if self.teacher else None,
                'labeled': self.teacher.labeled() if self.teacher else None}

    def set_state(self, state: dict[str, Any]) -> None:
        """Resume from `state` when training starts."""
        self.resumed = state

    def _go_on_from(self, state: dict[str, Any]) -> None:
        self.measurements = state['measurements']
        self.settled = state['settled']
        self.has_cut = state['has_cut']
        self.next_measurement = state['next_measurement']
        self.steps_since_cut = state['steps_since_cut']
        self.masks = Masks(state['masks'])
        self.importance.mean = state['importance']
        self.budget.set_state(state['budget'])
        self.accepted = state['accepted']
        self.regrowth_buffer.set_state(state['regrowth_buffer'])
        self.states.remembered = state['states']
        if state['teacher']:
            self.teacher = Teacher.from_state(state['teacher'], self.actor)
            self.teacher.restore(state.get('labeled', (torch.empty(0), 1.0)))
