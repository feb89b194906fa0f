# Lives here: the examples in C and Cython are built against the installed package and run. Independent of: kernels.
"""A user's build, in a temporary folder: the results equal those of fit_path to the last bit."""
import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import numpy as np
import pytest

import lassocore

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
WARNINGS = ["-Wall", "-Wextra", "-Werror", "-Wno-unused-function"]


@pytest.fixture(scope="module")
def compiler():
    found = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if found is None:
        pytest.skip("no C compiler is installed")
    if not (Path(sysconfig.get_paths()["include"]) / "Python.h").is_file():
        pytest.skip("the headers of Python are not installed")
    return found


def tool(name):
    """The path of a program in this environment, or on the path."""
    beside = Path(sys.executable).parent / name
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        pytest.skip(f"the program {name} is not installed, which the example is built with")
    return found


def load(path):
    """The extension module in this file."""
    spec = importlib.util.spec_from_file_location(path.name.partition(".")[0], path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def data(n, p, seed=0):
    rng = np.random.default_rng(seed)
    X = np.asfortranarray(rng.standard_normal((n, p)))
    return X, X[:, 0] - 2.0 * X[:, 3] + rng.standard_t(2, n)


def reweighted(X, y, alpha, delta, n_rounds):
    """What examples/c/robust.c computes, by fit_path."""
    s, w = np.ones(len(y)), np.zeros(X.shape[1])
    for _ in range(n_rounds):
        path = lassocore.fit_path(X, y, alphas=[alpha], tol=1e-8, sample_weight=s, coef_init=w, solver="cd")
        w = path.coefs[:, 0]
        residual = y - path.intercepts[0]
        for j in range(X.shape[1]):
            residual = residual - X[:, j] * w[j]
        s = np.where(np.abs(residual) <= delta, 1.0, delta / np.abs(residual))
    return w, path.intercepts[0], path.dual_gaps[0]


def test_the_c_example(compiler, tmp_path):
    target = tmp_path / ("robust" + sysconfig.get_config_var("EXT_SUFFIX"))
    subprocess.run(
        [compiler, "-O2", "-shared", "-fPIC", "-ffp-contract=off", *WARNINGS, f"-I{sysconfig.get_paths()['include']}",
         f"-I{lassocore.get_include()}", str(EXAMPLES / "c" / "robust.c"), "-o", str(target)], check=True, cwd=tmp_path)
    robust = load(target)
    X, y = data(80, 25)
    w, intercept, gap = reweighted(X, y, 0.05, 1.0, 6)
    for stored in X, np.ascontiguousarray(X):
        coefs = np.empty(25)
        assert robust.fit(stored, y, 0.05, 1.0, coefs, 6) == (intercept, gap, 1)
        assert coefs.tobytes() == w.tobytes()
    assert np.count_nonzero(w) < 25 and w[3] < -1.0
    with pytest.raises(ValueError, match="alphas are null, not above 0"):
        robust.fit(X, y, -0.05, 1.0, coefs, 1)
    with pytest.raises(ValueError, match="X, y and coefs are float64"):
        robust.fit(X.astype(np.float32), y, 0.05, 1.0, coefs, 1)


@pytest.mark.skipif(sys.platform == "win32", reason="the shared libraries of the example are those of POSIX systems")
def test_the_cython_example(compiler, tmp_path):
    shutil.copytree(EXAMPLES / "cython", tmp_path / "source")
    meson = tool("meson")
    tool("cython")
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    environment = os.environ | {"PATH": path, "PYTHONPATH": os.pathsep.join(sys.path)}
    for arguments in ["setup", "build", "source"], ["compile", "-C", "build"]:
        done = subprocess.run([meson, *arguments], cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    (built,) = (tmp_path / "build").glob("neighbours*" + sysconfig.get_config_var("SHLIB_SUFFIX"))
    neighbours = load(built).neighbours
    X, _ = data(70, 18)
    X[:, 5] += X[:, 2]
    coefs, gaps = neighbours(X, 0.2)
    for j in range(18):
        factor = np.ones(18)
        factor[j] = np.inf
        path = lassocore.fit_path(X, X[:, j].copy(), alphas=[0.2], penalty_factor=factor, solver="cd")
        assert coefs[j].tobytes() == path.coefs[:, 0].tobytes() and gaps[j] == path.dual_gaps[0]
    assert coefs[5, 2] > 0.1 and not np.diagonal(coefs).any()
    with pytest.raises(ValueError, match="alphas are null"):
        neighbours(X, -1.0)


PLAIN = """
#include <lassocore.h>
#include <stdio.h>
int main(void)
{
    double x[3] = {1.0, 2.0, 4.0}, y[3] = {1.0, 2.0, 3.0}, alpha = 0.1, coef = 0.0;
    lassocore_design X = lassocore_dense(x, LASSOCORE_FLOAT64, LASSOCORE_COLUMNS, 3, 1, 0);
    lassocore_options options;
    lassocore_result result;
    lassocore_init_options(&options);
    lassocore_init_result(&result, &coef);
    if (lassocore_use(NULL) == 0 || lassocore_workspace_size(&X, &options) != 0)
        return 1;
    printf("%d %s\\n", lassocore_fit(&X, y, &alpha, 1, &options, &result, NULL, 0), lassocore_status_text(-5));
    return 0;
}
"""


@pytest.mark.parametrize("standard", ["c99", "c17", "c++17"])
def test_the_header_needs_nothing_but_c(compiler, tmp_path, standard):
    """Without Python.h; functions that have not been imported say so."""
    source = tmp_path / ("plain.cpp" if "+" in standard else "plain.c")
    source.write_text(PLAIN)
    language = ["-x", "c++"] if "+" in standard else []
    done = subprocess.run(
        [compiler, *language, f"-std={standard}", "-pedantic", *WARNINGS, f"-I{lassocore.get_include()}", str(source),
         "-o", str(tmp_path / "plain")], capture_output=True, text=True)
    if language and "cc1plus" in done.stderr:
        pytest.skip("the compiler has no C++")
    assert done.returncode == 0, done.stderr
    ran = subprocess.run([str(tmp_path / "plain")], capture_output=True, text=True, check=True)
    assert ran.stdout == "-5 lassocore has not been imported\n"


OTHER_VERSION = """
#include <Python.h>
#include "changed.h"
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "other", 0, -1, 0, 0, 0, 0, 0};
PyMODINIT_FUNC PyInit_other(void) { return lassocore_import() < 0 ? NULL : PyModule_Create(&module); }
"""


@pytest.mark.parametrize("major, minor, works", [(1, 0, True), (2, 0, False), (1, 1, False), (0, 9, False)])
def test_other_versions_are_refused(compiler, tmp_path, major, minor, works):
    header = (Path(lassocore.get_include()) / "lassocore.h").read_text()
    for name, number in ("MAJOR", major), ("MINOR", minor):
        lines = [line for line in header.splitlines() if line.startswith(f"#define LASSOCORE_API_{name} ")]
        header = header.replace(lines[0], f"#define LASSOCORE_API_{name} {number}")
    (tmp_path / "changed.h").write_text(header)
    (tmp_path / "other.c").write_text(OTHER_VERSION)
    target = tmp_path / ("other" + sysconfig.get_config_var("EXT_SUFFIX"))
    subprocess.run([compiler, "-shared", "-fPIC", *WARNINGS, "-Wno-missing-field-initializers",
                    f"-I{sysconfig.get_paths()['include']}", "other.c", "-o", str(target)], check=True, cwd=tmp_path)
    if works:
        assert load(target).__name__ == "other"
    else:
        with pytest.raises(ImportError, match=f"version {major}.{minor} of the C interface .* has 1.0; compile again"):
            load(target)
