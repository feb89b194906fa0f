# Lives here: the objective of the lasso in two scalings, its duality gap. Independent of: how it is minimised.
"""The objective c/n * ||y - b - X w||^2 + penalty * ||w||_1 and its certificate."""
import numpy as np

from lassocore.utils.arguments import as_real, as_vector

LOSS_FACTORS = {"sklearn": 0.5, "mse": 1.0}     # c
LARGEST = 1e70                                  # of X and y: the squares of their products are finite


def lambda_from_alpha(alpha):
    """The lambda of the mean squared error that has the solution of scikit-learn's alpha: lambda = 2 alpha.

    Dividing ||y - X w||^2 / n + lambda ||w||_1 by 2 gives ||y - X w||^2 / (2 n) + lambda/2 ||w||_1, and a constant
    factor does not move a minimum.

    Parameters
    ----------
    alpha : float or ndarray
        Penalty of the scaling "sklearn".

    Returns
    -------
    float or ndarray
        Penalty of the scaling "mse".

    See Also
    --------
    alpha_from_lambda : The way back.

    Examples
    --------
    >>> from lassocore.reference import lambda_from_alpha
    >>> lambda_from_alpha(0.25)
    0.5
    """
    return 2.0 * alpha


def alpha_from_lambda(lambda_):
    """The alpha of scikit-learn that has the solution of the mean squared error's lambda: alpha = lambda / 2.

    Parameters
    ----------
    lambda_ : float or ndarray
        Penalty of the scaling "mse".

    Returns
    -------
    float or ndarray
        Penalty of the scaling "sklearn".

    See Also
    --------
    lambda_from_alpha : The way back, and why it is 2.

    Examples
    --------
    >>> from lassocore.reference import alpha_from_lambda
    >>> alpha_from_lambda(0.5)
    0.25
    """
    return lambda_ / 2.0


def objective(X, y, coef, intercept, penalty, *, scaling="sklearn"):
    """Value of the objective: c/n * ||y - intercept - X coef||^2 + penalty * ||coef||_1.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_features)
        Features.
    y : array-like of shape (n_samples,)
        Target.
    coef : array-like of shape (n_features,)
        Coefficients w.
    intercept : float
        Intercept b.
    penalty : float
        Strength of the penalty: alpha or lambda, as the scaling calls it.
    scaling : {"sklearn", "mse"}, default="sklearn"
        The objective is ``c/n * ||y - b - X w||^2 + penalty * ||w||_1`` with c = 1/2 ("sklearn") or c = 1 ("mse").

    Returns
    -------
    float
        In units of the square of y.

    Raises
    ------
    ValueError
        Shapes that do not match, NaN or infinity, a penalty below 0, an unknown scaling.

    See Also
    --------
    duality_gap : How far this is above the minimum at most.

    Examples
    --------
    >>> from lassocore.reference import objective
    >>> objective([[1.0], [-1.0]], [3.0, -3.0], [1.0], 0.0, penalty=0.5)
    2.5
    """
    X, y, factor = check_problem(X, y, penalty, scaling)
    coef = as_vector(coef, "coef", X.shape[1], "features")
    return cost_of(y - intercept - X @ coef, coef, penalty, factor)


def penalty_max(X, y, *, scaling="sklearn", fit_intercept=True):
    """The smallest penalty at which all coefficients are 0: the largest ``2 c/n * |x_j'y|``, of centred columns.

    At w = 0 the loss has the derivative -2 c/n * x_j'y, and the penalty any slope in [-penalty, penalty]: the two can
    add up to 0 if the penalty is at least as large.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_features)
        Features.
    y : array-like of shape (n_samples,)
        Target.
    scaling : {"sklearn", "mse"}, default="sklearn"
        The objective is ``c/n * ||y - b - X w||^2 + penalty * ||w||_1`` with c = 1/2 ("sklearn") or c = 1 ("mse").
    fit_intercept : bool, default=True
        Whether there is an intercept, which centres X and y.

    Returns
    -------
    float
        As alpha or lambda, by the scaling.

    Raises
    ------
    ValueError
        Shapes that do not match, NaN or infinity, an unknown scaling.

    See Also
    --------
    lassocore.alpha_max : The same with weights, penalty factors and groups.

    Examples
    --------
    >>> from lassocore.reference import penalty_max
    >>> penalty_max([[1.0], [-1.0]], [3.0, -3.0])
    3.0
    """
    X, y, factor = check_problem(X, y, 0.0, scaling)
    X, y, _, _ = centred(X, y, fit_intercept)
    return float(2.0 * factor / len(y) * np.abs(X.T @ y).max())


def duality_gap(X, y, coef, penalty, *, scaling="sklearn", fit_intercept=True):
    """Upper bound on how far the objective is above its minimum, for the best intercept.

    With r = y - X w on centred data, every t for which ``2 c/n * |t x_j'r| <= penalty`` for all j gives a lower bound
    of the minimum, 2 c/n * t r'y - c/n * t^2 ||r||^2: the residual times t is then dual feasible. The largest of these
    bounds is that at the allowed t nearest to r'y / ||r||^2. The gap is the objective less this bound.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_features)
        Features.
    y : array-like of shape (n_samples,)
        Target.
    coef : array-like of shape (n_features,)
        Coefficients w.
    penalty : float
        Strength of the penalty: alpha or lambda, as the scaling calls it.
    scaling : {"sklearn", "mse"}, default="sklearn"
        The objective is ``c/n * ||y - b - X w||^2 + penalty * ||w||_1`` with c = 1/2 ("sklearn") or c = 1 ("mse").
    fit_intercept : bool, default=True
        Whether there is an intercept.

    Returns
    -------
    float
        In units of the objective; 0 at a minimum, but for rounding.

    Raises
    ------
    ValueError
        Shapes that do not match, NaN or infinity, a penalty below 0, an unknown scaling.

    See Also
    --------
    lassocore.duality_gap : The same with all options, and more digits near 0.

    References
    ----------
    * Fercoq, Gramfort, Salmon (2015), Mind the duality gap: safer rules for the Lasso, ICML.

    Examples
    --------
    >>> from lassocore.reference import duality_gap
    >>> duality_gap([[1.0], [-1.0]], [3.0, -3.0], [2.5], penalty=0.5)
    0.0
    """
    X, y, factor = check_problem(X, y, penalty, scaling)
    X, y, _, _ = centred(X, y, fit_intercept)
    coef = as_vector(coef, "coef", X.shape[1], "features")
    residual = y - X @ coef
    return gap_of(y, residual, X.T @ residual, coef, penalty, factor)


def gap_of(y, residual, correlations, coef, penalty, factor):
    """The gap of `duality_gap` from the residual r and the correlations X'r of centred data."""
    n_samples, sq_norm, largest = len(y), residual @ residual, np.abs(correlations).max()
    t = residual @ y / sq_norm if sq_norm > 0.0 else 1.0
    if largest > 0.0:
        limit = penalty * n_samples / (2.0 * factor * largest)
        t = np.clip(t, -limit, limit)
    dual = factor / n_samples * (2.0 * t * (residual @ y) - t**2 * sq_norm)
    return float(max(cost_of(residual, coef, penalty, factor) - dual, 0.0))


def cost_of(residual, coef, penalty, factor):
    """c/n * ||residual||^2 + penalty * ||coef||_1."""
    return float(factor / len(residual) * (residual @ residual) + penalty * np.abs(coef).sum())


def centred(X, y, fit_intercept):
    """(X, y, means of the columns, mean of y), less these means: the best intercept is then 0."""
    if not fit_intercept:
        return X, y, np.zeros(X.shape[1]), 0.0
    X_mean, y_mean = X.mean(axis=0), y.mean()
    return X - X_mean, y - y_mean, X_mean, y_mean


def check_problem(X, y, penalty, scaling):
    """(X, y, c) as arrays of floats."""
    X, y = as_real(X, "X"), as_real(y, "y")
    if X.ndim != 2 or y.shape != X.shape[:1] or 0 in X.shape:
        raise ValueError(f"X has shape {X.shape} and y {y.shape}: pass (n_samples, n_features) and (n_samples,)")
    if not (np.isfinite(X).all() and np.isfinite(y).all()):
        raise ValueError("X or y contains NaN or infinity: drop or impute these rows")
    if max(np.abs(X).max(), np.abs(y).max()) > LARGEST:
        raise ValueError(f"X or y holds numbers above {LARGEST:g}, whose squares overflow: rescale it")
    if not 0.0 <= penalty < np.inf:
        raise ValueError(f"penalty={penalty}: pass a number of at least 0")
    if scaling not in LOSS_FACTORS:
        raise ValueError(f'scaling={scaling!r}: pass "sklearn", 1/(2n), or "mse", 1/n')
    return X, y, LOSS_FACTORS[scaling]
