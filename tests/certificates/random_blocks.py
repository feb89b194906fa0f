# Lives here: random small problems of groups and of tasks. Independent of: lassocore, what is asserted of them.
"""Data and arguments of `fit_path` with groups and of `fit_multi_task_path`, and the same problems in long double.

Every option is drawn, in any combination.
"""
from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp
from certificates.extended_blocks import ExtendedBlocks, Norms
from certificates.interior_point import LONG
from certificates.random_problems import (
    RandomProblem,
    as_documented,
    make_columns,
    make_common_options,
    spread_of,
)

SHARE_OF_TASKS = 0.35       # of the problems


def make_block_problem(seed: int) -> RandomProblem:
    """n of 3 to 30, p of 1 to 30, groups of 1 to all features or 1 to 4 tasks, on any scale."""
    rng = np.random.default_rng([seed, 1])
    has_tasks = rng.random() < SHARE_OF_TASKS
    n, p = int(rng.integers(3, 31)), round(np.exp(rng.uniform(0, np.log(12 if has_tasks else 30))))
    X = make_columns(rng, n, p)
    single, sparse, with_scales = rng.random(3) < [0.2, 0.3, 0.3]
    W = np.where(rng.random(p) < rng.choice([0.1, 0.5, 1.0]), rng.standard_normal((4, p)), 0.0)
    Y = X @ W.T + rng.choice([0.0, 1e-3, 0.3, 3.0]) * X.std() * rng.standard_normal((n, 4))
    Y = np.where(rng.random(Y.shape) < 0.05, 1.0, 0.0) if not Y[:, 0].any() else Y
    if sparse:
        X = np.where(rng.random((n, p)) < rng.uniform(0.1, 1.0), X, 0.0)
    else:
        X = X + rng.choice([0.0, 1.0, 1e3]) * rng.standard_normal(p) * X.std(axis=0)
    X = X * (10.0 ** rng.uniform(-3, 3, p) if with_scales else 1.0) * 10.0 ** rng.choice([0, 0, 0, -6, 6])
    Y = (Y + rng.choice([0.0, 0.0, 10.0]) * (np.abs(Y).max() + 1e-3)) * 10.0 ** rng.choice([0, 0, 0, -6, 6])
    X, y = X.astype(np.float32 if single else float), Y[:, :rng.integers(1, 5)] if has_tasks else Y[:, 0]
    options = make_block_options(rng, X, y)
    settings = make_block_settings(rng, X, y, options)
    storage = sp.csc_array if sparse else rng.choice([np.asfortranarray, np.ascontiguousarray])
    return RandomProblem(storage(X), y, options, settings)


def make_block_options(rng, X, y) -> dict[str, Any]:
    """The options that make the problem another one."""
    n, p = X.shape
    options = make_common_options(rng, n)
    if y.ndim == 2:
        if rng.random() < 0.4:
            options["penalty_factor"] = make_weights(rng, p)
        return options
    n_groups = int(rng.integers(1, p + 1))
    options["groups"] = rng.permutation(np.r_[np.arange(n_groups), rng.integers(0, n_groups, p - n_groups)])
    if rng.random() < 0.5:
        options["group_weights"] = make_weights(rng, n_groups)
    if rng.random() < 0.5:
        options["feature_l1_ratio"] = float(rng.choice([rng.uniform(0.0, 1.0), 0.5, 0.999, 1e-3]))
    if rng.random() < 0.3:
        options["offset"] = rng.standard_normal(n) * np.abs(y).max()
    return options


def make_weights(rng, n_blocks: int) -> np.ndarray:
    """Weights of several sizes, some of them infinite, in half of the cases some of them 0."""
    free = 0.2 * (rng.random() < 0.5)
    return rng.choice([0.0, 1.0, 1e3, np.inf], n_blocks, p=[free, 0.8 - free, 0.1, 0.1]) * (
        rng.uniform(0.3, 2.0, n_blocks))


def make_block_settings(rng, X, y, options) -> dict[str, Any]:
    """What decides how the problem is solved: alphas, tolerance, start."""
    problem = extended_blocks(X, y, 1.0, options)
    largest = max((float((np.sqrt(norms.sums((problem.Z.T @ problem.z)**2))[used] / norms.reg[used]).max())
                   for norms in problem.norms if (used := norms.reg > 0).any()), default=1.0) or 1.0
    alphas = largest * 10.0 ** -rng.uniform(-0.1, rng.choice([0.5, 2.0, 4.0]), rng.choice([1, 2, 5, 20]))
    alphas[rng.integers(0, len(alphas))] *= rng.random() > 0.05
    settings: dict[str, Any] = {"alphas": alphas, "tol": float(10.0 ** -rng.uniform(1, 14))}
    if rng.random() < 0.3:
        settings["max_iter"] = int(rng.choice([1, 3, 10]))
    if rng.random() < 0.2:
        shape = (*y.shape[1:], X.shape[1])
        settings["coef_init"] = rng.standard_normal(shape) * np.abs(y).mean() / spread_of(X)
    return settings


def weights_of(X, options) -> tuple[np.ndarray, np.ndarray]:
    """(label of each feature, weight of each label)"""
    labels = options.get("groups", np.arange(X.shape[1]))
    if "groups" not in options:
        return labels, options.get("penalty_factor", np.ones(X.shape[1])).astype(LONG)
    return labels, options.get("group_weights", np.sqrt(np.bincount(labels).astype(LONG))).astype(LONG)


def penalty_of(X, alpha, options) -> tuple[np.ndarray, LONG, LONG, LONG]:
    """(weight of each label, 0 where it is infinite; alpha times what multiplies single entries, norms, squares)."""
    _, weights = weights_of(X, options)
    ratio, single = LONG(options.get("l1_ratio", 1.0)), LONG(options.get("feature_l1_ratio", 0.0))
    alpha = LONG(alpha)
    return np.where(np.isinf(weights), 0, weights), alpha * ratio * single, alpha * ratio * (1 - single), (
        alpha * (1 - ratio))


def excluded_of(X, unit, options) -> np.ndarray:
    """Features whose group has an infinite weight, and constant ones of standardised problems."""
    labels, weights = weights_of(X, options)
    return np.isinf(weights[labels]) | (unit == 0)


def extended_blocks(X, y, alpha, options) -> ExtendedBlocks:
    """The documented problem with the best intercept, in coefficients of standardised columns; tasks one by one."""
    X, target, weights, deviations, unit = as_documented(X, y, options)
    excluded = excluded_of(X, unit, options)
    target = target.reshape(len(target), -1)
    n_tasks = target.shape[1]
    if options["fit_intercept"]:
        X, target = deviations, target - target[0]
        target = target - weights @ target
    root, labels = np.sqrt(weights)[:, None], np.tile(weights_of(X, options)[0], n_tasks)
    group_weights, single, joint, squares = penalty_of(X, alpha, options)
    Z = root * np.where(excluded, 0, X / np.where(excluded, 1, unit))
    norms = [Norms(labels, joint * group_weights)]
    if single > 0:
        norms.append(Norms(np.arange(len(labels)), single * (group_weights > 0)[labels]))
    return ExtendedBlocks(Z=np.kron(np.eye(n_tasks, dtype=LONG), Z), z=(root * target).T.ravel(),
                          l2=squares * group_weights[labels], norms=tuple(norms))


def block_objective(X, y, coef, intercept, alpha, options) -> np.longdouble:
    """The documented objective at a point; infinite where an excluded feature is used."""
    X, target, weights, _, unit = as_documented(X, y, options)
    W = np.atleast_2d(np.asarray(coef).astype(LONG))
    if W[:, excluded_of(X, unit, options)].any() or (np.any(intercept) and not options["fit_intercept"]):
        return LONG(np.inf)
    residual = target.reshape(len(target), -1) - np.asarray(intercept).astype(LONG) - X @ W.T
    value, labels = weights @ (residual**2).sum(axis=1) / 2, weights_of(X, options)[0]
    group_weights, single, joint, squares = penalty_of(X, alpha, options)
    for g in np.flatnonzero(group_weights):
        block = (unit * W)[:, labels == g]
        norm, weight = np.sqrt((block**2).sum()), group_weights[g]
        value += single * np.abs(block).sum() + joint * weight * norm + squares * weight * norm**2 / 2
    return value
