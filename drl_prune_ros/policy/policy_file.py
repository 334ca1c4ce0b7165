# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
The policy file: one ONNX model whose metadata holds its manifest and a digest of it all.

The digest is the SHA-256 of the file with the digest's own 64 hexadecimal digits set to '0'. It
covers every byte, so a changed weight or a changed manifest is refused. It guards against damage
and mistakes, not against somebody who computes a new digest: so nothing is read before its bound
was checked, and what is read has one meaning for every runtime (see onnx_reader and chain).
"""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from drl_prune_ros.files import read_bounded, write_atomically
from drl_prune_ros.policy.bounds import LARGEST_FILE
from drl_prune_ros.policy.chain import check_graph
from drl_prune_ros.policy.errors import PolicyFileError
from drl_prune_ros.policy.manifest import check_version, Manifest, parse_json
from drl_prune_ros.policy.network import MlpNetwork
from drl_prune_ros.policy.onnx_reader import OnnxGraph, OnnxHeader, read_graph, read_header
from drl_prune_ros.policy.sha256 import sha256

MANIFEST_KEY = 'drl_prune_ros.manifest'
DIGEST_KEY = 'drl_prune_ros.digest'
PRODUCER = 'drl_prune_ros'
NO_DIGEST = '0' * 64


@dataclass(frozen=True)
class PolicyFile:
    """
    A policy file that was read and found sound.

    path        where it was read from
    manifest    contracts, widths, figures and provenance
    graph       its operators and constants
    sha256      of the whole file, as `sha256sum` prints it
    file_bytes  its size
    data        its bytes
    """

    path: Path
    manifest: Manifest
    graph: OnnxGraph
    sha256: str
    file_bytes: int
    data: bytes = field(repr=False)


def write_policy(
    path: str | Path, network: MlpNetwork, manifest: Manifest, overwrite: bool = False
) -> PolicyFile:
    """
    Write a policy file, read it back and return it; needs the onnx package.

    Raises PolicyFileError when network and manifest contradict each other, DrlPruneError when the
    file exists (unless `overwrite`) or cannot be written. A file that was there is never harmed.
    """
    path = Path(path)
    _check_agreement(network, manifest)
    # Only here, because a vehicle reads policies and has no onnx package.
    try:
        from drl_prune_ros.policy.writer import build_model
    except ModuleNotFoundError as error:
        raise PolicyFileError(
            f"writing a policy file needs {error.name}: pip install 'drl_prune_ros[train]'"
        ) from error
    metadata = {MANIFEST_KEY: manifest.to_json(), DIGEST_KEY: NO_DIGEST}
    data = build_model(network, manifest.observation.size, PRODUCER, metadata)
    digest = sha256(data)
    # The digest is the last thing in the file, so the last run of zeros is its place.
    start = data.rindex(NO_DIGEST.encode())
    data = data[:start] + digest.encode() + data[start + len(digest):]
    if len(data) > LARGEST_FILE:
        raise PolicyFileError(
            f'the policy would have {len(data):,} bytes, {LARGEST_FILE:,} is the most that is '
            'read: make the network smaller')
    policy = parse_policy(path, data)
    write_atomically(path, data, overwrite)
    return policy


def read_policy(path: str | Path) -> PolicyFile:
    """Read a policy file; raises PolicyFileError saying what is wrong with it and what to do."""
    path = Path(path)
    try:
        data = read_bounded(path, LARGEST_FILE)
    except FileNotFoundError as error:
        raise PolicyFileError(f'{path} does not exist: check the path of the policy') from error
    except OSError as error:
        raise PolicyFileError(f'cannot read {path}: {error.strerror}') from error
    except ValueError as error:
        raise PolicyFileError(
            f'{path} is no policy ({error}): give a file written by drl-prune export') from error
    return parse_policy(path, data)


def parse_policy(path: Path, data: bytes) -> PolicyFile:
    """Read and check the bytes of a policy file; `path` is for the messages."""
    header = _read_header(path, data)
    text = _manifest_text(path, header)
    # Another version may keep its digest in another way, so the version is checked first.
    _check_version(path, text)
    if not _digest_holds(data, header.text(DIGEST_KEY) or ''):
        raise PolicyFileError(
            f'{path} was tampered with or is damaged (its digest does not match): '
            'export it again or copy it anew'
        )
    try:
        if len(header.metadata) > 2:
            raise PolicyFileError('it has metadata other than its manifest and its digest')
        graph = read_graph(header)
        manifest = Manifest.from_json(text)
        check_graph(graph, manifest)
    except PolicyFileError as error:
        raise PolicyFileError(f'{path} contradicts itself: {error}: export it again') from error
    return PolicyFile(path, manifest, graph, sha256(data), len(data), data)


def _read_header(path: Path, data: bytes) -> OnnxHeader:
    if not data:
        raise PolicyFileError(f'{path} is empty: export or copy it again')
    try:
        return read_header(data)
    except PolicyFileError as error:
        # Every ONNX file starts with the key of its version field.
        if data[0] == 0x08:
            raise PolicyFileError(
                f'{path} is truncated or damaged ({error}): export or copy it again'
            ) from error
        raise PolicyFileError(
            f'{path} is not an ONNX file ({error}): give a policy written by drl-prune export'
        ) from error


def _manifest_text(path: Path, header: OnnxHeader) -> str:
    text = header.text(MANIFEST_KEY)
    if text is not None:
        return text
    if header.producer == PRODUCER:
        raise PolicyFileError(
            f'{path} is truncated (its manifest is cut off): export or copy it again'
        )
    raise PolicyFileError(
        f'{path} is an ONNX file without a manifest, so what it expects and what its actions mean '
        'is unknown: give a policy written by drl-prune export'
    )


def _check_version(path: Path, text: str) -> None:
    try:
        version = parse_json(text).get('version')
    except PolicyFileError:
        return  # damaged, which the digest will show
    if isinstance(version, int):
        try:
            check_version(version)
        except PolicyFileError as error:
            raise PolicyFileError(f'{path}: {error}') from error


def _digest_holds(data: bytes, digest: str) -> bool:
    place = digest.encode()
    if len(place) != len(NO_DIGEST) or data.count(place) != 1:
        return False
    return sha256(data.replace(place, NO_DIGEST.encode())) == digest


def _check_agreement(network: MlpNetwork, manifest: Manifest) -> None:
    """Raise PolicyFileError if the network is not the one that the manifest describes."""
    size, action = manifest.observation.size, manifest.action
    if network.widths != manifest.widths:
        _disagree(f'widths {list(network.widths)}', f'widths {list(manifest.widths)}')
    if network.inputs is None and network.widths[0] != size:
        _disagree(f'{network.widths[0]} inputs and no list of them', f'{size} observation values')
    if network.inputs is not None and network.inputs[-1] >= size:
        _disagree(f'input {network.inputs[-1]}', f'{size} observation values')
    if network.observation_mean is not None and len(network.observation_mean) != size:
        _disagree(f'{len(network.observation_mean)} means', f'{size} observation values')
    if (network.output == 'argmax') != action.discrete:
        _disagree(f'output {network.output!r}', f'action kind {action.kind!r}')
    bounds = (('low', network.low, action.low), ('high', network.high, action.high))
    for name, mine, theirs in bounds:
        if theirs is not None and not np.array_equal(
            np.asarray(mine), np.asarray(theirs, np.float32)
        ):
            _disagree(f'{name} {mine}', f'{name} {list(theirs)}')


def _disagree(network: str, manifest: str) -> None:
    raise PolicyFileError(f'the network has {network} but the manifest says {manifest}')
