# Lives here: solutions with groups against oracles and against other forms of the problem. Independent of: kernels.
"""fit_path with groups, and several tasks as groups: objectives and gaps, never coefficients where they may differ."""
import warnings
from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest
import scipy.sparse as sp
from oracles.reference import make_data, make_options, objective, plain
from oracles.reference_blocks import block_objective, make_group_options, make_grouped, make_labels, plain_blocks
from oracles.reference_multi_task import make_tasks, task_objective
from sklearn.exceptions import ConvergenceWarning

from lassocore import fit_multi_task_path, fit_path

TIGHT = 1e-12
ALPHAS = [0.8, 0.2, 0.05, 0.005]
STORAGES = {"columns": np.asfortranarray, "rows": np.ascontiguousarray, "csc": sp.csc_array, "csr": sp.csr_array}
NAME = pytest.mark.parametrize("name", make_group_options(0))
PENALISED = pytest.mark.parametrize("name", [
    name for name, options in make_group_options(0).items() if options.get("l1_ratio") != 0.0])
INTERCEPT = pytest.mark.parametrize("fit_intercept", [True, False], ids=["intercept", "raw"])
SPARSITY = pytest.mark.parametrize("tau", [0.0, 0.4], ids=["groups", "sparse groups"])


def make_case(seed, name, fit_intercept=True, density=1.0):
    """(X, y, labels, options of the problem)"""
    X, y, labels, _ = make_grouped(seed, density=density)
    options = make_group_options(seed, n_groups=labels.max() + 1)[name]
    return X, y, labels, {**options, "fit_intercept": fit_intercept}


def p_zero(X, y, labels, options):
    """The objective at 0 with the best intercept, the scale of tolerances."""
    return 0.5 * (plain_blocks(X, y, 0.0, labels, **options).Y**2).sum()


def values_of(X, y, labels, options, path):
    """The objective at each alpha of a path."""
    return np.array([block_objective(X, y, path.coefs[:, k], path.intercepts[k], alpha, labels, **options)
                     for k, alpha in enumerate(path.alphas)])


def minima(X, y, labels, options, alphas):
    """The oracle's objective at each alpha; its own gap is closed."""
    found = []
    for alpha in alphas:
        problem = plain_blocks(X, y, alpha, labels, **options)
        W = problem.solve()
        assert problem.gap(W) <= 1e-12 * (problem.Y**2).sum()
        found.append(problem.primal(W))
    return np.array(found)


def assert_certified(path, values, best, scale, accuracy=1e-10):
    """Converged, no value further above the minimum than its gap, and none below it; all of them close."""
    assert path.converged.all() and (path.dual_gaps >= 0).all() and (path.dual_gaps <= path.gap_tol).all()
    missing = values - best
    assert (missing <= path.dual_gaps + 1e-13 * scale).all()
    assert (missing >= -1e-12 * scale).all() and (missing <= accuracy * scale).all()


@cache
def solved_case(seed, name, fit_intercept=True, density=1.0, single=False):
    """A case, its X rounded to float32 if single, and its minima at ALPHAS."""
    X, *rest = make_case(seed, name, fit_intercept, density)
    X = X.astype(np.float32).astype(float) if single else X
    return X, *rest, minima(X, *rest, ALPHAS)


@cache
def solved_sizes(sizes, tau):
    """20 samples in groups of these sizes: X, y, labels, options, alphas and minima."""
    X, y, rng = make_data(3, 20, sum(sizes), density=0.5)
    labels, options = rng.permutation(np.repeat(np.arange(len(sizes)), sizes)), {"feature_l1_ratio": tau}
    largest = plain_blocks(X, y, 1.0, labels, **options).critical_level()
    alphas = largest * np.array([1.001, 0.5, 0.1, 0.02])
    return X, y, labels, options, alphas, minima(X, y, labels, options, alphas)


# Optimality

@NAME
@INTERCEPT
@pytest.mark.parametrize("storage", STORAGES)
def test_reaches_the_minimum(name, fit_intercept, storage):
    X, y, labels, options, best = solved_case(1, name, fit_intercept, density=0.6)
    path = fit_path(STORAGES[storage](X), y, alphas=ALPHAS, tol=TIGHT, groups=labels, **options)
    values = values_of(X, y, labels, options, path)
    assert_certified(path, values, best, p_zero(X, y, labels, options))
    excluded = np.isinf(options.get("group_weights", np.ones(labels.max() + 1)))[labels]
    assert not path.coefs[excluded].any()


@NAME
@pytest.mark.parametrize("make", [np.asfortranarray, np.ascontiguousarray, sp.csc_array])
def test_float32(name, make):
    X, y, labels, options, best = solved_case(2, name, density=0.7, single=True)
    path = fit_path(make(X.astype(np.float32)), y, alphas=ALPHAS, tol=1e-5, groups=labels, **options)
    assert path.coefs.dtype == np.float32
    values, scale = values_of(X, y, labels, options, path), p_zero(X, y, labels, options)
    assert_certified(path, values, best, scale, accuracy=1e-4)


@pytest.mark.parametrize("alpha, weights", [(0.0, None), (0.1, None), (0.1, [0.0, 1.0])], ids=str)
@pytest.mark.parametrize("n_tasks", [1, 2])
def test_intercepts_belong_to_rounded_coefficients(alpha, weights, n_tasks):
    """float32 columns far from 0: an intercept for the coefficients before rounding would leave 1e-5 of the means."""
    rng = np.random.default_rng(0)
    X = (1e3 + rng.standard_normal((30, 2))).astype(np.float32)
    Y = X @ rng.standard_normal((2, n_tasks)) + rng.standard_normal((30, n_tasks))
    path = fit_path(X, Y[:, 0], alphas=[alpha], groups=[0, 1], group_weights=weights) if n_tasks == 1 else (
        fit_multi_task_path(X, Y, alphas=[alpha], penalty_factor=weights))
    residual = Y - X.astype(float) @ np.atleast_2d(path.coefs[..., 0]).T.astype(float) - path.intercepts[..., 0]
    assert path.coefs.dtype == np.float32 and np.abs(residual.mean(axis=0)).max() < 1e-10


@pytest.mark.parametrize("start", [None, [1.0, 7.0]], ids=str)
def test_nearly_collinear_groups_of_one_feature_converge(start):
    X = np.array([[-3978.0, 744.6], [-3980.0, 747.6], [-3986.0, 744.6]])
    y, arguments = np.array([-5.0, -15.2, 3.6]), {"fit_intercept": False, "l1_ratio": 0.999, "tol": 1e-8}
    path = fit_path(X, y, alphas=[8.3], groups=[0, 1], coef_init=start, **arguments)
    assert path.converged.all() and path.n_iter[0] < 10_000


@SPARSITY
@pytest.mark.parametrize("make", [np.asfortranarray, np.ascontiguousarray, sp.csc_array])
@pytest.mark.parametrize("sizes", [(1, 3, 30, 50), (90,), (40, 1, 1, 1, 40), (2,) * 45], ids=lambda s: str(s[:5]))
def test_groups_may_be_larger_than_n(sizes, make, tau):
    X, y, labels, options, alphas, best = solved_sizes(sizes, tau)
    path = fit_path(make(X), y, alphas=alphas, tol=TIGHT, groups=labels, **options)
    assert_certified(path, values_of(X, y, labels, options, path), best, p_zero(X, y, labels, options))
    assert path.n_nonzero[0] == 0 < path.n_nonzero[1]


@SPARSITY
@pytest.mark.parametrize("shape", [(30, 120), (80, 40)], ids=str)
@pytest.mark.parametrize("kind", ["smooth", "independent"])
def test_long_paths_are_certified_and_close_to_exact(shape, kind, tau):
    """At the default tolerance; smooth columns are nearly collinear within and between groups."""
    rng = np.random.default_rng(4)
    X = rng.standard_normal(shape)
    X = np.cumsum(X, axis=1) if kind == "smooth" else X
    y = X[:, ::7].sum(axis=1) + rng.standard_normal(len(X))
    labels, options = make_labels(rng, shape[1], 9), {"feature_l1_ratio": tau}
    rough = fit_path(X, y, alphas=25, groups=labels, **options)
    exact = fit_path(X, y, alphas=rough.alphas, tol=1e-11, groups=labels, **options)
    values, best = (values_of(X, y, labels, options, path) for path in (rough, exact))
    scale = p_zero(X, y, labels, options)
    assert rough.converged.all() and exact.converged.all()
    assert (values - best <= rough.dual_gaps + 1e-13 * scale).all()
    assert (best - values <= exact.dual_gaps + 1e-13 * scale).all()


@NAME
@pytest.mark.parametrize("arguments", [
    {"tol": 0.03}, {"tol": 1e-16, "max_iter": 200}, {"tol": 1e-10, "max_iter": 1}], ids=str)
def test_gaps_are_true_converged_or_not(name, arguments):
    X, y, labels, options, best = solved_case(5, name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        path = fit_path(X, y, alphas=ALPHAS, groups=labels, **arguments, **options)
    missing = values_of(X, y, labels, options, path) - best
    assert (missing <= path.dual_gaps + 1e-13 * p_zero(X, y, labels, options)).all()
    assert (path.converged == (path.dual_gaps <= path.gap_tol)).all()


def test_max_iter_warns_and_keeps():
    X, y, labels, _ = make_grouped(6, 40, 60)
    with pytest.warns(ConvergenceWarning, match=r"of 5 alphas: duality gap"):
        path = fit_path(X, y, alphas=5, eps=1e-3, tol=1e-15, max_iter=1, groups=labels, feature_l1_ratio=0.3)
    assert len(path.alphas) == 5 and not path.converged.all() and (path.n_iter <= 1).all()
    assert np.isfinite(path.coefs).all() and (path.dual_gaps[~path.converged] > path.gap_tol).all()


# The largest alpha

@PENALISED
@INTERCEPT
@pytest.mark.parametrize("storage", ["columns", "csc"])
def test_the_largest_alpha_is_sharp(name, fit_intercept, storage):
    X, y, labels, options = make_case(7, name, fit_intercept, density=0.6)
    make = STORAGES[storage]
    largest = fit_path(make(X), y, alphas=1, groups=labels, **options).alphas[0]
    problem = plain_blocks(X, y, 1.0, labels, **options)
    assert largest == pytest.approx(problem.critical_level(), rel=1e-9)
    alphas = largest * np.array([1 + 1e-8, 1 - 1e-4])
    penalised = ~problem.is_free()
    above, below = fit_path(make(X), y, alphas=alphas, tol=1e-14, groups=labels, **options).coefs.T
    cold = fit_path(make(X), y, alphas=alphas[1:], tol=1e-14, groups=labels, **options).coefs[:, 0]
    assert not above[penalised].any() and below[penalised].any() and cold[penalised].any()


# Other forms of the problem

@pytest.mark.parametrize("name", [name for name, options in make_options(0).items() if not {
    "bounds", "positive"} & set(options)])
@INTERCEPT
def test_a_group_for_each_feature_is_the_lasso(name, fit_intercept):
    X, y, rng = make_data(8)
    options = {**make_options(8)[name], "fit_intercept": fit_intercept}
    weights = options.get("penalty_factor", np.ones(7))
    given = {key: value for key, value in options.items() if key != "penalty_factor"}
    lasso = fit_path(X, y, alphas=ALPHAS, tol=TIGHT, **options)
    order = rng.permutation(7)
    path = fit_path(X, y, alphas=ALPHAS, tol=TIGHT, groups=order, group_weights=weights[np.argsort(order)], **given)
    target = plain(X, y, 0.0, **options).z
    for k, alpha in enumerate(ALPHAS):
        values = [objective(X, y, each.coefs[:, k], each.intercepts[k], alpha, **options) for each in (path, lasso)]
        assert values[0] == pytest.approx(values[1], abs=1e-10 * target @ target)
    if options.get("l1_ratio", 1.0) > 0:
        largest = [fit_path(X, y, alphas=1, **each).alphas[0] for each in (
            options, {**given, "groups": np.arange(7), "group_weights": weights})]
        assert largest[0] == pytest.approx(largest[1], rel=1e-12)


def test_sparse_groups_of_one_feature_are_the_lasso_with_factors():
    X, y, rng = make_data(9)
    weights, tau = rng.uniform(0.5, 2.0, 7), 0.3
    factor = tau + (1 - tau) * weights
    path = fit_path(X, y, alphas=ALPHAS, tol=TIGHT, groups=np.arange(7), group_weights=weights, feature_l1_ratio=tau)
    lasso = fit_path(X, y, alphas=ALPHAS, tol=TIGHT, penalty_factor=factor)
    np.testing.assert_allclose(path.coefs, lasso.coefs, atol=1e-6)
    np.testing.assert_allclose(path.intercepts, lasso.intercepts, atol=1e-6)


@pytest.mark.parametrize("l1_ratio", [1.0, 0.4])
@pytest.mark.parametrize("shape", [(25, 7, 3), (12, 20, 2), (20, 1, 5)], ids=str)
def test_tasks_are_groups_of_the_kronecker_problem(shape, l1_ratio):
    """vec(Y) on kron(I, X), a group for each row; means over n_samples n_tasks entries divide alpha by n_tasks."""
    X, Y, rng = make_tasks(10, *shape)
    n_tasks, weights = shape[2], rng.uniform(0.5, 2.0, shape[1])
    X, Y = X - X.mean(axis=0), Y - Y.mean(axis=0)
    options = {"tol": TIGHT, "fit_intercept": False, "l1_ratio": l1_ratio}
    tasks = fit_multi_task_path(X, Y, alphas=6, eps=0.02, penalty_factor=weights, **options)
    path = fit_path(np.kron(np.eye(n_tasks), X), Y.T.ravel(), alphas=tasks.alphas / n_tasks,
                    groups=np.tile(np.arange(shape[1]), n_tasks), group_weights=weights, **options)
    scale = (Y**2).sum() / (2 * len(Y))
    assert tasks.converged.all() and path.converged.all()
    for k, alpha in enumerate(tasks.alphas):
        values = [task_objective(X, Y, coef, 0.0, alpha, l1_ratio=l1_ratio, penalty_factor=weights)
                  for coef in (tasks.coefs[:, :, k], path.coefs[:, k].reshape(n_tasks, -1))]
        assert values[0] == pytest.approx(values[1], abs=1e-10 * scale)


@pytest.mark.parametrize("storage", ["columns", "csc"])
@NAME
def test_weights_are_repeated_rows(name, storage):
    X, y, labels, options = make_case(11, name)
    counts = np.random.default_rng(0).integers(0, 4, len(y))
    options = {key: value for key, value in options.items() if key not in ("sample_weight", "offset")}
    arguments = {"alphas": ALPHAS, "tol": TIGHT, "groups": labels}
    weighted = fit_path(STORAGES[storage](X), y, sample_weight=counts, **arguments, **options)
    repeated = fit_path(np.repeat(X, counts, axis=0), np.repeat(y, counts), **arguments, **options)
    options["sample_weight"] = counts
    values = [values_of(X, y, labels, options, path) for path in (weighted, repeated)]
    np.testing.assert_allclose(values[0], values[1], atol=1e-10 * p_zero(X, y, labels, options), rtol=0)
    assert weighted.gap_tol == pytest.approx(repeated.gap_tol, rel=1e-10)


@NAME
def test_permuted_columns_and_groups_in_any_form(name):
    X, y, labels, options = make_case(12, name)
    rng = np.random.default_rng(0)
    path = fit_path(X, y, alphas=ALPHAS, tol=TIGHT, groups=labels, **options)
    order, turn = rng.permutation(X.shape[1]), rng.permutation(labels.max() + 1)       # group turn[g] comes g-th
    lists = [np.flatnonzero(labels[order] == g).tolist() for g in turn]
    given = dict(options)
    if "group_weights" in options:
        given["group_weights"] = options["group_weights"][turn]
    other = fit_path(X[:, order], y, alphas=ALPHAS, tol=TIGHT, groups=lists, **given)
    named = fit_path(X[:, order], y, alphas=ALPHAS, tol=TIGHT, groups=dict(zip("abcdefghijkl", lists, strict=False)),
                     **given)
    scale, expected = p_zero(X, y, labels, options), values_of(X, y, labels, options, path)
    for each in (other, named):
        coefs = np.empty_like(each.coefs)
        coefs[order] = each.coefs
        values = [block_objective(X, y, coefs[:, k], each.intercepts[k], alpha, labels, **options)
                  for k, alpha in enumerate(ALPHAS)]
        np.testing.assert_allclose(values, expected, atol=1e-10 * scale, rtol=0)


@pytest.mark.parametrize("l1_ratio", [1.0, 0.5])
def test_rotations_within_groups_leave_the_fit_as_it_is(l1_ratio):
    X, y, labels, rng = make_grouped(13)
    path = fit_path(X, y, alphas=ALPHAS, tol=1e-14, groups=labels, l1_ratio=l1_ratio)
    turned = X.copy()
    for g in range(labels.max() + 1):
        members = np.flatnonzero(labels == g)
        turned[:, members] = X[:, members] @ np.linalg.qr(rng.standard_normal((len(members), len(members))))[0]
    other = fit_path(turned, y, alphas=ALPHAS, tol=1e-14, groups=labels, l1_ratio=l1_ratio)
    for alpha in ALPHAS:
        expected = path.predict(X, alpha)
        np.testing.assert_allclose(other.predict(turned, alpha), expected, atol=1e-5 * np.abs(y).max())


@SPARSITY
def test_scaled_and_shifted_targets(tau):
    X, y, labels, _ = make_grouped(14)
    arguments = {"tol": TIGHT, "groups": labels, "feature_l1_ratio": tau}
    path = fit_path(X, y, alphas=6, eps=0.02, **arguments)
    scaled = fit_path(X, 1e3 * y + 7.0, alphas=6, eps=0.02, **arguments)
    np.testing.assert_allclose(scaled.alphas, 1e3 * path.alphas, rtol=1e-10)
    np.testing.assert_allclose(scaled.coefs, 1e3 * path.coefs, atol=1e-2)
    np.testing.assert_allclose(scaled.intercepts, 1e3 * path.intercepts + 7.0, atol=1e-1)


def test_copies_within_a_group_are_one_column_of_more_weight():
    """w/2 twice has norm |w| / sqrt(2): columns and their copies are columns times sqrt(2)."""
    X, y, labels, _ = make_grouped(15)
    options = {"group_weights": np.sqrt(np.bincount(labels))}
    arguments = {"alphas": ALPHAS, "tol": TIGHT, **options}
    doubled = fit_path(np.hstack([X, X]), y, groups=np.r_[labels, labels], **arguments)
    single = fit_path(np.sqrt(2.0) * X, y, groups=labels, **arguments)
    both = {"coefs": np.sqrt(0.5) * (doubled.coefs[:12] + doubled.coefs[12:]), "intercepts": doubled.intercepts}
    joined = SimpleNamespace(alphas=doubled.alphas, **both)
    values = [values_of(np.sqrt(2.0) * X, y, labels, options, path) for path in (joined, single)]
    np.testing.assert_allclose(values[0], values[1], atol=1e-10 * p_zero(X, y, labels, options), rtol=0)


@SPARSITY
def test_standardised_columns_are_columns_over_their_deviations(tau):
    X, y, labels, rng = make_grouped(16)
    weight = rng.uniform(0.5, 2.0, len(y))
    deviations = np.sqrt(np.average((X - np.average(X, axis=0, weights=weight))**2, axis=0, weights=weight))
    arguments = {"alphas": ALPHAS, "tol": TIGHT, "groups": labels, "sample_weight": weight, "feature_l1_ratio": tau}
    path = fit_path(X, y, standardize=True, **arguments)
    other = fit_path(X / deviations, y, **arguments)
    np.testing.assert_allclose(path.coefs * deviations[:, None], other.coefs, atol=1e-5)


# Paths

@NAME
def test_warm_is_cold(name):
    X, y, labels, options = make_case(17, name)
    arguments = {"tol": TIGHT, "groups": labels, **options}
    path = fit_path(X, y, alphas=ALPHAS, **arguments)
    values, scale = values_of(X, y, labels, options, path), p_zero(X, y, labels, options)
    for k, alpha in enumerate(ALPHAS):
        cold = fit_path(X, y, alphas=[alpha], **arguments)
        start = fit_path(X, y, alphas=[alpha], coef_init=np.random.default_rng(0).standard_normal(12), **arguments)
        again = fit_path(X, y, alphas=[alpha], coef_init=path.coefs[:, k], **arguments)
        for each in (cold, start, again):
            assert each.converged.all()
            assert values_of(X, y, labels, options, each)[0] == pytest.approx(values[k], abs=1e-10 * scale)
        assert again.n_iter[0] <= max(10, cold.n_iter[0])


@SPARSITY
@pytest.mark.parametrize("shape", [(40, 10), (10, 25)], ids=str)
def test_without_penalty_it_is_least_squares(shape, tau):
    X, y, rng = make_data(18, *shape)
    labels = make_labels(rng, shape[1])
    path = fit_path(X, y, alphas=[0.1, 0.0], tol=TIGHT, groups=labels, feature_l1_ratio=tau)
    best = np.linalg.lstsq(X - X.mean(axis=0), y - y.mean())[0]
    left = ((y - path.predict(X, 0.0))**2).sum()
    expected = ((y - y.mean() - (X - X.mean(axis=0)) @ best)**2).sum()
    assert path.converged.all() and left == pytest.approx(expected, rel=1e-9, abs=1e-9 * (y**2).sum())


@SPARSITY
@pytest.mark.parametrize("storage", ["columns", "csc"])
def test_nothing_to_explain(storage, tau):
    X, y, labels, _ = make_grouped(19)
    for target in (0.0 * y, 0.0 * y + 3.0):
        path = fit_path(STORAGES[storage](X), target, alphas=3, groups=labels, feature_l1_ratio=tau)
        assert path.converged.all() and not path.coefs.any()
        np.testing.assert_allclose(path.intercepts, target[0])


def test_inputs_stay_as_they_are():
    X, y, labels, _ = make_grouped(20)
    weights, start = np.ones(labels.max() + 1), np.ones(12)
    given = [X, y, labels, weights, start]
    copies = [each.copy() for each in given]
    path = fit_path(X, y, alphas=ALPHAS, groups=labels, group_weights=weights, coef_init=start, standardize=True)
    assert path.converged.all()
    for each, copy in zip(given, copies, strict=True):
        np.testing.assert_array_equal(each, copy)
