# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A policy as a C99 source and its header, for firmware: static arrays, no allocation."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
import json
from pathlib import Path
import re
import textwrap

from drl_prune_ros.errors import DrlPruneError, one_line
from drl_prune_ros.files import check_absent, write_atomically
from drl_prune_ros.policy.c_program import CProgram
from drl_prune_ros.policy.contracts import ActionContract, Interval, ObservationContract
from drl_prune_ros.policy.policy_file import PolicyFile

WIDTH = 95
LONGEST_NAME = 100
LONGEST_LINE = 400
"""Characters of a line of the comment before it is wrapped; a command may have more."""
# A header of one of these names, found before the compiler's own, takes its place.
C_HEADERS = frozenset((
    'assert', 'complex', 'ctype', 'errno', 'fenv', 'float', 'inttypes', 'iso646', 'limits',
    'locale', 'math', 'setjmp', 'signal', 'stdalign', 'stdarg', 'stdatomic', 'stdbool', 'stddef',
    'stdint', 'stdio', 'stdlib', 'stdnoreturn', 'string', 'strings', 'tgmath', 'threads', 'time',
    'uchar', 'unistd', 'wchar', 'wctype'))


@dataclass(frozen=True)
class CSource:
    """
    The two files of a policy in C.

    name    what its functions begin with: NAME_act
    header  text of NAME.h
    source  text of NAME.c, which includes it
    """

    name: str
    header: str
    source: str


def make_c_source(policy: PolicyFile, name: str, header_file: str) -> CSource:
    """
    Return a policy as C99, with the prefix `name` made an identifier.

    The functions, whose arrays are the caller's and must not overlap:
    discrete    int NAME_act(const float observation[n], float scores[k]); returns the action
    continuous  void NAME_act(const float observation[n], float action[k]);
    They keep no state, so that they may be called from several threads. Raises PolicyFileError
    when the policy is no multi-layer perceptron.
    """
    name = _identifier(name)
    manifest = policy.manifest
    program = CProgram(policy.graph, manifest.observation.size)
    discrete = manifest.action.discrete
    prototype = (f'{"int" if discrete else "void"} {name}_act('
                 f'const float observation[{name.upper()}_OBSERVATION_SIZE], '
                 f'float {"scores" if discrete else "action"}[{name.upper()}_ACTION_SIZE])')
    if len(prototype) > WIDTH:
        prototype = prototype.replace('(', '(\n    ').replace(', ', ',\n    ')
    about = _comment(_about(policy, program), hang='    ')
    header = _HEADER.format(
        about=about, name=name, NAME=name.upper(), sha256=policy.sha256, prototype=prototype,
        observations=manifest.observation.size, actions=manifest.action.size,
        what=_comment(_what(manifest.action)))
    statements = [*program.statements, *(['return best;'] if discrete else [])]
    source = '\n'.join([
        _comment([f'{name}: see {header_file}. Written by drl-prune export; do not edit.']),
        f'#include "{header_file}"',
        *(['', '#include <math.h>'] if program.tanh else []), '',
        *(f'{constant}\n' for constant in program.constants),
        prototype, '{', *(f'    {line}' for line in statements), '}', ''])
    return CSource(name, header, source)


def write_c_source(policy: PolicyFile, path: Path) -> tuple[Path, Path]:
    """
    Write `path`, a .c file, and the header beside it; returns both paths.

    Raises DrlPruneError, before anything is written, where one of them exists, or cannot be
    included by its name.
    """
    if path.suffix != '.c':
        raise DrlPruneError(f'{path} is no name of a C source: let it end in .c')
    _check_name(path)
    header = path.with_suffix('.h')
    for file in (path, header):
        check_absent(file)
    source = make_c_source(policy, path.stem, header.name)
    # The source last: where it stands, its header does too.
    write_atomically(header, source.header.encode('ascii'))
    write_atomically(path, source.source.encode('ascii'))
    return path, header


def _check_name(path: Path) -> None:
    """Raise DrlPruneError where an include of the header would not find it, and it alone."""
    name = path.stem
    if not re.fullmatch('[A-Za-z0-9_][A-Za-z0-9_. -]*', name) or len(name) > LONGEST_NAME:
        raise DrlPruneError(
            f'{path} is no name that C can include: choose another name of at most {LONGEST_NAME} '
            'letters (a to z), digits, spaces, - and _')
    if name.lower() in C_HEADERS:
        raise DrlPruneError(
            f'{name}.h is the name of a header of C itself: choose another name')


_HEADER = """\
{about}
#ifndef {NAME}_H
#define {NAME}_H

#define {NAME}_SHA256 "{sha256}"
#define {NAME}_OBSERVATION_SIZE {observations}
#define {NAME}_ACTION_SIZE {actions}

#ifdef __cplusplus
extern "C" {{
#endif

{what}
{prototype};

#ifdef __cplusplus
}}
#endif

#endif
"""


def _about(policy: PolicyFile, program: CProgram) -> Iterator[str]:
    """Yield the lines that describe the policy, its observations and its actions."""
    manifest = policy.manifest
    yield f'A policy for {manifest.task}, written by drl-prune export. Do not edit.'
    yield ''
    yield f'policy file  {policy.path.name}'
    yield f'sha256       {policy.sha256}'
    yield f'layers       {"-".join(map(str, manifest.widths))}'
    yield (f'memory       {program.constant_bytes:,} bytes of constants, '
           f'{program.stack_bytes:,} of arrays on the stack')
    for key in ('command', 'commit'):
        if key in manifest.provenance:
            yield f'{key:<13}{manifest.provenance[key]}'
    yield ''
    yield from _observation(manifest.observation)
    yield ''
    yield from _action(manifest.action)


def _observation(contract: ObservationContract) -> Iterator[str]:
    shape = ' x '.join(map(str, contract.shape))
    yield (f'observation: {contract.kind}, {shape} float in C order, frame {contract.frame}; '
           f'decisions at {contract.rate_hz:g} Hz, control at {contract.control_rate_hz:g} Hz')
    if contract.normalized:
        yield ('  what has a range is mapped from it to [-1, 1] (no flag, sine or cosine)'
               + (' and clipped' if contract.clip else '') + ' before the call')
    for index, (name, unit, bounds) in enumerate(zip(
            contract.features, contract.units, contract.ranges, strict=True)):
        yield f'  {index}  {name}, {unit}{_range(bounds)}'
    if contract.options:
        yield f'  {json.dumps(contract.options)}'


def _action(contract: ActionContract) -> Iterator[str]:
    yield f'action: {contract.kind}'
    bounds: list[Interval] = [(None, None)] * contract.size
    if contract.low is not None and contract.high is not None:
        bounds = list(zip(contract.low, contract.high, strict=True))
    units = contract.units or ('',) * contract.size
    for index, (name, unit, limits) in enumerate(
            zip(contract.names, units, bounds, strict=True)):
        yield f'  {index}  {name}{unit and ", "}{unit}{_range(limits)}'
    if contract.options:
        yield f'  {json.dumps(contract.options)}'


def _what(contract: ActionContract) -> list[str]:
    shared = ('The arrays must not overlap. Nothing is kept from call to call. Look for values '
              'that are not finite before you call: ')
    if contract.discrete:
        return ['Fills scores and returns the action of the best one.', '',
                f'{shared}a NaN gives some action, but never one out of range.']
    return ['Fills action.', '', f'{shared}a NaN gives a NaN.']


def _range(bounds: Interval) -> str:
    low, high = ('' if bound is None else f'{bound:g}' for bound in bounds)
    return f', {low} to {high}' if low or high else ''


def _comment(lines: Iterable[str], hang: str = '') -> str:
    """
    Return lines as one comment; what could end it, or is no ASCII, becomes '_'.

    hang  indentation of the continuation of a line that is too long
    """
    wrapped: list[str] = []
    for line in lines:
        text = re.sub(r'[^ -~]|[*?\\]', '_', one_line(line, LONGEST_LINE))
        wrapped += textwrap.wrap(text, WIDTH, subsequent_indent=hang) or ['']
    return '\n'.join(['/*', *(f' * {line}'.rstrip() for line in wrapped), ' */'])


def _identifier(name: str) -> str:
    """Return `name` as the beginning of C identifiers, in lower case."""
    name = re.sub('[^a-z0-9]+', '_', name.lower()).strip('_')
    return name if name[:1].isalpha() else f'policy_{name}'.rstrip('_')
