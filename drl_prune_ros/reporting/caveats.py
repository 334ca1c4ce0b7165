# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What a table says of the rows that no command of the present program makes again."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from drl_prune_ros.reporting.recipe import load_recipe, recipe_names
from drl_prune_ros.resources import share_dir

MARK = '†'


def caveats() -> dict[Path, str]:
    """Return why a result cannot be made again, by its path, for all that the recipes mark."""
    root = share_dir().resolve()
    return {root / result: row.caveat
            for task in recipe_names() for row in load_recipe(task).rows.values() if row.caveat
            for result in row.results}


def method_of(result: dict[str, Any]) -> str:
    """Return the method of a row of a table, marked where the row cannot be made again."""
    return f'{result["method"]} {MARK}' if 'caveat' in result else str(result['method'])


def footnotes(results: Iterable[dict[str, Any]]) -> list[str]:
    """Return a line for each marked row, that says why; rows of one reason share it."""
    told: dict[tuple[str, str, str], list[str]] = {}
    for result in results:
        if 'caveat' in result:
            row = result['task'], result['method'], result['caveat']
            told.setdefault(row, []).append(str(result['seed']))
    return [f'* {MARK} {task}, {method}, seed {", ".join(dict.fromkeys(seeds))}, cannot be made '
            f'again by this program: {why}' for (task, method, why), seeds in told.items()]
