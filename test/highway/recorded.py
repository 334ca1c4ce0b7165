# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
Episodes of highway-env, kept as actions and digests, and played again on its compiled form.

    OPENBLAS_CORETYPE=Nehalem NPY_DISABLE_CPU_FEATURES='X86_V4 AVX512_ICL AVX512_SPR' \
        python recorded.py record CASE [CASE ...]    hours: highway-env itself plays
    ... python recorded.py replay [CASE ...]         a minute: the compiled form plays
    ... python recorded.py replay-10 [CASE ...]      the first ten seeds of each case alone

Without a case all are meant. cases.json has them: an id, a config, and how many seeds and
decisions at most. A seed plays two episodes, the second from an unseeded reset as an automatic
one is. Of three seeds one acts at random, one more calmly, and one as the shipped policy, where
that fits what is observed. A digest is over every number of an episode: observations, rewards,
flags, and the state of every vehicle.
"""

from collections.abc import Iterator
import hashlib
import json
from pathlib import Path
import sys
import time
from typing import Any
import warnings

import gymnasium
import highway_env  # noqa: F401  registers its environments
import numpy as np

from drl_prune_ros.highway.batch import Batch
from drl_prune_ros.highway.equality import EVERYONE, flat, vehicles_of, vehicles_of_batch
from drl_prune_ros.policy.runtime import load_runtime
from drl_prune_ros.simulator.traffic import make_with_own_traffic

HERE = Path(__file__).parent
MODELS = HERE.parents[1] / 'models'
CASES: dict[str, dict[str, Any]] = json.loads((HERE / 'cases.json').read_text())
POLICIES = {
    'highway-v0': 'highway-v0', 'highway-fast-v0': 'highway-fast-v0', 'merge-v1': 'merge-v0',
    'roundabout-v1': 'roundabout-v0', 'intersection-v2': 'intersection-v0',
    'racetrack-v1': 'racetrack-v0'}
EPISODES = 2     # a seed
SEEDS, STEPS = 500, 60


class Digest:
    """Sums up an episode, number by number."""

    def __init__(self) -> None:
        self._hash = hashlib.blake2b(digest_size=8)

    def add(self, observation: Any, numbers: list[float], vehicles: list[tuple]) -> None:
        """Take what a decision or a reset gave; -0.0 counts as 0.0, to which it is equal."""
        parts = observation if isinstance(observation, tuple) else (observation,)
        for part in (*parts, np.array(numbers, np.float64), np.array(vehicles, np.float64)):
            self._hash.update((np.ascontiguousarray(part) + np.float32(0)).tobytes())

    def value(self) -> int:
        """Return the digest of all that came."""
        return int.from_bytes(self._hash.digest(), 'little')


def actor_of(case: dict[str, Any], env: Any, seed: int) -> Any:
    """Return what acts with a seed, from an observation to an action."""
    random, space = np.random.default_rng(seed), env.action_space
    if seed % 3 == 2:
        runtime = load_runtime(MODELS / f'{POLICIES[case["id"]]}-dense.onnx')
        fits = runtime.manifest.observation.size == gymnasium.spaces.flatdim(env.observation_space)
        discrete = isinstance(space, gymnasium.spaces.Discrete)
        if fits and discrete and runtime.manifest.action.size <= space.n:
            return lambda seen: int(runtime.act(flat(seen)))
        if fits and not discrete and runtime.manifest.action.size == space.shape[0]:
            return lambda seen: np.asarray(runtime.act(flat(seen)), np.float32)
    calm = seed % 3 > 0
    if isinstance(space, gymnasium.spaces.Discrete):
        return lambda seen: (
            1 if calm and random.random() < 0.7 else int(random.integers(space.n)))
    reach = 0.1 if calm else 1.0
    return lambda seen: (reach * random.uniform(-1, 1, space.shape)).astype(np.float32)


def numbers_of(reward: float, terminated: bool, truncated: bool, crashed: bool, speed: float,
               ) -> list[float]:
    """Return what a decision gave beside the observation."""
    return [float(reward), terminated, truncated, crashed, float(speed)]


def record(case: dict[str, Any], seeds: Iterator[int]) -> dict[str, np.ndarray]:
    """Play seeds on highway-env; returns actions, lengths and digests of their episodes."""
    config = case.get('config')
    env = make_with_own_traffic(
        case['id'], disable_env_checker=True, **({'config': config} if config else {}))
    kept: dict[str, list] = {'actions': [], 'lengths': [], 'digests': [], 'seeds': []}
    begun = time.process_time()
    for seed in seeds:
        act = actor_of(case, env, seed)
        for episode in range(EPISODES):
            digest, length = Digest(), 0
            observation, _ = env.reset(**({'seed': seed} if episode == 0 else {}))
            digest.add(observation, [], vehicles_of(env.unwrapped))
            over = False
            while not over and length < case.get('steps', STEPS):
                action = act(observation)
                observation, reward, terminated, truncated, info = env.step(action)
                digest.add(observation, numbers_of(
                    reward, terminated, truncated, info['crashed'], info['speed']),
                    vehicles_of(env.unwrapped))
                kept['actions'].append(action)
                length += 1
                over = terminated or truncated
            kept['lengths'].append(length)
            kept['digests'].append(digest.value())
        kept['seeds'].append(seed)
    discrete = isinstance(env.action_space, gymnasium.spaces.Discrete)
    return {'actions': np.array(kept['actions'], np.int8 if discrete else np.float32),
            'lengths': np.array(kept['lengths'], np.int16),
            'digests': np.array(kept['digests'], np.uint64),
            'seeds': np.array(kept['seeds'], np.int32),
            'seconds': np.array([time.process_time() - begun])}


def first_of(observed: Any) -> Any:
    """Return the observation of the first environment of a batch."""
    return tuple(part[0] for part in observed) if isinstance(observed, tuple) else observed[0]


def replay(case: dict[str, Any], kept: Any, seeds: int | None = None) -> tuple[int, int, int]:
    """
    Play what was recorded on the compiled form, or the first `seeds` of it.

    Returns episodes, decisions, and how many of the episodes differ.
    """
    batch = Batch(case['id'], 1, case.get('config'))
    actions = iter(kept['actions'])
    played = decisions = differing = 0
    count = None if seeds is None else EPISODES * seeds
    for index, (length, expected) in enumerate(
            zip(kept['lengths'].tolist()[:count], kept['digests'].tolist()[:count],
                strict=True)):
        digest = Digest()
        if index % EPISODES == 0:
            batch.seed(0, int(kept['seeds'][index // EPISODES]))
        batch.reset(EVERYONE)
        digest.add(first_of(batch.observed()), [], vehicles_of_batch(batch))
        for _ in range(length):
            batch.step(np.asarray(next(actions))[None])
            digest.add(first_of(batch.observed()), numbers_of(
                batch.rewards[0], *batch.ends[0], batch.crashed[0], batch.speeds[0]),
                vehicles_of_batch(batch))
        played += 1
        decisions += length
        differing += digest.value() != expected
    return played, decisions, differing


def main() -> None:
    """Record, or replay, the cases that are named."""
    what, *names = sys.argv[1:]
    warnings.simplefilter('ignore')
    folder = HERE / 'recorded'
    for name in names or CASES:
        case, path = CASES[name], folder / f'{name}.npz'
        if what == 'record':
            folder.mkdir(exist_ok=True)
            np.savez_compressed(path, **record(case, iter(range(case.get('seeds', SEEDS)))))
        else:
            seeds = int(what.removeprefix('replay-')) if what != 'replay' else None
            print(name, *replay(case, np.load(path), seeds), flush=True)


if __name__ == '__main__':
    main()
