# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
DSP: dynamic structured pruning while a policy trains.

In the style of Su, Li, Xu, Kang, Niyato and Xie, 'Compressing Deep Reinforcement Learning
Networks with a Dynamic Structured Pruning Method for Autonomous Driving' (arXiv 2402.05146),
whose formulas are not public; importance, threshold and recovery are this project's own.

    train the dense policy; as the ramp starts, a copy of it becomes the teacher
    from then on, while the policy trains:
        before every optimizer step:  pull towards the teacher, less and less
        after every optimizer step:   shrink unimportant groups (proximal), in the ramp, and keep
                                      masked ones at zero
        every update, until the target is reached:
            I        <- running mean of each unit's importance on recent states
        every few updates, until then:
            verdict  <- skill and crash rate of the greedy policy on guard episodes
            roll back to the last accepted network, hold, or accept and lower the budget
            mask the units that matter least for each weight they free
            fold their means, refit the layers that read them, distil towards the teacher
            delete masked neurons once there are enough of them
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

import torch

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.policy.manifest import count_weights
from drl_prune_ros.pruning import snapshot
from drl_prune_ros.pruning.anchor import Teacher
from drl_prune_ros.pruning.importance import RunningImportance, unit_importance
from drl_prune_ros.pruning.masks import Masks
from drl_prune_ros.pruning.recovery import distil_back, fold_and_refit
from drl_prune_ros.pruning.regulariser import shrink_unimportant
from drl_prune_ros.pruning.surgery import delete_masked
from drl_prune_ros.pruning.threshold import choose_units, GuardSettings, Threshold, Verdict
from drl_prune_ros.training.actor import Actor, actor_of, greedy
from drl_prune_ros.training.callbacks import BetweenUpdates
from drl_prune_ros.training.run_folder import RunFolder
from drl_prune_ros.training.settings import RESTART_SHARE

IMPORTANCE_STATES = 2048
REFIT_STATES = 32_768
RECENT_STATES = 131_072
ANCHOR_STATES = 16_384

SkillAndCrashes = Callable[[Any], tuple[float, float | None]]
"""Skill and crash rate of a greedy policy on guard episodes."""


@dataclass(frozen=True)
class DSPSettings:
    """Settings of dynamic structured pruning."""

    total_steps: int
    """Environment steps of the run, pruning and fine-tuning included."""
    target_weights: int
    """Weights that may be left when the ramp ends."""
    ramp: tuple[float, float] = (0.75, 0.85)
    """Part of the run in which the network shrinks; the rest is fine-tuning."""
    verdicts: int = 12
    """How often, over the ramp, the guard judges and the network may shrink."""
    strength: float = 1e-4
    """Part of the mean group norm that the least important unit loses at each optimizer step."""
    recovery_steps: int = 3000
    """Minibatches of distillation after a cut, at most."""
    recovered: float = 1e-3
    """Divergence from the teacher at which distillation ends early."""
    rate_at_ramp: float = RESTART_SHARE
    """Share of the learning rate that is left when the ramp starts: a teacher worth having."""
    anchor: float = 1.0
    """Pull towards the teacher when the ramp starts; falls to 0 with the run."""
    surgery_share: float = 0.25
    """Part of the weights that must be masked before neurons are deleted."""
    guard: GuardSettings = field(default_factory=GuardSettings)
    """When to hold and when to roll back."""

    @classmethod
    def from_dict(cls, entry: dict[str, Any], **overrides: Any) -> 'DSPSettings':
        """Read settings from a mapping; an unknown name is refused by name."""
        values = {**entry, **{name: v for name, v in overrides.items() if v is not None}}
        if 'ramp' in values:
            values['ramp'] = tuple(values['ramp'])
        try:
            if 'guard' in values:
                values['guard'] = GuardSettings(**values['guard'])
            settings = cls(**values)
        except TypeError as error:
            raise DrlPruneError(f'pruning settings: {error}') from None
        start, end = settings.ramp
        if not 0 <= start < end <= 1:
            raise DrlPruneError(f'the ramp must lie in 0 to 1, got {start} to {end}')
        return settings

    def check_target(self, widths: tuple[int, ...]) -> None:
        """Refuse a target below one unit a layer of a network of these widths."""
        least = count_weights((*(1 for _ in widths[:-1]), widths[-1]))
        if self.target_weights < least:
            raise DrlPruneError(
                f'a target of {self.target_weights} weights is below one unit a layer '
                f'({least} weights): ask for more')

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for YAML and JSON."""
        return {**asdict(self), 'ramp': list(self.ramp)}


class DynamicStructuredPruning(BetweenUpdates):
    """
    The pruner: a callback that acts between updates and two hooks on the optimizer.

    :param run: where every verdict is logged.
    :param judge: plays the guard episodes.
    """

    def __init__(self, settings: DSPSettings, run: RunFolder, judge: SkillAndCrashes) -> None:
        super().__init__()
        self.settings = settings
        self.run = run
        self.judge = judge
        self.updates = 0
        self.importance = RunningImportance()
        self.teacher: Teacher | None = None
        self.accepted: dict[str, Any] | None = None
        self.resumed: dict[str, Any] | None = None

    def _on_training_start(self) -> None:
        self.actor: Actor = actor_of(self.model)
        self.masks = Masks.all_kept(self.actor)
        self.states = torch.empty(0, self.actor.widths[0])
        self.threshold = Threshold(
            self.masks.weights(self.actor), self.settings.target_weights, self.settings.ramp,
            self.settings.guard)
        self.settings.check_target(self.actor.widths)
        if self.resumed:
            self._go_on_from(self.resumed)
        optimizer = self.model.policy.optimizer
        self.hooks = [optimizer.register_step_pre_hook(self._before_step),
                      optimizer.register_step_post_hook(self._after_step)]

    def _on_training_end(self) -> None:
        for hook in self.hooks:
            hook.remove()
        self._delete()

    def _before_step(self, *_: Any) -> None:
        """Pull the policy towards the teacher."""
        if self.teacher:
            left = (1.0 - self.progress) / (1.0 - self.settings.ramp[0])
            self.teacher.pull(self.actor, self.settings.anchor * left)

    def _after_step(self, *_: Any) -> None:
        """Shrink unimportant groups during the ramp, and keep masked groups at zero."""
        if self.importance.mean is not None and self._in_ramp():
            shrink_unimportant(self.actor, self.importance.mean, self.settings.strength)
        self.masks.apply(self.actor)

    def _on_rollout_start(self) -> None:
        if self.progress < self.settings.ramp[0] or not len(self.states):
            return
        states = self.states[torch.randperm(len(self.states))]
        self.teacher = self.teacher or Teacher(self.actor)
        self.teacher.look_at(states[:ANCHOR_STATES])
        if self.threshold.reached:
            return
        self.importance.update(unit_importance(self.actor, states[:IMPORTANCE_STATES]))
        self.updates += 1
        if self.updates % self._updates_per_verdict() == 0:
            self._verdict(states)

    def _verdict(self, states: torch.Tensor) -> None:
        skill, crash_rate = self.judge(greedy(self.model))
        verdict = self.threshold.judge(skill, crash_rate)
        if verdict is Verdict.ROLL_BACK and not self.accepted:
            verdict = Verdict.HOLD
        if verdict is Verdict.ROLL_BACK:
            self._roll_back()
        elif verdict is Verdict.GO_ON:
            self._accept()
            self.threshold.advance(self.progress, self.settings.verdicts)
            self._cut(states)
        self.run.log(step=self.num_timesteps, verdict=verdict.value, skill=skill,
                     crash_rate=crash_rate, budget=self.threshold.budget,
                     weights=self.masks.weights(self.actor),
                     widths=self.masks.widths(self.actor), stored=self.actor.widths)
        self.logger.record('pruning/weights', self.masks.weights(self.actor))
        self.logger.record('pruning/skill', skill)

    def _cut(self, states: torch.Tensor) -> None:
        assert self.importance.mean is not None
        chosen = choose_units(
            self.actor, self.masks, self.importance.mean, self.threshold.budget)
        if chosen.weights(self.actor) == self.masks.weights(self.actor):
            return
        assert self.teacher is not None
        self.masks = chosen
        fold_and_refit(self.actor, self.masks, states[:REFIT_STATES])
        distil_back(self.actor, self.masks, self.teacher.log_probabilities(states), states,
                    self.settings.recovery_steps, self.settings.recovered)
        self._forget_momentum()
        stored = Masks.all_kept(self.actor).weights(self.actor)
        enough = self.masks.weights(self.actor) <= (1 - self.settings.surgery_share) * stored
        if enough or self.threshold.reached:
            self._delete()

    def _delete(self) -> None:
        kept = self.masks.kept
        self.masks = delete_masked(self.model, self.actor, self.masks)  # type: ignore[arg-type]
        self.importance.select([torch.ones_like(kept[0]), *kept[1:]])

    def _accept(self) -> None:
        self.accepted = {
            **snapshot.take(self.model, self.actor, self.masks),  # type: ignore[arg-type]
            'importance': [mean.clone() for mean in self.importance.mean or []],
            'position': self.threshold.position}

    def _roll_back(self) -> None:
        assert self.accepted is not None
        self.masks = snapshot.restore(self.model, self.actor, self.accepted)  # type: ignore
        self.importance.mean = [mean.clone() for mean in self.accepted['importance']]
        self.threshold.position = self.accepted['position']

    def _forget_momentum(self) -> None:
        """Clear Adam's first moment: it points where the network stood before the cut."""
        for parameter in self.actor.parameters():
            self.model.policy.optimizer.state[parameter]['exp_avg'].zero_()

    def _in_ramp(self) -> bool:
        return self.settings.ramp[0] <= self.progress <= self.settings.ramp[1]

    def _updates_per_verdict(self) -> int:
        start, end = self.settings.ramp
        rollout = self.model.n_steps * self.model.n_envs  # type: ignore[attr-defined]
        updates = (end - start) * self.model._total_timesteps / rollout
        return max(1, round(updates / self.settings.verdicts))

    def _on_rollout_end(self) -> None:
        """Remember states: the learner empties its buffer before the next rollout starts."""
        observations = self.model.rollout_buffer.observations  # type: ignore[attr-defined]
        newest = torch.as_tensor(observations.reshape(-1, self.actor.widths[0]).copy())
        self.states = torch.cat([newest, self.states])[:RECENT_STATES]

    def may_select(self) -> bool:
        """Say whether the network is as small as it was asked to become."""
        return self.threshold.reached

    def state(self) -> dict[str, Any]:
        """Return what a resume needs to go on."""
        return {'updates': self.updates, 'masks': self.masks.kept,
                'importance': self.importance.mean, 'threshold': self.threshold.state(),
                'accepted': self.accepted, 'states': self.states,
                'teacher': self.teacher.state() if self.teacher else None}

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on from `state` when training starts."""
        self.resumed = state

    def _go_on_from(self, state: dict[str, Any]) -> None:
        self.updates = state['updates']
        self.masks = Masks(state['masks'])
        self.importance.mean = state['importance']
        self.threshold.set_state(state['threshold'])
        self.accepted = state['accepted']
        self.states = state['states']
        if state['teacher']:
            self.teacher = Teacher.from_state(state['teacher'], self.actor.activation)
