# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The table of how fast highway-env is compiled, from the records of drl-prune compare-engines."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.reporting.engine_equality import VERSION
from drl_prune_ros.reporting.engine_parity import ENGINES_FILE
from drl_prune_ros.reporting.markdown import markdown

HEADER = ['environment', 'highway-env, decisions/s', 'compiled, decisions/s', 'times',
          'episodes compared, differing']


def read_engine_records(results_dir: Path) -> list[dict[str, Any]]:
    """Return the records of the compiled form under `results_dir`, by task."""
    records = [json.loads(path.read_text())
               for path in sorted(results_dir.glob(f'*/{ENGINES_FILE}'))]
    found = [record for record in records if record.get('version') == VERSION]
    if not found:
        raise DrlPruneError(f'no {ENGINES_FILE} of a driving task under {results_dir}: run '
                            'drl-prune compare-engines TASK --results DIR')
    return found


def engines_table(results_dir: Path) -> str:
    """Return a row for each record: decisions a CPU second, their ratio, and what differed."""
    records = read_engine_records(results_dir)
    rows = [[record['task'], f'{1 / record["highway_env_s"]:.3g}',
             f'{1 / record["compiled_s"]:,.0f}', f'{record["speed_ratio"]:,.0f}',
             f'{record["episodes"]}, {record["differing"]}'] for record in records]
    envpool = [f'* EnvPool plays {1 / record["envpool_s"]:,.0f} decisions of {record["task"]} a '
               f'CPU second, {record["envpool_s"] / record["compiled_s"]:.1f} times fewer, and '
               'others than highway-env'
               for record in records if record['envpool_s']]
    return '\n'.join([markdown(HEADER, rows), *([''] if envpool else []), *envpool])
