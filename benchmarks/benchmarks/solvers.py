# Lives here: how each solver of the lasso is called. Independent of: how problems are made, calibration.
"""Solvers behind one call: (problem, alphas, tol) -> (coefs, intercepts).

Solvers are imported where they are called, so that no benchmark of memory pays for the others.
"""
from functools import lru_cache

import numpy as np

from .glmnet_worker import fit_glmnet
from .problems import make_problem
from .race import Race

MAX_ITER = 10_000


def fit_lassocore(problem, alphas, tol, solver="auto"):
    """(coefs, intercepts) of lassocore."""
    from lassocore import fit_path

    path = fit_path(problem.X, problem.y, alphas=alphas, fit_intercept=problem.fit_intercept, solver=solver, tol=tol,
                    max_iter=MAX_ITER)
    return path.coefs_sparse, path.intercepts


def fit_lassocore_cd(problem, alphas, tol):
    """(coefs, intercepts) of lassocore's coordinate descent."""
    return fit_lassocore(problem, alphas, tol, "cd")


def centred(problem):
    """(X, y, means of X, mean of y) for functions without an intercept: dense X in a copy, sparse X as it is."""
    X, y = problem.X, problem.y
    if not problem.fit_intercept:
        return X, y, np.zeros(X.shape[1]), np.zeros(y.shape[1:])
    means = np.asarray(X.mean(axis=0)).ravel()
    return X - means if isinstance(X, np.ndarray) else X, y - y.mean(axis=0), means, y.mean(axis=0)


def offsets_of(X, means):
    """How scikit-learn's and celer's path functions are told of the means of sparse columns."""
    return {} if isinstance(X, np.ndarray) else {"X_offset": means, "X_scale": np.ones(len(means))}


def fit_sklearn(problem, alphas, tol):
    """(coefs, intercepts) of scikit-learn: its estimator for one alpha, its path function for several."""
    if len(alphas) == 1:
        from sklearn.linear_model import Lasso

        model = Lasso(alphas[0], fit_intercept=problem.fit_intercept, tol=tol, max_iter=MAX_ITER)
        model.fit(problem.X, problem.y)
        return model.coef_[:, None], np.atleast_1d(model.intercept_)

    from sklearn.linear_model import lasso_path

    X, y, means, y_mean = centred(problem)
    extra = offsets_of(X, means) if problem.fit_intercept else {}
    _, coefs, _ = lasso_path(X, y, alphas=alphas, tol=tol, max_iter=MAX_ITER, **extra)
    return coefs, y_mean - means @ coefs


def fit_celer(problem, alphas, tol):
    """(coefs, intercepts) of celer's path function."""
    from celer import celer_path

    X, y, means, y_mean = centred(problem)
    extra = offsets_of(X, means) if problem.fit_intercept else {}
    coefs = celer_path(X, y, pb="lasso", alphas=alphas, tol=tol, max_iter=100, max_epochs=MAX_ITER, **extra)[1]
    return coefs, y_mean - means @ coefs


def fit_skglm(problem, alphas, tol):
    """(coefs, intercepts) of skglm's AndersonCD, whose intercept is a coordinate where X is sparse."""
    from skglm.datafits import Quadratic
    from skglm.penalties import L1
    from skglm.solvers import AndersonCD
    from skglm.utils.jit_compilation import compiled_clone

    X, y, means, y_mean = centred(problem)
    own_intercept = problem.fit_intercept and not isinstance(X, np.ndarray)
    solver = AndersonCD(tol=tol, max_iter=100, max_epochs=MAX_ITER, fit_intercept=own_intercept)
    coefs = solver.path(X, y, compiled_clone(Quadratic()), compiled_clone(L1(alphas[0])), alphas=alphas)[1]
    if own_intercept:
        return coefs[:-1], y_mean + coefs[-1]
    return coefs, y_mean - means @ coefs


LASSO = Race("lasso", lru_cache(maxsize=1)(make_problem), {
    "lassocore": fit_lassocore, "lassocore_cd": fit_lassocore_cd, "sklearn": fit_sklearn, "celer": fit_celer,
    "skglm": fit_skglm, "glmnet": fit_glmnet})
