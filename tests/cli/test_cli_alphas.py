# Lives here: which alpha the commands use, and coefficients by name. Independent of: solvers.
"""An alpha is given, chosen at the fit, or the only one; none is used silently."""
from __future__ import annotations

import csv
import json
import os

import numpy as np
import pytest
from helpers.commands import CHOSEN, design_of, folder_of_files, make_frame, predictions, run, succeed

from lassocore import fit_path
from lassocore.models.model_file import load_model


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return folder_of_files(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def expected():
    """The path of data.csv, computed by the library."""
    frame = make_frame()
    return fit_path(design_of(frame), frame.y.to_numpy(), sample_weight=frame.w.to_numpy(), tol=1e-9)


def fit(folder, out, *options):
    data = ["path", folder / "data.csv", "--target", "y", "--weights", "w"]
    return succeed(*data, "--tol", "1e-9", *options, "--out", out)


@pytest.mark.parametrize("criterion", ["aic", "bic", "ebic", "BIC"])
@pytest.mark.filterwarnings("error:X does not have valid feature names")
def test_criteria_choose(folder, tmp_path, expected, criterion):
    """Without weights, whose sum must be at least the number of rows."""
    frame = make_frame()
    X = np.insert(design_of(frame), 2, frame.w, axis=1)
    result = succeed("path", folder / "data.csv", "--target", "y", "--tol", "1e-9", "--choose", criterion, "--out",
                     tmp_path / "m.json")
    path = fit_path(X, frame.y.to_numpy(), tol=1e-9)
    best = path.information_criterion(criterion.lower(), X=X).argmin()
    assert load_model(tmp_path / "m.json").chosen_alpha == pytest.approx(path.alphas[best])
    chosen = f"alpha {path.alphas[best]:.5g}, {path.n_nonzero[best]} nonzeros."
    assert f"Chosen by {criterion.upper()}: {chosen}" in result.stdout


def test_a_number_is_chosen_and_used(folder, tmp_path, expected):
    result = fit(folder, tmp_path / "m.json", "--choose", "0.0321")
    assert "Chosen: alpha 0.0321, " in result.stdout and load_model(tmp_path / "m.json").chosen_alpha == 0.0321
    frame = make_frame()
    chosen = "Note: alpha 0.0321, as chosen at the fit\n"
    for options, at, note in (((), 0.0321, chosen), (("--alpha", "0.5"), 0.5, "")):
        result = succeed("predict", tmp_path / "m.json", folder / "data.csv", *options)
        np.testing.assert_allclose(predictions(result.stdout), expected.predict(design_of(frame), at), atol=2e-4)
        assert result.stderr == note


@pytest.mark.parametrize(("choice", "named"), [
    ("cv", "'cv'"), ("1e9", "--eps or"), ("1e-9", "outside"), ("-1", "outside"), ("nan", "nan")])
def test_invalid_choices(folder, tmp_path, choice, named):
    result = run("path", folder / "data.csv", "--target", "y", "--choose", choice, "--out", tmp_path / "m.json")
    assert result.exit_code == 2 and named in result.stderr and result.stderr.count("\n") == 1
    assert result.stdout == "" and not (tmp_path / "m.json").exists()


def test_printed_alphas_are_taken(folder, tmp_path):
    """Rounded in the table, the first alpha may exceed the path's, the last one fall below it."""
    fit(folder, tmp_path / "m.json", "--alphas", "12")
    largest, smallest = load_model(tmp_path / "m.json").path.alphas[[0, -1]]
    for shown, alpha in ((largest * (1 + 9e-5), largest), (smallest * (1 - 9e-5), smallest)):
        fit(folder, tmp_path / "m.json", "--alphas", "12", "--choose", repr(float(shown)))
        assert load_model(tmp_path / "m.json").chosen_alpha == alpha


def test_every_printed_alpha_is_accepted(folder, tmp_path):
    """Rounded, the largest and the smallest may lie outside the path."""
    lines = fit(folder, tmp_path / "m.json", "--alphas", "12").stdout.splitlines()
    start = next(k for k, line in enumerate(lines) if line.split()[:1] == ["alpha"]) + 1
    for row in lines[start:start + 12]:
        shown, nonzeros = row.split()[:2]
        head = succeed("coef", tmp_path / "m.json", "--alpha", shown).stdout.splitlines()[0]
        assert abs(int(head.split(": ")[1].split()[0]) - int(nonzeros)) <= 1     # a coefficient may enter at that alpha
    assert succeed("coef", tmp_path / "m.json", "--alpha", "1e9").stdout.count("\n") == 4      # all 0 above alpha_max
    assert "outside" in run("coef", tmp_path / "m.json", "--alpha", "1e-9").stderr


def test_nothing_is_chosen_in_silence(folder, tmp_path):
    fit(folder, tmp_path / "m.json")
    largest, *_, smallest = load_model(tmp_path / "m.json").path.alphas
    for args in (["predict", tmp_path / "m.json", folder / "data.csv"], ["coef", tmp_path / "m.json"]):
        result = run(*args)
        assert result.exit_code == 2 and result.stdout == "" and result.stderr.count("\n") == 1
        for part in ("100 alphas", f"{largest:.5g}", f"{smallest:.5g}", "--alpha", "--choose bic"):
            assert part in result.stderr
    fit(folder, tmp_path / "one.json", "--alphas", "0.25,")
    whole = succeed("predict", tmp_path / "one.json", folder / "data.csv")
    given = succeed("predict", tmp_path / "one.json", folder / "data.csv", "--alpha", "0.25")
    assert whole.stdout == given.stdout and whole.stderr == ""


def test_coefficients_by_name(folder, tmp_path, expected):
    fit(folder, tmp_path / "m.json")
    names = ("a", "b", "flag=False", "flag=True", "city=01", "city=oslo", "city=rome")
    alpha = float(expected.alphas[30:32].mean())
    coef = dict(zip(names, expected.coef_at(alpha), strict=True))
    by_size = [name for name in sorted(coef, key=lambda name: -abs(coef[name])) if abs(coef[name]) > 1e-12]
    head, blank, title, *rows = succeed("coef", tmp_path / "m.json", "--alpha", alpha).stdout.splitlines()
    assert head == f"alpha {alpha:.5g}: {len(by_size)} of 7 coefficients are not 0" and blank == ""
    assert title.split() == ["name", "coefficient"] and [row.split()[0] for row in rows] == ["(intercept)", *by_size]
    assert {len(row) for row in rows} == {len(title)}
    shown = np.array([float(row.split()[1]) for row in rows])
    np.testing.assert_allclose(shown, [expected.intercept_at(alpha), *(coef[name] for name in by_size)], rtol=1e-3)
    for options in (["--out", tmp_path / "c.csv"], ["--format", "csv", "--out", tmp_path / "c.csv"]):
        assert succeed("coef", tmp_path / "m.json", "--alpha", alpha, *options).stdout == ""
        with open(tmp_path / "c.csv", newline="") as stream:
            title, *rows = csv.reader(stream)
        assert title == ["name", "coefficient"] and [name for name, _ in rows] == ["(intercept)", *by_size]
        np.testing.assert_allclose([float(value) for _, value in rows], shown, rtol=1e-5)
    document = json.loads(succeed("coef", tmp_path / "m.json", "--alpha", alpha, "--format", "json").stdout)
    assert document["alpha"] == alpha and document["intercept"] == pytest.approx(shown[0], rel=1e-5)
    assert [entry["name"] for entry in document["coefficients"]] == by_size


def test_coefficients_without_names(folder, tmp_path):
    succeed("path", folder / "plain.npz", "--choose", CHOSEN, "--out", tmp_path / "m.json")
    path = load_model(tmp_path / "m.json").path
    result = succeed("coef", tmp_path / "m.json", "--format", "csv")
    rows = list(csv.reader(result.stdout.splitlines()))[2:]
    assert {name: float(value) for name, value in rows} == {
        f"x{j}": value for j, value in enumerate(path.coef_at(CHOSEN)) if value != 0}
    assert result.stderr == "Note: alpha 0.05, as chosen at the fit\n"


def test_coefficients_are_written_whole_or_not(folder, tmp_path):
    result = run("coef", folder / "model.json", "--out", folder / "model.json")
    assert result.exit_code == 2 and "input file" in result.stderr
    result = run("coef", folder / "data.csv", "--alpha", "1")
    assert result.exit_code == 2 and "not a model file" in result.stderr
    result = run("coef", folder / "model.json", "--alpha", "-1", "--out", tmp_path / "c.csv")
    assert result.exit_code == 2 and os.listdir(tmp_path) == []


def test_readings_are_remembered(folder, tmp_path):
    """Options for cells given at the fit are kept, and may be overridden."""
    frame = make_frame()
    design, text = design_of(frame), frame.copy()
    text["a"] = [f"{value:.6f} kg".replace(".", ",") for value in frame.a]
    text["w"] = text["w"].map(lambda value: f"{value:.6f}".replace(".", ","))
    text["y"] = text["y"].map(lambda value: f"{value:.12f}".replace(".", ","))
    text.rename(columns={"city": "ort–é"}).to_csv(tmp_path / "t.csv", index=False, sep=";", encoding="cp1252")
    succeed("path", tmp_path / "t.csv", "--target", "y", "--weights", "w", "--decimal", ",", "--strip", " kg",
            "--encoding", "cp1252", "--choose", CHOSEN, "--out", tmp_path / "m.json")
    held = load_model(tmp_path / "m.json")
    assert (held.reading.decimal, held.reading.strip, held.reading.encoding) == (",", (" kg",), "cp1252")
    fitted = predictions(succeed("predict", tmp_path / "m.json", tmp_path / "t.csv").stdout)
    by_hand = held.path.predict(design[:, [0, 1, 2, 3, 4, 5, 6]], CHOSEN)
    np.testing.assert_allclose(fitted, by_hand, atol=1e-4)
    frame.drop(columns=["y", "w"]).rename(columns={"city": "ort–é"}).to_csv(tmp_path / "new.tsv", index=False, sep="\t")
    again = succeed("predict", tmp_path / "m.json", tmp_path / "new.tsv", "--decimal", ".", "--encoding", "utf-8",
                    "--sep", "tab")
    np.testing.assert_allclose(predictions(again.stdout), by_hand, atol=1e-4)
