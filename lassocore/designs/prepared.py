# Lives here: X, checked and measured once for many fits. Independent of: y, penalties, solvers.
"""A `PreparedDesign` takes the place of X where the same X is fitted again."""
from __future__ import annotations

from typing import Any

import numpy as np

from lassocore.designs.design import Design, core_matrix, make_design, measure


class PreparedDesign:
    """A design X with all that fits to it have in common: made by `prepare`, accepted in the place of X.

    Parameters
    ----------
    X : ndarray or csc_array of shape (n_samples, n_features)
        The checked design: that given, where it could be used as it is.
    sample_weight : ndarray of shape (n_samples,) or None
        Its weights, scaled by a power of two.
    weight_unit : float
        The given weights over these.
    feature_names : tuple of str or None
        The names of the columns, if X had names.

    Attributes
    ----------
    X, sample_weight, weight_unit, feature_names
        As given.

    See Also
    --------
    prepare : Makes it of any X.
    LassoSolver : Solves one target after another over it.

    Examples
    --------
    >>> import numpy as np
    >>> from lassocore import alpha_max, prepare
    >>> prepared = prepare(np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, -1.0]]))
    >>> prepared.shape, prepared.dtype
    ((3, 2), dtype('float64'))
    >>> round(alpha_max(prepared, [3.0, 0.0, -3.0]), 6)
    2.0
    """

    __slots__ = ("X", "_designs", "feature_names", "sample_weight", "weight_unit")

    def __init__(self, X: Any, sample_weight: np.ndarray | None, weight_unit: float,
                 feature_names: tuple[str, ...] | None):
        self.X, self.sample_weight, self.weight_unit = X, sample_weight, weight_unit
        self.feature_names = feature_names
        self._designs: dict[bool, Design] = {}

    @property
    def shape(self) -> tuple[int, int]:
        """Samples and features, (n_samples, n_features)."""
        return self.X.shape

    @property
    def dtype(self) -> np.dtype:
        """Type of the numbers, float64 or float32."""
        return self.X.dtype

    def __repr__(self) -> str:
        n_samples, n_features = self.shape
        weights = "" if self.sample_weight is None else ", weighted"
        return f"<PreparedDesign: {n_samples} samples, {n_features} features{weights}>"

    @property
    def given_weight(self) -> np.ndarray | None:
        """Sample weights in the units in which they were given."""
        return None if self.sample_weight is None else self.weight_unit * self.sample_weight

    def __reduce__(self):
        return PreparedDesign, (self.X, self.sample_weight, self.weight_unit, self.feature_names)

    def design(self, centred: bool, pool=None) -> Design:
        """Measure the columns, about their means if centred: one pass over X, at the first call.

        Threads that call at the same time may each make one; these are equal.

        Parameters
        ----------
        centred : bool
            Whether the fits have an intercept.
        pool : concurrent.futures.ThreadPoolExecutor, optional
            Threads that share the pass.

        Returns
        -------
        Design
            Means and squared norms of the columns, and their Gram matrix once it was formed.
        """
        design = self._designs.get(bool(centred))
        if design is None:
            matrix = core_matrix(self.X, self.sample_weight)
            sq_norms, _ = measure(matrix, self.X, np.zeros(self.shape[0]), bool(centred), pool)
            design = make_design(matrix, sq_norms, bool(centred))
            design.keeps_gram = True
            self._designs[bool(centred)] = design
        return design


def weights_for(X: Any, sample_weight: Any) -> Any:
    """The given sample weights, or without any those of a prepared X."""
    return X.given_weight if sample_weight is None and type(X) is PreparedDesign else sample_weight
