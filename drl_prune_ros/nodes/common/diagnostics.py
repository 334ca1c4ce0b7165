# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Diagnostics as REP 107 has them: levels, names and key values that are strings."""

from __future__ import annotations

from collections.abc import Mapping

from builtin_interfaces.msg import Time
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue

OK = DiagnosticStatus.OK
WARN = DiagnosticStatus.WARN
ERROR = DiagnosticStatus.ERROR


def diagnostic_status(
    level: bytes, name: str, message: str, hardware_id: str, values: Mapping[str, object],
) -> DiagnosticStatus:
    """Return one status; numbers are printed to four digits."""
    return DiagnosticStatus(
        level=level, name=name, message=message, hardware_id=hardware_id,
        values=[KeyValue(key=key, value=_text(value)) for key, value in values.items()])


def level_of(value: float | None, warn: float, error: float) -> bytes:
    """Return the level of a value by its thresholds, of which 0 is none; OK where it is None."""
    if value is None:
        return OK
    if error and value > error:
        return ERROR
    return WARN if warn and value > warn else OK


def diagnostic_array(stamp: Time, *statuses: DiagnosticStatus) -> DiagnosticArray:
    """Return statuses of one stamp."""
    message = DiagnosticArray(status=list(statuses))
    message.header.stamp = stamp
    return message


def _text(value: object) -> str:
    return f'{value:.4g}' if isinstance(value, float) else str(value)
