# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The method of docs/add-a-method.md: as it stands there, from a package of its own."""

from collections.abc import Callable
import json
from pathlib import Path
import re
import sys

import pytest
import torch

from drl_prune_ros.policy.policy_file import read_policy
from drl_prune_ros.pruning.registry import GROUP, methods
from drl_prune_ros.training.checkpoint import latest_checkpoint, load_checkpoint
from drl_prune_ros.training.networks.mlp import actor_of
from drl_prune_ros.training.run_folder import RunFolder

PAGE = Path(__file__).resolve().parents[2] / 'docs' / 'add-a-method.md'
LONGEST = 60


def blocks(language: str) -> list[str]:
    return re.findall(rf'^```{language}\n(.*?)^```$', PAGE.read_text(), re.DOTALL | re.MULTILINE)


def test_the_documented_method_prunes_from_outside_the_package(
        prune: Callable[..., RunFolder], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    [code], [registration] = blocks('python'), blocks('toml')
    assert len(code.splitlines()) <= LONGEST
    assert f'[project.entry-points."{GROUP}"]' in registration
    [line] = re.findall(r'^(\w+) = "(\w+:\w+)"$', registration, re.MULTILINE)
    folder = tmp_path / 'elsewhere'
    info = folder / 'dormant-1.0.dist-info'
    info.mkdir(parents=True)
    (folder / 'dormant.py').write_text(code)
    (info / 'METADATA').write_text('Metadata-Version: 2.1\nName: dormant\nVersion: 1.0\n')
    (info / 'entry_points.txt').write_text(f'[{GROUP}]\n{line[0]} = {line[1]}\n')
    monkeypatch.syspath_prepend(folder)
    methods.cache_clear()
    try:
        run = prune('dormant', '--max-skill-loss', '0.9', '--steps', '3072')
    finally:
        methods.cache_clear()
        monkeypatch.delitem(sys.modules, 'dormant', raising=False)
    result = json.loads((run.path / 'result.json').read_text())
    assert result['method'] == 'dormant-teacher'
    assert run.config['pruning'] == {'total_steps': 3072, 'tau': 0.1, 'max_skill_loss': 0.9}
    newest = latest_checkpoint(run.checkpoints)
    assert newest
    actor = actor_of(load_checkpoint(newest))
    # The teacher has 16 units per layer, of which two do all the work.
    assert max(actor.widths[1:-1]) < 16 and min(actor.widths[1:-1]) >= 1
    assert all(torch.isfinite(parameter).all() for parameter in actor.parameters())
    assert read_policy(run.policy_file).manifest.weights == result['weights']
