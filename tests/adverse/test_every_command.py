# Lives here: adverse tables in each file format, given to every command that reads one. Independent of: the readers.
"""A command ends with exit code 0 and finite numbers, or with 2 and one line that says what to change; never otherwise.

Commands with an argument FILE are found in the command line: a new one is in the table.
"""
from __future__ import annotations

import re
import warnings
from collections.abc import Callable

import click
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from click.testing import CliRunner

pytest.importorskip("polars", reason="the reader of CSV and Parquet is the optional extra [cli]")
pytest.importorskip("pyarrow", reason="pandas writes Parquet with it")

from lassocore.cli.commands import commands

N, P, NAMES = 30, 5, list("abcde")
FORMATS = ("csv", "parquet", "npz", "sparse.npz", "svm")
LINE = re.compile(r"Error: .{5,900}\n?", re.DOTALL)


def table() -> tuple[np.ndarray, np.ndarray]:
    """An ordinary X and y."""
    rng = np.random.default_rng(2)
    X = np.round(8 * rng.standard_normal((N, P))) / 8
    return X, np.round(64 * (X[:, 0] - X[:, 2] + 0.3 * rng.standard_normal(N))) / 64


def at(values: np.ndarray, position, value) -> np.ndarray:
    """A copy with some entries replaced."""
    values = values.copy()
    values[position] = value
    return values


# (X, y) -> (X, y); True: to be fitted, False: to be refused, None: either, honestly
TABLES: dict[str, tuple[Callable, bool | None]] = {
    "ordinary": (lambda X, y: (X, y), True),
    "NaN": (lambda X, y: (at(X, (3, 2), np.nan), y), False),
    "infinity": (lambda X, y: (at(X, (3, 2), np.inf), y), False),
    "-infinity": (lambda X, y: (at(X, (3, 2), -np.inf), y), False),
    "a column of NaN": (lambda X, y: (at(X, (slice(None), 2), np.nan), y), False),
    "NaN in y": (lambda X, y: (X, at(y, 3, np.nan)), False),
    "infinity in y": (lambda X, y: (X, at(y, 3, np.inf)), False),
    "1e200": (lambda X, y: (X * 2.0**664, y), None),
    "1e-200": (lambda X, y: (X * 2.0**-664, y), None),
    "denormal": (lambda X, y: (X * 2.0**-1030, y), None),
    "a column of 1e200": (lambda X, y: (at(X, (slice(None), 2), X[:, 2] * 2.0**664), y), None),
    "y of 1e200": (lambda X, y: (X, y * 2.0**664), None),
    "y of 1e-200": (lambda X, y: (X, y * 2.0**-664), None),
    "X + 1e8": (lambda X, y: (X + 1e8, y), True),
    "a constant column": (lambda X, y: (at(X, (slice(None), 2), 0.1), y), True),
    "a column of zeros": (lambda X, y: (at(X, (slice(None), 2), 0.0), y), True),
    "equal columns": (lambda X, y: (np.repeat(X[:, :1], P, axis=1), y), True),
    "X is constant": (lambda X, y: (np.full((N, P), 0.1), y), None),
    "X is 0": (lambda X, y: (np.zeros((N, P)), y), None),
    "y is constant": (lambda X, y: (X, np.full(N, 0.5)), None),
    "y is 0": (lambda X, y: (X, np.zeros(N)), None),
    "integers": (lambda X, y: (np.round(8 * X), np.round(y)), True),
    "one sample": (lambda X, y: (X[:1], y[:1]), None),
    "two samples": (lambda X, y: (X[:2], y[:2]), None),
    "no samples": (lambda X, y: (X[:0], y[:0]), False),
    "one feature": (lambda X, y: (X[:, :1], y), None),
    "no features": (lambda X, y: (X[:, :0], y), False),
}
LEFT_OUT = {                    # what a format cannot say, or says otherwise
    "svm": ("no samples", "no features"),
    "sparse.npz": ("no samples",)}


def write(path, X: np.ndarray, y: np.ndarray, form: str) -> None:
    """The table in a file of this format."""
    frame = pd.DataFrame(X, columns=NAMES[:X.shape[1]]).assign(y=y)
    if form == "csv":
        frame.to_csv(path, index=False)
    elif form == "parquet":
        frame.to_parquet(path)
    elif form == "npz":
        np.savez(path, X=X, y=y)
    elif form == "sparse.npz":
        A = sp.csr_array(X)
        sp.save_npz(path, A)
    else:
        path.write_text("".join(f"{label!r} " + " ".join(f"{j}:{value!r}" for j, value in enumerate(row, 1)) + "\n"
                                for row, label in zip(X.tolist(), y.tolist(), strict=True)))


def readers() -> dict[str, click.Command]:
    """The commands that read a file of data."""
    context = click.Context(commands)
    found = {name: commands.get_command(context, name) for name in commands.list_commands(context)}
    return {name: command for name, command in found.items() if any(
        isinstance(part, click.Argument) and part.name == "file" for part in command.params)}


def arguments(command: str, file, models, form: str, folder) -> list[str]:
    """The command line for a file, with the options that keep it fast."""
    parameters = {part.name for part in readers()[command].params}
    line = [command, *([str(models[form])] if "model" in parameters else []), str(file)]
    if "target" in parameters and form in ("csv", "parquet"):
        line += ["--target", "y"]
    for name, option in {"alphas": ("--alphas", "8"), "folds": ("--folds", "3"),
                         "n_subsamples": ("--subsamples", "6")}.items():
        line += option if name in parameters else ()
    if command == "explore":
        line += ["--out", str(folder / "page.html")]
    return line


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """A model of the ordinary table in each format."""
    folder, found = tmp_path_factory.mktemp("models"), {}
    for form in FORMATS:
        if form == "sparse.npz":        # which has no room for y
            found[form] = found["npz"]
            continue
        write(folder / f"data.{form}", *table(), form)
        found[form] = folder / f"{form}.json"
        target = ["--target", "y"] if form in ("csv", "parquet") else []
        done = CliRunner().invoke(commands, [
            "path", str(folder / f"data.{form}"), *target, "--choose", "0.1", "--out", str(found[form])])
        assert done.exit_code == 0, done.output
    return found


def fault_of(done, command: str, name: str, expected: bool | None) -> str:
    """What is wrong with an outcome, if anything; squares of 1e200 are infinite, and so are intervals from one row."""
    may_be_infinite = "1e200" in name or command == "monitor" and name == "one sample"
    if done.exit_code == 2:
        if not (isinstance(done.exception, SystemExit) and LINE.fullmatch(done.stderr) and done.stdout == ""):
            return f"refused badly: {done.stderr[-400:]!r} {done.exception!r}"
        return "" if expected is not True else f"refused: {done.stderr}"
    if done.exit_code != 0 and not (command == "monitor" and done.exit_code == 1 and done.stdout):    # 1: drifted
        return f"exit code {done.exit_code}, {done.exception!r}: {done.stderr[-400:]!r}"
    if re.search(r"\bnan\b" if may_be_infinite else r"\b(nan|inf)\b", done.stdout, re.IGNORECASE):
        return f"numbers that are none: {done.stdout[-400:]!r}"
    notes = [note for note in done.stderr.splitlines() if note and not note.startswith(("Warning: ", "Note: "))]
    return f"lines on stderr: {notes[:3]}" if notes and "Warning" in done.stderr else "" if expected is not False else (
        "accepted")


CASES = [(command, form) for command in readers() for form in FORMATS
         if form != "sparse.npz" or command in ("predict", "monitor")]      # the others need y


@pytest.mark.parametrize("command, form", CASES)
def test_adverse_tables(command, form, models, tmp_path):
    faults = []
    for name, (make, expected) in TABLES.items():
        if name in LEFT_OUT.get(form, ()) or name.endswith(" y") and command == "predict":
            continue
        X, y = make(*table())
        file = tmp_path / f"data.{form}"
        write(file, X, y, form)
        if command in ("predict", "monitor") and name in ("one feature", "no features"):
            expected = None if form == "svm" else False         # an svmlight file does not say how wide it is
        if command == "monitor" and ("NaN" in name or name.endswith("in y")):
            expected = None             # missing values are what it reports
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            done = CliRunner().invoke(commands, arguments(command, file, models, form, tmp_path))
        fault = fault_of(done, command, name, expected)
        if fault:
            faults.append(f"{name}: {fault}")
    assert not faults, "\n".join(faults)


def test_the_table_is_of_every_reader():
    assert set(readers()) >= {"path", "cv", "select", "explore", "predict", "monitor"} and len(TABLES) >= 25
