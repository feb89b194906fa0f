# Lives here: what a fit records of its course. Independent of: how models are fitted, how iterates are recorded.
"""Objective, duality gap, step and nonzeros after each epoch and each exact step."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lassocore.utils.pickling import named_in_package


@named_in_package
class History(NamedTuple):
    """The course of a fit, a record after each epoch and each exact step.

    Records are in the order of the alphas, and of each alpha in the order of time. The last record of an alpha is its
    solution; every number is computed from the coefficients of that moment and all of X.

    Attributes
    ----------
    alpha_index : ndarray of int of shape (n_records,)
        Position of the alpha on the path.
    iteration : ndarray of int of shape (n_records,)
        1, 2, ... within the alpha.
    objective : ndarray of shape (n_records,)
        The objective of `fit_path` at this alpha, with the best intercept for the coefficients.
    gap : ndarray of shape (n_records,)
        Duality gap: the objective is at most this far above its minimum.
    step : ndarray of shape (n_records,)
        Largest change of a coefficient since the record before; of the first record, since the start of the path.
    n_nonzero : ndarray of int of shape (n_records,)
        Nonzero coefficients; of several tasks nonzero features.
    kind : ndarray of str of shape (n_records,)
        "epoch" (one pass of coordinate descent over the active features) or "exact step" (on the support: a Newton
        step, or a chain of them along which features enter and leave the support).

    See Also
    --------
    fit_path : Records one with ``history=True``.
    lassocore.plots.ConvergenceDisplay : Draws it.

    Notes
    -----
    An extrapolation after an epoch shows in the next record. Exact steps at penalties between two alphas, and steps on
    working sets that turn out to be too small, are records of the alpha to which they lead: there the objective may
    rise in between. Epochs of coordinate descent never raise it. A solution on a linear piece of the path takes no step
    of its own and has one record, of kind "exact step". ``dual_gaps`` of the path may be a little larger than the last
    gap of an alpha, where a working set only bounds the correlations of the columns outside.

    Examples
    --------
    >>> import numpy as np
    >>> from lassocore import fit_path
    >>> X = np.array([[1.0, 1.0], [0.0, 1.0], [-1.0, -1.0], [0.0, -1.0]])
    >>> y = np.array([3.0, 1.0, -3.0, -1.0])
    >>> history = fit_path(X, y, alphas=[0.1], solver="cd", history=True).history
    >>> bool((np.diff(history.objective) < 1e-9).all()), bool(history.gap[-1] < 1e-3)
    (True, True)
    """

    alpha_index: np.ndarray
    iteration: np.ndarray
    objective: np.ndarray
    gap: np.ndarray
    step: np.ndarray
    n_nonzero: np.ndarray
    kind: np.ndarray

    def at(self, positions: np.ndarray) -> History:
        """Get the records of some of the alphas, as those of a path of these alphas.

        Parameters
        ----------
        positions : array-like of int
            Rising positions of the alphas on the path.

        Returns
        -------
        History
            The records of these alphas alone.
        """
        kept = np.isin(self.alpha_index, positions)
        found = History(*(values[kept] for values in self))
        return found._replace(alpha_index=np.searchsorted(positions, found.alpha_index))
