# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""EnvPool against the environments it writes again: the records, and how they are made."""

import json
from pathlib import Path
from typing import Any

import pytest

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.reporting.engine_parity import (
    compare_engines,
    engines_agree,
    engines_file,
    on_both_engines,
    overlap,
    read_engines,
    seeds_differ,
    wilson95,
    write_engines,
)
from drl_prune_ros.tasks.catalogue import load_task
from drl_prune_ros.tasks.floor import constant_policies


def test_an_engine_that_starts_every_episode_the_same_is_found_out() -> None:
    """EnvPool does so with intersection-v0."""
    task = on_both_engines(load_task('intersection-v0'))
    assert seeds_differ(task) == {'gymnasium': True, 'envpool': False}


def test_engines_that_agree_are_found_to() -> None:
    task = on_both_engines(load_task('CartPole-v1'))
    seen: list[int] = []

    def progress(seeds: Any) -> Any:
        for seed in seeds:
            seen.append(seed)
            yield seed

    record = compare_engines(task, constant_policies(task), 100, {'seed': 0}, progress)
    assert record['verdict'] == 'agree'
    assert [each['policy'] for each in record['policies']] == ['PUSH_LEFT', 'PUSH_RIGHT']
    figures = record['policies'][0]['figures']
    assert (figures['gymnasium']['episodes'], figures['envpool']['episodes']) == (100, 1000)
    assert figures['gymnasium']['crash_ci95'] is None
    assert len(seen) == 200
    assert json.loads(json.dumps(record)) == record


def test_continuous_engines_are_compared_too() -> None:
    task = on_both_engines(load_task('Pendulum-v1'))
    acts = constant_policies(task)
    record = compare_engines(task, {'constant 0': acts['constant 0']}, 100, {})
    assert record['verdict'] == 'agree'


def test_a_difference_in_return_or_in_crashes_is_found_out() -> None:
    figures = {'gymnasium': {'return_ci95': [1.0, 2.0], 'crash_ci95': [0.1, 0.2]},
               'envpool': {'return_ci95': [1.9, 3.0], 'crash_ci95': [0.15, 0.3]}}
    assert engines_agree(figures)
    assert not engines_agree({**figures, 'envpool': {'return_ci95': [2.1, 3.0],
                                                     'crash_ci95': [0.15, 0.3]}})
    assert not engines_agree({**figures, 'envpool': {'return_ci95': [1.9, 3.0],
                                                     'crash_ci95': [0.21, 0.3]}})


def test_intervals() -> None:
    # Brown, Cai and DasGupta (2001) and any table of Wilson's interval.
    assert wilson95(0, 100) == pytest.approx((0, 0.0370), abs=1e-4)
    assert wilson95(100, 100) == pytest.approx((0.9630, 1), abs=1e-4)
    assert wilson95(7, 100) == pytest.approx((0.0343, 0.1375), abs=1e-4)
    assert overlap((0, 1), (1, 2))
    assert not overlap((2, 3), (0, 1.9))


@pytest.mark.parametrize(('name', 'message'), [
    ('highway_env:exit-v0', 'EnvPool has no'), ('Hopper-v3', 'Gymnasium has no')])
def test_a_task_of_one_engine_is_refused(name: str, message: str) -> None:
    with pytest.raises(DrlPruneError, match=message):
        on_both_engines(load_task(name))


def test_a_record_is_kept_unless_it_is_to_go(tmp_path: Path) -> None:
    path = engines_file(tmp_path, 'a:b-v0')
    assert path == tmp_path / 'a+b-v0' / 'engines.json'
    write_engines(path, {'version': 1, 'task': 'one'}, overwrite=False)
    with pytest.raises(DrlPruneError, match='exists and is kept'):
        write_engines(path, {'version': 1, 'task': 'two'}, overwrite=False)
    assert read_engines(path)['task'] == 'one'
    write_engines(path, {'version': 2}, overwrite=True)
    with pytest.raises(DrlPruneError, match='version 2, this program reads 1'):
        read_engines(path)
    path.write_text('{')
    with pytest.raises(DrlPruneError, match=r'two engines .*: run drl-prune compare-eng'):
        read_engines(path)
