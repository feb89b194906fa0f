# Lives here: LassoIC. Independent of: formulas of the criteria, storage, kernels.
"""The lasso and the elastic net with alpha chosen by an information criterion."""
from __future__ import annotations

from dataclasses import replace
from typing import Self

from lassocore.cross_validation.select import first_best
from lassocore.estimators.base import LinearModel, SparseCoefMixin, without_number
from lassocore.estimators.cv import ElasticNetCV
from lassocore.estimators.linear import ElasticNet
from lassocore.paths import information_criteria
from lassocore.paths.alpha_grid import as_alphas, warn_of_one_alpha
from lassocore.paths.fit_path import solve_path
from lassocore.paths.information_criteria import (
    check_criterion,
    check_observations,
    criterion_values,
    degrees_of_freedom,
    rank_of,
)
from lassocore.penalties.elastic_net import check_l1_ratio
from lassocore.problems.problem import Problem, as_problem
from lassocore.progress import report_fit
from lassocore.results.convergence import warn_unconverged
from lassocore.results.path_result import PathResult
from lassocore.results.sample import Sample
from lassocore.solvers.settings import Settings
from lassocore.utils.docstrings import complete_docstring
from lassocore.utils.pickling import named_in_package


@named_in_package
@complete_docstring(ElasticNet, PathResult.information_criterion, ElasticNetCV)
class LassoIC(SparseCoefMixin, LinearModel):
    r"""Lasso or elastic net with alpha chosen by AIC, BIC or EBIC.

    Fits the path that minimises, over the intercept b0 and the coefficients w::

        1/(2 S) * sum_i s_i (y_i - b0 - x_i'w)^2
        + alpha * sum_j v_j * (l1_ratio * |w_j| + (1 - l1_ratio)/2 * w_j^2)

    with s = sample_weight, S their sum, v = penalty_factor, and takes the alpha with the least::

        n log(2 pi sigma^2) + RSS / sigma^2 + c * df,   c = 2 ("aic") or log(n) ("bic", "ebic")
        "ebic" adds 2 * gamma * log(number of models with df of the penalised features)

    with n = S, RSS the weighted sum of squared residuals and df the degrees of freedom: the rank of the columns with
    nonzero coefficients that are not at a bound, or for the elastic net the trace of the linear map from y to the fit
    on them. The intercept is not counted. This is scikit-learn's ``LassoLarsIC`` on a grid of alphas, for sparse X,
    weights, tied columns and more features than samples as well.

    Parameters
    ----------
    criterion : {"aic", "bic", "ebic"}, default="aic"
        Akaike's, the Bayesian or the extended Bayesian information criterion.
    alphas, eps, l1_ratio
    noise_variance : float or "profile", default=None
        The noise variance sigma^2. By default that of least squares on all features (within the bounds),
        RSS / (n - rank - 1), where there are more samples than features and an intercept; else RSS / (n - df - 1) at
        the alpha of least generalised cross-validation among those with df <= n / 2. "profile" maximises the
        likelihood over sigma^2 at each alpha, which favours models that interpolate: for n >> p only.
    gamma, fit_intercept
    max_iter : int, default=10_000
        Limit of epochs for each alpha; a ConvergenceWarning tells when it is reached.
    tol, positive, penalty_factor, bounds, standardize, solver, verbose
    callback : callable, default=None
        Called after each alpha with a `TaskLevelInfo` of the task "path". The path ends where it returns something
        true, and the alphas that it has reached are judged. scikit-learn's callbacks (1.9 and newer) are set by
        `set_callbacks`.

    Attributes
    ----------
    alpha_ : float
        The alpha with the least criterion.
    alphas_ : ndarray of shape (n_alphas,)
        The alphas, falling.
    criterion_ : ndarray of shape (n_alphas,)
        The criterion at each alpha. Of equal values, up to rounding, the one of the largest alpha counts.
    df_path_ : ndarray of shape (n_alphas,)
        Degrees of freedom, without the intercept.
    noise_variance_ : float or ndarray of shape (n_alphas,)
        The noise variance of the criterion; an array with noise_variance="profile".
    stopped_ : str
        "callback" where a callback has ended the path, else "".
    coef_ : ndarray of shape (n_features,)
        Coefficients at alpha_, on the scale of X.
    sparse_coef_ : scipy.sparse.csr_array of shape (1, n_features)
    intercept_ : float
        Intercept at alpha_; 0.0 without fit_intercept.
    dual_gap_ : float
        Certificate: the objective at alpha_ is at most this far above its minimum.
    n_iter_ : int
        Epochs and exact steps at alpha_.
    n_features_in_, feature_names_in_

    See Also
    --------
    PathResult.information_criterion : The criterion of a path that is fitted already.
    LassoCV : Chooses alpha by cross-validation.
    Lasso : Given alpha.

    References
    ----------
    * Zou, Hastie, Tibshirani (2007), On the degrees of freedom of the lasso, Annals of Statistics 35(5).
    * Tibshirani, Taylor (2012), Degrees of freedom in lasso problems, Annals of Statistics 40(2).
    * Chen, Chen (2008), Extended Bayesian information criteria for model selection with large model spaces, Biometrika
      95(3).
    * Reid, Tibshirani, Friedman (2016), A study of error variance estimation in lasso regression, Statistica Sinica
      26(1).

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_diabetes
    >>> from lassocore import LassoIC
    >>> X, y = load_diabetes(return_X_y=True)
    >>> np.flatnonzero(LassoIC("bic").fit(X, y).coef_)
    array([1, 2, 3, 4, 6, 8, 9])
    """

    def __init__(
        self, criterion="aic", *, alphas=100, eps=1e-3, l1_ratio=1.0, noise_variance=None, gamma=1.0,
        fit_intercept=True, max_iter=10_000, tol=1e-4, positive=False, penalty_factor=None, bounds=None,
        standardize=False, solver="auto", verbose=0, callback=None,
    ):
        self.criterion = criterion
        self.alphas = alphas
        self.eps = eps
        self.l1_ratio = l1_ratio
        self.noise_variance = noise_variance
        self.gamma = gamma
        self.fit_intercept = fit_intercept
        self.max_iter = max_iter
        self.tol = tol
        self.positive = positive
        self.penalty_factor = penalty_factor
        self.bounds = bounds
        self.standardize = standardize
        self.solver = solver
        self.verbose = verbose
        self.callback = callback

    @complete_docstring(ElasticNet.fit)
    def fit(self, X, y, sample_weight=None) -> Self:
        """Fit the path and choose its alpha.

        Parameters
        ----------
        X
        y : array-like of shape (n_samples,)
        sample_weight : array-like of shape (n_samples,), optional
            A weight of k counts as k repeated rows; scale weights of another kind to sum to n_samples.

        Returns
        -------
        Self
            The fitted estimator.

        Raises
        ------
        ValueError
            As in `fit_path`; options out of range.
        TypeError
            A data frame some of whose column names are text and some are not.

        Warns
        -----
        ConvergenceWarning
            Once, with the number of alphas that missed the tolerance and the gap of the worst.
        """
        check_criterion(self.criterion, self.noise_variance, self.gamma)
        settings = self._settings()
        sample_weight = without_number(sample_weight)
        X, y = self._checked(X, y)
        problem = as_problem(X, y, sample_weight=sample_weight, **self._problem_options())
        check_l1_ratio(self.l1_ratio)
        warn_of_one_alpha(self.alphas, stacklevel=2)
        grid = as_alphas(problem, self.alphas, self.eps, self.l1_ratio)
        with report_fit(self, X, y, 1, sample_weight, self.verbose) as report:
            with report.task(0, "path", len(grid)) as task:
                path = solve_path(problem, grid, self.eps, self.l1_ratio, replace(settings, callback=task.on_level))
            warn_unconverged(path, self.max_iter, self.tol, stacklevel=2)
            self._judge(path, problem, settings)
        self.stopped_ = path.stopped
        return self

    def _judge(self, path: PathResult, problem: Problem, settings: Settings) -> None:
        """Set the criterion at every alpha, and the model that it chooses."""
        sample = path.sample
        assert sample is not None
        check_observations(sample)
        self.alphas_ = path.alphas
        self.df_path_ = degrees_of_freedom(path, problem)
        variance = self._estimated(sample, problem, settings)
        self.criterion_ = criterion_values(
            sample, self.df_path_, rank_of(problem, problem.unpenalised), self.criterion, variance, self.gamma)
        self.noise_variance_ = sample.sq_residuals / sample.n_observations if variance == "profile" else variance
        if sample.scaling is not None:
            self.noise_variance_ = sample.scaling.objective(self.noise_variance_)
        best = first_best(-self.criterion_)
        self.alpha_ = path.alphas[best]
        self.coef_ = path.coef_of(best)
        self.intercept_ = path.intercepts.astype(path.coefs.dtype)[best] if self.fit_intercept else 0.0
        self.dual_gap_, self.n_iter_ = path.dual_gaps[best], int(path.n_iter[best])
        self._keep_record(path, best, sample.n_rows)

    def _estimated(self, sample: Sample, problem: Problem, settings: Settings) -> float | str:
        """The noise variance, given or estimated."""
        if self.noise_variance is not None:
            return information_criteria.in_sample_units(self.noise_variance, sample)
        variance = information_criteria.least_squares_noise_variance(problem, sample, settings)
        return information_criteria.path_noise_variance(sample, self.df_path_) if variance is None else variance
