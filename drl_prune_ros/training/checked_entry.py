# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Mappings of a run folder that carry their own checksum, so that damage is never read."""

from collections.abc import Mapping
import hashlib
import json
from typing import Any

CHECK = 'sha256'


def checked(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return a mapping with the checksum of all that it holds."""
    return {**content, CHECK: checksum(content)}


def is_whole(content: Mapping[str, Any]) -> bool:
    """Return whether a mapping is what was written with its checksum."""
    return content.get(CHECK) == checksum(content)


def checksum(content: Mapping[str, Any]) -> str:
    """Return SHA-256 of a mapping without its checksum, in words of JSON, keys in order."""
    rest = {name: value for name, value in content.items() if name != CHECK}
    try:
        text = json.dumps(rest, sort_keys=True)
    except (TypeError, ValueError):
        return ''
    return hashlib.sha256(text.encode()).hexdigest()
