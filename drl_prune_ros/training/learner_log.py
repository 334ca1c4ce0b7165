# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The figures that a learner of Stable-Baselines3 logs by itself, in files of the run."""

from pathlib import Path
from typing import Any

from stable_baselines3.common.logger import configure, KVWriter, Logger, TensorBoardOutputFormat

from drl_prune_ros.training.run_folder import append_line, RunFolder


class JsonLines(KVWriter):
    """Append the learner's own figures to a file that survives a resume."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, key_values: dict[str, Any], key_excluded: Any, step: int = 0) -> None:
        """Write one line."""
        plain = {key: value.item() if hasattr(value, 'item') else value
                 for key, value in sorted(key_values.items())}
        append_line(self.path, {'step': step, **plain})

    def close(self) -> None:
        """Nothing stays open between two lines."""


def learner_logger(run: RunFolder) -> Logger:
    """Return what writes a learner's own figures into the folder of `run`."""
    logger = configure(None, [])
    logger.output_formats.append(JsonLines(run.path / 'learner.jsonl'))
    logger.output_formats.append(TensorBoardOutputFormat(str(run.path / 'tensorboard')))
    return logger
