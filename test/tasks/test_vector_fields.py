# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The values of a vector are listed in short and written out in order."""

import pytest

from drl_prune_ros.policy.policy_file import read_policy
from drl_prune_ros.resources import models_dir
from drl_prune_ros.tasks.catalogue import load_task
from drl_prune_ros.tasks.vector_fields import with_fields


def test_fields_that_repeat_are_numbered_and_interleaved() -> None:
    entry = with_fields({'kind': 'vector', 'fields': [
        {'names': ['x', 'y'], 'unit': 'm', 'range': [-1, 1]},
        {'repeat': 2, 'fields': [{'names': ['gap'], 'unit': 'm', 'range': [0, 9]},
                                 {'names': ['speed'], 'unit': 'm/s', 'range': [-3, 3]}]}]})
    assert entry == {
        'kind': 'vector', 'shape': [6],
        'features': ['x', 'y', 'gap_0', 'speed_0', 'gap_1', 'speed_1'],
        'units': ['m', 'm', 'm', 'm/s', 'm', 'm/s'],
        'ranges': [[-1, 1], [-1, 1], [0, 9], [-3, 3], [0, 9], [-3, 3]]}


def test_what_is_written_out_already_stays_as_it_is() -> None:
    assert with_fields({'kind': 'vector', 'shape': [3]}) == {'kind': 'vector', 'shape': [3]}


def test_a_field_without_a_unit_is_an_error() -> None:
    with pytest.raises(KeyError, match='unit'):
        with_fields({'fields': [{'names': ['x'], 'range': [-1, 1]}]})


def test_the_shipped_policy_reads_what_the_catalogue_lists() -> None:
    policy = read_policy(models_dir() / 'intersection-v0-dense.onnx')
    task = load_task('intersection-v0')
    assert policy.manifest.observation == task.observation
    assert task.observation.size == 72
