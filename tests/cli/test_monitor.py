# Lives here: `lassocore monitor`. Independent of: how data are compared.
"""The command gives the library's comparison, and its exit code says whether data have drifted."""
from __future__ import annotations

import json

import numpy as np
import pytest
from helpers.commands import run, succeed
from helpers.salaries import make_salaries

import lassocore

TABLE = ["table.csv", "--target", "pay", "--dates", "hired"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    make_salaries().to_csv(tmp_path / "table.csv", index=False)
    make_salaries(1).to_csv(tmp_path / "same.csv", index=False)
    make_salaries(2, shift=0.8, cities=("oslo", "rome", "bern", "york"), shares=(0.4, 0.3, 0.1, 0.2)).to_csv(
        tmp_path / "later.csv", index=False)
    monkeypatch.chdir(tmp_path)
    succeed("cv", *TABLE, "--power", "size", "--rule", "1se", "--standardize", "--out", "m.json")
    return tmp_path


def test_alike_data_exit_with_0_and_drifted_data_with_1(folder):
    same, later = run("monitor", "m.json", "same.csv", "--target", "pay"), run("monitor", "m.json", "later.csv")
    assert (same.exit_code, later.exit_code) == (0, 1), same.stdout + later.stdout
    assert same.stdout.startswith("No drift: 240 new rows") and later.stdout.startswith("Drift: 240 new rows")
    assert "Mean squared error" in same.stdout and "Mean squared error" not in later.stdout
    assert "feature power(size): " in later.stdout and "column city: categories not seen in training" in later.stdout
    assert same.stderr == "" and later.stderr == ""


@pytest.mark.parametrize("refit", [False, True])
def test_the_comparison_is_the_librarys(folder, refit):
    result = run("monitor", "m.json", "later.csv", "--target", "pay", "--json", *["--refit"] * refit)
    table = make_salaries(2, shift=0.8, cities=("oslo", "rome", "bern", "york"), shares=(0.4, 0.3, 0.1, 0.2))
    model = lassocore.load("m.json")
    expected = lassocore.monitor(model, table, table.pay.to_numpy(), refit=refit)
    assert json.loads(result.stdout) == json.loads(json.dumps(expected.to_dict())) and result.exit_code == 1
    assert run("monitor", "m.json", "later.csv", "--target", "pay", "--out", "report.txt", *["--refit"] * refit
               ).stdout == ""
    assert (folder / "report.txt").read_text() == f"{expected}\n"


def test_thresholds_are_options(folder):
    options = ["--max-shift", "50", "--max-variance-ratio", "1e6", "--max-psi", "90", "--max-unseen", "1"]
    assert run("monitor", "m.json", "later.csv", *options).exit_code == 0
    assert run("monitor", "m.json", "later.csv", *options[:-2]).exit_code == 1
    strict = run("monitor", "m.json", "same.csv", "--target", "pay", "--max-error-ratio", "1")
    assert json.loads(run("monitor", "m.json", "same.csv", "--json", "--max-psi", "0.2").stdout)["thresholds"][
        "psi"] == 0.2
    assert strict.exit_code in (0, 1) and "Mean squared error" in strict.stdout


def test_missing_values_are_counted(folder):
    table = make_salaries(1)
    table.loc[:40, "years"] = np.nan
    table.to_csv("gaps.csv", index=False)
    result = run("monitor", "m.json", "gaps.csv", "--json")
    found = json.loads(result.stdout)
    assert result.exit_code == 1 and found["missing"]["years"] == pytest.approx(41 / 240)
    assert run("monitor", "m.json", "gaps.csv", "--max-missing", "0.5").exit_code == 0
    gone = make_salaries(1)
    gone.loc[3, "pay"] = np.nan
    gone.to_csv("gone.csv", index=False)
    refused = run("monitor", "m.json", "gone.csv", "--target", "pay")
    assert refused.exit_code == 2 and "column 'pay' of gone.csv has 1 missing value, first in row 4" in refused.stderr


@pytest.mark.parametrize("file", ["plain.npz", "named.npz", "plain.svm"])
def test_files_without_columns(folder, file):
    from sklearn.datasets import dump_svmlight_file

    rng = np.random.default_rng(5)
    X, new = rng.standard_normal((2, 200, 6))
    y = X[:, 0] - X[:, 1] + 0.1 * rng.standard_normal(200)
    names = {"feature_names": np.array(list("abcdef"))} if file == "named.npz" else {}
    for name, values in (("", X), ("new_", new + 1.0)):
        if file.endswith(".svm"):
            dump_svmlight_file(values, y, name + file, zero_based=False)
        else:
            np.savez(name + file, X=values, y=y, **names)
    target = ["--target", "label" if file.endswith(".svm") else "y"]
    fitted = [] if file.endswith(".svm") else target
    succeed("cv", file, *fitted, "--out", "plain.json")
    same = run("monitor", "plain.json", file, *target)
    assert same.exit_code == 0 and same.stderr == "", same.stdout + same.stderr
    assert "Mean squared error" in same.stdout
    assert run("monitor", "plain.json", f"new_{file}").exit_code == 1
    if file.endswith(".svm"):
        assert "'label'" in run("monitor", "plain.json", file, "--target", "y").stderr


def test_numeric_columns_alone(folder):
    make_salaries().drop(columns=["hired", "city", "age"]).to_csv("numbers.csv", index=False)
    succeed("cv", "numbers.csv", "--target", "pay", "--standardize", "--out", "n.json")
    assert run("monitor", "n.json", "numbers.csv", "--target", "pay").exit_code == 0
    moved = make_salaries().assign(years=lambda table: table.years + 30)
    moved.to_csv("moved.csv", index=False)
    result = run("monitor", "n.json", "moved.csv")
    assert result.exit_code == 1 and "feature years: mean shift" in result.stdout and result.stderr == ""


def test_names_are_printed_safely(folder):
    table = make_salaries().rename(columns={"years": "ye\x1b[31mars\nand"})
    table.to_csv("hostile.csv", index=False)
    succeed("cv", "hostile.csv", "--target", "pay", "--drop", "hired", "--drop", "age", "--out", "h.json")
    shown = run("monitor", "h.json", "hostile.csv").stdout
    assert r"ye\x1b[31mars\nand" in shown and "\x1b" not in shown
    shown = succeed("select", "hostile.csv", "--target", "pay", "--drop", "hired,age", "--subsamples", "10")
    assert r"ye\x1b[31mars\nand" in shown.stdout


@pytest.mark.parametrize(("arguments", "named"), [
    (["table.csv", "same.csv"], "not a model file"), (["m.json", "nowhere.csv"], "nowhere.csv"),
    (["m.json", "same.csv", "--target", "wage"], "'wage'"), (["m.json", "same.csv", "--target", "city"], "numeric"),
    (["m.json", "same.csv", "--refit"], "--refit needs --target"),
    (["m.json", "same.csv", "--max-psi", "-1"], "--max-psi"),
    (["m.json", "same.csv", "--alpha", "1e-9"], "alpha"), (["m.json", "short.csv"], "'city'"),
    (["old.json", "same.csv"], "no profile"), (["m.json", "same.csv", "--out", "m.json"], "is the input file")])
def test_refusals_exit_with_2(folder, arguments, named):
    make_salaries().drop(columns="city").to_csv("short.csv", index=False)
    document = json.loads((folder / "m.json").read_text())
    (folder / "old.json").write_text(json.dumps({**document, "profile": None}))
    result = run("monitor", *arguments)
    assert result.exit_code == 2 and result.stderr.startswith("Error: ") and result.stderr.count("\n") == 1
    assert named in result.stderr and result.stdout == ""
