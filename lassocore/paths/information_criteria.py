# Lives here: degrees of freedom, noise variances and information criteria. Independent of: estimators, storage.
"""AIC, BIC and EBIC of a path; docs/math.md, section 15."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from lassocore.designs.canonical import as_canonical
from lassocore.designs.feature_names import compare_names
from lassocore.designs.gram_matrix import MAX_SQUARED
from lassocore.designs.rank import effective_rank
from lassocore.designs.shared_gram import SharedGram
from lassocore.paths.group_degrees import group_degrees_of_freedom
from lassocore.problems.problem import Problem, as_problem
from lassocore.results.path_result import PathResult
from lassocore.results.sample import Sample
from lassocore.solvers.least_squares import LeastSquares
from lassocore.solvers.penalty_grid import ridge_of
from lassocore.solvers.settings import Settings
from lassocore.utils.arguments import is_number
from lassocore.utils.powers_of_two import OutOfRange, decimal_exponent, times_power

CRITERIA = ("aic", "bic", "ebic")
PROFILE = "profile"
MAX_DEGREES = 0.5                   # of freedom over n, of models that estimate the noise variance
EPS, TINY = np.finfo(float).eps, np.finfo(float).tiny


def check_criterion(criterion: str, noise_variance: float | str | None, gamma: float) -> None:
    """Require known criteria and options in range."""
    if not (isinstance(criterion, str) and criterion in CRITERIA):
        raise ValueError(f"criterion={criterion!r} is unknown; use one of {', '.join(map(repr, CRITERIA))}")
    given = is_number(noise_variance) and 0 < noise_variance < np.inf
    if not (noise_variance is None or given or isinstance(noise_variance, str) and noise_variance == PROFILE):
        raise ValueError(f"noise_variance={noise_variance!r} must be a number above 0, 'profile' or None")
    if not (is_number(gamma) and 0 <= gamma <= 1):
        raise ValueError(f"gamma={gamma!r} must be a number from 0 to 1")


def check_observations(sample: Sample) -> None:
    """Require weights that may be frequencies: their sum is at least the number of rows with weight."""
    n_rows = sample.n_rows if sample.weights is None else np.count_nonzero(sample.weights)
    if sample.n_observations < n_rows * (1.0 - 1e-9):
        raise ValueError(
            f"sample_weight sums to {sample.n_observations:g} over {n_rows} rows with a weight; information criteria "
            "take a weight of k for k rows: scale the weights to sum to the number of rows")


def path_criterion(path: PathResult, X, criterion: str, noise_variance: float | str | None, gamma: float) -> np.ndarray:
    """`PathResult.information_criterion`."""
    check_criterion(criterion, noise_variance, gamma)
    sample = path.sample
    if sample is None:
        raise ValueError("this path has no statistics of its data, as it was read from a file; fit it again")
    if path.relax is not None and path.relax < 1.0:
        raise ValueError(f"a path with relax={path.relax:g} has no known degrees of freedom; fit it with relax=None")
    if path.groups is not None and criterion == "ebic":
        raise ValueError("criterion='ebic' counts models of single features, which a path with groups does not have; "
                         "use 'aic', 'bic' or cross-validation, as GroupLassoCV does")
    check_observations(sample)
    if X is not None:
        compare_names(X, path.feature_names, "PathResult")
        problem = problem_of(sample, X, path.coefs_sparse.shape[0])
        df, n_unpenalised = degrees_of_freedom(path, problem), rank_of(problem, problem.unpenalised)
    elif path.l1_ratio < 1.0 or path.groups is not None:
        reason = "a path with groups" if path.groups is not None else f"l1_ratio={path.l1_ratio:g}"
        raise ValueError(f"{reason} needs X for its degrees of freedom; pass X=X")
    else:
        df, n_unpenalised = free_counts(path, sample), float(len(sample.unpenalised))
    if noise_variance is None:
        noise_variance = path_noise_variance(sample, df)
    else:
        noise_variance = in_sample_units(noise_variance, sample)
    return criterion_values(sample, df, n_unpenalised, criterion, noise_variance, gamma)


def criterion_values(
    sample: Sample, df: np.ndarray, n_unpenalised: float, criterion: str, noise_variance: float | str, gamma: float
) -> np.ndarray:
    """-2 log-likelihood + c df + 2 gamma log(number of models of that size).

    n_unpenalised of the df belong to features in all models.
    """
    n = sample.n_observations
    df_cost = 2.0 if criterion == "aic" else np.log(n)
    values = minus_twice_log_likelihood(sample.sq_residuals, n, noise_variance) + df_cost * df
    if sample.scaling is not None:
        values = values + 2.0 * np.log(2.0) * n * sample.scaling.target
    if criterion == "ebic":
        n_candidates = len(sample.features) - len(sample.unpenalised)
        values = values + 2.0 * gamma * log_binomial(n_candidates, np.clip(df - n_unpenalised, 0.0, n_candidates))
    return values


def minus_twice_log_likelihood(sq_residuals: np.ndarray, n: float, noise_variance: float | str) -> np.ndarray:
    """For normal residuals with given variance, or with the maximum likelihood variance at each alpha."""
    if noise_variance == PROFILE:
        return n * np.log(2.0 * np.pi * np.maximum(sq_residuals / n, TINY)) + n
    return n * np.log(2.0 * np.pi * float(noise_variance)) + sq_residuals / float(noise_variance)


def in_sample_units(noise_variance: float | str, sample: Sample) -> float | str:
    """A given noise variance in the units of the sample's squared residuals."""
    if sample.scaling is None or isinstance(noise_variance, str):
        return noise_variance
    found = float(times_power(noise_variance, -2 * sample.scaling.target))
    if not 0.0 < found < np.inf:
        raise OutOfRange(f"noise_variance={noise_variance!r} is no variance of a y that is about "
                         f"1e{decimal_exponent(1.0, sample.scaling.target):+d}; leave it out, or rescale y")
    return found


def log_binomial(n: float, k: np.ndarray) -> np.ndarray:
    """log of n over k for real 0 <= k <= n."""
    from scipy.special import gammaln

    return gammaln(n + 1.0) - gammaln(k + 1.0) - gammaln(n - k + 1.0)


def free_counts(path: PathResult, sample: Sample) -> np.ndarray:
    """Number of coefficients that are neither 0 by the penalty nor at a bound, at most the number of observations."""
    limit = max(0.0, sample.n_observations - sample.fit_intercept)
    return np.minimum([float(len(columns)) for columns in free_columns(path, sample)], limit)


def free_columns(path: PathResult, sample: Sample) -> list[np.ndarray]:
    """The ascending indices of these coefficients at each alpha: nonzero, or without an L1 penalty."""
    lower, upper, dtype, free = sample.lower, sample.upper, path.coefs_sparse.dtype, []
    if sample.scaling is not None:
        lower, upper = sample.scaling.given_bound(lower), sample.scaling.given_bound(upper)
    for k, alpha in enumerate(path.alphas):
        columns, values = path.nonzeros(k)
        if sample.dependent is not None and len(sample.dependent):
            basis = ~np.isin(columns, sample.dependent)
            columns, values = columns[basis], values[basis]
        smooth = sample.features if alpha == 0.0 or path.l1_ratio == 0.0 else sample.unpenalised
        at_zero = np.setdiff1d(smooth, columns, assume_unique=True)
        if lower is not None and upper is not None:
            columns = columns[(values > lower[columns].astype(dtype)) & (values < upper[columns].astype(dtype))]
            at_zero = at_zero[(lower[at_zero] < 0.0) & (upper[at_zero] > 0.0)]
        free.append(np.union1d(columns, at_zero))
    return free


def problem_of(sample: Sample, X, n_features: int) -> Problem:
    """The problem of the path, without its y."""
    shape = np.shape(X)
    if shape != (sample.n_rows, n_features):
        raise ValueError(f"X has shape {shape}; the path was fitted on shape {(sample.n_rows, n_features)}")
    y = np.zeros(sample.n_rows)
    options: dict[str, Any] = {"fit_intercept": sample.fit_intercept, "sample_weight": sample.weights}
    scaling = sample.scaling
    problem = as_problem(X if scaling is None else scaling.of_X(as_canonical(X), sample.weights), y, **options)
    penalty = problem.penalty._replace(l2_factor=sample.l2_factor, lower=sample.lower, upper=sample.upper)
    return replace(
        problem, penalty=penalty, features=sample.features, unpenalised=sample.unpenalised, scaling=scaling)


def degrees_of_freedom(path: PathResult, problem: Problem) -> np.ndarray:
    """Rank of the free columns at each alpha; with an L2 penalty or groups, the trace of the map from y to the fit.

    Tibshirani, Taylor (2012), theorem 2 and its elastic-net counterpart.
    """
    sample: Any = path.sample
    free = free_columns(path, sample)
    supports = SharedGram(problem.design, free)
    if path.groups is not None:
        return group_degrees_of_freedom(path, problem, free, supports)
    union_gram, size = supports.shared, len(supports.columns)
    if union_gram is not None and path.l1_ratio == 1.0 and size <= problem.matrix.n_samples and (
            effective_rank(problem.design, supports.columns, union_gram, np.zeros(size)) == size):
        return np.array([float(len(columns)) for columns in free])
    found: dict[bytes, float] = {}
    df = np.empty(len(free))
    for k, columns in enumerate(free):
        ridge = ridge_of(problem, columns, path.alphas[k], path.l1_ratio)
        key = columns.tobytes() + ridge.tobytes()
        if key not in found:
            found[key] = effective_rank(problem.design, columns, supports.gram(columns), ridge)
        df[k] = found[key]
    return df


def rank_of(problem: Problem, columns: np.ndarray) -> float:
    """Rank of a set of columns."""
    return effective_rank(problem.design, columns, problem.design.gram(columns), np.zeros(len(columns)))


def path_noise_variance(sample: Sample, df: Sequence[float] | np.ndarray) -> float:
    """RSS / (n - df - 1) where RSS / (n - df - 1)^2 is least, among models with at most n / 2 degrees of freedom.

    Reid, Tibshirani, Friedman (2016), their alpha chosen by generalised cross-validation.
    """
    df, n = np.asarray(df), sample.n_observations
    rest = n - df - sample.fit_intercept
    allowed = np.flatnonzero((df <= MAX_DEGREES * n) & (rest > 0))
    if len(allowed) == 0:
        return floored(0.0, sample)
    sq_residuals, rest = sample.sq_residuals[allowed], rest[allowed]
    best = np.argmin(sq_residuals / rest**2)
    return floored(sq_residuals[best] / rest[best], sample)


def least_squares_noise_variance(problem: Problem, sample: Sample, settings: Settings) -> float | None:
    """RSS / (n - rank - 1) of least squares within the bounds; None if no residual df remain or p is too large."""
    features, n = problem.features, sample.n_observations
    if n <= len(features) + sample.fit_intercept or len(features) > MAX_SQUARED:
        return None
    gram = problem.design.gram(features)
    rest = n - effective_rank(problem.design, features, gram, np.zeros(len(features))) - sample.fit_intercept
    refit = LeastSquares(problem, settings).solve(features, gram)
    return floored(problem.weight_unit * refit.sq_residual / rest, sample)


def floored(noise_variance: float, sample: Sample) -> float:
    """At least the rounding error of the largest residuals, so that a perfect fit has a criterion."""
    return float(max(noise_variance, EPS * sample.sq_residuals.max(initial=0.0) / sample.n_observations, TINY))
