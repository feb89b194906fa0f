# Lives here: corrupted files on the command line. Independent of: the readers.
"""An equivalent file gives the same result; any other gives one line and exit code 2, or its own result; none a crash.

LASSOCORE_HOSTILE_CASES sets the number of cases, 300 by default.
"""
from __future__ import annotations

import os
import subprocess
import sys
import tracemalloc
import warnings
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from helpers import corruption
from helpers.broken_sparse import good
from helpers.corruption import ANY, EITHER, REFUSED, SAME, Case, csv_of, npz_of, numbers, parts_of, svmlight_of

from lassocore.cli import commands
from lassocore.tables import matrix_files

N_CASES = int(os.environ.get("LASSOCORE_HOSTILE_CASES", "300"))
KINDS = ("dense_npz", "sparse_npz", "svmlight", "model", "archive", "table")
N_CHUNKS = 4
ENTRY = "from lassocore.cli.commands import main; main()"
PATH_OPTIONS, ALPHA = ("--alphas", "1,0.3,0.1"), ("--alpha", 0.2)


def run(*args):
    """Run a command in this process; a Python warning would be an unexpected line."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return CliRunner().invoke(commands.commands, [str(arg) for arg in args])


def succeed(*args) -> str:
    """The output of a command."""
    result = run(*args)
    assert result.exit_code == 0, result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Models of matrices and of a table, and the table."""
    folder = tmp_path_factory.mktemp("good")
    X, y = numbers(0)
    (folder / "data.npz").write_bytes(npz_of({"X": X, "y": y}))
    (folder / "data.csv").write_text(csv_of(X, y))
    for name, options in (("npz", ()), ("csv", ("--target", "y"))):
        succeed("path", folder / f"data.{name}", *options, *PATH_OPTIONS, "--out", folder / f"{name}.json")
    return folder


@pytest.fixture(scope="module")
def tables(folder) -> dict[str, bytes]:
    """The same table as CSV and as Parquet."""
    parquet = pytest.importorskip("pyarrow.parquet", reason="writes the Parquet files that are corrupted")
    from pyarrow import csv

    parquet.write_table(csv.read_csv(folder / "data.csv"), folder / "data.parquet")
    return {name: (folder / name).read_bytes() for name in ("data.csv", "data.parquet")}


def draw(kind: str, seed: int, folder: Path, request) -> Case:
    """The case of a seed."""
    rng = np.random.default_rng((KINDS.index(kind), seed))
    if kind == "model":
        return corruption.model(seed, rng, (folder / "csv.json").read_text(encoding="utf-8"))
    if kind == "table":
        return corruption.table(seed, rng, request.getfixturevalue("tables"))
    return getattr(corruption, kind)(seed, rng)


def command(case: Case, folder: Path, file: Path) -> list:
    """The command for a file."""
    if case.file == "m.json":
        return ["predict", file, folder / "data.csv", *ALPHA]
    if case.fits:
        return ["path", file, *case.options, *PATH_OPTIONS]
    return ["predict", folder / ("csv.json" if case.file.startswith("data") else "npz.json"), file, *ALPHA]


def intact(case: Case, seed: int, folder: Path, tmp_path: Path) -> str:
    """The output for the file before its corruption."""
    X, y = numbers(seed)
    if case.file == "f.svm":
        (tmp_path / "intact.svm").write_text(svmlight_of(X, y))
        return succeed("path", tmp_path / "intact.svm", *PATH_OPTIONS)
    arrays = {"X": X, "y": y, "w": np.random.default_rng((KINDS.index("dense_npz"), seed)).integers(1, 4, len(y))}
    if not case.fits:
        arrays = {"X": good(case.name[:3], np.random.default_rng(seed)).toarray()}
    (tmp_path / "intact.npz").write_bytes(npz_of(arrays))
    return succeed(*command(case, folder, tmp_path / "intact.npz"))


def predictions(text: str) -> np.ndarray:
    """The numbers that `predict` prints."""
    head, *lines = text.splitlines()
    assert head == "prediction"
    return np.array([float(line) for line in lines])


def is_honest(result) -> bool:
    """Exit code 0 with numbers and notes only, or 2 with one line."""
    if result.exit_code == 2:
        return (isinstance(result.exception, SystemExit) and result.stdout == "" and result.stderr.count("\n") == 1
                and result.stderr.startswith("Error: ") and len(result.stderr) < 1000)
    notes = result.stderr.splitlines()
    return result.exit_code == 0 and result.stdout != "" and all(note.startswith("Warning: ") for note in notes)


def fault_of(case: Case, result, expected_text: str) -> str:
    """The fault of an outcome, if any."""
    if not is_honest(result):
        return f"exit code {result.exit_code}, {result.exception!r}, {result.stderr[-500:]!r}"
    if result.exit_code == 2:
        return f"refused: {result.stderr}" if case.expected == SAME else ""
    if not case.fits and not np.isfinite(predictions(result.stdout)).all():
        return "predictions that are not finite"
    if case.expected == REFUSED:
        return "accepted"
    if case.expected in (SAME, EITHER):
        same = result.stdout == expected_text if case.fits else np.allclose(
            predictions(result.stdout), predictions(expected_text), rtol=1e-12, atol=1e-12)
        return "" if same else f"another result: {result.stdout!r} for {expected_text!r}"
    return ""


@pytest.mark.parametrize("chunk", range(N_CHUNKS))
@pytest.mark.parametrize("kind", KINDS)
def test_corrupted_files(kind, chunk, folder, tmp_path, request):
    faults, counts = [], dict.fromkeys((SAME, REFUSED, EITHER, ANY), 0)
    n_cases = -(-N_CASES // len(KINDS))
    for seed in range(chunk, n_cases, N_CHUNKS):
        case = draw(kind, seed, folder, request)
        file = tmp_path / case.file
        file.write_bytes(case.content)
        result = run(*command(case, folder, file))
        expected_text = intact(case, seed, folder, tmp_path) if kind not in ("model", "table") else ""
        fault = fault_of(case, result, expected_text)
        counts[case.expected] += 1
        if fault:
            faults.append(f"{kind} {seed}, {case.name}: must be {case.expected}: {fault}")
    assert not faults, "\n".join(faults)
    assert sum(counts.values()) >= n_cases // N_CHUNKS


@pytest.mark.parametrize("kind", KINDS)
def test_cases_know_what_to_expect(kind, folder, request):
    """A hundred cases of each kind include some with a result, and depend on their seeds only."""
    cases = [draw(kind, seed, folder, request) for seed in range(100)]
    assert [draw(kind, seed, folder, request) for seed in range(100)] == cases
    expected = [case.expected for case in cases]
    if kind != "table":
        assert expected.count(REFUSED) >= 20 and len({case.name for case in cases}) >= 10
    if kind in ("dense_npz", "sparse_npz", "svmlight"):
        assert expected.count(SAME) >= 5


def with_shape(format: str, n: int, p: int) -> bytes:
    """A small sparse NPZ file whose header states this shape."""
    return npz_of({**parts_of(good(format, np.random.default_rng(0))), "shape": [n, p]})


ABSURD = {
    "svmlight index": ("a.svm", b"1 1:2\n2 2000000000:1\n", "index 2000000000 in line 2"),
    "svmlight index beyond 32 bits": ("a.svm", b"1 1:2\n2 4000000000:1\n", "line 2"),
    "svmlight index above the floor": ("a.svm", b"1 1:2\n2 10000100:1\n", "10000100 features"),
    "COO columns": ("a.npz", with_shape("coo", 12, 2**40), "features"),
    "COO rows": ("a.npz", with_shape("coo", 2**40, 6), "rows"),
    "CSR columns": ("a.npz", with_shape("csr", 12, 2**30), "features"),
    "DIA rows": ("a.npz", with_shape("dia", 2**30, 6), "rows"),
    "a header": ("a.npz", corruption.zip_of([("X.npy", corruption.with_header(np.ones((9, 2)), (2**33, 2)))]), "shape"),
    "a text": ("a.npz", corruption.zip_of([
        ("X.npy", corruption.npy_of(np.ones((1, 1)))), ("y.npy", corruption.npy_of(np.ones(1))),
        ("feature_names.npy", corruption.with_header(np.array(["a"]), (1,), "<U500000000"))]), "shape")}


@pytest.mark.parametrize("name", ABSURD)
def test_absurd_sizes_ask_for_no_memory(name, folder, tmp_path):
    file, content, named = ABSURD[name]
    (tmp_path / file).write_bytes(content)
    sparse = "format.npy" in content.decode("latin1")
    args = ["predict", folder / "npz.json", tmp_path / file, *ALPHA] if sparse else ["path", tmp_path / file]
    run("path", folder / "data.npz", *PATH_OPTIONS)         # imports
    tracemalloc.start()
    try:
        result = run(*args)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert is_honest(result) and result.exit_code == 2 and named in result.stderr, result.stderr
    assert peak < 30e6


def test_a_bomb_is_not_unpacked(tmp_path, monkeypatch):
    """Zeros a thousand times the size of their file; small arrays are decompressed in any case."""
    zeros = np.zeros((2**18, 9))
    (tmp_path / "a.npz").write_bytes(npz_of({"X": zeros, "y": zeros[:, 0] + 1.0}, compressed=True))
    assert zeros.nbytes > 500 * (tmp_path / "a.npz").stat().st_size
    assert run("path", tmp_path / "a.npz", "--alphas", "1,").exit_code == 0
    monkeypatch.setattr(matrix_files, "FREE_BYTES", 2**20)
    tracemalloc.start()
    try:
        result = run("path", tmp_path / "a.npz")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert is_honest(result) and "grows from" in result.stderr and peak < 2e6


def test_a_model_of_absurd_size_asks_for_no_memory(folder, tmp_path):
    text = (folder / "npz.json").read_text()
    (tmp_path / "1:1.svm").write_text("0 1:1\n")
    for n_features in (2**27 + 1, 2 * 10**9, 10**15):
        (tmp_path / "m.json").write_text(text.replace('"n_features": 6', f'"n_features": {n_features}'))
        result = run("predict", tmp_path / "m.json", tmp_path / "1:1.svm", *ALPHA)
        assert is_honest(result) and result.exit_code == 2 and "n_features" in result.stderr


def test_lines_of_svmlight_are_named(tmp_path):
    text = "".join(f"{k} 1:{k} 3:1\n" for k in range(50))
    for line, fault in ((1, "x 1:2"), (17, "3 1:"), (50, "1 -1:3"), (31, "1 2:1 1:1"), (8, "1_0 1:2")):
        lines = text.splitlines()
        lines[line - 1] = fault
        (tmp_path / "a.svm").write_text("\n".join(lines))
        assert f"line {line}" in run("path", tmp_path / "a.svm").stderr


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_no_matrix_file(tmp_path):
    for name in ("a.svm", "a.npz"):
        os.mkfifo(tmp_path / name)
        result = run("path", tmp_path / name)
        assert is_honest(result) and "regular file" in result.stderr


def test_many_features_are_taken_from_files_of_some_size(tmp_path):
    """Ten million, plus one for each byte."""
    (tmp_path / "a.svm").write_text("".join(f"{k} 1:{k} 1000000:{k % 3}\n" for k in range(9)))
    assert run("path", tmp_path / "a.svm", *PATH_OPTIONS).exit_code == 0


def test_processes_end_in_order(folder, tmp_path):
    """A crash would be visible only from outside the process."""
    for format, fault in (("csr", "indptr ends far"), ("coo", "row far out of range"),
                          ("bsr", "indices very negative")):
        name = f"{format}.npz"
        (tmp_path / name).write_bytes(npz_of(parts_of(corruption.inconsistent(format, 0)[fault])))
        done = subprocess.run(
            [sys.executable, "-P", "-c", ENTRY, "predict", str(folder / "npz.json"), str(tmp_path / name),
             *map(str, ALPHA)],
            capture_output=True, text=True, timeout=100)
        assert done.returncode == 2 and done.stdout == "" and done.stderr.startswith("Error: "), done
        assert done.stderr.count("\n") == 1
