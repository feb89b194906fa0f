# Lives here: targets that must not use some columns, against single fits. Independent of: kernels.
"""fit_many(exclude=...): nodewise regressions, equal to fits with infinite penalty factors and to smaller matrices."""
import pickle

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.linear_model import Lasso as TheirLasso

from lassocore import duality_gap, fit_many, fit_path, prepare

STORAGES = {
    "F": np.asfortranarray, "C": np.ascontiguousarray, "sparse": sp.csc_array, "prepared": prepare,
    "float32": lambda X: np.asfortranarray(X, np.float32),
}
OPTIONS = {
    "one": {"alphas": [0.1]}, "grid": {"alphas": 5, "eps": 0.05}, "least squares": {"alphas": [0.1, 0.0]},
    "net": {"alphas": [0.3, 0.05], "l1_ratio": 0.5}, "standardize": {"alphas": [0.1], "standardize": True},
    "bounds": {"alphas": [0.05], "bounds": (-0.3, 0.4)}, "positive": {"alphas": [0.05], "positive": True},
    "raw": {"alphas": [0.1], "fit_intercept": False}, "start": {"alphas": [0.1], "coef_init": np.ones(20)},
    "free": {"alphas": [0.1], "penalty_factor": np.r_[0.0, 0.0, np.inf, np.linspace(0.5, 2.0, 17)]},
    "weights": {"alphas": [0.1], "sample_weight": np.linspace(0.5, 2.0, 80)},
    "own weights": {"alphas": [0.1], "sample_weight": np.random.default_rng(0).integers(0, 3, (80, 20))},
    "limited": {"alphas": 5, "eps": 0.05, "max_active": 3},
    "cd": {"alphas": [0.1], "solver": "cd"}, "set": {"alphas": [0.1, 0.05], "solver": "working_set"},
}


def make_chain(seed, n_samples=80, n_features=20):
    """Columns that depend on their neighbours."""
    X = np.random.default_rng(seed).standard_normal((n_samples, n_features)) + 0.5
    X[:, 1:] += 0.6 * X[:, :-1]
    return X


@pytest.mark.parametrize("storage", STORAGES)
@pytest.mark.parametrize("option", OPTIONS)
def test_nodes_are_fits_with_infinite_factors(storage, option):
    X = make_chain(1)
    design, options = STORAGES[storage](X), dict(OPTIONS[option])
    is_single = storage == "float32"
    tol = 1e-5 if is_single else 1e-9
    many = fit_many(design, X, exclude=range(20), tol=tol, **options)
    factor, weights = options.pop("penalty_factor", np.ones(20)), options.pop("sample_weight", None)
    for k, path in enumerate(many):
        own = np.where(np.arange(20) == k, np.inf, factor)
        s = None if weights is None else weights if weights.ndim == 1 else weights[:, k]
        alone = fit_path(design, X[:, k], penalty_factor=own, sample_weight=s, tol=tol, **options)
        np.testing.assert_allclose(path.alphas, alone.alphas, rtol=1e-5 if is_single else 1e-9)
        np.testing.assert_allclose(path.coefs, alone.coefs, atol=0.02 if is_single else 1e-4)
        assert path.stopped == alone.stopped and not path.coefs[k].any()
        if option in ("one", "net", "bounds", "raw") and not is_single:
            judged = duality_gap(X, X[:, k], path.coefs[:, -1], alpha=path.alphas[-1], penalty_factor=own, **{
                name: value for name, value in options.items() if name != "alphas"})
            assert judged == pytest.approx(path.dual_gaps[-1], abs=1e-10)
    assert many.converged.all() or option == "limited"


def test_nodes_are_lassos_over_the_other_columns():
    X = make_chain(2, 300, 30)
    many = fit_many(X, X, alphas=[0.05], exclude=np.arange(30), tol=1e-12)
    for k in (0, 13, 29):
        theirs = TheirLasso(alpha=0.05, tol=1e-12, max_iter=100_000).fit(np.delete(X, k, axis=1), X[:, k])
        np.testing.assert_allclose(np.delete(many.coefs[k, :, 0], k), theirs.coef_, atol=1e-6)


@pytest.mark.parametrize("shape", [(200, 30), (40, 120)])
def test_targets_may_exclude_several_columns_or_none(shape):
    X = make_chain(3, *shape)
    Y = X[:, :4] + X[:, 5:9]
    lists = [[0, 5], [], [2], np.array([3, 8])]
    many = fit_many(X, Y, alphas=6, eps=0.1, exclude=lists, tol=1e-9)
    free = fit_many(X, Y, alphas=6, eps=0.1, tol=1e-9)
    np.testing.assert_allclose(many.coefs[1], free.coefs[1], atol=1e-6)
    for k, columns in enumerate(lists):
        columns = np.asarray(columns, int)
        kept = np.setdiff1d(np.arange(shape[1]), columns)
        alone = fit_path(X[:, kept], Y[:, k], alphas=many.alphas[k], tol=1e-9)
        np.testing.assert_allclose(many.coefs[k][kept], alone.coefs, atol=1e-4)
        assert not many.coefs[k][columns].any() and many[k].info["n_nonzero"].tolist() == many.n_nonzero[k].tolist()


def test_unpenalised_columns_may_be_excluded():
    X = make_chain(4)
    X[:, 1] = 2.0 * X[:, 0]                 # two of them are one
    factor = np.r_[0.0, 0.0, np.ones(18)]
    many = fit_many(X, X[:, [5, 6, 7]], alphas=[0.1], penalty_factor=factor, exclude=[0, [0, 1], 7], tol=1e-10)
    for k, columns in enumerate(([0], [0, 1], [7])):
        own = factor.copy()
        own[columns] = np.inf
        alone = fit_path(X, X[:, 5 + k], alphas=[0.1], penalty_factor=own, tol=1e-10)
        np.testing.assert_allclose(many.coefs[k], alone.coefs, atol=1e-5)


def test_columns_out_of_range_exclude_themselves_too():
    X = make_chain(5)
    X[:, 6] *= 1e200
    many = fit_many(X, X[:, :6], alphas=[1e-3], exclude=range(6), standardize=True)
    assert many.converged.all()
    own = np.where(np.arange(20) == 2, np.inf, 1.0)
    alone = fit_path(X, X[:, 2], alphas=[1e-3], standardize=True, penalty_factor=own)
    np.testing.assert_allclose(many[2].predict(X), alone.predict(X), rtol=0.05, atol=0.05)


def test_results_do_not_depend_on_threads_and_know_their_features():
    X = make_chain(6)
    one, three = (fit_many(X, X, alphas=4, eps=0.1, exclude=range(20), n_threads=n) for n in (1, 3))
    assert one.coefs.tobytes() == three.coefs.tobytes() and one.dual_gaps.tobytes() == three.dual_gaps.tobytes()
    assert 7 not in one[7].sample.features and len(one[7].sample.features) == 19
    again = pickle.loads(pickle.dumps(one))
    np.testing.assert_array_equal(again[7].information_criterion("ebic"), one[7].information_criterion("ebic"))


REFUSED = {
    "too few": [0, 1], "a number": 3, "text": "ab", "out of range": [0, 1, 20], "negative": [0, 1, -1],
    "fractions": [0, 1, 2.5], "names": ["a", "b", "c"], "nested": [0, 1, [[2]]], "flags": [True, False, True],
}


@pytest.mark.parametrize("case", REFUSED)
def test_wrong_columns_are_refused(case):
    X = make_chain(7)
    with pytest.raises(ValueError, match=r"exclude(\[\d\])?=.* must"):
        fit_many(X, X[:, :3], exclude=REFUSED[case])
