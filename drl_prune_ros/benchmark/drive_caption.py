# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What stands below the video of a drive: size, skill, crashes and latency of the policy."""

from collections.abc import Mapping
import json
from pathlib import Path
from typing import Any

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.policy.policy_file import PolicyFile
from drl_prune_ros.reporting.result import compare
from drl_prune_ros.reporting.tables import percent
from drl_prune_ros.tasks.catalogue import ENGINES, load_task
from drl_prune_ros.tasks.skill import find_reference

RUNTIMES = {'c': 'C', 'numpy': 'numpy', 'onnxruntime': 'onnxruntime'}
"""What a latency is shown of, the first that was measured, with its name for people."""


def caption_of(policy: PolicyFile, record_path: Path, speed: float = 1.0) -> str:
    """
    Return the caption of a drive with `policy`, in the form that `simulator.caption` reads.

    Weights, skill and crashes are those of the manifest and of the skill reference. A policy
    without figures of the engine that evaluates its task, or without a reference, shows its
    weights and latency alone.

    :param record_path: what drl-prune bench --output wrote of this policy, for its latency.
    :param speed: driven seconds per second of the video.
    """
    manifest = policy.manifest
    parts = [(f'{manifest.weights:,}', f'of {manifest.weights_dense:,} weights')]
    # The engine of its task, or the one that the task had when the policy was written.
    for engine in (load_task(manifest.task).engine, *ENGINES):
        figures, reference = manifest.evaluation.get(engine), find_reference(manifest.task, engine)
        if isinstance(figures, dict) and figures and reference:
            break
    if isinstance(figures, dict) and figures and reference:
        compared = compare(figures, reference)
        parts.append((f'{compared["skill"]:.3f} ± {compared["skill_half_width95"]:.3f}',
                      'skill (dense: 1)'))
        if figures['crash_rate'] is not None:
            parts.append((percent(figures['crash_rate']),
                          f'crashes (dense: {percent(reference.dense_crash_rate)})'))
    parts.append(_latency(_measured(policy, record_path)))
    if speed != 1.0:
        parts.append((f'{speed:g}×', 'real time'))
    return ' | '.join(f'{figure}: {words}' for figure, words in parts)


def _measured(policy: PolicyFile, path: Path) -> Mapping[str, Any]:
    """Return the part of a bench record that is about `policy`, or refuse the record."""
    try:
        record: dict[str, Any] = json.loads(path.read_text())
        measured = [
            {'name': record['policy']['name'], 'sha256': record['policy']['sha256'],
             'runtimes': record['runtimes']},
            *([record['against']] if 'against' in record else [])]
    except (OSError, ValueError, KeyError, TypeError):
        raise DrlPruneError(f'{path} is not a bench record: write one with drl-prune bench '
                            f'{policy.path} --output {path}') from None
    for each in measured:
        if each['sha256'] == policy.sha256:
            return each
    raise DrlPruneError(
        f'{path} is about {", ".join(each["name"] for each in measured)}, not {policy.path}: '
        f'measure that with drl-prune bench {policy.path} --output FILE')


def _latency(measured: Mapping[str, Any]) -> tuple[str, str]:
    kind = next(kind for kind in RUNTIMES if kind in measured['runtimes'])
    return f'{measured["runtimes"][kind]["p50_us"]:.2g} µs', f'a decision in {RUNTIMES[kind]}'
