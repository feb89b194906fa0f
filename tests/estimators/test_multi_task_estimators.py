# Lives here: the multi-task estimators against scikit-learn's. Independent of: kernels.
"""MultiTaskLasso and MultiTaskElasticNet: scikit-learn's conventions, parameters and attributes."""
import pickle

import numpy as np
import pytest
import scipy.sparse as sp
import sklearn
import sklearn.linear_model as sk
from oracles.reference_multi_task import make_tasks, task_objective
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.estimator_checks import parametrize_with_checks
from sklearn.utils.fixes import parse_version

from lassocore import MultiTaskElasticNet, MultiTaskLasso

NEW = parse_version(sklearn.__version__) >= parse_version("1.9")      # weights and sparse X in scikit-learn's own


@parametrize_with_checks([
    MultiTaskLasso(), MultiTaskElasticNet(), MultiTaskElasticNet(selection="random", warm_start=True),
    MultiTaskLasso(alpha=0.01, standardize=True, selection="shuffled"),
])
def test_scikit_learn_conventions(estimator, check):
    check(estimator)


@pytest.mark.parametrize("l1_ratio", [1.0, 0.5])
@pytest.mark.parametrize("options", [{}, {"fit_intercept": False}, {"selection": "random", "random_state": 3}])
@pytest.mark.parametrize("weighted", [False, pytest.param(True, marks=pytest.mark.skipif(
    not NEW, reason="scikit-learn below 1.9 has no sample_weight here"))])
@pytest.mark.parametrize("storage", [np.asfortranarray, np.ascontiguousarray, sp.csc_matrix, sp.csr_array])
def test_agrees_with_scikit_learn(l1_ratio, options, weighted, storage):
    X, Y, rng = make_tasks(0, 60, 12, 3, density=0.5)
    s = rng.random(60) if weighted else None
    theirs = {} if s is None else {"sample_weight": s}
    model = MultiTaskElasticNet(alpha=0.1, l1_ratio=l1_ratio, tol=1e-11, **options).fit(storage(X), Y, sample_weight=s)
    peer = sk.MultiTaskElasticNet(alpha=0.1, l1_ratio=l1_ratio, tol=1e-11, max_iter=10**5, **options)
    peer.fit(X.copy(), Y.copy(), **theirs)              # it may scale them in place
    np.testing.assert_allclose(model.coef_, peer.coef_, atol=1e-4)
    np.testing.assert_allclose(model.intercept_, peer.intercept_, atol=1e-4)
    ours, best = (task_objective(X, Y, m.coef_, m.intercept_, 0.1, l1_ratio=l1_ratio, sample_weight=s)
                  for m in (model, peer))
    assert ours <= best + 1e-9
    assert model.dual_gap_ <= model.eps_ / 60
    if NEW:
        assert model.eps_ == pytest.approx(peer.eps_, rel=1e-6)


def test_attributes():
    X, Y, _ = make_tasks(1, 40, 10, 3)
    model = MultiTaskLasso(alpha=0.5).fit(X, Y)
    peer = sk.MultiTaskLasso(alpha=0.5).fit(X, Y)
    assert model.coef_.shape == (3, 10) and model.intercept_.shape == (3,) and isinstance(model.n_iter_, int)
    assert model.n_iter_ >= 1 and model.dual_gap_ >= 0 and model.n_features_in_ == 10
    assert (model.sparse_coef_.toarray() == model.coef_).all()
    assert model.score(X, Y) == pytest.approx(peer.score(X, Y), abs=1e-3)
    assert model.predict(X).shape == (40, 3)
    assert MultiTaskLasso(fit_intercept=False).fit(X, Y).intercept_ == 0.0
    single = MultiTaskLasso(alpha=0.5).fit(X.astype(np.float32), Y)
    assert single.coef_.dtype == single.intercept_.dtype == np.float32
    assert (pickle.loads(pickle.dumps(model)).coef_ == model.coef_).all()
    assert "l1_ratio" not in MultiTaskLasso().get_params() and "bounds" not in MultiTaskElasticNet().get_params()


def test_parameters_are_scikit_learns():
    for ours, theirs in ((MultiTaskLasso, sk.MultiTaskLasso), (MultiTaskElasticNet, sk.MultiTaskElasticNet)):
        assert theirs().get_params().items() <= ours().get_params().items()


def test_penalty_factor_and_standardize():
    X, Y, _ = make_tasks(2, 60, 8, 3)
    factor = np.array([0.0, np.inf, 1.0, 2.0, 1.0, 1.0, 1.0, 0.5])
    model = MultiTaskElasticNet(alpha=100.0, penalty_factor=factor).fit(X, Y)
    assert model.coef_[:, 0].all() and not model.coef_[:, 1:].any()
    sizes = X.std(axis=0)
    scaled = MultiTaskLasso(alpha=0.1, standardize=True, tol=1e-10).fit(X, Y)
    by_hand = MultiTaskLasso(alpha=0.1, tol=1e-10).fit(X / sizes, Y)
    np.testing.assert_allclose(scaled.coef_, by_hand.coef_ / sizes, atol=1e-5)


def test_warm_start():
    X, Y, _ = make_tasks(3, 40, 60, 3)
    model = MultiTaskLasso(alpha=0.05, warm_start=True, tol=1e-8).fit(X, Y)
    first = model.n_iter_
    model.fit(X, Y)
    assert model.n_iter_ <= 3 < first
    assert clone(model).set_params(warm_start=False).fit(X, Y).n_iter_ == first
    model.fit(X[:, :7], Y[:, :2])
    assert model.coef_.shape == (2, 7)


def test_not_converged():
    X, Y, _ = make_tasks(4, 40, 60, 3)
    with pytest.warns(ConvergenceWarning, match="duality gap"):
        model = MultiTaskLasso(alpha=1e-3, max_iter=1, tol=1e-10).fit(X, Y)
    assert model.n_iter_ == 1 and np.isfinite(model.coef_).all() and model.dual_gap_ > model.eps_ / 40


@pytest.mark.parametrize("model, change, message", [
    (MultiTaskLasso(), {"y": 0}, "For mono-task outputs, use Lasso"),
    (MultiTaskElasticNet(), {"y": 0}, "For mono-task outputs, use ElasticNet"),
    (MultiTaskLasso(alpha=-1), {}, "alpha=-1"), (MultiTaskElasticNet(l1_ratio=2), {}, "l1_ratio=2"),
    (MultiTaskLasso(tol=-1), {}, "tol=-1"), (MultiTaskLasso(max_iter=0), {}, "max_iter=0"),
    (MultiTaskLasso(selection="best"), {}, "selection='best'"),
    (MultiTaskLasso(), {"sample_weight": np.zeros(20)}, "zero for all samples"),
])
def test_refusals(model, change, message):
    X, Y, _ = make_tasks(5, 20, 4, 2)
    change = {"y": Y, **change}
    change["y"] = Y[:, 0] if np.ndim(change["y"]) == 0 else change["y"]
    with pytest.raises(ValueError, match=message):
        model.fit(X, **change)
