# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""From a run to a policy file that every runtime reads the same way, or to a clear refusal."""

import copy
from pathlib import Path
from typing import Any

import numpy as np
from stable_baselines3.common.vec_env import VecNormalize
import torch

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.files import check_absent
from drl_prune_ros.policy.manifest import Manifest
from drl_prune_ros.policy.network import MlpNetwork
from drl_prune_ros.policy.parity import check_parity, ParityError
from drl_prune_ros.policy.policy_file import PolicyFile, write_policy
from drl_prune_ros.policy.runtime import load_runtime, RUNTIMES
from drl_prune_ros.tasks.catalogue import BATCHED, load_seeds, Task, task_of_run
from drl_prune_ros.tasks.evaluation import Act
from drl_prune_ros.tasks.gymnasium_env import make_vec_env
from drl_prune_ros.training.algorithms import algo_of
from drl_prune_ros.training.checkpoint import latest_checkpoint, load_checkpoint, normalizer_of
from drl_prune_ros.training.networks.circulant_policy import circulant_layers
from drl_prune_ros.training.networks.greedy_policy import (
    Bounds,
    bounds_of,
    network_of,
    nonzeros,
    torch_outputs,
)
from drl_prune_ros.training.networks.mlp import actor_of, MlpView, OutputKind
from drl_prune_ros.training.run_folder import RunFolder
from drl_prune_ros.training.selection import act_of, candidates

PARITY_OBSERVATIONS = 1000


def chosen_checkpoint(run: RunFolder) -> Path:
    """
    Return the checkpoint that a run is evaluated by: the candidate confirmed when it ended.

    Until then it is the one with the highest margin on the validation episodes, and the latest
    checkpoint where there is none yet.
    """
    best = max((one for one in candidates(run.best) if one.weights),
               key=lambda one: one.margin, default=None)
    checkpoint = best.path if best else latest_checkpoint(run.checkpoints)
    if checkpoint is None:
        raise DrlPruneError(f'{run.path} has no checkpoint yet: continue it with --resume')
    return checkpoint


def parity_observations(task: Task, act: Act) -> np.ndarray:
    """Return 1,000 raw observations that the greedy policy meets, (1000, size) float32."""
    # Elsewhere an environment is a process of its own, which takes longer to start than to play.
    env = make_vec_env(
        task, 10 if task.engine in BATCHED else 1, load_seeds()['validation'].first)
    try:
        seen = [env.reset()]
        while sum(map(len, seen)) < PARITY_OBSERVATIONS:
            seen.append(env.step(act(seen[-1]))[0])
    finally:
        env.close()
    return np.concatenate(seen)[:PARITY_OBSERVATIONS]


def export_actor(actor: MlpView, task: Task, path: Path, evaluation: dict[str, Any],
                 provenance: dict[str, Any], overwrite: bool = False,
                 normalizer: VecNormalize | None = None,
                 bounds: Bounds | None = None, unstructured: bool = False,
                 observations: np.ndarray | None = None) -> PolicyFile:
    """
    Write `actor` to `path` once torch, onnxruntime and numpy agree on it.

    They must agree to 1e-5 * max(1, |y|) on 1,000 observations of the task; otherwise nothing is
    left at `path`. Where large scores that cancel keep them apart, the scores are written at a
    smaller scale: only their order is deployed.

    :param normalizer: running statistics of the observations that the actor was trained on.
    :param bounds: (low, high) of continuous actions, each (outputs,).
    :param unstructured: whether single weights were pruned, so that non-zeros count.
    :param observations: (batch, size) float32, where some were played already.
    """
    if observations is None:
        observations = parity_observations(
            task, lambda seen: torch_outputs(actor, seen, normalizer, bounds)['action'])
    met = observations

    def attempt(actor: MlpView) -> PolicyFile:
        network = network_of(actor, normalizer, bounds)
        expected = torch_outputs(actor, met, normalizer, bounds)
        manifest = Manifest(
            task=task.id, observation=task.observation, action=task.action,
            widths=network.widths, widths_dense=task.dense_widths,
            nonzeros=nonzeros(network) if unstructured else None,
            circulant=circulant_layers(actor, network),
            evaluation=evaluation, provenance=provenance)
        return _export(network, manifest, path, met, expected, overwrite)

    try:
        return attempt(actor)
    except ParityError:
        if actor.output_kind not in (OutputKind.SCORES, OutputKind.VALUES):
            raise
        return attempt(with_unit_head(actor))


def with_unit_head(actor: MlpView) -> MlpView:
    """Return a copy of `actor` whose scores are divided by the largest weight that makes them."""
    head = copy.deepcopy(actor.linears[-1])
    with torch.no_grad():
        scale = head.weight.abs().max()
        head.weight.div_(scale)
        head.bias.div_(scale)
    return MlpView([*actor.linears[:-1], head], actor.activation, actor.output_kind)


def _export(network: MlpNetwork, manifest: Manifest, path: Path, observations: np.ndarray,
            expected: dict[str, np.ndarray], overwrite: bool) -> PolicyFile:
    if not overwrite:
        check_absent(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    candidate = path.with_name(f'.{path.stem}.candidate.onnx')
    try:
        write_policy(candidate, network, manifest, overwrite=True)
        outputs = {kind: load_runtime(candidate, kind).outputs(observations) for kind in RUNTIMES}
        check_parity({'torch': expected, **outputs})
    finally:
        candidate.unlink(missing_ok=True)
    return write_policy(path, network, manifest, overwrite)


def observations_of(run: RunFolder) -> np.ndarray:
    """Return 1,000 raw observations that the policy which `run` is evaluated by meets."""
    return parity_observations(task_of_run(run.config), act_of(chosen_checkpoint(run)))


def export_run(run: RunFolder, path: Path | None = None,
               evaluation: dict[str, Any] | None = None, overwrite: bool = False,
               observations: np.ndarray | None = None) -> PolicyFile:
    """
    Write the policy that `run` is evaluated by; the run's own policy file by default.

    In its provenance stand the learner, the environment steps behind the policy, and `run_steps`,
    those of the whole run; both count those of the teacher that the run started from.

    :param evaluation: final figures by engine, for the manifest.
    :param observations: those of `observations_of`, where they were played already.
    """
    checkpoint = chosen_checkpoint(run)
    model = load_checkpoint(checkpoint)
    provenance: dict[str, Any] = {name: run.config[name] for name in (
        'command', 'seed', 'versions', 'commit', 'method', 'teacher', 'vehicle')
        if name in run.config}
    steps = {'algo': algo_of(model), 'steps': run.steps_taught + int(checkpoint.name),
             'run_steps': run.steps_taught + run.steps}
    return export_actor(
        actor_of(model), task_of_run(run.config), path or run.policy_file,
        evaluation=evaluation or {},
        provenance={**provenance, **steps}, overwrite=overwrite,
        normalizer=normalizer_of(checkpoint), bounds=bounds_of(model),
        unstructured=run.config.get('pruning', {}).get('unstructured', False),
        observations=observations)
