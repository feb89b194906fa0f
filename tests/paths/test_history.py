# Lives here: tests of the recorded course of a fit against NumPy. Independent of: kernels, how iterates are recorded.
"""Every record against an independent objective; epochs against a plain coordinate descent; fits are not changed."""
import pickle

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.exceptions import ConvergenceWarning

import lassocore
from lassocore import ElasticNet, GroupLasso, Lasso, MultiTaskLasso, SparseGroupLasso, fit_multi_task_path, fit_path
from lassocore.paths import fit_history

SOLVERS = ["auto", "cd", "gram", "working_set"]


def data(n=40, p=12, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, p)) + 0.3 * rng.standard_normal((n, 1))
    return X, X[:, :4] @ [2.0, -1.0, 1.0, 0.5] + rng.standard_normal(n)


def ends(history):
    """The last record of each alpha."""
    return np.append(np.flatnonzero(np.diff(history.alpha_index)), len(history.gap) - 1)


@pytest.fixture
def recorded(monkeypatch):
    """The coefficients of every record, for the fits that follow."""
    kept, original = [], fit_history.with_solutions

    def with_solutions(problem, iterates, solved):
        found = original(problem, iterates, solved)
        kept.extend(found)
        return found

    monkeypatch.setattr(fit_history, "with_solutions", with_solutions)
    return kept


def objective(X, y, w, alpha, l1_ratio=1.0, s=None, v=None, fit_intercept=True):
    s = np.ones(len(y)) if s is None else np.asarray(s, float)
    v = np.ones(X.shape[1]) if v is None else np.asarray(v, float)
    residual = y - X @ w
    if fit_intercept:
        residual = residual - s @ residual / s.sum()
    penalty = l1_ratio * (v @ np.abs(w)) + 0.5 * (1.0 - l1_ratio) * (v @ w**2)
    return 0.5 * float(s @ residual**2) / s.sum() + alpha * penalty


def lasso_gap(X, y, w, alpha):
    """docs/math.md, (4.4) and (4.7), over the number of samples."""
    X, y, n = X - X.mean(axis=0), y - y.mean(), len(y)
    r = y - X @ w
    c, kappa = X.T @ r, np.abs(X.T @ r).max() / (n * alpha)
    t = np.clip(r @ y / (r @ r), -1.0 / kappa, 1.0 / kappa)
    return (0.5 * (1.0 - t) ** 2 * (r @ r) + n * alpha * np.abs(w).sum() - t * (w @ c)) / n


OPTIONS = [
    {}, {"l1_ratio": 0.5}, {"fit_intercept": False}, {"sample_weight": np.arange(40) % 3 + 0.5},
    {"penalty_factor": np.arange(12) % 4 + 0.0, "l1_ratio": 0.7}, {"positive": True}, {"bounds": (-0.3, 0.8)}]


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("options", OPTIONS, ids=lambda options: "-".join(options) or "plain")
@pytest.mark.parametrize("convert", [np.asarray, sp.csc_array])
def test_records_are_the_objective_and_the_gap_of_their_coefficients(solver, options, convert, recorded):
    X, y = data()
    X = np.where(np.abs(X) < 0.4, 0.0, X)
    path = fit_path(convert(X), y, alphas=8, eps=0.01, tol=1e-8, solver=solver, history=True, **options)
    history, before = path.history, np.zeros(12)
    assert len(recorded) == len(history.gap) and path.converged.all()
    given = {("s" if name == "sample_weight" else "v" if name == "penalty_factor" else name): value
             for name, value in options.items() if name not in ("positive", "bounds")}
    for k, iterate in enumerate(recorded):
        w, alpha = np.zeros(12), path.alphas[iterate.alpha_index]
        w[iterate.rows] = iterate.values
        assert history.objective[k] == pytest.approx(objective(X, y, w, alpha, **given), rel=1e-12)
        expected = lassocore.duality_gap(convert(X), y, w, alpha=alpha, **options)
        assert history.gap[k] == pytest.approx(expected, rel=1e-6, abs=1e-12 * y.var())
        if not options:
            assert history.gap[k] == pytest.approx(lasso_gap(X, y, w, alpha), rel=1e-6, abs=1e-12 * y.var())
        assert history.step[k] == pytest.approx(np.abs(w - before).max(), abs=1e-14)
        assert history.n_nonzero[k] == np.count_nonzero(w) and history.kind[k] == iterate.kind
        before = w


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("n, p", [(40, 12), (30, 120)])
@pytest.mark.parametrize("options", [{}, {"sample_weight": True}, {"standardize": True, "l1_ratio": 0.9}])
def test_the_last_record_of_an_alpha_is_its_solution(solver, n, p, options):
    X, y = data(n, p)
    options = {**options, "sample_weight": np.arange(n) % 3 + 1.0} if "sample_weight" in options else options
    path = fit_path(X, y, alphas=15, tol=1e-7, solver=solver, history=True, **options)
    plain, history = fit_path(X, y, alphas=15, tol=1e-7, solver=solver, **options), path.history
    np.testing.assert_array_equal(path.coefs, plain.coefs)      # recording changes nothing
    np.testing.assert_array_equal(path.n_iter, plain.n_iter)
    last = ends(history)
    np.testing.assert_array_equal(history.alpha_index[last], np.arange(15))
    np.testing.assert_array_equal(history.n_nonzero[last], path.n_nonzero)
    assert (history.gap[last] <= path.gap_tol).all()
    assert (history.gap[last] <= path.dual_gaps + 1e-12 * y.var()).all()
    if solver in ("cd", "gram"):            # a working set bounds the columns outside
        np.testing.assert_allclose(history.gap[last], path.dual_gaps, rtol=1e-6, atol=1e-12 * y.var())
    assert plain.history is None
    for k in range(15):
        np.testing.assert_array_equal(history.iteration[history.alpha_index == k],
                                      np.arange(1, np.count_nonzero(history.alpha_index == k) + 1))


@pytest.mark.parametrize("selection", ["cyclic", "shuffled", "random"])
@pytest.mark.parametrize("order", ["C", "F", "sparse"])
def test_epochs_are_all_recorded_and_never_raise_the_objective(selection, order):
    X, y = data(60, 40)
    given = sp.csc_array(X) if order == "sparse" else np.array(X, order=order)
    path = fit_path(given, y, alphas=10, solver="cd", tol=1e-10, selection=selection, rng=0, history=True)
    history = path.history
    np.testing.assert_array_equal(np.bincount(history.alpha_index), path.n_iter)
    assert set(history.kind) == {"epoch"} and len(history.kind) > 50
    within = np.diff(history.alpha_index) == 0
    assert (np.diff(history.objective)[within] <= 1e-14 * y.var()).all()
    assert (history.gap >= 0.0).all() and history.objective[ends(history)].min() > 0.0


def test_epochs_are_those_of_a_plain_coordinate_descent(recorded):
    """Without screening, as all columns are active, and before the first extrapolation."""
    X, y = data()
    X, y, alpha = X - X.mean(axis=0), y - y.mean(), 1e-3
    with pytest.warns(ConvergenceWarning, match="did not converge"):
        fit_path(X, y, alphas=[alpha], solver="cd", tol=1e-15, max_iter=4, history=True, fit_intercept=False,
                 coef_init=np.ones(12))
    w, n = np.ones(12), len(y)
    for iterate in recorded:
        for j in range(12):
            c = X[:, j] @ (y - X @ w) / n + X[:, j] @ X[:, j] / n * w[j]
            w[j] = np.sign(c) * max(abs(c) - alpha, 0.0) / (X[:, j] @ X[:, j] / n)
        found = np.zeros(12)
        found[iterate.rows] = iterate.values
        np.testing.assert_allclose(found, w, atol=1e-12)
    assert len(recorded) == 4


def block_objective(X, Y, W, alpha, penalty, s=None):
    s = np.ones(len(Y)) if s is None else s
    residual = Y - X @ W
    residual = residual - s @ residual / s.sum()
    return 0.5 * float(s @ (residual**2).sum(axis=1)) / s.sum() + alpha * penalty(W)


def rows_gap(X, Y, W, alpha):
    """(t, gap) as in `lasso_gap`, with norms of rows in place of sizes."""
    X, Y, n = X - X.mean(axis=0), Y - Y.mean(axis=0), len(Y)
    R = Y - X @ W
    C = X.T @ R
    kappa = np.linalg.norm(C, axis=1).max() / (n * alpha)
    t = np.clip(np.sum(R * Y) / np.sum(R * R), -1.0 / kappa, 1.0 / kappa)
    penalty = n * alpha * np.linalg.norm(W, axis=1).sum()
    return t, (0.5 * (1.0 - t) ** 2 * np.sum(R * R) + penalty - t * np.sum(W * C)) / n


@pytest.mark.parametrize("convert", [np.asarray, sp.csc_array])
@pytest.mark.parametrize("n, p", [(40, 12), (24, 100)])
@pytest.mark.parametrize("weighted", [False, True])
def test_records_of_several_tasks(convert, n, p, weighted, recorded):
    X, y = data(n, p)
    Y = np.column_stack([y, y[::-1], X[:, 0]])
    s = np.arange(n) % 2 + 1.0 if weighted else None
    path = fit_multi_task_path(convert(X), Y, alphas=12, eps=0.02, tol=1e-8, history=True, sample_weight=s)
    history = path.history
    np.testing.assert_array_equal(np.bincount(history.alpha_index), path.n_iter)
    for k, iterate in enumerate(recorded):
        W = np.zeros((p, 3))
        W[iterate.rows] = iterate.values
        expected = block_objective(X, Y, W, path.alphas[iterate.alpha_index],
                                   lambda W: np.linalg.norm(W, axis=1).sum(), s)
        assert history.objective[k] == pytest.approx(expected, rel=1e-12)
        assert history.n_nonzero[k] == np.count_nonzero(W.any(axis=1))
        t, gap = rows_gap(X, Y, W, path.alphas[iterate.alpha_index])
        assert weighted or abs(t) > 1.0 or history.gap[k] == pytest.approx(gap, rel=1e-6, abs=1e-12)
    last = ends(history)
    np.testing.assert_allclose(history.gap[last], path.dual_gaps, rtol=1e-5, atol=1e-11 * path.gap_tol / 1e-8)
    least = history.objective[last] - history.gap[last]
    assert (history.objective - history.gap <= least[history.alpha_index] + history.gap[last][history.alpha_index]
            + 1e-12).all()                  # no bound is above the minimum
    assert path[2:4].history.alpha_index.max() == 1


@pytest.mark.parametrize("options", [
    {}, {"feature_l1_ratio": 0.4}, {"group_weights": [1.0, 0.0, 2.0], "l1_ratio": 0.6}, {"fit_intercept": False}])
@pytest.mark.parametrize("n, p", [(40, 12), (15, 60)])
def test_records_of_groups(options, n, p, recorded):
    X, y = data(n, p)
    labels = np.arange(p) % 3
    path = fit_path(X, y, alphas=[0.5, 0.1], groups=labels, tol=1e-9, history=True, **options)
    tau, rho = options.get("feature_l1_ratio", 0.0), options.get("l1_ratio", 1.0)
    v = options.get("group_weights", np.sqrt(np.bincount(labels)))

    def penalty(w):
        norms = np.array([np.linalg.norm(w[labels == g]) for g in range(3)])
        return rho * (tau * np.abs(w).sum() + (1 - tau) * (v @ norms)) + 0.5 * (1 - rho) * (v @ norms**2)

    for k, iterate in enumerate(recorded):
        w = np.zeros(p)
        w[iterate.rows] = iterate.values
        alpha = path.alphas[iterate.alpha_index]
        expected = objective(X, y, w, 0.0, fit_intercept="fit_intercept" not in options) + alpha * penalty(w)
        assert path.history.objective[k] == pytest.approx(expected, rel=1e-10)
    last = ends(path.history)
    assert (path.history.gap[last] <= path.gap_tol).all() and (path.history.gap >= 0.0).all()


def test_other_ends_and_starts_of_paths():
    X, y = data()
    path = fit_path(X, y, alphas=50, max_active=3, history=True)
    assert path.stopped == "max_active" and path.history.alpha_index.max() == len(path) - 1
    start = np.full(12, 0.5)
    warm = fit_path(X, y, alphas=[0.1, 0.0], coef_init=start, history=True, tol=1e-8)
    assert warm.history.alpha_index.max() == 1 and np.isfinite(warm.history.gap).all()
    assert warm.history.gap[-1] <= warm.gap_tol and warm.history.step[0] > 0.0
    relaxed = fit_path(X, y, alphas=5, relax=0.0, history=True)
    assert (relaxed.history.gap[ends(relaxed.history)] <= relaxed.gap_tol).all()
    constant = fit_path(X, np.ones(40), alphas=[1.0], history=True)
    assert constant.history.gap.tolist() == [0.0] and constant.history.objective.tolist() == [0.0]
    single = fit_path(X.astype(np.float32), y, alphas=5, history=True)
    assert (single.history.gap[ends(single.history)] <= single.gap_tol).all()


def test_unpenalised_columns_that_depend_on_each_other():
    X, y = data()
    X[:, 3] = X[:, 1] + X[:, 2]
    factor = np.where(np.arange(12) < 4, 0.0, 1.0)
    path = fit_path(X, y, alphas=6, penalty_factor=factor, history=True, tol=1e-8)
    last = ends(path.history)
    np.testing.assert_allclose(path.history.gap[last], path.dual_gaps, rtol=1e-5, atol=1e-11)
    np.testing.assert_array_equal(path.history.n_nonzero[last], path.n_nonzero)
    bounded = fit_path(X, y, alphas=6, penalty_factor=factor, bounds=(-0.1, 0.1), history=True)
    assert (bounded.history.gap[ends(bounded.history)] <= bounded.gap_tol).all()


@pytest.mark.parametrize("scale", [1e-170, 1.0])
def test_units(scale):
    X, y = data()
    plain, scaled = fit_path(X, y, alphas=5, history=True), fit_path(scale * X, y, alphas=5, history=True)
    np.testing.assert_allclose(scaled.history.objective, plain.history.objective, rtol=1e-10)
    np.testing.assert_allclose(scaled.history.step * scale, plain.history.step, rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize("model", [
    Lasso(0.1), ElasticNet(0.1), GroupLasso(0.1, groups=np.arange(12) // 3), SparseGroupLasso(0.1),
    Lasso(0.1, precompute=True)])
def test_estimators(model):
    X, y = data()
    assert model.fit(X, y).history_ is None
    history = model.set_params(history=True).fit(X, y).history_
    assert history.gap[-1] == pytest.approx(model.dual_gap_, rel=1e-6, abs=1e-12) and set(history.alpha_index) == {0}
    assert history.n_nonzero[-1] == np.count_nonzero(model.coef_)
    kept = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(kept.history_.objective, history.objective)
    model.set_params(history=False)


def test_estimators_of_several_targets():
    X, y = data()
    model = MultiTaskLasso(0.1, history=True).fit(X, np.column_stack([y, -y]))
    assert model.history_.gap[-1] == pytest.approx(model.dual_gap_, rel=1e-6, abs=1e-12)
    with pytest.raises(ValueError, match="history=True records the fit of one target, and y has 2"):
        Lasso(0.1, history=True).fit(X, np.column_stack([y, -y]))
    with pytest.raises(ValueError, match="history='yes' must be True or False"):
        fit_path(X, y, history="yes")


def test_histories_can_be_pickled_and_sliced():
    X, y = data()
    path = pickle.loads(pickle.dumps(fit_path(X, y, alphas=6, solver="cd", history=True)))
    part = path[1:5:2].history
    assert set(part.alpha_index) == {0, 1}
    np.testing.assert_array_equal(part.gap, path.history.gap[np.isin(path.history.alpha_index, [1, 3])])
