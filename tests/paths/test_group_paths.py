# Lives here: tests of paths with groups of features, as users see them. Independent of: how groups are solved.
"""Options of fit_path with groups, what results say of groups, and what is refused."""
import copy
import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse as sp
from sklearn.exceptions import ConvergenceWarning

import lassocore
from lassocore import alpha_max, fit_path
from lassocore.paths.information_criteria import degrees_of_freedom, problem_of
from lassocore.results.path_info import LevelInfo

N, LABELS = 60, np.array([2, 0, 1, 2, 3, 2, 0, 1, 2, 4, 3, 2])     # sizes 2, 2, 5, 2, 1
P, NAMES = len(LABELS), ["ash", "birch", "cedar", "elm", "fir"]
TIGHT = {"tol": 1e-10, "max_iter": 100_000}

DRAWN = np.random.default_rng(5)         # for the constants alone
X = DRAWN.standard_normal((N, P)) + 0.3
Y = X[:, LABELS == 2] @ [1.0, -1.0, 0.5, 0.5, 1.0] + 2.0 * X[:, 9] + 0.5 * DRAWN.standard_normal(N)
WEIGHTS = DRAWN.integers(0, 3, N).astype(float)
FRAME = pd.DataFrame(X, columns=[f"{NAMES[g]}{j}" for j, g in enumerate(LABELS)])
BY_NAME = {name: [column for column in FRAME if column.startswith(name)] for name in NAMES}
SIZES = np.bincount(LABELS)


def check_groups(coefs, labels=LABELS):
    """The coefficients of a group are all 0 or none is."""
    for g in range(labels.max() + 1):
        nonzero = coefs[labels == g] != 0.0
        assert (nonzero.all(axis=0) | ~nonzero.any(axis=0)).all()


def violation(path, k, tau=0.0, weights=None):
    """The largest violation of the optimality conditions of one alpha over alpha, from their definition."""
    weights = np.sqrt(SIZES) if weights is None else weights
    w, alpha, rho = path.coefs[:, k], path.alphas[k], path.l1_ratio
    c = X.T @ (Y - path.intercepts[k] - X @ w) / N
    worst = 0.0
    for g, v in enumerate(weights):
        inside = g == LABELS
        w_g, c_g = w[inside], c[inside]
        size = np.linalg.norm(w_g)
        if size == 0.0:
            excess = np.maximum(np.abs(c_g) - alpha * rho * tau, 0.0)
            worst = max(worst, np.linalg.norm(excess) - alpha * rho * (1 - tau) * v)
            continue
        smooth = alpha * v * (rho * (1 - tau) / size + 1 - rho) * w_g
        kinks = alpha * rho * tau
        zero = w_g == 0.0
        worst = max(worst, np.abs(c_g - smooth - kinks * np.sign(w_g))[~zero].max(initial=0.0),
                    np.abs(c_g[zero]).max(initial=kinks) - kinks)
    return worst / alpha


@pytest.mark.parametrize("l1_ratio", [1.0, 0.4])
@pytest.mark.parametrize("tau", [0.0, 0.3])
@pytest.mark.parametrize("weights", [None, [1.0, 2.0, 0.5, 1.0, 3.0]])
def test_solutions_meet_the_optimality_conditions(l1_ratio, tau, weights):
    path = fit_path(X, Y, alphas=12, eps=0.01, l1_ratio=l1_ratio, groups=LABELS, group_weights=weights,
                    feature_l1_ratio=tau, **TIGHT)
    assert path.converged.all() and (path.dual_gaps <= path.gap_tol).all() and path.n_nonzero[0] == 0
    assert max(violation(path, k, tau, weights) for k in range(12)) < 1e-3
    if tau == 0.0:
        check_groups(path.coefs)
    else:
        counts = np.array([np.bincount(LABELS, nonzero) for nonzero in (path.coefs != 0.0).T])
        assert ((counts > 0) & (counts < SIZES)).any()


@pytest.mark.parametrize("data, groups", [
    (X, LABELS.tolist()), (X, [np.flatnonzero(g == LABELS) for g in range(5)]), (FRAME, BY_NAME),
    (pl.from_pandas(FRAME), BY_NAME), (X, [NAMES[g] for g in LABELS]), (X.tolist(), LABELS),
    (np.ascontiguousarray(X), LABELS), (np.asfortranarray(X), LABELS),
])
def test_forms_of_groups_and_of_x_give_the_same_path(data, groups):
    expected = fit_path(X, Y, alphas=8, groups=LABELS, **TIGHT)
    found = fit_path(data, Y, alphas=8, groups=groups, **TIGHT)
    np.testing.assert_allclose(found.coefs, expected.coefs, atol=1e-6)
    assert found.groups.labels.tolist() == LABELS.tolist()
    assert found.groups.names == (None if groups is LABELS or not isinstance(groups, dict) and not isinstance(
        groups[0], str) else tuple(NAMES))


@pytest.mark.parametrize("storage", [sp.csc_array, sp.csr_matrix, lambda X: X.astype(np.float32),
                                     lambda X: sp.csc_array(X.astype(np.float32))])
@pytest.mark.parametrize("options", [
    {}, {"standardize": True}, {"fit_intercept": False}, {"sample_weight": WEIGHTS}, {"offset": np.arange(N) / N},
    {"feature_l1_ratio": 0.4}, {"l1_ratio": 0.5, "group_weights": [1.0, 0.0, 1.0, 2.0, np.inf]}, {"n_threads": 2},
])
def test_options_over_every_storage(storage, options):
    data = np.where(abs(X) < 0.4, 0.0, X)
    given, kept = storage(data), storage(data)
    tol = 1e-5 if given.dtype == np.float32 else 1e-9
    settings = {"alphas": [0.3, 0.05], "groups": LABELS, "tol": tol, "max_iter": 100_000, **options}
    found, expected = fit_path(given, Y, **settings), fit_path(data, Y, **settings)
    assert found.converged.all() and found.coefs.dtype == given.dtype
    np.testing.assert_allclose(found.coefs, expected.coefs, atol=30 * np.sqrt(tol))
    assert (abs(given - kept)).max() == 0.0


def test_standardize_penalises_scaled_columns():
    deviations = X.std(axis=0)
    path = fit_path(5.0 * X, Y, alphas=6, standardize=True, groups=LABELS, l1_ratio=0.7, **TIGHT)
    scaled = fit_path(X / deviations, Y, alphas=path.alphas, groups=LABELS, l1_ratio=0.7, **TIGHT)
    np.testing.assert_allclose(5.0 * path.coefs * deviations[:, None], scaled.coefs, atol=1e-5)


def test_weights_of_samples_count_rows():
    weighted = fit_path(X, Y, alphas=6, sample_weight=WEIGHTS, groups=LABELS, feature_l1_ratio=0.2, **TIGHT)
    rows = np.repeat(np.arange(N), WEIGHTS.astype(int))
    repeated = fit_path(X[rows], Y[rows], alphas=weighted.alphas, groups=LABELS, feature_l1_ratio=0.2, **TIGHT)
    np.testing.assert_allclose(weighted.coefs, repeated.coefs, atol=1e-5)


def test_offsets_are_subtracted():
    offset = 5.0 * X[:, 0]
    path = fit_path(X, Y + offset, offset=offset, alphas=6, groups=LABELS, **TIGHT)
    np.testing.assert_allclose(path.coefs, fit_path(X, Y, alphas=6, groups=LABELS, **TIGHT).coefs, atol=1e-6)
    np.testing.assert_allclose(path.predict(X, path.alphas[2], offset), path.predict(X, path.alphas[2], 0.0) + offset)


@pytest.mark.parametrize("tau", [0.0, 0.5])
def test_groups_of_one_give_the_lasso(tau):
    rng = np.random.default_rng(6)
    factors = rng.uniform(0.5, 2.0, P)
    path = fit_path(X, Y, alphas=10, groups=np.arange(P), group_weights=factors, feature_l1_ratio=tau, **TIGHT)
    lasso = fit_path(X, Y, alphas=path.alphas, penalty_factor=(1 - tau) * factors + tau, **TIGHT)
    np.testing.assert_allclose(path.coefs, lasso.coefs, atol=1e-5)


def test_columns_of_a_group_may_be_in_any_order():
    rng = np.random.default_rng(7)
    order = rng.permutation(P)
    path = fit_path(X, Y, alphas=6, groups=LABELS, **TIGHT)
    permuted = fit_path(X[:, order], Y, alphas=path.alphas, groups=LABELS[order], **TIGHT)
    np.testing.assert_allclose(permuted.coefs, path.coefs[order], atol=1e-6)


def test_weights_of_0_and_infinity():
    path = fit_path(X, Y, alphas=8, groups=LABELS, group_weights=[0.0, 1.0, 1.0, np.inf, 1.0], **TIGHT)
    assert path.nonzero_groups(path.alphas[0]) == [0] and path[0].n_nonzero == 2
    assert 3 not in path.nonzero_groups() and len(path.nonzero_groups()) == 4
    assert path.coef_at(10.0 * path.alphas[0]).any()        # above the first alpha nothing changes
    with pytest.raises(ValueError, match="group_weights is 0 for every usable group, so no alpha matters"):
        fit_path(X, Y, groups=LABELS, group_weights=np.zeros(5))


def test_constant_and_repeated_columns():
    data = X.copy()
    data[:, 2] = 7.0                            # half of group 1
    data[:, 6] = data[:, 1]                     # the two columns of group 0
    path = fit_path(data, Y, alphas=10, groups=LABELS, **TIGHT)
    assert path.converged.all() and not path.coefs[2].any()
    np.testing.assert_allclose(path.coefs[6], path.coefs[1], atol=1e-6)


def test_numbers_of_any_size():
    path = fit_path(X, Y, alphas=6, groups=LABELS, feature_l1_ratio=0.3, **TIGHT)
    huge = fit_path(X, 1e200 * Y, alphas=6, groups=LABELS, feature_l1_ratio=0.3, **TIGHT)
    np.testing.assert_allclose(huge.coefs / 1e200, path.coefs, atol=1e-6)
    np.testing.assert_allclose(huge.alphas / 1e200, path.alphas)
    assert huge.converged.all() and huge.groups.n_groups == 5


def test_what_results_say_of_groups():
    path = fit_path(FRAME, Y, alphas=20, groups=BY_NAME, tol=1e-8)
    assert path.groups.names == tuple(NAMES) and path.groups.n_groups == 5
    assert path.nonzero_groups(path.alphas[0]) == [] and set(path.nonzero_groups()) == set(NAMES)
    k = next(k for k in range(20) if len(path[k].nonzero_groups()) == 2)
    assert path[k].nonzero_groups() == path.nonzero_groups(path.alphas[k]) == ["cedar", "fir"]
    assert path.nonzero_names(path.alphas[k]) == [*BY_NAME["cedar"][:4], "fir9", BY_NAME["cedar"][4]]
    frame = path.to_frame(path.alphas[k])
    assert frame.index.names == ["group", "feature"] and len(frame.loc["cedar"]) == 5
    assert frame.loc[("fir", "fir9")].item() == path.coefs[9, k]
    assert path.to_frame().shape == (P, 20) and path.to_frame(all_features=True, alpha=[0.1, 0.2]).shape == (P, 2)
    assert "5 groups of features" in repr(path) and "PathModel" in repr(path[k])
    html = path._repr_html_()
    assert "entering groups" in html and "<td>fir</td>" in html and "fir9" not in html
    with pytest.raises(ValueError, match="must be one number"):
        path.nonzero_groups([0.1, 0.2])


def test_groups_without_names_are_numbers_or_labels():
    path = fit_path(X, Y, alphas=4, groups=LABELS)
    assert path.nonzero_groups() == [0, 1, 2, 3, 4] and path.to_frame().index[0] == (2, "x0")
    assert fit_path(X, Y, alphas=4, groups=10 * LABELS).nonzero_groups() == [0, 10, 20, 30, 40]
    assert "entering groups" in path._repr_html_()


def test_slices_copies_and_pickles_keep_groups():
    path = fit_path(FRAME, Y, alphas=6, groups=BY_NAME)
    for kept in (path[2:5], copy.deepcopy(path), pickle.loads(pickle.dumps(path)), copy.copy(path)):
        assert kept.groups.names == path.groups.names and kept.groups.labels.tolist() == LABELS.tolist()
        assert kept.nonzero_groups(path.alphas[4]) == path.nonzero_groups(path.alphas[4])
    assert pickle.loads(pickle.dumps(path[3])).nonzero_groups() == path[3].nonzero_groups()


def test_results_without_groups_say_so():
    path = fit_path(X, Y, alphas=3)
    assert path.groups is None and "groups" not in repr(path) and path.to_frame().index.names == ["feature"]
    for call in (path.nonzero_groups, path[1].nonzero_groups):
        with pytest.raises(ValueError, match="the fit had no groups; nonzero_names"):
            call()
    with pytest.raises(ValueError, match="had no groups"):
        lassocore.fit_multi_task_path(X, np.column_stack([Y, -Y]), alphas=3)[1].nonzero_groups()


def test_views_are_those_of_other_paths():
    path = fit_path(X, Y, alphas=6, groups=LABELS)
    np.testing.assert_allclose(path.predict(X), X @ path.coefs + path.intercepts)
    np.testing.assert_allclose(path.score(X, Y), path.r2, atol=1e-9)
    middle = 0.5 * (path.alphas[2] + path.alphas[3])
    np.testing.assert_allclose(path.coef_at(middle), 0.5 * (path.coefs[:, 2] + path.coefs[:, 3]))
    assert path.coef_at(2.0 * path.alphas[0]).any() == 0 and len(path.to_dict()["alphas"]) == 6
    assert "gap" in str(path.info)


def test_relaxed_paths_refit_the_support():
    path = fit_path(X, Y, alphas=6, groups=LABELS, tol=1e-8)
    relaxed = fit_path(X, Y, alphas=path.alphas, groups=LABELS, tol=1e-8, relax=0.0)
    half = fit_path(X, Y, alphas=path.alphas, groups=LABELS, tol=1e-8, relax=0.5)
    for k in range(6):
        support = np.flatnonzero(path.coefs[:, k])
        design = np.column_stack([np.ones(N), X[:, support]])
        refit = np.linalg.lstsq(design, Y, rcond=None)[0]
        np.testing.assert_allclose(relaxed.coefs[support, k], refit[1:], atol=1e-6)
    np.testing.assert_allclose(half.coefs, 0.5 * (path.coefs + relaxed.coefs), atol=1e-5)
    assert relaxed.nonzero_groups() == path.nonzero_groups()


def test_a_path_ends_where_it_is_told_to():
    levels = []
    fit_path(X, Y, alphas=6, groups=LABELS, callback=levels.append)
    assert [level.index for level in levels] == list(range(6)) and isinstance(levels[0], LevelInfo)
    assert fit_path(X, Y, groups=LABELS, callback=lambda level: level.n_nonzero >= 6).stopped == "callback"
    path = fit_path(X, Y, groups=LABELS, max_active=5)          # features, not groups
    assert path.stopped == "max_active" and path.n_nonzero[-1] > 5 and (path.n_nonzero[:-1] <= 5).all()
    assert len(fit_path(X, Y, groups=LABELS, time_limit=1e-9)) == 1


def test_starts_and_threads_do_not_change_solutions():
    path = fit_path(X, Y, alphas=6, groups=LABELS, **TIGHT)
    started = fit_path(X, Y, alphas=path.alphas[3:], groups=LABELS, coef_init=path.coefs[:, 5], **TIGHT)
    np.testing.assert_allclose(started.coefs, path.coefs[:, 3:], atol=1e-6)
    threaded = fit_path(X, Y, alphas=6, groups=LABELS, n_threads=2, **TIGHT)
    np.testing.assert_array_equal(threaded.coefs, path.coefs)


def test_alpha_of_0_and_no_share_of_the_norms():
    path = fit_path(X, Y, alphas=[0.1, 0.0], groups=LABELS, **TIGHT)
    design = np.column_stack([np.ones(N), X])
    np.testing.assert_allclose(path.coefs[:, 1], np.linalg.lstsq(design, Y, rcond=None)[0][1:], atol=1e-4)
    ridge = fit_path(X, Y, alphas=[0.5], l1_ratio=0.0, groups=LABELS, **TIGHT)
    centred, factors = X - X.mean(axis=0), np.sqrt(SIZES)[LABELS]
    expected = np.linalg.solve(centred.T @ centred / N + 0.5 * np.diag(factors), centred.T @ (Y - Y.mean()) / N)
    np.testing.assert_allclose(ridge.coefs[:, 0], expected, atol=1e-4)


@pytest.mark.parametrize("options, message", [
    ({"penalty_factor": np.ones(P)}, "penalty_factor does not apply to groups.*group_weights"),
    ({"bounds": (-1.0, 1.0)}, "bounds does not apply to groups"), ({"positive": True}, "positive.* does not apply"),
    ({"solver": "gram"}, "solver='gram' does not apply to groups.*'auto'"), ({"solver": "cd"}, "solver='cd' does not"),
    ({"solver": "best"}, "solver='best'"), ({"group_weights": [1.0, 2.0]}, r"shape \(2,\); it needs one value for"),
    ({"feature_l1_ratio": 1.0}, "feature_l1_ratio=1.0 must be a number from 0"), ({"groups": LABELS[:-1]}, "11 labels"),
    ({"groups": {"a": ["x0"]}}, "X has no column names"), ({"l1_ratio": 0.0}, "l1_ratio=0"), ({"tol": -1.0}, "tol"),
    ({"groups": None, "group_weights": np.ones(5)}, "group_weights=.* needs groups.*penalty_factor"),
    ({"groups": None, "feature_l1_ratio": 0.5}, "feature_l1_ratio=0.5 needs groups"),
])
def test_what_does_not_apply_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        fit_path(X, Y, **{"groups": LABELS, **options})


@pytest.mark.parametrize("options", [
    {}, {"feature_l1_ratio": 0.4}, {"l1_ratio": 0.5}, {"standardize": True, "feature_l1_ratio": 0.2},
    {"group_weights": [0.0, 1.0, 1.0, 2.0, np.inf]}, {"fit_intercept": False, "l1_ratio": 0.3, "standardize": True},
    {"sample_weight": np.linspace(0.5, 2.0, N)},
])
def test_degrees_of_freedom_are_the_divergence_of_the_fit(options):
    settings = {"alphas": [0.6, 0.2, 0.05], "groups": LABELS, "tol": 1e-14, "max_iter": 100_000, **options}
    path, step = fit_path(X, Y, **settings), 1e-4
    divergence = np.zeros(3)
    for i in range(N):
        shift = step * (np.arange(N) == i)
        difference = fit_path(X, Y + shift, **settings).predict(X) - fit_path(X, Y - shift, **settings).predict(X)
        divergence += difference[i] / (2.0 * step)
    df = degrees_of_freedom(path, problem_of(path.sample, X, P))
    np.testing.assert_allclose(df + settings.get("fit_intercept", True), divergence, atol=1e-3)


def test_degrees_of_freedom_of_tied_columns_and_without_the_norms():
    settings = {"alphas": [0.2], "tol": 1e-12, "max_iter": 100_000, "group_weights": np.sqrt(SIZES)}
    path = fit_path(X, Y, groups=LABELS, **settings)
    once = degrees_of_freedom(path, problem_of(path.sample, X, P))
    halves = np.sqrt(0.5) * np.hstack([X, X])       # each column twice: the same fit
    twice = fit_path(halves, Y, groups=np.tile(LABELS, 2), **settings)
    np.testing.assert_allclose(degrees_of_freedom(twice, problem_of(twice.sample, halves, 2 * P)), once, atol=1e-6)
    ends = fit_path(halves, Y, alphas=[0.0], groups=np.tile(LABELS, 2))
    np.testing.assert_allclose(degrees_of_freedom(ends, problem_of(ends.sample, halves, 2 * P)), P)
    huge = fit_path(X, 1e200 * Y, alphas=[0.2e200], groups=LABELS, tol=1e-12, max_iter=100_000)
    np.testing.assert_allclose(degrees_of_freedom(huge, problem_of(huge.sample, X, P)), once, atol=1e-6)


def test_information_criteria():
    path = fit_path(X, Y, alphas=20, groups=LABELS, tol=1e-8)
    best = path.information_criterion("bic", X=X).argmin()
    assert {2, 4} <= set(path[int(best)].nonzero_groups()) and 0 < best < 19
    assert np.isfinite(path.information_criterion("aic", X=X, noise_variance=0.25)).all()
    with pytest.raises(ValueError, match="a path with groups needs X for its degrees of freedom"):
        path.information_criterion("bic")
    with pytest.raises(ValueError, match="'ebic' counts models of single features.*cross-validation"):
        path.information_criterion("ebic", X=X)


def test_one_warning_where_alphas_do_not_converge():
    with pytest.warns(ConvergenceWarning, match="of 5 alphas") as caught:
        path = fit_path(X, Y, alphas=5, groups=LABELS, max_iter=1, tol=1e-14)
    assert len(caught) == 1 and not path.converged.all()



@pytest.mark.parametrize("tau", [0.0, 0.4])
def test_alpha_max_is_where_paths_begin(tau):
    rng = np.random.default_rng(5)
    X, labels = rng.standard_normal((30, 9)), np.repeat([0, 1, 2], 3)
    y = X[:, 0] + rng.standard_normal(30)
    options = {"groups": labels, "group_weights": [1.0, 2.0, 0.5], "feature_l1_ratio": tau, "standardize": True}
    largest = alpha_max(X, y, **options)
    assert fit_path(X, y, alphas=3, **options).alphas[0] == largest
    assert not fit_path(X, y, alphas=[largest], **options).coefs.any()
    assert fit_path(X, y, alphas=[0.99 * largest], **options).coefs.any()
