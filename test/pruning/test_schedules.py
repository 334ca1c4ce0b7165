# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The cubic ramp, and ramps that are none."""

import pytest

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.pruning.schedules import check_ramp, cubic


def test_the_ramp_is_zhu_and_gupta_s() -> None:
    ramp = (0.2, 0.75)
    assert cubic(0.0, ramp) == cubic(0.2, ramp) == 0.0
    assert cubic(0.75, ramp) == cubic(1.0, ramp) == 1.0
    assert cubic(0.475, ramp) == pytest.approx(1 - 0.5 ** 3)


@pytest.mark.parametrize('ramp', [(0.5, 0.5), (-0.1, 0.5), (0.5, 1.1)])
def test_a_ramp_outside_the_run_is_refused(ramp: tuple[float, float]) -> None:
    with pytest.raises(DrlPruneError, match='the ramp must lie in 0 to 1'):
        check_ramp(ramp)
