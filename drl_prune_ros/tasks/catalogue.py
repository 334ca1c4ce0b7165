# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The tasks: one YAML file each under `config/tasks/`, and any Gymnasium environment by name."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
import importlib
from typing import Any

import yaml

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.policy.manifest import (
    ActionContract,
    count_weights,
    dense_widths,
    Manifest,
    ObservationContract,
)
from drl_prune_ros.resources import config_dir
from drl_prune_ros.tasks.any_environment import is_environment, read_contracts
from drl_prune_ros.tasks.vector_fields import with_fields
from drl_prune_ros.tasks.vehicle import Vehicle

COMPILED = 'compiled'
ENGINES = (COMPILED, 'envpool', 'gymnasium')
"""highway-env as machine code, EnvPool, and the Gymnasium environment itself."""
BATCHED = (COMPILED, 'envpool')
"""Those that play many environments at once, in this process."""


@dataclass(frozen=True)
class SeedRange:
    """Seeds `first` to `last`, both included, kept for one purpose."""

    first: int
    last: int

    def __contains__(self, seed: int) -> bool:
        return self.first <= seed <= self.last


@dataclass(frozen=True)
class Task:
    """
    What is learned: an environment, and what a policy for it sees and does.

    `engines` maps an engine, of ENGINES, to the id it knows the task by; an engine that must not
    evaluate the task is left out. `driving` tasks report crashes and speed in
    `info`. `train` and `prune` are the settings a run starts from, as written in the file; both
    are empty where the catalogue does not know the task. `vehicle` carries the decisions out, None
    where that is the environment's own; `train_on_vehicle` is what differs in training with one.
    `config` is what highway-env configures the environment with, beside its own defaults.
    """

    id: str
    source: str
    engines: dict[str, str]
    imports: tuple[str, ...]
    driving: bool
    observation: ObservationContract
    action: ActionContract
    train: dict[str, Any]
    prune: dict[str, dict[str, Any]]
    train_on_vehicle: dict[str, Any] = field(default_factory=dict)
    config: dict[str, Any] = field(default_factory=dict)
    vehicle: Vehicle | None = None

    @property
    def slug(self) -> str:
        """The id as a file name."""
        return slug(self.id)

    @property
    def engine(self) -> str:
        """The engine that trains and evaluates this task, the first it has."""
        return next(iter(self.engines))

    @property
    def outputs(self) -> int:
        """Width of the network's last layer: actions to choose from, or action dimensions."""
        return self.action.size

    @property
    def weights_dense(self) -> int:
        """Weights of the task's 256-256 network."""
        return count_weights(self.dense_widths)

    @property
    def dense_widths(self) -> tuple[int, ...]:
        """Layer widths that every weight count divides by, whatever was trained."""
        return dense_widths(self.observation.size, self.outputs)

    def engine_id(self, engine: str) -> str:
        """Return the id `engine` knows this task by, or refuse with the engines there are."""
        if engine not in self.engines:
            raise DrlPruneError(
                f'{self.id} cannot be evaluated on {engine!r}: choose --engine from '
                f'{", ".join(self.engines)}')
        return self.engines[engine]

    def on(self, vehicle: Vehicle) -> 'Task':
        """
        Return the same task, trained and evaluated on highway-env with `vehicle` as its car.

        Where training takes other steps with one, every pruning takes as many as that.
        """
        other = {'total_steps'} & set(self.train_on_vehicle)
        return replace(
            self, engines={vehicle.engine: self.engine_id('gymnasium')}, vehicle=vehicle,
            train={**self.train, **self.train_on_vehicle},
            prune={method: {name: value for name, value in entry.items() if name not in other}
                   for method, entry in self.prune.items()})

    def register(self) -> None:
        """Import the packages that register this task's environment with Gymnasium."""
        for name in self.imports:
            importlib.import_module(name)


def slug(name: str) -> str:
    """Return the id of a task as a file name; two ids never share one."""
    # Neither sign may stand in an id of Gymnasium: [package:][namespace/]name-v0.
    return name.replace(':', '+').replace('/', '@')


def task_names() -> list[str]:
    """List the ids of the catalogue, sorted."""
    return sorted(path.stem for path in (config_dir() / 'tasks').glob('*.yaml'))


def load_task(name: str) -> Task:
    """
    Return the task `name`: from the catalogue, or from the spaces of a Gymnasium environment.

    'package:Env-v0' imports `package`, which registers the environment. Raises DrlPruneError for
    an unknown name, a damaged file, and an environment that no policy here fits.
    """
    if name not in task_names():
        return _task_of_environment(name)
    path = config_dir() / 'tasks' / f'{name}.yaml'
    try:
        entry = yaml.safe_load(path.read_text())
        return Task(
            id=entry['id'],
            source=entry['source'],
            engines=dict(entry['engines']),
            imports=tuple(entry['imports']),
            driving=entry['driving'],
            observation=ObservationContract.from_dict(with_fields(entry['observation'])),
            action=ActionContract.from_dict(entry['action']),
            train=entry['train'],
            prune=entry['prune'],
            train_on_vehicle=entry.get('train_on_vehicle', {}),
            config=entry.get('config', {}),
        )
    except KeyError as missing:
        raise DrlPruneError(f'{path}: the field {missing} is missing') from None
    except (yaml.YAMLError, TypeError, AttributeError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise DrlPruneError(f'{path} is not a task: {reason}: fix the file') from None


def _task_of_environment(name: str) -> Task:
    if not is_environment(name):
        raise DrlPruneError(
            f'unknown task {name!r}: choose from {", ".join(task_names())}, or name any other '
            "Gymnasium environment with the package that registers it, as 'package:Env-v0'")
    observation, action = read_contracts(name)
    return Task(
        id=name, source='a Gymnasium environment outside the catalogue',
        engines={'gymnasium': name}, imports=(), driving=False,
        observation=observation, action=action, train={}, prune={})


def task_of(manifest: Manifest) -> Task:
    """Return the task that a policy was made for; raise DrlPruneError if they do not fit."""
    task = load_task(manifest.task)
    for name in ('observation', 'action'):
        if getattr(manifest, name) != getattr(task, name):
            raise DrlPruneError(
                f'the {name} contract of the policy is not that of {task.id} as it is here: '
                'export the policy again, or use the release that wrote it')
    return task


def task_of_run(config: Mapping[str, Any]) -> Task:
    """Return the task of a run by its `config`, with the vehicle that it was started with."""
    task = load_task(config['task'])
    vehicle = config.get('vehicle')
    return task.on(Vehicle(**vehicle)) if vehicle else task


def load_seeds() -> dict[str, SeedRange]:
    """Read the four disjoint seed ranges: tuning, reporting, validation and final."""
    entry = yaml.safe_load((config_dir() / 'seeds.yaml').read_text())
    return {purpose: SeedRange(**ends) for purpose, ends in entry.items()}
