# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Below a video stands what manifest, references and bench say of the policy in it."""

import json
from pathlib import Path

import pytest

from drl_prune_ros.benchmark.drive_caption import caption_of
from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.policy.policy_file import read_policy
from drl_prune_ros.reporting.result import compare, read_result
from drl_prune_ros.simulator.caption import Caption
from drl_prune_ros.tasks.skill import load_reference

ROOT = Path(__file__).parents[2]
SMALL = ROOT / 'models/highway-fast-v0-pops.onnx'
BENCH = ROOT / 'results/highway-fast-v0/bench-pops.json'


def test_the_figures_are_those_of_the_manifest_and_of_the_record() -> None:
    result = read_result(ROOT / 'results/highway-fast-v0/pops-1000.json')
    told = read_policy(SMALL).manifest.evaluation['envpool']
    figures = {**told, **compare(told, load_reference('highway-fast-v0', 'envpool'))}
    record = json.loads(BENCH.read_text())
    caption = caption_of(read_policy(SMALL), BENCH, speed=4.0)
    Caption(caption)
    parts = dict(part.split(': ', 1)[::-1] for part in caption.split(' | '))
    assert parts['of 73,216 weights'] == f'{result["weights"]:,}'
    assert parts['skill (dense: 1)'].startswith(f'{figures["skill"]:.3f} ± ')
    crashes, = (figure for words, figure in parts.items() if words.startswith('crashes'))
    assert crashes == f'{figures["crash_rate"]:.2%}'
    microseconds, = (figure for words, figure in parts.items() if words.startswith('a decision'))
    assert microseconds == f'{record["runtimes"]["c"]["p50_us"]:.2g} µs'
    assert parts['real time'] == '4×'


def test_the_other_policy_of_a_record_has_its_own_latency() -> None:
    record = json.loads(BENCH.read_text())
    caption = caption_of(read_policy(ROOT / 'models/highway-fast-v0-dense.onnx'), BENCH)
    assert f'{record["against"]["runtimes"]["c"]["p50_us"]:.2g} µs: a decision in C' in caption
    assert 'real time' not in caption


def test_a_record_of_another_policy_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DrlPruneError, match='highway-fast-v0-pops, highway-fast-v0-dense, not '):
        caption_of(read_policy(ROOT / 'models/highway-fast-v0-dsp.onnx'), BENCH)
    other = tmp_path / 'record.json'
    for content in ('', '{}', '[]'):
        other.write_text(content)
        with pytest.raises(DrlPruneError, match='is not a bench record'):
            caption_of(read_policy(SMALL), other)
