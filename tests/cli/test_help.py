# Lives here: what --help prints, and the examples in it. Independent of: what the commands compute.
"""The help of every command answers at once, and its example runs as it is written."""
from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from helpers.commands import run, succeed

from lassocore.cli.commands import commands

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
HEAVY = ("matplotlib", "pandas", "polars", "sklearn", "scipy", "numpy", "joblib")
NAMES = sorted(commands.commands)
NEEDS_PICTURES = pytest.mark.skipif(
    subprocess.run([sys.executable, "-c", "import matplotlib"], capture_output=True).returncode != 0,
    reason="matplotlib is the optional extra [plot]")


def help_of(name):
    return CliRunner().invoke(commands, [name, "--help"]).stdout


def example_of(name):
    """The command of the example, joined to one line."""
    found = re.search(r"Example:\n((?: +.*\\\n)* +.*\n)", help_of(name))
    assert found, f"lassocore {name} --help has no example"
    words = shlex.split(found[1].replace("\\\n", " "))
    assert words[:2] == ["lassocore", name]
    return words[1:]


def test_there_are_as_many_commands_as_are_known():
    assert NAMES == ["coef", "cv", "demo", "explore", "monitor", "path", "plot", "predict", "select"]


@pytest.mark.parametrize("name", NAMES)
def test_help_loads_nothing_heavy(name):
    probe = ("import sys\ntry:\n    from lassocore.cli.commands import main; main()\nfinally:\n"
             f"    print(sorted(set({HEAVY!r}) & set(sys.modules)))")
    done = subprocess.run([sys.executable, "-P", "-c", probe, name, "--help"], capture_output=True, text=True,
                          timeout=60, env=os.environ)
    assert done.returncode == 0 and done.stdout.splitlines()[-1] == "[]", done.stderr
    assert "Example:" in done.stdout


@pytest.fixture(scope="module")
def workplace(tmp_path_factory):
    """A folder with the salary tables and a model."""
    folder = tmp_path_factory.mktemp("salaries")
    for file in EXAMPLES.glob("*.csv"):
        shutil.copy(file, folder)
    succeed("cv", folder / "salaries.csv", "--target", "salary", "--dates", "hired", "--missing", "drop-rows",
            "--standardize", "--rule", "1se", "--out", folder / "model.json")
    return folder


@pytest.mark.parametrize("name", [
    pytest.param(name, marks=NEEDS_PICTURES if any(option.endswith(".png") for option in example_of(name)) else ())
    for name in NAMES if name != "demo"])           # demo takes no file; tests/cli/test_demo.py runs it
def test_the_example_runs(workplace, tmp_path, monkeypatch, name):
    for file in workplace.iterdir():
        shutil.copy(file, tmp_path)
    monkeypatch.chdir(tmp_path)
    before = {file.name for file in tmp_path.iterdir()}
    words = example_of(name)
    result = run(*words)
    assert result.exit_code == (1 if name == "monitor" else 0), result.stderr
    written = [words[k + 1] for k, word in enumerate(words) if word in ("--out", "--plot", "--html")]
    assert {file.name for file in tmp_path.iterdir()} == before | set(written)
    assert all((tmp_path / name).stat().st_size > 100 for name in written)


@pytest.mark.parametrize("name", NAMES)
def test_help_fits_on_a_line_and_describes_every_option(name):
    for parameter in commands.commands[name].params:
        if parameter.param_type_name == "option":
            assert parameter.help and parameter.help.rstrip().endswith((".", ",")), parameter.name
    assert max(map(len, help_of(name).splitlines())) <= 88


@pytest.mark.parametrize(("name", "place"), [
    ("cv", "lassocore.estimators.cv.ElasticNetCV.fit"), ("explore", "lassocore.estimators.cv.ElasticNetCV.fit"),
    ("select", "lassocore.selection.stability.StabilitySelection.fit"),
    ("monitor", "lassocore.models.monitoring.monitor")])
def test_interrupts_exit_with_130_and_leave_no_file(workplace, tmp_path, monkeypatch, name, place):
    def interrupted(*args, **kwargs):
        raise KeyboardInterrupt

    for file in workplace.iterdir():
        shutil.copy(file, tmp_path)
    before = {file.name for file in tmp_path.iterdir()}
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(place, interrupted)
    words = [word for word in example_of(name) if not word.startswith("--plot") and not word.endswith(".png")]
    result = run(*words)
    assert result.exit_code == 130 and "Traceback" not in result.output
    assert {file.name for file in tmp_path.iterdir()} == before
