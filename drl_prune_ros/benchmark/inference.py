# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
What one inference costs in each runtime, on the computer that this runs on.

Every runtime of every policy is a process of its own, whose memory is its own too. They take turns
in short rounds, so that what else the computer does falls on all of them alike.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
import importlib.util
from pathlib import Path
import subprocess
import sys
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from drl_prune_ros.benchmark.inference_c import compile_policy, compiler
from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.monitoring.process_usage import ProcessSampler
from drl_prune_ros.policy.policy_file import PolicyFile

KINDS = ('numpy', 'onnxruntime', 'c')
ROUNDS = 50
SAMPLES = 400        # per round
OBSERVATIONS = 64    # drawn evenly from [-1, 1], the same for every runtime
SEED = 0
END_S = 10.0


class Worker:
    """One runtime of one policy, in a process that times it; leave it as a context."""

    def __init__(self, name: str, command: list[str], size: int, folder: Path) -> None:
        self._name = name
        self._size = size
        self._log = folder / 'log'
        with self._log.open('wb') as log:
            # Its own session: Ctrl-C in the terminal is for the program that started it.
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
                start_new_session=True)
        self._took: list[NDArray[np.float64]] = []

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        with self._process:   # it ends with its input
            # What a process that gave up did not read is flushed once more here.
            with suppress(BrokenPipeError):
                self._input.close()
            try:
                self._process.wait(END_S)
            except subprocess.TimeoutExpired:
                self._process.kill()

    def sample(self, count: int) -> None:
        """Time `count` samples more."""
        try:
            self._input.write(f'{count}\n'.encode())
            self._input.flush()
        except BrokenPipeError:
            data = b''
        else:
            assert self._process.stdout is not None
            data = self._process.stdout.read(8 * count)
        if len(data) < 8 * count:
            said = self._log.read_text(errors='replace').strip().splitlines() or ['nothing']
            raise DrlPruneError(f'the runtime {self._name} gave up: it said {said[-1]}')
        self._took.append(np.frombuffer(data))

    def figures(self) -> dict[str, Any]:
        """Return what was measured until now; the process must still run."""
        usage = ProcessSampler(self._process.pid).sample()
        assert usage is not None
        took_us = np.concatenate(self._took) * 1e-3
        p50, p99 = np.percentile(took_us, (50, 99)).tolist()
        # Not PSS: these processes share the interpreter with each other, and so would seem small.
        return {'p50_us': p50, 'p99_us': p99, 'rss_mb': usage.rss_mb, 'file_bytes': self._size,
                'samples': len(took_us)}

    @property
    def _input(self) -> BinaryIO:
        assert self._process.stdin is not None
        return self._process.stdin   # type: ignore[return-value]


def measure_runtimes(
    policies: Mapping[str, PolicyFile], progress: Callable[[int, int], None],
    rounds: int = ROUNDS, kinds: Sequence[str] = KINDS,
) -> tuple[dict[str, dict[str, dict[str, Any]]], dict[str, str]]:
    """
    Time every runtime of `kinds` that this computer has, on every policy.

    Returns, by policy and runtime, p50_us and p99_us of one inference, rss_mb of its process,
    file_bytes (of the policy file, or of the compiled policy) and how many samples were taken;
    and why a runtime was left out, by its name. progress is told the rounds that are done, of how
    many.
    """
    missing = {}
    if 'onnxruntime' in kinds and importlib.util.find_spec('onnxruntime') is None:
        missing['onnxruntime'] = "not installed: pip install 'drl_prune_ros[onnx]'"
    if 'c' in kinds and compiler() is None:
        missing['c'] = 'there is no C compiler cc: apt install gcc'
    found = [kind for kind in kinds if kind not in missing]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix='drl_prune_bench_')))
        workers: dict[str, dict[str, Worker]] = {}
        for label, policy in policies.items():
            commands = _commands(policy, found, folder / label)
            workers[label] = {
                kind: stack.enter_context(Worker(kind, command, size, folder / label / kind))
                for kind, (command, size) in commands.items()}
        # Of one runtime both policies in turn, because their ratio is what is compared.
        turns = [workers[label][kind] for kind in found for label in workers]
        for done in range(rounds):
            for worker in turns:
                worker.sample(SAMPLES)
            progress(done + 1, rounds)
        return {label: {kind: worker.figures() for kind, worker in each.items()}
                for label, each in workers.items()}, missing


def _commands(
    policy: PolicyFile, kinds: Sequence[str], folder: Path,
) -> dict[str, tuple[list[str], int]]:
    """Return, by runtime, the command that times it and the bytes of what it loads."""
    folder.mkdir()
    for kind in kinds:
        (folder / kind).mkdir()
    size = policy.manifest.observation.size
    observations = folder / 'observations'
    np.random.default_rng(SEED).uniform(-1, 1, (OBSERVATIONS, size)).astype(np.float32).tofile(
        observations)
    # The bytes that were read, whatever happens to the file meanwhile.
    copy = folder / 'policy.onnx'
    copy.write_bytes(policy.data)
    commands = {}
    for kind in kinds:
        if kind == 'c':
            program, file_bytes = compile_policy(policy, OBSERVATIONS, folder / kind)
            commands[kind] = [str(program), str(observations)], file_bytes
        else:
            commands[kind] = [
                sys.executable, '-m', 'drl_prune_ros.benchmark.inference_worker', kind, str(copy),
                str(observations)], policy.file_bytes
    return commands
