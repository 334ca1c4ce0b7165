# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A command line is read as the verbs read it, and completed from the catalogue."""

from typing import Any

import pytest

from drl_prune_ros.reporting.recipe_command import Command

TASK: dict[str, Any] = {
    'engines': {'envpool': 'T-v0', 'gymnasium': 'T-v0'},
    'train': {'total_steps': 1000},
    'train_on_vehicle': {'total_steps': 30},
    'prune': {'dsp': {'target_weights': 60},
              'dsp-teacher': {'total_steps': 200, 'target_weights': 50},
              'distilled': {'total_steps': 20, 'target_weights': 40}}}


def parse(line: str) -> Command:
    return Command.parse(f'drl-prune {line}')


@pytest.mark.parametrize(('line', 'method', 'steps', 'target'), [
    ('train T-v0', 'dense', 1000, None),
    ('train T-v0 --teacher runs/a --steps 7', 'dense', 7, None),
    ('train T-v0 --vehicle passenger_car', 'dense', 30, None),
    ('prune T-v0', 'dsp', 1200, 60),
    ('prune T-v0 --teacher runs/a', 'dsp-teacher', 200, 50),
    ('prune T-v0 --teacher runs/a --target-weights 8', 'dsp-teacher', 200, 8),
    ('prune T-v0 --teacher runs/a --without guard refit',
     'dsp-teacher-without-rollback-without-reconstruction', 200, 50),
    ('prune T-v0 --method distilled --teacher runs/a', 'distilled', 20, 40),
    ('prune T-v0 --method distilled+ft --teacher runs/a', 'distilled+ft', 200, 50),
    ('prune T-v0 --method magnitude --teacher runs/a', 'magnitude-teacher', 200, 50),
    ('prune T-v0 --method magnitude', 'magnitude', 1200, 50),
    ('prune T-v0 --method small-dense', 'small-dense', 1200, 50),
    ('prune T-v0 --method pops --teacher runs/a', 'pops', 200, None),
    ('prune T-v0 --method gst', 'gst', 1000, None),
])
def test_what_is_not_given_is_the_catalogue_s(
        line: str, method: str, steps: int, target: int | None) -> None:
    command = parse(line)
    assert (command.method, command.steps(TASK), command.target(TASK)) == (method, steps, target)


@pytest.mark.parametrize(('line', 'engine', 'episodes'), [
    ('train T-v0', 'envpool', 10_000),
    ('train T-v0 --final-episodes 3', 'envpool', 3),
    ('evaluate p.onnx --engine gymnasium --into r.json', 'gymnasium', 500),
    ('evaluate p.onnx --vehicle passenger_car --delay 0.2 --into r.json',
     'passenger_car, 200 ms late', 500),
    ('evaluate p.onnx --episodes 40 --into r.json', 'envpool', 40),
])
def test_the_episodes_that_a_command_plays(line: str, engine: str, episodes: int) -> None:
    command = parse(line)
    assert (command.engine(TASK), command.episodes(TASK)) == (engine, episodes)


def test_options_and_what_shapes_a_policy() -> None:
    command = parse("prune T-v0 --seed 1000 --run 'a b' --block-sizes 1 8 1 --prune-critics "
                    '--max-skill-loss 0.02 --beside d.onnx')
    assert command.given == ('T-v0',) and command.seed == 1000
    assert command.text('--run') == 'a b' and command.number('--steps') is None
    assert command.options['--paired-with'] == ('d.onnx',)   # by its former name
    assert parse('prune T-v0 --block-sizes 1 8 1 --max-skill-loss 0.02').shaping == {
        '--block-sizes': ('1', '8', '1'), '--max-skill-loss': ('0.02',)}
