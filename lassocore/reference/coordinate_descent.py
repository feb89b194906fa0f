# Lives here: cyclic coordinate descent with partial residuals. Independent of: gradients.
"""The lasso of one variable, solved for each variable in turn."""
import numpy as np

from lassocore.reference.objective import centred, check_problem, cost_of, gap_of
from lassocore.reference.one_variable import soft_threshold
from lassocore.reference.solution import History


def coordinate_descent(X, y, penalty, *, scaling="sklearn", tol=1e-8, max_iter=1000, fit_intercept=True,
                       coef_init=None, callback=None):
    """Cyclic coordinate descent: epochs of `coordinate_epoch`, of which none raises the objective.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_features)
        Features.
    y : array-like of shape (n_samples,)
        Target.
    penalty : float
        Strength of the penalty: alpha or lambda, as the scaling calls it.
    scaling : {"sklearn", "mse"}, default="sklearn"
        The objective is ``c/n * ||y - b - X w||^2 + penalty * ||w||_1`` with c = 1/2 ("sklearn") or c = 1 ("mse").
    tol : float, default=1e-8
        Stop at a duality gap of tol times the objective at w = 0.
    max_iter : int, default=1000
        Limit of epochs.
    fit_intercept : bool, default=True
        Whether to fit an unpenalised intercept, by centring X and y.
    coef_init : array-like of shape (n_features,), optional
        Where to start, for instance at the solution of a larger penalty.
    callback : callable, optional
        Called as ``callback(coef, intercept)`` after each epoch.

    Returns
    -------
    Solution
        Converged if the gap met the tolerance.

    Raises
    ------
    ValueError
        Shapes that do not match, NaN or infinity, a penalty below 0, an unknown scaling.

    See Also
    --------
    lassocore.fit_path : What to use.

    References
    ----------
    Friedman, Hastie, Höfling, Tibshirani (2007), Pathwise coordinate optimization, Annals of Applied Statistics 1(2).

    Examples
    --------
    >>> from lassocore.reference import coordinate_descent
    >>> coordinate_descent([[1.0], [-1.0]], [3.0, -3.0], penalty=0.5).coef
    array([2.5])
    """
    X, y, factor = check_problem(X, y, penalty, scaling)
    X, y, X_mean, y_mean = centred(X, y, fit_intercept)
    coef = np.zeros(X.shape[1]) if coef_init is None else np.array(coef_init, dtype=float)
    residual, converged, null_cost = y - X @ coef, False, factor * np.mean(y**2)
    history = History(cost_of(residual, coef, penalty, factor), coef, y_mean - X_mean @ coef, callback)
    for _ in range(max_iter):
        if converged := gap_of(y, residual, X.T @ residual, coef, penalty, factor) <= tol * null_cost:
            break
        coef, residual = coordinate_epoch(X, residual, coef, len(y) * penalty / (2.0 * factor))
        history.add(cost_of(residual, coef, penalty, factor), coef, y_mean - X_mean @ coef)
    return history.solution(coef, y_mean - X_mean @ coef, converged)


def coordinate_epoch(X, residual, coef, threshold, columns=None):
    """One visit to each column: minimise over its coefficient with all others held.

    What the other columns leave of y is the partial residual r_j = r + x_j w_j. Its lasso of one variable, with the
    soft threshold S, gives the new coefficient, and r follows::

        w_j <- S(x_j'r_j, threshold) / x_j'x_j,    r <- r_j - x_j w_j

    The threshold is n * penalty / (2 c) in both scalings of the objective.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
        Features, centred if there is an intercept.
    residual : ndarray of shape (n_samples,)
        Residual r = y - X w, likewise.
    coef : ndarray of shape (n_features,)
        Coefficients w.
    threshold : float
        In units of X'y.
    columns : sequence of int, optional
        Columns to visit, in this order; all by default.

    Returns
    -------
    coef : ndarray of shape (n_features,)
        Coefficients after the visits; the arguments are not changed.
    residual : ndarray of shape (n_samples,)
        Residual after the visits.

    See Also
    --------
    coordinate_descent : Epochs until the gap is small.

    Examples
    --------
    >>> import numpy as np
    >>> from lassocore.reference import coordinate_epoch
    >>> coordinate_epoch(np.array([[1.0], [-1.0]]), np.array([3.0, -3.0]), np.zeros(1), threshold=1.0)
    (array([2.5]), array([ 0.5, -0.5]))
    """
    coef, residual = coef.copy(), residual.copy()
    for j in range(X.shape[1]) if columns is None else columns:
        x, sq_norm = X[:, j], X[:, j] @ X[:, j]
        if sq_norm > 0.0:
            partial_residual = residual + x * coef[j]
            coef[j] = soft_threshold(x @ partial_residual, threshold) / sq_norm
            residual = partial_residual - x * coef[j]
        else:
            coef[j] = 0.0           # a constant column explains nothing
    return coef, residual
