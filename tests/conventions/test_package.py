# Lives here: imports, instruction sets, docstring examples. Independent of: algorithms.
"""What importing costs, which core is loaded, and whether the documented examples run."""
import doctest
import importlib
import os
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

import lassocore
from lassocore._isa import LEVELS, available_levels, level

HERE = Path(__file__).resolve().parents[1]
MODULES = [module.name for module in pkgutil.walk_packages(lassocore.__path__, "lassocore.")
           if not module.name.rpartition(".")[2].startswith("_")]
CLASSES = [kind for name in (*lassocore.__all__, *lassocore._PICKLED) if isinstance(
    kind := getattr(lassocore, name), type)]


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
    names = "core/test_kernels.py", "paths/test_fit_path.py"        # .ci/run has more
    files = [str(HERE / name) for name in names]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--rootdir={HERE.parent}", *files],
        cwd=tmp_path, env=os.environ | {"LASSOCORE_ISA": other}, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    assert " passed" in done.stdout


@pytest.mark.parametrize("module", MODULES)
def test_documented_examples_of_modules_run(module):
    """Those of functions, and of classes that name this module as their own."""
    failed, _ = doctest.testmod(importlib.import_module(module))
    assert failed == 0


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_documented_examples_of_classes_run(kind):
    runner = doctest.DocTestRunner()
    for example in doctest.DocTestFinder().find(kind, module=False, globs={}):
        assert runner.run(example).failed == 0


def test_every_documented_example_is_found():
    """As many as there are in the sources: a class that moved out of sight would not be run."""
    finder, found = doctest.DocTestFinder(exclude_empty=True), {}
    for owner in map(importlib.import_module, MODULES):
        found |= {id(test.docstring): test for test in finder.find(owner) if test.examples}
    for kind in CLASSES:
        found |= {id(test.docstring): test for test in finder.find(kind, module=False, globs={}) if test.examples}
    sources = [path.read_text() for path in Path(lassocore.__file__).parent.rglob("*.py")]
    n_examples = sum(len(re.findall(r"^ +>>> ", source, re.M)) for source in sources)
    assert sum(len(test.examples) for test in found.values()) == n_examples > 100
