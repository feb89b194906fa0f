# Lives here: numbers, citations and tables of docs/math.md. Independent of: what the formulas say.
"""Numbered equations can be shown, cited and found; sources that are named are listed."""
import re
from pathlib import Path

from helpers.sources import needs_sources

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "math.md").read_text()
BODY, SOURCES = TEXT.split("\n## Sources\n")
DISPLAYS = re.findall(r"^```math\n(.*?)^```", TEXT, flags=re.M | re.S)
TAG = re.compile(r"\\tag\{(\d+)\.(\d+)\}")
CODE = [path for folder in ("lassocore", "src_cython", "tests") for path in (ROOT / folder).rglob("*")
        if path.suffix in (".py", ".pyx", ".pxd", ".pxi")]


def test_a_tag_stands_where_it_can_be_shown():
    r"""Sphinx sets a display with \\ in a split environment, in which MathJax allows no tag; \cr does the same."""
    assert len(DISPLAYS) > 80
    for display in DISPLAYS:
        assert not (TAG.search(display) and "\\\\" in display), display
        assert len(TAG.findall(display)) <= 1, display
    assert "\\tag" not in re.sub(r"^```math\n.*?^```", "", TEXT, flags=re.M | re.S)


def test_formulas_can_be_read_on_github():
    r"""Its Markdown refuses \operatorname (github/markup#1688), and math within a line that is broken."""
    assert "\\operatorname" not in TEXT
    prose = re.sub(r"^```.*?^```", "", TEXT, flags=re.M | re.S)
    assert not [formula for formula in re.findall(r"\$([^$]+)\$", prose) if "\n" in formula]


def test_equations_are_numbered_in_order():
    section, last = 0, 0
    for line in BODY.split("\n"):
        heading, tag = re.match(r"## (\d+)\. ", line), TAG.search(line)
        if heading:
            assert int(heading[1]) == section + 1, line
            section, last = int(heading[1]), 0
        if tag:
            assert (int(tag[1]), int(tag[2])) == (section, last + 1), line
            last += 1
    assert section > 0


@needs_sources
def test_equations_that_comments_cite_exist():
    tags = {f"{section}.{number}" for section, number in TAG.findall(TEXT)}
    n_cited = 0
    for path in CODE:
        text = re.sub(r"\n *#? *", " ", path.read_text())
        for cited in re.findall(r"docs/math\.md`?,?((?:(?: and| to|,)? ?\(\d+\.\d+\))+)", text):
            numbers = re.findall(r"\d+\.\d+", cited)
            assert set(numbers) <= tags, f"{path.relative_to(ROOT)} cites {cited}"
            n_cited += len(numbers)
    assert n_cited >= 5


@needs_sources
def test_every_section_is_in_the_table_of_files():
    table = TEXT[TEXT.index("| section | question | files |"):].split("\n\n", 1)[0]
    rows = [int(re.match(r"\| \[(\d+)\]", row)[1]) for row in table.split("\n")[2:]]
    assert rows == list(map(int, re.findall(r"^## (\d+)\. ", TEXT, flags=re.M)))
    for name in re.findall(r"`([\w/]+\.p\w+)`", table):
        folder = "lassocore" if name.endswith(".py") else "src_cython/lassocore"
        assert (ROOT / folder / name).is_file(), name


NAME = r"[A-Z][\w'-]+(?: [A-Z]\w+)?"
SOURCE = re.compile(r"^\* (.*?) \((\d{4}[a-z]?)\)\.", flags=re.M)


def sources():
    """(surname, year) of every author of every source."""
    return [[(author.split(". ")[-1], year) for author in authors.replace("\n ", "").split(", ")]
            for authors, year in SOURCE.findall(SOURCES)]


def test_sources_that_are_cited_are_listed():
    known = {pair for source in sources() for pair in source}
    text = re.sub(r"\s+", " ", BODY)
    cited = re.findall(rf"({NAME})(?: et al\.)? \(?(\d{{4}}[a-z]?)\b", text)
    assert len(cited) > 30
    for name, year in cited:
        assert {(name, year), (name.split(" ")[-1], year)} & known, f"{name} {year}"


def test_sources_that_are_listed_are_cited():
    text = re.sub(r"\s+", " ", TEXT[:TEXT.index("## Sources")])
    for source in sources():
        patterns = [rf"\b{name}\b[^.;]{{0,40}}(?:et al\.)?[^.;]{{0,40}}{year}\b" for name, year in source]
        assert any(re.search(pattern, text) for pattern in patterns), source
