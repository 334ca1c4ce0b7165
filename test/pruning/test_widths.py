# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""How wide a small network may be."""

import pytest

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.pruning.widths import balanced_widths, check_target, least_weights


@pytest.mark.parametrize(('inputs', 'outputs'), [(4, 2), (25, 5), (11, 3)])
def test_balanced_widths_fill_the_target_and_no_more(inputs: int, outputs: int) -> None:
    for target in range(inputs + 1 + outputs, 2000, 37):
        h, again = balanced_widths(inputs, outputs, target)
        assert h == again
        assert inputs * h + h * h + h * outputs <= target
        assert inputs * (h + 1) + (h + 1) ** 2 + (h + 1) * outputs > target


def test_targets_below_one_unit_a_layer_are_refused() -> None:
    with pytest.raises(DrlPruneError, match='has 7 weights at least, more than the target of 6'):
        balanced_widths(4, 2, 6)
    assert least_weights((4, 256, 256, 2)) == 1 + 1 + 2
    check_target(4, (4, 256, 256, 2))
    with pytest.raises(DrlPruneError, match='below one unit per layer'):
        check_target(3, (4, 256, 256, 2))
    with pytest.raises(DrlPruneError, match='with 3 of 4 inputs, more cannot leave'):
        check_target(5, (4, 256, 256, 2), 3)
