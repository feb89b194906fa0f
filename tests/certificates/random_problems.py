# Lives here: random small problems with every option mixed. Independent of: lassocore, what is asserted of them.
"""Data and arguments of `fit_path`, drawn from a seed, and the same problem in long double."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from certificates.interior_point import LONG, ExtendedProblem


@dataclass(frozen=True)
class RandomProblem:
    """X, y and the keyword arguments of `fit_path`: those of the problem, and those that say how it is solved."""

    X: Any
    y: np.ndarray
    options: dict[str, Any]
    settings: dict[str, Any]

    def __str__(self) -> str:
        storage = "csc" if sp.issparse(self.X) else "F" if self.X.flags.f_contiguous else "C"
        given = [name if isinstance(value, tuple | np.ndarray) else f"{name}={value}"
                 for name, value in (self.options | self.settings).items() if name != "alphas"]
        return f"{self.X.shape[0]} x {self.X.shape[1]} {storage} {self.X.dtype} " + " ".join(given)


def make_problem(seed: int) -> RandomProblem:
    """n of 3 to 30, p of 1 to 40, with duplicated, collinear, constant and zero columns, on any scale."""
    rng = np.random.default_rng(seed)
    n, p = int(rng.integers(3, 31)), round(np.exp(rng.uniform(0, np.log(40))))
    X = make_columns(rng, n, p)
    w = np.where(rng.random(p) < rng.choice([0.1, 0.5, 1.0]), rng.standard_normal(p), 0.0)
    y = X @ w + rng.choice([0.0, 1e-3, 0.3, 3.0]) * X.std() * rng.standard_normal(n)
    y = np.where(rng.random(n) < 0.05, 1.0, 0.0) if not y.any() else y
    means = rng.choice([0.0, 1.0, 1e3]) * rng.standard_normal(p) * X.std(axis=0)
    single, sparse = rng.random(2) < [0.2, 0.3]
    if sparse:
        X = np.where(rng.random((n, p)) < rng.uniform(0.1, 1.0), X, 0.0)
    else:
        X = X + means
    with_scales = rng.random() < 0.3
    X = X * (10.0 ** rng.uniform(-3, 3, p) if with_scales else 1.0) * 10.0 ** rng.choice([0, 0, 0, -6, 6])
    y = (y + rng.choice([0.0, 0.0, 10.0]) * (np.abs(y).max() + 1e-3)) * 10.0 ** rng.choice([0, 0, 0, -6, 6])
    X = X.astype(np.float32 if single else float)
    storage = sp.csc_array if sparse else rng.choice([np.asfortranarray, np.ascontiguousarray])
    options = make_options(rng, X, y)
    return RandomProblem(storage(X), y, options, make_settings(rng, X, y, options))


def make_columns(rng, n: int, p: int) -> np.ndarray:
    """Columns of one kind, some of them replaced by copies, sums and constants."""
    kind = rng.choice(["normal", "correlated", "integers", "smooth", "counts"])
    X = rng.standard_normal((n, p))
    if kind == "correlated":
        X = 0.3 * X + rng.standard_normal((n, 1))
    if kind == "smooth":
        X = np.cumsum(np.cumsum(X, axis=1), axis=1)
    if kind == "integers":
        X = rng.integers(-2, 3, (n, p)).astype(float)
    if kind == "counts":
        X = rng.poisson(0.5, (n, p)).astype(float)
    for j in range(p):
        other, another = rng.integers(0, p, 2)
        draw = rng.random() if rng.random() < 0.15 else 1.0
        if draw < 0.4:
            X[:, j] = rng.choice([-1.0, 1.0, 2.0]) * X[:, other]
        elif draw < 0.7:
            X[:, j] = X[:, other] + X[:, another]
        elif draw < 0.8:
            X[:, j] = X[:, other] * (1 + 1e-5 * rng.standard_normal(n))
        elif draw < 0.9:
            X[:, j] = rng.choice([0.0, 2.0])
    return X


def spread_of(X) -> np.ndarray:
    """Standard deviations, 1 for constant columns."""
    spread = X.astype(float).std(axis=0)
    return np.where(spread > 1e-12 * np.abs(X).max(axis=0), spread, 1.0)


def make_common_options(rng, n: int) -> dict[str, Any]:
    """The options that problems of single features and of blocks share."""
    options: dict[str, Any] = {}
    options["fit_intercept"], options["standardize"] = (bool(flag) for flag in rng.random(2) < [0.6, 0.3])
    if rng.random() < 0.5:
        options["l1_ratio"] = float(rng.choice([rng.uniform(0.05, 1.0), 0.5, 0.999, 1e-3]))
    if rng.random() < 0.4:
        weights = rng.choice([rng.uniform(0.1, 3.0, n), rng.integers(1, 4, n), 10.0 ** rng.uniform(-6, 2, n)])
        options["sample_weight"] = np.where(rng.random(n) < 0.2, 0.0, weights)
        options["sample_weight"][rng.integers(0, n, 2)] = 1.0
    return options


def make_options(rng, X, y) -> dict[str, Any]:
    """The options that make the problem another one."""
    (n, p), single = X.shape, X.dtype == np.float32
    options = make_common_options(rng, n)
    if rng.random() < 0.3:
        options["offset"] = rng.standard_normal(n) * np.abs(y).max()
    if rng.random() < 0.4:
        free = 0.15 * (rng.random() < 0.5)
        options["penalty_factor"] = rng.choice([0.0, 1.0, 1e3, np.inf], p, p=[free, 0.8 - free, 0.15, 0.05]) * (
            rng.uniform(0.3, 2.0, p))
    if rng.random() < 0.4:
        typical = np.abs(y - y.mean()).mean() / spread_of(X)
        ends = [np.where(rng.random(p) < 0.3, np.inf, np.where(
            rng.random(p) < 0.2, 0.0, typical * 10.0 ** rng.uniform(-2, 0.5, p))) for _ in range(2)]
        lower, upper = (end.astype(np.float32 if single else float).astype(float) for end in ends)
        options["bounds"] = (-lower, upper)
    options["positive"] = bool(rng.random() < 0.15)
    return options


def make_settings(rng, X, y, options) -> dict[str, Any]:
    """What decides how the problem is solved: alphas, method, tolerance, start."""
    problem = extended(X, y, 1.0, options)
    penalised = problem.l1 > 0
    largest = float(np.max(np.abs(problem.Z.T @ problem.z)[penalised] / problem.l1[penalised], initial=0.0)) or 1.0
    alphas = largest * 10.0 ** -rng.uniform(-0.1, rng.choice([0.5, 2.0, 4.0]), rng.choice([1, 2, 5, 20]))
    alphas[rng.integers(0, len(alphas))] *= rng.random() > 0.05
    settings: dict[str, Any] = {"alphas": alphas, "tol": float(10.0 ** -rng.uniform(1, 14))}
    solvers = ["auto", "auto", "cd", "gram", "working_set"]
    unpenalised = "penalty_factor" in options and (options["penalty_factor"] == 0).any()
    settings["solver"] = str(rng.choice(solvers[:3] if unpenalised and X.dtype == np.float32 else solvers))
    if settings["solver"] in ("auto", "cd") and rng.random() < 0.2:
        settings["selection"], settings["rng"] = str(rng.choice(["shuffled", "random"])), 0
    if rng.random() < 0.3:
        settings["max_iter"] = int(rng.choice([1, 3, 10]))
    if rng.random() < 0.2:
        settings["coef_init"] = rng.standard_normal(X.shape[1]) * np.abs(y).mean() / spread_of(X)
    return settings


def as_documented(X, y, options) -> tuple:
    """(rows with positive weight as long double: X, y less the offset, weights of sum 1; the penalty's scales)."""
    X = (X.toarray() if sp.issparse(X) else X).astype(LONG)
    weights = options.get("sample_weight", np.ones(len(y))).astype(LONG)
    used = weights > 0
    X, weights = X[used], weights[used] / weights.sum()
    target = (y.astype(LONG) - options.get("offset", LONG(0)))[used]
    deviations = X - X[0]
    deviations = deviations - weights @ deviations
    unit = np.sqrt(weights @ deviations**2) if options["standardize"] else np.ones(X.shape[1], dtype=LONG)
    return X, target, weights, deviations, unit


def extended(X, y, alpha, options) -> ExtendedProblem:
    """The documented problem with the best intercept."""
    X, target, weights, deviations, unit = as_documented(X, y, options)
    factor = options.get("penalty_factor", np.ones(X.shape[1])).astype(LONG)
    excluded = np.isinf(factor) | (unit == 0)
    factor = np.where(excluded, 0, factor)
    lower, upper = (np.where(excluded, 0, end) for end in options.get("bounds", (-LONG(np.inf), LONG(np.inf))))
    if options["fit_intercept"]:
        X, target = deviations, target - target[0]
        target = target - weights @ target
    root, ratio = np.sqrt(weights), LONG(options.get("l1_ratio", 1.0))
    return ExtendedProblem(
        Z=root[:, None] * X, z=root * target, l1=LONG(alpha) * ratio * factor * unit,
        l2=LONG(alpha) * (1 - ratio) * factor * unit**2,
        lower=np.maximum(lower, 0) if options["positive"] else lower, upper=upper)


def objective(X, y, coef, intercept, alpha, options) -> np.longdouble:
    """The documented objective at a point; infinite where a constraint is violated."""
    problem = extended(X, y, alpha, options)
    X, target, weights, *_ = as_documented(X, y, options)
    w = np.asarray(coef).astype(LONG)
    if (w < problem.lower).any() or (w > problem.upper).any() or (intercept != 0 and not options["fit_intercept"]):
        return LONG(np.inf)
    residual = target - LONG(intercept) - X @ w
    return weights @ residual**2 / 2 + problem.l1 @ np.abs(w) + problem.l2 @ w**2 / 2

