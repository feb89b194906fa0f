# Lives here: multi-task paths against an oracle and against other forms of the same data. Independent of: kernels.
"""fit_multi_task_path and the path functions with several targets."""
import warnings
from functools import cache

import numpy as np
import pytest
import scipy.sparse as sp
import sklearn.linear_model as sk
from oracles.reference_multi_task import make_task_options, make_tasks, plain_tasks, task_objective
from sklearn.exceptions import ConvergenceWarning

from lassocore import enet_path, fit_multi_task_path, fit_path, lasso_path
from lassocore.solvers import block_columns, block_path

STORAGES = {
    "columns": np.asfortranarray, "rows": np.ascontiguousarray, "csc": sp.csc_array, "csr": sp.csr_matrix,
    "long": lambda X: sp.csc_array((sp.csc_array(X).data, sp.csc_array(X).indices.astype(np.int64),
                                    sp.csc_array(X).indptr.astype(np.int64)), shape=X.shape),
}
NAME = pytest.mark.parametrize("name", make_task_options(0))
INTERCEPT = pytest.mark.parametrize("fit_intercept", [True, False], ids=["intercept", "raw"])


@NAME
@INTERCEPT
@pytest.mark.parametrize("storage", STORAGES)
def test_reaches_the_minimum(name, fit_intercept, storage):
    X, Y, _ = make_tasks(1, density=0.6)
    options = {**make_task_options(1)[name], "fit_intercept": fit_intercept}
    scale = max(np.linalg.norm(X.T @ Y, axis=1)) / len(X)
    path = fit_multi_task_path(STORAGES[storage](X), Y, alphas=scale * np.array([1.0, 0.2, 0.01]), tol=1e-12, **options)
    assert path.converged.all() and (path.dual_gaps >= 0).all()
    for k, alpha in enumerate(path.alphas):
        oracle = plain_tasks(X, Y, alpha, **options)
        W = path.coefs[:, :, k].T
        best = oracle.primal(oracle.solve())
        assert oracle.primal(W) <= best + 1e-11 * (oracle.Y**2).sum()
        assert best >= oracle.primal(W) - path.dual_gaps[k] - 1e-13 * (oracle.Y**2).sum()
        if not options.get("standardize"):
            received = {key: options[key] for key in ("l1_ratio", "sample_weight", "penalty_factor") if key in options}
            found = task_objective(X, Y, path.coefs[:, :, k], path.intercepts[:, k], alpha, **received)
            assert found == pytest.approx(oracle.primal(W), rel=1e-11)


@cache
def wide_case(name, dtype):
    """(X, Y, options, alphas, minima)"""
    X, Y, _ = make_tasks(21, 25, 30, 3)
    X, options = X.astype(dtype), make_task_options(21, 25, 30)[name]
    alphas = max(np.linalg.norm((X - X.mean(0)).T @ Y, axis=1)) / len(X) * np.array([0.8, 0.4, 0.2, 0.1])
    oracles = [plain_tasks(X, Y, alpha, **options) for alpha in alphas]
    return X, Y, options, alphas, [oracle.primal(oracle.solve()) for oracle in oracles]


@NAME
@pytest.mark.parametrize("method", ["gram", "working_set", "residuals"])
@pytest.mark.parametrize("storage, dtype, tol", [
    ("columns", float, 1e-5), ("columns", float, 1e-11), ("rows", np.float32, 1e-5), ("csc", float, 1e-6),
])
def test_every_way_is_certified(name, method, storage, dtype, tol, monkeypatch):
    """On Gram matrices or on residuals; few rows enter at a time, so that sets grow and shrink."""
    if method == "residuals":
        monkeypatch.setattr(block_columns, "MAX_GRAM_SHARE", 0.0)
        method = "working_set"
    monkeypatch.setattr(block_path, "choose_method", lambda *_: method)
    monkeypatch.setattr(block_path, "MIN_ENTRANTS", 2)
    monkeypatch.setattr(block_path, "MIN_SHED_SIZE", 4)
    monkeypatch.setattr(block_path, "SHED_FACTOR", 1)
    X, Y, options, alphas, best = wide_case(name, dtype)
    path = fit_multi_task_path(STORAGES[storage](X), Y, alphas=alphas, tol=tol, **options)
    assert path.converged.all() and set(path.info["method"]) == {method}
    for k, alpha in enumerate(alphas):
        oracle = plain_tasks(X, Y, alpha, **options)
        missing = oracle.primal(path.coefs[:, :, k].T.astype(float)) - best[k]
        assert missing <= path.dual_gaps[k] + 1e-13 * (oracle.Y**2).sum() and 0 <= path.dual_gaps[k] <= path.gap_tol


@pytest.mark.parametrize("storage", ["columns", "csc"])
def test_a_large_set_keeps_residuals(storage, monkeypatch):
    """Where the set outgrows the samples the Gram matrix is given up on the way."""
    monkeypatch.setattr(block_path, "choose_method", lambda *_: "working_set")
    moves, use_residuals = [], block_columns.BlockColumns._use_residuals
    monkeypatch.setattr(block_columns.BlockColumns, "_use_residuals",
                        lambda columns: (moves.append(columns.size), use_residuals(columns)))
    X, Y, _ = make_tasks(22, 20, 120, 3)
    path = fit_multi_task_path(STORAGES[storage](X), Y, alphas=20, eps=0.01)
    assert path.converged.all() and len(moves) == 1 and moves[0] > 0
    monkeypatch.setattr(block_columns, "MAX_GRAM_SHARE_OF_ROWS", 1e9)
    usual = fit_multi_task_path(X, Y, alphas=20, eps=0.01)
    assert len(moves) == 1
    for k, alpha in enumerate(path.alphas):
        values = [task_objective(X, Y, found.coefs[:, :, k], found.intercepts[:, k], alpha) for found in (path, usual)]
        assert values[0] == pytest.approx(values[1], abs=path.gap_tol)


@pytest.mark.parametrize("shape", [(40, 120, 3), (120, 40, 9), (30, 200, 1)])
@pytest.mark.parametrize("l1_ratio", [1.0, 0.3])
def test_a_path_is_what_single_fits_give(shape, l1_ratio):
    n, p, n_tasks = shape
    X, Y, _ = make_tasks(2, n, p, n_tasks)
    path = fit_multi_task_path(X, Y, alphas=12, eps=1e-2, l1_ratio=l1_ratio, tol=1e-10)
    assert path.converged.all() and path.n_nonzero[0] == 0 < path.n_nonzero[1]
    assert path.coefs.shape == (n_tasks, p, 12) and path.intercepts.shape == (n_tasks, 12)
    for k in (1, 5, 11):
        peer = sk.MultiTaskElasticNet(alpha=path.alphas[k], l1_ratio=l1_ratio, tol=1e-9, max_iter=10**5).fit(X, Y)
        theirs = task_objective(X, Y, peer.coef_, peer.intercept_, path.alphas[k], l1_ratio=l1_ratio)
        ours = task_objective(X, Y, path.coefs[:, :, k], path.intercepts[:, k], path.alphas[k], l1_ratio=l1_ratio)
        assert ours <= theirs + path.gap_tol
        assert ours >= theirs - 1e-8 * ours
        single = fit_multi_task_path(X, Y, alphas=[path.alphas[k]], l1_ratio=l1_ratio, tol=1e-10)
        np.testing.assert_allclose(single.predict(X, 0), path.predict(X, k), atol=1e-3 * np.abs(Y).max())
    np.testing.assert_allclose(path.predict(sp.csr_array(X), 5), X @ path.coefs[:, :, 5].T + path.intercepts[:, 5])


@pytest.mark.parametrize("options", [
    {}, {"l1_ratio": 0.4}, {"fit_intercept": False}, {"standardize": True}, {"penalty_factor": np.arange(20) % 4},
])
def test_one_task_is_the_lasso(options):
    X, Y, rng = make_tasks(4, 50, 20, 1)
    options = {**options, "sample_weight": rng.random(50)}
    path = fit_multi_task_path(X, Y, alphas=20, eps=1e-2, tol=1e-12, **options)
    lasso = fit_path(X, Y[:, 0], alphas=20, eps=1e-2, tol=1e-12, **options)
    np.testing.assert_allclose(path.alphas, lasso.alphas, rtol=1e-10)
    np.testing.assert_allclose(path.coefs[0], lasso.coefs, atol=1e-5)
    np.testing.assert_allclose(path.intercepts[0], lasso.intercepts, atol=1e-5)
    np.testing.assert_allclose(path.r2, lasso.r2, atol=1e-9)
    assert path.gap_tol == pytest.approx(lasso.gap_tol)


@INTERCEPT
def test_weights_are_repeated_rows(fit_intercept):
    X, Y, rng = make_tasks(5, 40, 12, 4)
    counts = rng.integers(0, 4, 40)
    options = {"alphas": [0.5, 0.05], "tol": 1e-13, "fit_intercept": fit_intercept, "standardize": True}
    weighted = fit_multi_task_path(X, Y, sample_weight=counts, **options)
    repeated = fit_multi_task_path(np.repeat(X, counts, axis=0), np.repeat(Y, counts, axis=0), **options)
    np.testing.assert_allclose(weighted.coefs, repeated.coefs, atol=1e-6)
    np.testing.assert_allclose(weighted.intercepts, repeated.intercepts, atol=1e-6)
    Y[counts == 0] = 1e6                                    # rows of weight 0 are ignored
    unseen = fit_multi_task_path(X, Y, sample_weight=counts, **options)
    np.testing.assert_allclose(unseen.coefs, weighted.coefs, atol=1e-6)


def test_rotated_tasks_permuted_and_scaled_features():
    """The penalty depends on the norms of rows only."""
    X, Y, rng = make_tasks(6, 30, 60, 5)
    options = {"alphas": 8, "eps": 0.05, "tol": 1e-12}
    path = fit_multi_task_path(X, Y, **options)
    turn = np.linalg.qr(rng.standard_normal((5, 5)))[0]
    order, size = rng.permutation(60), rng.uniform(0.5, 2.0, 60)
    turned = fit_multi_task_path(X, Y @ turn, **options)
    np.testing.assert_allclose(turned.coefs, np.einsum("tu,tjk->ujk", turn, path.coefs), atol=1e-4)
    mixed = fit_multi_task_path((X * size)[:, order], Y, penalty_factor=size[order], **options)
    np.testing.assert_allclose(mixed.coefs * size[order][:, None], path.coefs[:, order], atol=1e-4)
    scaled = fit_multi_task_path(X, 1e3 * Y + 7.0, **options)
    np.testing.assert_allclose(scaled.coefs, 1e3 * path.coefs, atol=0.1)
    np.testing.assert_allclose(scaled.alphas, 1e3 * path.alphas)


def test_float32():
    X, Y, _ = make_tasks(7, 60, 40, 3)
    path = fit_multi_task_path(X.astype(np.float32), Y, alphas=10, eps=1e-2, tol=1e-6)
    double = fit_multi_task_path(X.astype(np.float32).astype(float), Y, alphas=10, eps=1e-2, tol=1e-10)
    assert path.converged.all() and path.coefs.dtype == np.float32
    for k, alpha in enumerate(path.alphas):
        values = [task_objective(X.astype(np.float32), Y, found.coefs[:, :, k], found.intercepts[:, k], alpha)
                  for found in (path, double)]
        assert values[0] <= values[1] + path.dual_gaps[k] + 1e-12


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("tol", [1e-3, 1e-16])
def test_gaps_are_honest(dtype, tol):
    """The reported gap bounds the suboptimality, converged or not, with unpenalised features and rounding."""
    X, Y, _ = make_tasks(8, 60, 30, 3)
    X = X.astype(dtype)
    factor = np.where(np.arange(30) < 3, 0.0, 1.0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        path = fit_multi_task_path(X, Y, alphas=6, eps=1e-2, tol=tol, penalty_factor=factor, max_iter=300)
    best = fit_multi_task_path(X.astype(float), Y, alphas=path.alphas, tol=1e-13, penalty_factor=factor)
    for k, alpha in enumerate(path.alphas):
        values = [task_objective(X, Y, found.coefs[:, :, k], found.intercepts[:, k], alpha, penalty_factor=factor)
                  for found in (path, best)]
        assert values[0] - values[1] <= path.dual_gaps[k] + 1e-13 * values[0]
    assert (path.converged == (path.dual_gaps <= path.gap_tol)).all()


def test_max_iter_warns_and_keeps():
    X, Y, _ = make_tasks(9, 40, 60, 4)
    with pytest.warns(ConvergenceWarning, match=r"Worst of \d+ of 5 alphas: duality gap"):
        path = fit_multi_task_path(X, Y, alphas=5, eps=1e-3, tol=1e-12, max_iter=2)
    assert len(path.alphas) == 5 and not path.converged.all() and (path.n_iter <= 2).all()
    assert np.isfinite(path.coefs).all() and (path.dual_gaps[~path.converged] > path.gap_tol).all()


def test_alpha_max_is_sharp():
    X, Y, rng = make_tasks(10, 40, 60, 4)
    for options in ({}, {"penalty_factor": np.r_[0.0, 0.0, rng.uniform(0.5, 2.0, 58)]}, {"standardize": True}):
        largest = fit_multi_task_path(X, Y, alphas=1, **options).alphas[0]
        free = int((np.asarray(options.get("penalty_factor", [1.0])) == 0).sum())
        path = fit_multi_task_path(X, Y, alphas=[1.0001 * largest, 0.999 * largest], tol=1e-12, **options)
        assert path.n_nonzero.tolist() == [free, free + 1]


def test_without_penalty():
    for n, p in ((40, 10), (10, 25)):
        X, Y, _ = make_tasks(11, n, p, 3)
        path = fit_multi_task_path(X, Y, alphas=[0.1, 0.0], tol=1e-12)
        Xc, Yc = X - X.mean(0), Y - Y.mean(0)
        np.testing.assert_allclose(path.coefs[:, :, 1].T, np.linalg.lstsq(Xc, Yc)[0], atol=1e-8)
        assert path.converged.all()


@pytest.mark.parametrize("options", [{"selection": "random", "rng": 0}, {"selection": "shuffled", "rng": 0}])
def test_other_orders(options):
    X, Y, _ = make_tasks(12, 60, 30, 3)
    cyclic = fit_multi_task_path(X, Y, alphas=8, eps=0.05, tol=1e-11)
    other = fit_multi_task_path(X, Y, alphas=8, eps=0.05, tol=1e-11, **options)
    assert other.converged.all()
    np.testing.assert_allclose(other.coefs, cyclic.coefs, atol=1e-4)


def test_warm_start_from_the_solution():
    X, Y, _ = make_tasks(13, 40, 100, 3)
    cold = fit_multi_task_path(X, Y, alphas=[0.05], tol=1e-9)
    warm = fit_multi_task_path(X, Y, alphas=[0.05], tol=1e-9, coef_init=cold.coefs[:, :, 0])
    assert 4 * warm.n_iter[0] < cold.n_iter[0] and warm.converged.all()
    with pytest.raises(ValueError, match=r"coef_init has shape \(100, 3\)"):
        fit_multi_task_path(X, Y, alphas=[0.05], coef_init=cold.coefs[:, :, 0].T)
    with pytest.raises(ValueError, match="coef_init contains NaN"):
        fit_multi_task_path(X, Y, alphas=[0.05], coef_init=np.full((3, 100), np.nan))


def test_ends_of_paths():
    X, Y, _ = make_tasks(14, 40, 60, 3)
    received = []
    path = fit_multi_task_path(X, Y, callback=lambda info: received.append(info) or info.index == 4)
    assert path.stopped == "callback" and len(path.alphas) == len(received) == 5 == len(path.info.levels)
    assert fit_multi_task_path(X, Y, max_active=3).n_nonzero[-2:].tolist()[0] <= 3
    assert fit_multi_task_path(X, Y, time_limit=0.0).stopped == "time_limit"
    for k, info in enumerate(received):
        assert info.dual_gap == path.dual_gaps[k] and info.n_nonzero == path.n_nonzero[k]


def test_nothing_to_explain():
    X, Y, _ = make_tasks(15, 20, 5, 2)
    for target in (0 * Y, 0 * Y + [3.0, -2.0]):
        path = fit_multi_task_path(X, target, alphas=3)
        assert path.converged.all() and not path.coefs.any()
        np.testing.assert_allclose(path.intercepts.T, np.tile(target[0], (3, 1)))
        for storage in (np.asarray, sp.csc_array):      # unpenalised columns would leave rounding errors of a start
            path = fit_multi_task_path(storage(X), target, alphas=[1.0, 0.1, 0.0], penalty_factor=[0, 1, 1, 0, 1],
                                       coef_init=np.ones((2, 5)), l1_ratio=0.7)
            assert path.converged.all() and not path.coefs.any() and not path.dual_gaps.any()
    constant = np.column_stack([X, np.full(20, 3.0), np.zeros(20)])
    path = fit_multi_task_path(constant, Y, alphas=[0.01], tol=1e-10)
    assert path.converged.all() and not path.coefs[:, 5:].any()


def test_large_means_keep_their_digits():
    X, Y, _ = make_tasks(16, 40, 12, 3)
    plain = fit_multi_task_path(X, Y, alphas=[0.1], tol=1e-12)
    for convert in (np.asfortranarray, np.ascontiguousarray, sp.csc_array):
        moved = fit_multi_task_path(convert(X + 1e6), Y, alphas=[0.1], tol=1e-9)
        np.testing.assert_allclose(moved.coefs, plain.coefs, atol=1e-5)


@pytest.mark.parametrize("scale", [1e-100, 1e100])
def test_extreme_scales(scale):
    X, Y, _ = make_tasks(17, 40, 12, 3)
    usual = fit_multi_task_path(X, Y, alphas=5, eps=0.05, tol=1e-9)
    moved = fit_multi_task_path(X * scale, Y * scale, alphas=5, eps=0.05, tol=1e-9)
    np.testing.assert_allclose(moved.coefs, usual.coefs, atol=1e-4)
    assert moved.converged.all()


def test_inputs_are_not_changed():
    X, Y, rng = make_tasks(18, 30, 8, 3)
    s, start = rng.random(30), rng.standard_normal((3, 8))
    kept = [a.copy() for a in (X, Y, s, start)]
    for array in (X, Y, s, start):
        array.flags.writeable = False
    fit_multi_task_path(X, Y, sample_weight=s, coef_init=start, alphas=[0.1], standardize=True)
    for array, before in zip((X, Y, s, start), kept, strict=True):
        assert (array == before).all()


@pytest.mark.parametrize("change, message", [
    ({"Y": np.zeros(20)}, r"Y has shape \(20,\)"), ({"Y": np.zeros((19, 2))}, "inconsistent length 19"),
    ({"Y": np.full((20, 2), np.nan)}, "Input Y contains NaN"), ({"Y": np.zeros((20, 0))}, "at least one task"),
    ({"Y": np.zeros((20, 2), complex)}, "Complex data"),
    ({"Y": np.geomspace(1.0, 1e200, 40).reshape(20, 2), "X": np.full((20, 3), 1e200) * np.arange(60).reshape(20, 3)},
     "above 1e308.*rescale"),
    ({"X": np.full((20, 3), np.inf)}, "Input X contains infinity"), ({"l1_ratio": 0.0}, "Automatic alpha grid"),
    ({"sample_weight": np.zeros(20)}, "zero for all samples"), ({"penalty_factor": np.zeros(3)}, "no alpha matters"),
    ({"penalty_factor": -np.ones(3)}, "penalty_factor has a negative"), ({"alphas": [-1.0]}, "at least 0"),
])
def test_refusals(change, message):
    rng = np.random.default_rng(0)
    good = {"X": rng.standard_normal((20, 3)), "Y": np.where(np.arange(20) % 2, 1.0, -1.0)[:, None] * [1.0, 2.0]}
    with pytest.raises(ValueError, match=message):
        fit_multi_task_path(**{**good, **change})


@pytest.mark.parametrize("storage", ["columns", "csc"])
def test_path_functions_take_several_targets(storage):
    X, Y, rng = make_tasks(19, 40, 30, 4)
    X, Y = X - X.mean(0), Y - Y.mean(0)
    stored = STORAGES[storage](X)
    start = rng.standard_normal((4, 30))
    for ours, theirs, options in ((enet_path, sk.enet_path, {"l1_ratio": 0.6}), (lasso_path, sk.lasso_path, {})):
        options |= {"eps": 1e-2, "tol": 1e-9, "return_n_iter": True, "max_iter": 10**5, "coef_init": start}
        found = ours(stored, Y, alphas=10, **options)
        peer = theirs(X, Y, alphas=found[0], **options)
        np.testing.assert_allclose(found[0], peer[0], rtol=1e-10)
        assert found[1].shape == peer[1].shape == (4, 30, 10) and isinstance(found[3], list)
        np.testing.assert_allclose(found[1], peer[1], atol=2e-4)
        assert found[2].shape == (10,) and (found[2] <= 1e-9 * (Y**2).sum() / 40).all()
    assert enet_path(X, Y[:, :1], alphas=[0.1])[1].shape == (1, 30, 1)
    with pytest.raises(ValueError, match="positive=True is not allowed"):
        lasso_path(X, Y, positive=True)
