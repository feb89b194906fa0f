# Lives here: folds as weights, their sums, cancellation, copies. Independent of: solvers.
"""Problems of folds against NumPy on sliced rows."""
import tracemalloc

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    LeaveOneOut,
    PredefinedSplit,
    RepeatedKFold,
    ShuffleSplit,
    TimeSeriesSplit,
)

from lassocore import AdaptiveLasso, LassoCV, fit_path
from lassocore.cross_validation import fold_gram
from lassocore.cross_validation.fold_gram import errors_of_sums, fold_sums, problem_of_all, problem_of_fold
from lassocore.cross_validation.folds import Data, as_folds, held_out_errors
from lassocore.datafits.sample_weight import as_sample_weight
from lassocore.designs import gram_matrix
from lassocore.paths.fit_path import solve_path
from lassocore.penalties.elastic_net import as_penalty_shape
from lassocore.solvers.settings import Settings

N, P = 120, 6


def bootstrap(n):
    """Training sets with repeated rows, and held-out rows that overlap."""
    rng = np.random.default_rng(3)
    for _ in range(3):
        train = rng.integers(0, n, n)
        yield train, np.setdiff1d(np.arange(n), train)[::2]


SPLITS = {
    "blocks": lambda n: KFold(4).split(np.zeros(n)),
    "shuffled": lambda n: KFold(4, shuffle=True, random_state=0).split(np.zeros(n)),
    "groups": lambda n: GroupKFold(3).split(np.zeros(n), groups=np.arange(n) % 7),
    "repeated": lambda n: RepeatedKFold(n_splits=3, n_repeats=2, random_state=1).split(np.zeros(n)),
    "time": lambda n: TimeSeriesSplit(4).split(np.zeros(n)),
    "random": lambda n: ShuffleSplit(3, test_size=0.2, random_state=2).split(np.zeros(n)),
    "small": lambda n: ShuffleSplit(3, train_size=0.3, test_size=0.1, random_state=2).split(np.zeros(n)),
    "bootstrap": bootstrap,
    "one out": lambda n: LeaveOneOut().split(np.zeros(n)),
    "masks": lambda n: [(np.arange(n) % 3 != k, np.arange(n) % 3 == k) for k in range(3)],
}


def make_data(X=None, weighted=False, fit_intercept=True, **penalty):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((N, P)) + 3.0 if X is None else X
    y = X[:, :3].sum(axis=1) + rng.standard_normal(len(X)) + 5.0
    options = {"penalty_factor": None, "bounds": None, "positive": False, "standardize": False, **penalty}
    weights = as_sample_weight(rng.integers(0, 4, len(X)) + 0.5 * rng.random(len(X)), len(X)) if weighted else None
    return Data(X, y, weights, as_penalty_shape(**options, n_features=X.shape[1]), fit_intercept)


def limit_classes(by_classes, monkeypatch):
    """Too many classes of rows: the sums of a fold are the total minus its complement."""
    if not by_classes:
        monkeypatch.setattr(fold_gram, "MAX_GRAM_NUMBERS", 0)
        monkeypatch.setattr(fold_gram, "MAX_OF_X", 0.0)


def oracle(data, fold):
    """(Gram matrix, means, correlations, ||y0||^2, S) of the training rows, sliced."""
    X, y = data.X[fold.train].astype(float), data.y[fold.train]
    s = np.ones(len(y)) if data.weights is None else data.weights[fold.train]
    means, y_mean = np.average(X, axis=0, weights=s), np.average(y, weights=s)
    if not data.fit_intercept:
        means, y_mean = np.zeros(X.shape[1]), 0.0
    Z, e = X - means, y - y_mean
    return (s[:, None] * Z).T @ Z, means, Z.T @ (s * e), s @ e**2, s.sum()


def check(problem, expected):
    gram, means, correlations, sq_target, total_weight = expected
    scale = np.sqrt(np.outer(gram.diagonal(), gram.diagonal()))
    assert (np.abs(problem.matrix.arrays[0] - gram) <= 1e-11 * scale).all()
    np.testing.assert_allclose(problem.means, means, rtol=1e-13, atol=1e-13)
    assert (np.abs(problem.correlations - correlations) <= 1e-11 * np.sqrt(gram.diagonal() * sq_target)).all()
    np.testing.assert_allclose([problem.sq_target, problem.total_weight], [sq_target, total_weight], rtol=1e-12)
    np.testing.assert_array_equal(problem.sq_norms, problem.matrix.arrays[0].diagonal())


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("fit_intercept", [False, True])
@pytest.mark.parametrize("by_classes", [True, False])
def test_the_gram_matrix_of_a_fold_is_that_of_its_rows(split, weighted, fit_intercept, by_classes, monkeypatch):
    """By classes of rows, and as the total minus the complement where there are too many classes."""
    storage = [np.asfortranarray, np.ascontiguousarray, np.float32][(list(SPLITS).index(split) + weighted) % 3]
    limit_classes(by_classes, monkeypatch)
    monkeypatch.setattr(gram_matrix, "BLOCK_NUMBERS", 64 * P)     # two blocks
    data = make_data(storage(make_data().X), weighted, fit_intercept)
    folds = as_folds(SPLITS[split](N), data)
    problem = data.problem(data.weights)
    sums = fold_sums(data, problem, folds)
    assert (sums.in_train is not None) == by_classes
    for fold in folds[:10]:
        expected = oracle(data, fold)
        posed = problem_of_fold(data, sums, fold)
        if posed.matrix.storage == "gram":
            check(posed, expected)
        else:
            assert not by_classes and split in ("bootstrap", "small", "time", "one out")
            np.testing.assert_allclose(posed.sq_norms, expected[0].diagonal(), rtol=1e-10)
            np.testing.assert_allclose(posed.correlations, expected[2], rtol=1e-8, atol=1e-6)
    check(problem_of_all(data, problem, sums), oracle(data, folds[0].__class__(0, np.arange(N), np.arange(N))))


@pytest.mark.parametrize("split", ["blocks", "shuffled", "random", "one out"])
def test_a_large_offset_costs_no_digits(split):
    """X + 1e6: the products of X itself would keep four digits of a variance."""
    data = make_data(make_data().X + 1e6)
    folds = as_folds(SPLITS[split](N), data)
    sums = fold_sums(data, data.problem(None), folds)
    for fold in folds:
        gram = oracle(data, fold)[0]
        posed = problem_of_fold(data, sums, fold)
        assert posed.matrix.storage == "gram"
        assert np.abs(posed.matrix.arrays[0] - gram).max() <= 1e-8 * gram.max()


@pytest.mark.parametrize("by_classes", [True, False])
@pytest.mark.parametrize("shift", [0.0, 1e3])
def test_a_column_that_varies_in_one_fold_only_is_constant_in_the_others(by_classes, shift, monkeypatch):
    limit_classes(by_classes, monkeypatch)
    X = make_data().X.copy()
    X[:, 1] = shift
    X[30:60, 1] += np.arange(30)            # the second of four folds
    data = make_data(X)
    folds = as_folds(SPLITS["blocks"](N), data)
    sums = fold_sums(data, data.problem(None), folds)
    posed = problem_of_fold(data, sums, folds[1])
    assert posed.matrix.storage == "gram" and posed.sq_norms[1] == 0.0 and 1 not in posed.features
    assert (posed.matrix.arrays[0][1] == 0.0).all() and posed.correlations[1] == 0.0 and posed.means[1] == shift
    assert problem_of_fold(data, sums, folds[0]).sq_norms[1] > 1.0


@pytest.mark.parametrize("by_classes", [True, False])
def test_a_fold_where_too_much_cancels_is_formed_from_its_rows(by_classes, monkeypatch):
    """One row has nearly all of a column's variance and shifts its mean."""
    limit_classes(by_classes, monkeypatch)
    X = make_data().X.copy()
    X[35, 2] = 1e9
    data = make_data(X)
    folds = as_folds(SPLITS["blocks"](N), data)
    sums = fold_sums(data, data.problem(None), folds)
    storages = [problem_of_fold(data, sums, fold).matrix.storage for fold in folds]
    assert storages == ["gram", "dense", "gram", "gram"]
    posed, expected = problem_of_fold(data, sums, folds[1]), oracle(data, folds[1])
    np.testing.assert_allclose(posed.sq_norms, expected[0].diagonal(), rtol=1e-12)
    settings = Settings(tol=1e-12)
    path = solve_path(posed, [0.1], 1.0, 1.0, settings)
    sliced = fit_path(X[folds[1].train], data.y[folds[1].train], alphas=[0.1], tol=1e-12)
    np.testing.assert_allclose(path.coefs, sliced.coefs, rtol=1e-8)


@pytest.mark.parametrize("by_classes, storage", [(True, "gram"), (False, "dense")])
def test_rows_that_outweigh_all_others_are_not_subtracted(by_classes, storage, monkeypatch):
    """Two outliers that do not change the mean: a difference loses all digits, sums over classes none."""
    limit_classes(by_classes, monkeypatch)
    X = make_data().X.copy()
    X[:, 2] *= 100.0
    X[35:37, 2] = [1e9, -1e9]
    data = make_data(X)
    folds = as_folds(SPLITS["blocks"](N), data)
    sums = fold_sums(data, data.problem(None), folds)
    posed = problem_of_fold(data, sums, folds[1])
    assert posed.matrix.storage == storage and problem_of_fold(data, sums, folds[0]).matrix.storage == "gram"
    np.testing.assert_allclose(posed.sq_norms, oracle(data, folds[1])[0].diagonal(), rtol=1e-12)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("fit_intercept", [False, True])
@pytest.mark.parametrize("offset", [0.0, 1e5])
def test_held_out_errors_need_no_rows(weighted, fit_intercept, offset):
    data = make_data(make_data().X + offset, weighted, fit_intercept)
    folds = as_folds(SPLITS["shuffled"](N), data)
    sums = fold_sums(data, data.problem(data.weights), folds)
    for fold in folds:
        problem = problem_of_fold(data, sums, fold)
        path = solve_path(problem, 10, 1e-2, 1.0, Settings(tol=1e-10))
        errors = errors_of_sums(sums, fold, problem, path)
        residuals = data.y[fold.test, None] - path.intercepts - data.X[fold.test] @ path.coefs
        s = None if data.weights is None else data.weights[fold.test]
        expected = np.average(residuals**2, axis=0, weights=s)
        assert errors is not None or offset and not fit_intercept
        if errors is not None:
            np.testing.assert_allclose(errors, expected, rtol=1e-10 * (1 + offset))
        np.testing.assert_allclose(held_out_errors(data, fold, problem, path), expected, rtol=1e-10 * (1 + offset))


def test_errors_that_cancel_are_computed_on_the_rows():
    """y without noise: at the smallest alpha the error from sums of squares is rounding only."""
    data = make_data()
    data = data._replace(y=data.X @ np.arange(1.0, P + 1) + 2.0)
    folds = as_folds(SPLITS["blocks"](N), data)
    sums = fold_sums(data, data.problem(None), folds)
    problem = problem_of_fold(data, sums, folds[0])
    path = solve_path(problem, np.array([1.0, 1e-7]), 1.0, 1.0, Settings(tol=1e-16))
    assert errors_of_sums(sums, folds[0], problem, path) is None
    errors = held_out_errors(data, folds[0], problem, path)
    residuals = data.y[folds[0].test, None] - path.intercepts - data.X[folds[0].test] @ path.coefs
    np.testing.assert_allclose(errors, (residuals**2).mean(axis=0), rtol=1e-6)
    model = LassoCV(cv=4, tol=1e-13, alphas=[1.0, 0.1, 1e-5, 1e-6, 1e-7]).fit(data.X, data.y)
    assert (model.mse_path_ >= 0).all() and model.mse_path_[-1].max() < 1e-10


@pytest.mark.parametrize("penalty", [
    {"standardize": True}, {"penalty_factor": [0.0, 1.0, 2.0, np.inf, 1.0, 0.0]}, {"bounds": (-0.5, 0.8)},
])
@pytest.mark.parametrize("fit_intercept", [False, True])
def test_penalties_mean_the_same_on_sums_and_on_rows(penalty, fit_intercept):
    data = make_data(None, True, fit_intercept, **penalty)
    folds = as_folds(SPLITS["groups"](N), data)
    sums = fold_sums(data, data.problem(data.weights), folds)
    for fold in folds:
        paths = [solve_path(problem, 12, 1e-3, 0.8, Settings(tol=1e-12)) for problem in (
            problem_of_fold(data, sums, fold), data.problem(fold.train_weights(data)))]
        np.testing.assert_allclose(paths[0].alphas, paths[1].alphas, rtol=1e-11)
        np.testing.assert_allclose(paths[0].coefs, paths[1].coefs, rtol=1e-5, atol=1e-6)


def test_folds_are_checked():
    data = make_data()
    with pytest.raises(ValueError, match="fold 1 of cv has no held-out rows"):
        as_folds([(np.arange(9), np.arange(9, 12)), (np.arange(12), np.arange(0))], data)
    with pytest.raises(ValueError, match="fold 0 of cv has no training rows"):
        as_folds([(np.arange(0), np.arange(9))], data)
    with pytest.raises(ValueError, match="no split"):
        as_folds([], data)


@pytest.mark.parametrize("train, test, message", [
    (np.arange(N + 1), np.arange(3), rf"training rows of fold 0 of cv include {N}; .* from 0 to {N - 1}"),
    (np.arange(9), [9, -N - 1], rf"held-out rows of fold 0 of cv include -{N + 1}; .* by negative numbers"),
    (np.arange(9), [2**64 - 1], "held-out rows of fold 0 of cv include 18446744073709551615"),
    (np.arange(9.0), [9], "training rows of fold 0 of cv have dtype float64 and shape .9,.; pass a vector of row num"),
    (np.arange(9), np.ones(N - 1, bool), rf"held-out rows .* dtype bool .* a mask of shape \({N},\)"),
    (np.arange(9)[:, None], [9], r"training rows of fold 0 of cv have dtype int64 and shape \(9, 1\)"),
    (np.arange(9), None, "held-out rows of fold 0 of cv have dtype object"),
])
def test_rows_outside_the_data_are_refused(train, test, message):
    with pytest.raises(ValueError, match=message):
        as_folds([(train, test)], make_data())


@pytest.mark.parametrize("split", [3, (np.arange(3),), (np.arange(3), np.arange(3), np.arange(3)), None])
def test_a_split_is_a_pair(split):
    with pytest.raises(ValueError, match=r"fold 0 of cv is .*, not a pair \(training rows, held-out rows\)"):
        as_folds([split], make_data())


def test_rows_may_be_numbers_lists_masks_or_slices():
    mask = np.arange(N) % 3 == 0
    for train, test in [(~mask, mask), ((~mask).tolist(), mask.tolist()),
                        (np.flatnonzero(~mask).astype(np.uint8), np.flatnonzero(mask).tolist())]:
        fold, = as_folds([(train, test)], make_data())
        np.testing.assert_array_equal(fold.train, np.flatnonzero(~mask))
        np.testing.assert_array_equal(fold.test, np.flatnonzero(mask))
        assert fold.train.dtype == fold.test.dtype == np.intp
    fold, = as_folds([(slice(0, 9), slice(9, None))], make_data())
    assert len(fold.train) == 9 and len(fold.test) == N - 9


SHAPES = {"tall": (10_000, 120), "wide": (300, 6_000)}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("storage", [np.asfortranarray, np.ascontiguousarray, sp.csc_array])
def test_no_fold_copies_X(shape, storage):
    """Peak allocation is a fraction of X, though each of five folds has four fifths of the rows."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal(SHAPES[shape])
    y = X[:, :5].sum(axis=1) + rng.standard_normal(len(X))
    size = X.nbytes
    if storage is sp.csc_array:
        X = sp.random(*SHAPES[shape], density=0.3, random_state=0, format="csc")
        size = X.data.nbytes + X.indices.nbytes
    model = LassoCV(alphas=5, eps=0.7, max_iter=20_000)
    X = storage(X)
    tracemalloc.start()
    try:
        model.fit(X, y)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 0.6 * size


@pytest.mark.parametrize("given", [np.arange(40) % 4, [0, 1] * 20, [0.0, 1.0] * 20])
@pytest.mark.parametrize("model", [LassoCV, AdaptiveLasso])
def test_the_fold_of_each_row_is_refused_with_the_splitter_to_pass(model, given):
    X = np.random.default_rng(0).standard_normal((40, 3))
    with pytest.raises(ValueError, match=r"cv holds numbers, .* pass PredefinedSplit\(cv\)"):
        model(cv=given).fit(X, X[:, 0])
    assert model(cv=PredefinedSplit(given)).fit(X, X[:, 0]).mse_path_.shape[1] == len(set(given))
