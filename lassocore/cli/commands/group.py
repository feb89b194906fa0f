# Lives here: the group of all commands, exit codes, errors in one line. Independent of: the commands.
"""A command group that turns every error of a user's into one line and an exit code."""
from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any

import click

from lassocore import __version__
from lassocore.cli.terminal import printable, say

EXIT_DRIFT, EXIT_BAD_INPUT, EXIT_INTERRUPTED, EXIT_PIPE_CLOSED = 1, 2, 130, 141
MAX_MESSAGE = 800


class CommandLine(click.Group):
    """A command group that reports every user error in one line with an exit code, without a traceback."""

    def main(  # type: ignore[override]
        self, args: Sequence[str] | None = None, prog_name: str | None = None, **extra: Any
    ) -> Any:
        """Run, and exit."""
        try:
            status = super().main(args, prog_name or "lassocore", **{**extra, "standalone_mode": False})
        except click.Abort:
            sys.exit(EXIT_INTERRUPTED)
        except click.ClickException as error:
            self._fail(" ".join(error.format_message().split()))
        except MemoryError as error:
            self._fail(f"not enough memory: {error}; use fewer alphas, rows or columns")
        except (ValueError, OSError, ImportError) as error:
            self._fail(str(error))
        sys.exit(status)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; where the reader of its output has gone, exit as other programs do, not with 1 as click."""
        try:
            found = super().invoke(ctx)
            sys.stdout.flush()
            return found
        except BrokenPipeError:
            for stream in (sys.stdout, sys.stderr):
                try:
                    stream.flush()
                except BrokenPipeError:         # at exit Python would complain of what is left in its buffer
                    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
            sys.exit(EXIT_PIPE_CLOSED)

    @staticmethod
    def _fail(message: str) -> None:
        message = printable(message)
        if len(message) > MAX_MESSAGE:          # it quotes something that is not a name
            message = f"{message[:MAX_MESSAGE // 2]} [...] {message[-MAX_MESSAGE // 3:]}"
        say(f"Error: {message}", err=True)
        sys.exit(EXIT_BAD_INPUT)


@click.group(cls=CommandLine, invoke_without_command=True)
@click.version_option(__version__, prog_name="lassocore")
@click.pass_context
def commands(ctx: click.Context) -> None:
    """Lasso and elastic-net regularization paths, each certified by its duality gap."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())
