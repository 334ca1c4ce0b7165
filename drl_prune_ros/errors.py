# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The one exception whose message is meant for the user, and how text becomes one line."""


LONGEST_LINE = 1000
"""Characters of a line about what was read, which may hold text of any length."""
_END = 300   # of them, kept of the end of a longer text: there stands what to do


def one_line(text: str, longest: int = LONGEST_LINE) -> str:
    """
    Return a text that a terminal or a log shows as it is: one line, of bounded length.

    What is not printable, such as a line break, an escape sequence or half of a surrogate pair,
    is written as Python writes it in a string; of a longer text the middle is left out.
    """
    if len(text) > longest:
        end = min(_END, longest // 3)
        text = f'{text[:longest - end]} [...] {text[-end:]}'
    if text.isprintable():
        return text
    return ''.join(
        character if character.isprintable() else character.encode('unicode_escape').decode()
        for character in text)


class DrlPruneError(Exception):
    """
    Something the user can fix.

    The message is one line, whatever it quotes: what is wrong and what to do. The command line
    prints it without a traceback and exits with status 2; a node logs it.
    """

    def __str__(self) -> str:
        return one_line(super().__str__())


class Unsupported(DrlPruneError):  # noqa: N818 - what it is, not that it is an error
    """An environment of highway-env that has no compiled form."""
