# Lives here: PathModel. Independent of: how paths are stored or fitted.
"""The model at one alpha of a path."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np

from lassocore.results.tables import feature_labels
from lassocore.utils.docstrings import complete_docstring
from lassocore.utils.pickling import named_in_package

Intercept = TypeVar("Intercept")        # float, or ndarray with one for each task


@named_in_package
@dataclass(frozen=True, eq=False, repr=False)
class PathModel(Generic[Intercept]):
    """The model of one alpha: ``path[k]``, or an item of ``for model in path``.

    Attributes
    ----------
    path : PathResult or MultiTaskPathResult
        The path that the model belongs to.
    position : int
        Position of the alpha on the path, from 0.
    alpha : float
        Penalty strength.
    coef : ndarray of shape (n_features,), or (n_tasks, n_features)
        Coefficients, dense.
    intercept : float, or ndarray of shape (n_tasks,)
        Intercept; 0 without fit_intercept.
    n_nonzero : int
        Features with a coefficient that is not 0.
    dual_gap : float
        Certificate: the objective is at most this far above its minimum, in units of the objective.
    converged : bool
        Whether the gap meets the tolerance.
    n_iter : int
        Epochs and exact steps.
    r2 : float
        Weighted coefficient of determination on the data of the fit; of several tasks, of all together.

    See Also
    --------
    PathResult, MultiTaskPathResult : The paths that models belong to.

    Examples
    --------
    >>> import numpy as np
    >>> from lassocore import fit_path
    >>> X = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])
    >>> path = fit_path(X, np.array([3.0, 1.0, -3.0, -1.0]), alphas=[1.0, 0.25])
    >>> len(path), path[-1]
    (2, <PathModel: alpha=0.25, 2 nonzero, gap 0.00e+00, converged>)
    >>> [model.n_nonzero for model in path]
    [1, 2]
    >>> path[1].coef.round(6), path[1].predict([[1.0, 1.0]]).round(6)
    (array([2.5, 0.5]), array([3.]))
    """

    path: Any
    position: int

    @property
    def alpha(self) -> float:
        """Strength of the penalty."""
        return float(self.path.alphas[self.position])

    @property
    def coef(self) -> np.ndarray:
        """Coefficients as a dense array of shape (n_features,), or (n_tasks, n_features)."""
        return self.path.coef_of(self.position)

    @property
    def intercept(self) -> Intercept:
        """Intercept in units of y, or one for each task."""
        intercept: Any = self.path.intercepts[..., self.position]
        if np.ndim(intercept) == 0:
            intercept = float(intercept)
        return intercept

    @property
    def n_nonzero(self) -> int:
        """Number of features with a coefficient that is not 0."""
        return len(self.path.nonzeros(self.position)[0])

    @property
    def dual_gap(self) -> float:
        """Certificate: the objective is at most this far above its minimum, in units of the objective."""
        return float(self.path.dual_gaps[self.position])

    @property
    def converged(self) -> bool:
        """Whether the gap meets the tolerance."""
        return bool(self.path.converged[self.position])

    @property
    def n_iter(self) -> int:
        """Number of epochs and exact steps."""
        return int(self.path.n_iter[self.position])

    @property
    def r2(self) -> float:
        """Weighted coefficient of determination on the data of the fit; of several tasks, of all together."""
        return float(self.path.r2[self.position])

    def __repr__(self) -> str:
        return (f"<PathModel: alpha={self.alpha:.6g}, {self.n_nonzero} nonzero, gap {self.dual_gap:.2e}, "
                f"{'converged' if self.converged else 'not converged'}>")

    def nonzero_names(self) -> list[str]:
        """Get the names of the features with a coefficient that is not 0.

        Returns
        -------
        list of str
            The names of the fit, in the order of the columns; x0, x1, ... without names.
        """
        return feature_labels(self.path.feature_names, self.path.nonzeros(self.position)[0].tolist())

    def nonzero_groups(self) -> list[Any]:
        """Get the groups with a coefficient that is not 0, of a fit with groups.

        Returns
        -------
        list
            The names of the groups, or their labels; of groups given as lists of columns their positions.

        Raises
        ------
        ValueError
            The fit had no groups.
        """
        groups = self.path.groups
        if groups is None:
            raise ValueError("the fit had no groups; nonzero_names gives the features")
        return groups.of_features(self.path.nonzeros(self.position)[0])

    def predict(self, X, offset=None) -> np.ndarray:
        """Predict with this model.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Read as the fit reads it. Names of a data frame are compared with those of the fit, as scikit-learn's
            estimators do.
        offset : float or array-like of shape (n_samples,), optional
            Added to the predictions. A path fitted with an offset needs one; 0.0 predicts without it.

        Returns
        -------
        ndarray of shape (n_samples,), or (n_samples, n_tasks)
            The predictions.

        Raises
        ------
        ValueError
            NaN or infinity in X, another number of columns, other names or the same in another order; no offset where
            the fit had one.
        """
        return self.path._predict(X, self._weights(), offset)

    @complete_docstring(predict)
    def score(self, X, y, sample_weight=None, offset=None) -> float:
        """Compute R2 of the predictions, as in `PathResult.score`.

        Parameters
        ----------
        X
        y : array-like of shape (n_samples,), or (n_samples, n_tasks)
            True values.
        sample_weight : array-like of shape (n_samples,), optional
            Weights of the rows; by default all are equal.
        offset

        Returns
        -------
        float
            R2; of several tasks, of all together.

        Raises
        ------
        ValueError
            As in `predict`; y or sample_weight of another length, or not finite.
        """
        return self.path._score(X, y, sample_weight, self._weights(), offset)

    def _weights(self) -> np.ndarray:
        """Weights of the alphas of the path: 1 for this one."""
        weights = np.zeros(len(self.path))
        weights[self.position] = 1.0
        return weights
