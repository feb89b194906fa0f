# Lives here: single fits and paths, each solver to the same measured gap. Must not know: how data are made or judged.
"""Time to an equal gap.

The cache that setup_cache fills holds, for each problem, task and solver, the loosest tolerance that the judge accepts
and the gap measured there. Solvers that miss the gap are skipped.
"""
from .problems import PROBLEMS, TASKS, make_problem
from .solvers import SOLVERS, calibrate_all, fit


def setup_cache():
    """Calibrate every solver once, for all benchmarks of this file."""
    return calibrate_all()


setup_cache.timeout = 600


def accepted(calibrated, *case):
    """(tolerance, gap) of a case; skips the benchmark where there is none."""
    if calibrated[case] is None:
        raise NotImplementedError(f"no tolerance reaches the gap in time: {case}")
    return calibrated[case]


class EqualGap:
    """One call: a single fit from a cold start, or a warm-started path."""

    param_names = ["problem", "task", "solver"]
    params = [PROBLEMS, TASKS, list(SOLVERS)]
    timeout = 120

    def setup(self, calibrated, problem, task, solver):
        tol, _ = accepted(calibrated, problem, task, solver)
        data = make_problem(problem)
        self.case = solver, data, data.alphas(task), tol
        fit(solver, data, data.alphas(task), 1.0)       # imports are not timed

    def time_to_gap(self, calibrated, problem, task, solver):
        fit(*self.case)


class MeasuredGap:
    """What the judge measured at that tolerance, in units of P(0): how equal the gaps are."""

    param_names = EqualGap.param_names
    params = EqualGap.params
    unit = "P(0)"

    def setup(self, calibrated, problem, task, solver):
        accepted(calibrated, problem, task, solver)

    def track_gap(self, calibrated, problem, task, solver):
        return accepted(calibrated, problem, task, solver)[1]
