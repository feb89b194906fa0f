# Lives here: what goes to the terminal, made harmless. Independent of: what it says.
"""Names from files are printed, and may hold anything: escape sequences, line breaks, marks that turn text around."""
from __future__ import annotations

import unicodedata

import click

HIDDEN = ("Cc", "Cf", "Cs", "Zl", "Zp")     # control, format (bidirectional marks among them), surrogates, line breaks


def printable(text: str) -> str:
    r"""The text with characters that steer a terminal spelled out: \x1b, \n, \u202e.

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
    """Print lines, each of them one line whatever it holds; everything that is printed goes through here."""
    click.echo("\n".join(map(printable, lines)), err=err)
