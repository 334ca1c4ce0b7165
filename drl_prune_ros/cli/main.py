# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
The drl-prune command: finds the verb and hands over to its module.

Every verb is a module of this folder, its `-` written as `_`, with `add_arguments(parser)` and
`main(args) -> int`. Only the chosen one is imported, so that inspecting a policy on a vehicle
needs no torch.
"""

import argparse
from collections.abc import Sequence
from importlib import import_module
import os
import sys
from typing import NamedTuple

from drl_prune_ros import __version__
from drl_prune_ros.cli.end_signals import clear_up_at_end
from drl_prune_ros.errors import DrlPruneError

DESCRIPTION = 'Prune deep-RL driving policies while they train, and drive with them.'


class Verb(NamedTuple):
    """One line of help, and the extras of the installation without which the verb cannot run."""

    help: str
    extras: str = ''


VERBS = {
    'train': Verb('train a dense policy on a task', 'train'),
    'prune': Verb('train a policy and prune it while it trains', 'train'),
    'evaluate': Verb('play episodes with a policy and evaluate it', 'train'),
    'inspect': Verb('show what a policy file holds'),
    'export': Verb('write the policy file of a run, or a policy as C', 'train'),
    'bench': Verb('measure latency and memory of a policy on this computer'),
    'drive': Verb('drive with a policy over ROS 2, in simulation', 'train,ros'),
    'demo': Verb('shrink a trained policy and drive with both, in minutes', 'train,ros'),
    'compare-engines': Verb('hold EnvPool against the environment it writes again', 'train'),
    'pace': Verb('time pruning against dense training', 'train'),
    'reference': Verb('measure the floor and the dense policies of a task', 'train'),
    'reproduce': Verb('make a row of the tables again by its recipe, or check recipes', 'train'),
    'report': Verb('show the table of the result files', 'train'),
}

# What a shell reports for a command that a signal ended: 128 and the signal's number.
INTERRUPTED, BROKEN_PIPE = 130, 141


def make_parser(chosen: str | None) -> argparse.ArgumentParser:
    """Return the parser of all verbs, of which only the chosen one knows its arguments."""
    width = max(map(len, VERBS))
    verbs = '\n'.join(f'  {name:<{width}}  {verb.help}' for name, verb in VERBS.items())
    parser = argparse.ArgumentParser(
        prog='drl-prune',
        description=f'{DESCRIPTION}\n\nverbs:\n{verbs}',
        epilog='drl-prune VERB --help tells more about a verb.',
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('--version', action='version', version=__version__)
    subparsers = parser.add_subparsers(dest='verb', metavar='VERB', required=True)
    for name, verb in VERBS.items():
        verb_parser = subparsers.add_parser(
            name, description=f'{verb.help[0].upper()}{verb.help[1:]}.'
        )
        if name == chosen:
            module = import_module(f'drl_prune_ros.cli.{name.replace("-", "_")}')
            module.add_arguments(verb_parser)
            verb_parser.set_defaults(verb_main=module.main)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """
    Run one verb; return the exit status.

    2 after an error that the user can fix, told in one line on stderr; 130 after Ctrl-C; 141
    when whoever read the output went away; else what the verb says.
    """
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    # The command itself has no option that takes a value.
    chosen = next((word for word in arguments if not word.startswith('-')), None)
    clear_up_at_end()
    try:
        args = make_parser(chosen).parse_args(arguments)
        status: int = args.verb_main(args)
        # Here rather than at exit, where a reader that has gone can no longer be told of quietly.
        sys.stdout.flush()
        return status
    except DrlPruneError as error:
        return _fail(str(error))
    except ModuleNotFoundError as error:
        if chosen is None or error.name is None or error.name.startswith('drl_prune_ros'):
            raise
        extras = VERBS[chosen].extras
        if error.name.split('.')[0] == 'onnxruntime':
            extras = extras or 'onnx'
        return _fail(f"{chosen} needs {error.name}: pip install 'drl_prune_ros[{extras}]'")
    except KeyboardInterrupt:
        print('drl-prune: interrupted', file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # What is still in the buffer must not raise again when Python flushes it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except OSError as error:
        if error.filename is None:
            raise
        return _fail(f'cannot use {error.filename}: {error.strerror}')


def _fail(message: str) -> int:
    print(f'drl-prune: error: {message}', file=sys.stderr)
    return 2


if __name__ == '__main__':
    sys.exit(main())
