# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A policy file is read back as written, whole or not at all, and refused when changed."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.policy.manifest import Manifest
from drl_prune_ros.policy.network import MlpNetwork
from drl_prune_ros.policy.policy_file import (
    MANIFEST_KEY,
    parse_policy,
    PolicyFileError,
    read_policy,
    write_policy,
)


@pytest.fixture
def path(tmp_path: Path, highway: Any) -> Path:
    """Give a policy file that may be spoiled."""
    write_policy(tmp_path / 'policy.onnx', *highway)
    return tmp_path / 'policy.onnx'


def refused(path: Path, reason: str) -> None:
    with pytest.raises(PolicyFileError, match=reason) as caught:
        read_policy(path)
    message = str(caught.value)
    assert str(path) in message and '\n' not in message and len(message) < 400


def test_round_trip(path: Path, highway: Any) -> None:
    network, manifest = highway
    policy = read_policy(path)
    assert policy.manifest == manifest
    assert policy.file_bytes == path.stat().st_size == len(policy.data)
    assert policy.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    for index, (weight, bias) in enumerate(network.layers):
        assert np.array_equal(policy.graph.initializers[f'weight_{index}'], weight)
        assert np.array_equal(policy.graph.initializers[f'bias_{index}'], bias)


def test_the_file_is_a_valid_onnx_model_and_always_the_same(path: Path, highway: Any) -> None:
    onnx.checker.check_model(str(path), full_check=True)
    again = path.with_name('again.onnx')
    write_policy(again, *highway)
    assert again.read_bytes() == path.read_bytes()


def test_nothing_is_overwritten_unless_asked(path: Path, highway: Any, make_policy: Any) -> None:
    before = path.read_bytes()
    other = make_policy(1, (3, 2, 2))
    with pytest.raises(DrlPruneError, match='exists and is kept'):
        write_policy(path, *other)
    assert path.read_bytes() == before
    write_policy(path, *other, overwrite=True)
    assert read_policy(path).manifest == other[1]
    assert list(path.parent.iterdir()) == [path]


def test_a_folder_that_is_not_there(tmp_path: Path, highway: Any) -> None:
    with pytest.raises(DrlPruneError, match=r'cannot write .*No such file'):
        write_policy(tmp_path / 'nowhere' / 'policy.onnx', *highway)


def test_missing_and_unreadable(tmp_path: Path) -> None:
    refused(tmp_path / 'policy.onnx', 'does not exist: check the path')
    refused(tmp_path, 'cannot read')


def test_not_onnx(path: Path) -> None:
    path.write_bytes(b'')
    refused(path, 'is empty')
    for data in (b'PK\x03\x04zip', b'just some text\n', bytes(100), b'\x80\x02pickle'):
        path.write_bytes(data)
        refused(path, 'is not an ONNX file')


def test_every_truncation_is_refused(path: Path) -> None:
    data = path.read_bytes()
    reasons = set()
    for length in range(1, len(data)):
        with pytest.raises(PolicyFileError, match=r'truncated|damaged') as caught:
            parse_policy(path, data[:length])
        reasons.add(str(caught.value))
    assert any('manifest is cut off' in reason for reason in reasons)


def test_every_changed_byte_is_refused(path: Path) -> None:
    data = path.read_bytes()
    for position in range(len(data)):
        spoiled = bytearray(data)
        spoiled[position] ^= 1 << position % 8
        with pytest.raises(PolicyFileError):
            parse_policy(path, bytes(spoiled))


def test_a_changed_weight_is_told(path: Path, highway: Any) -> None:
    data = path.read_bytes()
    weight = highway[0].layers[1][0].tobytes()
    path.write_bytes(data.replace(weight, b'\0' + weight[1:]))
    assert path.read_bytes() != data
    refused(path, 'tampered with or is damaged .* export it again')


@pytest.mark.parametrize(
    ('old', 'new'), [('22.5', '25.5'), ('highway-fast-v0', 'highway-slow-v0'), ('"x"', '"z"')]
)
def test_a_changed_manifest_is_told(path: Path, old: str, new: str) -> None:
    path.write_bytes(path.read_bytes().replace(old.encode(), new.encode()))
    refused(path, 'tampered with or is damaged')


def test_appended_bytes_are_told(path: Path) -> None:
    # Another metadata entry: ONNX readers would take it.
    path.write_bytes(path.read_bytes() + b'\x72\x08\x0a\x03abc\x12\x01d')
    refused(path, 'tampered with or is damaged')


def test_another_version(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data.replace(b'"version":1', b'"version":2'))
    refused(path, 'manifest version 2 is not the version 1 .* update drl_prune_ros')


def test_onnx_from_elsewhere(path: Path) -> None:
    model = onnx.load(path)
    model.producer_name = 'pytorch'
    del model.metadata_props[:]
    path.write_bytes(model.SerializeToString())
    refused(path, 'an ONNX file without a manifest')


def test_a_digest_that_is_not_there(path: Path) -> None:
    model = onnx.load(path)
    del model.metadata_props[1]
    path.write_bytes(model.SerializeToString())
    refused(path, 'tampered with or is damaged')


def test_resealing_as_such_is_possible(path: Path, resealed: Any) -> None:
    path.write_bytes(resealed(onnx.load(path)))
    read_policy(path)


@pytest.mark.parametrize(
    ('old', 'new', 'reason'),
    [
        ('"widths":[25,16,16,5]', '"widths":[25,16,15,5]', 'graph has widths .25, 16, 16, 5.'),
        ('"rate_hz":1.0', '"rate_hz":0.0', 'observation.rate_hz: expected a rate above 0'),
        ('"kind":"discrete_meta"', '"kind":"continuous"', 'action.'),
        ('"task":', '"tusk":', 'unknown entry .tusk.'),
        ('{', '', 'is not JSON'),
    ],
)
def test_a_sealed_manifest_that_contradicts(
        path: Path, old: str, new: str, reason: str, resealed: Any) -> None:
    model = onnx.load(path)
    [entry] = [entry for entry in model.metadata_props if entry.key == MANIFEST_KEY]
    assert old in entry.value
    entry.value = entry.value.replace(old, new, 1)
    path.write_bytes(resealed(model))
    refused(path, f'contradicts itself: .*{reason}')


def test_a_sealed_graph_that_is_not_the_manifests(path: Path, highway: Any, resealed: Any) -> None:
    model = onnx.load(path)
    model.graph.input[0].name = 'image'
    path.write_bytes(resealed(model))
    refused(path, 'does not read one observation of 25')
    model = onnx.load(write_policy(path, *highway, overwrite=True).path)
    del model.graph.output[1]
    path.write_bytes(resealed(model))
    refused(path, 'does not give action and scores')


@pytest.mark.parametrize(
    ('change', 'reason'),
    [
        ({'widths': (25, 16, 5)}, 'the network has widths'),
        ({'widths_dense': (24, 256, 256, 5)}, 'widths_dense'),
    ],
)
def test_a_manifest_of_another_network(
    tmp_path: Path, highway: Any, change: dict[str, Any], reason: str
) -> None:
    network, manifest = highway
    with pytest.raises(PolicyFileError, match=reason):
        write_policy(tmp_path / 'p.onnx', network, Manifest(**{**vars(manifest), **change}))
    assert not list(tmp_path.iterdir())


def test_a_network_that_the_contracts_do_not_fit(tmp_path: Path, make_policy: Any) -> None:
    discrete, of_discrete = make_policy(0, (4, 3, 2), size=6, normalizer=True)
    continuous, of_continuous = make_policy(0, (4, 3, 2), size=6, output='tanh')
    _, narrow = make_policy(0, (4, 3, 2))
    other_bounds = MlpNetwork(**{**vars(continuous), 'low': (-9.0, -9.0)})
    for network, manifest, reason in [
        (continuous, of_discrete, "output 'tanh' but .* kind 'discrete'"),
        (discrete, of_continuous, "output 'argmax' but .* kind 'continuous'"),
        (discrete, narrow, 'input [45] but .* 4 observation values'),
        (other_bounds, of_continuous, 'low .* but the manifest says low'),
        (MlpNetwork(**{**vars(discrete), 'inputs': None}), of_discrete, '4 inputs and no list'),
    ]:
        with pytest.raises(PolicyFileError, match=reason):
            write_policy(tmp_path / 'p.onnx', network, manifest)


GOOD: dict[str, Any] = {
    'layers': ((np.ones((2, 3)), np.ones(2)), (np.ones((1, 2)), np.ones(1))),
    'activation': 'relu',
    'output': 'clip',
    'low': (-1.0,),
    'high': (1.0,),
}


@pytest.mark.parametrize(
    ('change', 'reason'),
    [
        ({'layers': ()}, 'there is no layer'),
        ({'layers': ((np.ones((2, 3)), np.ones(3)),)}, 'layer 0 has 3 biases'),
        ({'layers': (*GOOD['layers'], (np.ones((1, 2)), np.ones(1)))}, 'layer 2 does not read 1'),
        ({'layers': ((np.full((1, 3), np.nan), np.ones(1)),)}, 'weight holds .* not finite'),
        ({'layers': ((np.ones(3), np.ones(1)),)}, 'weight has 1 axes'),
        ({'layers': ((np.ones((0, 3)), np.ones(0)),)}, 'layer 0 has no weights'),
        ({'activation': 'gelu'}, "unknown activation 'gelu'"),
        ({'output': 'softmax'}, "unknown output 'softmax'"),
        ({'output': 'argmax'}, 'scores have no bounds'),
        ({'low': None}, 'low is missing'),
        ({'low': (2.0,)}, 'not bounds of the action'),
        ({'low': (-np.inf,)}, 'low holds a value that is not finite'),
        ({'observation_mean': np.zeros(3)}, 'observation_std is missing'),
        ({'observation_mean': np.zeros(3), 'observation_std': np.zeros(3)}, 'not above 0'),
        ({'observation_mean': np.zeros(3), 'observation_std': np.ones(2)}, 'differ in size'),
        ({'observation_clip': 0.0}, 'observation_clip is not above 0'),
        ({'inputs': (0, 1)}, 'not what layer 0 reads'),
        ({'inputs': (0, 1, 1)}, 'not increasing'),
        ({'inputs': (-1, 0, 1)}, 'not increasing'),
    ],
)
def test_a_network_that_cannot_be_written(change: dict[str, Any], reason: str) -> None:
    MlpNetwork(**GOOD)
    with pytest.raises(PolicyFileError, match=reason):
        MlpNetwork(**{**GOOD, **change})
