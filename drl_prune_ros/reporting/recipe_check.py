# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Hold recipes against result files, references, the catalogue and the shipped policies."""

from collections.abc import Iterator, Mapping
from itertools import chain
import json
from pathlib import Path
from typing import Any

import yaml

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.policy.policy_file import PolicyFile, read_policy
from drl_prune_ros.reporting.recipe import read_recipe, Recipe, Row
from drl_prune_ros.reporting.recipe_command import Command, default_episodes, PLACES
from drl_prune_ros.reporting.versions import upgraded_result

EARLY = ('distilled', 'distilled+ft', 'linear', 'pops', 'dsp+pops')
"""Methods that may end before their steps are used up."""
EDITED = '+changes'
SLACK = 0.011
"""Part of its steps that a run may take beyond them, to the end of what it collects at once."""


def check_recipes(root: Path, task: str | None = None) -> list[str]:
    """
    Return every disagreement in the source tree `root`, one line each; none where all holds.

    :param task: the one recipe to check; without it also that every result is in a recipe.
    """
    paths = sorted((root / 'recipes').glob('*.yaml'))
    if not (root / 'results').is_dir():
        raise DrlPruneError(f'{root} has no results/: check the recipes in a clone of the '
                            'repository')
    if task is not None:
        paths = [path for path in paths if path.stem == task]
        if not paths:
            raise DrlPruneError(f'no recipe of {task!r}: choose from the files of recipes/')
    lines, recipes = [], []
    for path in paths:
        try:
            recipe = read_recipe(path)
            recipes.append(recipe)
            lines += _check_recipe(recipe, root)
        except DrlPruneError as error:
            lines.append(str(error))
    # A recipe that cannot be read would leave all that it names uncovered.
    whole = task is None and len(recipes) == len(paths)
    return lines + (_uncovered(recipes, root) if whole else [])


def _uncovered(recipes: list[Recipe], root: Path) -> list[str]:
    """Return what stands in results/, models/ and config/references/ and in no recipe."""
    found = [path.relative_to(root).as_posix() for pattern in (
        'results/**/*.json', 'models/*.onnx', 'config/references/*.json')
        for path in sorted(root.glob(pattern))]
    named = [file for recipe in recipes for row in recipe.rows.values()
             for file in (*row.results, row.policy) if file]
    return [f'{file} is in no recipe: add the row that makes it' for file in found
            if file not in named] + [
        f'{file} is in {named.count(file)} rows: leave it in one'
        for file in sorted(set(named)) if named.count(file) > 1]


def _check_recipe(recipe: Recipe, root: Path) -> list[str]:
    file = root / 'config' / 'tasks' / f'{recipe.task}.yaml'
    if not file.is_file():
        return [f'{recipe.path}: {recipe.task} is not in the catalogue']
    task = yaml.safe_load(file.read_text())
    return [f'{recipe.task}/{row.name}: {line}' for row in recipe.rows.values()
            for line in _check_row(recipe, row, task, root)]


def _check_row(recipe: Recipe, row: Row, task: Mapping[str, Any], root: Path) -> Iterator[str]:
    try:
        commands = [Command.parse(line) for line in row.commands]
        for command in commands:
            if command.trains and command.given != (recipe.task,):
                yield f'a command is about {" ".join(command.given)}'
        policy = read_policy(root / row.policy) if row.policy else None
        if policy and policy.sha256 != row.sha256:
            yield f'{row.policy} has the digest {policy.sha256}, the recipe says {row.sha256}'
        for name in row.results:
            if not (root / name).is_file():
                yield f'{name} does not exist'
                continue
            content = json.loads((root / name).read_text())
            if 'engines' in content and 'figures' not in content:
                lines = _check_reference(recipe, row, commands, content)
            elif 'figures' in content:
                content = upgraded_result(content)
                lines = _check_result(recipe, row, commands, content, task, root)
                if policy and policy.path.name == content['policy']:
                    lines = chain(lines, _check_policy(policy, content))
            else:
                lines = _check_record(row, commands, content)
            for line in lines:
                yield f'{name} {line}'
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        yield f'cannot be checked: {type(error).__name__} {error}'


def _check_policy(policy: PolicyFile, result: dict[str, Any]) -> Iterator[str]:
    manifest = policy.manifest
    for name, value in (('digest', policy.sha256), ('weights', manifest.weights),
                        ('provenance', manifest.provenance)):
        told = result['sha256' if name == 'digest' else name]
        if told != value:
            yield f'is of {name} {told}, {policy.path.name} has {value}'


def _check_result(recipe: Recipe, row: Row, commands: list[Command], result: dict[str, Any],
                  task: Mapping[str, Any], root: Path) -> Iterator[str]:
    made = result['provenance']
    yield from _check_provenance(row, made)
    # What an older program played while it trained, it may have played on another engine.
    yield from _check_episodes(
        [each for each in commands if not (row.commit and each.trains)], result, task)
    run = next((command for command in commands if command.trains), None)
    if run is None and row.start:   # plays more episodes with the policy of another row
        row = recipe.rows[row.start]
        run = next((each for each in map(Command.parse, row.commands) if each.trains), None)
    if run is None:
        return
    recorded = Command.parse(made['command'])
    if not run.seed == recorded.seed == result['seed']:
        yield f'has seed {result["seed"]}, the recipe {run.seed}'
    expected = {run.method, 'fine-tuned'} if run.verb == 'train' else {run.method}
    if result['method'] not in expected:
        yield f'has method {result["method"]}, the recipe {run.method}'
    if run.shaping != recorded.shaping:
        yield f'was made with {_told(recorded.shaping)}, the recipe says {_told(run.shaping)}'
    yield from _check_teacher(recipe, row, run, made.get('teacher'), task, root)
    if row.commit:
        for option in ('--steps', '--target-weights'):
            if run.number(option) != recorded.number(option):
                yield f'was made with another {option} than the recipe has'
        return
    yield from _check_numbers(run, recorded, result, task, row)


def _check_numbers(run: Command, recorded: Command, result: dict[str, Any],
                   task: Mapping[str, Any], row: Row) -> Iterator[str]:
    """Compare steps and target with those that recipe and catalogue give now."""
    steps = run.steps(task)
    teacher_steps = (result['provenance'].get('teacher') or {}).get('steps', 0)
    taken, told = result['cost']['environment_steps'] - teacher_steps, recorded.number('--steps')
    train = {**task['train'], **(task.get('train_on_vehicle', {}) if run.vehicle() else {})}
    most = steps + max(train['num_envs'] * train.get('n_steps', 1), SLACK * steps)
    least = 1 if run.text('--method') in EARLY else steps
    if (told is not None and told != steps) or not least <= taken <= most:
        yield (f'took {taken:,} steps{f", {told:,} asked for" if told else ""}, recipe and '
               f'catalogue ask for {steps:,}')
    target, told = run.target(task), recorded.number('--target-weights')
    if told is not None and told != target:
        yield f'was made with --target-weights {told}, recipe and catalogue ask for {target}'
    if row.policy and target is not None and result['weights'] > target:
        yield f'has {result["weights"]} weights, recipe and catalogue ask for {target}'


def _check_episodes(commands: list[Command], result: dict[str, Any],
                    task: Mapping[str, Any]) -> Iterator[str]:
    players = [each for each in commands if each.trains or each.verb == 'evaluate']
    played = {each.engine(task): each.episodes(task) for each in players}
    paired = {each.engine(task) for each in players if '--paired-with' in each.options}
    for engine, figures in result['figures'].items():
        asked = played.get(engine)
        if asked is None and any(each.trains for each in commands):
            yield f'has figures on {engine}, which the recipe does not play'
        elif asked not in (None, figures['episodes']):
            yield f'has {figures["episodes"]:,} episodes on {engine}, the recipe plays {asked:,}'
        if ('beside' in figures) != (engine in paired):
            yield f'and the recipe differ in a comparison seed by seed on {engine}'
    for engine in played:
        if engine not in result['figures']:
            yield f'has no figures on {engine}, which the recipe plays'


def _check_teacher(recipe: Recipe, row: Row, run: Command, teacher: dict[str, Any] | None,
                   task: Mapping[str, Any], root: Path) -> Iterator[str]:
    """Compare the teacher that a result names with the row that the recipe starts from."""
    if (teacher is None) != ('--teacher' not in run.options):
        yield 'and the recipe differ in whether there was a teacher'
    elif teacher is not None:
        start = recipe.rows[row.start] if row.start else None
        if start is None:
            yield 'had a teacher, the recipe has no `from`'
        elif 'policy' in teacher:
            # Also those that were made again, and not shipped.
            known = {json.loads((root / name).read_text()).get('sha256') for name in start.results}
            if start.sha256 is not None and teacher['policy'] not in {start.sha256, *known}:
                yield f'had another teacher than the policy of {start.name}'
        else:
            first = next(Command.parse(line) for line in start.commands)
            told = Command.parse(teacher['command'])
            if not start.commit and (first.steps(task), first.seed) != (
                    told.number('--steps') or first.steps(task), told.seed):
                yield f'had a teacher made by `{teacher["command"]}`, {start.name} is another'


def _check_record(row: Row, commands: list[Command], record: dict[str, Any]) -> Iterator[str]:
    """Compare the command of a record of time, engines or a device with that of the recipe."""
    yield from _check_provenance(row, record['provenance'])
    recorded = Command.parse(record['provenance']['command'])
    if not any((each.verb, each.given, _without_places(each)) == (
            recorded.verb, recorded.given, _without_places(recorded)) for each in commands):
        yield f'was made by `{record["provenance"]["command"]}`, which the recipe has not'


def _check_reference(recipe: Recipe, row: Row, commands: list[Command],
                     content: dict[str, Any]) -> Iterator[str]:
    start = recipe.rows[row.start] if row.start else None
    for engine, figures in content['engines'].items():
        yield from _check_provenance(row, figures['provenance'])
        dense = [each['sha256'] for each in figures['dense']['policies']]
        if start is None or dense != [start.sha256]:
            yield f'is measured on {engine} by another dense policy than the recipe starts from'
        asked = commands[0].number('--episodes') or default_episodes(engine)
        played = figures['floor']['episodes'], figures['dense']['episodes']
        if played != (asked, asked) and not row.not_reproducible:
            yield f'has {played[0]:,} and {played[1]:,} episodes, the recipe plays {asked:,}'


def _check_provenance(row: Row, made: dict[str, Any]) -> Iterator[str]:
    commit = made['commit'] or ''
    if commit.endswith(EDITED) and not row.not_reproducible:
        yield f'was made from an edited tree ({commit[:7]}{EDITED}): say `not_reproducible`'
    if row.commit and not commit.startswith(row.commit):
        yield f'was made by commit {commit[:7]}, the recipe says {row.commit}'


def _without_places(command: Command) -> dict[str, tuple[str, ...]]:
    return {name: values for name, values in command.options.items() if name not in PLACES}


def _told(options: Mapping[str, tuple[str, ...]]) -> str:
    return ' '.join(f'{name} {" ".join(values)}'.strip()
                    for name, values in sorted(options.items())) or 'no more'
