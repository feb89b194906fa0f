# Lives here: imports, instruction sets, docstring examples. Independent of: algorithms.
"""What importing costs, which core is loaded, and whether the documented examples run."""
import doctest
import importlib
import os
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import lassocore
from lassocore._isa import LEVELS, available_levels, level

HERE = Path(__file__).resolve().parents[1]
ROOMS = [room.name for room in pkgutil.iter_modules(lassocore.__path__) if not room.name.startswith("_")]


def run_python(code, tmp_path, **environment):
    return subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=os.environ | environment, capture_output=True,
                          text=True)


def test_import_is_lean(tmp_path):
    done = run_python(
        "import sys, lassocore; print([m for m in ('sklearn', 'scipy.sparse.linalg', 'matplotlib', 'pandas')"
        " if m in sys.modules])", tmp_path)
    assert done.stdout.strip() == "[]", done.stderr


def test_a_fit_on_ready_arrays_needs_no_scikit_learn(tmp_path):
    done = run_python(
        "import sys, numpy as np, lassocore; lassocore.fit_path(np.eye(3, order='F'), np.arange(3.0));"
        "print('sklearn' in sys.modules)", tmp_path)
    assert done.stdout.strip() == "False", done.stderr


def test_public_names_exist():
    assert set(lassocore.__all__) <= set(dir(lassocore))
    for name in lassocore.__all__:
        assert getattr(lassocore, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'boosting'"):
        lassocore.boosting  # noqa: B018


def test_the_best_level_is_loaded():
    levels = available_levels()
    assert levels[0] == "baseline" and set(levels) <= set(LEVELS)
    assert level == os.environ.get("LASSOCORE_ISA", levels[-1])


def test_an_impossible_level_is_refused(tmp_path):
    done = run_python("import lassocore; lassocore.fit_path", tmp_path, LASSOCORE_ISA="sparc")
    assert "ImportError: LASSOCORE_ISA='sparc' cannot run here" in done.stderr and "baseline" in done.stderr


@pytest.mark.parametrize("other", [name for name in available_levels() if name != level])
def test_kernel_and_path_tests_pass_at_every_level(other, tmp_path):
    names = "core/test_kernels.py", "paths/test_fit_path.py", "paths/test_certificate.py"
    files = [str(HERE / name) for name in names]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--rootdir={HERE.parent}", *files],
        cwd=tmp_path, env=os.environ | {"LASSOCORE_ISA": other}, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    assert " passed" in done.stdout


@pytest.mark.parametrize("room", ROOMS)
def test_documented_examples_run(room):
    failed, _ = doctest.testmod(importlib.import_module(f"lassocore.{room}"))
    assert failed == 0
