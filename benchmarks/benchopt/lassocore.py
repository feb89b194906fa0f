# Lives here: a solver for benchopt's benchmark_lasso. Independent of: data, the objective's regularisation.
"""lassocore for https://github.com/benchopt/benchmark_lasso: copy this file into its folder solvers, or name its path.

    benchopt run . -s lassocore -s celer -s scikit-learn
    benchopt run . -s /path/to/lassocore.py

The objective there is 1/2 ||y - X b||^2 + lmbd ||b||_1, with an intercept as the last of the coefficients if there is
one, so alpha is lmbd over the number of samples. The curve is sampled by tolerance: a run stops when lassocore's own
certificate, the duality gap, is at most tolerance times the objective at b = 0, times two. Exact steps often meet many
tolerances at once, so the sampling goes on where a run brings nothing new.
"""
import warnings

import numpy as np
from benchopt import BaseSolver
from benchopt.stopping_criterion import SufficientProgressCriterion
from scipy.sparse.linalg import LinearOperator
from sklearn.exceptions import ConvergenceWarning

from lassocore import fit_path


class Solver(BaseSolver):
    """Exact steps on a working set or a Gram matrix, and coordinate descent, chosen by the shape of the problem."""

    name = "lassocore"
    sampling_strategy = "tolerance"
    stopping_criterion = SufficientProgressCriterion(strategy="tolerance", patience=15)

    install_cmd = "conda"
    requirements = ["pip::lassocore"]
    references = [
        "M. R. Osborne, B. Presnell and B. A. Turlach, A new approach to variable selection in least squares problems, "
        "IMA Journal of Numerical Analysis 20(3), 2000",
        "J. Friedman, T. Hastie and R. Tibshirani, Regularization paths for generalized linear models via coordinate "
        "descent, Journal of Statistical Software 33(1), 2010",
        "E. Ndiaye, O. Fercoq, A. Gramfort and J. Salmon, Gap safe screening rules for sparsity enforcing penalties, "
        "Journal of Machine Learning Research 18(128), 2017",
    ]
    parameters = {"solver": ["auto", "cd"]}

    def skip(self, X, y, lmbd, fit_intercept):
        """lassocore works on the entries of X."""
        if isinstance(X, LinearOperator):
            return True, "lassocore needs the entries of X, dense or sparse, and not products with it alone"
        return False, None

    def set_objective(self, X, y, lmbd, fit_intercept):
        """Keep the problem."""
        self.X, self.y = X, y
        self.alpha = lmbd / X.shape[0]
        self.fit_intercept = fit_intercept

    def run(self, tolerance):
        """One fit from a cold start; the first tolerance that benchopt asks for is 1e38."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)     # near machine precision
            path = fit_path(self.X, self.y, alphas=[self.alpha], fit_intercept=self.fit_intercept, solver=self.solver,
                            tol=min(float(tolerance), 1.0))
        coefs = path.coefs[:, 0]
        self.beta = np.append(coefs, path.intercepts[0]) if self.fit_intercept else coefs

    def get_next(self, tolerance):
        """Ten times as exact, down to the precision of float64."""
        return max(min(1.0, tolerance / 10.0), 1e-15)

    def get_result(self):
        """The coefficients, and the intercept after them if there is one."""
        return {"beta": self.beta}
