# Lives here: what commands do around their work: checks of output files, warnings, progress. Independent of: commands.
"""Output files that can be written, warnings in one line each, a progress bar at a terminal."""
from __future__ import annotations

import os
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from lassocore.cli.terminal import say

if TYPE_CHECKING:
    from lassocore.results.path_info import LevelInfo

BAR_DELAY = 1.0         # seconds before a progress bar is shown
INPUT = click.Path(exists=True, dir_okay=False, path_type=Path)
OUTPUT = click.Path(dir_okay=False, path_type=Path)
PICTURES = (".png", ".svg", ".pdf")


def require_writable(out: Path | None, *inputs: Path, option: str = "--out") -> None:
    """Refuse an output file that cannot be written, or that is an input, before any work."""
    if out is None:
        return
    folder = out.resolve().parent
    if not folder.is_dir():
        raise click.ClickException(f"{option} {out} cannot be written: the folder {folder} does not exist")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise click.ClickException(f"{option} {out} cannot be written: no permission to write in the folder {folder}; "
                                   "name a file in another one")
    if out.exists() and not out.is_file():
        raise click.ClickException(f"{option} {out} cannot be written: it is not a regular file")
    if out.exists() and any(out.samefile(source) for source in inputs):
        raise click.ClickException(f"{option} {out} is the input file; name another one")


def require_distinct(outputs: dict[str, Path | None]) -> None:
    """Refuse two output options that name one file."""
    taken: dict[Path, str] = {}
    for option, out in outputs.items():
        if out is not None and taken.setdefault(out.resolve(), option) != option:
            raise click.ClickException(f"{taken[out.resolve()]} and {option} are both {out}; name two files")


def require_picture(out: Path | None, option: str) -> None:
    """Refuse a picture whose extension names no format, or that nothing can draw."""
    if out is None:
        return
    if out.suffix.lower() not in PICTURES:
        raise click.ClickException(f"{option} {out} has the extension {out.suffix!r}; use one of {', '.join(PICTURES)}")
    from importlib.util import find_spec

    if find_spec("matplotlib") is None:
        raise click.ClickException(f'{option} needs matplotlib; install it with pip install "lassocore[plot]"')


@contextmanager
def warnings_as_lines() -> Iterator[None]:
    """Print each warning once, as one line on stderr."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warnings.filterwarnings("ignore", message="X does not have valid feature names")    # the reader compares them
        yield
    for message in dict.fromkeys(str(warning.message) for warning in caught
                                 if not issubclass(warning.category, DeprecationWarning)):
        say(f"Warning: {' '.join(message.split())}", err=True)


@contextmanager
def progress(stream: TextIO | None = None, delay: float = BAR_DELAY) -> Iterator[Any]:
    """A callback for `fit_path` that draws a bar for long paths; None if the stream, stderr, is not a terminal."""
    stream = stream or sys.stderr
    if not stream.isatty():
        yield None
        return
    start = time.perf_counter()
    bars: list[Any] = []

    def callback(info: LevelInfo) -> None:
        if not bars and time.perf_counter() - start > delay:
            bars.append(click.progressbar(length=info.n_alphas, label="alphas", file=stream))
        for bar in bars:
            bar.update(info.index + 1 - bar.pos)

    try:
        yield callback
    finally:
        for bar in bars:
            bar.render_finish()


def write_or_say(lines: list[str], out: Path | None) -> None:
    """Lines to a file, written whole or not at all, or to stdout."""
    from lassocore.utils.atomic_files import write_atomically

    if out is None:
        say(*lines)
    else:
        write_atomically(out, "\n".join(lines) + "\n")
