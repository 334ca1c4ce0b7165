# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A manifest survives its JSON, counts what it should, and refuses what makes no sense."""

import json
import math
from typing import Any

import pytest

from drl_prune_ros.policy.manifest import (
    check_action,
    check_observation,
    ContractError,
    Manifest,
    ObservationContract,
    PolicyFileError,
)


@pytest.fixture
def manifest(highway: Any) -> Manifest:
    return highway[1]


def changed(manifest: Manifest, path: str, value: Any) -> str:
    """Return the manifest's JSON with one field, by dotted path, replaced (or removed: ...)."""
    tree = json.loads(manifest.to_json())
    node = tree
    *parents, leaf = path.split('.')
    for parent in parents:
        node = node[parent]
    if value is ...:
        del node[leaf]
    else:
        node[leaf] = value
    return json.dumps(tree)


def test_json_round_trip(manifest: Manifest) -> None:
    again = Manifest.from_json(manifest.to_json())
    assert again == manifest
    assert again.to_json() == manifest.to_json()


def test_counts(manifest: Manifest) -> None:
    assert manifest.weights == 25 * 16 + 16 * 16 + 16 * 5
    assert manifest.weights_dense == 25 * 256 + 256 * 256 + 256 * 5
    assert manifest.weights_left == manifest.weights / manifest.weights_dense
    assert manifest.biases == 16 + 16 + 5
    assert (manifest.neurons, manifest.neurons_dense) == (32, 512)
    assert manifest.observation.size == 25
    assert manifest.observation.ticks_per_decision == 5


def test_removed_inputs_count_but_dense_keeps_them(make_policy: Any) -> None:
    _, manifest = make_policy(0, (7, 4, 3), size=25)
    assert manifest.weights == 7 * 4 + 4 * 3
    assert manifest.weights_dense == 25 * 256 + 256 * 256 + 256 * 3


CIRCULANT = [[1, 400, 400], [8, 3, 4], [2, 24, 24]]


def test_circulant_blocks_count_as_what_was_learned(manifest: Manifest) -> None:
    made = Manifest.from_json(changed(manifest, 'circulant', CIRCULANT))
    assert made.layer_weights == (400, 24, 48)
    assert made.weights == 472
    assert made.index_bytes == 1, 'a bit a block, where some are gone'
    single = Manifest.from_json(changed(manifest, 'circulant', [[1, 99, 400], *CIRCULANT[1:]]))
    assert (single.weights, single.index_bytes) == (171, 51)
    assert Manifest.from_json(made.to_json()) == made
    assert manifest.circulant is None and 'circulant' not in manifest.to_dict()


BAD_FIELDS = [
    ('circulant', CIRCULANT[:2], 'circulant: expected 3 entries'),
    ('circulant', [[1, 400], *CIRCULANT[1:]], 'circulant: expected block size, blocks left'),
    ('circulant', [CIRCULANT[0], [8, 5, 4], CIRCULANT[2]], 'expected block size, blocks left'),
    ('circulant', [[1, 399, 399], *CIRCULANT[1:]], 'expected as many blocks of 1 as the layer'),
    ('circulant', [CIRCULANT[0], [8, 0, 4], CIRCULANT[2]], 'expected a whole number'),
    ('task', '', 'task: expected a non-empty string'),
    ('task', ..., 'manifest.task is missing'),
    ('color', 'red', "manifest has an unknown entry 'color'"),
    ('widths', [25], 'widths: expected at least inputs and outputs'),
    ('widths', [26, 16, 16, 5], r'widths\[0\]: expected at most the 25'),
    ('widths', [25, 16, 16, 4], r'widths\[-1\]: expected the 5'),
    ('widths', [25, 0, 16, 5], r'widths\[1\]: expected a whole number'),
    ('widths', [25, True, 5], r'widths\[1\]: expected a whole number'),
    ('widths_dense', [25, 128, 128, 5], 'widths_dense: expected'),
    ('evaluation', [], 'evaluation: expected an object'),
    ('observation', 3, 'observation: expected an object'),
    ('observation.kind', 'camera', 'observation.kind: expected one of kinematics, vector, lidar'),
    ('observation.kind', ['kinematics'], 'observation.kind: expected one of'),
    ('observation.shape', [25], 'observation.shape: expected 2 axes'),
    ('observation.shape', [5, 4], 'observation.features: expected 4 entries'),
    ('observation.features', ['x', 'x', 'y', 'vx', 'vy'], 'none twice'),
    ('observation.units', ['m'], 'observation.units: expected 5 entries'),
    ('observation.ranges', [[0, 1]], 'observation.ranges: expected 5 entries'),
    ('observation.ranges', [[1, 0]] * 5, r'observation.ranges\[0\]: expected low below high'),
    ('observation.ranges', [[None, 0]] * 5, r'observation.ranges\[0\]: expected both bounds'),
    ('observation.ranges', [[0, 1, 2]] * 5, r'observation.ranges\[0\]: expected a pair'),
    ('observation.normalized', 1, 'observation.normalized: expected true or false'),
    ('observation.frame', 'map', 'observation.frame: expected one of road, vehicle'),
    ('observation.rate_hz', 0, 'observation.rate_hz: expected a rate above 0 Hz'),
    ('observation.rate_hz', '1', 'observation.rate_hz: expected a number'),
    ('observation.rate_hz', 10**400, 'observation.rate_hz: expected a finite number'),
    ('observation.control_rate_hz', 4.5, 'observation.control_rate_hz: expected a whole multiple'),
    ('observation.control_rate_hz', 0.5, 'observation.control_rate_hz: expected a whole multiple'),
    ('observation.options', ..., None),
    ('observation.lanes', 3, "observation has an unknown entry 'lanes'"),
    ('action.kind', 'meta', 'action.kind: expected one of'),
    ('action.names', [], 'action.names: expected at least one name'),
    ('action.names', 'IDLE', 'action.names: expected a list'),
    ('action.low', [0] * 5, 'action.low: expected no bounds'),
    ('action.options', {}, 'action.options.target_speeds: expected a list'),
    ('action.options', {'target_speeds': [30, 20]}, 'target_speeds: expected increasing'),
    ('version', ..., 'version: expected the whole number 1'),
    ('version', 2, 'manifest version 2 .* update drl_prune_ros'),
    ('version', 0, 'manifest version 0 .* export the policy again'),
    ('version', True, 'version: expected the whole number 1'),
]


@pytest.mark.parametrize(('path', 'value', 'reason'), BAD_FIELDS)
def test_bad_field_gives_one_clear_line(
    manifest: Manifest, path: str, value: Any, reason: str | None
) -> None:
    text = changed(manifest, path, value)
    if reason is None:
        Manifest.from_json(text)
        return
    with pytest.raises(PolicyFileError, match=reason) as caught:
        Manifest.from_json(text)
    assert '\n' not in str(caught.value)
    assert len(str(caught.value)) < 200


GRID: dict[str, Any] = {
    'kind': 'occupancy_grid', 'shape': [2, 12, 12], 'features': ['presence', 'on_road'],
    'units': ['1', '1'], 'ranges': [[0, 1], [0, 1]], 'normalized': False, 'clip': True,
    'frame': 'vehicle', 'rate_hz': 5, 'control_rate_hz': 15,
    'options': {'grid_size': [[-18, 18], [-18, 18]], 'grid_step': [3, 3]}}
LIDAR: dict[str, Any] = {
    **GRID, 'kind': 'lidar', 'shape': [16, 1], 'features': ['distance'], 'units': ['m'],
    'ranges': [[-60, 60]], 'normalized': True, 'options': {'maximum_range': 60}}


@pytest.mark.parametrize('tree', [GRID, LIDAR])
def test_a_contract_of_a_grid_and_of_a_lidar_is_read_back(tree: dict[str, Any]) -> None:
    contract = ObservationContract.from_dict(tree)
    assert ObservationContract.from_dict(contract.to_dict()) == contract
    assert contract.size == math.prod(tree['shape'])


@pytest.mark.parametrize(('tree', 'change', 'reason'), [
    (GRID, {'shape': [12, 12, 2]}, 'expected 12 entries, one for each of the first axis'),
    (GRID, {'shape': [2, 144]}, 'expected 3 axes for kind occupancy_grid'),
    (GRID, {'options': {}}, 'options.grid_size: expected a list'),
    (GRID, {'options': {**GRID['options'], 'grid_step': [3]}}, 'expected 2 entries'),
    (GRID, {'options': {**GRID['options'], 'grid_step': [3, 0]}}, 'expected a number above 0'),
    (GRID, {'options': {**GRID['options'], 'grid_step': [3, 4]}}, r'\[1\]: expected 12 cells'),
    (GRID, {'options': {**GRID['options'], 'grid_size': [[None, 18], [-18, 18]]}}, '12 cells'),
    (LIDAR, {'options': {}}, 'options.maximum_range: expected a number'),
    (LIDAR, {'options': {'maximum_range': -1}}, 'expected a number above 0'),
])
def test_a_grid_or_a_lidar_that_contradicts_itself(
    tree: dict[str, Any], change: dict[str, Any], reason: str
) -> None:
    with pytest.raises(PolicyFileError, match=reason):
        ObservationContract.from_dict({**tree, **change})


@pytest.mark.parametrize('bounds', [([0.0], [0.0]), ([0.0, 0.0], [1.0, 1.0]), (None, [1.0])])
def test_bad_bounds(make_policy: Any, bounds: tuple[Any, Any]) -> None:
    _, manifest = make_policy(0, (3, 1), output='tanh')
    tree = json.loads(manifest.to_json())
    tree['action']['low'], tree['action']['high'] = bounds
    with pytest.raises(PolicyFileError, match=r'field action\.low'):
        Manifest.from_json(json.dumps(tree))


@pytest.mark.parametrize(
    'text',
    ['', 'x', '[]', '[' * 100_000, '{"version": NaN}', '{"version": 1', '1' * 5000, '{}', 'null'],
)
def test_text_that_is_no_manifest(text: str) -> None:
    with pytest.raises(PolicyFileError):
        Manifest.from_json(text)


def test_infinity_does_not_get_in(manifest: Manifest) -> None:
    text = changed(manifest, 'evaluation', {'return_mean': 1}).replace(': 1}', ': 1e999}')
    with pytest.raises(PolicyFileError, match='evaluation'):
        Manifest.from_json(text)


def test_a_manifest_shares_nothing_with_what_it_was_made_of(manifest: Manifest) -> None:
    figures: dict[str, Any] = {'seeds': (1, 2)}
    made = Manifest(**{**vars(manifest), 'evaluation': figures})
    figures['seeds'] = ()
    assert made.evaluation == {'seeds': [1, 2]}


OFFER: dict[str, Any] = {
    'kinds': {'kinematics'},
    'features': {'presence', 'x', 'y', 'vx', 'vy', 'heading'},
    'frames': {'road'},
}


def test_a_vehicle_that_fits(manifest: Manifest) -> None:
    check_observation(manifest.observation, **OFFER)
    check_action(manifest.action, kinds={'discrete_meta'})


@pytest.mark.parametrize(
    ('offer', 'reason'),
    [
        ({'kinds': {'vector'}}, "observations of kind 'kinematics'.*it offers vector"),
        ({'features': {'x', 'y'}}, "the feature 'presence'.*it offers x, y"),
        ({'frames': set()}, "frame 'road'.*it offers none"),
    ],
)
def test_a_vehicle_that_does_not_fit(
    manifest: Manifest, offer: dict[str, Any], reason: str
) -> None:
    with pytest.raises(ContractError, match=reason):
        check_observation(manifest.observation, **{**OFFER, **offer})


def test_an_action_that_no_control_carries_out(manifest: Manifest) -> None:
    with pytest.raises(ContractError, match="actions of kind 'discrete_meta'"):
        check_action(manifest.action, kinds={'continuous'})
