# Lives here: the command that shows what the library does. Independent of: files, options.
"""`lassocore demo`."""
from __future__ import annotations

import click

from lassocore.cli.terminal import say
from lassocore.cli.text_reports import describe_race


@click.command()
def demo() -> None:
    """Fit two example problems and race scikit-learn to the same tolerance.

    \b
    Example:
      lassocore demo
    """
    from lassocore.cli.demo import examples, race

    for example in examples():
        say(f"== {example.title} ==")
        say(*describe_race(race(example)), "")
