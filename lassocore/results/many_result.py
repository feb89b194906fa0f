# Lives here: the result of a fit of many targets. Independent of: the core, how targets are solved.
"""Results of many targets over one X."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, overload

import numpy as np

from lassocore.problems.rescaling import sample_with_target
from lassocore.problems.targets import as_columns
from lassocore.results.path_batch import batch_of
from lassocore.results.path_result import PathResult, path_of_columns, with_fields
from lassocore.results.path_views import PathViews
from lassocore.results.prediction import add_offset, as_new_design, as_new_offset, dense_product, r2_of
from lassocore.results.sample import Sample
from lassocore.results.solved_target import SolvedTarget
from lassocore.results.sparse_columns import Columns
from lassocore.results.tables import (
    feature_labels,
    frame_of_targets,
    nonzero_features,
    one_line,
    target_labels,
    targets_html,
)
from lassocore.utils.docstrings import complete_docstring
from lassocore.utils.pickling import VersionedState, named_in_package


@named_in_package
@complete_docstring(PathResult)
@dataclass(frozen=True, eq=False, repr=False)
class ManyResult(VersionedState, Sequence[PathResult]):
    """Paths of many targets: a sequence with a `PathResult` for each, and arrays over all of them.

    Where max_active ended a path early, the rest of its row is NaN, 0 or False, and its coefficients are 0.

    Attributes
    ----------
    alphas : ndarray of shape (n_targets, n_alphas)
        Penalty strengths of each target, falling.
    coefs_sparse : scipy.sparse.csr_array of shape (n_targets * n_alphas, n_features)
        Coefficients, the alphas of the first target in turn, then those of the next.
    intercepts : ndarray of shape (n_targets, n_alphas)
    dual_gaps : ndarray of shape (n_targets, n_alphas)
        Certificates: each objective is at most this far above its minimum, in units of the objective.
    gap_tols : ndarray of shape (n_targets,)
        What dual_gaps is compared with: tol times the weighted mean square of each centred target.
    n_iter : ndarray of shape (n_targets, n_alphas)
    converged : ndarray of bool of shape (n_targets, n_alphas)
    r2 : ndarray of shape (n_targets, n_alphas)
        Weighted coefficient of determination of each target on the data of the fit.
    l1_ratio, feature_names
    targets : tuple of SolvedTarget
        The solutions that indexing returns as `PathResult`; none where targets had weights of their own.
    total_weight : float, or ndarray of shape (n_targets,)
        Sum of the sample weights, or of those of each target.
    has_offset
    target_names : tuple of str, or None
        Column names of Y, where it was a data frame.
    sample : Sample, or None
        What all targets have in common of the data, for `information_criterion` of their paths.
    relative_gaps : ndarray of shape (n_targets, n_alphas), or None
        As in `PathResult`, where the squares of a column or of any target over- or underflow.
    paths : tuple of PathResult
        The paths, where targets had weights of their own.

    See Also
    --------
    fit_many : Fits one.
    PathResult : The path of one target.

    Examples
    --------
    >>> import numpy as np
    >>> from lassocore import fit_many
    >>> X = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])
    >>> many = fit_many(X, X @ [[3.0, 0.0], [1.0, 2.0]], alphas=[1.0, 0.1])
    >>> many
    <ManyResult: 2 targets x 2 alphas from 1 to 0.1, all converged>
    >>> many.n_nonzero.tolist(), many[0].coefs[:, -1].round(3)
    ([[1, 2], [0, 1]], array([2.8, 0.8]))
    """

    alphas: np.ndarray
    coefs_sparse: Any
    intercepts: np.ndarray
    dual_gaps: np.ndarray
    gap_tols: np.ndarray
    n_iter: np.ndarray
    converged: np.ndarray
    r2: np.ndarray
    l1_ratio: float = 1.0
    feature_names: tuple[str, ...] | None = None
    targets: tuple[SolvedTarget, ...] = ()
    total_weight: Any = 1.0
    has_offset: bool = False
    target_names: tuple[str, ...] | None = None
    sample: Sample | None = None
    relative_gaps: np.ndarray | None = None
    paths: tuple[PathResult, ...] = ()

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Set the fields; version 0.1.0 kept a list of `PathPoint` for each target."""
        super().__setstate__({**state, "targets": tuple(
            target._replace(levels=batch_of(*target.levels)) if isinstance(target.levels, list) else target
            for target in state["targets"])})

    def __len__(self) -> int:
        return len(self.alphas)

    def __repr__(self) -> str:
        return one_line(self)

    def _repr_html_(self) -> str:
        return targets_html(self)

    @overload
    def __getitem__(self, index: int) -> PathResult: ...
    @overload
    def __getitem__(self, index: slice) -> list[PathResult]: ...
    def __getitem__(self, index):
        if isinstance(index, slice):
            return [self[k] for k in range(*index.indices(len(self)))]
        k = range(len(self))[index]
        if self.paths:
            return with_fields(self.paths[k], {"feature_names": self.feature_names, "has_offset": self.has_offset})
        target, scale = self.targets[k], self.total_weight
        levels, n = target.levels, len(target.levels)
        make_info = partial(levels.info, target.grid, scale, None, target.stopped)
        columns = Columns(levels.rows, levels.values, levels.ends, self.coefs_sparse.shape[1], self.coefs_sparse.dtype)
        return path_of_columns(columns, make_info, {
            **{name: getattr(self, name)[k, :n] for name in (
                "alphas", "intercepts", "dual_gaps", "n_iter", "converged", "r2")},
            "gap_tol": float(self.gap_tols[k]), "l1_ratio": self.l1_ratio, "stopped": target.stopped,
            "feature_names": self.feature_names, "has_offset": self.has_offset, "sample": self._sample_of(target),
            "relative_gaps": None if self.relative_gaps is None else self.relative_gaps[k, :n]})

    @cached_property
    def coefs(self) -> np.ndarray:
        """Coefficients as a dense array of shape (n_targets, n_features, n_alphas), built at the first call."""
        n_targets, n_alphas = self.alphas.shape
        return self.coefs_sparse.toarray().reshape(n_targets, n_alphas, -1).transpose(0, 2, 1)

    @property
    def n_nonzero(self) -> np.ndarray:
        """Number of nonzero coefficients, of shape (n_targets, n_alphas)."""
        n_nonzero = np.zeros(self.alphas.shape, np.intp)
        solved: Sequence[Any] = self.paths or [target.levels for target in self.targets]
        for row, path in zip(n_nonzero, solved, strict=True):
            row[:len(path)] = path.n_nonzero
        return n_nonzero

    @complete_docstring(PathViews.coef_at)
    def coef_at(self, alpha) -> np.ndarray:
        """Get the coefficients of every target at any alpha of its range, as in `PathResult.coef_at`.

        Parameters
        ----------
        alpha

        Returns
        -------
        ndarray of shape (n_targets, n_features), or (n_targets, n_features, m) of several alphas
            The coefficients.

        Raises
        ------
        ValueError
            An alpha that the path of a target does not reach, with what to fit.

        Examples
        --------
        >>> import numpy as np
        >>> from lassocore import fit_many
        >>> X = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])
        >>> fit_many(X, X @ [[3.0, 0.0], [1.0, 2.0]], alphas=[0.5, 0.1]).coef_at(0.3).round(3)
        array([[2.4, 0.4],
               [0. , 1.4]])
        """
        coefs = self._coefs_of(self._weights_at(alpha)).toarray().reshape(len(self), -1, self.coefs_sparse.shape[1])
        return coefs[:, 0] if np.ndim(alpha) == 0 else coefs.transpose(0, 2, 1)

    @complete_docstring(coef_at)
    def intercept_at(self, alpha) -> np.ndarray:
        """Get the intercept of every target at any alpha of its range, as in `coef_at`.

        Parameters
        ----------
        alpha

        Returns
        -------
        ndarray of shape (n_targets,), or (n_targets, m) of several alphas
            The intercepts.

        Raises
        ------
        ValueError
            An alpha that the path of a target does not reach, with what to fit.
        """
        return self._intercepts_of(self._weights_at(alpha))

    @complete_docstring(PathViews.score)
    def predict(self, X, alpha=None, offset=None) -> np.ndarray:
        """Predict every target at one alpha, at several, or at all its alphas.

        Parameters
        ----------
        X
        alpha : float or array-like of shape (m,), optional
            As in `coef_at`; by default all alphas of each target.
        offset : float or array-like of shape (n_samples,) or (n_samples, n_targets), optional

        Returns
        -------
        ndarray of shape (n_samples, n_targets), (n_samples, n_targets, m) or (n_samples, n_targets, n_alphas)
            The predictions.

        Raises
        ------
        ValueError
            As in `PathResult.predict`.
        """
        return self._predict(X, alpha, offset)[0]

    @complete_docstring(predict, PathViews.score)
    def score(self, X, Y, sample_weight=None, alpha=None, offset=None) -> np.ndarray:
        """Compute R2 of the predictions of each target, as in `PathResult.score`.

        Parameters
        ----------
        X
        Y : array-like of shape (n_samples, n_targets)
            True values.
        sample_weight, alpha, offset

        Returns
        -------
        ndarray of shape (n_targets,), (n_targets, m) or (n_targets, n_alphas)
            R2 of each target.

        Raises
        ------
        ValueError
            As in `PathResult.score`.
        """
        fitted, known = self._predict(X, alpha, offset)
        return r2_of(as_columns(Y, "Y", len(fitted), len(self)), fitted, sample_weight, known)

    @complete_docstring(predict)
    def to_frame(self, alpha=None, *, all_features: bool = False):
        """Get named coefficients as a pandas data frame.

        Parameters
        ----------
        alpha
        all_features : bool, default=False
            Also those features whose coefficients are 0 everywhere.

        Returns
        -------
        pandas.DataFrame
            With one alpha a row for each feature and a column for each target. Otherwise rows for each target and
            feature and a column for each alpha; for all alphas, which differ from target to target, for their position.

        Raises
        ------
        ImportError
            pandas is not installed.
        ValueError
            An alpha that the path of a target does not reach.

        Examples
        --------
        >>> import numpy as np
        >>> from lassocore import fit_many
        >>> X = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])
        >>> many = fit_many(X, X @ [[3.0, 0.0], [0.0, 2.0]], alphas=[0.5, 0.1])
        >>> many.to_frame(alpha=0.5)                # doctest: +NORMALIZE_WHITESPACE
        target     0    1
        feature
        x0       2.0  0.0
        x1       0.0  1.0
        """
        coefs = self.coefs if alpha is None else self.coef_at(np.atleast_1d(alpha))
        features = np.arange(coefs.shape[1]) if all_features else nonzero_features(coefs)
        columns, heading = (np.arange(coefs.shape[2]), "position") if alpha is None else (alpha, "alpha")
        return frame_of_targets(coefs[:, features], feature_labels(self.feature_names, features.tolist()), "target",
                                target_labels(self.target_names, len(self)), columns, heading)

    def nonzero_names(self, alpha=None) -> list[list[str]]:
        """Get for each target the names of its features with a coefficient that is not 0.

        Parameters
        ----------
        alpha : float, optional
            As in `coef_at`; by default those that are not 0 at any alpha.

        Returns
        -------
        list of lists of str
            As in `PathResult.nonzero_names`.

        Raises
        ------
        ValueError
            An alpha that the path of a target does not reach.
        """
        return [path.nonzero_names(alpha) for path in self]

    def _sample_of(self, target: SolvedTarget) -> Sample | None:
        """The data of one target as its path keeps them."""
        if self.sample is None:
            return None
        unit = self.sample.n_observations / self.total_weight
        sample = self.sample if target.exponent is None else sample_with_target(self.sample, target.exponent)
        features = sample.features if target.excluded is None else np.setdiff1d(sample.features, target.excluded)
        return sample._replace(sq_residuals=unit * np.array(target.levels.sq_residual), features=features)

    def _predict(self, X, alpha, offset) -> tuple[np.ndarray, Any]:
        """(predictions, the offset in them)."""
        design = as_new_design(X, self.coefs_sparse.shape[1], self.feature_names, "ManyResult", products=True)
        offset = as_new_offset(offset, design.shape[0], self.has_offset, len(self))
        weights = None if alpha is None else self._weights_at(alpha)
        fitted = dense_product(design, (self.coefs_sparse if weights is None else self._coefs_of(weights)).T)
        intercepts = self.intercepts if weights is None else self._intercepts_of(weights)
        fitted = fitted.reshape(len(fitted), *intercepts.shape) + intercepts
        if offset is not None and np.ndim(offset) == 1:
            offset = offset[:, None]
        return add_offset(fitted, offset), offset

    def _weights_at(self, alpha) -> list[np.ndarray]:
        """The weights of each target's alphas whose mean is alpha."""
        return [path._weights_at(alpha) for path in self]

    def _coefs_of(self, weights: list[np.ndarray]) -> Any:
        """Coefficients at weighted means of each target's alphas: a sparse row for each, then those of the next."""
        from scipy.sparse import block_diag, csr_array

        n_alphas = self.alphas.shape[1]
        return block_diag([csr_array(filled(columns, n_alphas)) for columns in weights], format="csr"
                          ) @ self.coefs_sparse

    def _intercepts_of(self, weights: list[np.ndarray]) -> np.ndarray:
        return np.array([row[:len(columns)] @ columns for row, columns in zip(self.intercepts, weights, strict=True)])


def filled(weights: np.ndarray, n_alphas: int) -> np.ndarray:
    """Weights as rows, with zeros for the alphas that a target has not reached."""
    rows = np.atleast_2d(weights.T)
    return np.pad(rows, ((0, 0), (0, n_alphas - rows.shape[1])))
