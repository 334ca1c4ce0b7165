# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""`drl-prune inspect` tells what is in the file, for people and for scripts."""

from dataclasses import replace
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from drl_prune_ros.cli.main import main
from drl_prune_ros.policy.manifest import ActionContract, Manifest, ObservationContract
from drl_prune_ros.policy.network import MlpNetwork
from drl_prune_ros.policy.network_reader import read_network
from drl_prune_ros.policy.policy_file import PolicyFile, write_policy

OBSERVATION = ObservationContract(
    kind='kinematics',
    shape=(2, 3),
    features=('x', 'y', 'vx'),
    units=('m', 'm', 'm/s'),
    ranges=((-200.0, 200.0), (-12.0, 12.0), (None, None)),
    normalized=True,
    clip=True,
    frame='road',
    rate_hz=1.0,
    control_rate_hz=5.0,
    options={'lane_count': 3},
)


@pytest.fixture
def policy(tmp_path: Path) -> PolicyFile:
    """Give a policy that reads 4 of 6 values, with one hidden layer and two outputs."""
    network = MlpNetwork(
        layers=((np.ones((3, 4)), np.ones(3)), (np.ones((2, 3)), np.ones(2))),
        activation='relu',
        output='argmax',
        inputs=(0, 1, 2, 5),
    )
    manifest = Manifest(
        task='highway-fast-v0',
        observation=OBSERVATION,
        action=ActionContract('discrete_meta', ('FASTER', 'SLOWER'),
                              options={'target_speeds': [20, 25]}),
        widths=network.widths,
        widths_dense=(6, 256, 256, 2),
        evaluation={'envpool': {'return_mean': 22.5, 'returns': list(range(1000))}},
        provenance={'command': 'drl-prune prune highway-fast-v0', 'seed': 3},
    )
    return write_policy(tmp_path / 'policy.onnx', network, manifest)


def test_json(policy: PolicyFile, capsys: pytest.CaptureFixture) -> None:
    assert main(['inspect', str(policy.path), '--json']) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    expected = {
        'task': 'highway-fast-v0',
        'widths': [4, 3, 2],
        'widths_dense': [6, 256, 256, 2],
        'weights': 18,
        'weights_dense': 67584,
        'weights_left': 18 / 67584,
        'biases': 5,
        'neurons': 3,
        'neurons_dense': 512,
        'file_bytes': policy.path.stat().st_size,
        'manifest_version': 1,
    }
    assert {name: found[name] for name in expected} == expected
    assert found['sha256'] == policy.sha256
    assert found['observation']['features'] == ['x', 'y', 'vx']
    assert found['action']['options'] == {'target_speeds': [20, 25]}
    assert found['wanted_speeds'] == '20 to 25 m/s'
    assert found['evaluation'] == policy.manifest.evaluation
    assert found['provenance'] == policy.manifest.provenance


def test_for_people(policy: PolicyFile, capsys: pytest.CaptureFixture) -> None:
    assert main(['inspect', str(policy.path)]) == 0
    out = capsys.readouterr().out
    lines = [' '.join(line.split()) for line in out.splitlines()]
    for line in (
        'task highway-fast-v0',
        'weights 18 of 67,584 dense (0.03% left), and 5 biases',
        'neurons 3 of 512 dense',
        'layer inputs outputs weights bytes dense weights dense bytes',
        '1 4 3 12 60 1,536 7,168',
        '2 3 2 6 32 65,536 263,168',
        '3 - - - - 512 2,056',
        'all 18 92 67,584 272,392',
        'observation: kinematics 2 x 3 in the road frame, normalized to [-1, 1] and clipped',
        'decisions at 1 Hz, control at 5 Hz',
        'x m -200 200',
        'vx m/s - -',
        'FASTER, SLOWER',
        'target_speeds [20, 25]',
        'wants 20 to 25 m/s',
        'envpool.return_mean 22.5',
        'envpool.returns 1000 values',
        'command drl-prune prune highway-fast-v0',
    ):
        assert line in lines
    assert max(map(len, out.splitlines())) < 120


def test_non_zeros_stand_beside_what_is_stored(
        tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    first = np.zeros((40, 6))
    first[::4] = 1.0
    network = MlpNetwork(((first, np.ones(40)), (np.eye(2, 40), np.ones(2))), 'relu', 'argmax')
    action = ActionContract('discrete', ('LEFT', 'RIGHT'))
    manifest = Manifest('t', OBSERVATION, action, (6, 40, 2), (6, 256, 256, 2),
                        nonzeros=(60, 2))
    path = write_policy(tmp_path / 'p.onnx', network, manifest).path
    assert main(['inspect', str(path)]) == 0
    lines = [' '.join(line.split()) for line in capsys.readouterr().out.splitlines()]
    for line in (
        'weights 62 of 67,584 dense (0.09% left), and 42 biases',
        'layer inputs outputs weights non-zero bytes dense weights dense bytes',
        '1 6 40 240 60 1,120 1,536 7,168',
        '2 40 2 80 2 328 65,536 263,168',
        '3 - - - - - 512 2,056',
        'all 320 62 1,448 67,584 272,392',
    ):
        assert line in lines


def test_what_was_learned_stands_beside_its_expansion(
        tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    network = MlpNetwork(
        ((np.ones((40, 6)), np.ones(40)), (np.eye(2, 40), np.ones(2))), 'relu', 'argmax')
    manifest = Manifest('t', OBSERVATION, ActionContract('discrete', ('LEFT', 'RIGHT')),
                        (6, 40, 2), (6, 256, 256, 2), circulant=((4, 15, 20), (1, 80, 80)))
    path = write_policy(tmp_path / 'p.onnx', network, manifest).path
    assert main(['inspect', str(path)]) == 0
    lines = [' '.join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert 'layer inputs outputs weights circulant bytes dense weights dense bytes' in lines
    assert '1 6 40 240 60 1,120 1,536 7,168' in lines
    assert 'all 320 140 1,448 67,584 272,392' in lines


def test_a_continuous_action(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    network = MlpNetwork(
        layers=((np.ones((1, 6)), np.ones(1)),),
        activation='tanh',
        output='tanh',
        low=(-2.0,),
        high=(2.0,),
    )
    action = ActionContract('continuous', ('steering',), (-2.0,), (2.0,), ('rad',))
    manifest = Manifest('t', OBSERVATION, action, (6, 1), (6, 256, 256, 1))
    path = write_policy(tmp_path / 'p.onnx', network, manifest).path
    assert main(['inspect', str(path)]) == 0
    out = capsys.readouterr().out
    assert ' '.join(out.split()).endswith(
        'component unit low high steering rad -2 2 wants the speed that is measured on ~/engage')
    assert 'evaluation' not in out and 'provenance' not in out


def test_a_spoiled_file(policy: PolicyFile, capsys: pytest.CaptureFixture) -> None:
    policy.path.write_bytes(policy.data[:-100])
    assert main(['inspect', str(policy.path), '--json']) == 2
    captured = capsys.readouterr()
    assert captured.out == ''
    assert captured.err.startswith(f'drl-prune: error: {policy.path} is truncated or damaged')
    assert captured.err.count('\n') == 1


@pytest.mark.reaction(
    'policy files', 'terminal escapes, line breaks or 200 kB of text in the provenance',
    '`inspect` prints them escaped, and of long text both ends')
def test_free_text_is_shown_on_one_short_line(
        policy: PolicyFile, capsys: pytest.CaptureFixture) -> None:
    network = read_network(policy)
    texts = {'command': '\x1b[2J\x1b]0;owned\x07 a\nb\u202e', 'note': 'long ' * 40_000,
             'key\x1b[31m': 1, 'list': ['\x1b[1m']}
    manifest = replace(policy.manifest, provenance=texts, evaluation={'deep': {'\r': '\x9b2J'}})
    write_policy(policy.path, network, manifest, overwrite=True)
    assert main(['inspect', str(policy.path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert all(line.isprintable() and len(line) < 700 for line in lines)
    assert any(r'\x1b[2J\x1b]0;owned\x07 a\nb\u202e' in line for line in lines)
    assert main(['inspect', str(policy.path), '--json']) == 0
    out = capsys.readouterr().out
    assert json.loads(out)['provenance'] == texts
    assert all(line.isprintable() for line in out.splitlines())


@pytest.mark.reaction(
    'policy files', 'terminal escapes in the name of a file or in its error',
    'the one line of the error shows them escaped')
def test_an_error_shows_no_escapes(
        tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    path = tmp_path / 'a\x1b[31m\n.onnx'
    path.write_bytes(b'no policy')
    assert main(['inspect', str(path)]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert line.isprintable() and r'a\x1b[31m\n.onnx' in line
