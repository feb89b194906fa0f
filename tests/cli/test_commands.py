# Lives here: the command line, from files to files. Independent of: kernels.
"""Commands give the library's results, and bad input gives one line and exit code 2."""
from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from types import SimpleNamespace

import numpy as np
import pytest
from helpers.commands import (
    CHOSEN,
    N,
    design_of,
    folder_of_files,
    make_frame,
    pandas,
    predictions,
    predictions_of,
    run,
    succeed,
)
from scipy import sparse
from sklearn.datasets import dump_svmlight_file

import lassocore.paths.fit_path
from lassocore import fit_path
from lassocore.cli import running
from lassocore.models.model_file import load_model
from lassocore.results.tables import MAX_ROWS

ENTRY = "from lassocore.cli.commands import main; main()"


@pytest.fixture(scope="module")
def frame():
    return make_frame()


@pytest.fixture(scope="module")
def design(frame):
    return design_of(frame)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return folder_of_files(tmp_path_factory.mktemp("data"))


@pytest.mark.parametrize(("file", "options", "weighted"), [
    ("data.csv", ["--target", "y", "--weights", "w"], True),
    ("data.parquet", ["--target", "y", "--weights", "w"], True),
    ("typed.parquet", ["--target", "y", "--weights", "w"], True), ("data.npz", ["--weights", "w"], True),
    ("data.npz", ["--target", "y"], False), ("plain.npz", [], False), ("data.svm", [], False)])
def test_path_then_predict_is_the_library(folder, frame, design, tmp_path, file, options, weighted):
    X = design.astype(np.float32).astype(np.float64) if file == "plain.npz" else design
    expected = fit_path(X, frame.y.to_numpy(), sample_weight=frame.w.to_numpy() if weighted else None, tol=1e-9)
    model, out = tmp_path / "model.json", tmp_path / "fitted.csv"
    succeed("path", folder / file, *options, "--tol", "1e-9", "--choose", CHOSEN, "--out", model)
    alpha = float(expected.alphas[40:42].mean())
    for choice, at in (([], CHOSEN), (["--alpha", repr(alpha)], alpha)):
        fitted = predictions(succeed("predict", model, folder / file, *choice).stdout)
        np.testing.assert_allclose(fitted, expected.predict(X, at), rtol=0, atol=2e-4)
        np.testing.assert_allclose(fitted, predictions_of(model, X, at), rtol=1e-12, atol=1e-12)
        assert succeed("predict", model, folder / file, *choice, "--out", out).stdout == ""
        np.testing.assert_array_equal(predictions(out.read_text()), fitted)
    assert np.std(fitted) > 1


def test_options_reach_the_fit(folder, frame, design, tmp_path):
    out = tmp_path / "model.json"
    succeed("path", folder / "data.csv", "--target", "y", "--l1-ratio", "0.5", "--alphas", "0.01,1,0.1",
            "--standardize", "--positive", "--no-intercept", "--tol", "1e-6", "--selection", "shuffled", "--seed", "3",
            "--max-iter", "500", "--out", out)
    held, X = load_model(out), np.insert(design, 2, frame.w, axis=1)
    expected = fit_path(X, frame.y.to_numpy(), l1_ratio=0.5, alphas=[1, 0.1, 0.01], standardize=True, positive=True,
                        fit_intercept=False, tol=1e-6, selection="shuffled", rng=3, max_iter=500)
    np.testing.assert_allclose(held.path.coefs, expected.coefs, rtol=1e-9, atol=1e-9)
    assert held.path.gap_tol == pytest.approx(expected.gap_tol) and held.path.l1_ratio == 0.5
    assert held.path.feature_names == ("a", "b", "w", "flag=False", "flag=True", "city=01", "city=oslo", "city=rome")
    training = held.training
    assert (training.target, training.weights, training.n_samples, training.tol) == ("y", None, N, 1e-6)
    assert (training.fit_intercept, training.standardize, training.positive) == (False, True, True)
    assert (training.selection, training.max_iter, training.first_index) == ("shuffled", 500, None)


@pytest.mark.parametrize(("given", "n_alphas", "last"), [
    ("7", 7, None), ("0.5", 1, 0.5), ("1e-1", 1, 0.1), ("1,", 1, 1.0), ("1,0.25", 2, 0.25)])
def test_alphas_are_a_count_or_a_list(folder, tmp_path, given, n_alphas, last):
    succeed("path", folder / "data.npz", "--alphas", given, "--eps", "0.1", "--out", tmp_path / "m.json")
    alphas = load_model(tmp_path / "m.json").path.alphas
    assert len(alphas) == n_alphas
    assert alphas[-1] == pytest.approx(alphas[0] / 10 if last is None else last)


def test_table_is_aligned_and_thinned(folder):
    lines = succeed("path", folder / "data.npz", "--alphas", "1000").stdout.splitlines()
    start = next(k for k, line in enumerate(lines) if line.split()[:1] == ["alpha"])
    assert lines[start].split() == ["alpha", "nonzeros", "R2", "gap", "epochs"]
    rows = lines[start + 1:lines.index("", start)]
    assert len(rows) == MAX_ROWS and {len(row) for row in rows} == {len(lines[start])}
    path = fit_path(*(np.load(folder / "data.npz")[key] for key in "Xy"), alphas=1000)
    for row, k in ((rows[0], 0), (rows[-1], 999)):
        alpha, nonzeros, r2, gap, epochs = map(float, row.split())
        assert alpha == pytest.approx(path.alphas[k], rel=1e-4) and r2 == pytest.approx(path.r2[k], abs=1e-4)
        assert (nonzeros, epochs) == (path.n_nonzero[k], path.n_iter[k])
        assert gap == pytest.approx(path.dual_gaps[k], rel=1e-2, abs=1e-12)
    assert "20 of 1000 alphas shown." in lines and f"gap <= {path.gap_tol:.3g} (tol=0.0001); all 1000" in lines[-1]
    short = succeed("path", folder / "data.npz", "--alphas", "20").stdout
    assert "shown" not in short and "*" not in short


def test_missed_tolerance_is_marked_and_warned_of_in_one_line(folder, tmp_path):
    result = succeed("path", folder / "data.npz", "--max-iter", "1", "--tol", "1e-17", "--alphas", "5", "--out",
                     tmp_path / "m.json")
    missed = ~load_model(tmp_path / "m.json").path.converged
    assert missed.any() and result.stderr.startswith("Warning: Objective did not converge") and (
        result.stderr.count("\n") == 1)
    assert sum(line.endswith("  *") for line in result.stdout.splitlines()) == missed.sum()
    assert f"{missed.sum()} of 5 alphas, marked *, did not converge." in result.stdout


def test_unseen_categories_count_as_none(folder, frame, tmp_path):
    strange = frame.assign(city=["paris", "", *frame.city[2:]]).drop(columns=["y", "w"])
    strange.loc[1, "city"] = "lima"
    strange.to_csv(tmp_path / "strange.csv", index=False)
    result = succeed("predict", folder / "model.json", tmp_path / "strange.csv")
    assert result.stderr.count("\n") == 2
    for part in ("Note: alpha 0.05,", "Warning: column 'city'", "2 values not seen", "'paris'"):
        assert part in result.stderr
    path = load_model(folder / "model.json").path
    weights = dict(zip(path.feature_names, path.coef_at(CHOSEN), strict=True))
    row = strange.iloc[0]
    by_hand = path.intercept_at(CHOSEN) + row.a * weights["a"] + row.b * weights["b"] + weights[f"flag={row.flag}"]
    assert predictions(result.stdout)[0] == pytest.approx(by_hand)
    assert weights["city=rome"] != 0


def test_categories_keep_their_spelling_and_columns_may_move(folder, frame, tmp_path):
    """A file whose cities all look like numbers is read as text; order and further columns do not matter."""
    some = frame[frame.city == "01"]
    some[["city", "w", "b", "a", "flag"]].assign(more="x").to_csv(tmp_path / "some.csv", index=False)
    result = succeed("predict", folder / "model.json", tmp_path / "some.csv")
    whole = predictions(succeed("predict", folder / "model.json", folder / "data.csv").stdout)
    assert result.stderr == "Note: alpha 0.05, as chosen at the fit\n"
    np.testing.assert_allclose(predictions(result.stdout), whole[some.index], rtol=1e-13)


def test_many_categories_make_a_sparse_matrix(tmp_path):
    from lassocore.tables.read_table import read_training

    n = 3000
    rng = np.random.default_rng(1)
    frame = pandas.DataFrame({"id": [f"i{k % 1500}" for k in range(n)], "a": rng.standard_normal(n),
                              "flag": rng.random(n) < 0.5})
    frame["y"] = frame.a + (frame.id == "i7") * 50 + (frame.id == "i1499") * 90
    frame.to_csv(tmp_path / "many.csv", index=False)
    table = read_training(tmp_path / "many.csv", "y", None)
    assert sparse.issparse(table.X) and table.X.nnz == 3 * n
    by_hand = np.column_stack([frame.a, *(frame.id == name.removeprefix("id=") for name in table.feature_names[1:-2]),
                               ~frame.flag, frame.flag])
    np.testing.assert_array_equal(table.X.toarray(), by_hand)
    model = tmp_path / "m.json"
    succeed("path", tmp_path / "many.csv", "--target", "y", "--alphas", "0.001", "--tol", "1e-8", "--out", model)
    fitted = predictions(succeed("predict", model, tmp_path / "many.csv").stdout)
    np.testing.assert_allclose(fitted, predictions_of(model, by_hand.astype(float), 0.001), atol=1e-9)
    assert fitted[7] > 40 and fitted[1499] > 80


def test_sparse_npz_predicts(folder, design):
    fitted = predictions(succeed("predict", folder / "named.json", folder / "sparse.npz").stdout)
    np.testing.assert_allclose(fitted, predictions_of(folder / "named.json", design, CHOSEN), rtol=1e-12)


@pytest.mark.parametrize("first_index", [0, 1])
def test_svmlight_rows_without_the_first_or_last_features(tmp_path, first_index):
    """A short file is padded, and its indices start where the training file's did."""
    design = np.eye(4)[[0, 1, 2, 3, 0, 1]] * [1.0, 2.0, 3.0, 4.0]
    y = np.array([5.0, -3.0, 8.0, 1.0, 6.0, -4.0])
    dump_svmlight_file(design, y, str(tmp_path / "train.svm"), zero_based=first_index == 0)
    (tmp_path / "new.svm").write_text(f"0 {first_index + 1}:2\n0 {first_index + 2}:3\n")
    succeed("path", tmp_path / "train.svm", "--choose", "0.01", "--out", tmp_path / "m.json")
    held = load_model(tmp_path / "m.json")
    assert held.training.first_index == first_index and held.training.target == "label"
    fitted = predictions(succeed("predict", tmp_path / "m.json", tmp_path / "new.svm").stdout)
    np.testing.assert_allclose(fitted, held.path.predict(design[[1, 2]], 0.01), rtol=1e-12)


def test_failed_write_keeps_the_old_file(folder, tmp_path, monkeypatch):
    def refuse(*paths):
        raise OSError(28, "No space left on device")

    out = tmp_path / "m.json"
    out.write_text("old")
    monkeypatch.setattr(os, "replace", refuse)
    result = run("path", folder / "data.csv", "--target", "y", "--out", out)
    assert result.exit_code == 2 and "No space left" in result.stderr and result.stderr.count("\n") == 1
    assert out.read_text() == "old" and list(tmp_path.iterdir()) == [out]


@pytest.mark.parametrize("file", ["data.csv", "data.parquet"])
def test_missing_extra_is_a_hint(folder, tmp_path, monkeypatch, file):
    for name in [name for name in sys.modules if name.split(".")[0] == "polars"]:
        monkeypatch.setitem(sys.modules, name, None)
    result = run("path", folder / file, "--target", "y", "--out", tmp_path / "m.json")
    assert result.exit_code == 2 and result.stderr.startswith("Error: ") and result.stderr.count("\n") == 1
    assert 'pip install "lassocore[cli]"' in result.stderr and list(tmp_path.iterdir()) == []


def test_interrupt_exits_with_130(folder, tmp_path, monkeypatch):
    def interrupted(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(lassocore.paths.fit_path, "fit_path", interrupted)
    result = run(*(["path", folder / "data.npz", "--out", tmp_path / "m.json"]))
    assert result.exit_code == 130 and "Traceback" not in result.output and list(tmp_path.iterdir()) == []


def spawn(*args, **options):
    return subprocess.run(
        [sys.executable, "-P", "-c", ENTRY, *map(str, args)], capture_output=True, text=True, timeout=60, **options)


def test_process_end_to_end(folder, tmp_path):
    out = tmp_path / "m.json"
    fitted = spawn("path", folder / "data.npz", "--choose", "0.05", "--out", out)
    assert (fitted.returncode, fitted.stderr) == (0, "") and f"Model written to {out}" in fitted.stdout
    predicted = spawn("predict", out, folder / "data.npz")
    assert len(predictions(predicted.stdout)) == N and predicted.returncode == 0
    failed = spawn("predict", out, folder / "narrow.npz")
    assert failed.returncode == 2 and failed.stderr.startswith("Error: ") and failed.stdout == ""


@pytest.mark.skipif(os.name == "nt", reason="SIGINT cannot be sent to one process on Windows")
def test_process_interrupted_in_mid_fit(tmp_path):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((400, 2000)) + 3 * rng.standard_normal((400, 1))
    np.savez(tmp_path / "data.npz", X=X, y=rng.standard_normal(400))
    started = "import lassocore.paths.fit_path as p; f = p.fit_path\n" \
              "def fit(*a, **k): print('fitting', flush=True); return f(*a, **k)\np.fit_path = fit\n"
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", started + ENTRY, "path", str(tmp_path / "data.npz"), "--alphas", "100000",
         "--tol", "1e-12", "--out", str(tmp_path / "m.json")],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "fitting\n"
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130 and errors.strip() == ""
    assert [file.name for file in tmp_path.iterdir()] == ["data.npz"]


@pytest.mark.parametrize("option", ["--version", "--help", ""])
def test_first_answers_import_nothing_heavy(option):
    probe = ("import sys\ntry:\n    from lassocore.cli.commands import main; main()\nfinally:\n"
             "    print(sorted({'sklearn', 'pandas', 'polars', 'scipy', 'numpy'} & set(sys.modules)))")
    result = subprocess.run([sys.executable, "-P", "-c", probe, *([option] if option else [])], capture_output=True,
                            text=True, timeout=60)
    assert result.returncode == 0 and result.stdout.splitlines()[-1] == "[]"
    expected = f"lassocore, version {lassocore.__version__}" if option == "--version" else "predict"
    assert expected in result.stdout


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_progress_bar_is_for_long_paths_at_a_terminal(folder):
    levels = [SimpleNamespace(index=k, n_alphas=4) for k in range(4)]
    for stream, delay, drawn in ((Terminal(), 0.0, True), (Terminal(), 60.0, False)):
        with running.progress(stream, delay) as callback:
            assert [callback(level) for level in levels] == [None] * 4
        assert ("alphas" in stream.getvalue() and "100%" in stream.getvalue()) is drawn
        assert drawn or stream.getvalue() == ""
    with running.progress(io.StringIO(), 0.0) as callback:
        assert callback is None


