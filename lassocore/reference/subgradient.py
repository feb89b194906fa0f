# Lives here: subgradient descent, on all rows and on mini-batches. Independent of: the soft threshold.
"""Steps against a subgradient, which train the lasso like any other model and hardly ever reach an exact 0."""
import numpy as np

from lassocore.reference.objective import check_problem, cost_of
from lassocore.reference.solution import History


def subgradient_descent(X, y, penalty, *, scaling="sklearn", learning_rate=0.1, decay=0.0, max_iter=1000,
                        patience=None, fit_intercept=True, callback=None):
    """Descend by steps against a subgradient: simple, slow, without exact zeros. The best point met is returned.

    With r = y - b - X w, step k = 0, 1, ... has the rate learning_rate / (1 + decay * k) and is::

        w <- w - rate * (-2 c/n * X'r + penalty * sign(w))
        b <- b - rate * (-2 c/n * sum(r))

    At a fixed rate the objective ends near its minimum, the nearer the smaller the rate; at a decaying one it
    converges. Rates above 2 / L diverge, where L is 2 c/n times the largest eigenvalue of X'X.

    Parameters
    ----------
    X, y : array-like
        Features (n_samples, n_features) and target (n_samples,).
    penalty : float
        Strength of the penalty: alpha or lambda, as the scaling calls it.
    scaling : {"sklearn", "mse"}, default="sklearn"
        The objective is ``c/n * ||y - b - X w||^2 + penalty * ||w||_1`` with c = 1/2 ("sklearn") or c = 1 ("mse").
    learning_rate, decay : float
        The first rate, and how fast it falls: with ``decay=0.0`` it stays the same.
    max_iter : int, default=1000
        Limit of steps.
    patience : int, optional
        Stop after so many steps without a new lowest objective.
    fit_intercept : bool, default=True
        Whether to fit an unpenalised intercept.
    callback : callable, optional
        Called as ``callback(coef, intercept)`` after each step.

    Returns
    -------
    Solution
        Converged if `patience` ended it.

    Raises
    ------
    ValueError
        Shapes that do not match, NaN or infinity, a penalty below 0, an unknown scaling.

    See Also
    --------
    ista : Steps that end at exact zeros.

    References
    ----------
    * Shor (1985), Minimization methods for non-differentiable functions, Springer.

    Examples
    --------
    >>> from lassocore.reference import subgradient_descent
    >>> subgradient_descent([[1.0], [-1.0]], [3.0, -3.0], penalty=0.5).coef.round(6)
    array([2.5])
    """
    X, y, factor = check_problem(X, y, penalty, scaling)
    coef, intercept = np.zeros(X.shape[1]), 0.0
    history = History(cost_of(y, coef, penalty, factor), coef, intercept, callback)
    for k in range(max_iter):
        rate = learning_rate / (1.0 + decay * k)
        for_coef, for_intercept = subgradient(X, y, coef, intercept, penalty, factor)
        coef, intercept = coef - rate * for_coef, intercept - rate * for_intercept * fit_intercept
        history.add(cost_of(y - intercept - X @ coef, coef, penalty, factor), coef, intercept)
        if history.has_stalled(patience) or history.has_diverged():
            break
    return history.solution(*history.best, converged=history.has_stalled(patience))


def stochastic_gradient_descent(X, y, penalty, *, scaling="sklearn", batch_size=32, learning_rate=0.1, decay=0.0,
                                n_epochs=100, patience=None, fit_intercept=True, rng=None, callback=None):
    """Descend by the subgradients of a few rows at a time. The best point met after an epoch is returned.

    An epoch visits all rows, in a new random order, in batches. A step is that of `subgradient_descent` with the rows
    of the batch alone, and their number for n. In epoch k the rate is learning_rate / (1 + decay * k).

    Parameters
    ----------
    X, y : array-like
        Features (n_samples, n_features) and target (n_samples,).
    penalty : float
        Strength of the penalty: alpha or lambda, as the scaling calls it.
    scaling : {"sklearn", "mse"}, default="sklearn"
        The objective is ``c/n * ||y - b - X w||^2 + penalty * ||w||_1`` with c = 1/2 ("sklearn") or c = 1 ("mse").
    batch_size : int, default=32
        Rows of a step.
    learning_rate, decay : float
        The first rate, and how fast it falls: with ``decay=0.0`` it stays the same.
    n_epochs : int, default=100
        Limit of passes over the rows.
    patience : int, optional
        Stop after so many epochs without a new lowest objective.
    fit_intercept : bool, default=True
        Whether to fit an unpenalised intercept.
    rng : int or numpy.random.Generator, optional
        Source of the orders.
    callback : callable, optional
        Called as ``callback(coef, intercept)`` after each epoch.

    Returns
    -------
    Solution
        Iterations are epochs; converged if `patience` ended it.

    Raises
    ------
    ValueError
        Shapes that do not match, NaN or infinity, a penalty below 0, an unknown scaling.

    See Also
    --------
    subgradient_descent : The same with all rows.

    References
    ----------
    * Robbins, Monro (1951), A stochastic approximation method, Annals of Mathematical Statistics 22(3).

    Examples
    --------
    >>> from lassocore.reference import stochastic_gradient_descent
    >>> stochastic_gradient_descent([[1.0], [-1.0]], [3.0, -3.0], penalty=0.5, rng=0).coef.round(3)
    array([2.5])
    """
    X, y, factor = check_problem(X, y, penalty, scaling)
    rng, n_samples, coef, intercept = np.random.default_rng(rng), len(y), np.zeros(X.shape[1]), 0.0
    history = History(cost_of(y, coef, penalty, factor), coef, intercept, callback)
    for k in range(n_epochs):
        rate, order = learning_rate / (1.0 + decay * k), rng.permutation(n_samples)
        for rows in (order[start:start + batch_size] for start in range(0, n_samples, batch_size)):
            for_coef, for_intercept = subgradient(X[rows], y[rows], coef, intercept, penalty, factor)
            coef, intercept = coef - rate * for_coef, intercept - rate * for_intercept * fit_intercept
        history.add(cost_of(y - intercept - X @ coef, coef, penalty, factor), coef, intercept)
        if history.has_stalled(patience) or history.has_diverged():
            break
    return history.solution(*history.best, converged=history.has_stalled(patience))


def subgradient(X, y, coef, intercept, penalty, factor):
    """(-2 c/n * X'r + penalty * sign(w), -2 c/n * sum(r)), where r = y - b - X w and sign(0) = 0."""
    residual = y - intercept - X @ coef
    loss = -2.0 * factor / len(y)
    return loss * (X.T @ residual) + penalty * np.sign(coef), loss * residual.sum()
