# Lives here: the commands, gathered in one group. Independent of: what each of them does.
"""The command line. Heavy imports stay inside the commands, so that --help and --version answer at once.

Exit codes: 0, also if alphas did not converge (with a line on stderr); 1 only from `lassocore monitor`, where new data
have drifted beyond a threshold; 2 for unusable input, after one line "Error: ..." on stderr; 130 after Ctrl-C; 141
where the program that reads the output has ended.
"""
from __future__ import annotations

from lassocore.cli.commands.demonstrating import demo
from lassocore.cli.commands.fitting import cv, path
from lassocore.cli.commands.group import commands
from lassocore.cli.commands.looking import explore, plot
from lassocore.cli.commands.selecting import select
from lassocore.cli.commands.using import coef, predict
from lassocore.cli.commands.watching import monitor

for command in (path, cv, select, coef, plot, explore, predict, monitor, demo):
    commands.add_command(command)

__all__ = ["commands", "main"]


def main() -> None:
    """Entry of the console script."""
    commands.main()
