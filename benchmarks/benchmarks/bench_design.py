# Lives here: what storage, dtype, weights and intercept cost, in time and in memory. Independent of: calibration.
"""Variants of one problem.

The timings are of lassocore alone at one tolerance: it certifies every variant to the same gap, so none is calibrated.
"""
from dataclasses import replace

import numpy as np

from .problems import CHANGES, make_dense, make_problem, make_text
from .solvers import fit

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


class Memory:
    """Peak memory of the process with data of 48 MB (float64) or 24 MB (float32) dense, 60 MB sparse.

    Few alphas and a loose tolerance: copies are made before the first sweep. "none" makes the data and fits nothing, so
    its figure is what to subtract.
    """

    param_names = ["storage", "solver"]
    params = [["dense_float64", "dense_float32", "sparse"], ["none", "lassocore", "lassocore_cd", "sklearn"]]

    def setup(self, storage, solver):
        from .problems import Problem

        rng = np.random.default_rng(3)
        if storage == "sparse":
            X = make_text(rng, 20_000, 20_000, np.float64, mean_length=250)
        else:
            X = make_dense(rng, 2_000, 3_000, storage.removeprefix("dense_"), rho=0.0)
        y = np.asarray(X[:, :20].sum(axis=1), dtype=np.float64).ravel() + rng.standard_normal(X.shape[0])
        alpha_max = float(np.abs(X.T @ (y - y.mean())).max() / len(y))
        self.problem = Problem(X, y, True, alpha_max)
        self.alphas = alpha_max * np.array([0.5, 0.4])

    def peakmem_path(self, storage, solver):
        if solver != "none":
            fit(solver, self.problem, self.alphas, 1e-3)
