# Lives here: fits to a prepared X are those to X itself. Independent of: kernels.
"""`prepare`: equal results, less work, and every way in which a prepared X may be used."""
import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from lassocore import (
    Lasso,
    LassoSolver,
    PreparedDesign,
    alpha_max,
    duality_gap,
    fit_constrained,
    fit_many,
    fit_multi_task_path,
    fit_path,
    prepare,
)
from lassocore.designs.design import DenseDesign

STORAGES = {
    "F order": np.asfortranarray, "C order": np.ascontiguousarray, "float32": lambda X: X.astype(np.float32),
    "CSC": sp.csc_array, "CSR": sp.csr_array, "list": lambda X: X.tolist(),
    "frame": lambda X: pd.DataFrame(X, columns=[f"c{j}" for j in range(X.shape[1])])}


def make(seed=0, n_samples=60, n_features=12):
    rng = np.random.default_rng(seed)
    X = np.where(rng.random((n_samples, n_features)) < 0.7, rng.standard_normal((n_samples, n_features)), 0.0) + 0.3
    return X, X[:, :3] @ [2.0, -1.0, 0.5] + rng.standard_normal(n_samples), rng.uniform(0.1, 3.0, n_samples)


@pytest.mark.parametrize("storage", STORAGES)
@pytest.mark.parametrize("options", [
    {}, {"fit_intercept": False}, {"standardize": True}, {"standardize": True, "fit_intercept": False},
    {"penalty_factor": [0.0, 1.0, np.inf] * 4}, {"bounds": (-0.3, 1.0)}, {"l1_ratio": 0.5}, {"relax": 0.5},
    {"offset": np.linspace(0.0, 1.0, 60)}, {"solver": "cd"}, {"solver": "working_set"}, {"groups": [0, 1, 2] * 4}],
    ids=lambda options: " ".join(options) or "plain")
def test_paths_are_those_of_X(storage, options):
    X, y, _ = make()
    X, tol = STORAGES[storage](X), 1e-4 if storage == "float32" else 1e-10
    if storage == "float32" and options.get("solver") == "working_set" or (
            storage == "float32" and "penalty_factor" in options):
        tol = 1e-3
    expected = fit_path(X, y, alphas=8, tol=tol, **options)
    prepared = prepare(X)
    for _ in range(2):              # the second fit finds what the first has kept
        found = fit_path(prepared, y, alphas=8, tol=tol, **options)
        np.testing.assert_allclose(found.alphas, expected.alphas, rtol=1e-6)
        np.testing.assert_allclose(found.coefs, expected.coefs, atol=0.05 if storage == "float32" else 1e-5)
        assert found.converged.all() and found.feature_names == expected.feature_names
        np.testing.assert_allclose(found.r2, expected.r2, atol=1e-3 if storage == "float32" else 1e-8)


def test_weights_are_those_of_the_preparation_unless_others_are_given():
    X, y, s = make()
    prepared = prepare(X, sample_weight=7.0 * s)
    weighted = fit_path(X, y, alphas=6, sample_weight=7.0 * s, tol=1e-10)
    found = fit_path(prepared, y, alphas=6, tol=1e-10)
    np.testing.assert_allclose(found.coefs, weighted.coefs, atol=1e-7)
    np.testing.assert_allclose(found.information_criterion("bic"), weighted.information_criterion("bic"), rtol=1e-9)
    others = fit_path(prepared, y, alphas=6, sample_weight=np.ones(60), tol=1e-10)
    np.testing.assert_allclose(others.coefs, fit_path(X, y, alphas=6, tol=1e-10).coefs, atol=1e-7)


def test_functions_that_take_X_take_a_prepared_one():
    X, y, _ = make()
    prepared, Y = prepare(X), np.column_stack([y, -y[::-1]])
    assert alpha_max(prepared, y) == pytest.approx(alpha_max(X, y), rel=1e-12)
    coef = Lasso(0.1).fit(X, y).coef_
    assert duality_gap(prepared, y, coef, alpha=0.1) == pytest.approx(duality_gap(X, y, coef, alpha=0.1), abs=1e-12)
    for fit, options in ((fit_many, {"alphas": [0.1]}), (fit_multi_task_path, {"alphas": [0.1]})):
        np.testing.assert_allclose(fit(prepared, Y, tol=1e-10, **options).coefs, fit(X, Y, tol=1e-10, **options).coefs,
                                   atol=1e-7)
    np.testing.assert_allclose(fit_constrained(prepared, y, t=1.0).coef, fit_constrained(X, y, t=1.0).coef, atol=1e-6)


def test_every_function_uses_the_weights_of_the_preparation():
    X, y, s = make()
    prepared, Y, tight = prepare(X, sample_weight=7.0 * s), np.column_stack([y, -y[::-1]]), {"tol": 1e-10}
    groups = np.arange(12) % 4
    for use in (
            lambda X, **w: fit_path(X, y, alphas=[0.1], groups=groups, **tight, **w).coefs,
            lambda X, **w: alpha_max(X, y, groups=groups, **w), lambda X, **w: alpha_max(X, y, **w),
            lambda X, **w: duality_gap(X, y, np.ones(12), alpha=0.1, **w),
            lambda X, **w: fit_many(X, Y, alphas=[0.1], **tight, **w).coefs,
            lambda X, **w: fit_many(X, np.ldexp(Y, 600), alphas=[0.0], **tight, **w).coefs * 2.0**-600,
            lambda X, **w: fit_multi_task_path(X, Y, alphas=[0.1], **tight, **w).coefs,
            lambda X, **w: fit_constrained(X, y, t=1.0, **w).coef,
            lambda X, **w: LassoSolver(X, **w).solve(y, 0.1).coef):
        expected = use(X, sample_weight=7.0 * s)
        np.testing.assert_allclose(use(prepared), expected, atol=1e-5)
        np.testing.assert_allclose(use(prepare(prepared)), expected, atol=1e-5)
        assert np.max(abs(use(X) - expected)) > 1e-3          # the weights matter
    single = prepare(X.astype(np.float32), sample_weight=s)
    np.testing.assert_allclose(fit_many(single, np.ldexp(Y, 600), alphas=[0.0], **tight).coefs * 2.0**-600, fit_many(
        X.astype(np.float32), np.ldexp(Y, 600), alphas=[0.0], sample_weight=s, **tight).coefs * 2.0**-600, atol=1e-5)


def test_gram_matrix_is_formed_once(monkeypatch):
    X, y, _ = make(n_samples=400, n_features=80)
    formed = []
    original = DenseDesign.gram_of_all
    monkeypatch.setattr(DenseDesign, "gram_of_all", lambda self, pool: formed.append(1) or original(self, pool))
    prepared = prepare(X)
    for k in range(3):
        path = fit_path(prepared, np.roll(y, k), alphas=5)
        assert set(path.info["method"]) == {"gram"}
    assert fit_path(prepared, y, alphas=[0.1]).info["method"].tolist() == ["gram"]      # a single fit uses it, too
    fit_path(prepared, y, alphas=3, penalty_factor=np.r_[np.inf, np.ones(79)])
    assert len(formed) == 1
    fit_path(prepared, y, alphas=5, fit_intercept=False)
    assert len(formed) == 2


def test_neither_X_nor_the_kept_gram_matrix_changes():
    X, y, _ = make(n_samples=100, n_features=30)
    X.flags.writeable = False
    before, prepared = X.copy(), prepare(X)
    fit_path(prepared, y)
    gram = prepared.design(True).kept_gram.copy()
    fit_path(prepared, y[::-1].copy(), l1_ratio=0.5, bounds=(-1.0, 1.0))
    fit_many(prepared, np.column_stack([y, y**2]))
    np.testing.assert_array_equal(X, before)
    np.testing.assert_array_equal(prepared.design(True).kept_gram, gram)
    centred = X - X.mean(axis=0)
    np.testing.assert_allclose(gram, centred.T @ centred, atol=1e-10)


def test_it_has_the_shape_of_X_and_can_be_pickled():
    X, y, s = make()
    frame = pd.DataFrame(X).add_prefix("f")
    prepared = pickle.loads(pickle.dumps(prepare(frame, sample_weight=s)))
    assert isinstance(prepared, PreparedDesign) and prepared.shape == (60, 12) and prepared.dtype == np.float64
    assert repr(prepared) == "<PreparedDesign: 60 samples, 12 features, weighted>"
    path = fit_path(prepared, y, alphas=4)
    assert path.feature_names == tuple(frame.columns)
    np.testing.assert_allclose(path.coefs, fit_path(X, y, alphas=4, sample_weight=s).coefs, atol=1e-3)


@pytest.mark.parametrize("power", [600, -600])
def test_numbers_whose_squares_over_or_underflow(power):
    X, y, _ = make()
    scaled = np.ldexp(X, power)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found, expected = (fit_path(x, y, alphas=4) for x in (prepare(scaled), scaled))
    np.testing.assert_array_equal(found.coefs, expected.coefs)
    assert (found.n_nonzero > 0).any()


@pytest.mark.parametrize("X, words", [
    (np.full((3, 2), np.nan), "NaN"), (np.ones((0, 2)), "0 sample"), (np.ones((3, 0)), "0 feature"),
    ([["a"], ["b"]], "no number"), (np.ones((2, 2)) * 1j, "(?i)complex")])
def test_faults_are_found_when_X_is_prepared(X, words):
    with pytest.raises(ValueError, match=words):
        prepare(X)


def test_arguments_of_fits_are_checked_as_always():
    X, y, _ = make()
    prepared = prepare(X)
    for arguments, options, words in (
            ((prepared, y[:-1]), {}, "inconsistent length"), ((prepared, y), {"fit_intercept": "no"}, "fit_intercept"),
            ((prepared, np.full(60, np.nan)), {}, "NaN"), ((prepared, y), {"sample_weight": -np.ones(60)}, "negative")):
        with pytest.raises(ValueError, match=words):
            fit_path(*arguments, **options)
