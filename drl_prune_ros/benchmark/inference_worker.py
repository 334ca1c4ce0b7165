# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
A process that times one runtime on one policy, and is nothing but that.

    python -m drl_prune_ros.benchmark.inference_worker RUNTIME POLICY OBSERVATIONS

OBSERVATIONS is a file of float32, one observation after another. Each line of the standard input
is a number of samples; as many float64 are answered, nanoseconds of one inference each. It ends
with its input. What a runtime does not need is not imported, since its memory is measured.
"""

import sys
import time

import numpy as np

from drl_prune_ros.policy.runtime import load_runtime

WARM_UP = 200


def main() -> None:
    """Time inferences until the standard input ends."""
    kind, path, observations_file = sys.argv[1:]
    runtime = load_runtime(path, kind)
    observations = np.fromfile(observations_file, np.float32).reshape(
        -1, runtime.manifest.observation.size)
    act, clock = runtime.act, time.perf_counter_ns
    for index in range(WARM_UP):
        act(observations[index % len(observations)])
    index = 0
    for line in sys.stdin:
        elapsed = np.empty(int(line))
        for sample in range(len(elapsed)):
            observation = observations[index]
            index = (index + 1) % len(observations)
            start = clock()
            act(observation)
            elapsed[sample] = clock() - start
        sys.stdout.buffer.write(elapsed.tobytes())
        sys.stdout.buffer.flush()


if __name__ == '__main__':
    main()
