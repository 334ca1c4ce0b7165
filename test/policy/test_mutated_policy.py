# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
Policies changed at random and sealed again: refused in one line, or the same for every runtime.

The suite tries a short run; `pytest test/policy/test_mutated_policy.py
--hypothesis-profile=thorough --timeout=7200` tries many times as many, and all in C.
"""

from collections.abc import Callable
import hashlib
import json
import math
from pathlib import Path
import random
import shutil
from typing import Any

from hypothesis import settings
import numpy as np
import pytest

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.policy.network_reader import read_network
from drl_prune_ros.policy.parity import check_parity
from drl_prune_ros.policy.policy_file import NO_DIGEST, parse_policy, PolicyFile
from drl_prune_ros.policy.runtime import load_runtime, RUNTIMES

MODELS = Path(__file__).parents[2] / 'models'
SHIPPED = ('highway-fast-v0-dsp', 'CartPole-v1-dsp', 'LunarLander-v2-pops', 'Hopper-v3-dsp',
           'Walker2d-v3-distilled-ft')
SHORT, THOROUGH = 1500, 40_000
STRANGE = (None, True, 0, -1, 1, 2, 2**31, 2**64, 10**30, 0.5, -0.0, 1e-320, 1e308, 1e400, '', 'a',
           '\x1b[2J', '\ud800', [], {}, [1], [[]], [None], {'a': 1}, 'x' * 500)

Field = tuple[int, Any]   # key and value: an int, bytes, or a list of fields


def varint(value: int) -> bytes:
    out = b''
    while value > 127:
        out, value = out + bytes([value & 127 | 128]), value >> 7
    return out + bytes([value])


def read_varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value, shift, at = value | (byte & 127) << shift, shift + 7, at + 1
        if byte < 128:
            return value, at


def parse(data: bytes, nested: dict[int, Any]) -> list[Field]:
    """Return the fields of a message; nested are those that are messages, by number."""
    fields: list[Field] = []
    at = 0
    while at < len(data):
        key, at = read_varint(data, at)
        if key & 7 == 0:
            value, at = read_varint(data, at)
            fields.append((key, value))
            continue
        length, at = read_varint(data, at)
        inner = data[at:at + length]
        at += length
        fields.append((key, parse(inner, nested[key >> 3]) if key >> 3 in nested else inner))
    return fields


def serialize(fields: list[Field]) -> bytes:
    out = b''
    for key, value in fields:
        if isinstance(value, int):
            out += varint(key) + varint(value)
        else:
            inner = serialize(value) if isinstance(value, list) else value
            out += varint(key) + varint(len(inner)) + inner
    return out


VALUE = {2: {1: {2: {1: {}}}}}
SCHEMA: dict[int, Any] = {7: {1: {5: {}}, 5: {}, 11: VALUE, 12: VALUE}, 8: {}, 14: {}}


def messages(fields: list[Field]) -> list[list[Field]]:
    found = [fields]
    for _, value in fields:
        if isinstance(value, list):
            found += messages(value)
    return found


def change_fields(rng: random.Random, data: bytes) -> bytes:
    """Repeat, drop, exchange or change fields, where any message has them."""
    model = parse(data, SCHEMA)
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        fields = rng.choice([found for found in messages(model) if found] or [[(8, 8)]])
        place = rng.randrange(len(fields))
        key, value = fields[place]
        action = rng.randrange(7)
        if action == 0:
            fields.insert(rng.randrange(len(fields) + 1), fields[place])
        elif action == 1:
            del fields[place]
        elif action == 2:
            other = rng.randrange(len(fields))
            fields[place], fields[other] = fields[other], fields[place]
        elif action == 3:
            fields[place] = (rng.choice((key ^ 1 << rng.randrange(6), rng.randrange(128))), value)
        elif isinstance(value, int):
            fields[place] = key, rng.choice((0, 1, 2, 7, 11, 2**31, 2**32 + 1, 2**63, 2**64 - 1))
        elif isinstance(value, bytes):
            fields[place] = key, change_bytes(rng, value)
        else:
            fields[place] = key, change_bytes(rng, serialize(value))
    return serialize(model)


def change_bytes(rng: random.Random, data: bytes) -> bytes:
    """Change, drop, repeat or insert some bytes."""
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 8))):
        at = rng.randrange(len(changed) + 1)
        end = min(len(changed), at + rng.randrange(1, 9))
        changed[at:end] = rng.choice((
            rng.randbytes(end - at), rng.randbytes(rng.randrange(9)), changed[at:end] * 2,
            np.float32(rng.choice((np.nan, np.inf, 1e38, -1e-45, 0.0))).tobytes(), b''))
    return bytes(changed)


def change_manifest(rng: random.Random, data: bytes) -> bytes:
    """Put something strange in place of a value of the manifest, or change its text."""
    model = parse(data, SCHEMA)
    entry = next(value for key, value in model if key >> 3 == 14)
    text = entry[1][1]
    if rng.random() < 0.3:
        entry[1] = entry[1][0], change_bytes(rng, text)
        return serialize(model)
    manifest = json.loads(text)
    inside: Any = manifest
    while True:
        place = rng.choice(list(inside) if isinstance(inside, dict) else range(len(inside)))
        if not isinstance(inside[place], (dict, list)) or not inside[place] or rng.random() < 0.3:
            break
        inside = inside[place]
    inside[place] = rng.choice(STRANGE)
    entry[1] = entry[1][0], json.dumps(manifest).encode()
    return serialize(model)


def mutant(rng: random.Random, data: bytes) -> bytes:
    """Return a changed policy; mostly with a digest that fits."""
    digest = data[-64:]
    changed = rng.choice((change_fields, change_bytes, change_manifest))(rng, data)
    if changed.count(digest) == 1 and rng.random() < 0.98:
        zeros = NO_DIGEST.encode()
        changed = changed.replace(digest, zeros)
        changed = changed.replace(zeros, hashlib.sha256(changed).hexdigest().encode())
    return changed if rng.random() < 0.98 else changed[:rng.randrange(len(changed))]


def check_runtimes(policy: PolicyFile, rng: np.random.Generator) -> None:
    """Compare what the runtimes make of a policy, on observations small and large."""
    x = rng.normal(size=(16, policy.manifest.observation.size)) * rng.choice([0.1, 1, 10], (16, 1))
    runtimes = {kind: load_runtime(policy, kind) for kind in RUNTIMES}
    outputs = {kind: runtime.outputs(x) for kind, runtime in runtimes.items()}
    check_parity(outputs, tolerance(policy))
    # One observation at a time takes another way through both.
    single = {kind: [runtime.act(row) for row in x] for kind, runtime in runtimes.items()}
    if 'scores' not in outputs['numpy']:
        check_parity({kind: {'action': np.array(acted)} for kind, acted in single.items()},
                     tolerance(policy))


def tolerance(policy: PolicyFile) -> float:
    """Return how far the rounding of sums, which layers of large weights enlarge, may lead."""
    gains = [max(1.0, float(np.abs(weight).sum(1, np.float64).max()))
             for weight, _ in read_network(policy).layers]
    return 1e-6 * math.prod(gains)


@pytest.mark.reaction(
    'policy files', 'shipped files changed at random, with a digest that fits',
    'refused in one line, or the same network for every runtime and C')
def test_a_changed_policy_is_refused_or_one_network(
        tmp_path: Path, run_in_c: Callable[..., Any]) -> None:
    thorough = settings.default.max_examples > 10_000
    rng, numbers = random.Random(0), np.random.default_rng(0)
    shipped = [(MODELS / f'{name}.onnx').read_bytes() for name in SHIPPED]
    survivors: dict[str, PolicyFile] = {}
    reasons: set[str] = set()
    for count in range(THOROUGH if thorough else SHORT):
        data = mutant(rng, rng.choice(shipped))
        try:
            policy = parse_policy(tmp_path / 'p.onnx', data)
            if data not in shipped:
                check_runtimes(policy, numbers)
                survivors[policy.sha256] = policy
        except DrlPruneError as error:
            assert str(error).isprintable(), count
            assert 'onnxruntime' not in str(error) and 'disagree' not in str(error), error
            reasons.add(str(error).partition('p.onnx')[2][:60])
    print(f'{count + 1} mutants, {len(survivors)} drive, {len(reasons)} reasons')
    assert len(survivors) > 50 and len(reasons) > 100
    if shutil.which('cc') is None:
        return
    for number, policy in enumerate(list(survivors.values())[::1 if thorough else 60]):
        folder = tmp_path / str(number)
        folder.mkdir()
        x = numbers.normal(size=(16, policy.manifest.observation.size))
        check_parity({'numpy': load_runtime(policy).outputs(x), 'C': run_in_c(policy, folder, x)},
                     tolerance(policy))
