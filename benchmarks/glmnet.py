# Lives here: paths beside R's glmnet, to an equal measured gap. Independent of: asv, the peers in Python.
"""CPU times of a path of 100 alphas by lassocore and by R's glmnet, each at its loosest tolerance that does.

    python glmnet.py                    # all dense problems and one sparse; needs Rscript with glmnet
    python glmnet.py wide tall

Both run on one thread. The judge of the other benchmarks decides which tolerance does: every alpha's duality gap is at
most 1e-6 of the objective at 0, computed from the coefficients that a solver returned. glmnet gets the same alphas,
`standardize = FALSE`, and may end no path early. The last column is glmnet with its default thresh, and the gap there.
"""
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from benchmarks.judge import largest_gap
from benchmarks.problems import Problem, make_problem
from benchmarks.solvers import GAP, calibrate, fit
from scipy.sparse import issparse
from threadpoolctl import threadpool_limits

PROBLEMS = ["wide", "wide_correlated", "tall", "tiny", "diabetes", "sparse_tall"]
DEFAULT = 1e-7
THRESHOLDS = [10.0**-k for k in range(8, 17)]
ROUNDS = 5
IN_R = """
suppressMessages({library(Matrix); library(glmnet)})
numbers <- function(file, what = "double") readBin(file, what, file.size(file))
shape <- numbers("shape", "integer")
X <- if (file.exists("indices")) sparseMatrix(
    i = numbers("indices", "integer") + 1, p = numbers("indptr", "integer"), x = numbers("data"),
    dims = shape[1:2]) else matrix(numbers("X"), shape[1], shape[2])
y <- numbers("y"); lambda <- numbers("alphas")
glmnet.control(fdev = 0, devmax = 1, mnlam = 1000)
fits <- function(count) {
    before <- proc.time()
    for (k in seq_len(count)) fit <<- glmnet(
        X, y, lambda = lambda, standardize = FALSE, intercept = shape[3] == 1,
        thresh = as.numeric(commandArgs(TRUE)), maxit = 1e8)
    sum((proc.time() - before)[1:2]) / count
}
seconds <- fits(1)
count <- ceiling(0.1 / max(seconds, 0.001))         # its clock counts milliseconds
for (k in seq_len(shape[4])) seconds <- min(seconds, fits(count))
writeBin(c(seconds, as.vector(rbind(fit$a0, as.matrix(fit$beta)))), "result")
"""


def write_problem(folder: Path, problem: Problem, alphas: np.ndarray) -> None:
    """The problem as files that R reads."""
    X = problem.X
    if issparse(X):
        for name in ("data", "indices", "indptr"):
            getattr(X, name).tofile(folder / name)
    else:
        (folder / "X").write_bytes(X.tobytes(order="F"))
    problem.y.tofile(folder / "y")
    alphas.tofile(folder / "alphas")


def glmnet(folder: Path, problem: Problem, thresh: float, rounds: int) -> tuple[float, np.ndarray, np.ndarray]:
    """(the least CPU seconds of several fits, coefficients, intercepts)."""
    np.array([*problem.X.shape, problem.fit_intercept, rounds], dtype=np.int32).tofile(folder / "shape")
    subprocess.run(["Rscript", "-e", IN_R, str(thresh)], cwd=folder, check=True, capture_output=True)
    seconds, *numbers = np.fromfile(folder / "result")
    rows = np.array(numbers).reshape(-1, problem.X.shape[1] + 1).T
    return seconds, rows[1:], rows[0]


def ours(problem: Problem, alphas: np.ndarray, tol: float) -> float:
    """The least CPU seconds of lassocore, of as many fits at a time as glmnet's clock needs."""
    def fits(count: int) -> float:
        start = time.process_time()
        for _ in range(count):
            fit("lassocore", problem, alphas, tol)
        return (time.process_time() - start) / count

    count = int(np.ceil(0.1 / max(fits(1), 0.001)))
    return min(fits(count) for _ in range(ROUNDS))


def race(name: str) -> str:
    """A row of the table."""
    problem = make_problem(name)
    alphas = problem.alphas("path")
    tol, _ = calibrate(problem, alphas, "lassocore")
    seconds = ours(problem, alphas, tol)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        write_problem(folder, problem, alphas)
        default, coefs, intercepts = glmnet(folder, problem, DEFAULT, ROUNDS)
        reached = largest_gap(problem, alphas, coefs, intercepts)
        for thresh in THRESHOLDS:
            _, coefs, intercepts = glmnet(folder, problem, thresh, 0)
            if largest_gap(problem, alphas, coefs, intercepts) <= GAP:
                break
        else:
            raise SystemExit(f"{name}: none of glmnet's tolerances does")
        theirs, *_ = glmnet(folder, problem, thresh, ROUNDS)
    return (f"| {name}, {problem.X.shape[0]} x {problem.X.shape[1]} | {1e3 * seconds:.3g} ms | "
            f"{1e3 * theirs:.3g} ms, at {thresh:.0e} | {theirs / seconds:.1f} | "
            f"{1e3 * default:.3g} ms, gap {reached:.0e} |")


if __name__ == "__main__":
    with threadpool_limits(1):
        for chosen in sys.argv[1:] or PROBLEMS:
            print(race(chosen), flush=True)
