# Lives here: safe output to the terminal. Independent of: its content.
"""Names from files are printed, and may contain escape sequences, line breaks or bidirectional marks."""
from __future__ import annotations

import unicodedata

import click

HIDDEN = ("Cc", "Cf", "Cs", "Zl", "Zp")     # control, format (bidirectional marks among them), surrogates, line breaks


def printable(text: str) -> str:
    r"""The text with control characters escaped: \x1b, \n, \u202e.

    Examples
    --------
    >>> from lassocore.cli.terminal import printable
    >>> print(printable("red \x1b[31m"))
    red \x1b[31m
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(char.encode("unicode_escape").decode() if unicodedata.category(char) in HIDDEN else char
                   for char in text)


def say(*lines: str, err: bool = False) -> None:
    """Print each line as exactly one line; all output goes through this function."""
    click.echo("\n".join(map(printable, lines)), err=err)
