# Lives here: pages show the measurements that are kept. Independent of: how they were made.
"""Tables between marks are those that benchmarks/report.py makes of measured.json; so are numbers within sentences."""
import importlib
import json
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = {name: (ROOT / name).read_text() for name in (
    "docs/performance.md", "docs/index.md", "docs/migration.md", "README.md")}
MEASURE = re.compile(r"\d[\d.,]*(?: (?:to|or) \d[\d.,]*)? (?:ms|µs|s|%|times as (?:fast|long)|times the)(?!\w)"
                     r"|1e-\d+ P\(0\)")
CHOSEN = ("1e-6 P(0)",)             # what solvers are asked for, not what is measured


@pytest.fixture(scope="module")
def scripts():
    """The modules report and shown of the folder benchmarks."""
    names, before = ("report", "shown"), set(sys.modules)
    sys.path.insert(0, str(ROOT / "benchmarks"))
    try:
        yield {name: importlib.import_module(name) for name in names}
    finally:
        sys.path.remove(str(ROOT / "benchmarks"))
        for name in {*names} - before:
            sys.modules.pop(name, None)


@pytest.fixture(scope="module")
def measured():
    return json.loads((ROOT / "benchmarks" / "measured.json").read_text())


def in_one_line(text: str) -> str:
    return " ".join(text.split())


def test_tables_of_the_pages_are_those_of_the_measurements(scripts, measured):
    named = {name for page in PAGES.values() for name in re.findall(r"<!-- measured: (\w+) -->", page)}
    assert named | {"notes"} == {*measured, "front"} == {*scripts["shown"].TABLES, "notes"}
    for name, page in PAGES.items():
        assert "<!-- measured: " in page and scripts["report"].filled(page, measured) == page, (
            f"{name}: python benchmarks/report.py")


def test_every_table_says_how_it_is_made_again(scripts, measured):
    shown = scripts["shown"]
    for name, part in measured.items():
        if name != "notes":
            page = PAGES["docs/migration.md" if name == "glmnet" else "docs/performance.md"]
            assert shown.made_by(name, part) in page, name
    tables = (ROOT / "benchmarks" / "tables.py").read_text()
    for name, command in shown.COMMANDS.items():
        assert command.startswith(f"python benchmarks/tables.py {name}") and f'"{name}": ' in tables, name


def test_numbers_within_sentences_are_kept_too(measured):
    """Each comes with how it was measured; a measure that is not among them is found."""
    page = PAGES["docs/performance.md"]
    outside = re.sub(r"<!-- measured: .*?<!-- end -->", "", page, flags=re.S)
    text = in_one_line("\n".join(line for line in outside.split("\n") if not line.startswith("|")))
    for note in measured["notes"]["rows"]:
        assert note["text"] in text and note["how"], note["text"]
        text = text.replace(note["text"], "")
    assert not [found for found in MEASURE.findall(text) if found not in CHOSEN]


def test_the_first_pages_quote_the_mean(measured):
    first = measured["means"]["rows"][0]
    for name in ("README.md", "docs/index.md"):
        assert f"{first['mean']:.1f} times as fast as the best of" in in_one_line(PAGES[name]), name
    assert first["problems"] == 20 and first["gap"] == 1e-6


def test_solvers_are_compared_at_an_equal_gap(measured):
    for name in ("public", "path", "single"):
        for row in measured[name]["rows"]:
            assert "lassocore" in row["solvers"]
            assert all(found["gap"] <= 1e-6 and found["ms"] > 0.0 for found in row["solvers"].values())


def test_every_measurement_says_where_it_was_made(measured):
    for part in measured.values():
        made = part["environment"]
        assert re.fullmatch(r"20\d\d-\d\d-\d\d", made["date"]) and made["processor"] and made["versions"]["lassocore"]


def test_plots_have_text_in_their_place():
    for name, page in PAGES.items():
        for text in re.findall(r"!\[(.*?)\]\(", page, re.S):
            assert len(text.split()) > 5, f"{name}: {text!r}"


def test_plots_are_pages_of_their_own(scripts, measured, tmp_path, monkeypatch):
    pytest.importorskip("matplotlib", reason="the plots are matplotlib's")
    monkeypatch.setattr(scripts["report"], "PICTURES", tmp_path)
    scripts["report"].write_pictures(measured)
    for picture in tmp_path.iterdir():
        assert (ROOT / "docs" / "_static" / picture.name).is_file()
        assert f"](_static/{picture.name})" in PAGES["docs/performance.md"]
        drawn = picture.read_text()
        assert all(row["problem"] in drawn for row in measured["alphas" if "alphas" in picture.name else (
            "public" if "public" in picture.name else "path")]["rows"])
