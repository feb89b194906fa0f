# Lives here: the one judge of all solvers, in NumPy. Independent of: solvers, their tolerances, their certificates.
"""The duality gap of returned coefficients. docs/math.md, section 4, has the derivation; this file shares no code."""
import numpy as np


def largest_gap(problem, alphas, coefs, intercepts) -> float:
    """The largest gap of the lasso objective over the alphas, in units of P(0), from coefficients and intercepts alone.

    For each alpha: what the returned intercept costs against the best one for these coefficients, plus the gap of
    those coefficients with that intercept. NaN or infinite coefficients get infinity.
    """
    coefs = np.asarray(coefs, dtype=np.float64)
    intercepts = np.asarray(intercepts, dtype=np.float64)
    if not (np.isfinite(coefs).all() and np.isfinite(intercepts).all()):
        return np.inf
    y = problem.y
    n_samples = len(y)
    y0 = y - y.mean() if problem.fit_intercept else y
    residuals = y[:, None] - intercepts - problem.X @ coefs
    lost = np.zeros(len(alphas))
    if problem.fit_intercept:
        means = residuals.mean(axis=0)
        lost = 0.5 * n_samples * means**2
        residuals = residuals - means
    correlations = problem.X.T @ residuals
    l1_reg = n_samples * np.asarray(alphas)
    sq_residuals = (residuals * residuals).sum(axis=0)
    reach = np.maximum(np.abs(correlations).max(axis=0) / l1_reg, 1e-300)
    scale = np.clip(residuals.T @ y0 / np.maximum(sq_residuals, 1e-300), -1.0 / reach, 1.0 / reach)
    terms = l1_reg * np.abs(coefs) - scale * coefs * correlations
    gaps = lost + 0.5 * (1.0 - scale) ** 2 * sq_residuals + np.maximum(terms, 0.0).sum(axis=0)
    return float(gaps.max() / (0.5 * (y0 @ y0)))
