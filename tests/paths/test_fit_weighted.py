# Lives here: targets with sample weights of their own against single fits. Independent of: kernels.
"""fit_many with a column of weights for each target: equal to a loop, and to repeated rows."""
import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from oracles.reference import dense, objective
from sklearn.linear_model import Lasso as TheirLasso

from lassocore import fit_many, fit_path, prepare
from lassocore.paths import fit_weighted

N_TARGETS = 5


def make_data(seed, n_samples=70, n_features=20):
    """(X, Y, weights): bootstrap counts, fractions, all rows but one."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n_samples, n_features)) + 1.0
    Y = X @ rng.standard_normal((n_features, N_TARGETS)) + rng.standard_normal((n_samples, N_TARGETS))
    weights = rng.multinomial(n_samples, np.full(n_samples, 1.0 / n_samples), size=N_TARGETS).T.astype(float)
    weights[:, 1] = rng.uniform(0.5, 3.0, n_samples)
    weights[:, 2] = 1.0
    weights[7, 2] = 0.0
    return X, Y, weights


STORAGES = {
    "F": np.asfortranarray, "C": np.ascontiguousarray, "sparse": sp.csc_array,
    "float32": lambda X: np.asfortranarray(X, np.float32), "prepared": prepare,
}
OPTIONS = {
    "plain": {}, "raw": {"fit_intercept": False}, "net": {"l1_ratio": 0.5}, "standardize": {"standardize": True},
    "bounds": {"bounds": (-0.5, 1.0)}, "free": {"penalty_factor": np.r_[0.0, np.inf, np.ones(18)]},
    "descent": {"solver": "cd", "selection": "random", "rng": 0}, "given": {"alphas": [0.3, 0.1]},
    "grids": {"alphas": np.linspace(0.1, 0.5, 2 * N_TARGETS).reshape(N_TARGETS, 2)},
    "start": {"alphas": [0.3], "coef_init": np.ones(20)},
}


@pytest.fixture(params=[False, True], ids=["small", "large"])
def sized(request, monkeypatch):
    """X as it is, or treated as a large one."""
    if request.param:
        monkeypatch.setattr(fit_weighted, "SMALL_SIZE", 100)


@pytest.mark.parametrize("storage", STORAGES)
@pytest.mark.parametrize("option", OPTIONS)
def test_targets_are_those_of_a_loop(storage, option, sized):
    X, Y, weights = make_data(1)
    options = {"alphas": 6, "eps": 0.05, "tol": 1e-7 if storage != "float32" else 1e-4, **OPTIONS[option]}
    design, given = STORAGES[storage](X), options.pop("alphas")
    many = fit_many(design, Y, alphas=given, sample_weight=weights, **options)
    assert many.converged.all() and len(many) == N_TARGETS
    problem = {name: value for name, value in options.items() if name not in (
        "eps", "tol", "solver", "selection", "rng", "coef_init")}
    for k, path in enumerate(many):
        own = np.array(given)[k] if option == "grids" else given
        alone = fit_path(design, Y[:, k], alphas=own, sample_weight=weights[:, k], **options)
        np.testing.assert_allclose(path.alphas, alone.alphas, rtol=1e-6)
        np.testing.assert_allclose(many.gap_tols[k], alone.gap_tol, rtol=1e-9)
        np.testing.assert_array_equal(many.coefs[k], path.coefs)
        for i, alpha in enumerate(path.alphas):
            value, best = (objective(dense(X), Y[:, k], p.coefs[:, i].astype(float), p.intercepts[i], alpha,
                                     sample_weight=weights[:, k], **problem) for p in (path, alone))
            slack = 1e-5 if storage == "float32" else 1e-9
            assert value - best <= many.dual_gaps[k, i] + slack * Y[:, k].var()


def test_counts_are_repeated_rows_for_scikit_learn():
    X, Y, weights = make_data(2)
    many = fit_many(X, Y, alphas=[0.2], sample_weight=weights, tol=1e-12)
    for k in (0, 3, 4):
        rows = np.repeat(np.arange(len(X)), weights[:, k].astype(int))
        theirs = TheirLasso(alpha=0.2, tol=1e-12, max_iter=100_000).fit(X[rows], Y[rows, k])
        np.testing.assert_allclose(many.coefs[k, :, 0], theirs.coef_, atol=1e-6)
        np.testing.assert_allclose(many.intercepts[k, 0], theirs.intercept_, atol=1e-5)


def test_results_do_not_depend_on_threads(sized):
    X, Y, weights = make_data(3)
    for options in ({"alphas": 5}, {"alphas": [0.2]}, {"alphas": 3, "solver": "cd", "selection": "shuffled", "rng": 3}):
        one, two = (fit_many(X, Y, sample_weight=weights, n_threads=n, **options) for n in (1, 3))
        assert one.coefs.tobytes() == two.coefs.tobytes() and one.dual_gaps.tobytes() == two.dual_gaps.tobytes()


def test_the_result_is_that_of_other_fits_in_all_it_offers(sized):
    X, Y, weights = make_data(4)
    frame = pd.DataFrame(X, columns=[f"f{j}" for j in range(20)])
    targets = pd.DataFrame(Y, columns=list("abcde"))
    offset = np.linspace(0.0, 1.0, len(X))
    many = fit_many(frame, targets, alphas=4, eps=0.1, sample_weight=weights, offset=offset)
    alone = fit_path(frame, Y[:, 0], alphas=many.alphas[0], sample_weight=weights[:, 0], offset=offset)
    np.testing.assert_allclose(many.r2[0], alone.r2, atol=1e-4)
    np.testing.assert_allclose(many.predict(frame, offset=offset)[:, 0], alone.predict(frame, offset=offset), atol=0.05)
    np.testing.assert_allclose(many[0].information_criterion("bic"), alone.information_criterion("bic"), rtol=1e-3)
    np.testing.assert_allclose(many[0].information_criterion("bic", X=frame), many[0].information_criterion("bic"))
    assert many[0].sample.n_observations == weights[:, 0].sum() == many.total_weight[0]
    assert many[2].feature_names == tuple(frame.columns) and many.target_names == tuple("abcde")
    assert many[1].has_offset and many.n_nonzero.shape == (5, 4)
    np.testing.assert_array_equal(many.n_nonzero, (many.coefs != 0.0).sum(axis=1))
    assert "5 targets" in repr(many) and "<table>" in many._repr_html_()
    assert list(many.to_frame(alpha=many.alphas[:, -1].max()).columns) == list("abcde")
    again = pickle.loads(pickle.dumps(many))
    np.testing.assert_array_equal(again.coefs, many.coefs)
    np.testing.assert_array_equal(again[3].dual_gaps, many[3].dual_gaps)
    shown = [path.alphas[0] for path in many[1:3]]
    assert shown == many.alphas[1:3, 0].tolist()


def test_paths_may_end_early():
    X, Y, weights = make_data(5)
    many = fit_many(X, Y, alphas=30, sample_weight=weights, max_active=4)
    for k, path in enumerate(many):
        assert path.stopped == "max_active" and len(path) < 30 and path.n_nonzero[-1] > 4
        assert np.isnan(many.dual_gaps[k, len(path):]).all() and not many.converged[k, len(path):].any()
        assert not many.coefs[k, :, len(path):].any()


def test_numbers_of_any_size():
    X, Y, weights = make_data(6)
    Y[:, 1] *= 1e145
    X[:, 3] *= 1e150
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        many = fit_many(X, Y, alphas=3, sample_weight=weights)
    assert many.converged.all() and (many.relative_gaps <= 1e-4).all()
    alone = fit_path(X, Y[:, 1], alphas=3, sample_weight=weights[:, 1])
    np.testing.assert_allclose(many[1].predict(X), alone.predict(X), rtol=1e-2)
    Y[:, 2] = 7.0
    assert not fit_many(X, Y, alphas=3, sample_weight=weights).coefs[2].any()


REFUSED = {
    "negative": (lambda s: np.where(np.arange(70)[:, None] == 3, -1.0, s), "negative value .* in column 0"),
    "all zero": (lambda s: s * (np.arange(N_TARGETS) != 2), "zero for all samples in column 2"),
    "transposed": (lambda s: s.T, "sample_weight has inconsistent length 5"),
    "too many": (lambda s: np.hstack([s, s]), "column for each of 5 targets"),
    "NaN": (lambda s: np.where(s == s[0, 1], np.nan, s), "sample_weight contains NaN in column 1"),
    "sparse": (sp.csc_array, "sparse"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_wrong_weights_are_refused(case):
    X, Y, weights = make_data(7)
    change, message = REFUSED[case]
    with pytest.raises(ValueError, match=message):
        fit_many(X, Y, sample_weight=change(weights))


def test_one_column_of_weights_is_for_all_targets():
    X, Y, weights = make_data(8)
    single, column = (fit_many(X, Y, alphas=3, sample_weight=given) for given in (weights[:, 0], weights[:, [0]]))
    np.testing.assert_array_equal(single.coefs, column.coefs)
    assert not single.paths


def test_input_is_not_changed():
    X, Y, weights = make_data(9)
    given = [X.copy(), Y.copy(), weights.copy()]
    for values in (X, Y, weights):
        values.flags.writeable = False
    fit_many(X, Y, alphas=3, sample_weight=weights)
    assert all((a == b).all() for a, b in zip(given, (X, Y, weights), strict=True))
