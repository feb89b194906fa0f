# Lives here: many targets at once against one at a time, and against scikit-learn. Independent of: kernels.
"""fit_many and estimators with several targets: equal to single fits, certified, for any number of threads."""
import pickle
import warnings

import numpy as np
import pytest
import scipy.sparse as sp
import sklearn.linear_model as sk
from helpers.methods import make_wide, target_scale
from oracles.reference import dense, objective
from sklearn.exceptions import ConvergenceWarning

import lassocore
from lassocore import Lasso, ManyResult, PathResult, alpha_max, duality_gap, fit_many, fit_path
from lassocore._isa import core
from lassocore.designs import scans
from lassocore.designs.design import DenseDesign
from lassocore.problems.problem import as_problem
from lassocore.problems.targets import as_targets, correlations_of
from lassocore.solvers import cost_model, lockstep
from lassocore.solvers.penalty_grid import penalty_grid, penalty_grids

N_TARGETS = 11                      # more than the slots of a scan
CHECKED = [0, 3, 4, 5, 10]           # an ordinary one, the special ones, the last


def make_targets(seed, n_samples, n_features, correlation=0.3):
    """(X, Y): a few strong columns for each target; one target is constant, one zero, one of another scale."""
    X, _ = make_wide(seed, n_samples, n_features, correlation=correlation)
    rng = np.random.default_rng(seed + 1)
    W = np.where(rng.random((n_features, N_TARGETS)) < 5 / n_features, 2.0, 0.0)
    Y = X @ W + 0.5 * rng.standard_normal((n_samples, N_TARGETS)) + 1.0
    Y[:, 3], Y[:, 4] = 7.0, 0.0
    Y[:, 5] *= 30.0
    return X, Y


SHAPES = {"tall": (90, 12), "wide": (40, 260), "very wide": (30, 700)}
STORAGES = {
    "F": np.asfortranarray, "C": np.ascontiguousarray, "sparse": sp.csc_array,
    "float32": lambda X: np.asfortranarray(X, np.float32),
}
OPTIONS = {
    "plain": lambda n, p: {},
    "raw": lambda n, p: {"fit_intercept": False},
    "weights": lambda n, p: {"sample_weight": np.random.default_rng(0).integers(0, 3, n).astype(float)},
    "bounds": lambda n, p: {"bounds": (-0.5, np.linspace(0.1, 2.0, p))},
    "positive net": lambda n, p: {"positive": True, "l1_ratio": 0.7},
    "factors": lambda n, p: {"penalty_factor": np.r_[0.0, np.inf, np.linspace(0.5, 2.0, p - 2)]},
    "standardize": lambda n, p: {"standardize": True, "penalty_factor": np.linspace(0.5, 2.0, p)},
    "offset": lambda n, p: {"offset": np.linspace(0.0, 3.0, n)},
}


@pytest.fixture
def shared(monkeypatch):
    """Targets on working sets share their scans whatever their alphas."""
    monkeypatch.setattr(cost_model, "SHARED_DOWN_TO", 0.0)


def bits(result):
    """Everything that must not depend on threads or on other targets."""
    return (result.coefs.tobytes(), result.intercepts.tobytes(), result.dual_gaps.tobytes(), result.r2.tobytes(),
            result.n_iter.tolist(), [path.info["method"].tolist() for path in result])


def assert_as_alone(X, Y, result, options, tol, slack=1e-12):
    """Each gap is true, and each objective as low as that of a single fit."""
    assert len(result) == Y.shape[1] and result.converged.all()
    shared = {k: v for k, v in options.items() if k not in ("tol", "solver")}
    for k in CHECKED:
        path, y = result[k], Y[:, k]
        alone = fit_path(X, y, alphas=path.alphas, **options)
        np.testing.assert_allclose(path.gap_tol, alone.gap_tol, rtol=1e-9)
        scale = target_scale(dense(X), y, shared)
        for i, alpha in enumerate(path.alphas):
            value, best = (objective(X, y, p.coefs[:, i], p.intercepts[i], alpha, **shared) for p in (path, alone))
            assert value - best <= path.dual_gaps[i] + slack * scale
            judged = duality_gap(X, y, path.coefs[:, i], alpha=alpha, intercept=path.intercepts[i], **shared)
            assert judged <= path.dual_gaps[i] + slack * scale and path.dual_gaps[i] <= path.gap_tol
        np.testing.assert_allclose(path.r2, alone.r2, atol=4 * tol**0.5)     # a gap bounds a squared distance


@pytest.mark.parametrize("name", OPTIONS)
@pytest.mark.parametrize("storage", STORAGES)
@pytest.mark.parametrize("shape", SHAPES)
def test_each_target_is_fitted_as_if_alone(shape, storage, name, shared):
    n, p = SHAPES[shape]
    X, Y = make_targets(1, n, p)
    X = STORAGES[storage](X)
    single = storage == "float32"
    options = {**OPTIONS[name](n, p), "tol": 1e-4 if single else 1e-10}
    if shape == "very wide" and not (single and name == "factors"):
        options["solver"] = "working_set"
    if single and name == "bounds":
        options["bounds"] = tuple(np.float32(bound).astype(float) for bound in options["bounds"])
    result = fit_many(X, Y, alphas=[0.6, 0.2], **options)
    assert result.coefs.dtype == X.dtype and result.coefs.shape == (N_TARGETS, p, 2)
    assert_as_alone(X, Y, result, options, options["tol"], slack=1e-6 if single else 1e-11)


@pytest.mark.parametrize("shape, solver, expected", [
    ("tall", "auto", "gram"), ("wide", "auto", "gram"), ("very wide", "auto", "gram"),
    ("very wide", "working_set", "working_set"),
])
@pytest.mark.parametrize("storage", ["F", "C", "sparse", "float32"])
@pytest.mark.parametrize("alphas", [[0.5], 6])
def test_results_depend_neither_on_threads_nor_on_other_targets(shape, solver, expected, storage, alphas, shared):
    X, Y = make_targets(2, *SHAPES[shape])
    X = STORAGES[storage](X)
    kwargs = {"alphas": alphas, "tol": 1e-4 if storage == "float32" else 1e-8, "eps": 0.05, "solver": solver}
    one = fit_many(X, Y, **kwargs)
    assert bits(one) == bits(fit_many(X, Y, n_threads=2, **kwargs)) == bits(fit_many(X, Y, n_threads=5, **kwargs))
    if storage != "float32" or expected == "gram":
        assert set(one[0].info["method"]) == {expected}
    order = np.r_[5:N_TARGETS, 0:5]
    moved = fit_many(X, Y[:, order], **kwargs)
    assert moved.coefs.tobytes() == one.coefs[order].tobytes()
    assert moved.dual_gaps.tobytes() == one.dual_gaps[order].tobytes()


@pytest.mark.parametrize("selection", ["shuffled", "random"])
def test_each_target_has_its_own_random_stream(selection):
    X, Y = make_targets(3, 40, 30)
    kwargs = {"alphas": [0.3], "solver": "cd", "selection": selection, "rng": 5}
    one = fit_many(X, Y, **kwargs)
    assert bits(one) == bits(fit_many(X, Y, n_threads=3, **kwargs)) and one.converged.all()
    twins = fit_many(X, np.column_stack([Y[:, 0], Y[:, 0]]), **kwargs)
    assert twins.coefs[0].tobytes() != twins.coefs[1].tobytes()


# Scans that several targets share

@pytest.mark.parametrize("bounds_pay", [True, False])
@pytest.mark.parametrize("storage", ["F", "C", "sparse"])
def test_runs_in_lockstep_equal_single_runs(bounds_pay, storage, monkeypatch):
    """Products with one residual are summed in another order than with eight, so only the last bits differ."""
    monkeypatch.setattr(cost_model, "MAX_SINGLE_FITS", 0 if bounds_pay else 100)
    monkeypatch.setattr(cost_model, "LARGE_SIZE", 0)
    X, Y = make_targets(4, 60, 700)
    X = STORAGES[storage](X)
    served = []
    original = lockstep._serve

    def serve(matrix, group):
        served.append(len(group))
        return original(matrix, group)

    monkeypatch.setattr(lockstep, "_serve", serve)
    beside = fit_many(X, Y, alphas=15, eps=0.05, tol=1e-10, solver="working_set")
    assert max(served) >= (2 if bounds_pay else 8) and np.mean(served) > (1.2 if bounds_pay else 1.5)
    monkeypatch.undo()
    alone = fit_many(X, Y, alphas=15, eps=0.05, tol=1e-10, solver="working_set")
    assert beside.converged.all() and alone.converged.all()
    sizes = np.abs(alone.coefs).max(axis=(1, 2), keepdims=True)
    assert (np.abs(beside.coefs - alone.coefs) <= 1e-6 * sizes).all()


@pytest.mark.parametrize("storage", STORAGES)
@pytest.mark.parametrize("fit_intercept", [True, False])
def test_one_scan_serves_requests_for_different_columns(storage, fit_intercept):
    X, Y = make_targets(5, 50, 120)
    X = STORAGES[storage](X)
    problem = as_problem(X, Y[:, 0], fit_intercept=fit_intercept)
    rng = np.random.default_rng(0)
    Z = dense(X).astype(float) - problem.means
    group = {}
    for key, n_levels in ((3, 2), (7, 1), (8, 5)):
        residuals = np.zeros((50, core.N_SLOTS))
        residuals[:, :n_levels] = rng.standard_normal((50, n_levels))
        residuals -= residuals.mean(axis=0)
        group[key] = scans.ScanRequest(np.sort(rng.choice(120, 40, replace=False)), residuals, n_levels)
    group[9] = scans.ScanRequest(np.empty(0, np.intp), np.zeros((50, core.N_SLOTS)), 0)
    for key, c in lockstep._serve(problem.matrix, group):
        np.testing.assert_allclose(c, Z[:, group[key].columns].T @ group[key].residuals, atol=1e-4 if
                                   storage == "float32" else 1e-11)


def test_a_scan_takes_no_more_residuals_than_it_has_slots():
    waiting = {key: scans.ScanRequest(np.arange(3), np.zeros((2, 8)), n) for key, n in enumerate([8, 3, 4, 2, 6, 1])}
    groups = lockstep._groups(waiting)
    assert [list(group) for group in groups] == [[0], [1, 2], [3, 4], [5]]


@pytest.mark.parametrize("storage", STORAGES)
def test_correlations_keep_their_digits(storage):
    """As for one target, also with columns far from 0."""
    X, Y = make_targets(6, 70, 20)
    X = STORAGES[storage](X if storage == "float32" else X + 1e6)
    base = as_problem(X, Y[:, 0])
    weighted = np.ascontiguousarray((Y - Y.mean(axis=0)).T)
    found = correlations_of(base.matrix, weighted)
    for k in range(N_TARGETS):
        expected = as_problem(X, Y[:, k]).correlations
        np.testing.assert_allclose(found[k], expected, atol=1e-8 * np.abs(expected).max() + 1e-9)


def test_levels_of_many_targets_are_those_of_each():
    X, Y = make_targets(7, 30, 10)
    problem = as_problem(X, Y[:, 0], sample_weight=np.linspace(0.5, 1.5, 30))
    grids = np.array([[0.9, 0.2, 0.2, 1e-3], [0.5, 0.49, 0.3, 0.29], [3.0, 2.0, 1e-6, 1e-7]])
    largest = np.array([1.0, 0.1, 2.5])
    starts, l1_scales, l2_scales, indices = penalty_grids(problem.total_weight, grids, 0.7, largest)
    for t in range(3):
        own = slice(starts[t], starts[t + 1])
        expected = penalty_grid(problem, grids[t], 0, 0.7, largest[t])
        np.testing.assert_allclose(l1_scales[own], expected.l1_scales, rtol=1e-13)
        np.testing.assert_allclose(l2_scales[own], expected.l2_scales, rtol=1e-13)
        assert np.where(indices[own] < 0, -1, indices[own] - 4 * t).tolist() == expected.indices.tolist()


# The Gram matrix

@pytest.mark.parametrize("warm", [False, True])
def test_the_gram_matrix_is_formed_once_and_not_changed(warm, monkeypatch):
    X, Y = make_targets(8, 300, 20)
    X[:, 7] = 1.0                                   # a constant column: not in the Gram matrix
    grams = []
    original = DenseDesign.gram_of_features

    def gram_of_features(self, features, pool):
        grams.append(original(self, features, pool))
        grams.append(grams[0].copy())
        grams[0].flags.writeable = False
        return grams[0]

    monkeypatch.setattr(DenseDesign, "gram_of_features", gram_of_features)
    start = np.random.default_rng(0).standard_normal((N_TARGETS, 20)) if warm else None
    for factor in (np.ones(20), np.r_[0.0, np.ones(19)]):
        grams.clear()
        options = {"penalty_factor": factor, "tol": 1e-9}
        result = fit_many(X, Y, alphas=[0.5, 0.1, 0.02, 0.01, 0.005], coef_init=start, **options)
        assert len(grams) == 2 and grams[0].tobytes() == grams[1].tobytes()
        assert_as_alone(X, Y, result, options, 1e-9, slack=1e-11)
        assert (result.coefs[:, 7] == 0.0).all()


def test_a_target_that_the_gram_matrix_cannot_certify_is_fitted_alone(monkeypatch):
    X, Y = make_targets(9, 60, 10)
    original = core.solve_targets

    def solve_targets(*args):
        coefs, numbers = original(*args)
        numbers[2, 0] = np.inf
        return coefs, numbers

    monkeypatch.setattr(core, "solve_targets", solve_targets)
    result = fit_many(X, Y, alphas=[0.1], tol=1e-9)
    assert_as_alone(X, Y, result, {"tol": 1e-9}, 1e-9)
    methods_used = [path.info["method"][0] for path in result]
    assert methods_used.count("cd") == 1 and methods_used[2] == "cd"


def test_starts_are_used():
    X, Y = make_targets(10, 100, 40)
    cold = fit_many(X, Y, alphas=[0.02], tol=1e-10)
    warm = fit_many(X, Y, alphas=[0.02], tol=1e-10, coef_init=cold.coefs[:, :, 0])
    assert warm.n_iter.sum() < 0.8 * cold.n_iter.sum() and warm.converged.all()
    np.testing.assert_allclose(warm.predict(X), cold.predict(X), atol=1e-5 * np.abs(Y).max())
    far = fit_many(X, Y, alphas=[0.02], tol=1e-10, coef_init=np.full(40, 1e9))
    assert far.converged.all()
    np.testing.assert_allclose(far.predict(X), cold.predict(X), atol=1e-5 * np.abs(Y).max())


# Grids, results, errors

@pytest.mark.parametrize("shape", SHAPES)
def test_grids(shape):
    X, Y = make_targets(11, *SHAPES[shape])
    own = fit_many(X, Y, alphas=5, eps=0.1)
    for k in (0, 1, 5):
        largest = alpha_max(X, Y[:, k])
        np.testing.assert_allclose(own.alphas[k], np.geomspace(largest, 0.1 * largest, 5))
    grids = own.alphas[:, ::-1] * 0.9
    given = fit_many(X, Y, alphas=grids)
    np.testing.assert_array_equal(given.alphas, grids[:, ::-1])
    for k in (0, 5):
        np.testing.assert_allclose(given[k].predict(X), fit_path(X, Y[:, k], alphas=grids[k]).predict(X),
                                   atol=0.03 * np.ptp(Y[:, k]))
    single = fit_many(X, Y, alphas=[0.3])
    assert single.alphas.shape == (N_TARGETS, 1) and (single.alphas == 0.3).all()
    least_squares = fit_many(X, Y, alphas=[0.5, 0.0])
    for k in (0, 5):
        expected = fit_path(X, Y[:, k], alphas=[0.5, 0.0]).predict(X)[:, 1]
        np.testing.assert_allclose(least_squares[k].predict(X)[:, 1], expected, atol=1e-6 * np.abs(expected).max())


def test_what_a_result_holds():
    X, Y = make_targets(12, 80, 15)
    result = fit_many(X, Y, alphas=7)
    assert isinstance(result, ManyResult) and len(result) == N_TARGETS and len(list(result)) == N_TARGETS
    assert all(isinstance(path, PathResult) for path in result[2:5]) and len(result[2:5]) == 3
    for k in (0, 3, N_TARGETS - 1):
        path = result[k]
        np.testing.assert_array_equal(path.coefs, result.coefs[k])
        for name in ("alphas", "intercepts", "dual_gaps", "n_iter", "converged", "r2", "n_nonzero"):
            np.testing.assert_array_equal(getattr(path, name), getattr(result, name)[k], err_msg=name)
        np.testing.assert_allclose(result.predict(X)[:, k], path.predict(X), rtol=1e-10)
        np.testing.assert_array_equal(path.info["dual_gap"], path.dual_gaps)
        assert path.info["n_working"].tolist() == [15] * 7 and path.stopped == ""
    np.testing.assert_array_equal(result[-1].coefs, result[N_TARGETS - 1].coefs)
    assert (result[4].coefs == 0).all() and result[4].r2.tolist() == [1.0] * 7 and (result.dual_gaps[3:5] == 0).all()
    np.testing.assert_array_equal(result.intercepts[3], 7.0)
    np.testing.assert_allclose(result.predict(sp.csr_array(X)), result.predict(X))
    assert bits(pickle.loads(pickle.dumps(result))) == bits(result)
    with pytest.raises(IndexError):
        result[N_TARGETS]
    with pytest.raises(ValueError, match="15 features"):
        result.predict(X[:, :4])


def test_a_path_may_end_early():
    X, Y = make_targets(13, 60, 40)
    result = fit_many(X, Y, alphas=20, max_active=6)
    alone = [fit_path(X, Y[:, k], alphas=20, max_active=6) for k in range(N_TARGETS)]
    assert [len(path.alphas) for path in result] == [len(path.alphas) for path in alone]
    assert [path.stopped for path in result] == [path.stopped for path in alone]
    n = len(alone[0].alphas)
    assert n < 20 and (result.n_iter[0, n:] == 0).all()
    for values in (result.dual_gaps, result.intercepts, result.r2):
        assert np.isnan(values[0, n:]).all() and not np.isnan(values[0, :n]).any()
    assert not result.converged[0, n:].any() and (result.coefs[0, :, n:] == 0).all()


def test_non_convergence_warns_once():
    X, Y = make_wide(14, 30, 60, correlation=0.95)
    Y = np.column_stack([Y, -Y, Y + X[:, 0]])
    with pytest.warns(ConvergenceWarning, match=r"3 of 3 targets.*target \d, duality gap.*alpha=0.001") as said:
        result = fit_many(X, Y, alphas=[1e-3], solver="cd", max_iter=2, tol=1e-12)
    assert len(said) == 1 and said[0].filename == __file__
    assert not result.converged.any() and np.isfinite(result.dual_gaps).all() and (result.n_iter == 2).all()


@pytest.mark.parametrize("Y, options, message", [
    (np.ones(20), {}, r"Y has shape \(20,\).*fit_path"), (np.ones((19, 2)), {}, "Y has inconsistent length 19"),
    (np.ones((20, 0)), {}, "no target"), (np.ones((20, 2, 1)), {}, "Y has shape"),
    (np.where(np.arange(40).reshape(20, 2) == 7, np.nan, 1.0), {}, "Input Y contains NaN in column 1"),
    (np.where(np.arange(40).reshape(20, 2) == 6, np.inf, 1.0), {}, "Input Y contains infinity in column 0"),
    (np.ones((20, 2)) * 1j, {}, "Complex data not supported"),
    (sp.csr_array(np.ones((20, 2))), {}, r"Y is a sparse csr_array; pass a dense array, Y\.toarray\(\)"),
    (np.ones((20, 2)), {"offset": sp.coo_array(np.ones((20, 2)))}, r"offset is a sparse coo_array"),
    (np.ones((20, 2)), {"alphas": np.ones((3, 1))}, r"alphas has shape \(3, 1\)"),
    (np.ones((20, 2)), {"alphas": [-1.0]}, "alphas must be finite"), (np.ones((20, 2)), {"alphas": 0}, "alphas=0"),
    (np.ones((20, 2)), {"offset": np.ones((20, 3))}, "offset"), (np.ones((20, 2)), {"offset": np.ones(19)}, "offset"),
    (np.ones((20, 2)), {"coef_init": np.ones((3, 4))}, r"coef_init has shape \(3, 4\)"),
    (np.ones((20, 2)), {"n_threads": 0}, "n_threads=0"), (np.ones((20, 2)), {"l1_ratio": 2}, "l1_ratio=2"),
    (np.ones((20, 2)), {"sample_weight": np.zeros(20)}, "sample_weight is zero"),
])
def test_errors_name_the_argument(Y, options, message):
    X = np.random.default_rng(0).standard_normal((20, 4))
    with pytest.raises(ValueError, match=message):
        fit_many(X, Y, **options)


@pytest.mark.parametrize("storage", [sp.csr_matrix, sp.csc_array])
def test_only_X_may_be_sparse(storage):
    X, y = np.random.default_rng(0).standard_normal((20, 4)), storage(np.ones((20, 1)))
    for fit in (fit_path, fit_many, Lasso().fit, Lasso(fit_intercept=False, precompute=True).fit):
        with pytest.raises(ValueError, match=r"[yY] is a sparse .*; pass a dense array, [yY]\.toarray"):
            fit(X, y)
    for name in ("sample_weight", "coef_init", "offset"):
        with pytest.raises(ValueError, match=f"{name} is a sparse .*{name}.toarray"):
            fit_path(X, np.ones(20), **{name: y})


def test_offsets_of_each_target_and_untouched_input():
    X, Y = make_targets(15, 50, 8)
    offset = np.random.default_rng(1).standard_normal(Y.shape)
    before = X.tobytes(), Y.tobytes(), offset.tobytes()
    result = fit_many(X, Y, alphas=[0.2], offset=offset, tol=1e-9)
    assert before == (X.tobytes(), Y.tobytes(), offset.tobytes())
    for k in (0, 3, 5):
        alone = fit_path(X, Y[:, k], alphas=[0.2], offset=offset[:, k], tol=1e-9)
        np.testing.assert_allclose(result.coefs[k], alone.coefs, atol=1e-4 * np.abs(alone.coefs).max())


def test_names_of_data_frames_are_kept():
    pd = pytest.importorskip("pandas", reason="pandas is not installed")
    X, Y = make_targets(16, 30, 10)
    X = X[:, :3]
    result = fit_many(pd.DataFrame(X, columns=["a", "b", "c"]), pd.DataFrame(Y), alphas=[0.1])
    assert result.feature_names == result[1].feature_names == ("a", "b", "c")


# Estimators

@pytest.mark.parametrize("options", [
    {}, {"fit_intercept": False}, {"positive": True}, {"precompute": True}, {"precompute": "gram"},
    {"selection": "random", "random_state": 0}, {"solver": "cd"}, {"solver": "cd", "precompute": True},
])
@pytest.mark.parametrize("kind", ["ElasticNet", "Lasso"])
@pytest.mark.parametrize("storage", ["F", "sparse"])
def test_estimators_agree_with_scikit_learn(kind, options, storage):
    X, Y = make_targets(17, 80, 12)
    Y = Y[:, [0, 1, 3, 4, 6]]
    X = np.asfortranarray(X - X.mean(axis=0))
    if options.get("precompute") == "gram":
        options = {**options, "precompute": X.T @ X}
    theirs = {k: v for k, v in options.items() if k != "solver"}
    if storage == "sparse":
        theirs.pop("precompute", None)
    X = STORAGES[storage](X)
    kwargs = {"alpha": 0.1, "tol": 1e-10, "max_iter": 50_000}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)     # scikit-learn's gap does not reach 0 for y = 0
        peer = getattr(sk, kind)(**kwargs, **theirs).fit(X, Y)
    ours = getattr(lassocore, kind)(**kwargs, **options).fit(X, Y)
    np.testing.assert_allclose(ours.coef_, peer.coef_, atol=1e-4)
    np.testing.assert_allclose(ours.intercept_, peer.intercept_, atol=1e-4)
    for name in ("coef_", "intercept_", "dual_gap_"):
        found, expected = getattr(ours, name), getattr(peer, name)
        assert np.shape(found) == np.shape(expected) and np.asarray(found).dtype == np.asarray(expected).dtype, name
    assert type(ours.n_iter_) is type(peer.n_iter_) is list and len(ours.n_iter_) == 5 and min(ours.n_iter_) >= 1
    assert ours.sparse_coef_.shape == peer.sparse_coef_.shape
    np.testing.assert_allclose(ours.predict(X), peer.predict(X), atol=1e-3)
    assert ours.score(X, Y[:, :]) == pytest.approx(peer.score(X, Y), abs=1e-5)


def test_estimators_warn_once_and_start_warm():
    X, Y = make_targets(18, 40, 30)
    with pytest.warns(ConvergenceWarning, match="of 11 targets") as said:
        Lasso(alpha=1e-4, max_iter=2, tol=1e-12, solver="cd").fit(X, Y)
    assert len(said) == 1 and said[0].filename == __file__
    model = Lasso(alpha=0.01, warm_start=True, tol=1e-9, max_iter=100_000, solver="cd").fit(X, Y)
    first = sum(model.n_iter_)
    assert sum(model.fit(X, Y).n_iter_) < 0.5 * first
    with pytest.raises(ValueError, match="y contains NaN"):
        Lasso().fit(X, np.where(Y == 7.0, np.nan, Y))


def test_moments_of_targets_equal_those_of_one():
    X, Y = make_targets(19, 60, 9)
    s = np.random.default_rng(2).random(60)
    targets = as_targets(X, Y, sample_weight=s)
    block = targets.block(slice(2, 7))
    for k in range(5):
        found, expected = block.problem(k), as_problem(X, Y[:, 2 + k], sample_weight=s)
        for name in ("target", "correlations", "sq_target", "sq_deviation", "y_mean"):
            np.testing.assert_allclose(getattr(found, name), getattr(expected, name), rtol=1e-11,
                                       atol=1e-11 * np.abs(Y[:, 2 + k]).max() * 60, err_msg=name)


def test_targets_that_float32_cannot_hold_are_fitted_in_float64():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((12, 4)).astype(np.float32)
    y = rng.standard_normal(12)
    Y = np.column_stack([np.ldexp(y, 570), y, np.ldexp(y, 900)])
    many = fit_many(X, Y, alphas=[0.0], tol=1e-10)
    assert many.coefs.dtype == np.float64 and np.isfinite(many.coefs).all()
    for k, exponent in enumerate((570, 0, 900)):
        np.testing.assert_allclose(np.ldexp(many.coefs[k], -exponent), many.coefs[1], rtol=1e-9)
