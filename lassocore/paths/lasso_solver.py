# Lives here: the lasso of one target after another over the same X. Independent of: storage, kernels.
"""Single fits with as little around them as possible, for loops that refit a lasso thousands of times."""
from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from lassocore._isa import core
from lassocore.datafits.quadratic import as_response
from lassocore.designs.prepared import PreparedDesign
from lassocore.paths.alpha_grid import check_alpha
from lassocore.paths.fit_path import fit_path, solve_path
from lassocore.penalties.elastic_net import check_l1_ratio
from lassocore.problems.prepare import prepare
from lassocore.problems.problem import as_problem
from lassocore.problems.rescaling import holds_coefficients
from lassocore.results.convergence import warn_unconverged
from lassocore.solvers.active_set import INNER_SHARE
from lassocore.solvers.column_set import every_column
from lassocore.solvers.cost_model import affords_gram
from lassocore.solvers.penalty_grid import MIN_STEP_RATIO
from lassocore.solvers.settings import Settings
from lassocore.utils.arguments import as_vector
from lassocore.utils.docstrings import complete_docstring
from lassocore.utils.powers_of_two import OutOfRange
from lassocore.utils.unknown_keywords import KeywordHints


class LassoSolution(NamedTuple):
    """A solution for one target at one alpha.

    Attributes
    ----------
    coef : ndarray of shape (n_features,)
        Coefficients on the scale of X.
    intercept : float
        Intercept; 0 without fit_intercept.
    alpha : float
        Strength of the penalty.
    dual_gap : float
        The objective is at most this far above its minimum.
    gap_tol : float
        The tolerance, in the same units: that of the objective.
    n_iter : int
        Epochs and exact steps.

    See Also
    --------
    LassoSolver : Whose ``solve`` returns it.

    Examples
    --------
    >>> import numpy as np
    >>> from lassocore import LassoSolver
    >>> solution = LassoSolver(np.array([[1.0], [-1.0]])).solve([3.0, -3.0], alpha=1.0)
    >>> solution.coef, solution.intercept, solution.converged
    (array([2.]), 0.0, True)
    """

    coef: np.ndarray
    intercept: float
    alpha: float
    dual_gap: float
    gap_tol: float
    n_iter: int

    @property
    def converged(self) -> bool:
        """Whether the gap meets the tolerance."""
        return self.dual_gap <= self.gap_tol


@complete_docstring(fit_path)
class LassoSolver(KeywordHints):
    r"""Solver of the lasso, or the elastic net, for one target after another over the same X.

    Minimises what `fit_path` does, for one alpha at a time. Whatever does not depend on y and alpha is done when the
    solver is made: checks, means and norms of X, and its Gram matrix where X has few enough columns. A solution then
    takes a product of X with y and a few steps on the Gram matrix: microseconds for a hundred features.

    Parameters
    ----------
    X : array-like, sparse matrix or PreparedDesign of shape (n_samples, n_features)
        Several solvers share what a `PreparedDesign` knows.
    l1_ratio, fit_intercept, standardize
    sample_weight : array-like of shape (n_samples,), optional
        A weight of k counts as k repeated rows. For a `PreparedDesign` its own, unless given.
    penalty_factor, bounds, positive
    tol : float, default=1e-4
        A solution has converged when its duality gap is at most ``tol * sum_i s_i y0_i^2 / S``.
    max_iter

    Raises
    ------
    ValueError
        As in `fit_path`.

    See Also
    --------
    fit_many : Many targets that are known together.
    prepare : X for the other functions.

    Notes
    -----
    Threads may share a solver: of those that solve at the same time each gets memory of its own, which the solver keeps
    for later. Solutions do not depend on those before or beside them. Where exact steps on a Gram matrix do not apply
    (more columns than pay, unpenalised features, alpha = 0, l1_ratio = 0, numbers that need scaling) `fit_path` solves
    the problem on the prepared X.

    References
    ----------
    Osborne, Presnell, Turlach (2000), A new approach to variable selection in least squares problems.

    Examples
    --------
    The null distribution of the largest coefficient, by permutations of y:

    >>> import numpy as np
    >>> from lassocore import LassoSolver
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((200, 30))
    >>> y = 0.5 * X[:, 3] + rng.standard_normal(200)
    >>> solver = LassoSolver(X)
    >>> largest = [abs(solver.solve(rng.permutation(y), alpha=0.1).coef).max() for _ in range(100)]
    >>> bool(abs(solver.solve(y, alpha=0.1).coef[3]) > max(largest))
    True
    """

    def __init__(
        self, X, *, l1_ratio: float = 1.0, fit_intercept: bool = True, standardize: bool = False, sample_weight=None,
        penalty_factor=None, bounds=None, positive: bool = False, tol: float = 1e-4, max_iter: int = 10_000,
    ):
        check_l1_ratio(l1_ratio)
        self._settings = Settings(tol=tol, max_iter=max_iter)
        if type(X) is not PreparedDesign or sample_weight is not None:
            X = prepare(X, sample_weight=sample_weight, fit_intercept=fit_intercept)
        self.design, self._l1_ratio = X, l1_ratio
        self._options: dict[str, Any] = {
            "fit_intercept": fit_intercept, "standardize": standardize, "penalty_factor": penalty_factor,
            "bounds": bounds, "positive": positive}
        self._problem = as_problem(X, np.zeros(X.shape[0]), **self._options)
        solver = self._make_solver()
        self._has_steps = solver is not None
        self._idle = [solver]           # between solutions; each takes one, so that none is used by two threads

    def _make_solver(self):
        """Exact steps on the Gram matrix; None where they do not apply to every target."""
        problem = self._problem
        if (self._l1_ratio == 0.0 or problem.scaling is not None or len(problem.unpenalised) > 0
                or not affords_gram(problem)):
            return None
        return every_column(problem, 1, np.zeros(problem.matrix.n_features), None, self._l1_ratio < 1.0).solver

    def _take_solver(self):
        """An idle solver; another one, on the same Gram matrix, while threads use the others."""
        try:
            return self._idle.pop()
        except IndexError:
            return self._make_solver()

    def solve(self, y, alpha: float, coef_init=None) -> LassoSolution:
        """Solve the lasso for a target at one alpha.

        Parameters
        ----------
        y : array-like of shape (n_samples,)
            Target values.
        alpha : float
            Strength of the penalty, at least 0.
        coef_init : array-like of shape (n_features,), optional
            Coefficients to start from, such as those for a similar target.

        Returns
        -------
        LassoSolution
            Coefficients, intercept and certificate.

        Raises
        ------
        ValueError
            y or coef_init that is not a finite vector of the right length; alpha out of range.

        Warns
        -----
        ConvergenceWarning
            Where the gap misses the tolerance; the solution is kept.
        """
        check_alpha(alpha)
        problem = self._problem
        y = as_vector(y, "y", problem.matrix.n_samples, "samples")
        if self._has_steps and alpha > 0.0:
            found = self._on_gram(y, float(alpha), coef_init)
            if found is not None:
                return found
        settings, problem = self._settings, as_problem(self.design, y, **self._options)
        path = solve_path(problem, [alpha], 1.0, self._l1_ratio, settings, coef_init)
        warn_unconverged(path, settings.max_iter, settings.tol, stacklevel=2)
        return LassoSolution(path.coefs[:, 0], float(path.intercepts[0]), float(alpha), float(path.dual_gaps[0]),
                             path.gap_tol, int(path.n_iter[0]))

    def _on_gram(self, y: np.ndarray, alpha: float, coef_init) -> LassoSolution | None:
        """The solution by exact steps; None where the gap misses the tolerance or numbers are out of range."""
        problem, features = self._problem, self._problem.features
        matrix, weight, start = problem.matrix, problem.total_weight, None
        try:
            target, sq_target, _, y_mean = as_response(y, matrix.weights, problem.fit_intercept)
        except OutOfRange:
            return None
        if len(features) == 0 or sq_target == 0.0 or not holds_coefficients(problem, sq_target):
            return None
        if coef_init is not None:
            start = problem.penalty.clip(as_vector(coef_init, "coef_init", matrix.n_features, "features"))[features]
        tol, scale = self._settings.tol * sq_target, weight * alpha
        solver = self._take_solver()
        try:
            w, gap, _, n_iter = core.solve_target(
                solver, (matrix.scan_residual(features, target), start, sq_target, INNER_SHARE * tol),
                scale * self._l1_ratio, scale * (1.0 - self._l1_ratio), MIN_STEP_RATIO,
                min(self._settings.max_iter, 2**62), problem.dtype == np.float32)
        finally:
            self._idle.append(solver)
        if not gap <= tol:
            return None
        if len(features) < matrix.n_features:
            coef = np.zeros(matrix.n_features)
            coef[features] = w
            w = coef
        intercept = y_mean - float(problem.means @ w) if problem.fit_intercept else 0.0
        return LassoSolution(w if problem.dtype.itemsize == 8 else w.astype(np.float32), intercept, alpha, gap / weight,
                             tol / weight, n_iter)
