# Lives here: the memory that solvers need, at an equal measured gap. Independent of: how solvers are called.
"""Peak memory of a process that fits three alphas, imports included, with data of 48 MB dense, 60 MB sparse.

"none" makes the data and fits nothing, so its figure is what to subtract. Tolerances are found in a process of their
own, which leaves no trace in the figure. glmnet runs in R and is not measured.
"""
import subprocess
import sys
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from .bench_cv import FOLDS
from .problems import Problem, make_dense, make_text
from .race import _Case
from .solvers import LASSO

SHAPES = {"tiny": (100, 20), "dense_float64": (2_000, 3_000), "dense_float32": (2_000, 3_000),
          "sparse": (20_000, 20_000)}


def make_large(storage: str) -> Problem:
    """Data of that storage; the first 20 columns carry the signal."""
    rng = np.random.default_rng(3)
    if storage == "sparse":
        X = make_text(rng, *SHAPES[storage], np.float64, mean_length=250)
    else:
        X = make_dense(rng, *SHAPES[storage], np.float32 if storage.endswith("32") else np.float64, rho=0.0)
    y = np.asarray(X[:, :20].sum(axis=1), dtype=np.float64).ravel() + rng.standard_normal(X.shape[0])
    return Problem(X, y, True, float(np.abs(X.T @ (y - y.mean())).max() / len(y)))


PATHS = replace(LASSO, kind="memory-paths", make=lru_cache(maxsize=1)(make_large))
VALIDATIONS = replace(FOLDS, kind="memory-folds", make=lru_cache(maxsize=1)(make_large))


class _Memory(_Case):
    """The peak of a process that makes the data and fits."""

    param_names = ["storage", "solver"]
    timeout = 600
    name: str                               # of the race in this module

    def setup(self, folder, storage, solver):
        if solver == "none":
            self.arguments = self.race.make(storage), None, None
            return
        case = storage, "few", solver
        if not self.race.known(folder, case).exists():
            command = f"from {__name__} import {self.name} as race; race.find({folder!r}, {case!r})"
            subprocess.run([sys.executable, "-c", command], cwd=Path(__file__).parents[1], check=True)
        tol, _ = self.race.accepted(folder, case)
        problem = self.race.make(storage)
        self.arguments = problem, problem.alphas("few"), tol

    def peakmem_to_gap(self, folder, storage, solver):
        if solver != "none":
            self.race.fit(solver, *self.arguments)


class Paths(_Memory):
    """A path."""

    race, name = PATHS, "PATHS"
    params = [list(SHAPES), ["none", *(solver for solver in LASSO.solvers if solver != "glmnet")]]


class CrossValidation(_Memory):
    """LassoCV of five folds."""

    race, name = VALIDATIONS, "VALIDATIONS"
    params = [list(SHAPES), ["none", *(solver for solver in FOLDS.solvers if solver != "glmnet")]]
