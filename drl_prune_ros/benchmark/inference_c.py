# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A policy compiled from C, and a program that times it from within."""

from pathlib import Path
import shutil
import subprocess

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.policy.c_source import make_c_source
from drl_prune_ros.policy.policy_file import PolicyFile

COMPILER = 'cc'
FLAGS = ('-std=c99', '-O2')
# The policy is compiled apart from this, so that no call of it can be left out or moved.
_MAIN = """\
#define _POSIX_C_SOURCE 199309L
#include <stdio.h>
#include <time.h>
#include "policy.h"

#define SHORTEST_NS 10000

static float observations[{observations}][POLICY_OBSERVATION_SIZE];
static volatile float sink;
static int next;

static double now_ns(void)
{{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return 1e9 * (double)now.tv_sec + (double)now.tv_nsec;
}}

static double time_ns(long calls)
{{
    float out[POLICY_ACTION_SIZE];
    const double start = now_ns();
    for (long call = 0; call < calls; call++) {{
        policy_act(observations[next], out);
        next = (next + 1) % {observations};
        sink = out[0];
    }}
    return now_ns() - start;
}}

int main(int argc, char **argv)
{{
    FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
    if (file == NULL || fread(observations, sizeof observations, 1, file) != 1) {{
        fputs("the observations cannot be read\\n", stderr);
        return 1;
    }}
    fclose(file);
    /* A clock takes about as long to read as a small policy: a sample is as many inferences as
     * take {shortest} us, and counts as one of their mean. */
    long calls = 1, samples;
    time_ns(1000);
    while (calls < 1000000 && time_ns(calls) < SHORTEST_NS) {{
        calls *= 2;
    }}
    while (scanf("%ld", &samples) == 1) {{
        for (long sample = 0; sample < samples; sample++) {{
            const double elapsed = time_ns(calls) / (double)calls;
            fwrite(&elapsed, sizeof elapsed, 1, stdout);
        }}
        fflush(stdout);
    }}
    return 0;
}}
"""


def compiler() -> str | None:
    """Return which compiler there is, as it names itself, or None."""
    if shutil.which(COMPILER) is None:
        return None
    return _run(COMPILER, '--version').splitlines()[0]


def compile_policy(policy: PolicyFile, observations: int, folder: Path) -> tuple[Path, int]:
    """
    Compile a policy with the program that times it into `folder`.

    Returns the program, which is used as inference_worker is (its one argument the file of so many
    observations), and the bytes of the policy's object file. Both are compiled with FLAGS.
    """
    source = make_c_source(policy, 'policy', 'policy.h')
    texts = {'policy.h': source.header, 'policy.c': source.source,
             'main.c': _MAIN.format(observations=observations, shortest=10)}
    for name, text in texts.items():
        (folder / name).write_text(text)
    program, compiled = folder / 'bench', folder / 'policy.o'
    _run(COMPILER, *FLAGS, '-c', str(folder / 'policy.c'), '-o', str(compiled))
    _run(COMPILER, *FLAGS, str(folder / 'main.c'), str(compiled), '-o', str(program), '-lm')
    return program, compiled.stat().st_size


def _run(*command: str) -> str:
    done = subprocess.run(
        command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        said = (done.stdout.splitlines() or ['nothing'])[0]
        raise DrlPruneError(f'{command[0]} cannot compile the policy: it said {said}')
    return done.stdout
