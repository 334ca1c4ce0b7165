# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Tables of the parameters that the nodes declare, for docs/nodes.md. Needs ROS 2."""

from collections.abc import Sequence
from importlib import import_module

from drl_prune_ros.nodes.common.parameters import Parameter
from drl_prune_ros.reporting.markdown import markdown

NODES = {
    'policy': ('policy_node.parameters', 'POLICY_PARAMETERS'),
    'monitor': ('monitor_node.parameters', 'MONITOR_PARAMETERS'),
    'simulator': ('simulator_node.node', 'SIMULATOR_PARAMETERS'),
}
"""Where each node's parameters stand, below drl_prune_ros.nodes."""
TYPES = {bool: 'bool', int: 'int', float: 'double', str: 'string'}
"""The names that ROS 2 has for the types of parameters."""

UNBOUNDED = 1_000_000
"""An upper bound from which on it says nothing to a reader."""


def parameters_of(node: str) -> Sequence[Parameter]:
    """Return the parameters of a node, by its name in `NODES`."""
    module, name = NODES[node]
    found: Sequence[Parameter] = getattr(
        import_module(f'drl_prune_ros.nodes.{module}'), name)
    return found


def parameter_table(node: str) -> str:
    """Return one row per parameter of a node: name, type, default, and what it is for."""
    return markdown(['parameter', 'type', 'default', 'description'], [
        [f'`{each.name}`', TYPES[type(each.default)], f'`{_yaml(each.default)}`', _about(each)]
        for each in parameters_of(node)])


def _yaml(value: bool | int | float | str) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return repr(value) if value == '' else str(value)


def _about(parameter: Parameter) -> str:
    """Return the description of a parameter, with its range, choices and whether it changes."""
    text = parameter.description
    if parameter.choices:
        text += f' One of {", ".join(f"`{each}`" for each in parameter.choices)}.'
    if parameter.low is not None and parameter.high is not None:
        text += (f' {parameter.low:g} to {parameter.high:g}.' if parameter.high < UNBOUNDED
                 else f' {parameter.low:g} or more.')
    text += ' May be set while the node runs.' if parameter.changeable else ''
    return text.replace('|', r'\|')   # which would end a cell
