# Lives here: commands run by tests, and their files. Independent of: kernels.
"""Helpers for tests of the command line. Files are written by pandas, which their reader does not use."""
from __future__ import annotations

import json

import numpy as np
import pytest
from click.testing import CliRunner
from scipy import sparse
from sklearn.datasets import dump_svmlight_file

from lassocore.cli import commands
from lassocore.models.model_file import load_model

pandas = pytest.importorskip("pandas", reason="writes the files of these tests")
pytest.importorskip("pyarrow", reason="pandas writes Parquet with it")
pytest.importorskip("polars", reason="the reader of CSV and Parquet is the optional extra [cli]")

CSV = ["path", "data.csv", "--target", "y"]
N, CHOSEN = 60, 0.05
CITIES = ("01", "oslo", "rome")


def run(*args):
    return CliRunner().invoke(commands.commands, [str(arg) for arg in args])


def succeed(*args):
    result = run(*args)
    assert result.exit_code == 0, result.stderr
    return result


def predictions(text: str) -> np.ndarray:
    header, *lines = text.splitlines()
    assert header == "prediction"
    return np.array([float(line) for line in lines])


def make_frame():
    rng = np.random.default_rng(0)
    frame = pandas.DataFrame({"flag": rng.random(N) < 0.5, "a": rng.standard_normal(N),
                              "city": rng.choice(CITIES, N), "b": rng.integers(0, 9, N), "w": rng.uniform(0.1, 3, N)})
    frame["y"] = 2 * frame.a - frame.b + 3 * (frame.city == "rome") + frame.flag + rng.standard_normal(N)
    return frame


def design_of(frame):
    """The expected features: numbers first, then one column for each category."""
    columns = [frame.a, frame.b, ~frame.flag, frame.flag, *(frame.city == city for city in CITIES)]
    return np.column_stack(columns).astype(float)


def folder_of_files(folder):
    """The same data in each format, a fitted model, and files with one fault each."""
    frame = make_frame()
    design, y = design_of(frame), frame.y.to_numpy()
    frame.to_csv(folder / "data.csv", index=False)
    frame.to_parquet(folder / "data.parquet")
    frame.astype({"city": "category", "b": "Int64"}).to_parquet(folder / "typed.parquet")
    names = np.array(list("abcdefg"))
    np.savez(folder / "data.npz", X=design, y=y, w=frame.w.to_numpy(), feature_names=names)
    np.savez(folder / "plain.npz", X=design.astype(np.float32), y=y)
    sparse.save_npz(folder / "sparse.npz", sparse.csr_array(design))
    dump_svmlight_file(design, y, str(folder / "data.svm"), zero_based=False)
    succeed("path", folder / "data.csv", "--target", "y", "--weights", "w", "--choose", CHOSEN,
            "--out", folder / "model.json")
    succeed("path", folder / "data.npz", "--choose", CHOSEN, "--out", folder / "named.json")
    succeed("path", folder / "data.svm", "--choose", CHOSEN, "--out", folder / "svm.json")
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
    (folder / "no_choice.json").write_text(json.dumps({**document, "chosen_alpha": None}))
    (folder / "future.json").write_text(json.dumps({**document, "schema_version": 99}))


def predictions_of(model, X, alpha):
    """The library's predictions with a model."""
    return load_model(model).path.predict(X, alpha)
