# Lives here: what paths of one target and of several tasks have in common. Independent of: how models were fitted.
"""A path as a sequence of models: positions, any alpha between them, scores, tables."""
from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from operator import index
from typing import Any, Self, overload

import numpy as np
from numpy.typing import ArrayLike

from lassocore.penalties.groups import Groups
from lassocore.results.history import History
from lassocore.results.path_info import PathInfo
from lassocore.results.path_model import Intercept, PathModel
from lassocore.results.path_output import PathOutput
from lassocore.results.prediction import add_offset, as_new_design, as_new_offset, grid_weights, r2_of
from lassocore.results.tables import (
    coefficient_frame,
    feature_labels,
    frame_of_targets,
    nonzero_features,
    on_joint_support,
    one_line,
    path_html,
    target_labels,
)
from lassocore.utils.docstrings import complete_docstring


class PathViews(PathOutput, Sequence[PathModel[Intercept]]):
    """A sequence of models, one for each alpha: ``len(path)``, ``path[k]``, ``path[a:b]``, ``for model in path``."""

    alphas: np.ndarray
    coefs_sparse: Any
    intercepts: np.ndarray
    dual_gaps: np.ndarray
    n_iter: np.ndarray
    converged: np.ndarray
    r2: np.ndarray
    stopped: str
    info: PathInfo | None
    relative_gaps: np.ndarray | None
    feature_names: tuple[str, ...] | None = None
    target_names: tuple[str, ...] | None = None     # of several tasks
    groups: Groups | None = None                    # of features
    has_offset: bool = False
    history: History | None = None

    @property
    @abstractmethod
    def n_features(self) -> int:
        """Number of columns of X."""

    @property
    @abstractmethod
    def coefs(self) -> np.ndarray:
        """Coefficients of all alphas, dense, alphas last."""

    @property
    @abstractmethod
    def entries(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Features and values of the nonzeros of all alphas, one alpha after the other; how many each alpha has."""

    @abstractmethod
    def nonzeros(self, k: int) -> tuple[np.ndarray, np.ndarray]:
        """Get the nonzero coefficients of one alpha.

        Parameters
        ----------
        k : int
            Position of the alpha on the path, from 0; -1 is the last.

        Returns
        -------
        tuple of two ndarrays
            Rising indices of the features, and their coefficients.
        """

    @abstractmethod
    def _unpenalised(self) -> np.ndarray:
        """Features without a penalty; empty if unknown."""

    @abstractmethod
    def _product(self, design, weights: np.ndarray | None) -> np.ndarray:
        """A design times the weighted mean of the coefficients over alphas, or times those of all alphas."""

    @abstractmethod
    def _targets(self, y, n_samples: int) -> np.ndarray:
        """y of one target, or Y of several tasks, checked."""

    @abstractmethod
    def _of_positions(self, positions: np.ndarray) -> Self:
        """The path of these alphas alone."""

    def _fields_at(self, positions: np.ndarray) -> dict[str, Any]:
        """The fields that hold one entry for each alpha, at these alphas."""
        info = self.info
        return {
            **{name: getattr(self, name)[positions] for name in ("alphas", "dual_gaps", "n_iter", "converged", "r2")},
            "intercepts": self.intercepts[..., positions],
            "info": None if info is None else info.at(positions),
            "history": None if self.history is None else self.history.at(positions),
            "relative_gaps": None if self.relative_gaps is None else self.relative_gaps[positions]}

    def __len__(self) -> int:
        return len(self.alphas)

    @overload
    def __getitem__(self, position: int) -> PathModel[Intercept]: ...
    @overload
    def __getitem__(self, position: slice) -> Self: ...
    def __getitem__(self, position):
        if not isinstance(position, slice):
            try:
                return PathModel(self, range(len(self))[index(position)])
            except TypeError:
                raise TypeError(f"path[{position!r}]: positions are integers from 0 to {len(self) - 1}; for an alpha "
                                "use coef_at(alpha) or predict(X, alpha)") from None
        positions = np.arange(len(self))[position]
        if len(positions) == 0 or position.step is not None and position.step < 0:
            raise ValueError(f"path[{position}] must hold at least one alpha, and alphas fall; for the other way round "
                             "use reversed(path)")
        return self._of_positions(positions)

    def __repr__(self) -> str:
        return one_line(self)

    def _repr_html_(self) -> str:
        return path_html(self)

    def coef_at(self, alpha) -> np.ndarray:
        """Get the coefficients at any alpha of the path's range, linear between the two neighbours on the grid.

        Parameters
        ----------
        alpha : float, or array-like of shape (m,)
            From the smallest to the largest alpha of the path. An alpha that is beyond either by at most a share of
            1e-4 counts as that alpha, since tables print rounded alphas. If all penalised coefficients are 0 at the
            largest alpha, larger ones are allowed as well.

        Returns
        -------
        ndarray of shape (n_features,), or (n_tasks, n_features) of several tasks
            The coefficients; with a last axis of m alphas if there are several.

        Raises
        ------
        ValueError
            An alpha that the path does not reach, with what to fit.

        Examples
        --------
        >>> import numpy as np
        >>> from lassocore import fit_path
        >>> X = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])
        >>> path = fit_path(X, np.array([3.0, 1.0, -3.0, -1.0]), alphas=[2.0, 1.0, 0.5])
        >>> path.coef_at([99.0, 0.75]).round(6)
        array([[0. , 1.5],
               [0. , 0. ]])
        """
        return self.coefs_sparse @ self._weights_at(alpha)

    @overload
    def intercept_at(self, alpha: float | np.number) -> Intercept: ...      # type: ignore[overload-overlap]
    @overload
    def intercept_at(self, alpha: ArrayLike) -> np.ndarray: ...
    @complete_docstring(coef_at)
    def intercept_at(self, alpha):
        """Get the intercept at any alpha of the path's range, as in `coef_at`.

        Parameters
        ----------
        alpha

        Returns
        -------
        float, or ndarray of shape (n_tasks,) of several tasks
            The intercept; with a last axis of m alphas if there are several.

        Raises
        ------
        ValueError
            An alpha that the path does not reach, with what to fit.
        """
        intercept = self.intercepts @ self._weights_at(alpha)
        return intercept if np.ndim(intercept) else float(intercept)

    @complete_docstring(PathModel.score)
    def score(self, X, y, sample_weight=None, alpha=None, offset=None):
        """Compute R2 of the predictions.

        It is 1 minus the weighted squared residuals over the weighted squared deviations of y - offset from their mean.
        On the data of the fit, with its weights and offset, that is `r2`. Of several tasks it is that of all together.

        Parameters
        ----------
        X, y, sample_weight
        alpha : float or array-like of shape (m,), optional
            As in `coef_at`; by default all alphas of the path.
        offset

        Returns
        -------
        float, or ndarray of shape (n_alphas,) or (m,)
            R2 at the alpha; an array where it is not one number.

        Raises
        ------
        ValueError
            As in `predict`; y or sample_weight of another length, or not finite.

        Examples
        --------
        >>> import numpy as np
        >>> from lassocore import fit_path
        >>> X = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])
        >>> y = np.array([3.0, 1.0, -3.0, -1.0])
        >>> path = fit_path(X, y, alphas=[1.0, 0.1])
        >>> round(path.score(X, y, alpha=0.1), 3)
        0.992
        """
        return self._score(X, y, sample_weight, None if alpha is None else self._weights_at(alpha), offset)

    @complete_docstring(score)
    def to_frame(self, alpha=None, *, all_features: bool = False):
        """Get named coefficients as a pandas data frame.

        Parameters
        ----------
        alpha
        all_features : bool, default=False
            Also those features whose coefficients are 0 in all columns. Intercepts are in `intercepts`.

        Returns
        -------
        pandas.DataFrame
            A row for each feature, named as in the fit (x0, x1, ... without names), and a column for each alpha. With
            groups the rows are indexed by group and feature. Of several tasks: with one alpha a column for each task,
            else rows for each task and feature.

        Raises
        ------
        ImportError
            pandas is not installed.
        ValueError
            An alpha that the path does not reach.

        Examples
        --------
        >>> from sklearn.datasets import load_diabetes
        >>> from lassocore import fit_path
        >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
        >>> fit_path(X, y, alphas=[1.0], tol=1e-9).to_frame().round(1)     # doctest: +NORMALIZE_WHITESPACE
        alpha      1.0
        feature
        bmi      367.7
        bp         6.3
        s5       307.6
        """
        if alpha is None and not all_features:
            features, coefs = on_joint_support(self)
            coefs = np.moveaxis(coefs, 2, 0) if coefs.ndim == 3 else coefs
        else:
            coefs = self.coefs if alpha is None else self.coef_at(np.atleast_1d(alpha))
            features = np.arange(coefs.shape[-2]) if all_features else nonzero_features(coefs)
            coefs = coefs[..., features, :]
        names, alphas = feature_labels(self.feature_names, features.tolist()), self.alphas if alpha is None else alpha
        if coefs.ndim == 2:
            groups = None if self.groups is None else self.groups.names_of(self.groups.labels[features])
            return coefficient_frame(coefs, names, np.atleast_1d(alphas), "alpha", groups=groups)
        return frame_of_targets(coefs, names, "task", target_labels(self.target_names, len(coefs)), alphas)

    def nonzero_names(self, alpha=None) -> list[str]:
        """Get the names of the features with a coefficient that is not 0, in the order of the columns.

        Parameters
        ----------
        alpha : float, optional
            As in `coef_at`; by default those that are not 0 at any alpha of the path.

        Returns
        -------
        list of str
            The names of the fit; x0, x1, ... without names.

        Raises
        ------
        ValueError
            An alpha that the path does not reach, or more than one.

        Examples
        --------
        >>> from sklearn.datasets import load_diabetes
        >>> from lassocore import fit_path
        >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
        >>> fit_path(X, y).nonzero_names(alpha=1.0)
        ['bmi', 'bp', 's5']
        """
        return feature_labels(self.feature_names, self._nonzero_features(alpha).tolist())

    def _nonzero_features(self, alpha) -> np.ndarray:
        """The features that are not 0 at an alpha, or at any."""
        if alpha is None:
            return np.unique(self.entries[0])
        if np.ndim(alpha) > 0:
            raise ValueError(f"alpha={alpha!r} must be one number")
        return np.flatnonzero(np.atleast_2d(self.coef_at(alpha)).any(axis=0))

    def _weights_at(self, alpha) -> np.ndarray:
        return grid_weights(self.alphas, alpha, self._begins_at_zero, self.stopped)

    def _begins_at_zero(self) -> bool:
        """Whether all penalised coefficients are 0 at the largest alpha."""
        return bool(np.isin(self.nonzeros(0)[0], self._unpenalised()).all())

    def _predict(self, X, weights: np.ndarray | None, offset) -> np.ndarray:
        """Predictions with the weighted mean of the models over alphas, or with all models."""
        design = as_new_design(X, self.n_features, self.feature_names, type(self).__name__, products=True)
        offset = as_new_offset(offset, design.shape[0], self.has_offset)
        intercepts = self.intercepts if weights is None else self.intercepts @ weights
        return add_offset(self._product(design, weights) + intercepts, offset)

    def _score(self, X, y, sample_weight, weights: np.ndarray | None, offset):
        """R2 of the same predictions."""
        fitted = self._predict(X, weights, offset)
        offset = as_new_offset(offset, len(fitted), self.has_offset)
        r2 = r2_of(self._targets(y, len(fitted)), fitted, sample_weight, offset, tasks_together=True)
        return r2 if r2.ndim else float(r2)
