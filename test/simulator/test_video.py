# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
from PIL import Image
import pytest

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.simulator.video import open_video

FRAMES = [np.full((40, 60, 3), shade, dtype=np.uint8) for shade in (0, 90, 180)]


@pytest.mark.parametrize(('suffix', 'start', 'begins'), [
    ('.mp4', 4, b'ftyp'), ('.gif', 0, b'GIF89a'), ('.webp', 8, b'WEBP')])
def test_a_video_appears_whole_when_it_is_closed(tmp_path, suffix, start, begins):
    path = tmp_path / f'drive{suffix}'
    video = open_video(path, 5.0)
    for frame in FRAMES:
        video.add(frame)
        assert not path.exists()
    video.close()
    assert path.read_bytes()[start:].startswith(begins)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize('suffix', ['.gif', '.webp'])
def test_frames_come_at_the_rate_that_was_asked_for(tmp_path, suffix):
    path = tmp_path / f'drive{suffix}'
    video = open_video(path, 5.0)
    for frame in FRAMES:
        video.add(frame)
    video.close()
    with Image.open(path) as image:
        assert image.n_frames == len(FRAMES)
        image.load()
        assert image.info['duration'] == 200
        assert image.size == (60, 40)


def test_without_a_frame_there_is_no_file(tmp_path):
    open_video(tmp_path / 'drive.mp4', 5.0).close()
    assert not list(tmp_path.iterdir())


def test_what_cannot_be_written_is_told_at_the_start(tmp_path):
    there = tmp_path / 'drive.gif'
    there.write_text('precious')
    for path, complaint in (
        (there, 'exists and is kept'), (tmp_path / 'drive.avi', '.mp4, .gif, .webp'),
        (tmp_path / 'missing' / 'drive.mp4', 'is not a folder'),
    ):
        with pytest.raises(DrlPruneError, match=complaint):
            open_video(path, 5.0)
    assert there.read_text() == 'precious'
