# Lives here: names and links in the pages of the documentation. Independent of: what the code computes.
"""What pages name exists: files, folders, modules, constants, sections, links. A failure names page and line."""
import ast
import functools
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from conventions.test_codebase import FLOORS
from helpers.sources import needs_sources

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "benchmarks" / "README.md"])
PAGES = [page for page in PAGES if page.name != "CHANGELOG.md"]        # it keeps the names of its time
SOURCES = [path for folder in ("lassocore", "src_cython", "tests", "benchmarks") for path in (ROOT / folder).rglob("*")
           if path.suffix in (".py", ".pyi", ".pyx", ".pxd", ".pxi", ".js")]
PLACES = [ROOT, ROOT / "lassocore", ROOT / "src_cython" / "lassocore", ROOT / "docs", ROOT / "benchmarks"]
OTHERS_FILES = {"test_coordinate_descent.py", "test_sparse_coordinate_descent.py", "test_graphical_lasso.py",
                "test_common.py"}              # scikit-learn's
OTHERS_NAMES = {"OPENBLAS_NUM_THREADS", "sparse_encode", "PFER"}
pytestmark = needs_sources
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())


def prose_of(page):
    """(number, line) of a page without its fenced blocks."""
    fenced = False
    for number, line in enumerate(page.read_text().split("\n"), 1):
        if line.lstrip().startswith("```"):
            fenced = not fenced
        elif not fenced:
            yield number, line


def named_in(page, pattern):
    """(where, match) of the code spans that match as a whole."""
    for number, line in prose_of(page):
        for span in re.findall(r"`([^`]+)`", line):
            found = re.fullmatch(pattern, span)
            if found:
                yield f"{page.relative_to(ROOT)}:{number}: {span}", found


@functools.cache
def code():
    """All sources as one text."""
    return "\n".join(path.read_text() for path in SOURCES)


@functools.cache
def names_of(module):
    """Functions, classes and other names that a Python module defines, with attributes of its classes."""
    names = set()
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
    return names


def of_the_inside(page):
    """Whether a page is about the code; those for users of other packages name functions of these."""
    return page.name in ("architecture.md", "performance.md", "math.md") or page.parent.name == "contributing"


@each_page
def test_files_that_pages_name_exist(page):
    names = {path.name for place in ("lassocore", "src_cython", "tests", "docs", "benchmarks")
             for path in (ROOT / place).rglob("*")} | {path.name for path in ROOT.iterdir()}
    for where, found in named_in(page, r"((?:[\w.]+/)*)([\w-]+\.(?:pyx?|pyi|pxd|pxi|js|css|md|svg|build|toml|cff))"):
        folder, name = found.groups()
        if name.startswith("NAME."):
            continue            # the reader's own
        if folder:
            assert any((place / folder / name).is_file() for place in PLACES), where
        elif name not in OTHERS_FILES:
            assert name in names, where


@each_page
def test_folders_that_pages_name_exist(page):
    for where, found in named_in(page, r"((?:lassocore|src_cython|tests|docs|designs|datafits|penalties|solvers|core|"
                                       r"problems|results|paths|conventions|oracles|helpers)/(?:\w+/)*)"):
        assert any((place / found[1]).is_dir() for place in [*PLACES, ROOT / "tests"]), where


@each_page
def test_modules_and_their_names_exist(page):
    """`lassocore.x.y` and `module.name`."""
    modules = {path.stem: path for path in (ROOT / "lassocore").rglob("*.py") if path.parent.name != "former_modules"}
    for where, found in named_in(page, r"lassocore((?:\.\w+)+)\(?\)?"):
        parts = found[1].split(".")[1:]
        if parts[0] in FLOORS:
            place = (ROOT / "lassocore").joinpath(*parts)
            public = place.parent / "__init__.py"           # of a public module: its names
            assert place.with_suffix(".py").is_file() or (place / "__init__.py").is_file() or (
                public.is_file() and re.search(rf"\b{parts[-1]}\b", public.read_text())), where
    for where, found in named_in(page, r"([a-z]\w+)\.(\w+)\(?.*"):
        if of_the_inside(page) and found[2] not in ("py", "pyi", "pxd", "pyx", "pxi", "js", "css", "html", "md", "svg",
                                                     "toml", "build"):
            if found[1] == "np":
                continue
            if found[1] in ("core", "lassocore"):
                assert re.search(rf"\b{found[2]}\b", code()), where
            else:
                assert found[1] in modules and found[2] in names_of(modules[found[1]]), where


@each_page
def test_constants_and_classes_exist(page):
    for where, found in named_in(page, r"(_?[A-Z][A-Z0-9_]{3,})"):
        assert found[1] in OTHERS_NAMES or re.search(rf"\b{found[1]}\b", code()), where
    if of_the_inside(page):
        for where, found in named_in(page, r"(?:core\.)?((?:[A-Z][a-z0-9]+){2,})(?:\.(\w+))?"):
            for name in filter(None, found.groups()):
                assert re.search(rf"\b{name}\b", code()), where


@each_page
def test_names_with_an_underscore_exist(page):
    """Functions and arguments."""
    for where, found in named_in(page, r"([a-z]+(?:_[a-z0-9]+)+)(?:\(.*\))?"):
        if of_the_inside(page) and found[1] not in OTHERS_NAMES:
            assert re.search(rf"\b{found[1]}\b", code()), where


@each_page
def test_links_lead_somewhere(page):
    for number, line in prose_of(page):
        for target in re.findall(r"\]\(([^)\s]+)\)", line):
            if target.startswith(("http://", "https://", "mailto:")):
                continue
            path, _, anchor = target.partition("#")
            there = (page.parent / path).resolve() if path else page
            assert there.exists(), f"{page.name}:{number}: {target}"
            if anchor:
                headings = [re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
                            for heading in re.findall(r"^#+ (.*)$", there.read_text(), flags=re.M)]
                assert anchor in headings, f"{page.name}:{number}: {target}"


@each_page
def test_lines_of_pages_are_short(page):
    """But for tables, whose rows cannot be broken."""
    for number, line in prose_of(page):
        assert len(line) <= 120 or line.lstrip().startswith("|"), f"{page.name}:{number} has {len(line)} columns"


def test_sections_and_equations_that_are_cited_exist():
    mathematics = (ROOT / "docs" / "math.md").read_text()
    sections = set(re.findall(r"^## (\d+)\. ", mathematics, flags=re.M))
    tags = set(re.findall(r"\\tag\{([\d.]+)\}", mathematics))
    for number, line in enumerate(mathematics.split("\n"), 1):
        for cited in re.findall(r"\((\d+\.\d+)\)", line):
            assert cited in tags, f"math.md:{number} cites ({cited})"
    for path in [*SOURCES, *PAGES]:
        text = re.sub(r"\n#? *", " ", path.read_text())
        for cited in re.findall(r"docs/math\.md`?,? sections? ([\d]+(?:(?:,| and| to) \d+)*)", text):
            assert set(re.findall(r"\d+", cited)) <= sections, f"{path.relative_to(ROOT)} cites section {cited}"


def rows_of_folders():
    """(names of folders, what they are independent of) of the table in docs/architecture.md."""
    text = (ROOT / "docs" / "architecture.md").read_text()
    table = text[text.index("| folder of `lassocore/`"):].split("\n\n", 1)[0]
    for row in table.split("\n")[2:]:
        folders, _, independent = row.strip("| ").split(" | ")
        yield re.findall(r"`([\w.]+)`", folders), re.findall(r"`([\w.]+)`", independent)


def test_the_table_of_folders_is_that_of_the_imports():
    rows = list(rows_of_folders())
    order = [name for folders, _ in rows for name in folders]
    assert sorted(order) == sorted(FLOORS.keys() - {"__main__.py"})
    exceptions = {"results": {"paths", "plots", "explorer", "models"}, "sklearn_compat": {"estimators"},
                  "estimators": {"plots", "models"}}
    for folders, independent in rows:
        for name in folders:
            assert independent, f"{name} depends on everything"
            allowed = {name, *FLOORS[name].split()}
            assert not allowed & set(independent), f"{name} may import {allowed & set(independent)}"
            below = {folder.removesuffix(".py") for folder in order[order.index(name) + 1:]}
            assert allowed & below == exceptions.get(name, set()), name


def test_the_picture_is_an_image_by_itself():
    """Well-formed, of a fixed shape, with a description and nothing from elsewhere."""
    text = (ROOT / "docs" / "data-flow.svg").read_text()
    picture = ElementTree.fromstring(text)
    assert picture.tag == "{http://www.w3.org/2000/svg}svg" and picture.get("viewBox")
    assert "<title" in text and "<desc" in text and not re.search(r"href|<image|@import|<script", text)
    words = "".join(picture.itertext())
    for folder in ("designs", "datafits", "penalties", "problems", "paths", "solvers", "results", "src_cython"):
        assert folder in words, folder
