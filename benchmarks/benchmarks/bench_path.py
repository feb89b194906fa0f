# Lives here: paths and single fits of the lasso, each solver to the same measured gap. Independent of: calibration.
"""One call: a warm-started path of 100 alphas, or a single fit from a cold start."""
from dataclasses import replace

import numpy as np

from .problems import CHANGES, PROBLEMS, TASKS, make_problem
from .race import _EqualGap, _MeasuredGap
from .solvers import LASSO

TOL = 1e-6                              # of variants; 2e-6 P(0)
PARAMETERS = [PROBLEMS, TASKS, list(LASSO.solvers)]


class EqualGap(_EqualGap):
    """The time of a path or a single fit."""

    race = LASSO
    params = PARAMETERS


class MeasuredGap(_MeasuredGap):
    """The gap that it ended at."""

    race = LASSO
    params = PARAMETERS


class PathVariants:
    """What weights, an intercept, float32 and C order cost, against plain float64 in Fortran order or CSC.

    lassocore alone, at one tolerance that it certifies for every variant.
    """

    param_names = ["problem", "variant"]
    params = [["wide", "tall", "sparse_wide", "sparse_tall"], ["plain", "weights", "intercept", "float32", "c_order"]]
    timeout = 120

    def setup(self, problem, variant):
        from lassocore import fit_path

        data = make_problem(problem)
        if variant == "c_order" and not isinstance(data.X, np.ndarray):
            raise NotImplementedError("sparse data have one order")
        if variant in CHANGES:
            data = replace(data, X=CHANGES[variant](data.X))
        weights = np.random.default_rng(7).uniform(0.5, 1.5, len(data.y)) if variant == "weights" else None
        self.fit_path, self.data = fit_path, (data.X, data.y - data.y.mean())
        self.path, self.single = data.alphas("path"), data.alphas("single")
        self.options = {"fit_intercept": variant == "intercept", "sample_weight": weights, "tol": TOL}

    def time_path(self, problem, variant):
        self.fit_path(*self.data, alphas=self.path, **self.options)

    def time_single(self, problem, variant):
        self.fit_path(*self.data, alphas=self.single, **self.options)
