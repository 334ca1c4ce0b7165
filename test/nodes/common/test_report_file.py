# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
import json

import pytest

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.nodes.common.report_file import ReportFile


def test_a_report_may_be_written_again_by_who_began_it(tmp_path):
    path = tmp_path / 'report.json'
    report = ReportFile(str(path))
    report.write({'commands': 1})
    report.write({'commands': 2})
    assert json.loads(path.read_text()) == {'version': 1, 'commands': 2}
    assert list(tmp_path.iterdir()) == [path]


def test_no_path_means_no_report():
    ReportFile('').write({'commands': 1})


def test_what_is_there_is_kept(tmp_path):
    path = tmp_path / 'report.json'
    path.write_text('precious')
    with pytest.raises(DrlPruneError, match='exists and is kept'):
        ReportFile(str(path))
    assert path.read_text() == 'precious'


def test_a_folder_that_is_missing_is_told_at_the_start(tmp_path):
    with pytest.raises(DrlPruneError, match='is not a folder'):
        ReportFile(str(tmp_path / 'missing' / 'report.json'))
