# Lives here: R's glmnet in a process of its own, which keeps a problem loaded. Independent of: what is measured.
"""A conversation with Rscript: a problem goes in as files, then one line a fit, then the coefficients come out.

The clock of a caller covers the fit and a line each way. R starts, loads and reads the problem before.
"""
import functools
import subprocess
import tempfile
import weakref
from pathlib import Path

import numpy as np
from scipy.sparse import issparse

from .problems import Problem
from .race import Unfit

SCRIPT = Path(__file__).with_name("glmnet_worker.R")


class GlmnetWorker:
    """glmnet for one problem."""

    def __init__(self, problem: Problem):
        self.problem = problem
        self._alphas = np.empty(0)
        folder = tempfile.TemporaryDirectory()
        self._folder = Path(folder.name)
        self._write_problem()
        try:
            process = subprocess.Popen(["Rscript", str(SCRIPT)], cwd=folder.name, text=True, stdin=subprocess.PIPE,
                                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        except FileNotFoundError as missing:
            raise Unfit("Rscript is not installed") from missing
        self._process = process
        weakref.finalize(self, _end, process, folder)
        if process.stdout.readline() != "ready\n":
            raise Unfit("R has no package glmnet")

    def _write_problem(self) -> None:
        X, y = self.problem.X, self.problem.y
        if issparse(X):
            for name in ("data", "indices", "indptr"):
                getattr(X, name).tofile(self._folder / name)
        else:
            (self._folder / "X").write_bytes(X.tobytes(order="F"))
        (self._folder / "y").write_bytes(y.tobytes(order="F"))
        numbers = [*X.shape, y.size // len(y), self.problem.fit_intercept]
        np.array(numbers, dtype=np.int32).tofile(self._folder / "shape")

    def _ask(self, line: str) -> str:
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline().strip()
        if not answer or answer.startswith("error"):
            raise Unfit(f"glmnet: {answer or 'R has ended'}")
        return answer

    def fit(self, family: str, alphas, thresh: float, count: int = 1) -> float:
        """CPU seconds a fit of "gaussian", "mgaussian", "targets" (one after the other) or "folds"."""
        if not np.array_equal(alphas, self._alphas):
            self._alphas = np.array(alphas)
            self._alphas.tofile(self._folder / "alphas")
            self._ask("alphas")
        return float(self._ask(f"fit {family} {thresh!r} {count}"))

    def coefficients(self) -> tuple[np.ndarray, np.ndarray]:
        """(coefs, intercepts) of the last fit, in the shapes of the judge."""
        self._ask("write")
        p, n_tasks = self.problem.X.shape[1], self.problem.y.size // len(self.problem.y)
        rows = np.fromfile(self._folder / "result").reshape(n_tasks, -1, p + 1)
        if rows.shape[1] != len(self._alphas):
            raise Unfit(f"glmnet ended after {rows.shape[1]} of {len(self._alphas)} alphas")
        coefs, intercepts = rows[:, :, 1:].transpose(2, 0, 1), rows[:, :, 0]
        return (coefs[:, 0], intercepts[0]) if self.problem.y.ndim == 1 else (coefs, intercepts)


def _end(process: subprocess.Popen, folder) -> None:
    """Close the conversation; R ends at the end of its input."""
    process.stdin.close()
    process.wait()
    process.stdout.close()
    folder.cleanup()


@functools.lru_cache(maxsize=2)             # a problem, and the fold of it that is judged
def worker_of(problem: Problem) -> GlmnetWorker:
    """The worker of a problem; those of the last two that were asked for are kept."""
    return GlmnetWorker(problem)


N_WARM = 10             # alphas from alpha_max to a single one, which glmnet's manual asks for


def fit_glmnet(problem: Problem, alphas, tol: float, family: str = "gaussian"):
    """A fit in R, and the function that fetches (coefs, intercepts).

    glmnet's thresh is a squared quantity: tol^2 spreads the tolerances of a race over its range. For a single alpha it
    gets a short path there, as its manual advises.
    """
    worker = worker_of(problem)
    single = len(alphas) == 1
    grid = np.geomspace(problem.alpha_max, alphas[0], N_WARM) if single else np.asarray(alphas)
    worker.fit(family, grid, thresh_of(tol))

    def fetched():
        coefs, intercepts = worker.coefficients()
        return (coefs[..., -1:], intercepts[..., -1:]) if single else (coefs, intercepts)

    return fetched


def thresh_of(tol: float) -> float:
    """glmnet's thresh for a tolerance of a race: 1e-6 to 1e-20."""
    return tol * tol
