# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The manifest of a policy file: contracts, widths, figures and provenance, as versioned JSON."""

from collections.abc import Mapping
import dataclasses
from dataclasses import dataclass
from itertools import pairwise
import json
from typing import NoReturn

from drl_prune_ros import fields
from drl_prune_ros.policy.bounds import MOST_LAYERS, MOST_VALUES
from drl_prune_ros.policy.contracts import (
    ActionContract,
    check_action,
    check_observation,
    ObservationContract,
)
from drl_prune_ros.policy.errors import (
    ContractError,
    field_errors_as_policy_errors,
    PolicyFileError,
)

MANIFEST_VERSION = 1
DENSE_HIDDEN = (256, 256)
"""Hidden widths that `weights_left` always divides by, whatever was trained."""


@dataclass(frozen=True)
class Manifest:
    """
    The description of a policy in its file.

    task         id in the catalogue of tasks
    observation  what the network sees
    action       what its action means
    widths       (observation inputs actually used, hidden units..., outputs) as deployed
    widths_dense (observation.size, 256, 256, action.size)
    evaluation   figures of the policy, as JSON: return, crash rate, episodes, engine, ...
    provenance   where it comes from, as JSON: command, seed, package versions, commit, ...
    version      of this layout
    nonzeros     non-zero weights of each layer, where single weights were pruned and the matrices
                 are stored with their zeros; None otherwise
    circulant    (block size, blocks left, blocks in all) of each layer, where the weights that
                 were learned are block-circulant and the file holds their expansion; single
                 weights, of a dense layer or pruned, are blocks of size 1; None otherwise

    Raises PolicyFileError, naming the field, when the values contradict each other.
    """

    task: str
    observation: ObservationContract
    action: ActionContract
    widths: tuple[int, ...]
    widths_dense: tuple[int, ...]
    evaluation: dict[str, object] = dataclasses.field(default_factory=dict)
    provenance: dict[str, object] = dataclasses.field(default_factory=dict)
    version: int = MANIFEST_VERSION
    nonzeros: tuple[int, ...] | None = None
    circulant: tuple[tuple[int, ...], ...] | None = None

    @field_errors_as_policy_errors()
    def __post_init__(self) -> None:
        """Check every field and bring it to its plain form."""
        check_version(self.version)
        plain = {
            'task': fields.text(self.task, 'task'),
            'widths': fields.each(self.widths, 'widths', fields.count),
            'widths_dense': fields.each(self.widths_dense, 'widths_dense', fields.count),
            'evaluation': fields.plain(self.evaluation, 'evaluation'),
            'provenance': fields.plain(self.provenance, 'provenance'),
        }
        for name, value in plain.items():
            object.__setattr__(self, name, value)

        if self.nonzeros is not None:
            counts = fields.each(self.nonzeros, 'nonzeros', fields.count)
            object.__setattr__(self, 'nonzeros', counts)
            sizes = [a * b for a, b in pairwise(self.widths)]
            if len(counts) != len(sizes) or any(map(int.__gt__, counts, sizes)):
                fields.refuse('nonzeros', f'at most {sizes}', counts)
        if self.circulant is not None:
            self._check_circulant()
        inputs, outputs = self.observation.size, self.action.size
        if len(self.widths) < 2:
            fields.refuse('widths', 'at least inputs and outputs', self.widths)
        if len(self.widths) > 1 + MOST_LAYERS or max(self.widths) > MOST_VALUES:
            fields.refuse('widths', f'at most {MOST_LAYERS} layers of {MOST_VALUES}', self.widths)
        if self.widths[0] > inputs:
            fields.refuse('widths[0]', f'at most the {inputs} observation values', self.widths[0])
        if self.widths[-1] != outputs:
            fields.refuse('widths[-1]', f'the {outputs} of the action', self.widths[-1])
        if self.widths_dense != dense_widths(inputs, outputs):
            expected = list(dense_widths(inputs, outputs))
            fields.refuse('widths_dense', f'{expected} for this task', self.widths_dense)

    def _check_circulant(self) -> None:
        layers = fields.each(self.circulant, 'circulant', lambda layer, where: fields.each(
            layer, where, fields.count))
        object.__setattr__(self, 'circulant', layers)
        fields.as_many(layers, 'circulant', len(self.widths) - 1, 'layers')
        if self.nonzeros is not None:
            fields.refuse('nonzeros', 'none beside circulant blocks', self.nonzeros)
        for layer, inputs_outputs in zip(layers, pairwise(self.widths), strict=True):
            if len(layer) != 3 or layer[1] > layer[2]:
                fields.refuse('circulant', 'block size, blocks left, blocks in all', layer)
            if layer[0] == 1 and layer[2] != count_weights(inputs_outputs):
                fields.refuse('circulant', 'as many blocks of 1 as the layer has weights', layer)

    @property
    def weights(self) -> int:
        """Scalars that a decision multiplies: matrix entries, non-zeros, or circulant vectors."""
        return sum(self.layer_weights)

    @property
    def layer_weights(self) -> tuple[int, ...]:
        """The weights of each layer."""
        if self.circulant is not None:
            return tuple(size * left for size, left, _ in self.circulant)
        return self.nonzeros or tuple(a * b for a, b in pairwise(self.widths))

    @property
    def index_bytes(self) -> int:
        """
        Bytes of the indices of the weights; 0 for whole matrices.

        Those of a sparse format (CSR) for non-zeros, and one bit per circulant block.
        """
        if self.circulant is not None:
            return sum((blocks + 7) // 8 for _, left, blocks in self.circulant if left < blocks)
        if self.nonzeros is None:
            return 0
        return sum(count * bytes_for(inputs - 1) + (outputs + 1) * bytes_for(count)
                   for count, (inputs, outputs) in zip(
                       self.nonzeros, pairwise(self.widths), strict=True))

    @property
    def weights_dense(self) -> int:
        """Matrix entries of the task's 256-256 network."""
        return count_weights(self.widths_dense)

    @property
    def weights_left(self) -> float:
        """Fraction of `weights_dense` that is left, 0 to 1 for a pruned policy."""
        return self.weights / self.weights_dense

    @property
    def biases(self) -> int:
        """Stored scalars that are only added: one for each hidden unit and output."""
        return sum(self.widths[1:])

    @property
    def neurons(self) -> int:
        """Hidden units."""
        return sum(self.widths[1:-1])

    @property
    def neurons_dense(self) -> int:
        """Hidden units of the 256-256 network."""
        return sum(self.widths_dense[1:-1])

    def to_dict(self) -> dict[str, object]:
        """Return the manifest as a JSON object; what was not pruned that way is left out."""
        entry = dataclasses.asdict(self)
        for name in ('nonzeros', 'circulant'):
            if entry[name] is None:
                del entry[name]
        return entry

    def to_json(self) -> str:
        """Return the manifest as JSON text: the same text for the same manifest."""
        return json.dumps(self.to_dict(), allow_nan=False, sort_keys=True, separators=(',', ':'))

    @classmethod
    @field_errors_as_policy_errors()
    def from_json(cls, text: str) -> 'Manifest':
        """Read what `to_json` gave; raises PolicyFileError naming the field that is wrong."""
        value = parse_json(text)
        check_version(value.get('version'))
        values = fields.keys(value, 'manifest', cls)
        values['observation'] = ObservationContract.from_dict(values['observation'])
        values['action'] = ActionContract.from_dict(values['action'])
        return cls(**values)


def bytes_for(largest: int) -> int:
    """Return the bytes of an unsigned integer that holds 0 to `largest`: 1, 2 or 4."""
    return next(size for size in (1, 2, 4) if largest < 256 ** size)


def count_weights(widths: tuple[int, ...]) -> int:
    """Return the number of matrix entries of a network of these widths."""
    return sum(inputs * outputs for inputs, outputs in pairwise(widths))


def dense_widths(inputs: int, outputs: int) -> tuple[int, ...]:
    """Return the widths that a task's pruned policies are compared with."""
    return (inputs, *DENSE_HIDDEN, outputs)


@field_errors_as_policy_errors()
def parse_json(text: str) -> dict[str, object]:
    """Return the JSON object in `text`; raises PolicyFileError where there is none."""

    def refuse_constant(name: str) -> NoReturn:
        raise ValueError(f'{name} is not a number')

    def make_object(pairs: list[tuple[str, object]]) -> dict[str, object]:
        made = dict(pairs)
        if len(made) != len(pairs):
            raise ValueError('an entry comes twice in one object')
        return made

    try:
        value = json.loads(
            text, parse_constant=refuse_constant, object_pairs_hook=make_object)
    except (ValueError, RecursionError) as error:
        raise PolicyFileError(f'the manifest is not JSON: {error}') from error
    if not isinstance(value, Mapping):
        fields.refuse('manifest', 'an object', value)
    return dict(value)


@field_errors_as_policy_errors()
def check_version(version: object) -> None:
    """Raise PolicyFileError if a manifest has another version; it says which side is older."""
    if isinstance(version, bool) or not isinstance(version, int):
        fields.refuse('version', f'the whole number {MANIFEST_VERSION}', version)
    if version != MANIFEST_VERSION:
        newer = version > MANIFEST_VERSION
        advice = 'update drl_prune_ros' if newer else 'export the policy again'
        raise PolicyFileError(
            f'manifest version {version} is not the version {MANIFEST_VERSION} that this '
            f'drl_prune_ros reads: {advice}'
        )


__all__ = [
    'MANIFEST_VERSION',
    'ActionContract',
    'ContractError',
    'Manifest',
    'ObservationContract',
    'PolicyFileError',
    'check_action',
    'check_observation',
    'check_version',
    'count_weights',
    'dense_widths',
    'parse_json',
]
