# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Declared parameters: each with its type, description and range."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rcl_interfaces.msg import (
    FloatingPointRange,
    IntegerRange,
    ParameterDescriptor,
    SetParametersResult,
)
from rclpy.exceptions import InvalidParameterTypeException, InvalidParameterValueException
from rclpy.node import Node

from drl_prune_ros.errors import DrlPruneError


@dataclass(frozen=True, slots=True)
class Parameter:
    """
    One parameter of a node; its type is that of its default.

    low, high  bounds of a number, both included; both or neither
    choices    what a string may be; anything when empty
    changeable whether it may be set while the node runs; see validate_changes
    """

    name: str
    default: bool | int | float | str
    description: str
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    changeable: bool = False

    def descriptor(self) -> ParameterDescriptor:
        """Return what `ros2 param describe` shows."""
        descriptor = ParameterDescriptor(
            description=self.description, read_only=not self.changeable,
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
    Declare parameters, read-only once the node runs unless changeable, and return their values.

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


def validate_changes(
    node: Node, name: str, check: Callable[[Any], Any], apply: Callable[[Any], None],
) -> None:
    """
    Check every change of a parameter before it is made, and apply it afterwards.

    check gets the new value and returns what apply gets; when it raises, the parameter stays as
    it is, and the reason is returned to the caller.
    """
    checked: list[Any] = []

    def on_set(parameters: list) -> SetParametersResult:
        checked.clear()
        for parameter in parameters:
            if parameter.name == name:
                try:
                    checked.append(check(parameter.value))
                except Exception as error:   # whatever a file from outside leads to
                    reason = str(error) if isinstance(error, DrlPruneError) else (
                        f'{type(error).__name__}: {error}')
                    node.get_logger().error(f'parameter {name} stays as it is: {reason}')
                    return SetParametersResult(successful=False, reason=reason)
        return SetParametersResult(successful=True)

    def after_set(parameters: list) -> None:
        while checked:
            apply(checked.pop())
    node.add_on_set_parameters_callback(on_set)
    node.add_post_set_parameters_callback(after_set)


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
