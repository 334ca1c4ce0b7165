# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A band of figures under the frames of a video."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from drl_prune_ros.errors import DrlPruneError

BACKGROUND, FIGURE, WORDS = (22, 27, 34), (240, 246, 252), (145, 152, 161)
# Shares of the width; the last two are sizes of a font.
HEIGHT, MARGIN, FIGURE_SIZE, WORDS_SIZE = 0.08, 0.02, 0.026, 0.0145


class Caption:
    """
    The same band under every frame of a video.

    text  what stands in it from left to right: FIGURE: words | FIGURE: words | ...

    Raises DrlPruneError for a text of another form, and where Pillow or matplotlib, which has the
    font, is missing.
    """

    def __init__(self, text: str) -> None:
        parts = [part.partition(':') for part in text.split('|')]
        self._parts = [(figure.strip(), words.strip()) for figure, _, words in parts]
        if not all(figure and words for figure, words in self._parts):
            raise DrlPruneError(
                f'caption {text!r}: write it as FIGURE: words, with | between several')
        try:
            import matplotlib
            import PIL.Image
            import PIL.ImageDraw
            import PIL.ImageFont
        except ModuleNotFoundError as error:
            raise DrlPruneError(
                f"a caption needs {error.name}: pip install 'drl_prune_ros[train]'") from error
        self._pillow: Any = PIL
        self._fonts = Path(matplotlib.get_data_path()) / 'fonts/ttf'
        self._band: NDArray[np.uint8] | None = None

    def below(self, frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return a frame, (height, width, 3), with the band below it; all of one width."""
        if self._band is None:
            self._band = self._draw(frame.shape[1])
        return np.concatenate([frame, self._band])

    def _draw(self, width: int) -> NDArray[np.uint8]:
        """Return the band of a width, (height, width, 3); its height is even, as MP4 asks."""
        height = 2 * round(HEIGHT * width / 2)
        image = self._pillow.Image.new('RGB', (width, height), BACKGROUND)
        draw = self._pillow.ImageDraw.Draw(image)
        bold = self._font('DejaVuSans-Bold.ttf', FIGURE_SIZE * width)
        plain = self._font('DejaVuSans.ttf', WORDS_SIZE * width)
        columns = [max(bold.getlength(figure), plain.getlength(words))
                   for figure, words in self._parts]
        left = MARGIN * width
        gap = (width - 2 * left - sum(columns)) / max(len(columns) - 1, 1)
        for (figure, words), column in zip(self._parts, columns, strict=True):
            draw.text((left, height * 0.38), figure, FIGURE, font=bold, anchor='lm')
            draw.text((left, height * 0.75), words, WORDS, font=plain, anchor='lm')
            left += column + gap
        return np.asarray(image, dtype=np.uint8)

    def _font(self, name: str, size: float) -> Any:
        return self._pillow.ImageFont.truetype(str(self._fonts / name), round(size))
