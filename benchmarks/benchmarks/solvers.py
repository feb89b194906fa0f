# Lives here: how each solver is called, and the tolerance it needs. Must not know: how problems are made.
"""Solvers behind one call, and their calibration to an equal measured gap.

Solvers are imported where they are called, so that no benchmark of memory pays for the other one.
"""
import time
import warnings

import numpy as np

from .judge import largest_gap
from .problems import PROBLEMS, TASKS, make_problem

GAP = 1e-6                                          # to be reached at every alpha, in units of P(0)
TOLERANCES = [m * 10.0**-k for k in range(3, 11) for m in (1.0, 0.5)]     # loosest first
MAX_ITER = 10_000
SLOWEST = 10.0                                      # seconds; a solver that needs longer has missed


def fit_lassocore(problem, alphas, tol):
    """(coefs, intercepts) of lassocore's coordinate descent."""
    from lassocore import fit_path

    path = fit_path(problem.X, problem.y, alphas=alphas, fit_intercept=problem.fit_intercept, solver="cd", tol=tol,
                    max_iter=MAX_ITER)
    return path.coefs_sparse, path.intercepts


def fit_sklearn(problem, alphas, tol):
    """(coefs, intercepts) of scikit-learn: its estimator for one alpha, its path function for several.

    lasso_path has no intercept, so that the caller centres: dense X in a copy, sparse X by the means that it takes.
    """
    if len(alphas) == 1:
        from sklearn.linear_model import Lasso

        model = Lasso(alphas[0], fit_intercept=problem.fit_intercept, tol=tol, max_iter=MAX_ITER)
        model.fit(problem.X, problem.y)
        return model.coef_[:, None], np.atleast_1d(model.intercept_)

    from sklearn.linear_model import lasso_path

    X, y, extra = problem.X, problem.y, {}
    y_mean, means = 0.0, np.zeros(X.shape[1])
    if problem.fit_intercept:
        y_mean, means = y.mean(), np.asarray(X.mean(axis=0)).ravel()
        y = y - y_mean
        if isinstance(X, np.ndarray):
            X = X - means
        else:
            extra = {"X_offset": means, "X_scale": np.ones(X.shape[1])}
    _, coefs, _ = lasso_path(X, y, alphas=alphas, tol=tol, max_iter=MAX_ITER, **extra)
    return coefs, y_mean - means @ coefs


SOLVERS = {"lassocore_cd": fit_lassocore, "sklearn": fit_sklearn}


def fit(solver: str, problem, alphas, tol: float):
    """One call of a solver, warnings off: the judge speaks for all."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return SOLVERS[solver](problem, alphas, tol)


def calibrate(problem, alphas, solver: str):
    """(the loosest tolerance that the judge accepts, the gap there), or None where none is accepted in time."""
    for tol in TOLERANCES:
        start = time.perf_counter()
        coefs, intercepts = fit(solver, problem, alphas, tol)
        seconds = time.perf_counter() - start
        gap = largest_gap(problem, alphas, coefs.toarray() if hasattr(coefs, "toarray") else coefs, intercepts)
        if gap <= GAP:
            return tol, gap
        if seconds > SLOWEST:
            break
    return None


def calibrate_all() -> dict:
    """What calibrate says for every problem, task and solver."""
    found = {}
    for name in PROBLEMS:
        problem = make_problem(name)
        for task in TASKS:
            for solver in SOLVERS:
                found[name, task, solver] = calibrate(problem, problem.alphas(task), solver)
    return found
