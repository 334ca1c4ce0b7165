# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What `reproduce --check` reads from a command line is what the verbs make of it."""

from pathlib import Path
from typing import Any, NoReturn

import pytest
import yaml

from drl_prune_ros.cli import prune, train
from drl_prune_ros.cli.main import main
from drl_prune_ros.cli.run_arguments import teacher_of
from drl_prune_ros.reporting.recipe import load_recipe, recipe_names
from drl_prune_ros.reporting.recipe_command import Command

ROOT = Path(__file__).resolve().parents[2]


class SettingsKnownError(Exception):
    """Ends a verb where its run would begin."""


@pytest.mark.parametrize('task', recipe_names())
def test_steps_target_and_method_are_those_of_the_run(
        task: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    configs: list[dict[str, Any]] = []
    teachers: dict[str | None, Any] = {}

    def open_or_create(args: Any, config: dict[str, Any], default: str) -> NoReturn:
        configs.append(config)
        raise SettingsKnownError

    def cached_teacher(args: Any, of: Any) -> Any:
        # A policy file stands for every run and policy that a recipe starts from.
        args.teacher = ROOT / f'models/{task}-dense.onnx' if args.teacher else None
        if args.teacher not in teachers:
            teachers[args.teacher] = teacher_of(args, of)
        return teachers[args.teacher]

    for verb in (train, prune):
        monkeypatch.setattr(verb, 'open_or_create', open_or_create)
        monkeypatch.setattr(verb, 'teacher_of', cached_teacher)
    catalogue = yaml.safe_load((ROOT / f'config/tasks/{task}.yaml').read_text())
    recipe = load_recipe(task)
    for row in recipe.rows.values():
        for line, words in zip(row.commands, recipe.words(row, tmp_path, ROOT), strict=True):
            command = Command.parse(line)
            # highway-env drives a vehicle; an old commit had other defaults.
            if not command.trains or command.vehicle() or row.commit:
                continue
            with pytest.raises(SettingsKnownError):
                main(words[1:])
            config = configs.pop()
            assert config['method'] == command.method, line
            assert config['train']['total_steps'] == command.steps(catalogue), line
            target = config.get('pruning', {}).get('target_weights')
            if command.target(catalogue) is not None:
                assert target == command.target(catalogue), line
