# Lives here: the commands that pages show with their output, and the example tables. Independent of: what they compute.
"""Commands run as they are written, and print what is shown; the tables are those of their script."""
from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from lassocore.cli.commands import commands

ROOT = Path(__file__).resolve().parents[2]
NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?")
PAGES = {"README.md": ["cv", "explore", "select", "monitor"],
         "docs/guide/command-line.md": ["cv", "explore", "select", "monitor", "coef", "predict", "plot"]}
OMITTED = "[...]"
MAX_BYTES = 400_000

for reader in ("polars", "matplotlib"):
    pytest.importorskip(reader, reason="the commands read CSV files and draw")


def blocks(page):
    """(command, lines that it prints, none if they are not shown) of every console block of a page."""
    for block in re.findall(r"```console\n(.*?)```", (ROOT / page).read_text(), flags=re.S):
        for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
            command, *lines = part.rstrip("\n").split("\n")
            if command.startswith("lassocore "):
                yield command, lines


def agree(shown, printed):
    """Whether two lines differ at most in the last digits of numbers."""
    if " ".join(NUMBER.sub("0", shown).split()) != " ".join(NUMBER.sub("0", printed).split()):
        return False
    pairs = zip(NUMBER.findall(shown), NUMBER.findall(printed), strict=True)
    return all(float(one) == pytest.approx(float(other), rel=0.01, abs=2e-4) for one, other in pairs)


def position_after(shown, printed):
    """Position in the printed lines after all that are shown; an assertion names a line that is not there."""
    at = 0
    for k, line in enumerate(shown):
        if line == OMITTED:
            continue
        reach = len(printed) if k and shown[k - 1] == OMITTED else at + 1
        found = next((j for j in range(at, reach) if agree(line, printed[j])), None)
        assert found is not None, f"{line!r} is not printed at line {at + 1}, but {printed[at:at + 1]}"
        at = found + 1
    return at


def test_the_reader_of_blocks_finds_the_commands():
    for page, names in PAGES.items():
        assert [command.split()[1] for command, _ in blocks(page)] == names
        assert any(len(shown) > 10 for _, shown in blocks(page))
    assert agree("a  1.0001 x", "a 1.0002  x") and not agree("a 1.0 x", "a 1.2 x") and not agree("a 1", "b 1")


@pytest.mark.parametrize("page", PAGES)
def test_the_commands_run_and_print_what_is_shown(page, tmp_path, monkeypatch):
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    monkeypatch.chdir(tmp_path)
    for command, shown in blocks(page):
        words = shlex.split(command)[1:]
        result = CliRunner().invoke(commands, words)
        assert result.exit_code == (1 if words[0] == "monitor" else 0), result.output
        printed = result.output.splitlines()         # as a terminal shows it
        at = position_after(shown, printed)
        assert not shown or at == len(printed) or shown[-1] == OMITTED, f"{command} prints more: {printed[at:]}"
        for k, word in enumerate(words):
            if word in ("--out", "--plot", "--html"):
                assert (tmp_path / words[k + 1]).stat().st_size > 1000


def test_the_tables_are_those_of_the_script(tmp_path):
    subprocess.run([sys.executable, str(ROOT / "examples" / "make_salaries.py"), str(tmp_path)], check=True)
    for file in ("salaries.csv", "salaries_next_year.csv"):
        kept = (ROOT / "examples" / file).read_bytes()
        assert (tmp_path / file).read_bytes() == kept and len(kept) < MAX_BYTES


def test_the_first_table_has_what_its_description_says():
    import polars

    table = polars.read_csv(ROOT / "examples" / "salaries.csv")
    assert table.height == 2000 and table.null_count().sum_horizontal().item() == 36
    assert {polars.String, polars.Int64, polars.Float64} <= set(table.dtypes)
    assert table["revenue_million"].skew() > 3 and polars.DataFrame(
        table["age", "experience_years"]).corr()[0, 1] > 0.9
