# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
The methods of `drl-prune prune`: one line each, and those that other packages register.

A package registers a method by an entry point of the group `drl_prune_ros.methods`, which names
a subclass of `Method`; see docs/add-a-method.md.
"""

from collections.abc import Mapping
from functools import cache
from importlib.metadata import entry_points
import logging
from types import MappingProxyType
from typing import Any

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.pruning.method import CliOverrides, Method
from drl_prune_ros.pruning.methods.distilled import Distilled, DistilledFineTuned, Linear
from drl_prune_ros.pruning.methods.dsp.method import Dsp
from drl_prune_ros.pruning.methods.dsp_pops import DspPops
from drl_prune_ros.pruning.methods.gst.method import Gst, GstFixed
from drl_prune_ros.pruning.methods.gst_magnitude import GstMagnitude
from drl_prune_ros.pruning.methods.magnitude import Magnitude
from drl_prune_ros.pruning.methods.neurons import MagnitudeNeurons, RandomNeurons
from drl_prune_ros.pruning.methods.pops.method import Pops
from drl_prune_ros.pruning.methods.small_dense import SmallDense

BUILT_IN: tuple[Method[Any], ...] = (
    Dsp(),
    Pops(),
    DspPops(),
    Distilled(),
    DistilledFineTuned(),
    Linear(),
    SmallDense(),
    Magnitude(),
    MagnitudeNeurons(),
    RandomNeurons(),
    Gst(),
    GstFixed(),
    GstMagnitude(),
)
GROUP = 'drl_prune_ros.methods'
"""Group of the entry points by which other packages register methods."""


@cache
def methods() -> Mapping[str, Method[Any]]:
    """
    Return every method by its name, those of this package first.

    One that cannot be registered is left out, and a line is logged that says why.
    """
    found = {method.name: method for method in BUILT_IN}
    for point in entry_points(group=GROUP):
        try:
            method = _loaded(point.load())
            if method.name in found:
                raise DrlPruneError(f'there is a method called {method.name} already')
            found[method.name] = method
        except Exception as error:   # another package's code: whatever it raises
            reason = ' '.join(f'{type(error).__name__}: {error}'.split())
            logging.getLogger(__name__).warning(
                'drl-prune: method %s of %s is left out: %s', point.name,
                point.dist.name if point.dist else 'an unknown package',
                error if isinstance(error, DrlPruneError) else reason)
    return MappingProxyType(found)


def _loaded(registered: Any) -> Method[Any]:
    """Return the method that an entry point names, by its class or as an instance."""
    method = registered() if isinstance(registered, type) else registered
    if not isinstance(method, Method):
        raise DrlPruneError(f'{registered!r} is no subclass of drl_prune_ros.pruning.method.'
                            'Method')
    return method


def method_named(name: str, from_teacher: bool, overrides: CliOverrides) -> Method[Any]:
    """Return the method `name`; raise DrlPruneError if it cannot use what was given."""
    method = methods()[name]
    method.check_use(from_teacher, overrides)
    return method


def method_of_run(run_name: str) -> Method[Any] | None:
    """Return the method of a run by its name in tables; None for runs of `drl-prune train`."""
    started = run_name.split('-without-')[0]
    return methods().get(started) or methods().get(started.removesuffix('-teacher'))
