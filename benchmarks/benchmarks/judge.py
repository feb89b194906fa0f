# Lives here: the one judge of all solvers, in NumPy. Independent of: solvers, their tolerances, their certificates.
"""The duality gap of returned coefficients: the lasso, groups of features, several tasks, many targets.

docs/math.md, sections 4 and 13, has the derivation; this file shares no code.
"""
from dataclasses import replace

import numpy as np


def largest_gap(problem, alphas, coefs, intercepts) -> float:
    """The largest gap of the objective over the alphas, in units of P(0), from coefficients and intercepts alone.

    For each alpha: what the returned intercept costs against the best one for these coefficients, plus the gap of
    those coefficients with that intercept. NaN or infinite coefficients get infinity. coefs has shape (n_features,
    n_alphas), or (n_features, n_tasks, n_alphas), and intercepts the same without the first axis. Of targets that are
    fitted each for itself, the worst one counts.
    """
    if not problem.coupled:
        return max(largest_gap(replace(problem, y=problem.y[:, k], coupled=True), alphas, coefs[:, k], intercepts[k])
                   for k in range(problem.y.shape[1]))
    return float(_objectives_and_gaps(problem, alphas, coefs, intercepts)[1].max())


def lower_bounds(problem, alphas, coefs, intercepts) -> np.ndarray:
    """For each alpha, a value that the objective is never below, in units of P(0); near it where the fit is exact."""
    objectives, gaps = _objectives_and_gaps(problem, alphas, coefs, intercepts)
    return objectives - gaps


def largest_suboptimality(problem, alphas, coefs, intercepts, bounds: np.ndarray) -> float:
    """How far the objective is above `lower_bounds` of another fit, the largest of all alphas, in units of P(0)."""
    return float((_objectives_and_gaps(problem, alphas, coefs, intercepts)[0] - bounds).max())


def _block_sums(problem, values: np.ndarray) -> np.ndarray:
    """Of (n_features, n_tasks, n_alphas) values, over the tasks and over the features of each group."""
    sums = values.sum(axis=1)
    return sums if problem.sizes is None else np.add.reduceat(sums, np.cumsum(problem.sizes) - problem.sizes, axis=0)


def _objectives_and_gaps(problem, alphas, coefs, intercepts) -> tuple[np.ndarray, np.ndarray]:
    """Of each alpha, in units of P(0); a block is a feature in all tasks, or a group, whose weight is sqrt(size)."""
    n_samples, alphas = len(problem.y), np.asarray(alphas)
    coefs = np.asarray(coefs.toarray() if hasattr(coefs, "toarray") else coefs, dtype=np.float64)
    coefs = coefs.reshape(coefs.shape[0], -1, len(alphas))
    intercepts = np.asarray(intercepts, dtype=np.float64).reshape(coefs.shape[1:])
    if not (np.isfinite(coefs).all() and np.isfinite(intercepts).all()):
        return np.full(len(alphas), np.inf), np.full(len(alphas), np.inf)
    y0 = problem.y.reshape(n_samples, -1)
    y0 = y0 - y0.mean(axis=0) if problem.fit_intercept else y0
    products = (problem.X @ coefs.reshape(len(coefs), -1)).reshape(n_samples, *coefs.shape[1:])
    residuals = problem.y.reshape(n_samples, -1, 1) - intercepts - products
    lost = np.zeros(len(alphas))
    if problem.fit_intercept:
        means = residuals.mean(axis=0)
        lost = 0.5 * n_samples * (means**2).sum(axis=0)
        residuals = residuals - means
    correlations = (problem.X.T @ residuals.reshape(n_samples, -1)).reshape(coefs.shape)
    weights = np.ones(1) if problem.sizes is None else np.sqrt(problem.sizes)
    thresholds = n_samples * weights[:, None] * alphas                  # of each block, at each alpha
    sq_residuals = (residuals * residuals).sum(axis=(0, 1))
    reach = np.maximum((np.sqrt(_block_sums(problem, correlations**2)) / thresholds).max(axis=0), 1e-300)
    products_with_y = (residuals * y0[:, :, None]).sum(axis=(0, 1))
    scale = np.clip(products_with_y / np.maximum(sq_residuals, 1e-300), -1.0 / reach, 1.0 / reach)
    penalties = thresholds * np.sqrt(_block_sums(problem, coefs**2))
    terms = penalties - scale * _block_sums(problem, coefs * correlations)
    gaps = lost + 0.5 * (1.0 - scale) ** 2 * sq_residuals + np.maximum(terms, 0.0).sum(axis=0)
    objectives = lost + 0.5 * sq_residuals + penalties.sum(axis=0)
    at_zero = 0.5 * (y0 * y0).sum()
    return objectives / at_zero, gaps / at_zero
