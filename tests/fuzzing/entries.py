# Lives here: fits of any arguments, as fuzzing calls them. Independent of: who makes the bytes, files.
"""Each entry turns bytes into arguments; its result is finite and its gaps at least 0."""
from __future__ import annotations

import ctypes

import numpy as np
import scipy.sparse as sp
from fuzzing.inputs import Source, dense, drawn, sparse, stored
from helpers.c_api import CSC, GRAM, design_of, gram_design, options_of, solve, table, workspace_for

from lassocore import (
    Lasso,
    LassoSolver,
    MultiTaskLasso,
    duality_gap,
    fit_constrained,
    fit_gram_path,
    fit_many,
    fit_multi_task_path,
    fit_path,
    prepare,
)


def fits(data: bytes) -> None:
    """Fits of any X, y and options; a result is finite and its gap at least 0."""
    source = Source(data)
    n, p = source.integer(0, 9), source.integer(0, 8)
    X = (dense if source.integer(0, 1) else sparse)(source, n, p)
    y = source.numbers(n)
    options = {}
    for name, value in (
            ("sample_weight", lambda: source.numbers(n)), ("penalty_factor", lambda: abs(source.numbers(p))),
            ("bounds", lambda: (-abs(source.number()), abs(source.number()))), ("standardize", lambda: True),
            ("fit_intercept", lambda: False), ("l1_ratio", lambda: source.choice([0.0, 0.5, 1.0, source.number()]))):
        if source.integer(0, 3) == 0:
            options[name] = value()
    alpha, entry = abs(source.number()), source.integer(0, 6)
    common = {"tol": source.choice([1e-4, 1e-10, 0.0]), "max_iter": 200}
    if entry == 0:
        solver = source.choice(["auto", "cd", "gram", "working_set"])
        path = fit_path(X, y, alphas=source.integer(1, 5), solver=solver, **options, **common)
        check(path.coefs, path.dual_gaps)
    elif entry == 1:
        path = fit_path(prepare(X), y, alphas=[alpha], **options, **common)
        check(path.coefs, path.dual_gaps)
    elif entry == 2:
        solution = LassoSolver(X, **options, **common).solve(y, alpha)
        check(solution.coef, solution.dual_gap)
    elif entry == 3:
        many = fit_many(X, source.numbers(n, 2), alphas=[alpha], **options, **common)
        check(many.coefs, many.dual_gaps)
    elif entry == 4:
        check(source.numbers(0), duality_gap(X, y, source.numbers(p), alpha=alpha, **options))
    elif entry == 5:
        path = fit_gram_path(source.numbers(p, p), source.numbers(p), sq_target=abs(source.number()),
                             n_samples=max(n, 1), alphas=[alpha], max_iter=200)
        check(path.coefs, path.dual_gaps)
    else:
        model = Lasso(alpha, max_iter=200).fit(X, y)
        check(model.coef_, model.dual_gap_)


def check(coefs, gaps) -> None:
    """Coefficients are finite, gaps are at least 0 and not NaN."""
    assert np.isfinite(coefs).all(), "a coefficient is not finite"
    assert (np.asarray(gaps) >= 0.0).all(), "a gap is negative or NaN"


def common_options(source: Source, n: int, p: int) -> dict:
    """Options that every path takes, sound ones mostly."""
    options = {"tol": source.choice([1e-4, 1e-7, 1e-12, 0.0]), "max_iter": source.choice([1, 30, 300]),
               "l1_ratio": source.choice([1.0, 0.5, 0.01]), "eps": source.choice([0.5, 0.05, 1e-3]),
               "alphas": source.integer(1, 12), "n_threads": source.choice([1, 1, 1, 2])}
    rng = np.random.default_rng(source.integer(0, 999))
    for name, value in (
            ("sample_weight", lambda: rng.integers(0, 3, n) * 1.0), ("standardize", lambda: True),
            ("fit_intercept", lambda: False), ("max_active", lambda: source.integer(0, p)),
            ("penalty_factor", lambda: rng.choice([0.0, 0.5, 1.0, np.inf], p, p=[0.1, 0.3, 0.5, 0.1]))):
        if source.integer(0, 4) == 0:
            options[name] = value()
    return options


def sizes(data: bytes) -> None:
    """Fits of matrices of all sizes up to 70 x 150: where blocks, panels and lines of eight numbers end."""
    source = Source(data)
    n, p = source.integer(1, 70), source.integer(1, source.choice([9, 40, 150]))
    X = drawn(source, n, p)
    y, kept = X[:, 0] - X[:, -1] + drawn(source, n, 1)[:, 0], stored(source, X)
    options, entry = common_options(source, n, p), source.integer(0, 5)
    if source.integer(0, 4) == 0:
        options["bounds"] = (-abs(source.number()), abs(source.number()))
    if entry <= 2:
        path = fit_path(prepare(kept) if entry == 2 and "sample_weight" not in options else kept, y,
                        solver=source.choice(["auto", "cd", "gram", "working_set"]),
                        selection=source.choice(["cyclic", "shuffled", "random"]), rng=0, **options)
        check(path.coefs, path.dual_gaps)
        check(y, duality_gap(kept, y, path.coefs[:, -1], intercept=path.intercepts[-1], alpha=path.alphas[-1]))
    elif entry == 3:
        many = fit_many(kept, drawn(source, n, source.integer(1, 20)), **options)
        for path in many:               # a target's path may end early, which leaves NaN in the arrays of all
            check(path.coefs, path.dual_gaps)
    elif entry == 4 and n > 1:
        centred = X - X.mean(axis=0)
        path = fit_gram_path(centred.T @ centred, centred.T @ y, sq_target=float(y @ y), n_samples=n, **{
            name: value for name, value in options.items() if name in (
                "tol", "max_iter", "alphas", "eps", "l1_ratio", "bounds", "max_active", "penalty_factor")})
        check(path.coefs, path.dual_gaps)
    else:
        found = fit_constrained(kept, y, [abs(source.number()), 0.5], max_iter=200)
        check(found.coef, found.dual_gap)


def blocks(data: bytes) -> None:
    """Fits with groups of features or several tasks."""
    source = Source(data)
    n, p = source.integer(1, 50), source.integer(1, source.choice([9, 40, 120]))
    X = drawn(source, n, p)
    kept, options = stored(source, X), common_options(source, n, p)
    if source.integer(0, 1):
        Y = drawn(source, n, source.integer(1, source.choice([3, 20])))
        Y = np.asfortranarray(Y) if source.integer(0, 1) else Y
        if source.integer(0, 3) == 0:
            model = MultiTaskLasso(abs(source.number()), max_iter=100).fit(kept, Y)
            check(model.coef_, model.dual_gap_)
            return
        path = fit_multi_task_path(kept, Y, **options)
        check(path.coefs, path.dual_gaps)
        return
    options.pop("penalty_factor", None)
    n_groups = source.integer(1, p)
    rng = np.random.default_rng(source.integer(0, 999))
    labels = np.concatenate([np.arange(n_groups), rng.integers(0, n_groups, p - n_groups)])
    if source.integer(0, 3) == 0:
        options["group_weights"] = rng.choice([0.0, 0.5, 1.0, np.inf], n_groups, p=[0.1, 0.3, 0.5, 0.1])
    path = fit_path(kept, X[:, 0] + drawn(source, n, 1)[:, 0], groups=rng.permutation(labels),
                    feature_l1_ratio=source.choice([0.0, 0.5, 1.0]), **options)
    check(path.coefs, path.dual_gaps)


def c_design(source: Source, n: int, p: int):
    """(design, y) of the C interface whose fields may contradict each other, over arrays that are large enough."""
    X = drawn(source, n, p)
    kept = stored(source, X)
    if source.integer(0, 4) == 0:
        kept = X.T @ X
        design = gram_design(kept, X.T @ X[:, 0], float(X[:, 0] @ X[:, 0]), source.choice([float(n), 0.0, np.nan]))
        return design, None
    if sp.issparse(kept) and kept.nnz and source.integer(0, 2) == 0:
        kept.indices[source.integer(0, kept.nnz - 1)] = source.choice([-1, n, n - 1, 2**31 - 1, -2**31])
        kept.indptr[source.integer(0, p - 1)] = source.choice([-1, 0, kept.nnz, -2**31])
    elif not sp.issparse(kept) and source.integer(0, 7) == 0:
        kept[source.integer(0, n - 1), source.integer(0, p - 1)] = source.choice(ODD_NUMBERS)
    return design_of(kept), source.numbers(n) if source.integer(0, 1) else X[:, 0].copy()


ODD_NUMBERS = [np.nan, np.inf, 1e30, 1e-30, 3e38]
HUGE = [-1, 0, 1, 2, 2**31 - 1, 2**31, 2**58, 2**63 - 1, -2**63]


def change_field(source: Source, design) -> None:
    """Another value of a field, unless it promises more memory than there is, which the interface has to believe."""
    name = source.choice(["size", "storage", "number_type", "index_type", "reserved", "n_samples", "n_features",
                          *(["stride"] if design.storage == CSC else [])])
    value = source.choice(HUGE)
    if name in ("storage", "number_type", "index_type", "reserved"):
        value = ctypes.c_int32(value).value
    known = name in ("storage", "number_type", "index_type") and 0 <= value <= GRAM
    longer = name in ("n_samples", "n_features") and value > getattr(design, name)
    if not known and not longer:
        setattr(design, name, value)


def c_api(data: bytes) -> None:
    """Calls of the C interface: a status for whatever the structs say, in a workspace of exactly the size asked for."""
    source = Source(data)
    n, p = source.integer(1, 40), source.integer(1, 60)
    design, y = c_design(source, n, p)
    options = options_of(**{name: value() for name, value in (
        ("method", lambda: source.integer(0, 2)), ("fit_intercept", lambda: source.integer(-1, 2)),
        ("standardize", lambda: source.integer(0, 1)), ("positive", lambda: source.integer(0, 1)),
        ("l1_ratio", source.number), ("tol", source.number), ("max_iter", lambda: source.choice([*HUGE[:4], 500])),
        ("sample_weight", lambda: source.numbers(n)), ("offset", lambda: source.numbers(n)),
        ("penalty_factor", lambda: abs(source.numbers(p))), ("start", lambda: source.numbers(p)),
        ("lower", lambda: -abs(source.numbers(p))), ("upper", lambda: abs(source.numbers(p)))) if (
            source.integer(0, 5) == 0)})
    if source.integer(0, 3) == 0:
        change_field(source, design)
    alphas = np.sort(abs(source.numbers(source.integer(1, 5))))[::-1].copy()
    size = table.workspace_size(design, options)
    workspace = workspace_for(design, options) if source.integer(0, 2) and size < 2**30 else None
    if workspace is not None and source.integer(0, 7) == 0:
        workspace = workspace[: source.integer(0, workspace.nbytes)].copy()
    largest = np.full(1, np.nan)
    status = table.alpha_max(design, None if y is None else y.ctypes.data, options, largest.ctypes.data, None, 0)
    assert -100 < status <= 1, f"status {status}"
    found = solve(design, y, alphas, options, workspace)
    assert -100 < found.status <= 1, f"status {found.status}"
    if found.status < 0:
        raise ValueError(table.status_text(found.status).decode())
    check(found.coefs, found.gaps)
