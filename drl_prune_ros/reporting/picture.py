# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The picture of the README: skill against weights, a panel per task."""

from collections.abc import Sequence
from io import BytesIO
from math import ceil
from pathlib import Path
from typing import Any, NamedTuple

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.files import write_atomically
from drl_prune_ros.reporting.picture_points import methods_of, Panel, Point, read_panels
from drl_prune_ros.reporting.result import LOSSLESS_SKILL

INK, SOFT, FAINT, LOSSLESS = '#1f2328', '#656d76', '#d0d7de', '#1a7f37'
GREY = '#8c959f'


class Style(NamedTuple):
    """How a method is drawn; `rank` orders the legend."""

    rank: int
    label: str
    color: str
    marker: str


STYLES = {method: Style(rank, *style) for rank, (method, style) in enumerate({
    'dense': ('dense', INK, 'o'),
    'dsp': ('DSP', '#0969da', 'o'),
    'pops': ('PoPS', '#d1242f', 'D'),
    'dsp+pops': ('DSP, then PoPS', '#8250df', 's'),
    'gst': ('GST', '#1a7f37', '^'),
    'gst-fixed': ('GST, blocks alone', '#1a7f37', 'v'),
    'distilled': ('distilled', '#bf8700', 'P'),
    'distilled+ft': ('distilled, then RL', '#bf8700', 'X'),
    'small-dense': ('small dense', GREY, 'o'),
    'linear': ('linear', GREY, '<'),
    'magnitude': ('magnitude, weights', GREY, 'v'),
    'gst-magnitude': ('magnitude, iterative', GREY, '^'),
    'magnitude-neurons': ('magnitude, neurons', GREY, 's'),
    'random-neurons': ('random neurons', GREY, 'D'),
}.items())}
"""Methods in color, what they are compared with in grey."""
SAID = {'yes': 'lossless', 'no': 'not lossless', 'no, crashes': 'crashes more',
        'too few episodes': 'undecided'}
"""What a panel says of its headline policy, by verdict."""
TICKS = {10: '10', 100: '100', 1_000: '1 k', 10_000: '10 k', 100_000: '100 k'}
COLUMNS = 4
SKILL_LIMITS = (-0.1, 1.27)
WEIGHT_LIMITS = (3, 320_000)
RC = {
    'svg.hashsalt': 'drl_prune_ros', 'svg.fonttype': 'path', 'font.family': 'DejaVu Sans',
    'font.size': 7.5, 'text.color': INK, 'axes.edgecolor': FAINT, 'axes.labelcolor': SOFT,
    'xtick.color': SOFT, 'ytick.color': SOFT, 'axes.linewidth': 0.8,
}


def write_picture(results_dir: Path, path: Path) -> None:
    """
    Draw the results under `results_dir` into the file `path`, which is replaced.

    The same results give the same bytes. Raises DrlPruneError for a suffix other than .svg and
    .png, and where no result has a skill.
    """
    formats = {'.svg': {'Date': None, 'Creator': None}, '.png': {'Software': None}}
    if path.suffix not in formats:
        raise DrlPruneError(f'{path}: the picture is written as {" or ".join(formats)}')
    panels = read_panels(results_dir)
    data = BytesIO()
    with rc_context(RC):
        draw(panels).savefig(data, format=path.suffix[1:], dpi=200, metadata=formats[path.suffix])
    write_atomically(path, data.getvalue(), overwrite=True)


def draw(panels: Sequence[Panel]) -> Figure:
    """Return the figure: a panel per task, what the lines mean, and the legend of the methods."""
    rows = ceil((len(panels) + 1) / COLUMNS)
    height = 1.75 * rows + 1.3
    figure = Figure(figsize=(9.2, height), facecolor='white')
    grid = figure.subplots(
        rows, COLUMNS, squeeze=False,
        gridspec_kw={'left': 0.06, 'right': 0.988, 'top': 1 - 0.72 / height,
                     'bottom': 0.85 / height, 'wspace': 0.11, 'hspace': 0.52})
    cells = list(grid.flat)
    for number, (panel, axes) in enumerate(zip(panels, cells, strict=False)):
        draw_panel(axes, panel)
        axes.tick_params(labelleft=number % COLUMNS == 0)
        if number % COLUMNS == 0:
            axes.set_ylabel('skill', labelpad=2)
        if number + COLUMNS >= len(panels):
            axes.set_xlabel('weights', labelpad=2)
    for axes in cells[len(panels):]:
        axes.set_axis_off()
    explain(cells[len(panels)])
    figure.text(0.012, 1 - 0.2 / height, 'Skill against weights', fontsize=12, weight='bold',
                va='center')
    figure.text(0.988, 1 - 0.2 / height, 'of every policy in the result files; top left is better',
                fontsize=8, color=SOFT, va='center', ha='right')
    handles = [Line2D([], [], linestyle='', label=style.label, **marker(style, True))
               for style in sorted(style_of(method) for method in methods_of(panels))]
    figure.legend(handles=handles, loc='lower center', ncols=ceil(len(handles) / 2), frameon=False,
                  bbox_to_anchor=(0.5, 0.0), fontsize=7.5, handletextpad=0.3, columnspacing=1.4)
    return figure


def draw_panel(axes: Axes, panel: Panel) -> None:
    """Draw one task: its lines, its points, and under its name what the headline policy is."""
    axes.set(xscale='log', xlim=WEIGHT_LIMITS, ylim=SKILL_LIMITS)
    axes.xaxis.set(major_locator=FixedLocator(list(TICKS)), minor_locator=NullLocator(),
                   major_formatter=FuncFormatter(lambda value, _: TICKS[round(value)]))
    axes.yaxis.set_major_locator(FixedLocator([0.0, 0.5, 1.0]))
    axes.tick_params(length=2, pad=2, labelsize=7)
    axes.spines[['top', 'right']].set_visible(False)
    axes.axhspan(LOSSLESS_SKILL, SKILL_LIMITS[1], color=LOSSLESS, alpha=0.07, linewidth=0)
    axes.axhline(LOSSLESS_SKILL, color=LOSSLESS, linewidth=0.7, linestyle=(0, (4, 2)))
    axes.axhline(1.0, color=INK, linewidth=0.7)
    axes.axhline(0.0, color=SOFT, linewidth=0.7, linestyle=':')
    axes.plot([panel.weights_linear] * 2, [SKILL_LIMITS[0], 0.06], color=GREY, linewidth=1.0)
    for point in reversed(panel.points):
        draw_point(axes, point)
    axes.text(0.0, 1.2, panel.task, transform=axes.transAxes, weight='bold', fontsize=8.5)
    headline = panel.headline
    if headline:
        color = style_of(headline.method).color
        axes.plot([headline.weights] * 2, [SKILL_LIMITS[0], headline.skill], color=color,
                  linewidth=0.8, alpha=0.6, zorder=1)
        times = f'{panel.weights_dense / headline.weights:,.0f}× fewer'
        axes.text(0.0, 1.06, f'{headline.weights:,} weights, {times}, {SAID[headline.verdict]}',
                  transform=axes.transAxes, color=color if headline.lossless else SOFT)


def draw_point(axes: Axes, point: Point) -> None:
    """Draw a policy with its interval: filled where it is lossless, hollow where it is not."""
    style = style_of(point.method)
    axes.errorbar(
        [point.weights], [point.skill], yerr=[point.half_width], elinewidth=0.9, linestyle='',
        ecolor=style.color, zorder=5 - min(style.rank, 2), **marker(style, point.lossless))


def style_of(method: str) -> Style:
    """Return how a method is drawn; one that `STYLES` does not know is a star with its name."""
    return STYLES.get(method, Style(len(STYLES), method, SOFT, '*'))


def marker(style: Style, filled: bool) -> dict[str, Any]:
    """Return the keywords of matplotlib for the marker of a style."""
    return {'marker': style.marker, 'markersize': 4.6,
            'markeredgecolor': style.color, 'markeredgewidth': 1.0,
            'markerfacecolor': style.color if filled else 'white'}


def explain(axes: Axes) -> None:
    """Say in an empty cell what the lines and marks of the panels mean."""
    axes.set(xlim=(0, 1), ylim=SKILL_LIMITS)
    axes.axhspan(LOSSLESS_SKILL, SKILL_LIMITS[1], xmax=0.2, color=LOSSLESS, alpha=0.07,
                 linewidth=0)
    lines = [(1.0, INK, '-', '1: the dense policy'),
             (LOSSLESS_SKILL, LOSSLESS, (0, (4, 2)), ''), (0.0, SOFT, ':', '0: the floor')]
    for skill, color, dashes, _ in lines:
        axes.plot([0, 0.2], [skill] * 2, color=color, linewidth=0.9, linestyle=dashes)
    texts = [(1.06, '1: the dense policy', INK), (0.91, '0.97: lossless from here on', LOSSLESS),
             (0.74, 'point: one training seed', INK), (0.6, 'filled: lossless', INK),
             (0.46, 'hollow: not, or not shown', INK), (0.32, 'bar: 95 % over episodes', INK),
             (0.17, 'tick: weights of a linear one', SOFT), (0.0, '0: the floor', SOFT)]
    for skill, text, color in texts:
        axes.text(0.25, skill, text, color=color, va='center', fontsize=7.5)
    for skill, fill in ((0.6, INK), (0.46, 'white')):
        axes.plot([0.1], [skill], marker='o', markersize=4.6, markeredgecolor=INK,
                  markerfacecolor=fill)
    axes.plot([0.1, 0.1], [0.26, 0.38], color=INK, linewidth=0.9)
    axes.plot([0.1, 0.1], [0.1, 0.24], color=GREY, linewidth=1.0)
