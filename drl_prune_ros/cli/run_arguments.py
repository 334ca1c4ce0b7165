# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The arguments that every training verb shares."""

import argparse
import atexit
from collections.abc import Callable
from contextlib import nullcontext, redirect_stdout
from pathlib import Path
import shutil
import sys
from tempfile import mkdtemp
from typing import Any

from drl_prune_ros.cli.vehicle_arguments import add_vehicle_arguments
from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.policy.policy_file import read_policy
from drl_prune_ros.policy.sha256 import sha256
from drl_prune_ros.reporting.finish import as_json, finish_run, tables
from drl_prune_ros.tasks.catalogue import load_seeds, Task
from drl_prune_ros.training.algorithms import require_actions
from drl_prune_ros.training.export import chosen_checkpoint
from drl_prune_ros.training.learner import saved_steps
from drl_prune_ros.training.outside_model import outside_model, what_is_normalized
from drl_prune_ros.training.policy_teacher import write_teacher
from drl_prune_ros.training.run_folder import RunFolder
from drl_prune_ros.training.run_lock import run_lock
from drl_prune_ros.training.settings import SETTINGS, train_settings, TrainSettings
from drl_prune_ros.training.start import teacher_settings
from drl_prune_ros.training.teacher_parity import check_teacher


def add_run_arguments(parser: argparse.ArgumentParser) -> None:
    """Add task, seed, run folder, steps, resume and threads."""
    parser.add_argument('task', help='a task of the catalogue, such as highway-fast-v0, or any '
                                     'Gymnasium id, such as some_package:SomeEnv-v0')
    parser.add_argument('--algo', choices=sorted(SETTINGS),
                        help="learner (default: the catalogue's, the teacher's, or ppo)")
    parser.add_argument('--seed', type=int, default=1, help='training seed (default: 1)')
    parser.add_argument('--run', type=Path, help='run folder (default: runs/TASK-METHOD-SEED)')
    parser.add_argument('--steps', type=int, help="environment steps (default: the catalogue's)")
    parser.add_argument('--teacher', type=Path, metavar='RUN|MODEL',
                        help='start from the best policy of this run of drl-prune train, '
                             'from this policy file (which brings no critic: one is trained '
                             'first), or from this model of Stable-Baselines3; its steps count '
                             'too. Nothing in these files is run')
    parser.add_argument('--statistics', type=Path, metavar='FILE',
                        help='what VecNormalize.save() wrote for the model given by --teacher')
    parser.add_argument('--crash-penalty', type=float,
                        help="reward taken off at a crash while training (default: the "
                             "catalogue's); evaluation does not know it")
    add_vehicle_arguments(
        parser, 'train and evaluate on highway-env itself, tick by tick, with every command '
                'inside this vehicle profile: passenger_car, or highway_env, which has no limits')
    parser.add_argument('--resume', action='store_true',
                        help='continue the run from its last checkpoint')
    parser.add_argument('--final-episodes', type=int,
                        help='episodes of the final evaluation (default: 10000 on envpool, 500 on '
                             'gymnasium)')
    parser.add_argument('--threads', type=int, default=1,
                        help='processor threads for torch (default: 1): sums are added up in '
                             'another order by another number, and another policy comes out')
    parser.add_argument('--json', action='store_true', help='print one JSON object')


def go_on_and_finish(args: argparse.Namespace, run: RunFolder,
                     go_on: Callable[[], object]) -> int:
    """Run to the end, evaluate, and print the result."""
    # Progress goes elsewhere where a program reads what is printed.
    with run_lock(run.path), redirect_stdout(sys.stderr) if args.json else nullcontext():
        go_on()
        result = finish_run(run, args.final_episodes)
    print(as_json(run, result) if args.json else tables(run, result))
    return 0


def set_threads(args: argparse.Namespace) -> None:
    """Set the threads of torch to what was given, whatever the environment says."""
    import torch
    torch.set_num_threads(args.threads)


def teacher_of(args: argparse.Namespace, task: Task) -> tuple[Path | None, dict[str, Any]]:
    """
    Return the SB3 file to start from, if any, and what a run's config says of it.

    `--teacher` names a dense run of this project, a policy file, or a model that
    Stable-Baselines3 saved elsewhere; how long these trained stands in the file.
    """
    statistics = getattr(args, 'statistics', None)
    if statistics and (args.teacher is None or not args.teacher.is_file()
                            or args.teacher.suffix == '.onnx'):
        raise DrlPruneError('--statistics belongs to a --teacher MODEL of Stable-Baselines3: '
                            'leave it out, runs and policy files bring their own')
    if args.teacher is None:
        return None, {}
    if not args.teacher.exists():
        raise DrlPruneError(f'{args.teacher} does not exist: check the path of the teacher')
    told: dict[str, Any]
    if args.teacher.suffix == '.onnx':
        policy = read_policy(args.teacher)
        model_file = write_teacher(policy, task, args.algo, _temporary_folder())
        told = {'file': args.teacher.name, 'policy': policy.sha256}
        return model_file, {'teacher': {
            'steps': policy.manifest.provenance.get('run_steps', saved_steps(model_file)),
            **told}}
    if args.teacher.is_file():
        model_file = args.teacher
        steps = saved_steps(model_file)
        told = {'file': model_file.name, 'sha256': sha256(model_file.read_bytes())}
        if statistics:
            told['statistics'] = sha256(_bytes_of(statistics))
            told['statistics_file'] = statistics.name
        model_file = outside_model(
            model_file, statistics, task.observation.size, _temporary_folder())
    else:
        run = RunFolder.open(args.teacher)
        if 'pruning' in run.config:
            raise DrlPruneError(f'{run.path} is a run by {run.config["method"]}: give one by '
                                f'drl-prune train, or the policy file {run.policy_file}')
        run.require(task=task.id)
        if not run.policy_file.is_file() or run.steps < run.config['train']['total_steps']:
            raise DrlPruneError(f'{run.path} has not ended: give --resume to the command that '
                                'started it first')
        model_file = chosen_checkpoint(run) / 'model.zip'
        steps = run.steps_taught + run.config['train']['total_steps']
        told = {name: run.config[name] for name in ('seed', 'command', 'commit')}
    return model_file, {'teacher': {
        'steps': steps, 'sha256': sha256(model_file.read_bytes()), **told}}


def _temporary_folder() -> Path:
    """Make a folder that is removed when the command ends."""
    # Made anew for every start of the run, which asks for it only once.
    folder = Path(mkdtemp(prefix='drl-prune-'))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _bytes_of(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise DrlPruneError(f'{file} cannot be read: {error.strerror}') from None


def settings_for(args: argparse.Namespace, task: Task, start: Path | None,
                 total_steps: int | None) -> TrainSettings:
    """Return the training settings: the catalogue's, or the learner's, in the teacher's shape."""
    shape = teacher_settings(start, task) if start else {}
    if start:
        check_teacher(start, task, args.teacher if args.teacher.suffix == '.onnx' else None)
    learned = shape.pop('algo', None)
    if args.algo and learned and args.algo != learned:
        raise DrlPruneError(f'{start} was trained by {learned}: leave --algo {args.algo} out')
    if start and getattr(args, 'statistics', None) and not args.resume:
        print(f'drl-prune: {args.teacher} is read with {args.statistics}: '
              f'{what_is_normalized(start)}', file=sys.stderr)
    algo = args.algo or learned
    require_actions(algo or task.train.get('algo', 'ppo'), task)
    return train_settings(task.train, algo, **{
        **shape, 'total_steps': total_steps, 'crash_penalty': args.crash_penalty})


def run_path(args: argparse.Namespace, default: str) -> Path:
    """Return the run's folder: the one that was asked for, or `default` below runs/."""
    return args.run or Path('runs') / default


def check_training_seed(seed: int) -> None:
    """Raise DrlPruneError if `seed` is none of those for tuning and reporting."""
    seeds = load_seeds()
    first, last = seeds['tuning'].first, seeds['reporting'].last
    if not first <= seed <= last:
        raise DrlPruneError(f'training seed {seed} is outside {first} to {last}: choose one from '
                            'there, the others are kept for evaluation')


def open_or_create(args: argparse.Namespace, config: dict[str, Any], default: str) -> RunFolder:
    """Open the run to resume, if it is the same run, or start a new one."""
    for name in ('final_episodes', 'threads'):
        value = getattr(args, name)
        if value is not None and value < 1:
            raise DrlPruneError(f'--{name.replace("_", "-")} must be at least 1, got {value}')
    check_training_seed(args.seed)
    path = run_path(args, default)
    if args.resume:
        run = RunFolder.open(path)
        # Said before the settings that follow from them.
        for name in ('teacher', 'vehicle'):
            if name in run.config and name not in config:
                raise DrlPruneError(f'{path} was started with --{name}: give the same one again')
        run.require(**config, seed=args.seed)
        return run
    return RunFolder.create(path, config, args.seed)
