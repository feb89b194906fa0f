# Lives here: the lasso of one variable. Independent of: solvers of several variables.
"""The solution of one variable, from which coordinate descent and proximal gradient are made."""
import numpy as np

from lassocore.reference.objective import centred, check_problem


def soft_threshold(z, threshold):
    """Move z towards 0 by the threshold, and stop at 0: ``sign(z) * max(|z| - threshold, 0)``.

    It is the minimiser of ``1/2 (w - z)^2 + threshold * |w|`` over w.

    Parameters
    ----------
    z : float or ndarray
        Minimiser of the squares alone.
    threshold : float or ndarray
        At least 0.

    Returns
    -------
    float or ndarray
        Exactly 0 where ``|z| <= threshold``.

    See Also
    --------
    one_variable_lasso : The lasso of one variable, which is this of x'y.

    References
    ----------
    * Donoho, Johnstone (1994), Ideal spatial adaptation by wavelet shrinkage, Biometrika 81(3).

    Examples
    --------
    >>> import numpy as np
    >>> from lassocore.reference import soft_threshold
    >>> soft_threshold(np.array([-3.0, -0.5, 0.5, 3.0]), 1.0)
    array([-2., -0.,  0.,  2.])
    """
    return np.sign(z) * np.maximum(np.abs(z) - threshold, 0.0)


def one_variable_lasso(x, y, penalty, *, scaling="sklearn", fit_intercept=True):
    """Coefficient and intercept of one variable: w = S(x'y, n * penalty / (2 c)) / x'x, x and y centred.

    S is the soft threshold. Derived by cases: w > 0 needs 2 c/n * (x'x w - x'y) + penalty = 0, w < 0 needs the same
    with -penalty, and where neither has a solution of its sign, w = 0.

    Parameters
    ----------
    x : array-like of shape (n_samples,)
        The variable.
    y : array-like of shape (n_samples,)
        Target.
    penalty : float
        Strength of the penalty: alpha or lambda, as the scaling calls it.
    scaling : {"sklearn", "mse"}, default="sklearn"
        The objective is ``c/n * ||y - b - X w||^2 + penalty * ||w||_1`` with c = 1/2 ("sklearn") or c = 1 ("mse").
    fit_intercept : bool, default=True
        Whether to fit an unpenalised intercept.

    Returns
    -------
    coef : float
        0 for a constant x.
    intercept : float
        The mean of y - x * coef.

    Raises
    ------
    ValueError
        Shapes that do not match, NaN or infinity, a penalty below 0, an unknown scaling.

    See Also
    --------
    subdifferential : The slopes of the objective, for the derivation.

    References
    ----------
    * Tibshirani (1996), Regression shrinkage and selection via the lasso, Journal of the Royal Statistical Society B
      58(1).

    Examples
    --------
    >>> from lassocore.reference import one_variable_lasso
    >>> one_variable_lasso([1.0, -1.0], [3.0, -3.0], penalty=0.5)
    (2.5, 0.0)
    """
    X, y, factor = check_problem(np.reshape(x, (-1, 1)), y, penalty, scaling)
    X, y, x_mean, y_mean = centred(X, y, fit_intercept)
    x = X[:, 0]
    sq_norm = x @ x
    coef = soft_threshold(x @ y, len(y) * penalty / (2.0 * factor)) / sq_norm if sq_norm > 0.0 else 0.0
    return float(coef), float(y_mean - x_mean[0] * coef)


def subdifferential(x, y, coef, penalty, *, scaling="sklearn", fit_intercept=True):
    """All slopes of the objective at w = coef: 2 c/n * (x'x w - x'y) + penalty * sign(w), x and y centred.

    At w = 0 the sign is any number in [-1, 1]. w is a minimum if and only if 0 is among the slopes.

    Parameters
    ----------
    x : array-like of shape (n_samples,)
        The variable.
    y : array-like of shape (n_samples,)
        Target.
    coef : float
        Where.
    penalty : float
        Strength of the penalty: alpha or lambda, as the scaling calls it.
    scaling : {"sklearn", "mse"}, default="sklearn"
        The objective is ``c/n * ||y - b - X w||^2 + penalty * ||w||_1`` with c = 1/2 ("sklearn") or c = 1 ("mse").
    fit_intercept : bool, default=True
        Whether there is an intercept, which centres x and y.

    Returns
    -------
    lowest : float
        Least of the slopes.
    highest : float
        Greatest of the slopes, the same but at 0.

    Raises
    ------
    ValueError
        Shapes that do not match, NaN or infinity, a penalty below 0, an unknown scaling.

    See Also
    --------
    one_variable_lasso : Where 0 is among the slopes.

    Examples
    --------
    >>> from lassocore.reference import subdifferential
    >>> subdifferential([1.0, -1.0], [3.0, -3.0], 0.0, penalty=0.5)
    (-3.5, -2.5)
    """
    X, y, factor = check_problem(np.reshape(x, (-1, 1)), y, penalty, scaling)
    X, y, _, _ = centred(X, y, fit_intercept)
    x = X[:, 0]
    slope = 2.0 * factor / len(y) * (x @ x * coef - x @ y)
    lowest, highest = (-1.0, 1.0) if coef == 0.0 else (np.sign(coef), np.sign(coef))
    return float(slope + penalty * lowest), float(slope + penalty * highest)
