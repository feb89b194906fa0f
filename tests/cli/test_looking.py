# Lives here: `lassocore explore` and `lassocore plot`. Independent of: what is drawn.
"""Pages and pictures are written for tables and for models."""
from __future__ import annotations

import pytest
from helpers.commands import run, succeed
from helpers.salaries import make_salaries

TABLE = ["table.csv", "--target", "pay", "--dates", "hired"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    make_salaries().to_csv(tmp_path / "table.csv", index=False)
    monkeypatch.chdir(tmp_path)
    succeed("cv", *TABLE, "--alphas", "20", "--out", "m.json")
    return tmp_path


def test_pages_of_tables_and_of_models(folder):
    for arguments in ([*TABLE, "--min-frequency", "0.05", "--folds", "3"], ["m.json"]):
        result = succeed("explore", *arguments, "--out", "path.html")
        assert result.stdout == "Page written to path.html\n" and result.stderr == ""
        page = (folder / "path.html").read_text()
        assert "<title>Path of pay</title>" in page and "default-src 'none'" in page
    assert len(page) < 400_000


@pytest.mark.parametrize("axis", ["alpha", "l1_norm", "r2"])
def test_pictures_of_models(folder, axis):
    pytest.importorskip("matplotlib", reason="pictures need the optional extra [plot]")
    for out, start in (("path.png", b"\x89PNG"), ("path.pdf", b"%PDF")):
        assert succeed("plot", "m.json", "--x", axis, "--labels", "3", "--out", out).stdout == (
            f"Picture written to {out}\n")
        assert (folder / out).read_bytes().startswith(start)


@pytest.mark.parametrize(("arguments", "named"), [
    (["explore", *TABLE], "--out"), (["explore", "m.json", "--folds", "3", "--out", "p.html"], "--folds is for tables"),
    (["explore", "m.json", "--target", "pay", "--out", "p.html"], "--target is for tables"),
    (["explore", "m.json", "--out", "m.json"], "is the input file"), (["plot", "m.json"], "--out"),
    (["plot", "table.csv", "--out", "p.png"], "not a model file"),
    (["plot", "m.json", "--out", "p.bmp"], "extension '.bmp'"),
    (["explore", "table.csv", "--target", "pay", "--out", "p.html"], "--dates hired")])
def test_refusals(folder, arguments, named):
    before = sorted(file.name for file in folder.iterdir())
    result = run(*arguments)
    assert result.exit_code == 2 and result.stderr.startswith("Error: ") and result.stderr.count("\n") == 1
    assert named in result.stderr and sorted(file.name for file in folder.iterdir()) == before


def test_without_matplotlib_the_error_names_the_extra(folder, monkeypatch):
    from importlib import util

    find = util.find_spec
    monkeypatch.setattr(util, "find_spec", lambda name, *rest: None if name == "matplotlib" else find(name, *rest))
    for arguments in (["plot", "m.json", "--out", "p.png"], ["cv", *TABLE, "--plot", "p.png"],
                      ["select", *TABLE, "--plot", "p.png"]):
        result = run(*arguments)
        assert result.exit_code == 2 and 'pip install "lassocore[plot]"' in result.stderr
