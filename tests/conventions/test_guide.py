# Lives here: the examples of the guide and of the other pages for users run. Independent of: solvers.
"""Blocks ```pycon of a page are one session, whose output must be what the page shows."""
import doctest
import re
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
PAGES = sorted(page for page in DOCS.rglob("*.md") if "_build" not in page.parts and "```pycon" in page.read_text())
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
    result = runner.run(session, out=lambda text: print(text, end=""))
    assert result.failed == 0, f"{page.name}: {result.failed} of {result.attempted} examples"


def test_every_page_of_the_guide_has_examples_and_is_listed():
    shown = (DOCS / "guide" / "index.md").read_text()
    for name in OF_THE_GUIDE:
        assert name == "index" or f"]({name}.md)" in shown and f"\n{name}\n" in shown, name
    assert {page.stem for page in PAGES} >= {*OF_THE_GUIDE} - {"index", "command-line"}


def test_every_page_is_in_a_table_of_contents():
    listed = set()
    for page in DOCS.rglob("*.md"):
        for block in re.findall(r"```\{toctree\}(.*?)```", page.read_text(), flags=re.S):
            listed |= {(page.parent / name).resolve() for name in re.findall(r"^([\w/-]+)$", block, flags=re.M)}
    for page in DOCS.rglob("*.md"):
        place = page.with_suffix("")
        generated = {"_build", "auto_gallery", "api"} & {*page.parts}
        assert generated or page.name == "gallery.md" or place in listed or place == DOCS / "index", page
