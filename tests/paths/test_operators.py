# Lives here: paths over operators against paths over matrices. Independent of: how a set of columns is solved.
"""An X that is known by its products: equal to the matrix, certified for all columns, hostile operators refused."""
import pickle
import signal
import tracemalloc

import numpy as np
import pytest
import scipy.sparse as sp
from oracles.reference import objective
from scipy.sparse.linalg import LinearOperator, aslinearoperator
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import Lasso as TheirLasso

import lassocore
from lassocore import alpha_max, duality_gap, fit_path
from lassocore.designs import operator


def make_data(seed, n_samples=60, n_features=150):
    """Columns with means, of different sizes, with a correlation of their neighbours."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n_samples, n_features))
    X[:, 1:] += 0.7 * X[:, :-1]
    X = (X + 2.0) * np.linspace(0.5, 2.0, n_features)
    return X, X[:, 10:40:5] @ rng.uniform(1.0, 2.0, 6) + rng.standard_normal(n_samples) + 3.0


class Counting:
    """An operator of no library, which counts what it is asked for."""

    def __init__(self, X):
        self.X, self.shape, self.dtype = X, X.shape, X.dtype
        self.n_products, self.fetched = 0, []

    def matvec(self, v):
        """X v."""
        return self.X @ v

    def rmatvec(self, u):
        """X'u."""
        self.n_products += 1
        return self.X.T @ u

    def columns(self, chosen):
        """Some columns."""
        self.fetched += list(chosen)
        return self.X[:, chosen]


KINDS = {
    "SciPy": aslinearoperator,
    "sparse": lambda X: aslinearoperator(sp.csr_array(X)),
    "functions": lambda X: LinearOperator(X.shape, matvec=lambda v: X @ v, rmatvec=lambda u: X.T @ u),
    "own": Counting,
}
OPTIONS = {
    "plain": lambda n, p: {},
    "raw": lambda n, p: {"fit_intercept": False},
    "weights": lambda n, p: {"sample_weight": np.random.default_rng(0).integers(0, 3, n).astype(float)},
    "bounds": lambda n, p: {"bounds": (-0.5, np.linspace(0.1, 2.0, p))},
    "positive net": lambda n, p: {"positive": True, "l1_ratio": 0.7},
    "net": lambda n, p: {"l1_ratio": 0.3},
    "factors": lambda n, p: {"penalty_factor": np.r_[0.0, 0.0, np.inf, np.linspace(0.5, 2.0, p - 3)]},
    "all free": lambda n, p: {"penalty_factor": np.r_[0.0, 0.0, np.full(p - 2, np.inf)], "alphas": [1.0]},
    "standardize": lambda n, p: {"standardize": True, "penalty_factor": np.r_[0.0, np.linspace(0.5, 2.0, p - 1)],
                                 "sample_weight": np.linspace(0.5, 2.0, n)},
    "offset": lambda n, p: {"offset": np.linspace(0.0, 3.0, n)},
    "start": lambda n, p: {"coef_init": np.r_[np.ones(5), np.zeros(p - 5)]},
    "descent": lambda n, p: {"solver": "cd", "selection": "shuffled", "rng": 0},
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("option", OPTIONS)
def test_a_path_is_that_of_the_matrix(kind, option):
    X, y = make_data(1)
    options = {"alphas": 5, "eps": 1e-2, "tol": 1e-6, **OPTIONS[option](*X.shape)}
    path, expected = fit_path(KINDS[kind](X), y, **options), fit_path(X, y, **options)
    np.testing.assert_allclose(path.alphas, expected.alphas, rtol=1e-9)
    assert path.gap_tol == pytest.approx(expected.gap_tol, rel=1e-12) and path.converged.all()
    problem = {name: value for name, value in options.items()
               if name not in ("alphas", "eps", "tol", "coef_init", "solver", "selection", "rng")}
    given = {name: value for name, value in problem.items() if name != "coef_init"}
    scale = y.var()
    for k, alpha in enumerate(path.alphas):
        judged = duality_gap(X, y, path.coefs[:, k], alpha=alpha, intercept=path.intercepts[k], **problem)
        assert judged == pytest.approx(path.dual_gaps[k], abs=1e-9 * scale)
        value, best = (objective(X, y, p.coefs[:, k], p.intercepts[k], alpha, **given) for p in (path, expected))
        assert value - best <= path.dual_gaps[k] + 1e-10 * scale
    np.testing.assert_allclose(path.r2, expected.r2, atol=1e-4)


def test_scikit_learn_finds_the_same_coefficients():
    X, y = make_data(2)
    alpha = 0.1 * alpha_max(X, y)
    path = fit_path(aslinearoperator(X), y, alphas=[alpha], tol=1e-12)
    theirs = TheirLasso(alpha=alpha, tol=1e-12, max_iter=100_000).fit(X, y)
    np.testing.assert_allclose(path.coefs[:, 0], theirs.coef_, atol=1e-6)
    assert path.intercepts[0] == pytest.approx(theirs.intercept_, abs=1e-5)


def test_few_columns_are_fetched_once_and_no_matrix_is_formed():
    n_samples, n_features = 300, 200_000
    rng = np.random.default_rng(3)
    kernel = np.fft.rfft(np.exp(-np.arange(n_features) / 50.0))
    kept = np.sort(rng.choice(n_features, n_samples, replace=False))

    def smooth(v):
        return np.fft.irfft(kernel * np.fft.rfft(v), n_features)[kept]

    def adjoint(u):
        spread = np.zeros(n_features)
        spread[kept] = u
        return np.fft.irfft(np.conj(kernel) * np.fft.rfft(spread), n_features)

    X = LinearOperator((n_samples, n_features), matvec=smooth, rmatvec=adjoint, dtype=np.float64)
    truth = np.zeros(n_features)
    truth[rng.choice(n_features, 5, replace=False)] = 10.0
    y = smooth(truth) + 0.01 * rng.standard_normal(n_samples)
    tracemalloc.start()
    path = fit_path(X, y, alphas=8, eps=0.1)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert path.converged.all() and 0 < path.n_nonzero[-1] < n_samples
    assert peak < 8 * n_samples * n_features / 4
    np.testing.assert_allclose(path.predict(X, alpha=path.alphas[-1]), smooth(path.coefs_sparse[:, [-1]].toarray()[
        :, 0]) + path.intercepts[-1])
    judged = duality_gap(X, y, path.coefs_sparse[:, [-1]].toarray()[:, 0], alpha=path.alphas[-1])
    assert judged == pytest.approx(path.dual_gaps[-1], rel=1e-6, abs=1e-12 * y.var())


def test_an_alpha_takes_about_one_product_and_columns_that_enter():
    X, y = make_data(4, 100, 600)
    X = Counting(X)
    path = fit_path(X, y, alphas=50, eps=1e-2)
    assert len(set(X.fetched)) == len(X.fetched) <= 2 * path.n_nonzero.max()
    assert X.n_products <= 2 * len(path)
    assert path.info["n_working"][-1] == len(X.fetched) and set(path.info["method"]) <= {"working_set", "descent"}
    assert path.info["n_scanned"].sum() <= 600 * X.n_products


def test_predictions_scores_and_files_take_the_operator():
    X, y = make_data(5)
    design = Counting(X)
    path = fit_path(design, y, alphas=6, eps=0.05)
    np.testing.assert_allclose(path.predict(design), path.predict(X))
    alpha = 0.5 * (path.alphas[2] + path.alphas[3])
    np.testing.assert_allclose(path.predict(aslinearoperator(X), alpha=alpha), path.predict(X, alpha=alpha))
    assert path.score(design, y, alpha=alpha) == pytest.approx(path.score(X, y, alpha=alpha), rel=1e-12)
    np.testing.assert_allclose(path.score(design, y), path.r2, atol=1e-12)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(path)).coefs, path.coefs)
    np.testing.assert_allclose(path.information_criterion("bic"), path.information_criterion("bic", X=X), rtol=1e-9)
    assert "Converged." in path.report()
    with pytest.raises(ValueError, match="fitted on 150 features"):
        path.predict(aslinearoperator(X[:, :3]))


@pytest.mark.parametrize("relax", [0.0, 0.4])
def test_a_relaxed_path_is_that_of_the_matrix(relax):
    X, y = make_data(6)
    options = {"alphas": 10, "eps": 0.05, "tol": 1e-9, "relax": relax, "penalty_factor": np.r_[0.0, np.ones(149)]}
    path, expected = fit_path(aslinearoperator(X), y, **options), fit_path(X, y, **options)
    np.testing.assert_allclose(path.coefs, expected.coefs, atol=1e-4)
    np.testing.assert_allclose(path.r2, expected.r2, atol=1e-6)
    assert path.refit_gaps.max() < 1e-9 * y.var()


@pytest.mark.parametrize("option", [name for name in OPTIONS if name not in ("all free", "start", "descent")])
def test_alpha_max_and_gaps_are_those_of_the_matrix(option):
    X, y = make_data(7)
    options = OPTIONS[option](*X.shape)
    design, rng = aslinearoperator(X), np.random.default_rng(8)
    assert alpha_max(design, y, **options) == pytest.approx(alpha_max(X, y, **options), rel=1e-10)
    w = np.abs(rng.standard_normal(150)) * (rng.random(150) < 0.1) * 0.1
    w[2] = 0.0
    for intercept in (None, 0.3):
        expected = duality_gap(X, y, w, alpha=0.2, intercept=intercept, **options)
        assert duality_gap(design, y, w, alpha=0.2, intercept=intercept, **options) == pytest.approx(expected, rel=1e-9)
    outside = duality_gap(design, y, np.full(150, -5.0), alpha=0.2, bounds=(-1.0, 1.0))
    assert outside == np.inf


def test_dependent_unpenalised_columns_get_minimum_norm():
    X, y = make_data(9)
    X[:, 1] = 2.0 * X[:, 0]
    options = {"alphas": [0.5], "penalty_factor": np.r_[0.0, 0.0, np.ones(148)], "tol": 1e-10}
    path, expected = fit_path(aslinearoperator(X), y, **options), fit_path(X, y, **options)
    np.testing.assert_allclose(path.coefs, expected.coefs, atol=1e-5)
    assert path.converged.all()
    started = fit_path(aslinearoperator(X), y, coef_init=np.ones(150), **options)
    np.testing.assert_allclose(started.coefs, expected.coefs, atol=1e-5)
    given = np.r_[1.0, 2.0, 0.1, np.zeros(147)]
    factor = options["penalty_factor"]
    assert duality_gap(aslinearoperator(X), y, given, alpha=0.5, penalty_factor=factor) == pytest.approx(
        duality_gap(X, y, given, alpha=0.5, penalty_factor=factor), rel=1e-8)


def test_a_constant_column_without_a_penalty_does_nothing():
    X, y = make_data(18)
    X[:, 2] = 0.1
    options = {"alphas": 6, "eps": 0.1, "penalty_factor": np.r_[0.0, 1.0, 0.0, np.ones(147)], "tol": 1e-8}
    path, expected = fit_path(aslinearoperator(X), y, **options), fit_path(X, y, **options)
    np.testing.assert_allclose(path.coefs, expected.coefs, atol=1e-3)
    assert path.converged.all() and alpha_max(aslinearoperator(X), y, penalty_factor=options["penalty_factor"]) == (
        pytest.approx(path.alphas[0], rel=1e-9))


def test_paths_end_where_they_are_told_to():
    X, y = make_data(10)
    design = aslinearoperator(X)
    assert fit_path(design, y, max_active=5).stopped == "max_active"
    assert len(fit_path(design, y, time_limit=0.0)) == 1
    seen = []
    path = fit_path(design, y, callback=lambda level: seen.append(level.alpha) or len(seen) == 3)
    assert path.stopped == "callback" and seen == path.alphas.tolist()
    with pytest.warns(ConvergenceWarning, match="did not converge"):
        path = fit_path(design, y, alphas=[0.01], solver="cd", max_iter=1, tol=1e-10)
    assert not path.converged.any() and path.dual_gaps[0] == pytest.approx(
        duality_gap(X, y, path.coefs[:, 0], alpha=0.01), rel=1e-6)


def test_degenerate_targets_and_shapes():
    X, y = make_data(11)
    design = aslinearoperator(X)
    assert not fit_path(design, np.full(60, 7.0), alphas=3).coefs.any()
    assert fit_path(design, y, alphas=[1e9]).n_nonzero.tolist() == [0]
    assert not fit_path(design, y, alphas=[1.0], penalty_factor=np.full(150, np.inf)).coefs.any()
    one = fit_path(aslinearoperator(X[:, :1]), y, alphas=[0.1], tol=1e-12)
    np.testing.assert_allclose(one.coefs, fit_path(X[:, :1], y, alphas=[0.1], tol=1e-12).coefs, rtol=1e-6)
    constant = X.copy()
    constant[:, 3] = 5.0
    path = fit_path(aslinearoperator(constant), y, alphas=10, standardize=True)
    assert path.converged.all() and not path.coefs[3].any()


def test_float32_operators_are_accurate_enough():
    X, y = make_data(12)
    design = aslinearoperator(X.astype(np.float32))
    path = fit_path(design, y, alphas=10, eps=0.05)
    assert path.converged.all() and path.coefs.dtype == np.float64
    assert duality_gap(X.astype(np.float32).astype(float), y, path.coefs[:, -1], alpha=path.alphas[-1]) <= (
        1.1 * path.gap_tol)


def test_variances_may_be_given(monkeypatch):
    X, y = make_data(13)
    weights = np.linspace(0.5, 2.0, 60)

    class Measured(Counting):
        def variances(self, sample_weight):
            centred = self.X - np.average(self.X, axis=0, weights=sample_weight)
            return np.average(centred**2, axis=0, weights=sample_weight)

    given, counting = Measured(X), Counting(X)
    options = {"alphas": 8, "eps": 0.1, "standardize": True, "sample_weight": weights, "tol": 1e-11}
    monkeypatch.setattr(operator, "BLOCK_NUMBERS", 600)         # blocks of ten columns
    path, expected = fit_path(given, y, **options), fit_path(counting, y, **options)
    np.testing.assert_allclose(path.coefs, expected.coefs, atol=1e-9)
    assert len(given.fetched) < 150 <= len(counting.fetched)


def broken(**methods):
    """An operator of a small matrix with other methods."""
    X, _ = make_data(14)
    design = Counting(X)
    for name, value in methods.items():
        setattr(design, name, value)
    return design


HOSTILE = {
    "products of another length": (lambda X: {"rmatvec": lambda u: np.zeros(3)}, "rmatvec of X .* shape .3,."),
    "a product of another length": (lambda X: {"matvec": lambda v: np.zeros((2, 2))}, "matvec of X .* shape .2, 2."),
    "NaN": (lambda X: {"rmatvec": lambda u: np.full(150, np.nan)}, "rmatvec of X .* returned NaN"),
    "infinite columns": (lambda X: {"columns": lambda k: np.full((60, len(k)), np.inf)},
                         "columns of X .* returned infinity in column"),
    "text": (lambda X: {"matvec": lambda v: "no"}, "it must return real numbers"),
    "complex products": (lambda X: {"matvec": lambda v: 1j * (X @ v)}, "must return real numbers"),
    "a complex type": (lambda X: {"dtype": np.dtype(complex)}, "must be real"),
    "a shape of three": (lambda X: {"shape": (1, 2, 3)}, "X.shape"),
    "no samples": (lambda X: {"shape": (0, 150)}, "0 sample"),
    "another adjoint": (lambda X: {"rmatvec": lambda u: 2.0 * (X.T @ u)}, "not those of one matrix"),
    "other columns": (lambda X: {"columns": lambda k: X[:, (k + 1) % 150]}, "rmatvec of X .* product of column"),
    "variances below 0": (lambda X: {"variances": lambda s: np.full(150, -1.0)}, "no variance is negative"),
    "huge columns": (lambda X: {"X": 1e200 * X}, "over- or underflow"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_operators_are_refused_by_name(case):
    X, y = make_data(14)
    methods, message = HOSTILE[case]
    with pytest.raises(ValueError, match=message):
        fit_path(broken(**methods(X)), y, alphas=5, standardize=case == "variances below 0")


def test_errors_and_interrupts_of_an_operator_reach_the_caller():
    X, y = make_data(15)

    class Failing(Counting):
        action = staticmethod(lambda: 1 / 0)

        def rmatvec(self, u):
            if self.n_products == 4:
                self.action()
            return super().rmatvec(u)

    with pytest.raises(ZeroDivisionError) as caught:
        fit_path(Failing(X), y)
    assert "rmatvec" in [entry.name for entry in caught.traceback]
    Failing.action = staticmethod(lambda: signal.raise_signal(signal.SIGINT))
    with pytest.raises(KeyboardInterrupt):
        fit_path(Failing(X), y)


REFUSED = {
    "alpha = 0": {"alphas": [1.0, 0.0]}, "ridge": {"l1_ratio": 0.0, "alphas": [1.0]}, "ridge grid": {"l1_ratio": 0.0},
    "groups": {"groups": [0] * 150}, "history": {"history": True}, "no penalty": {"penalty_factor": np.zeros(150)},
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_needs_all_columns_is_refused(case):
    X, y = make_data(16)
    with pytest.raises(ValueError, match="memory|penalty_factor is 0"):
        fit_path(aslinearoperator(X), y, **REFUSED[case])


ELSEWHERE = {
    "Lasso": lambda X, y: lassocore.Lasso().fit(X, y),
    "LassoCV": lambda X, y: lassocore.LassoCV().fit(X, y),
    "LassoIC": lambda X, y: lassocore.LassoIC().fit(X, y),
    "AdaptiveLasso": lambda X, y: lassocore.AdaptiveLasso().fit(X, y),
    "MultiTaskLasso": lambda X, y: lassocore.MultiTaskLasso().fit(X, y[:, None]),
    "fit_many": lambda X, y: lassocore.fit_many(X, y[:, None]),
    "fit_multi_task_path": lambda X, y: lassocore.fit_multi_task_path(X, y[:, None]),
    "fit_constrained": lambda X, y: lassocore.fit_constrained(X, y, 1.0),
    "prepare": lambda X, y: lassocore.prepare(X),
    "LassoSolver": lambda X, y: lassocore.LassoSolver(X),
    "report": lambda X, y: fit_path(X, y, alphas=2).report(X),
    "criterion": lambda X, y: fit_path(X, y, alphas=2).information_criterion(X=X),
    "estimator's predictions": lambda X, y: lassocore.Lasso().fit(X @ np.eye(150), y).predict(X),
}


@pytest.mark.parametrize("case", ELSEWHERE)
def test_other_functions_ask_for_a_matrix(case):
    X, y = make_data(17)
    with pytest.raises(TypeError, match="known by its products alone.*pass a matrix"):
        ELSEWHERE[case](aslinearoperator(X), y)
