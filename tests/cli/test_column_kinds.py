# Lives here: ambiguous columns, and the options that resolve them. Independent of: fits.
"""Nothing is guessed: an error names the column, the first unexpected cell and its row, and options that resolve it."""
from __future__ import annotations

import re
import shlex

import numpy as np
import pytest
from helpers.commands import pandas, predictions, run, succeed

from lassocore.models.model_file import load_model

Y = [1, 3, 2, 5, 4, 7, 6, 9, 8, 11, 12, 10]
POWER = ["130.0", "165.0", "150", "?", "140.0", "198", "?", "215.0", "225.0", "190", "170", "160"]
CODES = [f"{k}" for k in (5, 3, 8, 9, 12, 41, 7, 77, 70, 6, 2, 88)]
# cells, options that make numbers of them, their values; None: the column is dropped
SETTLED = {
    "decimal commas": ([f"{k},{k % 4}" for k in range(12)], ["--decimal", ","], [k + k % 4 / 10 for k in range(12)]),
    "thousands": ([f"{k + 1},{100 + k}" for k in range(12)], ["--strip", ","],
                  [1000 * (k + 1) + 100 + k for k in range(12)]),
    "German": ([f"{k + 1}.{100 + k},5" for k in range(12)], ["--strip", ".", "--decimal", ","],
               [1000 * (k + 1) + 100.5 + k for k in range(12)]),
    "percents": ([f"{k * k}%" for k in range(12)], ["--strip", "%"], [k * k for k in range(12)]),
    "units": ([f"{k * k} kg" for k in range(12)], ["--strip", "kg"], [k * k for k in range(12)]),
    "money": ([f"${k * k}.50" for k in range(12)], ["--strip", "$"], [k * k + 0.5 for k in range(12)]),
    "dates": ([f"2020-01-{k + 1:02d}" for k in range(12)], ["--dates", "a"], [18262 + k for k in range(12)]),
    "times": ([f"2020-01-01T{k:02d}:00:00Z" for k in range(12)], ["--dates", "a"], [18262 + k / 24 for k in range(12)]),
    "European dates": ([f"{k + 1:02d}.01.2020" for k in range(12)], ["--dates", "a", "--date-format", "%d.%m.%Y"],
                       [18262 + k for k in range(12)]),
    "months": ([f"2020-{k + 1:02d}" for k in range(12)], ["--dates", "a", "--date-format", "%Y-%m"],
               [18262, 18293, 18322, 18353, 18383, 18414, 18444, 18475, 18506, 18536, 18567, 18597]),
    "row names": ([f"sample_{k}" for k in range(12)], ["--drop", "a"], None),
    "clock": ([f"{k}:30" for k in range(12)], ["--drop", "a"], None),
    "no values": ([""] * 12, ["--drop", "a"], None),
}


def write(folder, cells, name="a"):
    frame = pandas.DataFrame({name: cells, "z": np.arange(12) ** 2, "y": Y})
    frame.to_csv(folder / "data.csv", index=False)
    return folder / "data.csv"


def complaint(*args) -> str:
    result = run("path", *args, "--target", "y")
    assert result.exit_code == 2 and result.stdout == "", result.stdout
    assert result.stderr.startswith("Error: ") and result.stderr.count("\n") == 1
    return result.stderr


def fitted_features(tmp_path, file, *options) -> tuple:
    succeed("path", file, "--target", "y", "--alphas", "3", *options, "--out", tmp_path / "m.json")
    return load_model(tmp_path / "m.json").path.feature_names


@pytest.mark.parametrize("kind", SETTLED)
def test_ambiguous_columns_are_refused_and_resolved(tmp_path, kind):
    cells, options, values = SETTLED[kind]
    file = write(tmp_path, cells)
    says = complaint(file)
    assert "column 'a'" in says and options[0] in says
    if values is None:
        assert fitted_features(tmp_path, file, *options) == ("z",)
        return
    assert repr(cells[0]) in says and "row 1" in says and "--text a" in says and "--drop a" in says
    succeed("path", file, "--target", "y", "--alphas", "0.01,", *options, "--out", tmp_path / "m.json")
    path = load_model(tmp_path / "m.json").path
    assert sorted(path.feature_names) == ["a", "z"]
    columns = {"a": values, "z": np.arange(12.0) ** 2}
    by_hand = path.predict(np.column_stack([columns[name] for name in path.feature_names]))
    again = predictions(succeed("predict", tmp_path / "m.json", file).stdout)      # read as at the fit
    np.testing.assert_allclose(again, by_hand[:, 0], rtol=1e-9)
    kept = fitted_features(tmp_path, file, "--text", "a")
    assert {f"a={cell}" for cell in cells} < set(kept)


def test_other_cells_are_missing_values_if_declared(tmp_path):
    """As in auto-mpg, where horsepower has "?" in six rows."""
    file = write(tmp_path, POWER, "power")
    says = complaint(file)
    for part in ("column 'power'", "2 cells", "'?' in row 4", "--na '?'", "--text power", "--drop power"):
        assert part in says
    says = complaint(file, "--na", "?")
    for part in ("column 'power'", "2 missing values", "row 4", "--missing drop-rows"):
        assert part in says
    result = succeed("path", file, "--target", "y", "--na", "?", "--missing", "drop-rows", "--choose", "0.01",
                     "--alphas", "0.5,0.01", "--out", tmp_path / "m.json")
    assert "2 rows of 12 left out" in result.stderr and "10 rows, 2 features" in result.stdout
    held = load_model(tmp_path / "m.json")
    assert held.path.feature_names == ("power", "z") and held.training.n_samples == 10 and held.reading.na == ("?",)
    result = run("predict", tmp_path / "m.json", file)
    assert result.exit_code == 2 and "--missing nan" in result.stderr
    fitted = predictions(succeed("predict", tmp_path / "m.json", file, "--missing", "nan").stdout)
    assert np.flatnonzero(np.isnan(fitted)).tolist() == [3, 6]


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_numbers_may_mean_missing_values(tmp_path, suffix):
    cells = np.array([1.0, -999, 3, 4, 5, 6, 7, -999.0, 9, 10, 11, 3])
    frame = pandas.DataFrame({"a": cells, "t": ["u", "-999", *"vuvuvuvuvu"], "y": Y})
    (frame.to_csv if suffix == ".csv" else frame.to_parquet)(tmp_path / f"data{suffix}", index=False)
    result = succeed("path", tmp_path / f"data{suffix}", "--target", "y", "--na", "-999", "--missing", "drop-rows")
    assert "2 rows of 12" in result.stderr and "10 rows, 3 features" in result.stdout


def test_words_for_missing_are_categories_of_text(tmp_path):
    file = write(tmp_path, ["NA", "None", "x", "null"] * 3)
    assert fitted_features(tmp_path, file) == ("z", "a=NA", "a=None", "a=null", "a=x")
    assert "3 missing values" in complaint(file, "--na", "NA")


@pytest.mark.parametrize("odd", ["?", "NA", "N/A", "-", ".", "unknown", "1.2.3", "o", "1O", "#DIV/0!", "<5"])
def test_one_odd_cell_among_numbers(tmp_path, odd):
    file = write(tmp_path, [*CODES[:7], odd, *CODES[8:]])
    says = complaint(file)
    assert f"{odd!r} in row 8" in says and "1 cell" in says
    option = re.search(r"--(na|strip) ('[^']*'|\S+)", says)
    assert shlex.split(option[2])[0] in odd


def test_few_numbers_many_words(tmp_path):
    """Most rows are numbers, but most distinct cells are not."""
    assert "'n/a' in row 9" in complaint(write(tmp_path, ["1", "2"] * 4 + ["n/a", "unknown", "-", "none"]))


@pytest.mark.parametrize("cells", [
    ["A1", "B2", "C3"], ["Q1", "Q2", "Q3"], ["1st", "2nd", "3rd"], ["0-17", "18-64", "65+"], ["March", "May", "June"],
    ["v1.0", "v1.1", "v2.0"], ["yes", "no", "1"], ["i7", "i9", "i5"], ["10.0.0.1", "10.0.0.2", "10.0.0.3"]], ids=str)
def test_codes_are_categories(tmp_path, cells):
    assert {f"a={cell}" for cell in cells} < set(fitted_features(tmp_path, write(tmp_path, cells * 4)))


def test_truth_values_in_any_case(tmp_path):
    file = write(tmp_path, ["True", "FALSE", "false", "true"] * 3)
    assert fitted_features(tmp_path, file) == ("z", "a=False", "a=True")
    for spelled in ("TRUE", "true", "True"):
        new = write(tmp_path, [spelled] * 12)
        result = succeed("predict", tmp_path / "m.json", new, "--alpha", "0.5")
        assert "not seen" not in result.stderr


@pytest.mark.parametrize(("name", "cells"), [
    ("", range(12)), ("Unnamed: 0", range(12)), ("index", range(1, 13)), ("row_id", range(1, 13)), ("ID", range(1, 13)),
    ("PassengerId", [int(k) for k in CODES]), ("customer id", [int(k) for k in CODES])])
def test_numbers_of_rows_are_no_features(tmp_path, name, cells):
    file = write(tmp_path, list(cells), name)
    says = complaint(file)
    assert f"column {name!r}" in says and f"--drop {shlex.quote(name)}" in says and "--features" in says
    assert fitted_features(tmp_path, file, "--drop", name) == ("z",)
    assert fitted_features(tmp_path, file, "--features", "z", "--features", name) == ("z", name)


@pytest.mark.parametrize(("name", "cells"), [("t", range(12)), ("year", range(2000, 2012)), ("id", [1, 2] * 6),
                                             ("fluid", range(12)), ("width", [int(k) for k in CODES])])
def test_numbers_that_rise_are_features(tmp_path, name, cells):
    assert set(fitted_features(tmp_path, write(tmp_path, list(cells), name))) == {name, "z"}


def test_columns_are_chosen_by_name(tmp_path):
    frame = pandas.DataFrame({"a,b": Y[::-1], "c": np.arange(12.0) ** 2, "d": ["u", "v"] * 6, "y": Y})
    frame.to_csv(tmp_path / "data.csv", index=False)
    file = tmp_path / "data.csv"
    assert fitted_features(tmp_path, file, "--features", "a,b") == ("a,b",)
    assert fitted_features(tmp_path, file, "--features", "c,d") == ("c", "d=u", "d=v")
    assert fitted_features(tmp_path, file, "--drop", "a,b", "--drop", "d") == ("c",)
    assert "no column 'q'" in complaint(file, "--drop", "c,q")
    assert "no column 'q'" in complaint(file, "--features", "q")
    assert "is the target" in complaint(file, "--features", "c,y")
    assert "nothing to fit" in complaint(file, "--drop", "a,b", "--drop", "c,d")
    assert "is the weights" in complaint(file, "--weights", "c", "--drop", "c")


def test_features_of_one_name_are_refused(tmp_path):
    frame = pandas.DataFrame({"a": ["b", "c"] * 6, "a=b": np.arange(12.0) ** 2, "y": Y})
    frame.to_csv(tmp_path / "data.csv", index=False)
    assert "'a=b' and 'a'" in complaint(tmp_path / "data.csv")
    frame = pandas.DataFrame({"a": ["b=c", "d"] * 6, "a=b": ["c", "e"] * 6, "y": Y})
    frame.to_csv(tmp_path / "data.csv", index=False)
    assert "both give a feature 'a=b=c'" in complaint(tmp_path / "data.csv")


def test_all_ambiguous_columns_are_listed(tmp_path):
    frame = pandas.DataFrame({"when": SETTLED["dates"][0], "z": Y[::-1], "power": POWER, "y": Y})
    frame.to_csv(tmp_path / "data.csv", index=False)
    says = complaint(tmp_path / "data.csv")
    assert "column 'when'" in says and "in doubt as well: 'power'" in says


def test_target_and_weights_are_numbers(tmp_path):
    frame = pandas.DataFrame({"a": np.arange(12.0) ** 2, "w": POWER, "y": [f"{k},5" for k in range(12)]})
    frame.to_csv(tmp_path / "data.csv", index=False)
    says = complaint(tmp_path / "data.csv")
    assert "target column 'y'" in says and "--decimal" in says and "--text" not in says and "--drop" not in says
    says = complaint(tmp_path / "data.csv", "--weights", "w", "--decimal", ",")
    assert "weights column 'w'" in says and "'130.0' in row 1" in says and "--decimal ." in says


def test_odd_cells_of_later_files(tmp_path):
    file = write(tmp_path, [float(k) for k in CODES])
    fitted_features(tmp_path, file)
    strange = write(tmp_path, POWER)
    result = run("predict", tmp_path / "m.json", strange, "--alpha", "0.5")
    assert result.exit_code == 2 and "'?' in row 4" in result.stderr and "--na '?'" in result.stderr
    fitted = predictions(succeed("predict", tmp_path / "m.json", strange, "--alpha", "0.5", "--na", "?", "--missing",
                                 "nan").stdout)
    assert np.isnan(fitted).sum() == 2
    fitted_features(tmp_path, write(tmp_path, SETTLED["dates"][0]), "--dates", "a")
    result = run("predict", tmp_path / "m.json", write(tmp_path, ["soon"] * 12), "--alpha", "0.5")
    assert result.exit_code == 2 and "'soon' in row 1" in result.stderr and "--date-format" in result.stderr
