# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""SHA-256 is hashlib's, and comes without OpenSSL."""

import hashlib
import subprocess
import sys

from hypothesis import given
from hypothesis.strategies import binary

from drl_prune_ros.policy.sha256 import sha256


@given(binary(max_size=300))
def test_sha256_is_that_of_hashlib(data: bytes) -> None:
    assert sha256(data) == hashlib.sha256(data).hexdigest()


def test_reading_policies_does_not_load_openssl() -> None:
    def loads(module: str) -> bool:
        code = f'import sys, {module}; print("_hashlib" in sys.modules)'
        answer = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True,
                                timeout=60, check=True)
        return answer.stdout.strip() == 'True'
    # numpy 1.26 loads it by itself.
    assert loads('drl_prune_ros.policy.runtime') == loads('numpy')
