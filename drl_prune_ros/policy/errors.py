# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Errors of reading and writing a policy file, and of fitting a policy to a vehicle."""

from collections.abc import Iterator
from contextlib import contextmanager

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.fields import FieldError


class PolicyFileError(DrlPruneError):
    """A policy file, or what should become one, is missing, damaged or contradicts itself."""


@contextmanager
def field_errors_as_policy_errors() -> Iterator[None]:
    """Raise a FieldError of the block, or of the decorated function, as a PolicyFileError."""
    try:
        yield
    except FieldError as error:
        raise PolicyFileError(str(error)) from error


class ContractError(PolicyFileError):
    """A policy is sound but needs something that this vehicle does not offer."""
