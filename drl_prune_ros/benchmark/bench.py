# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The record of a bench: what a policy costs on one computer, and its table."""

from collections.abc import Mapping
import os
from pathlib import Path
import platform
from typing import Any

from drl_prune_ros.benchmark.inference_c import compiler, FLAGS
from drl_prune_ros.benchmark.markdown import markdown
from drl_prune_ros.policy.policy_file import PolicyFile

BENCH_VERSION = 1
BENCH_FILE = 'bench.json'
BUSY = 0.5   # load a core, above which figures are worse than they need be


def machine() -> dict[str, Any]:
    """Return what this computer is, and how busy it has been for the last minute."""
    return {
        'processor': _processor(),
        'cores': os.cpu_count(),
        'system': platform.platform(),
        'python': platform.python_version(),
        'compiler': compiler(),
        'compiler_flags': ' '.join(FLAGS),
        'load_average': os.getloadavg()[0],
    }


def busy(found: Mapping[str, Any]) -> bool:
    """Whether other work kept a machine from showing what it can do."""
    return bool(found['load_average'] > BUSY * found['cores'])


def make_record(
    policies: Mapping[str, PolicyFile], runtimes: Mapping[str, Mapping[str, Any]],
    missing: Mapping[str, str], found: Mapping[str, Any], provenance: Mapping[str, Any],
) -> dict[str, Any]:
    """
    Return the record, as JSON values.

    policies and runtimes have the keys 'policy' and, beside another policy, 'against'; runtimes
    and missing are what measure_runtimes returned.
    """
    record = {
        'version': BENCH_VERSION,
        'policy': _about(policies['policy']),
        'runtimes': dict(runtimes['policy']),
        'missing': dict(missing),
    }
    if 'against' in policies:
        record['against'] = {
            **_about(policies['against']), 'runtimes': dict(runtimes['against'])}
        record['times_faster'] = {
            kind: runtimes['against'][kind]['p50_us'] / figures['p50_us']
            for kind, figures in runtimes['policy'].items()}
    return {**record, 'machine': dict(found), 'provenance': dict(provenance)}


def bench_table(record: Mapping[str, Any]) -> str:
    """Return the table of a record, a row a policy and runtime."""
    rows = []
    for about, runtimes in _measured(record):
        for kind, figures in runtimes.items():
            rows.append([
                about['name'], f'{about["weights"]:,}', kind, f'{figures["p50_us"]:.2f} us',
                f'{figures["p99_us"]:.2f} us', f'{figures["rss_mb"]:.1f} MB',
                f'{figures["file_bytes"]:,} B'])
    lines = [markdown(['policy', 'weights', 'runtime', 'p50', 'p99', 'RSS', 'file'], rows)]
    if 'times_faster' in record:
        lines += ['', 'times as fast by p50: ' + ', '.join(
            f'{kind} {times:.1f}' for kind, times in record['times_faster'].items())]
    lines += [f'{kind}: {reason}' for kind, reason in record['missing'].items()]
    return '\n'.join(lines)


def bench_times(record: Mapping[str, Any]) -> list[tuple[str, float, float]]:
    """Return what a record has times of: name, p50 and p99 in microseconds."""
    return [(f'{about["name"]}, {kind}', figures['p50_us'], figures['p99_us'])
            for about, runtimes in _measured(record) for kind, figures in runtimes.items()]


def _measured(record: Mapping[str, Any]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Return what stands in a record of each policy, and its runtimes."""
    measured = [(record['policy'], record['runtimes'])]
    if 'against' in record:
        measured.append((record['against'], record['against']['runtimes']))
    return measured


def _about(policy: PolicyFile) -> dict[str, Any]:
    manifest = policy.manifest
    return {
        'name': policy.path.stem, 'sha256': policy.sha256, 'task': manifest.task,
        'widths': list(manifest.widths), 'weights': manifest.weights,
        'file_bytes': policy.file_bytes}


def _processor() -> str:
    """Return the name of the processor; its architecture where the kernel does not tell."""
    try:
        lines = Path('/proc/cpuinfo').read_text().splitlines()
    except OSError:
        lines = []
    names = [line.partition(':')[2].strip() for line in lines if line.startswith('model name')]
    return names[0] if names else platform.machine()
