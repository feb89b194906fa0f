# Lives here: what a path fit returns. Independent of: the core, how paths are solved.
"""Results of path fits."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypeVar

import numpy as np

from lassocore.penalties.groups import Groups
from lassocore.results.active_product import active_product
from lassocore.results.deferred import DeferredFields, with_deferred
from lassocore.results.history import History
from lassocore.results.path_info import PathInfo
from lassocore.results.path_views import PathViews
from lassocore.results.prediction import dense_product
from lassocore.results.sample import Sample
from lassocore.results.sparse_columns import Columns
from lassocore.utils.arguments import as_vector
from lassocore.utils.docstrings import complete_docstring
from lassocore.utils.pickling import named_in_package

PathT = TypeVar("PathT", bound=PathViews)


@named_in_package
@dataclass(frozen=True, eq=False, repr=False)
class PathResult(DeferredFields, PathViews[float]):
    """A regularization path: one linear model and one certificate for each alpha.

    It is a sequence: ``len(path)``, ``path[k]`` and ``for model in path`` give a `PathModel` for each alpha, slices a
    path of fewer alphas. `predict`, `score`, `coef_at` and `nonzero_names` take any alpha between the smallest and the
    largest; `plot`, `to_frame` and `report` show the path, `save` keeps it. Coefficients are kept sparse; nothing of
    size n_features x n_alphas is built unless `coefs` is used.

    Attributes
    ----------
    alphas : ndarray of shape (n_alphas,)
        Strengths of the penalty, falling.
    coefs_sparse : scipy.sparse.csc_array of shape (n_features, n_alphas)
        Coefficients, a column for each alpha, in units of y over those of their column of X.
    intercepts : ndarray of shape (n_alphas,)
        Intercepts, in units of y; 0 without fit_intercept.
    dual_gaps : ndarray of shape (n_alphas,)
        Certificate: the objective of column k is at most dual_gaps[k] above the minimum, in units of y squared.
        Of a relaxed path: of the penalised solutions, before they were blended with their refits.
    gap_tol : float
        What dual_gaps is compared with, in the same units: tol times the weighted mean square of the centred y.
    n_iter : ndarray of shape (n_alphas,)
        Epochs and exact steps.
    converged : ndarray of bool of shape (n_alphas,)
        Whether the gap meets the tolerance.
    r2 : ndarray of shape (n_alphas,)
        Weighted coefficient of determination on the data of the fit, about the mean of y with or without an intercept.
    l1_ratio : float
        Share of the L1 penalty: 1 is the lasso.
    stopped : str
        Why the path ended: "" at its last alpha, else "callback", "max_active" or "time_limit".
    info : PathInfo
        How each alpha was solved: method, epochs, Newton steps, working set, columns scanned, time.
    feature_names : tuple of str, or None
        Column names, where X was a data frame.
    relax : float, or None
        The share of the penalised solution in coefs and intercepts of a relaxed path; None if it was not relaxed.
    refit_gaps : ndarray of shape (n_alphas,), or None
        Of a relaxed path: how far the objective of each refit, ``1/(2 S) * sum_i s_i r_i^2``, is at most above its
        minimum, before coefficients are rounded to float32.
    sample : Sample, or None
        Weights and sums for `information_criterion`; None where the path was read from a file.
    has_offset : bool
        Whether the fit had an offset, so that `predict` needs one as well.
    relative_gaps : ndarray of shape (n_alphas,), or None
        Of data whose squares over- or underflow: dual_gaps over the weighted mean square of the centred y, which tol
        limits. The objective may then be beyond what a float holds, and dual_gaps and gap_tol infinity, or the smallest
        number above 0; converged and relative_gaps remain valid. None for all other data.
    groups : Groups, or None
        The groups of features, where the fit had some: ``groups.labels`` holds the number of the group of each feature,
        ``groups.weights`` and ``groups.names`` the weights of the groups and their names (None for numbers).
    history : History, or None
        Objective, gap, step and nonzeros after each epoch and exact step, where the fit recorded them.

    See Also
    --------
    fit_path : Fits one.
    PathModel : The model at one alpha.
    lassocore.plots.PathDisplay : What `plot` draws.

    Examples
    --------
    >>> import numpy as np
    >>> from lassocore import fit_path
    >>> X = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])
    >>> path = fit_path(X, np.array([3.0, 1.0, -3.0, -1.0]), alphas=[1.0, 0.25])
    >>> path
    <PathResult: 2 alphas from 1 to 0.25, all converged>
    >>> path.coef_at(0.5).round(3), path.predict([[1.0, 1.0]], alpha=[1.0, 0.25]).round(3)
    (array([2.   , 0.333]), array([[1., 3.]]))
    """

    alphas: np.ndarray
    coefs_sparse: Any
    intercepts: np.ndarray
    dual_gaps: np.ndarray
    gap_tol: float
    n_iter: np.ndarray
    converged: np.ndarray
    r2: np.ndarray
    l1_ratio: float = 1.0
    stopped: str = ""
    info: PathInfo | None = field(default_factory=lambda: None)     # without a class attribute: deferred
    feature_names: tuple[str, ...] | None = None
    relax: float | None = None
    refit_gaps: np.ndarray | None = None
    sample: Sample | None = None
    has_offset: bool = False
    relative_gaps: np.ndarray | None = None
    groups: Groups | None = None
    history: History | None = None

    def __getstate__(self) -> dict[str, Any]:
        """The fields, without the columns of which some are made."""
        return {name: value for name, value in super().__getstate__().items() if name != "_columns"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Set the fields; version 0.1.0 kept coefficients as they were solved."""
        coefs = state.get("coefs_sparse")
        super().__setstate__({**state, "coefs_sparse": coefs.joined()} if isinstance(coefs, Columns) else state)

    @cached_property
    def coefs(self) -> np.ndarray:
        """Coefficients as a dense array of shape (n_features, n_alphas), built at the first call."""
        return (self.__dict__.get("_columns") or self.coefs_sparse).toarray(order="C")

    @property
    def n_nonzero(self) -> np.ndarray:
        """Number of nonzero coefficients at each alpha, of shape (n_alphas,)."""
        return np.diff(self.coefs_sparse.indptr)

    @complete_docstring(PathViews.nonzeros)
    def nonzeros(self, k: int) -> tuple[np.ndarray, np.ndarray]:
        """Get the nonzero coefficients of one alpha.

        Parameters
        ----------
        k

        Returns
        -------
        indices : ndarray of int
            Rising indices of the features.
        values : ndarray
            Their coefficients.

        Raises
        ------
        IndexError
            A position beyond the ends of the path.
        """
        coefs, k = self.coefs_sparse, range(len(self))[k]
        span = slice(coefs.indptr[k], coefs.indptr[k + 1])
        return coefs.indices[span].astype(np.intp), coefs.data[span]

    @complete_docstring(nonzeros)
    def coef_of(self, k: int) -> np.ndarray:
        """Get the coefficients of one alpha as a dense vector.

        Parameters
        ----------
        k

        Returns
        -------
        ndarray of shape (n_features,)
            The coefficients.

        Raises
        ------
        IndexError
            A position beyond the ends of the path.
        """
        rows, values = self.nonzeros(k)
        coef = np.zeros(self.coefs_sparse.shape[0], values.dtype)
        coef[rows] = values
        return coef

    @property
    def entries(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Features and values of the nonzeros of all alphas, one alpha after the other; how many each alpha has."""
        return self.coefs_sparse.indices, self.coefs_sparse.data, self.n_nonzero

    @complete_docstring(PathViews.nonzero_names)
    def nonzero_groups(self, alpha=None) -> list[Any]:
        """Get the groups with a coefficient that is not 0, in the order of the groups.

        Parameters
        ----------
        alpha

        Returns
        -------
        list
            The names of the groups, or their labels; of groups given as lists of columns their positions.

        Raises
        ------
        ValueError
            The fit had no groups; an alpha that the path does not reach.

        Examples
        --------
        >>> import numpy as np
        >>> from lassocore import fit_path
        >>> X = np.vstack([np.eye(4), -np.eye(4)])
        >>> path = fit_path(X, X @ [0.0, 1.0, 3.0, 4.0], groups={"low": [0, 1], "high": [2, 3]})
        >>> path.nonzero_groups(alpha=0.4)
        ['high']
        """
        if self.groups is None:
            raise ValueError("the fit had no groups; nonzero_names gives the features")
        return self.groups.of_features(self._nonzero_features(alpha))

    @complete_docstring(PathViews.score)
    def predict(self, X, alpha=None, offset=None) -> np.ndarray:
        """Predict at one alpha, at several, or at all alphas of the path.

        Parameters
        ----------
        X, alpha, offset

        Returns
        -------
        ndarray of shape (n_samples,), (n_samples, m) or, without alpha, (n_samples, n_alphas)
            The predictions, a column for each of several alphas.

        Raises
        ------
        ValueError
            NaN or infinity in X, another number of columns, other names or the same in another order; an alpha that the
            path does not reach; no offset where the fit had one.

        Warns
        -----
        UserWarning
            X has names where the fit had none, or the other way round.
        """
        return self._predict(X, None if alpha is None else self._weights_at(alpha), offset)

    def information_criterion(
        self, criterion: str = "aic", *, noise_variance: float | str | None = None, gamma: float = 1.0, X=None,
    ) -> np.ndarray:
        r"""Compute Akaike's, the Bayesian or the extended Bayesian information criterion at each alpha; less is better.

        ::

            n log(2 pi sigma^2) + RSS / sigma^2 + c * df,   c = 2 ("aic") or log(n) ("bic", "ebic")
            "ebic" adds 2 * gamma * log(number of models with df of the penalised features)

        with n the sum of the sample weights (a weight of k counts as k rows; scale weights of another kind to sum to
        the number of rows), RSS the weighted sum of squared residuals and df the degrees of freedom. df does not count
        the intercept, as in scikit-learn's ``LassoLarsIC``: all models of a path have it.

        Parameters
        ----------
        criterion : {"aic", "bic", "ebic"}, default="aic"
            Which of the three.
        noise_variance : float or "profile", optional
            The noise variance sigma^2. By default it is estimated from the path: RSS / (n - df - 1) at the alpha of
            least generalised cross-validation among those with df <= n / 2. "profile" maximises the likelihood over
            sigma^2 at each alpha and gives ``n log(2 pi RSS / n) + n + ...``, which favours models that interpolate:
            for n >> p only.
        gamma : float in [0, 1], default=1.0
            Of "ebic": 0 is "bic", 1 is consistent for any number of features that grows as a power of n.
        X : array-like or sparse matrix of shape (n_samples, n_features), optional
            The data of the fit. With it, df is right where columns are tied or collinear, and for the elastic net and
            for groups, which need it. Without it, every nonzero coefficient that is not at a bound counts as one.

        Returns
        -------
        ndarray of shape (n_alphas,)
            The criterion at each alpha.

        Raises
        ------
        ValueError
            Options out of range; X of another shape; weights that sum to less than the number of rows; an elastic net
            or a path with groups without X; "ebic" of a path with groups, which has no models of single features; a
            relaxed path, whose degrees of freedom have no known form; a path that was read from a file.

        References
        ----------
        * Zou, Hastie, Tibshirani (2007), On the degrees of freedom of the lasso, Annals of Statistics 35(5).
        * Tibshirani, Taylor (2012), Degrees of freedom in lasso problems, Annals of Statistics 40(2).
        * Vaiter, Deledalle, Peyré, Fadili, Dossal (2012), The degrees of freedom of the group lasso, arXiv:1205.1481.
        * Chen, Chen (2008), Extended Bayesian information criteria for model selection with large model spaces,
          Biometrika 95(3).
        * Reid, Tibshirani, Friedman (2016), A study of error variance estimation in lasso regression, Statistica Sinica
          26(1).

        Examples
        --------
        >>> import numpy as np
        >>> from lassocore import fit_path
        >>> X = np.random.default_rng(0).standard_normal((50, 4))
        >>> path = fit_path(X, X[:, 0] + 0.1 * X[:, 1])
        >>> best = path.information_criterion("bic", noise_variance=1.0).argmin()
        >>> int(path.n_nonzero[best])
        1
        """
        from lassocore.paths.information_criteria import path_criterion

        return path_criterion(self, X, criterion, noise_variance, gamma)

    def to_dict(self) -> dict[str, Any]:
        """Get plain lists and numbers, ready for JSON.

        Returns
        -------
        dict
            The attributes by name; coefficients as index and value lists for each alpha. Groups are left out.

        Raises
        ------
        ValueError
            A path of data so large that its duality gaps are infinite as floats.
        """
        if self.relative_gaps is not None and not np.isfinite([self.gap_tol, *self.dual_gaps]).all():
            raise ValueError("the duality gaps of this path, in units of the square of y, are infinite as floats, "
                             "which JSON cannot hold; rescale y and fit again")
        solutions = [self.nonzeros(k) for k in range(len(self))]
        return {
            "n_features": int(self.coefs_sparse.shape[0]),
            "feature_names": None if self.feature_names is None else list(self.feature_names),
            "l1_ratio": float(self.l1_ratio),
            "alphas": self.alphas.tolist(),
            "intercepts": self.intercepts.tolist(),
            "indices": [indices.tolist() for indices, _ in solutions],
            "values": [values.tolist() for _, values in solutions],
            "dual_gaps": self.dual_gaps.tolist(),
            "gap_tol": float(self.gap_tol),
            "n_iter": self.n_iter.tolist(),
            "converged": self.converged.tolist(),
            "r2": self.r2.tolist(),
            "stopped": self.stopped,
            "has_offset": self.has_offset,
        }

    @property
    def n_features(self) -> int:
        """Number of columns of X."""
        return self.coefs_sparse.shape[0]

    def _unpenalised(self) -> np.ndarray:
        if self.sample is None:
            return np.empty(0, np.intp)
        always, dependent = self.sample.unpenalised, self.sample.dependent
        return always if dependent is None else np.union1d(always, dependent)

    def _product(self, design, weights: np.ndarray | None) -> np.ndarray:
        if weights is not None and weights.ndim == 1:
            return active_product(design, self.coefs_sparse @ weights)
        return dense_product(design, self.coefs_sparse if weights is None else self.coefs_sparse @ weights)

    def _targets(self, y, n_samples: int) -> np.ndarray:
        return as_vector(y, "y", n_samples, "samples")

    def _of_positions(self, positions: np.ndarray) -> PathResult:
        """The path of these alphas alone."""
        sample = self.sample
        return replace(
            self, coefs_sparse=self.coefs_sparse[:, positions], **self._fields_at(positions),
            refit_gaps=None if self.refit_gaps is None else self.refit_gaps[positions],
            sample=None if sample is None else sample._replace(sq_residuals=sample.sq_residuals[positions]))


def path_of_columns(columns: Columns, make_info: Callable[[], PathInfo], fields: dict[str, Any]) -> PathResult:
    """A path of these coefficients and further fields; `coefs_sparse` and `info` are built at the first access."""
    return with_deferred(PathResult, {**fields, "_columns": columns},
                         {"coefs_sparse": columns.joined, "info": make_info})


def with_fields(result: PathT, fields: dict[str, Any]) -> PathT:
    """A new result with these fields in place of its own; like `dataclasses.replace`, but nothing deferred is made."""
    other = type(result).__new__(type(result))
    other.__dict__.update(result.__dict__ | fields)
    return other
