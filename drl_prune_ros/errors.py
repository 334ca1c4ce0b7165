# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The one exception whose message is meant for the user."""


class DrlPruneError(Exception):
    """
    Something the user can fix.

    The message is one line: what is wrong and what to do. The command line prints it without a
    traceback and exits with status 2; a node logs it.
    """
