# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The record of a bench: what a policy costs on one computer, and its table."""

from collections.abc import Mapping, Sequence
import os
from pathlib import Path
import platform
from typing import Any

from drl_prune_ros.benchmark.inference_c import compiler, FLAGS
from drl_prune_ros.benchmark.stop_latency import stops_line
from drl_prune_ros.policy.policy_file import PolicyFile
from drl_prune_ros.reporting.markdown import markdown

BENCH_VERSION = 1
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
    """Return whether other work kept a machine from showing what it can do."""
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


def with_nodes(record: Mapping[str, Any], nodes: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """
    Return a record with what measure_node returned, of the default runtime first.

    Of that, node, floor and paired_diff_p50_us stand in the record itself; every other runtime's
    stand under nodes, by its name.
    """
    first, *others = nodes
    own = ('node', 'floor', 'paired_diff_p50_us')
    settings = {key: value for key, value in first.items() if key not in own}
    return {**record, **{key: first[key] for key in own}, 'node_settings': settings,
            'nodes': {each['runtime']: dict(each) for each in others}}


def bench_table(record: Mapping[str, Any]) -> str:
    """Return the table of a record, a row a policy and runtime, and a row a node."""
    rows = []
    for about, runtimes in _measured(record):
        for kind, figures in runtimes.items():
            rows.append([f'{about["name"]}, {kind}', *_times(figures), '', '',
                         f'{figures["file_bytes"]:,} B'])
    for name, figures in _nodes(record):
        pss = figures['pss_mb']
        rows.append([name, *_times(figures), '' if pss is None else f'{pss:.1f} MB',
                     f'{figures["cpu_percent"]:.1f} %', ''])
    names = ['', 'p50', 'p99', 'RSS', 'PSS', 'CPU', 'file']
    told = [place for place in range(len(names)) if any(row[place] for row in rows)]
    lines = [markdown([names[place] for place in told],
                      [[row[place] for place in told] for row in rows]), '']
    lines += [f'{about["name"]}: {about["weights"]:,} weights'
              for about, _ in _measured(record)]
    if 'times_faster' in record:
        lines.append('times as fast by p50: ' + ', '.join(
            f'{kind} {times:.1f}' for kind, times in record['times_faster'].items()))
    if 'node' in record:
        settings = record['node_settings']
        lines.append(
            f'node to echo, median of {settings["pairs"]:,} paired differences: '
            f'{record["paired_diff_p50_us"]:.0f} us; in its callback: '
            f'{record["node"]["compute_p50_us"]:.0f} us p50 ({settings["executor"]}, '
            f'{settings["rate_hz"]:g} Hz)')
    if 'stops' in record:
        lines.append(stops_line(record['stops']))
    lines += [f'{kind}: {reason}' for kind, reason in record['missing'].items()]
    return '\n'.join(lines)


def bench_report(record: Mapping[str, Any]) -> str:
    """Return the table of a record, and what it was measured on, as Markdown."""
    found = record['machine']
    on = (f'{found["processor"]}, {found["cores"]} cores, load {found["load_average"]:.1f} when '
          f'it began, Python {found["python"]}')
    table, _, about = bench_table(record).partition('\n\n')
    return '\n'.join([table, '', *(f'* {line}' for line in (on, *about.splitlines()))])


def bench_times(record: Mapping[str, Any]) -> list[tuple[str, float, float]]:
    """Return what a record has times of: name, p50 and p99 in microseconds."""
    named = [(f'{about["name"]}, {kind}', figures) for about, runtimes in _measured(record)
             for kind, figures in runtimes.items()] + _nodes(record)
    return [(name, figures['p50_us'], figures['p99_us']) for name, figures in named]


def _times(figures: Mapping[str, Any]) -> list[str]:
    return [f'{figures["p50_us"]:.4g} us', f'{figures["p99_us"]:.4g} us',
            f'{figures["rss_mb"]:.1f} MB']


def _nodes(record: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Return what stands in a record of nodes, by name; nothing where none was measured."""
    if 'node' not in record:
        return []
    default = record['node_settings']['runtime']
    return [(f'policy node, {default}', record['node']),
            *((f'policy node, {kind}', each['node']) for kind, each in record['nodes'].items()),
            ('echo node', record['floor'])]


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
