# Lives here: the page on performance shows the measurements that are kept. Independent of: how they were made.
"""Tables between marks of docs/performance.md are those that benchmarks/report.py makes of measured.json."""
import importlib.util
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = {name: (ROOT / name).read_text() for name in ("docs/performance.md", "docs/index.md", "README.md")}


@pytest.fixture(scope="module")
def report():
    spec = importlib.util.spec_from_file_location("report", ROOT / "benchmarks" / "report.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def measured():
    return json.loads((ROOT / "benchmarks" / "measured.json").read_text())


def test_tables_of_the_page_are_those_of_the_measurements(report, measured):
    named = {name for page in PAGES.values() for name in re.findall(r"<!-- measured: (\w+) -->", page)}
    assert named == {*measured, "front"} == set(report.TABLES)
    for name, page in PAGES.items():
        assert "<!-- measured: " in page and report.filled(page, measured) == page, f"{name}: benchmarks/report.py"


def test_solvers_are_compared_at_an_equal_gap(measured):
    for name in ("public", "path", "single"):
        for row in measured[name]["rows"]:
            assert "lassocore" in row["solvers"]
            assert all(found["gap"] <= 1e-6 and found["ms"] > 0.0 for found in row["solvers"].values())


def test_every_measurement_says_where_it_was_made(measured):
    for part in measured.values():
        made = part["environment"]
        assert re.fullmatch(r"20\d\d-\d\d-\d\d", made["date"]) and made["processor"] and made["versions"]["lassocore"]


def test_plots_are_pages_of_their_own(report, measured, tmp_path, monkeypatch):
    pytest.importorskip("matplotlib", reason="the plots are matplotlib's")
    monkeypatch.setattr(report, "PICTURES", tmp_path)
    report.write_pictures(measured)
    for picture in tmp_path.iterdir():
        assert (ROOT / "docs" / "_static" / picture.name).is_file()
        assert f"](_static/{picture.name})" in PAGES["docs/performance.md"]
        drawn = picture.read_text()
        assert all(row["problem"] in drawn for row in measured["alphas" if "alphas" in picture.name else (
            "public" if "public" in picture.name else "path")]["rows"])
