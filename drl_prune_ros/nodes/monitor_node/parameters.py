# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The parameters of the monitor."""

from drl_prune_ros.nodes.common.parameters import Parameter
from drl_prune_ros.nodes.conversions.outputs import ADAPTERS

# Name: unit, description, thresholds of WARN and ERROR; 0 disables one.
THRESHOLDS = {
    'latency': ('s', 'p99 of the latency in a window', 0.0, 0.0),
    'late': ('', 'share of the commands in a second that missed the deadline', 0.0, 0.5),
    'pss': ('MB', "proportional memory of the policy's process", 0.0, 0.0),
    'pss_growth': ('MB/h', 'growth of that memory, once it was watched for a minute', 0.0, 0.0),
    'cpu': ('%', "processor time of the policy's process, of one core", 0.0, 0.0),
    'temperature': ('degrees Celsius', 'temperature of the processor', 85.0, 95.0),
}
LARGEST = 1e9

MONITOR_PARAMETERS = (
    Parameter(
        'policy_pid', 0, 'Process id of the policy node; 0 finds it.',
        low=0, high=2**31 - 1),
    Parameter(
        'policy_process', '',
        'Name of an executable or module to search this computer for. When empty, the node that '
        'publishes the commands says in which process it runs.'),
    Parameter(
        'output_type', 'twist',
        f'The message that a command of the policy node is: {", ".join(ADAPTERS)}.'),
    Parameter(
        'processes', '', 'Names of further processes to sample, separated by spaces.'),
    Parameter(
        'deadline', 0.2, 'Latency, s, above which a command is late: the control period.',
        low=0.001, high=10.0),
    Parameter(
        'window', 10.0, 'Length, s, of the windows that figures are given for.',
        low=1.0, high=3600.0),
    *(Parameter(
        f'{name}_{level}', default,
        f'Above this{unit and ", "}{unit}, the status is {level.upper()}: {what}. 0 is never.',
        low=0.0, high=LARGEST)
      for name, (unit, what, *defaults) in THRESHOLDS.items()
      for level, default in zip(('warn', 'error'), defaults, strict=True)),
    Parameter('report', '', 'Where to write a JSON report at exit; nowhere when empty.'),
    Parameter(
        'csv', '', 'Where to write a CSV file, one row per window; nowhere when empty.'),
)
