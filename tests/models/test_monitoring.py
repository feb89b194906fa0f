# Lives here: new data against a saved model. Independent of: the command line.
"""Every statistic against an independent computation; drift that is there is found, chance is not."""
import json
from dataclasses import replace

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse as sp
from scipy import stats
from sklearn.linear_model import Lasso as SklearnLasso

import lassocore
from lassocore.models import Model, Thresholds, monitor, profile_of
from lassocore.models.drift_statistics import population_stability, shift_of
from lassocore.models.records import Training
from lassocore.results.tables import feature_labels
from lassocore.tables.columns import Column

N, P = 400, 6
TRUTH = np.array([2.0, 0.0, -1.0, 0.0, 0.5, 0.0])


def make(seed=0, n=N):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, P))
    X[:, 4] = rng.random(n) < 0.3
    return X, X @ TRUTH + rng.standard_normal(n)


@pytest.fixture
def saved(tmp_path):
    X, y = make()
    lassocore.Lasso(alpha=0.05, tol=1e-12).fit(X, y).save(tmp_path / "model.json", X, y)
    return tmp_path / "model.json"


def entry(report, name):
    return next(feature for feature in report.features if feature.name == name)


def psi_by_hand(old, new, edges):
    bins = [-np.inf, *edges, np.inf]
    p, q = (pd.cut(values, bins).value_counts().to_numpy() + 0.5 for values in (old, new))
    p, q = p / p.sum(), q / q.sum()
    return sum((b - a) * np.log(b / a) for a, b in zip(p, q, strict=True))


@pytest.mark.parametrize("storage", [np.asarray, np.asfortranarray, sp.csc_array, sp.csr_array, pd.DataFrame])
def test_statistics_of_features(saved, storage):
    X, _ = make()
    new, _ = make(1, 300)
    new[:, 0] = 0.4 + 1.7 * new[:, 0]
    report = monitor(saved, storage(new) if storage is not pd.DataFrame else new)
    model = lassocore.load(saved)
    assert [feature.feature for feature in sorted(report.features, key=lambda feature: feature.feature)
            ] == np.flatnonzero(model.coef).tolist()
    for feature in report.features:
        j = feature.feature
        assert feature.coef == model.coef[j] and feature.name == f"x{j}" and feature.missing == 0.0
        assert feature.mean == pytest.approx(X[:, j].mean()) and feature.new_mean == pytest.approx(new[:, j].mean())
        assert feature.mean_shift == pytest.approx((new[:, j].mean() - X[:, j].mean()) / X[:, j].std())
        assert feature.variance_ratio == pytest.approx(new[:, j].var() / X[:, j].var())
        edges = [0.0] if j == 4 else np.quantile(X[:, j], np.arange(1, 10) / 10, method="inverted_cdf")
        assert feature.psi == pytest.approx(psi_by_hand(X[:, j], new[:, j], edges))
    assert report.features[0].name == "x0" and report.features[0].state == "drift" and report.drifted
    assert set(report.features[0].reasons) == {"mean shift", "variance ratio", "PSI"}
    assert {feature.state for feature in report.features[1:]} <= {"stable", "watch"}
    assert (report.n_samples, report.n_trained) == (300, N)


def test_population_stability_by_hand():
    old, new = np.array([50.0, 30.0, 20.0]), np.array([10.0, 30.0, 60.0])
    p, q = (old + 0.5) / 101.5, (new + 0.5) / 101.5
    assert population_stability(old, new) == pytest.approx(((q - p) * np.log(q / p)).sum(), rel=1e-12)
    assert population_stability(old, new) == pytest.approx(0.4 * np.log(5) + 0.4 * np.log(3), abs=0.05)
    assert population_stability(old, old) == 0.0
    assert population_stability(old, new) == pytest.approx(population_stability(new, old))
    assert np.isfinite(population_stability(old, np.array([0.0, 0.0, 100.0])))


def test_what_chance_explains():
    """Against the quantiles of SciPy's distributions."""
    rng = np.random.default_rng(1)
    old, new = rng.standard_normal(200), rng.standard_t(3, 50)
    profile = profile_of(old[:, None], [0])
    shift = shift_of(new, None, old.mean(), old.var(), profile.edges[0], profile.counts[0], 0.01)
    kurtosis = stats.kurtosis(new, fisher=False)
    assert kurtosis > 3
    free, free_old = (2 * (n - 1) / (kurtosis - 1) for n in (50, 200))
    np.testing.assert_allclose(shift.by_chance, [
        stats.norm.ppf(0.995) * np.sqrt(max(new.var(), old.var()) / 50 + old.var() / 200) / old.std(),
        np.abs(np.log(stats.f.ppf([0.005, 0.995], free, free_old))).max(),
        stats.chi2.ppf(0.99, 9) * (1 / 50 + 1 / 200)])
    flags = profile_of((old > 1.0)[:, None].astype(float), [0])
    share = np.mean(old > 1.0)
    for n in (3, 300):
        limits = shift_of(np.zeros(n), None, share, share * (1 - share), flags.edges[0], flags.counts[0], 0.01)
        assert (limits.by_chance[1] == np.inf) == (share**n + (1 - share)**n > 0.01) == (n == 3)


@pytest.mark.parametrize("n_new", [5, 15, 60, 400])
def test_equal_distributions_rarely_drift(n_new, saved):
    """At a level of 1 %, in 150 samples of the distribution of the fit, also with few rows."""
    model = lassocore.load(saved)
    found = sum(monitor(model, make(100 + k, n_new)[0]).drifted for k in range(150))
    assert found <= 7           # the probability of more is below 1e-3 at 1.5 expected


@pytest.mark.parametrize("change, reason", [
    (lambda X: X + [0.6, 0, 0, 0, 0, 0], "mean shift"), (lambda X: X * [1.8, 1, 1, 1, 1, 1], "variance ratio"),
    (lambda X: X * [0.5, 1, 1, 1, 1, 1], "variance ratio"),
    (lambda X: np.where(np.arange(P) == 0, np.sign(X) * np.sqrt(0.98) + 0.1 * X, X), "PSI"),
    (lambda X: np.where(np.arange(P) == 0, 1.0, X), "PSI")])
def test_changes_are_found(saved, change, reason):
    report = monitor(saved, change(make(1)[0]))
    assert report.drifted and report.features[0].name == "x0" and reason in report.features[0].reasons
    assert all(feature.state != "drift" for feature in report.features[1:])
    assert report.reasons[0].startswith("feature x0: ") and reason in report.reasons[0]


def test_inactive_features_do_not_count(saved):
    model, (X, y) = lassocore.load(saved), make(1)
    inactive = np.flatnonzero(model.coef == 0)
    assert len(inactive)
    X[:, inactive] += 100.0
    assert not monitor(model, X, y).drifted


def test_missing_values(saved):
    X, y = make(1)
    X[:60, 2], X[7, 1] = np.nan, np.nan
    report = monitor(saved, X, y, refit=True)
    assert entry(report, "x2").missing == pytest.approx(60 / N) and entry(report, "x2").reasons == ("missing values",)
    assert entry(report, "x2").new_mean == pytest.approx(X[60:, 2].mean()) and entry(report, "x0").missing == 0.0
    model = lassocore.load(saved)
    assert report.error.n_samples == N - 60 - (model.coef[1] != 0)
    rows = ~np.isnan(X[:, model.coef != 0]).any(axis=1)
    fitted = np.nan_to_num(X[rows]) @ model.coef + model.intercept
    assert report.error.mean_squared_error == pytest.approx(np.mean((y[rows] - fitted) ** 2))
    X[:, 2] = np.nan
    gone = entry(monitor(saved, X), "x2")
    assert gone.missing == 1.0 and gone.state == "drift" and np.isnan(gone.psi)
    assert json.dumps(monitor(saved, X).to_dict(), allow_nan=False)
    with pytest.raises(ValueError, match="lacks a value of an active feature"):
        monitor(saved, X, y)
    sparse = sp.csc_array(np.where(abs(make(1)[0]) < 0.5, 0.0, make(1)[0]))
    sparse.data[3] = np.nan
    assert entry(monitor(saved, sparse), "x0").missing == pytest.approx(1 / N)


def test_error_against_training_and_its_interval(saved):
    X, y = make(1)
    worse = y + 2.0 * np.random.default_rng(9).standard_normal(N)
    model, (old_X, old_y) = lassocore.load(saved), make()
    old = (old_y - old_X @ model.coef - model.intercept) ** 2
    for target, drifts in ((y, False), (worse, True)):
        error = monitor(model, X, target).error
        new = (target - X @ model.coef - model.intercept) ** 2
        se, old_se = (np.std(values, ddof=1) / N**0.5 for values in (new, old))
        z, t = stats.norm.ppf(0.975), stats.t.ppf(0.975, N - 1)
        assert error.mean_squared_error == pytest.approx(new.mean()) and error.reference == "training"
        np.testing.assert_allclose(error.interval, [new.mean() - t * se, new.mean() + t * se])
        d = np.count_nonzero(model.coef) + 1
        expected = old.mean() * (N + 1) * (N - 2) / ((N - d) * (N - d - 1))
        assert error.reference_error == pytest.approx(expected)
        assert error.ratio == pytest.approx(new.mean() / expected)
        width = np.hypot(t * se / new.mean(), z * old_se / old.mean())
        np.testing.assert_allclose(np.log(error.ratio_interval), np.log(error.ratio) + [-width, width])
        residuals = target - X @ model.coef - model.intercept
        assert error.bias == pytest.approx(residuals.mean())
        spread = t * residuals.std(ddof=1) / N**0.5
        np.testing.assert_allclose(error.bias_interval, [error.bias - spread, error.bias + spread])
        assert error.drifted == drifts == monitor(model, X, target).drifted
    assert "error: mean squared error" in monitor(model, X, worse).reasons[-1]


def test_error_against_validation(tmp_path):
    X, y = make()
    cv = lassocore.LassoCV(cv=5).fit(X, y)
    cv.save(tmp_path / "model.json", X, y)
    error = monitor(tmp_path / "model.json", *make(1)).error
    k = int(np.flatnonzero(cv.alphas_ == cv.alpha_)[0])
    assert error.reference == "validation" and error.reference_error == cv.mse_mean_[k]
    cv.save(tmp_path / "bare.json", X)
    assert monitor(tmp_path / "bare.json", *make(1)).error.reference == "validation"
    path = lassocore.fit_path(X, y)
    path.save(tmp_path / "path.json", X=X, y=y)
    error = monitor(tmp_path / "path.json", *make(1), alpha=path.alphas[50]).error
    assert error.reference is error.ratio is error.ratio_interval is None and not error.drifted


def test_an_overfitted_model_is_not_taken_for_drift(tmp_path):
    """Its errors on the training rows are far below those on any others."""
    rng = np.random.default_rng(5)
    X, y = rng.standard_normal((60, 30)), rng.standard_normal(60)
    lassocore.Lasso(alpha=1e-4).fit(X, y).save(tmp_path / "model.json", X, y)
    error = monitor(tmp_path / "model.json", rng.standard_normal((500, 30)), rng.standard_normal(500)).error
    model = lassocore.load(tmp_path / "model.json")
    assert len(model.active_features) == 30 and model.training_error.mean_squared_error < 0.7
    assert not error.drifted and error.mean_squared_error > 2 * model.training_error.mean_squared_error
    wide = rng.standard_normal((30, 60))
    lassocore.Lasso(alpha=1e-6, tol=1e-9, max_iter=100_000).fit(wide, y[:30]).save(tmp_path / "wide.json", wide, y[:30])
    error = monitor(tmp_path / "wide.json", rng.standard_normal((50, 60)), y[:50]).error
    assert error.reference is None and not error.drifted


def test_refit_at_the_same_alpha(saved):
    X, y = make(1)
    y = y + 1.5 * X[:, 1] - 2.0 * X[:, 0]
    report, old = monitor(saved, X, y, refit=True), lassocore.load(saved).coef
    new = SklearnLasso(alpha=0.05, tol=1e-12).fit(X, y).coef_
    refit = report.refit
    assert refit.alpha == 0.05 and refit.converged and refit.drifted
    labels = feature_labels(None, range(P))
    assert refit.entered == tuple(labels[j] for j in range(P) if new[j] != 0 and old[j] == 0)
    assert refit.left == tuple(labels[j] for j in range(P) if new[j] == 0 and old[j] != 0)
    assert refit.signs_changed == tuple(labels[j] for j in range(P) if new[j] * old[j] < 0)
    both, either = ((new != 0) & (old != 0)).sum(), ((new != 0) | (old != 0)).sum()
    assert refit.support_overlap == pytest.approx(both / either)
    sds = X.std(axis=0)
    assert refit.coef_change == pytest.approx(np.linalg.norm(sds * (new - old)) / np.linalg.norm(sds * old), rel=1e-5)
    np.testing.assert_allclose([refit.coefs[name][1] for name in refit.coefs], new[(new != 0) | (old != 0)], atol=1e-6)
    assert report.reasons[-1].startswith("refit: ")
    assert not monitor(saved, *make(1), refit=True).refit.drifted


@pytest.mark.parametrize("estimator", [
    lassocore.AdaptiveLasso(cv=3), lassocore.GroupLasso(alpha=0.1, groups=[0, 0, 1, 1, 2, 2]),
    lassocore.Lasso(alpha=0.1, bounds=(0.0, np.ones(P))), lassocore.Lasso(alpha=0.1, penalty_factor=np.ones(P))])
def test_refits_that_the_file_does_not_describe_are_refused(estimator, tmp_path):
    X, y = make()
    estimator.fit(X, y).save(tmp_path / "model.json", X, y)
    assert monitor(tmp_path / "model.json", X, y).error.n_samples == N
    with pytest.raises(ValueError, match="cannot be refitted"):
        monitor(tmp_path / "model.json", X, y, refit=True)


def test_weights_of_new_rows_count_as_repeated_rows(saved):
    X, y = make(1)
    weights = np.random.default_rng(2).integers(0, 3, N)
    weighted = monitor(saved, X, y, sample_weight=weights)
    repeated = monitor(saved, np.repeat(X, weights, axis=0), np.repeat(y, weights))
    for one, other in zip(weighted.features, sorted(repeated.features, key=lambda f: [
            feature.name for feature in weighted.features].index(f.name)), strict=True):
        assert one.mean_shift == pytest.approx(other.mean_shift)
        assert one.variance_ratio == pytest.approx(other.variance_ratio)
    assert weighted.error.mean_squared_error == pytest.approx(repeated.error.mean_squared_error)
    assert weighted.error.bias == pytest.approx(repeated.error.bias)


def test_names_are_compared(tmp_path):
    X, y = make()
    frame = pd.DataFrame(X, columns=list("abcdef"))
    lassocore.Lasso(alpha=0.05).fit(frame, y).save(tmp_path / "model.json", frame, y)
    report = monitor(tmp_path / "model.json", pl.DataFrame(make(1)[0], schema=list("abcdef")))
    assert report.features[0].name in "abcdef"
    with pytest.raises(ValueError, match="same order"):
        monitor(tmp_path / "model.json", frame[list("fedcba")])


def of_columns():
    """A model of a data file: two numbers and a text column."""
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"age": rng.normal(40, 10, 200), "pay": rng.normal(3, 1, 200),
                          "city": rng.choice(["Oslo", "Paris", "Rome"], 200)})
    X = np.column_stack([table["age"], table["pay"], *(table["city"] == city for city in ("Oslo", "Paris", "Rome"))])
    y = 0.1 * X[:, 0] + 2 * X[:, 2] + 0.1 * rng.standard_normal(200)
    path = lassocore.fit_path(X, y, alphas=[0.05])
    columns = (Column("age", "numeric"), Column("pay", "numeric"), Column("city", "text", ("Oslo", "Paris", "Rome")))
    names = tuple(name for column in columns for name in column.feature_names)
    model = Model(replace(path, feature_names=names), columns, Training(
        "y", None, 200, 1e-4, 100, True, False, False, "cyclic"), profile=profile_of(X, [0, 1, 2, 3, 4]))
    return model, table, X, y


@pytest.mark.parametrize("kind", [lambda frame: frame, pl.from_pandas], ids=["pandas", "polars"])
def test_frames_with_text_columns(kind):
    model, table, X, y = of_columns()
    np.testing.assert_allclose(model.predict(kind(table)), model.path.predict(
        pd.DataFrame(X, columns=list(model.feature_names)), 0.05), rtol=1e-14)
    assert not monitor(model, kind(table), y, refit=True).drifted
    other = table.assign(city=table["city"].where(table.index >= 30, "Bonn"))
    other.loc[100:119, "age"] = np.nan
    other.loc[120, "city"] = None
    report = monitor(model, kind(other), y)
    assert report.unseen == {"city": 30 / 200} and report.missing == {"age": 20 / 200, "city": 1 / 200}
    assert report.error.n_samples == 179 and report.n_samples == 200
    assert [reason for reason in report.reasons if reason.startswith("column")] == [
        "column city: categories not seen in training in 15.0% of the rows",
        "column age: values missing in 10.0% of the rows"]
    with pytest.raises(ValueError, match="column 'age' of X has 20 missing values"):
        model.predict(kind(other))
    with pytest.raises(ValueError, match="no number"):
        model.predict(kind(table.assign(age="old")))
    with pytest.raises(ValueError, match="no column .pay.; it has .age., .city."):
        model.predict(kind(table[["age", "city"]]))


def test_categories_counted_elsewhere(saved):
    report = monitor(saved, make(1)[0], unseen={"city": 40, "level": 0})
    assert report.unseen == {"city": 0.1} and report.drifted and "Not seen in training: city 10.0%" in str(report)


def test_the_report_is_a_table_a_frame_and_json(saved):
    X, y = make(1)
    X[:, 0] += 1.0
    report = monitor(saved, X, y, refit=True)
    lines = str(report).split("\n")
    assert lines[0] == (f"Drift: {N} new rows against {N} of the training, {len(report.features)} active features, 1 "
                        "of them with drift")
    assert lines[2].split() == ["feature", "coefficient", "mean", "new", "mean", "shift", "variance", "ratio", "PSI",
                                "missing", "state"]
    assert lines[3].startswith("x0 ") and lines[3].endswith("drift") and len({len(line) for line in lines[2:4]}) <= 2
    assert any(line.startswith("Mean squared error") for line in lines)
    assert any(line.startswith("Refit at alpha 0.05") for line in lines) and "Above the thresholds:" in lines
    frame = report.to_frame()
    assert frame.index[0] == "x0" and frame.loc["x0", "state"] == "drift" and len(frame) == len(report.features)
    assert frame.loc["x0", "psi"] == report.features[0].psi
    plain = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert plain["drifted"] is True and plain["features"][0]["name"] == "x0" and plain["refit"]["alpha"] == 0.05
    assert plain["thresholds"]["psi"] == 0.25 and plain["error"]["reference"] == "training"
    assert str(monitor(saved, make(1)[0])).startswith("No drift: ")


def test_thresholds_are_the_callers(saved):
    X = make(1)[0] + 0.35
    assert monitor(saved, X).drifted
    loose = Thresholds(mean_shift=9.0, psi=9.0, variance_ratio=99.0)
    report = monitor(saved, X, thresholds=loose)
    assert not report.drifted and "watch" in {feature.state for feature in report.features}
    for name, value in (("psi", -1.0), ("psi", "high"), ("level", 0.0), ("confidence", 1.0), ("missing", True),
                        ("psi", np.nan)):
        with pytest.raises(ValueError, match=f"{name}="):
            Thresholds(**{name: value})


def test_a_feature_that_was_constant(tmp_path):
    X, y = make()
    model = lassocore.load(_saved_constant(X, y, tmp_path))
    X = X.copy()
    X[:, 3] = 0.0
    assert entry(monitor(model, X), "x3").state == "stable"
    X[:, 3] = np.arange(N) % 2
    changed = entry(monitor(model, X), "x3")
    assert changed.state == "drift" and changed.variance_ratio == np.inf and "variance ratio" in changed.reasons
    assert json.dumps(monitor(model, X).to_dict(), allow_nan=False)


def _saved_constant(X, y, tmp_path):
    """A model whose training data had one value of an active feature."""
    path = lassocore.fit_path(X, y + X[:, 3], alphas=[0.05])
    constant = X.copy()
    constant[:, 3] = 0.0
    path.save(tmp_path / "model.json", X=constant)
    return tmp_path / "model.json"


def test_wrong_calls_are_refused(saved, tmp_path):
    X, y = make(1)
    lassocore.Lasso(alpha=0.05).fit(X, y).save(tmp_path / "bare.json")
    for call, named in [
            (lambda: monitor(tmp_path / "bare.json", X), "no profile"),
            (lambda: monitor(saved, X[:, :4]), "6 features"), (lambda: monitor(saved, X[:0]), "0 sample"),
            (lambda: monitor(saved, np.where(X > 2, np.inf, X)), "infinite"),
            (lambda: monitor(saved, X, refit=True), "needs y_new"), (lambda: monitor(saved, X, y[:5]), "y_new"),
            (lambda: monitor(saved, X, np.where(y > 1, np.nan, y)), "y_new contains NaN"),
            (lambda: monitor(saved, X, refit="yes"), "refit='yes'"), (lambda: monitor(lassocore.Lasso(), X), "model="),
            (lambda: monitor(saved, X, thresholds={"psi": 1}), "thresholds="),
            (lambda: monitor(saved, X, sample_weight=-np.ones(N)), "sample_weight"),
            (lambda: monitor(saved, X, alpha=7.0), "outside the path")]:
        with pytest.raises(ValueError, match=named):
            call()


def test_input_is_not_changed(saved):
    X, y = make(1)
    X[3, 2] = np.nan
    X.setflags(write=False)
    y.setflags(write=False)
    monitor(saved, X, y)
    monitor(saved, sp.csc_array(X), y)
    assert np.isnan(X[3, 2])


def test_an_offset_of_the_fit(tmp_path):
    X, y = make()
    offset = np.linspace(-5.0, 5.0, N)
    path = lassocore.fit_path(X, y + offset, alphas=[0.05], offset=offset)
    path.save(tmp_path / "model.json", X=X, y=y + offset)
    assert not monitor(tmp_path / "model.json", X).drifted
    with pytest.raises(ValueError, match="offset"):
        monitor(tmp_path / "model.json", X, y)
    assert monitor(tmp_path / "model.json", X, y + offset, offset=offset).error.mean_squared_error < 1.5


@pytest.mark.parametrize("options", [{"standardize": True}, {"penalty_factor": np.arange(1.0, P + 1)}, {}])
def test_a_path_does_not_tell_how_it_was_fitted(options, tmp_path):
    """Refitted with other settings, even the data of the fit would seem to have changed."""
    X, y = make()
    lassocore.fit_path(X, y, alphas=[0.05], **options).save(tmp_path / "model.json", X=X, y=y)
    with pytest.raises(ValueError, match="refit=True: a saved path .* cannot be refitted; save an estimator"):
        monitor(tmp_path / "model.json", X, y, refit=True)


def test_values_without_weight_are_missing(saved):
    X, y = make(1)
    X[: N // 2] = np.nan
    s = (np.arange(N) < N // 2).astype(float)
    report = monitor(saved, X, sample_weight=s)
    assert all(feature.missing == 1.0 and feature.state == "drift" for feature in report.features)
    with pytest.raises(ValueError, match="or has weight 0"):
        monitor(saved, X, y, sample_weight=s)


def test_standard_deviations_of_a_refit_are_weighted(saved):
    X, y = make(1)
    s = np.arange(N) % 3
    weighted, repeated = monitor(saved, X, y, sample_weight=s, refit=True), monitor(
        saved, np.repeat(X, s, axis=0), np.repeat(y, s), refit=True)
    assert weighted.refit.coef_change == pytest.approx(repeated.refit.coef_change, rel=1e-6)
