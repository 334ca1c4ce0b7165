# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""From a run to a policy file that every runtime reads the same way, or to a clear refusal."""

import copy
from pathlib import Path
from typing import Any

import numpy as np
import torch

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.policy.manifest import Manifest
from drl_prune_ros.policy.network import MlpNetwork
from drl_prune_ros.policy.parity import check_parity, ParityError
from drl_prune_ros.policy.policy_file import PolicyFile, write_policy
from drl_prune_ros.policy.runtime import load_runtime, RUNTIMES
from drl_prune_ros.tasks.catalogue import load_seeds, load_task, Task
from drl_prune_ros.tasks.gymnasium_env import make_vec_env
from drl_prune_ros.training.actor import Actor, actor_of
from drl_prune_ros.training.checkpoint import latest_checkpoint
from drl_prune_ros.training.ppo import load_ppo
from drl_prune_ros.training.run_folder import RunFolder

PARITY_OBSERVATIONS = 1000


def chosen_checkpoint(run: RunFolder) -> Path:
    """Return the checkpoint a run is judged by: the best, or the latest if none was selected."""
    checkpoint = latest_checkpoint(run.best) or latest_checkpoint(run.checkpoints)
    if checkpoint is None:
        raise DrlPruneError(f'{run.path} has no checkpoint yet: go on with it by --resume')
    return checkpoint


def network_of(actor: Actor) -> MlpNetwork:
    """Return `actor` as plain arrays, without the inputs and hidden units that nothing reads."""
    layers = [(linear.weight.detach().numpy(), linear.bias.detach().numpy())
              for linear in actor.linears]
    # From the last layer down: a unit that is left out reads nothing any more.
    for index in range(len(layers) - 1, 0, -1):
        (weight, bias), (after, after_bias) = layers[index - 1:index + 1]
        read = np.any(after != 0, axis=0)
        layers[index - 1] = weight[read], bias[read]
        layers[index] = after[:, read], after_bias
    inputs = np.flatnonzero(np.any(layers[0][0] != 0, axis=0))
    if not len(inputs):
        raise DrlPruneError('the network ignores its observation, so there is nothing to deploy: '
                            'prune to a larger target')
    layers[0] = (layers[0][0][:, inputs], layers[0][1])
    everything = len(inputs) == actor.widths[0]
    return MlpNetwork(
        layers=tuple(layers),
        activation='relu' if isinstance(actor.activation, torch.nn.ReLU) else 'tanh',
        output='argmax',
        inputs=None if everything else tuple(inputs.tolist()))


def parity_observations(task: Task, actor: Actor) -> np.ndarray:
    """Return 1,000 observations that the greedy policy meets, (1000, size) float32."""
    env = make_vec_env(task, 10, load_seeds()['guard'].first)
    seen = [env.reset()]
    while sum(map(len, seen)) < PARITY_OBSERVATIONS:
        with torch.no_grad():
            actions = actor(torch.as_tensor(seen[-1])).argmax(dim=1).numpy()
        seen.append(env.step(actions)[0])
    env.close()
    return np.concatenate(seen)[:PARITY_OBSERVATIONS]


def export_actor(actor: Actor, task: Task, path: Path, evaluation: dict[str, Any],
                 provenance: dict[str, Any], overwrite: bool = False) -> PolicyFile:
    """
    Write `actor` to `path` once torch, onnxruntime and numpy agree on it.

    They must agree to 1e-5 * max(1, |y|) on 1,000 observations of the task; otherwise nothing is
    left at `path`. Where large scores that cancel keep them apart, the scores are written at a
    smaller scale: only their order is deployed.
    """
    observations = parity_observations(task, actor)
    try:
        return _export(actor, task, path, evaluation, provenance, observations, overwrite)
    except ParityError:
        small = with_unit_head(actor)
        return _export(small, task, path, evaluation, provenance, observations, overwrite)


def with_unit_head(actor: Actor) -> Actor:
    """Return a copy of `actor` whose scores are divided by the largest weight that makes them."""
    head = copy.deepcopy(actor.linears[-1])
    with torch.no_grad():
        scale = head.weight.abs().max()
        head.weight.div_(scale)
        head.bias.div_(scale)
    return Actor([*actor.linears[:-1], head], actor.activation)


def _export(actor: Actor, task: Task, path: Path, evaluation: dict[str, Any],
            provenance: dict[str, Any], observations: np.ndarray, overwrite: bool) -> PolicyFile:
    network = network_of(actor)
    manifest = Manifest(
        task=task.id, observation=task.observation, action=task.action,
        widths=network.widths, widths_dense=task.dense_widths,
        evaluation=evaluation, provenance=provenance)
    if path.exists() and not overwrite:
        raise DrlPruneError(f'{path} exists and is kept: choose another name or remove it first')
    path.parent.mkdir(parents=True, exist_ok=True)
    candidate = path.with_name(f'.{path.stem}.candidate.onnx')
    try:
        write_policy(candidate, network, manifest, overwrite=True)
        with torch.no_grad():
            scores = actor(torch.as_tensor(observations)).numpy()
        outputs = {kind: load_runtime(candidate, kind).outputs(observations) for kind in RUNTIMES}
        check_parity({'torch': {'scores': scores, 'action': scores.argmax(axis=1)}, **outputs})
    finally:
        candidate.unlink(missing_ok=True)
    return write_policy(path, network, manifest, overwrite)


def export_run(run: RunFolder, path: Path | None = None,
               evaluation: dict[str, Any] | None = None, overwrite: bool = False) -> PolicyFile:
    """
    Write the policy that `run` is judged by; the run's own policy file by default.

    The steps in its provenance count those of the teacher that the run started from.

    :param evaluation: final figures by engine, for the manifest.
    """
    checkpoint = chosen_checkpoint(run)
    model = load_ppo(checkpoint, env=None)
    provenance: dict[str, Any] = {name: run.config[name] for name in (
        'command', 'seed', 'versions', 'commit', 'method', 'teacher') if name in run.config}
    steps = int(checkpoint.name) + run.config.get('teacher', {'steps': 0})['steps']
    return export_actor(
        actor_of(model), load_task(run.config['task']), path or run.policy_file,
        evaluation=evaluation or {},
        provenance={**provenance, 'steps': steps}, overwrite=overwrite)
