# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Settings of any method: read by name and type, written as plain values, turned off by part."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.pruning.method import CliOverrides
from drl_prune_ros.pruning.registry import methods
from drl_prune_ros.pruning.settings import SettingsBase
from drl_prune_ros.tasks.catalogue import load_task
from drl_prune_ros.training.settings import train_settings


@dataclass(frozen=True)
class Inner(SettingsBase):
    LABEL = 'inner settings'

    rate: float = 0.5


@dataclass(frozen=True)
class Outer(SettingsBase):
    ABLATIONS = {'inner': {'inner': None}, 'rate': {'inner.rate': 0.0, 'fast': True}}
    OMITTED_AT_DEFAULT = ('word',)

    steps: int
    ramp: tuple[float, float] = (0.0, 1.0)
    inner: Inner | None = field(default_factory=Inner)
    fast: bool = False
    word: str = 'none'


def test_settings_are_read_and_written_as_plain_values() -> None:
    settings = Outer.from_dict({'steps': 3, 'ramp': [0, 0.5], 'inner': {'rate': 2}}, steps=4,
                               fast=None)
    assert settings == Outer(4, (0, 0.5), Inner(2))
    assert settings.to_dict() == {
        'steps': 4, 'ramp': [0, 0.5], 'inner': {'rate': 2}, 'fast': False}
    assert Outer(1, word='some').to_dict()['word'] == 'some'
    assert Outer.from_dict(settings.to_dict()) == settings
    assert Outer.from_dict({'steps': 1, 'inner': None}).to_dict()['inner'] is None


@pytest.mark.parametrize(('entry', 'message'), [
    ({'steps': 1, 'stepps': 1}, "pruning settings: unknown name 'stepps', choose from steps"),
    ({}, 'pruning settings: steps is missing'),
    ({'steps': 1, 'inner': {'rat': 1}}, "inner settings: unknown name 'rat', choose from rate"),
    ({'steps': 1, 'inner': 3}, 'inner must be a mapping of settings, got 3'),
    ({'steps': 1, 'inner': {'rate': 'high'}}, "inner settings: rate must be a number, got 'high'"),
    ({'steps': 1.5}, 'steps must be a whole number, got 1.5'),
    ({'steps': True}, 'steps must be a whole number, got True'),
    ({'steps': 1, 'fast': 1}, 'fast must be true or false, got 1'),
    ({'steps': 1, 'ramp': 0.5}, 'ramp must be a list, got 0.5')])
def test_what_cannot_be_read_is_refused_in_one_line(entry: dict[str, Any], message: str) -> None:
    with pytest.raises(DrlPruneError) as refused:
        Outer.from_dict(entry)
    assert message in str(refused.value) and '\n' not in str(refused.value)


def test_a_part_changes_what_its_dotted_names_say_and_nothing_else() -> None:
    settings = Outer(1)
    assert settings.without(['rate']) == Outer(1, inner=Inner(0.0), fast=True)
    assert settings.without(['inner']) == Outer(1, inner=None)
    assert settings.without([]) == settings == Outer(1)


@pytest.mark.parametrize('method', [each for each in methods().values() if each.ablations])
def test_every_ablation_names_a_setting(method: Any) -> None:
    task = load_task('CartPole-v1')
    dense = train_settings(task.train)
    settings = [method.settings(task, dense, True, CliOverrides(without=(part,) if part else ()))
                for part in ('', *method.ablations)]
    told = [str(each.to_dict()) for each in settings]
    # 'crashes' is off where the task does not ask for it.
    assert len(set(told)) >= len(told) - 1
