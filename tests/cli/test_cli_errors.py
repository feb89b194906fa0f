# Lives here: input that the command line refuses. Independent of: kernels.
"""Unusable input gives one line that names the fault, exit code 2, and no output."""
from __future__ import annotations

import pytest
from helpers.commands import CSV, folder_of_files, run

from lassocore.paths import fit_path


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return folder_of_files(tmp_path_factory.mktemp("data"))


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
    "not text": (["path", "binary.csv", "--target", "y"], "--encoding"),
    "no alpha": (["predict", "no_choice.json", "data.csv"], "100 alphas from"),
    "no alpha for coefficients": (["coef", "no_choice.json"], "--choose bic"),
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
    "ridge without alphas": ([*CSV, "--l1-ratio", "0"], "--l1-ratio 0"),
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


def test_errors_are_short_whatever_names_are(tmp_path):
    for name, n in (("\x00" * 500, 1), ("long" * 500, 1), ("\x1b", 40)):
        header = ",".join(f"{name}{k}" for k in range(n))
        (tmp_path / "data.csv").write_text(f"{header},y\n" + n * "1," + "2\n")
        for target in ("z", "z" * 5000, f"{name}0"):
            result = run("path", tmp_path / "data.csv", "--target", target, "--drop", "q")
            assert result.exit_code == 2 and len(result.stderr) < 1000 and result.stderr.count("\n") == 1


@pytest.mark.parametrize(("out", "named"), [
    ("no/such/folder/m.json", "does not exist"), ("data.csv", "input file"), (".", "directory")])
def test_output_that_cannot_be_written_is_refused_before_the_fit(folder, monkeypatch, out, named):
    monkeypatch.chdir(folder)
    monkeypatch.setattr(fit_path, "fit_path", lambda *args, **kwargs: pytest.fail("fitted"))
    before = (folder / "data.csv").read_bytes()
    result = run(*CSV, "--out", out)
    assert result.exit_code == 2 and result.stderr.startswith("Error: ") and named in result.stderr
    assert (folder / "data.csv").read_bytes() == before


