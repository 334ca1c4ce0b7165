# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The same run is the same network under every order of sets and number of threads."""

import os
from pathlib import Path
import subprocess
import sys

import pytest

RUN = """
import hashlib, sys
from argparse import Namespace
from pathlib import Path
sys.path.insert(0, sys.argv[2])
import test_resume
from drl_prune_ros.cli.run_arguments import set_threads
from drl_prune_ros.tasks.evaluation import Episodes
from drl_prune_ros.training.checkpoint import load_checkpoint
from drl_prune_ros.training.networks.mlp import actor_of
from drl_prune_ros.training.validation import confirm_smallest
# Every policy does as well as every other: what is chosen is a tie throughout.
Episodes.return_mean = property(lambda episodes: 1.0)
test_resume.STEPS['ppo'] = 2048
set_threads(Namespace(threads=1))   # as without --threads, whatever the environment says
run = test_resume.make_run(Path(sys.argv[1]), rollback=None)
confirm_smallest(run, *test_resume.small('ppo'))
chosen, = run.best.iterdir()
digest = hashlib.sha256(chosen.name.encode())
for parameter in actor_of(load_checkpoint(chosen)).parameters():
    digest.update(parameter.detach().numpy().tobytes())
print(digest.hexdigest())
"""


@pytest.mark.reaction('run folders', 'another hash seed, number of threads or name of the folder',
                      'the same network is deployed')
def test_a_run_does_not_depend_on_the_order_of_sets(tmp_path: Path) -> None:
    started = [subprocess.Popen(
        [sys.executable, '-c', RUN, str(tmp_path / name), str(Path(__file__).parent)], text=True,
        stdout=subprocess.PIPE,
        env={**os.environ, 'PYTHONHASHSEED': seed, 'OMP_NUM_THREADS': threads})
        for name, seed, threads in (('one', '1', '1'), ('other', '77', '2'))]
    try:
        digests = [run.communicate(timeout=120)[0].split()[-1] for run in started]
    finally:
        for run in started:
            run.kill()
    assert len(digests[0]) == 64
    assert digests[0] == digests[1]
