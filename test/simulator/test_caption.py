# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.simulator.caption import BACKGROUND, Caption

FRAME = np.full((100, 600, 3), 90, dtype=np.uint8)


def test_a_caption_stands_below_the_frame() -> None:
    captioned = Caption('320: of 73,216 weights | 0.979 ± 0.008: skill').below(FRAME)
    height, width, _ = captioned.shape
    assert width == 600 and height > 100 and height % 2 == 0
    assert np.array_equal(captioned[:100], FRAME)
    band = captioned[100:]
    written = (band != np.array(BACKGROUND)).any(axis=(0, 2))
    # One part begins at the left margin, the other ends at the right one.
    assert written[:30].any() and written[-30:].any()
    assert not written[280:320].all()


def test_every_frame_has_the_same_caption() -> None:
    caption = Caption('1: weight')
    assert np.array_equal(caption.below(FRAME)[100:], caption.below(FRAME + 50)[100:])


@pytest.mark.parametrize('text', ['320', '320: weights | skill', ': weights', '320:'])
def test_a_caption_of_another_form_is_told(text: str) -> None:
    with pytest.raises(DrlPruneError, match='FIGURE: words'):
        Caption(text)
