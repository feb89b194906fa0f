# Lives here: proximal gradient, plain and accelerated. Independent of: coordinates.
"""A gradient step of the loss, then the soft threshold of the penalty: all coefficients at once, with exact zeros."""
import numpy as np

from lassocore.reference.objective import centred, check_problem, cost_of, gap_of
from lassocore.reference.one_variable import soft_threshold
from lassocore.reference.solution import History


def ista(X, y, penalty, *, scaling="sklearn", tol=1e-8, max_iter=10_000, fit_intercept=True, callback=None):
    """Proximal gradient: the objective never rises, and after k steps is within O(1/k) of its minimum.

    L = 2 c/n * ||X||_2^2 is the largest curvature of the loss. A step minimises the quadratic with this curvature
    that touches the loss at w, plus the penalty. With X and y centred, r = y - X w and the soft threshold S::

        w <- S(w + 2 c/(n L) * X'r, penalty / L)

    Parameters
    ----------
    X, y : array-like
        Features (n_samples, n_features) and target (n_samples,).
    penalty : float
        Strength of the penalty: alpha or lambda, as the scaling calls it.
    scaling : {"sklearn", "mse"}, default="sklearn"
        The objective is ``c/n * ||y - b - X w||^2 + penalty * ||w||_1`` with c = 1/2 ("sklearn") or c = 1 ("mse").
    tol : float, default=1e-8
        Stop at a duality gap of tol times the objective at w = 0.
    max_iter : int, default=10000
        Limit of steps.
    fit_intercept : bool, default=True
        Whether to fit an unpenalised intercept.
    callback : callable, optional
        Called as ``callback(coef, intercept)`` after each step.

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
    fista : With momentum.

    References
    ----------
    * Daubechies, Defrise, De Mol (2004), An iterative thresholding algorithm for linear inverse problems with a
      sparsity constraint, Communications on Pure and Applied Mathematics 57(11).

    Examples
    --------
    >>> from lassocore.reference import ista
    >>> ista([[1.0], [-1.0]], [3.0, -3.0], penalty=0.5).coef
    array([2.5])
    """
    X, y, factor = check_problem(X, y, penalty, scaling)
    X, y, X_mean, y_mean = centred(X, y, fit_intercept)
    slope = 2.0 * factor / len(y)
    step = 1.0 / (slope * np.linalg.norm(X, 2)**2 or 1.0)
    coef, residual, converged = np.zeros(X.shape[1]), y, False
    history = History(cost_of(residual, coef, penalty, factor), coef, y_mean, callback)
    for _ in range(max_iter):
        correlations = X.T @ residual
        converged = gap_of(y, residual, correlations, coef, penalty, factor) <= tol * history.costs[0]
        if converged:
            break
        coef = soft_threshold(coef + step * slope * correlations, step * penalty)
        residual = y - X @ coef
        history.add(cost_of(residual, coef, penalty, factor), coef, y_mean - X_mean @ coef)
    return history.solution(coef, y_mean - X_mean @ coef, converged)


def fista(X, y, penalty, *, scaling="sklearn", tol=1e-8, max_iter=10_000, fit_intercept=True, callback=None):
    """Proximal gradient with momentum: within O(1/k^2) of the minimum after k steps, but not at every step lower.

    A step of `ista` starts from a point z beyond w (Beck and Teboulle 2009). With t = 1 and z = w at first::

        w_next <- S(z + 2 c/(n L) * X'(y - X z), penalty / L)
        t_next <- (1 + sqrt(1 + 4 t^2)) / 2
        z <- w_next + (t - 1) / t_next * (w_next - w)

    Parameters
    ----------
    X, y : array-like
        Features (n_samples, n_features) and target (n_samples,).
    penalty : float
        Strength of the penalty: alpha or lambda, as the scaling calls it.
    scaling : {"sklearn", "mse"}, default="sklearn"
        The objective is ``c/n * ||y - b - X w||^2 + penalty * ||w||_1`` with c = 1/2 ("sklearn") or c = 1 ("mse").
    tol : float, default=1e-8
        Stop at a duality gap of tol times the objective at w = 0.
    max_iter : int, default=10000
        Limit of steps.
    fit_intercept : bool, default=True
        Whether to fit an unpenalised intercept.
    callback : callable, optional
        Called as ``callback(coef, intercept)`` after each step.

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
    ista : Without momentum.

    References
    ----------
    * Beck, Teboulle (2009), A fast iterative shrinkage-thresholding algorithm for linear inverse problems, SIAM Journal
      on Imaging Sciences 2(1).

    Examples
    --------
    >>> from lassocore.reference import fista
    >>> fista([[1.0], [-1.0]], [3.0, -3.0], penalty=0.5).coef
    array([2.5])
    """
    X, y, factor = check_problem(X, y, penalty, scaling)
    X, y, X_mean, y_mean = centred(X, y, fit_intercept)
    slope = 2.0 * factor / len(y)
    step = 1.0 / (slope * np.linalg.norm(X, 2)**2 or 1.0)
    coef, residual, converged = np.zeros(X.shape[1]), y, False
    z, t = coef, 1.0
    history = History(cost_of(residual, coef, penalty, factor), coef, y_mean, callback)
    for _ in range(max_iter):
        converged = gap_of(y, residual, X.T @ residual, coef, penalty, factor) <= tol * history.costs[0]
        if converged:
            break
        t_next = (1.0 + np.sqrt(1.0 + 4.0 * t**2)) / 2.0
        coef_next = soft_threshold(z + step * slope * (X.T @ (y - X @ z)), step * penalty)
        z = coef_next + (t - 1.0) / t_next * (coef_next - coef)
        coef, residual, t = coef_next, y - X @ coef_next, t_next
        history.add(cost_of(residual, coef, penalty, factor), coef, y_mean - X_mean @ coef)
    return history.solution(coef, y_mean - X_mean @ coef, converged)
