# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Random policies to write, read and run."""

from __future__ import annotations

from collections.abc import Callable
import ctypes
import hashlib
from itertools import pairwise
from pathlib import Path
import subprocess
import time
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
import pytest

from drl_prune_ros.policy.c_source import write_c_source
from drl_prune_ros.policy.errors import PolicyFileError
from drl_prune_ros.policy.manifest import (
    ActionContract,
    dense_widths,
    Manifest,
    ObservationContract,
)
from drl_prune_ros.policy.network import MlpNetwork
from drl_prune_ros.policy.policy_file import (
    DIGEST_KEY,
    NO_DIGEST,
    PolicyFile,
    read_policy,
    write_policy,
)

if TYPE_CHECKING:
    import onnx

Policy = tuple[MlpNetwork, Manifest]
LONGEST_S = 1.0   # that a refusal may take
STRICT = ('-std=c99', '-Wall', '-Wextra', '-Werror', '-pedantic')


def kinematics() -> ObservationContract:
    """Return what highway-fast-v0's policies see."""
    return ObservationContract(
        kind='kinematics',
        shape=(5, 5),
        features=('presence', 'x', 'y', 'vx', 'vy'),
        units=('1', 'm', 'm', 'm/s', 'm/s'),
        ranges=((None, None), (-200.0, 200.0), (-12.0, 12.0), (-80.0, 80.0), (-80.0, 80.0)),
        normalized=True,
        clip=True,
        frame='road',
        rate_hz=1.0,
        control_rate_hz=5.0,
        options={'order': 'sorted', 'absolute': False, 'lane_count': 3},
    )


def vector(size: int) -> ObservationContract:
    """Return the contract of `size` unnamed numbers."""
    return ObservationContract(
        kind='vector',
        shape=(size,),
        features=tuple(f'value_{index}' for index in range(size)),
        units=('1',) * size,
        ranges=((None, None),) * size,
        normalized=False,
        clip=False,
        frame='none',
        rate_hz=50.0,
        control_rate_hz=50.0,
    )


def meta_actions() -> ActionContract:
    """Return what highway-fast-v0's policies do."""
    return ActionContract(
        kind='discrete_meta',
        names=('LANE_LEFT', 'IDLE', 'LANE_RIGHT', 'FASTER', 'SLOWER'),
        options={'target_speeds': [20, 25, 30]},
    )


def random_policy(
    seed: int,
    widths: tuple[int, ...],
    size: int | None = None,
    activation: str = 'relu',
    output: str = 'argmax',
    normalizer: bool = False,
    clip: float | None = None,
) -> Policy:
    """Return a network of these widths with all options, on `size` values, and its manifest."""
    rng = np.random.default_rng(seed)
    size = size or widths[0]
    layers = tuple(
        (rng.normal(0, a**-0.5, (b, a)), rng.normal(0, 0.3, b))
        for a, b in pairwise(widths)
    )
    names = tuple(f'action_{index}' for index in range(widths[-1]))
    low = high = None
    if output == 'argmax':
        action = ActionContract(kind='discrete', names=names)
    else:
        low = tuple(rng.uniform(-3, -0.1, widths[-1]))
        high = tuple(rng.uniform(0.1, 3, widths[-1]))
        action = ActionContract('continuous', names, low, high, ('1',) * len(names))
    inputs = None
    if widths[0] < size:
        inputs = tuple(sorted(rng.choice(size, widths[0], replace=False).tolist()))
    network = MlpNetwork(
        layers=layers,
        activation=activation,
        output=output,
        observation_mean=rng.normal(size=size) if normalizer else None,
        observation_std=rng.uniform(0.5, 2, size) if normalizer else None,
        observation_clip=clip,
        inputs=inputs,
        low=low,
        high=high,
    )
    observation = kinematics() if size == 25 else vector(size)
    manifest = Manifest(
        task='random',
        observation=observation,
        action=action,
        widths=widths,
        widths_dense=dense_widths(size, widths[-1]),
        evaluation={'return_mean': 22.5, 'episodes': 1000},
        provenance={'command': 'drl-prune prune', 'seed': seed},
    )
    return network, manifest


@pytest.fixture(scope='session')
def make_policy() -> Callable[..., Policy]:
    """Give the maker of random policies."""
    return random_policy


@pytest.fixture(scope='session')
def highway() -> Policy:
    """Give a policy as highway-fast-v0 has them, 25-16-16-5."""
    network, manifest = random_policy(0, (25, 16, 16, 5))
    values = {**vars(manifest), 'task': 'highway-fast-v0', 'action': meta_actions()}
    return network, Manifest(**values)


def seal(model: onnx.ModelProto) -> bytes:
    """Return the model with a digest that fits it, as a forger would."""
    [entry] = [entry for entry in model.metadata_props if entry.key == DIGEST_KEY]
    entry.value = NO_DIGEST
    entry.value = hashlib.sha256(model.SerializeToString()).hexdigest()
    return model.SerializeToString()


@pytest.fixture(scope='session')
def resealed() -> Callable[[onnx.ModelProto], bytes]:
    """Give what makes the digest of a changed model fit."""
    return seal


def compile_strictly(*arguments: str | Path) -> None:
    done = subprocess.run(['cc', *STRICT, *map(str, arguments)], timeout=60, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    assert done.returncode == 0, done.stdout


def act_in_c(policy: PolicyFile, folder: Path, x: NDArray) -> dict[str, NDArray]:
    """Compile a policy, call it once for each of x (batch, n), and return what it gave."""
    source, _ = write_c_source(policy, folder / 'policy.c')
    compile_strictly('-O1', '-shared', '-fPIC', source, '-o', folder / 'policy.so', '-lm')
    function = ctypes.CDLL(str(folder / 'policy.so')).policy_act
    discrete = policy.manifest.action.discrete
    function.restype = ctypes.c_int if discrete else None
    filled = np.full((len(x), policy.manifest.action.size), np.nan, np.float32)
    x = np.ascontiguousarray(x, np.float32)
    returned = [
        function(ctypes.c_void_p(row.ctypes.data), ctypes.c_void_p(out.ctypes.data))
        for row, out in zip(x, filled, strict=True)]
    if discrete:
        return {'scores': filled, 'action': np.array(returned)}
    return {'action': filled}


@pytest.fixture(scope='session')
def compile_c() -> Callable[..., None]:
    """Give a function that compiles C, and fails where the compiler warns."""
    return compile_strictly


@pytest.fixture(scope='session')
def run_in_c() -> Callable[..., dict[str, NDArray]]:
    """Give a function that compiles and calls a policy."""
    return act_in_c


@pytest.fixture(scope='session')
def every_operator(
        tmp_path_factory: pytest.TempPathFactory, make_policy: Callable[..., Policy]) -> bytes:
    """Give a policy with every kind of operator but ArgMax, and layers of one shape."""
    path = tmp_path_factory.mktemp('policy') / 'policy.onnx'
    return write_policy(
        path, *make_policy(0, (4, 4, 4, 2), 6, 'tanh', 'clip', True, 2.0)).data


def check_refused(path: Path, data: bytes, reason: str = '') -> None:
    path.write_bytes(data)
    begun = time.perf_counter()
    with pytest.raises(PolicyFileError, match=reason) as caught:
        read_policy(path)
    assert time.perf_counter() - begun < LONGEST_S
    message = str(caught.value)
    assert str(path) in message and message.isprintable() and len(message) <= 1010


@pytest.fixture(scope='session')
def refused() -> Callable[..., None]:
    """Give what writes a file, and checks that it is refused quickly, in one line."""
    return check_refused
