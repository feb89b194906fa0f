# Lives here: tests of selection reports. Independent of: how their columns are computed.
"""Reports on alphas, paths, estimators and selectors against fits made by hand."""
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
import sklearn.linear_model as sk
from sklearn.datasets import load_diabetes

from lassocore import AdaptiveLasso, ElasticNet, GroupLasso, Lasso, LassoCV, fit_path
from lassocore.selection import StabilitySelection, selection_report, stand_ins, variance_inflation


@pytest.fixture(scope="module")
def data():
    return load_diabetes(return_X_y=True, as_frame=True)


def without(path_options, X, y, feature):
    """Fit by hand without one feature."""
    factor = np.where(np.arange(X.shape[1]) == feature, np.inf, 1.0)
    return fit_path(X, y, penalty_factor=factor, tol=1e-10, **path_options)


def objective(X, y, path, alpha, l1_ratio=1.0, scales=1.0):
    r = np.asarray(y) - path.predict(X, alpha)
    w = path.coef_at(alpha) * scales
    return r @ r / (2 * len(r)) + alpha * (l1_ratio * np.abs(w).sum() + 0.5 * (1 - l1_ratio) * w @ w)


@pytest.mark.parametrize("l1_ratio, standardize, alpha", [(1.0, False, 0.5), (1.0, True, 5.0), (0.7, True, 5.0)])
def test_columns_of_a_report(data, l1_ratio, standardize, alpha):
    X, y = data
    options = {"alphas": [alpha], "l1_ratio": l1_ratio, "standardize": standardize}
    report = selection_report(alpha, X, y, l1_ratio=l1_ratio, standardize=standardize, n_subsamples=20, random_state=0)
    path = fit_path(X, y, tol=1e-10, **options)
    features, scales = report.features, X.std(ddof=0).to_numpy()
    assert sorted(features) == path.nonzeros(0)[0].tolist() and report.n_nonzero == len(features)
    np.testing.assert_allclose(report.coefs, path.coef_of(0)[features], rtol=1e-3)
    np.testing.assert_allclose(report.standardized_coefs, report.coefs * scales[features], rtol=1e-9)
    assert (np.diff(np.abs(report.standardized_coefs)) <= 0).all()
    assert report.signs.tolist() == np.sign(report.coefs).tolist()
    assert report.feature_names == [X.columns[j] for j in features]
    assert report.stand_ins == stand_ins(X, features)
    np.testing.assert_allclose(report.vif, variance_inflation(X, features))
    frequency = StabilitySelection(
        alphas=[alpha], max_features="all", threshold=1.0, l1_ratio=l1_ratio, standardize=standardize, n_subsamples=20,
        random_state=0).fit(X, y).selection_frequencies_
    np.testing.assert_array_equal(report.frequencies, frequency[features])
    before = objective(X, y, path, alpha, l1_ratio, scales if standardize else 1.0)
    for feature, removal in zip(features, report.removals, strict=True):
        refit = without(options, X, y, feature)
        gone, kept = set(path.nonzeros(0)[0]) - {feature}, set(refit.nonzeros(0)[0])
        assert set(removal.entering) == kept - gone and set(removal.leaving) == gone - kept
        assert removal.r2_loss == pytest.approx(path.r2[0] - refit.r2[0], abs=1e-4)
        after = objective(X, y, refit, alpha, l1_ratio, scales if standardize else 1.0)
        assert removal.objective_increase == pytest.approx(after - before, abs=2e-6 * y.var())
        assert removal.converged and removal.objective_increase > 0


def test_an_unpenalised_feature_can_be_removed(data):
    X, y = data
    factor = np.where(np.arange(10) < 2, 0.0, 1.0)
    report = selection_report(1.0, X, y, penalty_factor=factor, n_subsamples=0)
    assert {0, 1} <= set(report.features) and report.frequencies is None
    k = report.features.tolist().index(1)
    refit = fit_path(X, y, alphas=[1.0], penalty_factor=np.where(np.arange(10) == 1, np.inf, factor), tol=1e-10)
    assert report.removals[k].r2_loss == pytest.approx(selection_report(
        1.0, X, y, penalty_factor=factor, n_subsamples=0, removal=False).r2 - refit.r2[0], abs=1e-5)


def test_the_same_model_in_every_form(data):
    X, y = data
    path = fit_path(X, y, tol=1e-8)
    alpha = float(path.alphas[40])
    expected = selection_report(alpha, X, y, random_state=0)
    for model, options in ((path, {"alpha": alpha}), (Lasso(alpha=alpha, tol=1e-8).fit(X, y), {}),
                           (sk.Lasso(alpha=alpha, tol=1e-8).fit(X, y), {}), (path[40:41], {}),
                           (Lasso(alpha=9.0).fit(X, y), {"alpha": alpha})):
        report = selection_report(model, X, y, random_state=0, **options)
        np.testing.assert_array_equal(report.features, expected.features)
        np.testing.assert_allclose(report.coefs, expected.coefs, rtol=2e-3)
        np.testing.assert_array_equal(report.frequencies, expected.frequencies)
    sparse = selection_report(alpha, sp.csr_array(X.to_numpy()), y, random_state=0)
    np.testing.assert_array_equal(sparse.features, expected.features)
    assert sparse.feature_names[0] == f"x{sparse.features[0]}"


@pytest.mark.parametrize("model", [
    LassoCV(cv=3, standardize=True), ElasticNet(alpha=0.01, l1_ratio=0.5), AdaptiveLasso(cv=3),
    Lasso(alpha=0.1, positive=True), Lasso(alpha=0.1, fit_intercept=False), sk.LassoCV(cv=3)])
def test_options_are_those_of_the_estimator(data, model):
    X, y = data
    fitted = model.fit(X, y)
    report = selection_report(fitted, X, y, n_subsamples=4, random_state=0)
    assert set(report.features) == set(np.flatnonzero(np.abs(fitted.coef_) > 1e-3 * np.abs(fitted.coef_).max()))
    np.testing.assert_allclose(report.coefs, fitted.coef_[report.features], rtol=0.1,
                               atol=0.02 * np.abs(fitted.coef_).max())


def test_stable_features_are_reported(data):
    X, y = data
    selector = StabilitySelection(random_state=0).fit(X, y)
    report = selection_report(selector, X, y)
    support = selector.get_support(indices=True)
    assert sorted(report.features) == support.tolist()
    refit = sk.LinearRegression().fit(X.to_numpy()[:, report.features], y)
    np.testing.assert_allclose(report.coefs, refit.coef_, rtol=1e-6)
    assert report.r2 == pytest.approx(refit.score(X.to_numpy()[:, report.features], y), rel=1e-6)
    assert report.intercept == pytest.approx(refit.intercept_)
    np.testing.assert_array_equal(report.frequencies, selector.selection_frequencies_[report.features])
    assert report.threshold == selector.threshold_
    path = fit_path(X, y, alphas=selector.alphas_, standardize=True)
    k = int(np.flatnonzero(selector.alphas_ == 2.0 * report.alpha)[0])
    assert (path.coef_of(k)[support] != 0.0).all() and (path.coef_of(k - 1)[support] == 0.0).any()
    for feature, removal in zip(report.features, report.removals, strict=True):
        rest = X.to_numpy()[:, [j for j in support if j != feature]]
        assert removal.r2_loss == pytest.approx(report.r2 - sk.LinearRegression().fit(rest, y).score(rest, y), abs=1e-6)
    assert "false selections expected" in str(report)
    given = selection_report(selector, X, y, alpha=1.0)
    assert given.alpha == 1.0 and sorted(given.features) == support.tolist()
    alone = selection_report(report.alpha, X, y, standardize=True, n_subsamples=0)
    for name, removal in zip(report.feature_names, report.removals, strict=True):
        other = alone.removals[alone.feature_names.index(name)]
        assert removal.entering == other.entering and removal.leaving == other.leaving


def test_text_frame_and_html(data):
    X, y = data
    report = selection_report(0.004, X, y, random_state=0)
    frame = report.to_frame()
    assert frame.index.tolist() == report.feature_names and len(frame) == len(report)
    assert list(frame.columns) == [
        "sign", "coefficient", "standardized", "frequency", "sign_consistency", "vif", "stand_ins", "enters", "leaves",
        "r2_loss", "objective_increase"]
    assert frame.loc["s1", "stand_ins"][0][0] == "s2" and isinstance(frame, pd.DataFrame)
    lines = str(report).split("\n")
    assert lines[2].startswith("feature") and len(lines) == 3 + len(report) and "s2 (+0.90)" in str(report)
    assert "<td>s2 (+0.90)</td>" in report._repr_html_() and repr(report).startswith("<SelectionReport: 9 features")
    named = selection_report(1.0, X.rename(columns={"bmi": "<b>"}), y, n_subsamples=0, removal=False)
    assert "&lt;b&gt;" in named._repr_html_() and "<b>" in str(named)
    assert "enters" not in named.to_frame() and "frequency" not in named.to_frame()
    empty = selection_report(1e6, X, y, n_subsamples=2)
    assert len(empty) == 0 and "0 features" in str(empty) and empty.to_frame().empty


def test_numbers_of_any_size(data):
    X, y = data
    expected = selection_report(1.0, X, y, standardize=True, n_subsamples=10, random_state=0)
    report = selection_report(1e100, X * 1e-170, y * 1e100, standardize=True, n_subsamples=10, random_state=0)
    np.testing.assert_array_equal(report.features, expected.features)
    np.testing.assert_allclose(report.standardized_coefs / 1e100, expected.standardized_coefs, rtol=1e-9)
    np.testing.assert_allclose(report.coefs / 1e270, expected.coefs, rtol=1e-9)
    np.testing.assert_allclose(report.vif, expected.vif, rtol=1e-9)
    np.testing.assert_array_equal(report.frequencies, expected.frequencies)
    assert [r.entering for r in report.removals] == [r.entering for r in expected.removals]
    np.testing.assert_allclose([r.objective_increase / 1e200 for r in report.removals],
                               [r.objective_increase for r in expected.removals], rtol=1e-6)


def test_weights_count_rows(data):
    X, y = data
    counts = np.random.default_rng(0).integers(0, 3, len(y))
    weighted = selection_report(1.0, X, y, sample_weight=counts, n_subsamples=0)
    repeated = selection_report(1.0, X.loc[np.repeat(X.index, counts)], np.repeat(y, counts), n_subsamples=0)
    np.testing.assert_array_equal(weighted.features, repeated.features)
    for name in ("coefs", "standardized_coefs", "vif"):
        np.testing.assert_allclose(getattr(weighted, name), getattr(repeated, name), rtol=1e-6)


def test_models_that_cannot_be_reported(data):
    X, y = data
    path = fit_path(X, y)
    with pytest.raises(ValueError, match="the path has 100 alphas; pass alpha="):
        selection_report(path, X, y)
    with pytest.raises(ValueError, match="no solution for X and y"):
        selection_report(path, X[::-1], y, alpha=1.0)
    with pytest.raises(ValueError, match="no solution for X and y.*standardize"):
        selection_report(fit_path(X * np.arange(1, 11), y, standardize=True), X * np.arange(1, 11), y, alpha=3.0)
    with pytest.raises(TypeError, match="model='lasso' must be an alpha"):
        selection_report("lasso", X, y)
    with pytest.raises(TypeError, match=r"model=Lasso\(\) must be"):
        selection_report(Lasso(), X, y)
    with pytest.raises(ValueError, match="has groups"):
        selection_report(GroupLasso(groups=[0, 0, 1, 1, 2, 2, 3, 3, 4, 4], alpha=1.0).fit(X, y), X, y)
    with pytest.raises(ValueError, match="alpha=2.0 is given twice"):
        selection_report(1.0, X, y, alpha=2.0)
    with pytest.raises(ValueError, match="alpha=-1.0"):
        selection_report(-1.0, X, y)
    with pytest.raises(ValueError, match="n_subsamples=3 must be an even number"):
        selection_report(1.0, X, y, n_subsamples=3)
    with pytest.raises(ValueError, match="min_correlation=2"):
        selection_report(1.0, X, y, min_correlation=2)
