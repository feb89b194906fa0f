# Lives here: the command line, from files to files. Must not know: kernels.
"""Commands give what the library gives, and bad input gives one line and exit code 2."""
from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from types import SimpleNamespace

import numpy as np
import pytest
from click.testing import CliRunner
from scipy import sparse
from sklearn.datasets import dump_svmlight_file

import lassocore.demo
import lassocore.path
from lassocore import cli, fit_path
from lassocore.model_file import load_model

pandas = pytest.importorskip("pandas", reason="the CSV reader is the optional extra [cli]")
pytest.importorskip("pyarrow", reason="the Parquet reader is the optional extra [cli]")

N, ENTRY = 60, "from lassocore.cli import main; main()"
CITIES = ("01", "oslo", "rome")


def run(*args):
    return CliRunner().invoke(cli.commands, [str(arg) for arg in args])


def succeed(*args):
    result = run(*args)
    assert result.exit_code == 0, result.stderr
    return result


def predictions(text: str) -> np.ndarray:
    header, *lines = text.splitlines()
    assert header == "prediction"
    return np.array([float(line) for line in lines])


@pytest.fixture(scope="module")
def frame():
    rng = np.random.default_rng(0)
    frame = pandas.DataFrame({"flag": rng.random(N) < 0.5, "a": rng.standard_normal(N),
                              "city": rng.choice(CITIES, N), "b": rng.integers(0, 9, N), "w": rng.uniform(0.1, 3, N)})
    frame["y"] = 2 * frame.a - frame.b + 3 * (frame.city == "rome") + frame.flag + rng.standard_normal(N)
    return frame


@pytest.fixture(scope="module")
def design(frame):
    """The features by hand: numbers first, then a column for each category."""
    columns = [frame.a, frame.b, ~frame.flag, frame.flag, *(frame.city == city for city in CITIES)]
    return np.column_stack(columns).astype(float)


@pytest.fixture(scope="module")
def folder(frame, design, tmp_path_factory):
    """The same data in each format, a fitted model, and files with one fault each."""
    folder = tmp_path_factory.mktemp("data")
    y = frame.y.to_numpy()
    frame.to_csv(folder / "data.csv", index=False)
    frame.to_parquet(folder / "data.parquet")
    frame.astype({"city": "category", "b": "Int64"}).to_parquet(folder / "typed.parquet")
    names = np.array(list("abcdefg"))
    np.savez(folder / "data.npz", X=design, y=y, w=frame.w.to_numpy(), feature_names=names)
    np.savez(folder / "plain.npz", X=design.astype(np.float32), y=y)
    sparse.save_npz(folder / "sparse.npz", sparse.csr_array(design))
    dump_svmlight_file(design, y, str(folder / "data.svm"), zero_based=False)
    succeed("path", folder / "data.csv", "--target", "y", "--weights", "w", "--out", folder / "model.json")
    succeed("path", folder / "data.npz", "--out", folder / "named.json")
    succeed("path", folder / "data.svm", "--out", folder / "svm.json")
    write_faulty_files(folder, frame, design, y)
    return folder


def write_faulty_files(folder, frame, design, y):
    (folder / "empty.csv").write_text("")
    (folder / "header.csv").write_text("a,y\n")
    (folder / "only_y.csv").write_text("y\n1\n2\n")
    (folder / "ragged.csv").write_text("a,y\n1,2\n1,2,3\n")
    (folder / "binary.csv").write_bytes(b"a,y\n\xff\xfe,1\n")
    (folder / "data.txt").write_text("a,y\n1,2\n")
    (folder / "infinite.csv").write_text("a,y\n1,2\ninf,3\n")
    (folder / "lost_text.csv").write_text("a,t,y\n1,u,2\n2,,3\n3,v,1\n")
    (folder / "lost_y.csv").write_text("a,y\n1,2\n3,\n")
    (folder / "huge.csv").write_text("a,y\n1e200,2e200\n-1e200,3e200\n")
    frame.assign(w=-frame.w).to_csv(folder / "negative.csv", index=False)
    frame.assign(a=np.where(np.arange(N) == 4, np.nan, frame.a)).to_csv(folder / "nan.csv", index=False)
    frame.drop(columns="city").to_csv(folder / "no_city.csv", index=False)
    frame.assign(a="text").to_csv(folder / "a_text.csv", index=False)
    frame.assign(a=pandas.Timestamp("2020-01-01")).to_parquet(folder / "dates.parquet")
    (folder / "broken.parquet").write_bytes(b"PAR1 no")
    (folder / "broken.npz").write_bytes(b"PK\x03\x04 no")
    (folder / "pickle.json").write_bytes(b"\x80\x04K\x01.")
    np.savez(folder / "object.npz", X=np.array([[1, "a"]], dtype=object), y=y)
    np.savez(folder / "flat.npz", X=y, y=y)
    np.savez(folder / "short.npz", X=design, y=y[:-1])
    np.savez(folder / "no_x.npz", Z=design)
    np.savez(folder / "narrow.npz", X=design[:, :3], y=y)
    np.savez(folder / "wide.npz", X=np.hstack([design, design]), y=y)
    np.savez(folder / "renamed.npz", X=design, y=y, feature_names=np.array(list("abcxefg")))
    np.savez(folder / "nan.npz", X=np.where(design == design[3, 0], np.nan, design), y=y)
    np.savez(folder / "empty.npz", X=np.empty((0, 7)), y=np.empty(0))
    np.savez(folder / "overflow.npz", X=design * 2e307, y=y)
    dump_svmlight_file(np.hstack([design, design]), y, str(folder / "wide.svm"), zero_based=False)
    dump_svmlight_file(design, y, str(folder / "zero_based.svm"), zero_based=True)
    (folder / "words.svm").write_text("1 some words\n")
    document = json.loads((folder / "model.json").read_text())
    (folder / "future.json").write_text(json.dumps({**document, "schema_version": 99}))


@pytest.mark.parametrize(("file", "options", "weighted"), [
    ("data.csv", ["--target", "y", "--weights", "w"], True),
    ("data.parquet", ["--target", "y", "--weights", "w"], True),
    ("typed.parquet", ["--target", "y", "--weights", "w"], True), ("data.npz", ["--weights", "w"], True),
    ("data.npz", ["--target", "y"], False), ("plain.npz", [], False), ("data.svm", [], False)])
def test_path_then_predict_is_the_library(folder, frame, design, tmp_path, file, options, weighted):
    X = design.astype(np.float32).astype(np.float64) if file == "plain.npz" else design
    expected = fit_path(X, frame.y.to_numpy(), sample_weight=frame.w.to_numpy() if weighted else None, tol=1e-9)
    model, out = tmp_path / "model.json", tmp_path / "fitted.csv"
    succeed("path", folder / file, *options, "--tol", "1e-9", "--out", model)
    alpha = float(expected.alphas[40:42].mean())
    for choice, at in (([], expected.alphas[-1]), (["--alpha", repr(alpha)], alpha)):
        fitted = predictions(succeed("predict", model, folder / file, *choice).stdout)
        np.testing.assert_allclose(fitted, expected.predict(X, at), rtol=0, atol=2e-4)
        of_model = at if choice else load_model(model).path.alphas[-1]
        np.testing.assert_allclose(fitted, predictions_of(model, X, of_model), rtol=1e-12, atol=1e-12)
        assert succeed("predict", model, folder / file, *choice, "--out", out).stdout == ""
        np.testing.assert_array_equal(predictions(out.read_text()), fitted)
    assert np.std(fitted) > 1


def predictions_of(model, X, alpha):
    return load_model(model).path.predict(X, alpha)


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
    assert len(rows) == cli.SHOWN_ROWS and {len(row) for row in rows} == {len(lines[start])}
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
    assert result.stderr.count("\n") == 1
    for part in ("Warning: column 'city'", "2 values not seen", "'paris'"):
        assert part in result.stderr
    path = load_model(folder / "model.json").path
    weights = dict(zip(path.feature_names, path.coefs[:, -1], strict=True))
    row = strange.iloc[0]
    by_hand = path.intercepts[-1] + row.a * weights["a"] + row.b * weights["b"] + weights[f"flag={row.flag}"]
    assert predictions(result.stdout)[0] == pytest.approx(by_hand)
    assert weights["city=rome"] != 0


def test_categories_keep_their_spelling_and_columns_may_move(folder, frame, tmp_path):
    """A file whose cities all look like numbers is still read as text; order and further columns do not matter."""
    some = frame[frame.city == "01"]
    some[["city", "w", "b", "a", "flag"]].assign(more="x").to_csv(tmp_path / "some.csv", index=False)
    result = succeed("predict", folder / "model.json", tmp_path / "some.csv")
    whole = predictions(succeed("predict", folder / "model.json", folder / "data.csv").stdout)
    assert result.stderr == ""
    np.testing.assert_allclose(predictions(result.stdout), whole[some.index], rtol=1e-13)


def test_many_categories_make_a_sparse_matrix(tmp_path):
    from lassocore.tables import read_training

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
    np.testing.assert_allclose(fitted, predictions_of(folder / "named.json", design, load_model(
        folder / "named.json").path.alphas[-1]), rtol=1e-12)


@pytest.mark.parametrize("first_index", [0, 1])
def test_svmlight_rows_without_the_first_or_last_features(tmp_path, first_index):
    """A short file is padded, and its indices count from where the training file's did."""
    design = np.eye(4)[[0, 1, 2, 3, 0, 1]] * [1.0, 2.0, 3.0, 4.0]
    y = np.array([5.0, -3.0, 8.0, 1.0, 6.0, -4.0])
    dump_svmlight_file(design, y, str(tmp_path / "train.svm"), zero_based=first_index == 0)
    (tmp_path / "new.svm").write_text(f"0 {first_index + 1}:2\n0 {first_index + 2}:3\n")
    succeed("path", tmp_path / "train.svm", "--out", tmp_path / "m.json")
    held = load_model(tmp_path / "m.json")
    assert held.training.first_index == first_index and held.training.target == "label"
    fitted = predictions(succeed("predict", tmp_path / "m.json", tmp_path / "new.svm").stdout)
    np.testing.assert_allclose(fitted, held.path.predict(design[[1, 2]], held.path.alphas[-1]), rtol=1e-12)


CSV = ["path", "data.csv", "--target", "y"]
FAULTS = {
    "missing file": (["path", "nowhere.csv", "--target", "y"], "nowhere.csv"),
    "folder": (["path", ".", "--target", "y"], "directory"),
    "missing argument": (["path"], "FILE"),
    "unknown option": ([*CSV, "--nonsense"], "--nonsense"),
    "unknown command": (["fit", "data.csv"], "fit"),
    "unknown extension": (["path", "data.txt", "--target", "y"], ".txt"),
    "no target": (["path", "data.csv"], "--target"),
    "missing column": (["path", "data.csv", "--target", "z"], "'z'"),
    "missing weights": ([*CSV, "--weights", "z"], "'z'"),
    "target is weights": ([*CSV, "--weights", "y"], "--weights"),
    "text target": (["path", "data.csv", "--target", "city"], "numeric"),
    "bool target": (["path", "data.csv", "--target", "flag"], "numeric"),
    "negative weights": (["path", "negative.csv", "--target", "y", "--weights", "w"], "negative"),
    "NaN": (["path", "nan.csv", "--target", "y"], "column 'a'"),
    "NaN row": (["path", "nan.csv", "--target", "y"], "row 5"),
    "infinity": (["path", "infinite.csv", "--target", "y"], "column 'a'"),
    "missing text": (["path", "lost_text.csv", "--target", "y"], "column 't'"),
    "missing target value": (["path", "lost_y.csv", "--target", "y"], "column 'y'"),
    "overflow": (["path", "huge.csv", "--target", "y"], "rescale"),
    "dates": (["path", "dates.parquet", "--target", "y"], "column 'a'"),
    "empty file": (["path", "empty.csv", "--target", "y"], "empty.csv"),
    "no rows": (["path", "header.csv", "--target", "y"], "no rows"),
    "no features": (["path", "only_y.csv", "--target", "y"], "no columns besides 'y'"),
    "ragged": (["path", "ragged.csv", "--target", "y"], "ragged.csv cannot be read as CSV"),
    "not text": (["path", "binary.csv", "--target", "y"], "binary.csv cannot be read as CSV"),
    "broken Parquet": (["path", "broken.parquet", "--target", "y"], "cannot be read as Parquet"),
    "broken NPZ": (["path", "broken.npz"], "cannot be read as NPZ"),
    "pickled NPZ": (["path", "object.npz"], "dtype object"),
    "NPZ without X": (["path", "no_x.npz"], "'X'"),
    "NPZ with flat X": (["path", "flat.npz"], "'X'"),
    "NPZ with short y": (["path", "short.npz"], "'y'"),
    "NPZ with NaN": (["path", "nan.npz"], "column 0"),
    "NPZ without rows": (["path", "empty.npz"], "no rows"),
    "NPZ without target": (["path", "sparse.npz"], "sparse matrix only"),
    "NPZ target key": (["path", "data.npz", "--target", "z"], "'z'"),
    "NPZ target is a matrix": (["path", "data.npz", "--target", "X"], "'X'"),
    "svmlight with target": (["path", "data.svm", "--target", "y"], "--target"),
    "svmlight with weights": (["path", "data.svm", "--weights", "w"], "--weights"),
    "svmlight words": (["path", "words.svm"], "cannot be read as svmlight"),
    "l1_ratio": ([*CSV, "--l1-ratio", "1.5"], "--l1-ratio"),
    "l1_ratio NaN": ([*CSV, "--l1-ratio", "nan"], "l1_ratio"),
    "ridge without alphas": ([*CSV, "--l1-ratio", "0"], "l1_ratio=0"),
    "no alphas": ([*CSV, "--alphas", "0"], "alphas=0"),
    "negative alphas": ([*CSV, "--alphas", "1,-1"], "alphas"),
    "alphas NaN": ([*CSV, "--alphas", "nan"], "alphas"),
    "alphas text": ([*CSV, "--alphas", "many"], "'many'"),
    "too many alphas": ([*CSV, "--alphas", "9" * 15], "too many"),
    "eps": ([*CSV, "--eps", "2"], "--eps"),
    "eps NaN": ([*CSV, "--eps", "nan"], "eps"),
    "tol": ([*CSV, "--tol", "-1"], "--tol"),
    "tol text": ([*CSV, "--tol", "x"], "--tol"),
    "max_iter": ([*CSV, "--max-iter", "0"], "--max-iter"),
    "selection": ([*CSV, "--selection", "greedy"], "greedy"),
    "not a model": (["predict", "data.csv", "data.csv"], "not a model file"),
    "pickle as model": (["predict", "pickle.json", "data.csv"], "not a model file"),
    "future model": (["predict", "future.json", "data.csv"], "schema_version"),
    "missing model": (["predict", "nowhere.json", "data.csv"], "nowhere.json"),
    "alpha too small": (["predict", "model.json", "data.csv", "--alpha", "1e-9"], "outside the path"),
    "alpha negative": (["predict", "model.json", "data.csv", "--alpha", "-1"], "outside the path"),
    "alpha NaN": (["predict", "model.json", "data.csv", "--alpha", "nan"], "outside the path"),
    "missing feature": (["predict", "model.json", "no_city.csv"], "'city'"),
    "text for numbers": (["predict", "model.json", "a_text.csv"], "column 'a'"),
    "NaN in prediction": (["predict", "model.json", "nan.csv"], "column 'a'"),
    "names to positions": (["predict", "model.json", "data.npz"], "CSV or Parquet"),
    "positions to names": (["predict", "named.json", "data.csv"], "NPZ or svmlight"),
    "too few features": (["predict", "named.json", "narrow.npz"], "3 features"),
    "too many features": (["predict", "named.json", "wide.npz"], "14 features"),
    "other feature": (["predict", "named.json", "renamed.npz"], "'x'"),
    "too many svmlight features": (["predict", "svm.json", "wide.svm"], "14 features"),
    "svmlight base": (["predict", "svm.json", "zero_based.svm"], "counted features from 1"),
    "overflowing prediction": (["predict", "named.json", "overflow.npz"], "gives predictions that overflow"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_bad_input_is_one_line(folder, tmp_path, monkeypatch, fault):
    args, named = FAULTS[fault]
    monkeypatch.chdir(folder)
    out = tmp_path / "out.file"
    given = args if args[0] == "fit" or args == ["path"] else [*args, "--out", out]
    result = run(*given)
    assert result.exit_code == 2, (result.exception, result.output)
    assert result.stderr.startswith("Error: ") and result.stderr.count("\n") == 1 and result.stdout == ""
    assert named in result.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("out", "named"), [
    ("no/such/folder/m.json", "does not exist"), ("data.csv", "input file"), (".", "directory")])
def test_output_that_cannot_be_written_is_refused_before_the_fit(folder, monkeypatch, out, named):
    monkeypatch.chdir(folder)
    monkeypatch.setattr(lassocore.path, "fit_path", lambda *args, **kwargs: pytest.fail("fitted"))
    before = (folder / "data.csv").read_bytes()
    result = run(*CSV, "--out", out)
    assert result.exit_code == 2 and result.stderr.startswith("Error: ") and named in result.stderr
    assert (folder / "data.csv").read_bytes() == before


def test_failed_write_keeps_the_old_file(folder, tmp_path, monkeypatch):
    def refuse(*paths):
        raise OSError(28, "No space left on device")

    out = tmp_path / "m.json"
    out.write_text("old")
    monkeypatch.setattr(os, "replace", refuse)
    result = run("path", folder / "data.csv", "--target", "y", "--out", out)
    assert result.exit_code == 2 and "No space left" in result.stderr and result.stderr.count("\n") == 1
    assert out.read_text() == "old" and list(tmp_path.iterdir()) == [out]


@pytest.mark.parametrize(("module", "file"), [("pandas", "data.csv"), ("pandas", "data.parquet"),
                                              ("pyarrow", "data.parquet")])
def test_missing_extra_is_a_hint(folder, tmp_path, monkeypatch, module, file):
    for name in [name for name in sys.modules if name.split(".")[0] == module]:
        monkeypatch.setitem(sys.modules, name, None)
    result = run("path", folder / file, "--target", "y", "--out", tmp_path / "m.json")
    assert result.exit_code == 2 and result.stderr.startswith("Error: ") and result.stderr.count("\n") == 1
    assert 'pip install "lassocore[cli]"' in result.stderr and list(tmp_path.iterdir()) == []


def test_interrupt_exits_with_130(folder, tmp_path, monkeypatch):
    def interrupted(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(lassocore.path, "fit_path", interrupted)
    result = run(*(["path", folder / "data.npz", "--out", tmp_path / "m.json"]))
    assert result.exit_code == 130 and "Traceback" not in result.output and list(tmp_path.iterdir()) == []


def spawn(*args, **options):
    return subprocess.run(
        [sys.executable, "-P", "-c", ENTRY, *map(str, args)], capture_output=True, text=True, timeout=60, **options)


def test_process_end_to_end(folder, tmp_path):
    out = tmp_path / "m.json"
    fitted = spawn("path", folder / "data.npz", "--out", out)
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
    started = "import lassocore.path as p; f = p.fit_path\n" \
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
    probe = ("import sys\ntry:\n    from lassocore.cli import main; main()\nfinally:\n"
             "    print(sorted({'sklearn', 'pandas', 'scipy', 'numpy'} & set(sys.modules)))")
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
        with cli.progress(stream, delay) as callback:
            assert [callback(level) for level in levels] == [None] * 4
        assert ("alphas" in stream.getvalue() and "100%" in stream.getvalue()) is drawn
        assert drawn or stream.getvalue() == ""
    with cli.progress(io.StringIO(), 0.0) as callback:
        assert callback is None


def small_examples():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((40, 60))
    yield lassocore.demo.centred("small", X, X[:, 0] + rng.standard_normal(40))


def test_demo_prints_both_times(monkeypatch):
    monkeypatch.setattr(lassocore.demo, "examples", small_examples)
    text = succeed("demo").stdout
    assert "== small ==" in text and "nonzeros" in text and "20 of 100 alphas shown." in text
    ratio = float(text.split("scikit-learn took ")[1].split()[0])
    ours, peer = (float(line.split(" s ")[0].split()[-1]) for line in text.splitlines() if "measured gap" in line)
    assert ratio == pytest.approx(peer / ours, rel=0.2) and ratio > 0


def test_demo_says_where_scikit_learn_runs_out_of_time():
    outcome = lassocore.demo.race(next(small_examples()), budget=0.0)
    assert outcome.peer_seconds is None and outcome.peer_gap > outcome.gap
    assert "did not reach that gap in time" in cli.describe_race(outcome)[-1]


def test_demo_measures_the_gap_that_the_path_certifies():
    example = next(small_examples())
    path = fit_path(example.X, example.y, fit_intercept=False, alphas=10, tol=1e-3)
    for k in range(10):
        measured = lassocore.demo.largest_gap(example.X, example.y, path.alphas[[k]], path.coefs[:, [k]])
        assert measured == pytest.approx(path.dual_gaps[k], rel=1e-6, abs=1e-13)
    zero = lassocore.demo.largest_gap(example.X, example.y, path.alphas[-1:], np.zeros((60, 1)))
    assert zero > 10 * path.gap_tol


def test_demo_examples_are_centred():
    for example, shape in zip(lassocore.demo.examples(), ((442, 10), (200, 10_000)), strict=True):
        assert example.X.shape == shape and example.X.flags.f_contiguous
        assert max(abs(example.X.mean(axis=0)).max(), abs(example.y.mean())) < 1e-10
