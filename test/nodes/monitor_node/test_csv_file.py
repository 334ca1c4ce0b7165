# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
import csv

import pytest

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.nodes.monitor_node.csv_file import CsvFile


def test_every_row_is_there_at_once(tmp_path):
    path = tmp_path / 'a.csv'
    file = CsvFile(str(path), ('time', 'latency', 'who'))
    assert path.read_text().splitlines() == ['time,latency,who']
    file.append({'time': 1.0, 'latency': 1 / 3, 'who': 'a,b', 'more': 5})
    file.append({'time': 2, 'latency': None})
    assert list(csv.reader(path.open())) == [
        ['time', 'latency', 'who'], ['1.0', '0.333333', 'a,b'], ['2', '', '']]


def test_no_path_means_no_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    CsvFile('', ('a',)).append({'a': 1})
    assert not list(tmp_path.iterdir())


def test_what_cannot_be_written_is_told_at_once(tmp_path):
    path = tmp_path / 'a.csv'
    path.write_text('precious')
    with pytest.raises(DrlPruneError, match='exists and is kept'):
        CsvFile(str(path), ('a',))
    assert path.read_text() == 'precious'
    with pytest.raises(DrlPruneError, match='cannot write'):
        CsvFile(str(tmp_path / 'nowhere/a.csv'), ('a',))
