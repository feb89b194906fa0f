# Lives here: the result of a fit under a bound on the L1 norm. Independent of: how models are fitted.
"""What `fit_constrained` returns."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from lassocore.results.path_result import PathResult
from lassocore.results.prediction import add_offset, as_new_design, as_new_offset
from lassocore.results.tables import feature_labels
from lassocore.utils.docstrings import complete_docstring
from lassocore.utils.pickling import VersionedState, named_in_package


@named_in_package
@dataclass(frozen=True, eq=False, repr=False)
class ConstrainedResult(VersionedState):
    """Models under a bound t on the L1 norm, each with its certificate.

    For a single number t the attributes are numbers and `coef` is a vector; for several they have an entry for each, in
    the order in which they were given.

    Attributes
    ----------
    t : float or ndarray of shape (n_bounds,)
        The bounds.
    coef : ndarray of shape (n_features,) or (n_features, n_bounds)
        Coefficients, on the scale of X.
    intercept : float or ndarray of shape (n_bounds,)
        Intercepts; 0 without fit_intercept.
    alpha : float or ndarray of shape (n_bounds,)
        The multiplier of the constraint: the alpha of `fit_path` with the same solution. 0 where the constraint is not
        active.
    l1_norm : float or ndarray of shape (n_bounds,)
        ``sum_j v_j |w_j|``, of standardised coefficients if these are bounded: t, or less where the constraint is not
        active.
    dual_gap : float or ndarray of shape (n_bounds,)
        Certificate: the objective is at most this far above its minimum under the constraint.
    gap_tol : float
        What dual_gap is compared with: tol times the weighted mean square of the centred y.
    converged : bool or ndarray of bool of shape (n_bounds,)
        Whether the gap meets the tolerance.
    r2 : float or ndarray of shape (n_bounds,)
        Weighted coefficient of determination on the data of the fit.
    feature_names : tuple of str, or None
        Column names, where X was a data frame.
    has_offset : bool
        Whether the fit had an offset, so that `predict` needs one as well.

    See Also
    --------
    fit_constrained : Fits one.
    PathResult : Models of the penalised form.

    Examples
    --------
    >>> import numpy as np
    >>> from lassocore import fit_constrained
    >>> X = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])
    >>> models = fit_constrained(X, np.array([3.0, 1.0, -3.0, -1.0]), t=[1.0, 3.0])
    >>> models.coef.round(6)
    array([[1. , 2.5],
           [0. , 0.5]])
    >>> models.alpha.round(6), models.l1_norm.round(6)
    (array([1.  , 0.25]), array([1., 3.]))
    """

    t: Any
    coef: np.ndarray
    intercept: Any
    alpha: Any
    l1_norm: Any
    dual_gap: Any
    gap_tol: float
    converged: Any
    r2: Any
    feature_names: tuple[str, ...] | None = None
    has_offset: bool = False

    @property
    def n_nonzero(self) -> Any:
        """Number of nonzero coefficients; of shape (n_bounds,) for several t."""
        counts = np.count_nonzero(self.coef, axis=0)
        return counts if np.ndim(counts) else int(counts)

    def __repr__(self) -> str:
        state = "converged" if np.all(self.converged) else "not converged"
        if np.ndim(self.t):
            return f"<ConstrainedResult: {len(self.t)} bounds, {len(self.coef)} features, {state}>"
        return (f"<ConstrainedResult: t={self.t:.6g}, alpha={self.alpha:.6g}, {self.n_nonzero} nonzero, "
                f"gap {self.dual_gap:.2e}, {state}>")

    def nonzero_names(self) -> list[str]:
        """Get the names of the features with a coefficient that is not 0, for some t if there are several.

        Returns
        -------
        list of str
            The names of the fit, in the order of the columns; x0, x1, ... without names.
        """
        used = np.atleast_2d(self.coef.T).any(axis=0)
        return feature_labels(self.feature_names, np.flatnonzero(used).tolist())

    @complete_docstring(PathResult.predict)
    def predict(self, X, offset=None) -> np.ndarray:
        """Predict with the model of each t.

        Parameters
        ----------
        X, offset

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_bounds)
            The predictions, a column for each of several bounds.

        Raises
        ------
        ValueError
            NaN or infinity in X, another number of columns, other names or the same in another order; no offset where
            the fit had one.

        Examples
        --------
        >>> import numpy as np
        >>> from lassocore import fit_constrained
        >>> X = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])
        >>> models = fit_constrained(X, np.array([3.0, 1.0, -3.0, -1.0]), t=[1.0, 3.0])
        >>> models.predict([[1.0, 1.0]]).round(6)
        array([[1., 3.]])
        """
        design = as_new_design(X, len(self.coef), self.feature_names, type(self).__name__, products=True)
        offset = as_new_offset(offset, design.shape[0], self.has_offset)
        return add_offset(np.asarray(design @ self.coef) + self.intercept, offset)
