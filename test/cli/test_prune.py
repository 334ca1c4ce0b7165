# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The arguments of drl-prune prune."""

import argparse

import pytest

from drl_prune_ros.cli.prune import add_arguments
from drl_prune_ros.training.run_versions import FORMER_PARTS


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser()
    add_arguments(made)
    return made


def test_parts_are_taken_by_their_former_names_too() -> None:
    asked = parser().parse_args(['CartPole-v1', '--without', *FORMER_PARTS, 'dagger'])
    assert asked.without == [*FORMER_PARTS.values(), 'dagger']


def test_former_names_stay_out_of_the_help() -> None:
    told = ' '.join(parser().format_help().split())
    assert 'dsp: importance, regularizer, rollback' in told
    for name in ('guard', 'regulariser', 'audition', 'anchor', 'refit'):
        assert name not in told


def test_a_part_that_nothing_has_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parser().parse_args(['CartPole-v1', '--without', 'nonsense'])
    assert "'nonsense'" in capsys.readouterr().err
