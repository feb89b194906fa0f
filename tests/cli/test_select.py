# Lives here: `lassocore select`. Independent of: how features are selected.
"""The command gives the library's report on the stable features."""
from __future__ import annotations

import csv
import io
import json

import numpy as np
import pytest
from helpers.commands import run, succeed
from helpers.salaries import make_salaries

from lassocore.models import TablePreparer
from lassocore.selection import StabilitySelection, selection_report

TABLE = ["table.csv", "--target", "pay", "--drop", "hired,age"]
PREPARED = ["--power", "size", "--min-frequency", "0.05", "--merge-rare", "15"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    make_salaries().to_csv(tmp_path / "table.csv", index=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def expected(**options):
    table = make_salaries()
    preparer = TablePreparer(drop=["hired", "age"], power=["size"], min_frequency=0.05, merge_rare=15)
    X = preparer.fit_transform(table.drop(columns="pay"))
    y = table.pay.to_numpy()
    selector = StabilitySelection(random_state=3, **options).fit(X, y)
    return selector, selection_report(selector, X, y, random_state=3), list(preparer.get_feature_names_out())


def test_the_report_is_the_librarys(folder):
    options = ["--seed", "3", "--subsamples", "40", "--max-false", "2"]
    selector, report, names = expected(n_subsamples=40, max_false_selections=2.0)
    found = json.loads(succeed("select", *TABLE, *PREPARED, *options, "--format", "json").stdout)
    assert found["threshold"] == selector.threshold_ and found["max_false_selections"] == selector.max_false_selections_
    assert [row["feature"] for row in found["features"]] == [names[j] for j in report.features]
    for key, values in (("coefficient", report.coefs), ("standardized", report.standardized_coefs), ("vif", report.vif),
                        ("frequency", report.frequencies), ("sign", report.signs)):
        np.testing.assert_allclose([row[key] for row in found["features"]], values, rtol=1e-6)
    assert {"power(size)", "years"} <= {row["feature"] for row in found["features"]}
    shares = {entry["feature"]: entry["frequency"] for entry in found["frequencies"]}
    assert [shares.get(name, 0.0) for name in names] == selector.selection_frequencies_.tolist()
    table = succeed("select", *TABLE, *PREPARED, *options).stdout
    assert table.startswith(f"{len(report)} features ") and "power(size)" in table
    succeed("select", *TABLE, *PREPARED, *options, "--out", "report.csv")
    rows = list(csv.DictReader(io.StringIO((folder / "report.csv").read_text())))
    assert [row["feature"] for row in rows] == [names[j] for j in report.features]
    assert [float(row["coefficient"]) for row in rows] == [row["coefficient"] for row in found["features"]]


def test_options_reach_the_selection(folder):
    result = json.loads(succeed(
        "select", *TABLE, *PREPARED, "--seed", "3", "--threshold", "0.9", "--max-features", "4", "--weakness", "0.5",
        "--l1-ratio", "0.8", "--no-standardize", "--subsamples", "20", "--format", "json").stdout)
    selector, report, _ = expected(threshold=0.9, max_features=4, weakness=0.5, l1_ratio=0.8, standardize=False,
                                   n_subsamples=20)
    assert result["threshold"] == 0.9 and result["alpha"] == pytest.approx(report.alpha)
    assert result["max_false_selections"] == selector.max_false_selections_
    assert len(result["features"]) == len(report)


def test_no_stable_feature_is_a_sentence(folder):
    table = make_salaries()
    table["pay"] = np.random.default_rng(9).standard_normal(len(table))
    table.to_csv("table.csv", index=False)
    shown = succeed("select", *TABLE, "--threshold", "1", "--max-features", "1").stdout
    assert shown.startswith("No feature is selected: the threshold is 1, the largest frequency ")
    found = json.loads(succeed("select", *TABLE, "--threshold", "1", "--max-features", "1", "--format", "json").stdout)
    assert found["features"] == [] and found["alpha"] is None
    header = succeed("select", *TABLE, "--threshold", "1", "--max-features", "1", "--format", "csv").stdout
    assert header.startswith("feature,sign,coefficient") and header.count("\n") == 1


def test_the_picture_is_written(folder):
    pytest.importorskip("matplotlib", reason="pictures need the optional extra [plot]")
    result = succeed("select", *TABLE, "--plot", "stability.png", "--subsamples", "10", "--format", "json")
    assert (folder / "stability.png").read_bytes().startswith(b"\x89PNG")
    json.loads(result.stdout)                               # stdout is the report alone
    assert "Picture written to stability.png" in result.stderr


@pytest.mark.parametrize(("options", "named"), [
    (["--threshold", "0.4"], "--threshold"), (["--max-false", "0"], "--max-false"),
    (["--subsamples", "3"], "subsamples"), (["--out", "table.csv"], "--out table.csv is the input file"),
    (["--threshold", "0.55", "--max-features", "7", "--max-false", "0.01"], "max_false_selections"),
    (["--out", "x.svg", "--plot", "x.svg"], "name two files"), (["--plot", "x.txt"], "extension '.txt'")])
def test_refusals(folder, options, named):
    result = run("select", *TABLE, *options)
    assert result.exit_code == 2 and result.stderr.startswith("Error: ") and result.stderr.count("\n") == 1
    assert named in result.stderr and result.stdout == ""
