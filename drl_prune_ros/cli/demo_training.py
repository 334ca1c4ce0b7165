# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The two ways in which the demo comes to a shrunk policy: from a dense one, and from nothing."""

from pathlib import Path
from tempfile import TemporaryDirectory

from drl_prune_ros.cli.demo_stages import choice, NarratedRun
from drl_prune_ros.policy.policy_file import read_policy
from drl_prune_ros.pruning.evaluation.reference import measure
from drl_prune_ros.pruning.method import RunContext
from drl_prune_ros.pruning.methods.dsp.method import Dsp
from drl_prune_ros.pruning.methods.dsp.settings import DSPSettings
from drl_prune_ros.tasks.catalogue import Task
from drl_prune_ros.tasks.skill import load_reference
from drl_prune_ros.training.export import chosen_checkpoint
from drl_prune_ros.training.outcome import read_outcome
from drl_prune_ros.training.policy_teacher import write_teacher
from drl_prune_ros.training.run_folder import RunFolder
from drl_prune_ros.training.settings import train_settings, TrainSettings
from drl_prune_ros.training.start import teacher_settings
from drl_prune_ros.training.train import train

SHORT = DSPSettings(total_steps=300_000, target_weights=1450, ramp=(0.0, 0.4),
                    distillation_steps=6000, rate_at_ramp=0.3)
"""A budget of minutes: fewer steps than the catalogue has, and a larger network."""
SHORT_ROLLOUT = 64
"""Steps an environment takes between two updates: a short run needs many pruning decisions."""


def prune_policy(folder: Path, task: Task, policy: Path, seed: int,
                 pruning: DSPSettings = SHORT) -> RunFolder:
    """Prune the dense `policy` while it trains on; returns the run in `folder`."""
    dense = read_policy(policy)
    with TemporaryDirectory(prefix='drl-prune-') as temporary:
        teacher = write_teacher(dense, task, None, Path(temporary))
        settings = train_settings(task.train, **teacher_settings(teacher, task),
                                  total_steps=pruning.total_steps, n_steps=SHORT_ROLLOUT)
        steps = dense.manifest.provenance['run_steps']
        run = NarratedRun.create(folder, {
            'task': task.id, 'method': 'dsp-teacher', 'train': settings.to_dict(),
            'pruning': pruning.to_dict(),
            'teacher': {'steps': steps, 'file': policy.name, 'policy': dense.sha256}}, seed)
        _prune(RunContext(run, task, settings, pruning, seed,
                          load_reference(task.id, task.engine), teacher))
    return run


def train_dense(folder: Path, task: Task, seed: int, settings: TrainSettings) -> RunFolder:
    """Train a dense policy from nothing; returns the run in `folder`."""
    run = RunFolder.create(
        folder, {'task': task.id, 'method': 'dense', 'train': settings.to_dict()}, seed)
    train(run, task, settings, seed)
    return run


def prune_from_scratch(folder: Path, task: Task, seed: int, settings: TrainSettings,
                       dense: RunFolder) -> RunFolder:
    """
    Train a policy from nothing and prune it meanwhile; returns the run in `folder`.

    It gets the steps of the run `dense`, and its skill is measured by the policy of that run.
    """
    pruning = DSPSettings.from_dict({**task.prune['dsp'], 'total_steps': settings.total_steps})
    reference = measure(
        task, settings, chosen_checkpoint(dense) / 'model.zip', settings.total_steps)
    run = NarratedRun.create(folder, {
        'task': task.id, 'method': 'dsp', 'train': settings.to_dict(),
        'pruning': pruning.to_dict()}, seed)
    _prune(RunContext(run, task, settings, pruning, seed, reference))
    return run


def _prune(context: RunContext[DSPSettings]) -> None:
    Dsp().run(context)
    if outcome := read_outcome(context.run):
        print(choice(outcome), flush=True)
