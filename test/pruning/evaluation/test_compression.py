# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Compression is averaged over gradient steps, and a resume forgets none of them."""

import pytest

from drl_prune_ros.pruning.evaluation.compression import CompressionMeter, dense_of, Stored
from drl_prune_ros.training.networks.mlp import MlpView


def test_the_average_weighs_every_gradient_step() -> None:
    meter = CompressionMeter(Stored(100, 300))
    meter.book(0, Stored(50, 150))
    meter.book(10, Stored(10, 30))
    meter.state(40)
    figures = meter.figures()
    assert figures['gradient_steps'] == 40
    assert figures['average'] == pytest.approx((10 * 0.5 + 30 * 0.9) / 40)
    assert figures['final'] == pytest.approx(0.9)
    assert figures['actor_weights'] == {'average': 20.0, 'final': 10, 'dense': 100}
    assert figures['critics_weights'] == {'average': 60.0, 'final': 30, 'dense': 300}


def test_a_resume_books_on() -> None:
    whole, cut = CompressionMeter(Stored(7, 9)), CompressionMeter(Stored(7, 9))
    for meter in (whole, cut):
        meter.book(3, Stored(4, 6))
    cut = CompressionMeter.from_state(cut.state(5))
    for meter in (whole, cut):
        meter.book(8, Stored(2, 2))
    assert whole.state(20) == cut.state(20)
    assert whole.figures() == cut.figures()


def test_a_run_without_gradient_steps_has_the_compression_it_starts_with() -> None:
    meter = CompressionMeter(Stored(10, 10))
    meter.book(0, Stored(5, 5))
    assert meter.figures()['average'] == meter.figures()['final'] == 0.5


def test_the_bytes_read_are_four_a_weight_and_pass() -> None:
    """Two gradient steps of TD3, pass by pass: the second one moves the actor too."""
    actor, critic = 1000, 500
    critic_update = actor + 2 * critic + 2 * (2 * critic)
    actor_update = 2 * actor + 2 * critic
    assert Stored(actor, 2 * critic).bytes_read == 4 * (2 * critic_update + actor_update) / 2


def test_dense_is_two_layers_of_256_whatever_is_trained(make_actor) -> None:   # type: ignore
    actor: MlpView = make_actor(17, 16, 6)
    critics = [make_actor(23, 32, 32, 1)] * 2
    assert dense_of(actor, critics) == Stored(17 * 256 + 256 ** 2 + 256 * 6,
                                              2 * (23 * 256 + 256 ** 2 + 256))
