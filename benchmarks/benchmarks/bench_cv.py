# Lives here: cross-validation, each solver to the same measured gap. Independent of: calibration, how data are made.
"""LassoCV over five folds and a hundred alphas.

The judge sees the first fold: its coefficients as lassocore keeps them; of the others, which keep none, those of their
path functions on the rows that the fold holds, which are the same.
"""
from dataclasses import replace
from functools import lru_cache

import numpy as np

from .glmnet_worker import fit_glmnet
from .problems import PROBLEMS, make_problem
from .race import Race, Unfit, _EqualGap, _MeasuredGap
from .solvers import MAX_ITER, fit_celer, fit_sklearn

N_FOLDS = 5


def options_of(problem, alphas, tol):
    """What all estimators are given."""
    return {"cv": N_FOLDS, "alphas": alphas, "tol": tol, "fit_intercept": problem.fit_intercept}


@lru_cache(maxsize=1)
def first_fold(problem):
    """The training problem of the first fold: all rows but the first fifth."""
    n_held_out = -(-len(problem.y) // N_FOLDS)
    rows = np.arange(n_held_out, len(problem.y))
    X = problem.X[rows] if isinstance(problem.X, np.ndarray) else problem.X.tocsr()[rows].tocsc()
    return replace(problem, X=X, y=problem.y[rows])


def cv_lassocore(problem, alphas, tol):
    """lassocore's LassoCV."""
    from lassocore import LassoCV

    options = {**options_of(problem, alphas, tol), "max_iter": MAX_ITER}
    LassoCV(**options).fit(problem.X, problem.y)

    def fetched():
        model = LassoCV(keep_coefs=True, **options).fit(problem.X, problem.y)
        return model.coef_path_[0].T, model.intercept_path_[0]

    return fetched


def cv_sklearn(problem, alphas, tol):
    """scikit-learn's LassoCV."""
    from sklearn.linear_model import LassoCV

    LassoCV(**options_of(problem, alphas, tol), max_iter=MAX_ITER).fit(problem.X, problem.y)
    return lambda: fit_sklearn(first_fold(problem), alphas, tol)


def cv_celer(problem, alphas, tol):
    """celer's LassoCV."""
    from celer import LassoCV

    try:
        model = LassoCV(**options_of(problem, alphas, tol), max_iter=100, max_epochs=MAX_ITER)
    except TypeError as reason:         # celer 0.7.4 with scikit-learn 1.9
        raise Unfit(f"celer's LassoCV does not work with this scikit-learn: {reason}") from reason
    model.fit(problem.X, problem.y)
    return lambda: fit_celer(first_fold(problem), alphas, tol)


def cv_glmnet(problem, alphas, tol):
    """glmnet's cv.glmnet, with the same folds."""
    fit_glmnet(problem, alphas, tol, family="folds")
    return lambda: fit_glmnet(first_fold(problem), alphas, tol)()


FOLDS = Race("folds", lru_cache(maxsize=1)(make_problem), {
    "lassocore": cv_lassocore, "sklearn": cv_sklearn, "celer": cv_celer, "glmnet": cv_glmnet}, judged=first_fold)
PARAMETERS = [PROBLEMS, ["path"], list(FOLDS.solvers)]


class EqualGap(_EqualGap):
    """LassoCV.fit to the gap, refit included."""

    race = FOLDS
    params = PARAMETERS
    timeout = 600


class MeasuredGap(_MeasuredGap):
    """The gap of the first fold."""

    race = FOLDS
    params = PARAMETERS
    timeout = 600


class Variants:
    """lassocore alone: what shuffled folds, weights, several l1_ratio and C order cost."""

    param_names = ["problem", "variant"]
    params = [["wide", "tall", "sparse_wide"], ["plain", "shuffled", "weights", "l1_ratios", "c_order", "no_refit"]]
    timeout = 300

    def setup(self, problem, variant):
        from sklearn.model_selection import KFold

        from lassocore import ElasticNetCV

        data = make_problem(problem)
        if variant == "c_order" and not isinstance(data.X, np.ndarray):
            raise NotImplementedError("sparse data have one order")
        self.X = np.ascontiguousarray(data.X) if variant == "c_order" else data.X
        self.y = data.y
        self.weights = np.random.default_rng(7).uniform(0.5, 1.5, len(data.y)) if variant == "weights" else None
        folds = KFold(N_FOLDS, shuffle=variant == "shuffled", random_state=0 if variant == "shuffled" else None)
        options = {**options_of(data, data.alphas("path"), 1e-4), "cv": folds, "max_iter": MAX_ITER}
        self.model = ElasticNetCV(**options, refit=variant != "no_refit",
                                  l1_ratio=[0.5, 0.9, 1.0] if variant == "l1_ratios" else 1.0)

    def time_fit(self, problem, variant):
        self.model.fit(self.X, self.y, sample_weight=self.weights)
