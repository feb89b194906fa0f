# Lives here: what a first user gets wrong, and how the command line answers. Independent of: the fits.
"""Every answer names the option, the value and the remedy; exit codes keep their meaning in pipes."""
import os
import subprocess
import sys

import numpy as np
import pytest
from click.testing import CliRunner

from lassocore.cli.commands import commands

N = 30


@pytest.fixture
def table(tmp_path):
    """Writes a CSV file whose columns are replaced by those given."""
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((2, N)).round(4)
    usual = {"a": a, "b": b, "y": (2.0 * a + 0.1 * b).round(4)}

    def write(**columns):
        found = {**usual, **columns}
        lines = [",".join(found), *(",".join(map(str, row)) for row in zip(*found.values(), strict=True))]
        (tmp_path / "table.csv").write_text("\n".join(lines) + "\n")
        return str(tmp_path / "table.csv")

    return write


def answer(*arguments):
    """(exit code, stderr, stdout) of a command."""
    done = CliRunner().invoke(commands, list(arguments))
    return done.exit_code, done.stderr, done.stdout


@pytest.mark.parametrize("columns, options, named", [
    ({"y": ["yes", "no"] * (N // 2)}, [], ["'y'", "holds text", "0 and 1 for two classes"]),
    ({"y": ["true", "false"] * (N // 2)}, [], ["'y'", "true and false", "0 and 1 for two classes"]),
    ({}, ["--id", "y"], ["--id 'y'", "--target"]),
    ({}, ["--l1-ratio", "0"], ["--l1-ratio 0", "--alphas 10,1,0.1"]),
    ({}, ["--out", "/nowhere/model.json"], ["--out /nowhere/model.json", "does not exist"]),
])
@pytest.mark.parametrize("command", ["path", "cv"])
def test_mistakes_are_named_with_their_remedy(table, command, columns, options, named):
    code, error, out = answer(command, table(**columns), "--target", "y", *options)
    assert code == 2 and out == "" and error.count("\n") == 1
    assert all(part in error for part in named), error


def test_a_list_of_alphas_is_for_ridge_regression(table):
    assert answer("path", table(), "--target", "y", "--l1-ratio", "0", "--alphas", "1,0.1")[0] == 0


@pytest.mark.parametrize("command", ["path", "cv", "select"])
def test_constant_targets_are_noted(table, command):
    code, error, _ = answer(command, table(y=[3] * N), "--target", "y")
    assert code == 0 and error.count("\n") == 1 and "target column 'y'" in error and "is 3 in all 30 rows" in error


def test_folders_without_permission_are_refused_before_the_fit(table, monkeypatch, tmp_path):
    monkeypatch.setattr(os, "access", lambda path, mode: not os.path.isdir(path))
    code, error, _ = answer("cv", table(), "--target", "y", "--out", str(tmp_path / "model.json"))
    assert code == 2 and "--out" in error and "no permission to write in the folder" in error


def test_failed_writes_name_the_file(table, monkeypatch, tmp_path):
    def refuse(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", refuse)
    code, error, _ = answer("cv", table(), "--target", "y", "--out", str(tmp_path / "model.json"))
    assert code == 2 and "No space left" in error and "model.json" in error and ".tmp" not in error
    assert [file.name for file in tmp_path.iterdir()] == ["table.csv"]


def test_huge_columns_are_no_warnings(table, monkeypatch):
    rng = np.random.default_rng(1)
    a = rng.standard_normal(N)
    code, error, out = answer("cv", table(a=a * 1e200, y=a), "--target", "y")
    assert code == 0 and error == ""
    row = next(line.split() for line in out.split("\n") if line.startswith("a "))
    assert float(row[2]) == pytest.approx(a.std(), rel=0.05)
    code, error, _ = answer("cv", table(y=a * 1e200), "--target", "y", "--power", "b")
    assert code == 2 and "rescale the target" in error


@pytest.mark.skipif(os.name != "posix", reason="closed pipes are a signal elsewhere")
@pytest.mark.parametrize("command", ["coef", "monitor"])
def test_a_closed_pipe_is_not_drift(table, tmp_path, command):
    file, model = table(), str(tmp_path / "model.json")
    assert answer("cv", file, "--target", "y", "--out", model)[0] == 0
    code = "from lassocore.cli.commands import main; main()"
    arguments = [command, model] if command == "coef" else [command, model, file]
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run([sys.executable, "-P", "-c", code, *arguments], stdout=writing, stderr=subprocess.PIPE,
                          text=True, check=False)
    os.close(writing)
    assert done.returncode == 141 and "Traceback" not in done.stderr and "Exception" not in done.stderr


@pytest.mark.parametrize("option, value, needed", [
    ("--date-format", "%d.%m.%Y", "--dates"), ("--rare-categories", "drop", "--min-frequency"),
    ("--rare-categories", "merge", "--min-frequency"), ("--merge-to", "pc1", "--merge-correlated")])
@pytest.mark.parametrize("command", ["path", "cv", "select"])
def test_an_option_without_the_one_that_it_qualifies_is_refused(table, command, option, value, needed):
    code, error, _ = answer(command, table(), "--target", "y", option, value)
    assert code == 2
    assert f"{option} {value} has no effect without {needed}" in error
