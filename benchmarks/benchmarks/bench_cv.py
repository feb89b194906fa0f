# Lives here: cross-validation, lassocore and scikit-learn to the same measured gap. Independent of: how data are made.
"""LassoCV over five folds and a hundred alphas.

A case (problem, solver) is calibrated once, when its first benchmark is set up: the loosest tolerance at which the
judge accepts every alpha of the first fold. scikit-learn's LassoCV keeps no coefficients of folds; its path function,
on the rows that the fold holds, gives the same ones.
"""
import json
import os
import time
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np

from .judge import largest_gap
from .problems import make_problem
from .solvers import GAP, MAX_ITER, SLOWEST, TOLERANCES, fit_sklearn

N_FOLDS = 5
CV_PROBLEMS = ["wide", "wide_correlated", "tall", "diabetes", "sparse_wide", "sparse_tall"]


def setup_cache():
    """The folder where calibrated cases are kept while asv runs this file."""
    return os.getcwd()


def options_of(problem, tol):
    """What both estimators are given."""
    return {"cv": N_FOLDS, "alphas": problem.alphas("path"), "tol": tol, "max_iter": MAX_ITER,
            "fit_intercept": problem.fit_intercept}


def first_fold(problem):
    """The training problem of the first fold: all rows but the first fifth."""
    n_held_out = -(-len(problem.y) // N_FOLDS)
    rows = np.arange(n_held_out, len(problem.y))
    X = problem.X[rows] if isinstance(problem.X, np.ndarray) else problem.X.tocsr()[rows].tocsc()
    return replace(problem, X=X, y=problem.y[rows])


def fit_lassocore_cv(problem, tol, keep_coefs=False):
    """lassocore's LassoCV."""
    from lassocore import LassoCV

    return LassoCV(keep_coefs=keep_coefs, **options_of(problem, tol)).fit(problem.X, problem.y)


def fit_sklearn_cv(problem, tol):
    """scikit-learn's LassoCV."""
    from sklearn.linear_model import LassoCV

    return LassoCV(**options_of(problem, tol)).fit(problem.X, problem.y)


def fold_of_lassocore(problem, fold, tol):
    """(coefs, intercepts) of the first fold."""
    model = fit_lassocore_cv(problem, tol, keep_coefs=True)
    return model.coef_path_[0].T, model.intercept_path_[0]


def fold_of_sklearn(problem, fold, tol):
    """(coefs, intercepts) of the first fold."""
    return fit_sklearn(fold, problem.alphas("path"), tol)


SOLVERS = {"lassocore": (fit_lassocore_cv, fold_of_lassocore), "sklearn": (fit_sklearn_cv, fold_of_sklearn)}


def quietly(call, *arguments):
    """One call, warnings off: the judge speaks for all."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return call(*arguments)


def calibrate(problem, solver):
    """(the loosest tolerance that the judge accepts, the gap there), or None where none is accepted in time."""
    fold = first_fold(problem)
    for tol in TOLERANCES:
        start = time.perf_counter()
        coefs, intercepts = quietly(SOLVERS[solver][1], problem, fold, tol)
        seconds = time.perf_counter() - start
        gap = largest_gap(fold, problem.alphas("path"), coefs, intercepts)
        if gap <= GAP:
            return tol, gap
        if seconds > SLOWEST:
            break
    return None


def accepted(folder, problem, solver):
    """(tolerance, gap) of a case; skips the benchmark where there is none."""
    known = Path(folder, f"cv-{problem}-{solver}.json")
    if not known.exists():
        known.write_text(json.dumps(calibrate(make_problem(problem), solver)))
    found = json.loads(known.read_text())
    if found is None:
        raise NotImplementedError(f"{solver} does not reach the gap in time: {problem}")
    return found


class CrossValidation:
    """LassoCV.fit to the gap, refit included."""

    param_names = ["problem", "solver"]
    params = [CV_PROBLEMS, list(SOLVERS)]
    timeout = 600

    def setup(self, folder, problem, solver):
        self.case = make_problem(problem), accepted(folder, problem, solver)[0]
        quietly(SOLVERS[solver][0], make_problem("tiny"), 1e-3)         # imports

    def time_to_gap(self, folder, problem, solver):
        quietly(SOLVERS[solver][0], *self.case)


class MeasuredGap:
    """What the judge measured at that tolerance on the first fold, in units of P(0): how equal the gaps are."""

    param_names = CrossValidation.param_names
    params = CrossValidation.params
    timeout = CrossValidation.timeout
    unit = "P(0)"

    def track_gap(self, folder, problem, solver):
        return accepted(folder, problem, solver)[1]


class Variants:
    """lassocore alone: what shuffled folds, weights, several l1_ratio and C order cost."""

    param_names = ["problem", "variant"]
    params = [["wide", "tall", "sparse_wide"], ["plain", "shuffled", "weights", "l1_ratios", "c_order", "no_refit"]]
    timeout = 300

    def setup(self, folder, problem, variant):
        from sklearn.model_selection import KFold

        from lassocore import ElasticNetCV

        data = make_problem(problem)
        if variant == "c_order" and not isinstance(data.X, np.ndarray):
            raise NotImplementedError("sparse data have one order")
        self.X = np.ascontiguousarray(data.X) if variant == "c_order" else data.X
        self.y = data.y
        self.weights = np.random.default_rng(7).uniform(0.5, 1.5, len(data.y)) if variant == "weights" else None
        folds = KFold(N_FOLDS, shuffle=variant == "shuffled", random_state=0 if variant == "shuffled" else None)
        self.model = ElasticNetCV(**{**options_of(data, 1e-4), "cv": folds}, refit=variant != "no_refit",
                                  l1_ratio=[0.5, 0.9, 1.0] if variant == "l1_ratios" else 1.0)

    def time_fit(self, folder, problem, variant):
        self.model.fit(self.X, self.y, sample_weight=self.weights)
