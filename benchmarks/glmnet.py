# Lives here: paths beside R's glmnet, to an equal measured gap. Independent of: asv, the peers in Python.
"""CPU times of a path of 100 alphas by lassocore and by R's glmnet, each at its loosest tolerance that does.

    python glmnet.py                    # all dense problems and one sparse; needs Rscript with glmnet
    python glmnet.py wide tall
    python tables.py --keep glmnet      # and keep them

Both run on one thread. The judge of the other benchmarks decides which tolerance does: every alpha's duality gap is at
most 1e-6 of the objective at 0, computed from the coefficients that a solver returned. glmnet gets the same alphas,
`standardize = FALSE`, and may end no path early. The last column is glmnet with its default thresh, and the gap there.
"""
import sys
import time

import numpy as np
from benchmarks.glmnet_worker import worker_of
from benchmarks.judge import largest_gap
from benchmarks.problems import Problem, make_problem
from benchmarks.race import GAP, Unfit
from benchmarks.solvers import LASSO
from shown import TABLES
from threadpoolctl import threadpool_limits

PROBLEMS = ["tiny", "diabetes", "wide", "tall", "sparse_tall"]
DEFAULT = 1e-7
THRESHOLDS = [10.0**-k for k in range(8, 17)]
ROUNDS = 5
TENTH = 0.1                             # seconds that a turn takes: R's clock counts milliseconds


def shortest(fits) -> float:
    """The least CPU seconds a fit; fits(count) gives those of several fits, each."""
    count = int(np.ceil(TENTH / max(fits(1), 1e-3)))
    return min(fits(count) for _ in range(ROUNDS))


def ours(problem: Problem, alphas: np.ndarray, tol: float) -> float:
    """The least CPU seconds of lassocore."""
    def fits(count: int) -> float:
        start = time.process_time()
        for _ in range(count):
            LASSO.fit("lassocore", problem, alphas, tol)
        return (time.process_time() - start) / count

    return shortest(fits)


def race(name: str) -> dict:
    """The times of one problem."""
    problem = make_problem(name)
    alphas = problem.alphas("path")
    tol, _ = LASSO.calibrate("lassocore", problem, alphas)
    worker = worker_of(problem)

    def gap(thresh: float) -> float:
        worker.fit("gaussian", alphas, thresh)
        return largest_gap(problem, alphas, *worker.coefficients())

    thresh = next((thresh for thresh in THRESHOLDS if gap(thresh) <= GAP), None)
    if thresh is None:
        raise Unfit(f"{name}: none of glmnet's tolerances does")
    theirs, default = (shortest(lambda count, thresh=thresh: worker.fit("gaussian", alphas, thresh, count))
                       for thresh in (thresh, DEFAULT))
    title = {"diabetes": "diabetes", "sparse_tall": "generated text"}.get(name, "generated")
    shape = " x ".join(f"{n:,}" for n in problem.X.shape)
    return {"problem": f"{title}, {shape}", "ms": 1e3 * ours(problem, alphas, tol), "glmnet_ms": 1e3 * theirs,
            "thresh": thresh, "default_ms": 1e3 * default, "default_gap": gap(DEFAULT)}


if __name__ == "__main__":
    with threadpool_limits(1):
        print(TABLES["glmnet"]([race(chosen) for chosen in sys.argv[1:] or PROBLEMS]))
