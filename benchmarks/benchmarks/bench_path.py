# Lives here: whole paths and single fits, each solver to the same measured gap. Independent of: how data are made.
"""Time to an equal gap.

A case (problem, task, solver) is calibrated once, when its first benchmark is set up: the loosest tolerance that the
judge accepts, and the gap measured there, wait in the folder of setup_cache for the others. Solvers that are not
installed, or miss the gap within the budget of solvers.py, are shown as n/a.
"""
import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np

from .problems import CHANGES, PROBLEMS, TASKS, make_problem
from .solvers import SOLVERS, calibrate, fit, warm_up

TOL = 1e-6                              # of variants; 2e-6 P(0)


def setup_cache():
    """The folder where calibrated cases are kept while asv runs this file."""
    return os.getcwd()


def accepted(folder, problem, task, solver):
    """(tolerance, gap) of a case; skips the benchmark where there is none."""
    known = Path(folder, f"{problem}-{task}-{solver}.json")
    if not known.exists():
        data = make_problem(problem)
        known.write_text(json.dumps(calibrate(data, data.alphas(task), solver)))
    found = json.loads(known.read_text())
    if found is None:
        raise NotImplementedError(f"{solver} is not installed or does not reach the gap in time: {problem}, {task}")
    return found


class EqualGap:
    """One call: a warm-started path of 100 alphas, or a single fit from a cold start."""

    param_names = ["problem", "task", "solver"]
    params = [PROBLEMS, TASKS, list(SOLVERS)]
    timeout = 300

    def setup(self, folder, problem, task, solver):
        tol, _ = accepted(folder, problem, task, solver)
        data = make_problem(problem)
        self.case = solver, data, data.alphas(task), tol
        warm_up(solver, data, data.alphas(task))

    def time_to_gap(self, folder, problem, task, solver):
        fit(*self.case)


class MeasuredGap:
    """What the judge measured at that tolerance, in units of P(0): how equal the gaps are."""

    param_names = EqualGap.param_names
    params = EqualGap.params
    timeout = EqualGap.timeout
    unit = "P(0)"

    def setup(self, folder, problem, task, solver):
        accepted(folder, problem, task, solver)

    def track_gap(self, folder, problem, task, solver):
        return accepted(folder, problem, task, solver)[1]


class PathVariants:
    """What weights, an intercept, float32 and C order cost, against plain float64 in Fortran order or CSC.

    lassocore alone, at one tolerance that it certifies for every variant.
    """

    param_names = ["problem", "variant"]
    params = [["wide", "tall", "sparse_wide", "sparse_tall"], ["plain", "weights", "intercept", "float32", "c_order"]]
    timeout = 120

    def setup(self, folder, problem, variant):
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

    def time_path(self, folder, problem, variant):
        self.fit_path(*self.data, alphas=self.path, **self.options)

    def time_single(self, folder, problem, variant):
        self.fit_path(*self.data, alphas=self.single, **self.options)
