# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Declared parameters: every one with its type, description and what it may be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rcl_interfaces.msg import FloatingPointRange, IntegerRange, ParameterDescriptor
from rclpy.exceptions import InvalidParameterTypeException, InvalidParameterValueException
from rclpy.node import Node

from drl_prune_ros.errors import DrlPruneError


@dataclass(frozen=True, slots=True)
class Parameter:
    """
    One parameter of a node; its type is that of its default.

    low, high  bounds of a number, both included; both or neither
    choices    what a string may be; anything when empty
    """

    name: str
    default: bool | int | float | str
    description: str
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()

    def descriptor(self) -> ParameterDescriptor:
        """Return what `ros2 param describe` shows."""
        descriptor = ParameterDescriptor(
            description=self.description, read_only=True,
            additional_constraints=f'one of {", ".join(self.choices)}' if self.choices else '')
        if self.low is not None and self.high is not None:
            if isinstance(self.default, int):
                descriptor.integer_range = [
                    IntegerRange(from_value=int(self.low), to_value=int(self.high), step=0)]
            else:
                descriptor.floating_point_range = [
                    FloatingPointRange(from_value=self.low, to_value=self.high, step=0.0)]
        return descriptor


def declare(node: Node, parameters: tuple[Parameter, ...]) -> dict[str, Any]:
    """
    Declare parameters, read-only once the node runs, and return their values by name.

    Raises DrlPruneError, naming the parameter, for a value of another type, out of range or not
    among the choices.
    """
    values = {}
    for parameter in parameters:
        value = _declare(node, parameter)
        if parameter.choices and value not in parameter.choices:
            raise DrlPruneError(
                f'parameter {parameter.name} is {value!r}: choose from '
                f'{", ".join(parameter.choices)}')
        values[parameter.name] = value
    return values


def _declare(node: Node, parameter: Parameter) -> Any:
    try:
        return node.declare_parameter(
            parameter.name, parameter.default, parameter.descriptor()).value
    except InvalidParameterTypeException as error:
        raise DrlPruneError(
            f'parameter {parameter.name} must be {type(parameter.default).__name__}, like '
            f'{parameter.default!r}: {parameter.description}') from error
    except InvalidParameterValueException as error:
        raise DrlPruneError(
            f'parameter {parameter.name} must lie between {parameter.low} and {parameter.high}: '
            f'{parameter.description}') from error
