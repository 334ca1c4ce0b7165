# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
import json
import os

import pytest
import yaml

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.files import (
    check_absent,
    check_new_file,
    read_object,
    read_versioned,
    write_atomically,
    write_json,
    write_versioned,
)


def test_what_exists_is_kept(tmp_path):
    path = tmp_path / 'file'
    check_new_file(path)
    write_atomically(path, b'old')
    for write in (lambda: write_atomically(path, b'new'), lambda: check_absent(path),
                  lambda: check_new_file(path), lambda: write_json(path, {})):
        with pytest.raises(DrlPruneError, match='exists and is kept: choose another name'):
            write()
    assert path.read_bytes() == b'old'
    write_atomically(path, b'new', overwrite=True)
    assert path.read_bytes() == b'new'
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_whose_folder_is_missing(tmp_path):
    path = tmp_path / 'missing' / 'file'
    with pytest.raises(DrlPruneError, match='missing is not a folder'):
        check_new_file(path)
    with pytest.raises(DrlPruneError, match='No such file'):
        write_atomically(path, b'')


def test_what_is_to_be_done_about_it_can_be_said(tmp_path):
    with pytest.raises(DrlPruneError, match=r'exists and is kept: give another --folder$'):
        check_absent(tmp_path, 'give another --folder')


@pytest.mark.parametrize(('name', 'parse'), [('a.json', json.loads), ('a.yaml', yaml.safe_load)])
def test_a_versioned_file_is_read_back(tmp_path, name, parse):
    path = tmp_path / name
    content = {'task': 'CartPole-v1', 'widths': [4, 2]}
    write_versioned(path, 3, content)
    assert list(parse(path.read_text()).items()) == [('version', 3), *content.items()]
    assert read_versioned(path, 3, 'a file', 'write it again') == {'version': 3, **content}
    with pytest.raises(DrlPruneError, match='exists and is kept'):
        write_versioned(path, 3, content)


@pytest.mark.parametrize('name', ['a.json', 'a.yaml'])
@pytest.mark.parametrize('content', [None, b'', b'{', b'[1]', b'"text"', b'\xff\xfe', b'a: [1'])
def test_what_is_no_such_file(tmp_path, name, content):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    reason = r'cannot be read as a result file \(.+\): run it again$'
    with pytest.raises(DrlPruneError, match=reason) as caught:
        read_object(path, 'a result file', 'run it again')
    assert '\n' not in str(caught.value)


@pytest.mark.parametrize('found', [2, None, '1', True])
def test_another_version(tmp_path, found):
    path = tmp_path / 'a.json'
    write_json(path, {'version': found})
    with pytest.raises(DrlPruneError, match=f'has version {found}, this program reads 1: run it'):
        read_versioned(path, 1, 'a file', 'run it again')
    with pytest.raises(DrlPruneError, match='reads 1: use the release that wrote it'):
        read_versioned(path, 1, 'a file', 'run it again', 'use the release that wrote it')


@pytest.mark.parametrize('name', ['a.json', 'a.yaml'])
def test_what_is_too_large_or_no_file_is_refused_before_it_is_read(tmp_path, name):
    path = tmp_path / name
    path.touch()
    os.truncate(path, 10**9)   # sparse: it takes no room
    with pytest.raises(DrlPruneError, match='it has 1,000,000,000 bytes'):
        read_object(path, 'a profile', 'mend it')
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(DrlPruneError, match='it is no file'):
        read_object(path, 'a profile', 'mend it')
