# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
What a command line of a recipe asks for, read without the libraries that would run it.

`drl-prune reproduce --check` compares it with the command that stands in a result file. What both
leave out comes from the catalogue.
"""

from collections.abc import Mapping
from dataclasses import dataclass
import shlex
from typing import Any

from drl_prune_ros.tasks.vehicle import Vehicle
from drl_prune_ros.training.run_versions import FORMER_PARTS

TAUGHT = ('dsp', 'magnitude', 'magnitude-neurons', 'random-neurons')
"""Methods that start from nothing or from a teacher, and are named by which."""
UNSIZED = ('linear', 'pops', 'dsp+pops', 'gst', 'gst-fixed', 'gst-magnitude')
"""Methods that are given no number of weights."""
PLACES = ('--run', '--teacher', '--output', '--results', '--result', '--into', '--dense')
"""Options that name files and folders, which differ from one making to the next."""
NEUTRAL = (*PLACES, '--final-episodes', '--steps', '--target-weights', '--seed', '--threads',
           '--resume')
"""Options that do not shape a policy, and those that are compared as numbers."""
FORMER = {'--beside': '--paired-with'}
"""Options by the names that they had, and have."""
FINAL_EPISODES = {'compiled': 10_000, 'envpool': 10_000}
SLOW_FINAL_EPISODES = 500


@dataclass(frozen=True)
class Command:
    """
    A command line: its verb, what follows the verb, and every option with its values.

    Options and parts of methods that were renamed go by the names that they have now.
    """

    verb: str
    given: tuple[str, ...]
    options: Mapping[str, tuple[str, ...]]

    @classmethod
    def parse(cls, line: str) -> 'Command':
        """Read a command line whose options stand after everything else."""
        _, verb, *words = shlex.split(line)
        given: list[str] = []
        options: dict[str, list[str]] = {}
        values = given
        for word in words:
            if word.startswith('--'):
                values = options.setdefault(FORMER.get(word, word), [])
            else:
                values.append(word)
        if '--without' in options:
            options['--without'] = [FORMER_PARTS.get(part, part) for part in options['--without']]
        return cls(verb, tuple(given), {name: tuple(found) for name, found in options.items()})

    @property
    def trains(self) -> bool:
        """Whether it is a training run, with a policy and a result."""
        return self.verb in ('train', 'prune')

    def text(self, option: str) -> str | None:
        """Return the first value of `option`, None where it is not given."""
        return next(iter(self.options.get(option, ())), None)

    def number(self, option: str) -> int | None:
        """Return a whole number, None where the option is not given."""
        value = self.text(option)
        return None if value is None else int(value)

    @property
    def seed(self) -> int:
        """The training seed."""
        return self.number('--seed') or 1

    @property
    def method(self) -> str:
        """The name that the run has in tables; that of `train` says nothing of what it started."""
        if self.verb == 'train':
            return 'dense'
        name = self.text('--method') or 'dsp'
        from_teacher = '-teacher' if name in TAUGHT and '--teacher' in self.options else ''
        return '-without-'.join([name + from_teacher, *self.options.get('--without', ())])

    @property
    def shaping(self) -> dict[str, tuple[str, ...]]:
        """The options that shape what is made, other than seed, steps and target."""
        return {name: values for name, values in self.options.items() if name not in NEUTRAL}

    def vehicle(self) -> Vehicle | None:
        """Return the vehicle that it drives, None where that is the environment's own."""
        profile = self.text('--vehicle')
        return Vehicle(profile, float(self.text('--delay') or 0.0)) if profile else None

    def steps(self, task: Mapping[str, Any]) -> int:
        """Return its environment steps: those that are given, or the catalogue's."""
        if (given := self.number('--steps')) is not None:
            return given
        driven = task.get('train_on_vehicle', {}) if self.vehicle() else {}
        dense: int = {**task['train'], **driven}['total_steps']
        name = self.text('--method') or 'dsp'
        if self.verb == 'train' or name.startswith('gst') or 'total_steps' in driven:
            return dense
        from_teacher = '--teacher' in self.options
        pruning: int = task['prune'].get('dsp-teacher', {}).get('total_steps', dense)
        own: int = self._entry(task).get(
            'total_steps', pruning if from_teacher else dense + pruning)
        return own

    def target(self, task: Mapping[str, Any]) -> int | None:
        """Return the weights that it asks for: those given, or the catalogue's; None without."""
        if self.verb == 'train' or self.text('--method') in UNSIZED:
            return None
        given = self.number('--target-weights')
        if given is not None:
            return given
        fallback = task['prune'].get('dsp-teacher', task['prune'].get('dsp', {}))
        entry = self._entry(task) or fallback
        target: int | None = entry.get('target_weights')
        return target

    def _entry(self, task: Mapping[str, Any]) -> dict[str, Any]:
        name = self.text('--method') or 'dsp'
        if name == 'dsp' and '--teacher' in self.options:
            name = 'dsp-teacher'
        entry: dict[str, Any] = task['prune'].get(name, {})
        return entry

    def engine(self, task: Mapping[str, Any]) -> str:
        """Return the engine that plays the final episodes, by its name in results."""
        vehicle = self.vehicle()
        return vehicle.engine if vehicle else self.text('--engine') or next(iter(task['engines']))

    def episodes(self, task: Mapping[str, Any]) -> int:
        """Return the final episodes that it plays."""
        given = self.number('--final-episodes' if self.trains else '--episodes')
        return given or default_episodes(self.engine(task))


def default_episodes(engine: str) -> int:
    """Return the final episodes that `engine` plays where a command says nothing."""
    return FINAL_EPISODES.get(engine, SLOW_FINAL_EPISODES)
