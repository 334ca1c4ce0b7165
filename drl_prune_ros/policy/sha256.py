# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
SHA-256 without OpenSSL, which hashlib loads: nearly 1 MB of a vehicle's memory for one digest.

Python brings its own, which hashlib falls back on and which its module random prefers for the same
reason. Where an interpreter has none, hashlib does it. numpy 1.26 loads OpenSSL anyway, numpy 2
does not.
"""

from __future__ import annotations

from importlib import import_module
import sys

try:
    _sha256 = import_module('_sha2' if sys.version_info >= (3, 12) else '_sha256').sha256
except ImportError:
    from hashlib import sha256 as _sha256


def sha256(data: bytes) -> str:
    """Return the SHA-256 of `data` as 64 hexadecimal digits, as `sha256sum` prints it."""
    digest: str = _sha256(data).hexdigest()
    return digest
