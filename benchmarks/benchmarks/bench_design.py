# Lives here: what storage, dtype, weights and intercept cost coordinate descent. Independent of: calibration.
"""Variants of one problem.

The timings are of lassocore alone at one tolerance: it certifies every variant to the same gap, so none is calibrated.
"""
from dataclasses import replace

import numpy as np

from .problems import CHANGES, make_problem

TOL = 1e-5
N_ALPHAS = 40                           # of the 100 of a path


class Variants:
    """The start of a path by coordinate descent; "plain" is float64 with an intercept, in Fortran order or CSC."""

    param_names = ["storage", "variant"]
    params = [
        ["wide", "tall", "sparse_wide"],
        ["plain", "weights", "no_intercept", "float32", "c_order", "csr", "int64"],
    ]
    timeout = 120

    def setup(self, storage, variant):
        sparse = storage.startswith("sparse")
        if variant in ("csr", "int64") and not sparse or variant == "c_order" and sparse:
            raise NotImplementedError(f"no {variant} form of {storage}")
        from lassocore import fit_path

        problem = make_problem(storage)
        if variant in CHANGES:
            problem = replace(problem, X=CHANGES[variant](problem.X))
        weights = np.random.default_rng(7).uniform(0.5, 1.5, len(problem.y)) if variant == "weights" else None
        self.fit_path = fit_path
        self.data = problem.X, problem.y
        self.options = {
            "alphas": problem.alphas("path")[:N_ALPHAS], "fit_intercept": variant != "no_intercept",
            "sample_weight": weights, "solver": "cd", "tol": TOL,
        }

    def time_path(self, storage, variant):
        self.fit_path(*self.data, **self.options)
