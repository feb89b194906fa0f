# Lives here: a call with a workspace allocates nothing. Independent of: results.
"""Counted by a library that takes malloc's place, compiled here."""
import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

import lassocore

HERE = Path(__file__).resolve().parent


@pytest.fixture(scope="module")
def lines(tmp_path_factory):
    """What the counting program prints."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        pytest.skip("no C compiler is installed, which the counting library needs")
    if platform.libc_ver()[0] != "glibc":
        pytest.skip("the counting library calls functions of glibc, and this is another C library")
    folder = tmp_path_factory.mktemp("allocations")
    library = folder / "count_allocations.so"
    subprocess.run([compiler, "-O2", "-shared", "-fPIC", f"-I{lassocore.get_include()}",
                    str(HERE / "count_allocations.c"), "-o", str(library)], check=True)
    # Without the GIL, Python has an allocator of its own and no other; what C code asks for is counted all the same.
    of_python = {} if sysconfig.get_config_var("Py_GIL_DISABLED") else {"PYTHONMALLOC": "malloc"}
    done = subprocess.run(
        [sys.executable, str(HERE / "count_allocations_of_fits.py"), str(library)], cwd=folder, capture_output=True,
        text=True, env=os.environ | of_python | {"LD_PRELOAD": str(library), "PYTHONPATH": os.pathsep.join(
            [str(HERE.parent), *sys.path])})
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.splitlines()


def counts(line):
    """(allocations of fit, of alpha_max, their statuses)."""
    _, _, numbers = line.rpartition("workspace" if "workspace" in line else "none")
    return [int(number) for number in re.findall(r"-?\d+", numbers)]


def test_calls_with_a_workspace_allocate_nothing(lines):
    with_workspace = [line for line in lines if " workspace " in line]
    assert len(with_workspace) == 6 * 3 + 3 + 1
    for line in with_workspace:
        assert counts(line) == [0, 0, 0, 0], line


def test_calls_without_one_allocate_once(lines):
    without = [line for line in lines if " none " in line]
    assert len(without) == 6 * 3 + 3
    for line in without:
        assert counts(line) == [1, 1, 0, 0], line
