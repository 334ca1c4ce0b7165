# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
A policy file as a teacher: the file of Stable-Baselines3 that it would have come from.

The policy is complete, and so are the statistics that it normalizes by. The critic is missing: the
learner gets a new one, and training continues with a warm-up of that, see `critic_warmup`.
"""

from dataclasses import replace
from pathlib import Path
import warnings

import numpy as np
from stable_baselines3 import DQN, PPO
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.vec_env import VecNormalize
import torch

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.policy.network import MlpNetwork
from drl_prune_ros.policy.network_reader import read_network
from drl_prune_ros.policy.policy_file import PolicyFile
from drl_prune_ros.tasks.catalogue import Task
from drl_prune_ros.tasks.gymnasium_env import make_vec_env
from drl_prune_ros.training.algorithms import require_actions
from drl_prune_ros.training.critic_warmup import mark_critic_untrained
from drl_prune_ros.training.learner import make_learner
from drl_prune_ros.training.model_file import write_model
from drl_prune_ros.training.networks.greedy_policy import OUTPUTS
from drl_prune_ros.training.networks.mlp import actor_of
from drl_prune_ros.training.settings import train_settings

SEEN = 1e6
"""Observations that the statistics of a policy file count for: they move slowly from there."""

NOISE = -1.0
"""Logarithm of the exploration noise that a trained PPO or SAC policy is taken to have left."""


def write_teacher(policy: PolicyFile, task: Task, algo: str | None, folder: Path) -> Path:
    """
    Write the learner that deploys `policy` and its statistics into `folder`; return its file.

    :param algo: the learner: by default the one that the file names, or the catalogue's. Another
        than the file's, or one that deploys another kind of network, raises DrlPruneError.
    """
    if policy.manifest.task != task.id:
        raise DrlPruneError(f'{policy.path} is a policy for {policy.manifest.task}, not for '
                            f'{task.id}: give a teacher of this task')
    trained = policy.manifest.provenance.get('algo')
    if algo and trained and algo != trained:
        raise DrlPruneError(f'{policy.path} was trained by {trained}: leave --algo {algo} out')
    algo = algo or (str(trained) if trained else None)
    network = read_network(policy)
    given, wanted = policy.manifest.observation.size, task.observation.size
    if (given, network.widths[-1]) != (wanted, task.outputs):
        raise DrlPruneError(
            f'{policy.path} maps {given} observation values to {network.widths[-1]} outputs, '
            f'{task.id} needs {wanted} and {task.outputs}: give a teacher of this task')
    if policy.manifest.action != task.action:
        raise DrlPruneError(f'{policy.path} has other actions, or other bounds of them, than '
                            f'{task.id} as it is here: give a teacher that was trained for these')
    settings = train_settings(task.train, algo)
    require_actions(settings.algo, task)
    settings = replace(settings, hidden=tuple(network.widths[1:-1]), critic_hidden=settings.hidden,
                       activation=network.activation, num_envs=1)
    env = make_vec_env(task, 1, 0)
    try:
        statistics = _statistics(network, env)
        with warnings.catch_warnings():
            # It fits minibatches badly into the rollouts of one environment, and never will learn.
            warnings.simplefilter('ignore', UserWarning)
            model = make_learner(settings, statistics or env, seed=0)
        _set_weights(model, network, policy.path)
        model.num_timesteps = policy.manifest.provenance.get('steps', 0)
        if isinstance(model, PPO) and hasattr(model.policy, 'log_std'):
            model.policy.log_std.data.fill_(NOISE)
        file = folder / f'{policy.path.stem}.zip'
        write_model(model, file)
        if not isinstance(model, DQN):
            mark_critic_untrained(file)
    finally:
        env.close()
    return file


def _statistics(network: MlpNetwork, env: VecNormalize) -> VecNormalize | None:
    if network.observation_mean is None or network.observation_std is None:
        return None
    statistics = VecNormalize(env, clip_obs=network.observation_clip or np.inf)
    rms = statistics.obs_rms
    rms.mean = network.observation_mean.astype(np.float64)
    if network.observation_mean_low is not None:
        rms.mean = rms.mean + network.observation_mean_low
    rms.var = np.square(network.observation_std.astype(np.float64)) - statistics.epsilon
    rms.count = SEEN
    return statistics


@torch.no_grad()
def _set_weights(model: BaseAlgorithm, network: MlpNetwork, path: Path) -> None:
    actor = actor_of(model)
    if OUTPUTS[actor.output_kind] != network.output:
        raise DrlPruneError(f'{path} ends in {network.output!r}, which no network of this learner '
                            'does: give the --algo that trained it')
    for deployed in (actor, *actor.targets):
        for index, (weight, bias) in enumerate(network.layers):
            linear = deployed.linears[index]
            if index == 0 and network.inputs is not None:
                linear.weight.zero_()
                linear.weight[:, list(network.inputs)] = torch.tensor(weight)
            else:
                linear.weight.copy_(torch.tensor(weight))
            linear.bias.copy_(torch.tensor(bias))
        if deployed.log_std:
            # Students imitate it, and training continues with it.
            deployed.log_std.weight.zero_()
            deployed.log_std.bias.fill_(NOISE)
