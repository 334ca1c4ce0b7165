# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What a policy expects to see and what its action means: the contracts inside a manifest."""

from collections.abc import Collection, Mapping
import dataclasses
from dataclasses import dataclass
from itertools import pairwise
import math

from drl_prune_ros import fields
from drl_prune_ros.policy.bounds import MOST_VALUES
from drl_prune_ros.policy.errors import ContractError, field_errors_as_policy_errors
from drl_prune_ros.policy.observation_options import grid_cells, maximum_range

Interval = tuple[float | None, float | None]

# Each with the number of axes, and the axis that has one entry per feature.
OBSERVATION_KINDS = {
    'kinematics': (2, -1), 'vector': (1, -1), 'lidar': (2, -1), 'occupancy_grid': (3, 0)}
FRAMES = ('road', 'vehicle', 'none')
ACTION_KINDS = ('discrete_meta', 'discrete', 'continuous')


@dataclass(frozen=True)
class ObservationContract:
    """
    What the network sees.

    kind            'kinematics' (one row per vehicle, the ego first), 'lidar' (one row per sector,
                    from straight ahead to the right), 'occupancy_grid' or 'vector'
    shape           (rows, features) for kinematics and lidar, (features, cells along x, cells
                    along y) for a grid, (features,) for a vector; the network gets it flattened
                    in C order
    features        one name for each entry of the last axis, of a grid of the first one, in order
    units           the SI unit of each feature before normalization, '1' where there is none
    ranges          (low, high) of each feature in those units; (None, None) where it has none
    normalized      each feature that has a range is mapped from it to [-1, 1]; a flag (presence)
                    is left as it is
    clip            and then clipped to [-1, 1]
    frame           'road': origin at the leftmost lane's start, x along, y to the right;
                    'vehicle': x ahead of it, y to its right; or 'none'. Lidars and grids are
                    centered on the vehicle, with the axes of this frame
    rate_hz         decisions of the network per second
    control_rate_hz ticks of the low-level control per second, a whole multiple of rate_hz
    options         what else the builder of this kind needs, as JSON: 'grid_size' and
                    'grid_step' of a grid, 'maximum_range' of a lidar (see observation_options)

    Raises PolicyFileError, naming the field, when the values contradict each other.
    """

    kind: str
    shape: tuple[int, ...]
    features: tuple[str, ...]
    units: tuple[str, ...]
    ranges: tuple[Interval, ...]
    normalized: bool
    clip: bool
    frame: str
    rate_hz: float
    control_rate_hz: float
    options: dict[str, object] = dataclasses.field(default_factory=dict)

    @field_errors_as_policy_errors()
    def __post_init__(self) -> None:
        """Check every field and bring it to its plain form."""
        where = 'observation'
        plain = {
            'kind': fields.choice(self.kind, f'{where}.kind', OBSERVATION_KINDS),
            'shape': fields.each(self.shape, f'{where}.shape', fields.count),
            'features': fields.names(self.features, f'{where}.features'),
            'units': fields.each(self.units, f'{where}.units', fields.text),
            'ranges': fields.each(self.ranges, f'{where}.ranges', fields.interval),
            'normalized': fields.flag(self.normalized, f'{where}.normalized'),
            'clip': fields.flag(self.clip, f'{where}.clip'),
            'frame': fields.choice(self.frame, f'{where}.frame', FRAMES),
            'rate_hz': fields.rate(self.rate_hz, f'{where}.rate_hz'),
            'control_rate_hz': fields.rate(self.control_rate_hz, f'{where}.control_rate_hz'),
            'options': fields.plain(self.options, f'{where}.options'),
        }
        for name, value in plain.items():
            object.__setattr__(self, name, value)

        axes, axis = OBSERVATION_KINDS[self.kind]
        if len(self.shape) != axes:
            fields.refuse(f'{where}.shape', f'{axes} axes for kind {self.kind}', self.shape)
        if self.size > MOST_VALUES:
            fields.refuse(f'{where}.shape', f'at most {MOST_VALUES} values', self.shape)
        fields.as_many(
            self.features, f'{where}.features', self.shape[axis],
            'the first axis' if axis == 0 else 'the last axis')
        fields.as_many(self.units, f'{where}.units', len(self.features), 'the features')
        fields.as_many(self.ranges, f'{where}.ranges', len(self.features), 'the features')
        for index, bounds in enumerate(self.ranges):
            if self.normalized and (bounds[0] is None) != (bounds[1] is None):
                fields.refuse(
                    f'{where}.ranges[{index}]', 'both bounds or none, to normalize', bounds
                )
        if self.kind == 'occupancy_grid':
            grid_cells(self.options, self.shape[1:])
        elif self.kind == 'lidar':
            maximum_range(self.options)
        ticks = self.control_rate_hz / self.rate_hz
        if ticks < 0.5 or not math.isclose(ticks, round(ticks), rel_tol=1e-6):
            fields.refuse(
                f'{where}.control_rate_hz',
                f'a whole multiple of rate_hz ({self.rate_hz:g})',
                self.control_rate_hz,
            )

    @property
    def size(self) -> int:
        """Number of values in one flattened observation."""
        return math.prod(self.shape)

    @property
    def ticks_per_decision(self) -> int:
        """Number of control ticks that one decision of the network holds for."""
        return round(self.control_rate_hz / self.rate_hz)

    def to_dict(self) -> dict[str, object]:
        """Return the contract as a JSON object."""
        return dataclasses.asdict(self)

    @classmethod
    @field_errors_as_policy_errors()
    def from_dict(cls, value: Mapping[str, object]) -> 'ObservationContract':
        """Read what `to_dict` gave; raises PolicyFileError naming the field that is wrong."""
        return cls(**fields.keys(value, 'observation', cls))


@dataclass(frozen=True)
class ActionContract:
    """
    What the network's action means.

    kind      'discrete_meta' (lane and speed changes that a low-level control carries out),
              'discrete' (an index) or 'continuous' (one float for each name)
    names     one name for each action (discrete) or each component (continuous), in order
    low, high bounds of each component, in its unit; None when discrete
    units     the SI unit of each component; empty when discrete
    options   'discrete_meta' needs 'target_speeds': increasing, m/s

    Raises PolicyFileError, naming the field, when the values contradict each other.
    """

    kind: str
    names: tuple[str, ...]
    low: tuple[float, ...] | None = None
    high: tuple[float, ...] | None = None
    units: tuple[str, ...] = ()
    options: dict[str, object] = dataclasses.field(default_factory=dict)

    @field_errors_as_policy_errors()
    def __post_init__(self) -> None:
        """Check every field and bring it to its plain form."""
        where = 'action'
        plain = {
            'kind': fields.choice(self.kind, f'{where}.kind', ACTION_KINDS),
            'names': fields.names(self.names, f'{where}.names'),
            'units': fields.each(self.units, f'{where}.units', fields.text),
            'options': fields.plain(self.options, f'{where}.options'),
        }
        for name, value in plain.items():
            object.__setattr__(self, name, value)

        if self.size > MOST_VALUES:
            fields.refuse(f'{where}.names', f'at most {MOST_VALUES} names', self.size)
        if self.units or not self.discrete:
            fields.as_many(self.units, f'{where}.units', self.size, 'the names')
        if self.discrete:
            if self.low is not None or self.high is not None:
                fields.refuse(f'{where}.low', f'no bounds for kind {self.kind}', self.low)
        else:
            self._check_bounds()
        if self.kind == 'discrete_meta':
            speeds = self.target_speeds
            if not speeds or any(a >= b for a, b in pairwise(speeds)):
                fields.refuse(
                    f'{where}.options.target_speeds', 'increasing speeds in m/s', list(speeds))

    def _check_bounds(self) -> None:
        low = fields.each(self.low, 'action.low', fields.number)
        high = fields.each(self.high, 'action.high', fields.number)
        fields.as_many(low, 'action.low', self.size, 'the names')
        fields.as_many(high, 'action.high', self.size, 'the names')
        for index, bounds in enumerate(zip(low, high, strict=True)):
            fields.interval(bounds, f'action.low[{index}] and high[{index}]')
        object.__setattr__(self, 'low', low)
        object.__setattr__(self, 'high', high)

    @property
    def discrete(self) -> bool:
        """Return whether an action is one index rather than a vector."""
        return self.kind != 'continuous'

    @property
    def size(self) -> int:
        """Number of network outputs."""
        return len(self.names)

    @property
    def target_speeds(self) -> tuple[float, ...]:
        """Target speeds of kind 'discrete_meta', increasing, m/s; empty for other kinds."""
        if self.kind != 'discrete_meta':
            return ()
        return fields.each(
            self.options.get('target_speeds'), 'action.options.target_speeds', fields.number)

    def to_dict(self) -> dict[str, object]:
        """Return the contract as a JSON object."""
        return dataclasses.asdict(self)

    @classmethod
    @field_errors_as_policy_errors()
    def from_dict(cls, value: Mapping[str, object]) -> 'ActionContract':
        """Read what `to_dict` gave; raises PolicyFileError naming the field that is wrong."""
        return cls(**fields.keys(value, 'action', cls))


def check_observation(
    contract: ObservationContract,
    *,
    kinds: Collection[str],
    features: Collection[str],
    frames: Collection[str],
) -> None:
    """
    Check that a vehicle can serve what the policy sees; raises ContractError with the reason.

    kinds, features and frames are what the vehicle can build; its control adapts to the policy.
    """
    _check_offer('observations of kind', [contract.kind], kinds)
    _check_offer('the feature', contract.features, features)
    _check_offer('observations in frame', [contract.frame], frames)


def check_action(contract: ActionContract, *, kinds: Collection[str]) -> None:
    """Check that a vehicle can carry the action out; raises ContractError with the reason."""
    _check_offer('actions of kind', [contract.kind], kinds)


def _check_offer(what: str, wanted: Collection[str], offered: Collection[str]) -> None:
    for name in wanted:
        if name not in offered:
            raise ContractError(
                f'the policy needs {what} {name!r}, which this vehicle does not offer '
                f'(it offers {", ".join(sorted(offered)) or "none"}): use another policy'
            )
