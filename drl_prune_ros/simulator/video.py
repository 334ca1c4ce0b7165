# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Frames to a video file."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.files import check_new_file

COLORS = 64
"""Colors of a frame of an animated picture."""
ANIMATIONS: dict[str, dict[str, Any]] = {'.gif': {}, '.webp': {'lossless': True}}
"""Animated pictures by suffix, and how Pillow is to write them."""


class Video(Protocol):
    """A video that is being written."""

    def add(self, frame: NDArray[np.uint8]) -> None:
        """Append a frame, (height, width, 3), RGB; all of one size."""

    def close(self) -> None:
        """Finish the file; from now on it is there."""


def open_video(path: Path, rate_hz: float) -> Video:
    """
    Begin a video of rate_hz frames per second: .mp4 (H.264), .gif or .webp.

    The file appears under its name when it is closed. Raises DrlPruneError for another suffix, a
    missing package, a file that exists and a folder that does not.
    """
    kinds: dict[str, tuple[Any, str]] = {
        '.mp4': (_Mp4, 'imageio_ffmpeg'), **{suffix: (_Animation, 'PIL.Image')
                                             for suffix in ANIMATIONS}}
    if path.suffix not in kinds:
        raise DrlPruneError(f'{path}: a video is written as {", ".join(kinds)}')
    check_new_file(path)
    kind, package = kinds[path.suffix]
    try:
        return kind(importlib.import_module(package), path, rate_hz)
    except ModuleNotFoundError as error:
        raise DrlPruneError(
            f"a {path.suffix} video needs {package}: pip install 'drl_prune_ros[train]'"
        ) from error


class _Mp4:
    def __init__(self, imageio_ffmpeg: Any, path: Path, rate_hz: float) -> None:
        self._library, self._path, self._rate_hz = imageio_ffmpeg, path, rate_hz
        self._partial = path.with_name(f'.{path.stem}.partial.mp4')
        self._writer: Any = None

    def add(self, frame: NDArray[np.uint8]) -> None:
        if self._writer is None:
            height, width, _ = frame.shape
            self._writer = self._library.write_frames(
                str(self._partial), (width, height), fps=self._rate_hz, macro_block_size=2,
                ffmpeg_log_level='error')
            self._writer.send(None)
        self._writer.send(np.ascontiguousarray(frame))

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._partial.replace(self._path)


class _Animation:
    """An animated picture, all of whose frames are held until it is written."""

    def __init__(self, image: Any, path: Path, rate_hz: float) -> None:
        self._image, self._path, self._rate_hz = image, path, rate_hz
        self._partial = path.with_name(f'.{path.stem}.partial{path.suffix}')
        self._frames: list[Any] = []

    def add(self, frame: NDArray[np.uint8]) -> None:
        # The scenes are flat: a palette of few colors shows them, and the file stays small.
        self._frames.append(self._image.fromarray(frame).quantize(colors=COLORS))

    def close(self) -> None:
        if self._frames:
            first, *others = self._frames
            first.save(
                self._partial, save_all=True, append_images=others,
                # Milliseconds; a GIF counts in hundredths of a second.
                duration=10 * round(1e2 / self._rate_hz), loop=0, **ANIMATIONS[self._path.suffix])
            self._partial.replace(self._path)
