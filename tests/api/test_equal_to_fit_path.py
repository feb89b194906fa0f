# Lives here: results of the C interface equal those of Python to the last bit. Independent of: compilers.
"""lassocore_fit and fit_path(solver="cd") run the same compiled functions on the same numbers."""
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp
from helpers import c_api
from helpers.c_api import design_of, gram_design, options_of, solve, table, workspace_for

from lassocore import alpha_max, fit_path
from lassocore._isa import available_levels, core, level
from lassocore.designs.design import make_design
from lassocore.paths.fit_path import solve_path
from lassocore.problems.gram_problem import gram_problem
from lassocore.solvers.settings import Settings

HERE = Path(__file__).resolve()
SHAPES = [(60, 20), (40, 150), (1, 3), (7, 1), (600, 45), (33, 1300)]


def make_data(n, p, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, p)) + rng.standard_normal(p)
    w = np.where(rng.random(p) < 0.2, rng.standard_normal(p), 0.0)
    return X, X @ w + rng.standard_normal(n) + 3.0


def storages(X):
    """X in every storage that the interface takes; the sparse ones of a matrix with zeros and one full column."""
    wide = np.asfortranarray(np.vstack([X, X]))
    holes = np.where(np.random.default_rng(1).random(X.shape) < 0.6, 0.0, X)
    holes[:, 0] = X[:, 0]
    for dtype in np.float64, np.float32:
        yield f"columns {dtype.__name__}", np.asfortranarray(X, dtype)
        yield f"strided columns {dtype.__name__}", wide.astype(dtype)[:len(X)]
        yield f"rows {dtype.__name__}", np.ascontiguousarray(X, dtype)
        yield f"strided rows {dtype.__name__}", np.ascontiguousarray(np.hstack([X, X]), dtype)[:, :X.shape[1]]
        for index in np.int32, np.int64:
            sparse = sp.csc_array(holes.astype(dtype))
            sparse.indices, sparse.indptr = sparse.indices.astype(index), sparse.indptr.astype(index)
            yield f"csc {dtype.__name__} {index.__name__}", sparse


def check(found, path, X):
    """Every number of a call equals that of a path."""
    assert found.status == int(not path.converged.all())
    assert found.coefs.astype(X.dtype).T.tobytes() == np.ascontiguousarray(path.coefs.T).T.tobytes(), (
        np.abs(found.coefs.T - path.coefs).max())
    assert found.intercepts.tobytes() == path.intercepts.tobytes()
    assert found.gaps.tobytes() == path.dual_gaps.tobytes()
    assert found.gap_tol == path.gap_tol
    assert found.converged.astype(bool).tolist() == path.converged.tolist()
    assert found.n_iter.tolist() == path.info["n_epochs"].tolist()


@pytest.mark.parametrize("n, p", SHAPES)
def test_paths_of_every_storage_equal_fit_path(n, p):
    X, y = make_data(n, p)
    for name, stored in storages(X):
        path = fit_path(stored, y, alphas=12, eps=1e-2, solver="cd")
        found = solve(design_of(stored), y, path.alphas, workspace=workspace_for(design_of(stored)))
        check(found, path, stored), name
        by_columns = np.asfortranarray(stored) if isinstance(stored, np.ndarray) else stored
        assert alpha_of(stored, y) == alpha_max(by_columns, y), name


def alpha_of(X, y, **given):
    largest = np.empty(1)
    assert table.alpha_max(design_of(X), c_api.address(y), options_of(**given), c_api.address(largest), None, 0) == 0
    return largest[0]


OPTIONS = {
    "weights": {"sample_weight": "weights"},
    "equal weights": {"sample_weight": "equal"},
    "zero weights": {"sample_weight": "halves"},
    "offset": {"offset": "offset"},
    "no intercept": {"fit_intercept": False},
    "no intercept, weights, standardised": {"fit_intercept": False, "sample_weight": "weights", "standardize": True},
    "standardised": {"standardize": True},
    "positive": {"positive": True},
    "bounds": {"bounds": True},
    "factors": {"penalty_factor": "factors"},
    "elastic net": {"l1_ratio": 0.3},
    "ridge": {"l1_ratio": 0.0},
    "tight": {"tol": 1e-12},
    "short": {"max_iter": 2, "tol": 1e-10},
    "warm": {"coef_init": "start"},
    "warm within bounds": {"coef_init": "start", "bounds": True},
    "all": {"sample_weight": "weights", "offset": "offset", "standardize": True, "bounds": True, "l1_ratio": 0.7,
            "penalty_factor": "factors", "coef_init": "start"},
}


def named_arrays(n, p):
    rng = np.random.default_rng(2)
    weights = rng.uniform(0.2, 7.0, n)
    factors = rng.uniform(0.5, 2.0, p)
    factors[p // 2] = np.inf
    return {"weights": weights, "equal": np.full(n, 8.0), "halves": np.where(rng.random(n) < 0.5, 0.0, weights),
            "offset": rng.standard_normal(n), "factors": factors, "start": rng.standard_normal(p)}


def as_c_options(given, arrays):
    """The same options for the C interface."""
    options = {{"coef_init": "start"}.get(name, name): arrays.get(value, value) if isinstance(value, str) else value
               for name, value in given.items() if name != "bounds"}
    if "bounds" in given:
        options["lower"], options["upper"] = given["bounds"]
    return options_of(**{name: int(value) if isinstance(value, bool) else value for name, value in options.items()})


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("name", OPTIONS)
def test_every_option_equals_that_of_fit_path(name):
    n, p = 50, 70
    X, y = make_data(n, p, seed=3)
    arrays = named_arrays(n, p)
    given = dict(OPTIONS[name])
    if "bounds" in given:
        rng = np.random.default_rng(4)
        given["bounds"] = (-rng.uniform(0.0, 0.5, p), np.where(rng.random(p) < 0.3, np.inf, rng.uniform(0.0, 0.5, p)))
    alphas = np.geomspace(1.0, 0.01, 7)
    for kind, stored in storages(X):
        options = as_c_options(given, arrays)
        path = fit_path(stored, y, alphas=alphas, solver="cd", **{
            key: arrays.get(value, value) if isinstance(value, str) else value for key, value in given.items()})
        found = solve(design_of(stored), y, alphas, options, workspace_for(design_of(stored), options))
        check(found, path, stored), kind


@pytest.mark.parametrize("l1_ratio", [1.0, 0.5])
def test_a_gram_matrix_equals_the_problem_of_python(l1_ratio):
    X, y = make_data(80, 30)
    X, y = X - X.mean(axis=0), y - y.mean()
    gram, q, n = X.T @ X, X.T @ y, float(len(X))
    problem = gram_problem(gram, q, float(y @ y), False, np.float64)
    problem = replace(problem, design=make_design(core.Matrix.gram(np.asfortranarray(gram), n), problem.sq_norms, True))
    path = solve_path(problem, 20, 1e-3, l1_ratio, Settings(solver="cd"))
    design = gram_design(gram, q, float(y @ y), len(X))
    options = options_of(l1_ratio=l1_ratio)
    found = solve(design, None, path.alphas, options, workspace_for(design, options))
    assert found.status == 0 and not found.intercepts.any()
    assert found.coefs.T.tobytes() == path.coefs.tobytes()
    assert found.gaps.tobytes() == path.dual_gaps.tobytes() and found.gap_tol == path.gap_tol
    by_columns = fit_path(X, y, alphas=path.alphas, l1_ratio=l1_ratio, fit_intercept=False, tol=1e-10)
    np.testing.assert_allclose(found.coefs, by_columns.coefs.T, atol=0.05)


def test_numbers_of_a_result_mean_what_they_say():
    X, y = make_data(90, 25)
    rng = np.random.default_rng(5)
    weights, alphas, v = rng.uniform(0.5, 2.0, 90), np.array([0.5, 0.05]), rng.uniform(0.5, 2.0, 25)
    options = options_of(sample_weight=weights, penalty_factor=v, l1_ratio=0.6)
    found = solve(design_of(np.asfortranarray(X)), y, alphas, options)
    for k, alpha in enumerate(alphas):
        w = found.coefs[k]
        sq_residual = np.average((y - found.intercepts[k] - X @ w)**2, weights=weights)
        penalty = alpha * np.sum(v * (0.6 * np.abs(w) + 0.2 * w**2))
        assert found.sq_residuals[k] == pytest.approx(sq_residual, rel=1e-12)
        assert found.objectives[k] == pytest.approx(0.5 * sq_residual + penalty, rel=1e-12)


def test_unpenalised_features_are_solved_within_the_certificate():
    X, y = make_data(100, 30)
    v, alphas = np.ones(30), np.array([0.3, 0.03])
    v[[2, 11]] = 0.0
    path = fit_path(np.asfortranarray(X), y, alphas=alphas, penalty_factor=v, solver="cd")
    found = solve(design_of(np.asfortranarray(X)), y, alphas, options_of(penalty_factor=v))
    assert found.status == 0 and (found.gaps <= path.gap_tol).all()
    np.testing.assert_allclose(found.coefs, path.coefs.T, atol=0.02)
    assert alpha_of(np.asfortranarray(X), y, penalty_factor=v) == pytest.approx(
        alpha_max(X, y, penalty_factor=v), rel=1e-9)


def test_one_workspace_serves_many_calls_and_input_is_never_changed():
    X, y = make_data(40, 60)
    X = np.asfortranarray(X)
    alphas, before = np.array([0.2, 0.1]), (X.copy(), y.copy())
    workspace = workspace_for(design_of(X))
    first = solve(design_of(X), y, alphas, workspace=workspace)
    workspace[:] = 255
    second = solve(design_of(X), y, alphas, workspace=workspace)
    alone = solve(design_of(X), y, alphas)
    assert first.coefs.tobytes() == second.coefs.tobytes() == alone.coefs.tobytes()
    odd = np.empty(len(workspace) + 8, np.uint8)[3:]
    assert solve(design_of(X), y, alphas, workspace=odd).coefs.tobytes() == first.coefs.tobytes()
    assert (before[0] == X).all() and (y == before[1]).all()


@pytest.mark.parametrize("other", [name for name in available_levels() if name != level])
def test_results_are_equal_at_every_instruction_set(other, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", f"--rootdir={HERE.parents[2]}",
         str(HERE), str(HERE.with_name("test_exact_steps.py")), "-k", "not instruction_set"],
        cwd=tmp_path, env=os.environ | {"LASSOCORE_ISA": other}, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    assert " passed" in done.stdout
