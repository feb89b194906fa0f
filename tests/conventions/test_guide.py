# Lives here: the examples of the guide and of the other pages for users run. Independent of: solvers.
"""Blocks ```pycon of a page are one session, with the output that the page shows; commands of console blocks run."""
import doctest
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
PAGES = sorted(page for page in DOCS.rglob("*.md") if "_build" not in page.parts and "```pycon" in page.read_text()
               and page.name != "migration.md")             # test_migration.py: its session reads files
OF_THE_GUIDE = sorted(page.stem for page in (DOCS / "guide").glob("*.md"))


def session_of(page):
    """The text with everything blank that is not in a block, so that lines keep their numbers."""
    lines, inside = [], False
    for line in page.read_text().split("\n"):
        if line.startswith("```"):
            inside = line.startswith("```pycon")
            lines.append("")
        else:
            lines.append(line if inside else "")
    return "\n".join(lines)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(DOCS).as_posix())
def test_examples_of_pages_show_what_they_do(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    session = doctest.DocTestParser().get_doctest(session_of(page), {}, page.name, str(page), 0)
    assert session.examples
    runner = doctest.DocTestRunner(optionflags=OPTIONS, verbose=False)
    said = []
    assert runner.run(session, out=said.append).failed == 0, "".join(said)


def commands_of(page):
    """The lines `$ lassocore ...` of a page, without the demonstration, which takes its time."""
    lines = re.findall(r"^\$ lassocore (.*)$", page.read_text(), flags=re.M)
    return [line for line in lines if line != "demo"]


def test_commands_of_the_landing_page_run(tmp_path, monkeypatch):
    pytest.importorskip("polars", reason="the commands read CSV files")
    pytest.importorskip("matplotlib", reason="the commands draw")
    from lassocore.cli.commands import commands

    rows = [f"{size},{size % 7},{3 * size + size % 5}" for size in range(40, 120)]
    (tmp_path / "houses.csv").write_text("\n".join(["size,rooms,price", *rows]))
    (tmp_path / "new.csv").write_text("size,rooms\n50,2\n70,3\n")
    monkeypatch.chdir(tmp_path)
    lines = commands_of(DOCS / "index.md")
    assert len(lines) >= 3
    for line in lines:
        words = shlex.split(line, comments=True)
        result = CliRunner().invoke(commands, words)
        assert result.exit_code == 0, f"{line}: {result.output}"
        assert "--out" not in words or (tmp_path / words[words.index("--out") + 1]).stat().st_size > 20


def test_every_page_of_the_guide_has_examples_and_is_listed():
    shown = (DOCS / "guide" / "index.md").read_text()
    for name in OF_THE_GUIDE:
        assert name == "index" or f"]({name}.md)" in shown and f"\n{name}\n" in shown, name
    assert {page.stem for page in PAGES} >= {*OF_THE_GUIDE} - {"index"}


def test_every_page_is_in_a_table_of_contents():
    listed = set()
    for page in DOCS.rglob("*.md"):
        for block in re.findall(r"```\{toctree\}(.*?)```", page.read_text(), flags=re.S):
            listed |= {(page.parent / name).resolve() for name in re.findall(r"^([\w/-]+)$", block, flags=re.M)}
    for page in DOCS.rglob("*.md"):
        place = page.with_suffix("")
        generated = {"_build", "auto_gallery", "api"} & {*page.parts}
        assert generated or page.name == "gallery.md" or place in listed or place == DOCS / "index", page
