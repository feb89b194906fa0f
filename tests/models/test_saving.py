# Lives here: what estimators and paths save, and what is loaded. Independent of: the command line.
"""A saved model predicts as the object does, to the last bit, in a fresh process as well, and says what is known."""
import datetime
import json
import os
import pickle
import subprocess
import sys

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse as sp
from sklearn.exceptions import NotFittedError

import lassocore
from lassocore.models import CrossValidationRecord, DataWindow, Model, ModelFileError
from lassocore.models.records import plain_parameters

N, P = 120, 20
GROUPS = [k // 2 for k in range(P)]
ESTIMATORS = {
    "Lasso": lassocore.Lasso(alpha=0.1), "ElasticNet": lassocore.ElasticNet(alpha=0.1, l1_ratio=0.7, positive=True),
    "Lasso without intercept": lassocore.Lasso(alpha=0.1, fit_intercept=False),
    "ridge": lassocore.ElasticNet(alpha=0.1, l1_ratio=0.0),
    "LassoCV": lassocore.LassoCV(cv=3, alphas=8, selection_rule="1se"),
    "ElasticNetCV": lassocore.ElasticNetCV(cv=3, alphas=8, l1_ratio=[0.5, 1.0], scoring="r2"),
    "LassoIC": lassocore.LassoIC("bic"), "AdaptiveLasso": lassocore.AdaptiveLasso(cv=3, alphas=8),
    "GroupLasso": lassocore.GroupLasso(alpha=0.1, groups=GROUPS),
    "SparseGroupLassoCV": lassocore.SparseGroupLassoCV(groups=GROUPS, cv=3, alphas=8)}
STORAGES = {
    "rows": np.ascontiguousarray, "columns": np.asfortranarray, "float32": lambda X: X.astype(np.float32),
    "csc": lambda X: sp.csc_array(np.where(abs(X) > 1, X, 0.0)),
    "csr float32": lambda X: sp.csr_array(np.where(abs(X) > 1, X, 0.0)).astype(np.float32),
    "pandas": lambda X: pd.DataFrame(X, columns=[f"gene {j}" for j in range(P)]),
    "polars float32": lambda X: pl.DataFrame({f"g{j}": X[:, j].astype(np.float32) for j in range(P)})}


def make(seed=0):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((N, P))
    return X, X[:, 0] - 0.5 * X[:, 3] + rng.standard_normal(N) + 2.0


def saved(thing, tmp_path, *data, **record):
    thing.save(tmp_path / "model.json", *data, **record)
    return lassocore.load(tmp_path / "model.json")


def same(one, other):
    assert one.dtype == other.dtype
    np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("storage", STORAGES)
@pytest.mark.parametrize("name", ESTIMATORS)
def test_estimators_predict_equally(name, storage, tmp_path):
    X, y = make()
    X, estimator = STORAGES[storage](X), ESTIMATORS[name]
    estimator.fit(X, y)
    model = saved(estimator, tmp_path, X, y)
    same(model.predict(X), estimator.predict(X))
    same(model.coef, estimator.coef_)
    assert model.intercept == estimator.intercept_ and model.alpha == getattr(estimator, "alpha_", estimator.alpha
                                                                             if hasattr(estimator, "alpha") else None)
    names = getattr(estimator, "feature_names_in_", None)
    assert model.feature_names == (None if names is None else tuple(names))
    assert model.settings.name == type(estimator).__name__ and model.training.n_samples == N
    assert model.path.dual_gaps[0] == estimator.dual_gap_ and model.path.converged.all()
    assert model.profile.features.tolist() == np.flatnonzero(estimator.coef_).tolist()
    assert model.training_error.mean_squared_error == pytest.approx(np.mean((y - estimator.predict(X)) ** 2), rel=1e-6)


@pytest.mark.parametrize("storage", STORAGES)
def test_paths_predict_equally_at_every_alpha(storage, tmp_path):
    X, y = make()
    X = STORAGES[storage](X)
    path = lassocore.fit_path(X, y, alphas=12, l1_ratio=0.9)
    between = float(path.alphas[3:5].mean())
    model = saved(path, tmp_path, alpha=between, X=X, y=y)
    assert model.alpha == between and model.settings is None
    for alpha in (between, *path.alphas[[0, 5, -1]].tolist()):
        same(model.predict(X, alpha), path.predict(X, alpha))
        same(model.path.predict(X, alpha), path.predict(X, alpha))
    same(model.path.predict(X), path.predict(X))
    same(model.path.coefs, path.coefs)
    assert model.path.to_dict() == path.to_dict()


FRESH = """
import pickle, sys
import lassocore
model, (X, expected, row) = lassocore.load(sys.argv[1]), pickle.load(open(sys.argv[2], "rb"))
found = model.predict(X)
assert found.dtype == expected.dtype and (found == expected).all(), abs(found - expected).max()
assert model.predictor()(row[0]) == row[1]
print("equal", "sklearn" in sys.modules)
"""


@pytest.mark.parametrize("storage", STORAGES)
@pytest.mark.parametrize("kind", ["estimator", "path"])
def test_a_fresh_process_predicts_equally(kind, storage, tmp_path):
    X, y = make()
    X = STORAGES[storage](X)
    if kind == "estimator":
        fitted = lassocore.LassoCV(cv=3, alphas=8).fit(X, y)
        fitted.save(tmp_path / "model.json")
        expected = fitted.predict(X)
    else:
        fitted = lassocore.fit_path(X, y, alphas=8)
        fitted.save(tmp_path / "model.json", alpha=fitted.alphas[4])
        expected = fitted.predict(X, fitted.alphas[4])
    row = np.random.default_rng(5).standard_normal(P)
    held = lassocore.load(tmp_path / "model.json").predictor()(row)
    (tmp_path / "data.pickle").write_bytes(pickle.dumps((X, expected, (row, held))))
    done = subprocess.run([sys.executable, "-c", FRESH, str(tmp_path / "model.json"), str(tmp_path / "data.pickle")],
                          cwd=tmp_path, env=os.environ, capture_output=True, text=True)
    needs_sklearn = storage.startswith(("pandas", "polars"))
    assert done.stdout.split() == ["equal", str(needs_sklearn)], done.stderr


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_numbers_come_back_to_the_last_bit(dtype, tmp_path):
    rng = np.random.default_rng(1)
    X = (rng.standard_normal((30, 6)) * 10.0 ** rng.integers(-12, 12, 6)).astype(dtype)
    path = lassocore.fit_path(X, rng.standard_normal(30), alphas=5, eps=1e-6)
    held = saved(path, tmp_path).path
    for name in ("alphas", "intercepts", "dual_gaps", "r2", "n_iter", "converged"):
        same(getattr(held, name), getattr(path, name))
    same(held.coefs_sparse.data, path.coefs_sparse.data)
    assert held.coefs_sparse.dtype == dtype and held.gap_tol == path.gap_tol


def test_names_of_frames_are_compared(tmp_path):
    X, y = make()
    frame = STORAGES["pandas"](X)
    model = saved(lassocore.Lasso(alpha=0.1).fit(frame, y), tmp_path)
    assert model.nonzero_names()[0] == "gene 0"
    with pytest.raises(ValueError, match="Feature names must be in the same order"):
        model.predict(frame[frame.columns[::-1]])
    with pytest.raises(ValueError, match="feature names should match"):
        model.predict(frame.rename(columns={"gene 3": "gene x"}))
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        model.predict(X)
    with pytest.raises(ValueError, match="19"):
        saved(lassocore.Lasso(alpha=0.1).fit(X, y), tmp_path).predict(X[:, :19])
    with pytest.raises(ValueError, match="NaN in column 7"):
        saved(lassocore.Lasso(alpha=0.1).fit(X, y), tmp_path).predict(np.where(np.arange(P) == 7, np.nan, X))


def test_cross_validation_is_recorded(tmp_path):
    X, y = make()
    cv = lassocore.ElasticNetCV(cv=4, alphas=9, l1_ratio=[0.2, 1.0], selection_rule="1se", scoring="r2").fit(X, y)
    record = saved(cv, tmp_path).cross_validation
    row = [0.2, 1.0].index(cv.l1_ratio_)
    same(record.alphas, cv.alphas_[row])
    same(record.mean_error, cv.mse_mean_[row])
    same(record.standard_error, cv.mse_se_[row])
    same(record.mean_score, cv.score_mean_[row])
    assert (record.rule, record.n_folds, record.scoring) == ("1se", 4, "r2")
    assert record.alphas[record.chosen] == cv.alpha_
    assert record.chosen_error == (cv.mse_mean_[row, record.chosen], cv.mse_se_[row, record.chosen])
    path = lassocore.fit_path(X, y, alphas=cv.alphas_[row], l1_ratio=cv.l1_ratio_)
    held = saved(path, tmp_path, alpha=cv.alpha_, cv=cv)
    assert held.cross_validation.to_dict() == record.to_dict() == CrossValidationRecord.of(cv).to_dict()
    with pytest.raises(ValueError, match="cv=.*cross-validated"):
        path.save(tmp_path / "other.json", cv=lassocore.Lasso().fit(X, y))


@pytest.mark.parametrize("window, expected", [
    ("spring of 2025", DataWindow(note="spring of 2025")), (None, None),
    (DataWindow("a", "b", "c"), DataWindow("a", "b", "c")),
    (np.datetime64("2025-03-01") + np.arange(N)[::-1], DataWindow("2025-03-01", "2025-06-28")),
    (pd.Series(pd.date_range("2025-01-01", periods=N, freq="h")).where(np.arange(N) != 50),
     DataWindow("2025-01-01T00:00:00", "2025-01-05T23:00:00")),
    ([datetime.date(2024, 1, 1 + k % 9) for k in range(N)], DataWindow("2024-01-01", "2024-01-09"))],
    ids=["text", "none", "window", "days", "hours", "dates"])
def test_windows(window, expected, tmp_path):
    X, y = make()
    held = saved(lassocore.Lasso(alpha=0.5).fit(X, y), tmp_path, X, window=window).window
    assert held == expected


def test_settings_are_plain_values(tmp_path):
    X, y = make()
    estimator = lassocore.Lasso(
        alpha=np.float32(0.25), penalty_factor=np.arange(1.0, P + 1), callback=lambda info: False,
        bounds=(-1, np.ones(P)), selection="random", random_state=np.random.RandomState(0))
    held = saved(estimator.fit(X, y), tmp_path)
    parameters = held.settings.parameters
    assert parameters["penalty_factor"] == list(range(1, P + 1)) and parameters["alpha"] == 0.25
    assert held.settings.omitted == ("bounds", "callback", "random_state") and parameters["selection"] == "random"
    assert set(parameters) | set(held.settings.omitted) == set(estimator.get_params())
    assert held.training.selection == "random" and held.training.tol == 1e-4
    assert plain_parameters({"a": np.nan, "b": [1, [2]], "c": {"d": 1}, "e": ["x"], "f": True, "g": None}) == {
        "f": True, "g": None}


def test_metadata_is_json(tmp_path):
    X, y = make()
    model = saved(lassocore.LassoCV(cv=3, alphas=5).fit(X, y), tmp_path, X, y, window="2025")
    found = json.loads(json.dumps(model.metadata, allow_nan=False))
    assert found["certificate"]["converged"] == [True] and found["window"]["note"] == "2025"
    assert found["library_version"] == lassocore.__version__ and found["cross_validation"]["n_folds"] == 3
    assert abs(datetime.datetime.now(datetime.UTC) - datetime.datetime.fromisoformat(found["written"])
               ) < datetime.timedelta(minutes=10)


def test_groups_relaxed_paths_and_offsets_come_back(tmp_path):
    X, y = make()
    groups = {"first": list(range(10)), "rest": list(range(10, P))}
    path = lassocore.fit_path(X, y, alphas=4, groups=groups, group_weights={"first": 1.0, "rest": np.inf})
    held = saved(path, tmp_path).path
    assert held.nonzero_groups() == path.nonzero_groups() == ["first"]
    same(held.groups.weights, path.groups.weights)
    assert saved(lassocore.fit_path(X, y, alphas=4, relax=0.5), tmp_path).path.relax == 0.5
    offset = np.linspace(0.0, 1.0, N)
    model = saved(lassocore.fit_path(X, y, alphas=4, offset=offset), tmp_path)
    same(model.predict(X, model.path.alphas[2], offset), model.path.predict(X, model.path.alphas[2], offset))
    for call in (lambda: model.predict(X, 0.1), lambda: model.predictor(0.1), lambda: model.to_sklearn(0.1)):
        with pytest.raises(ValueError, match="offset"):
            call()


@pytest.mark.parametrize("estimator", [lassocore.Lasso(), lassocore.MultiTaskLasso(),
                                       lassocore.MultiTaskLassoCV(cv=3, alphas=3)])
def test_several_targets_are_refused(estimator, tmp_path):
    X, y = make()
    estimator.fit(X, np.column_stack([y, -y]))
    with pytest.raises(ValueError, match="2 targets; model files hold one"):
        estimator.save(tmp_path / "model.json")
    with pytest.raises(ValueError, match="MultiTaskPathResult has several targets"):
        lassocore.fit_multi_task_path(X, np.column_stack([y, -y])).save(tmp_path / "model.json")
    assert not list(tmp_path.iterdir())


def test_wrong_calls_are_refused(tmp_path):
    X, y = make()
    file, model, path = tmp_path / "model.json", lassocore.Lasso(alpha=0.1), lassocore.fit_path(X, y, alphas=5)
    with pytest.raises(NotFittedError):
        model.save(file)
    model.fit(X, y)
    for call, named in [
            (lambda: model.save(file, y=y), "y is given without X"),
            (lambda: model.save(file, X[:50], y[:50]), "50 rows"),
            (lambda: model.save(file, X, y[:50]), "y has inconsistent length 50"),
            (lambda: model.save(file, X[:, :4]), "20 features"), (lambda: model.save(file, X, window=[1, 2]), "window"),
            (lambda: model.save(file, np.where(X > 2, np.nan, X)), "NaN"),
            (lambda: path.save(file, alpha=1e9), "outside the path"), (lambda: path.save(file, alpha="bic"), "'bic'"),
            (lambda: path.save(file, alpha=True), "alpha=True"),
            (lambda: path.save(file, sample_weight=y), "without X")]:
        with pytest.raises(ValueError, match=named):
            call()
    assert not list(tmp_path.iterdir())
    held = saved(path, tmp_path, X=X)
    with pytest.raises(ValueError, match="the model has 5 alphas"):
        held.predict(X)
    assert repr(held).startswith("<Model: path, 5 alphas from")


def test_the_model_is_that_of_the_fit(tmp_path):
    """Parameters that were changed since do not count where the fit has kept its own."""
    X, y = make()
    estimator = lassocore.Lasso(alpha=0.1).fit(X, y)
    assert saved(estimator.set_params(alpha=7.0), tmp_path).alpha == 0.1


def test_estimators_of_earlier_pickles_are_saved_without_what_they_do_not_know(tmp_path):
    X, y = make()
    estimator = lassocore.Lasso(alpha=0.1).fit(X, y)
    del estimator._fit_record
    model = saved(pickle.loads(pickle.dumps(estimator)), tmp_path)
    assert np.isnan(model.path.gap_tol) and np.isnan(model.path.r2).all() and not model.path.converged.any()
    assert model.training.n_samples is None and model.metadata["certificate"]["tolerance"] is None
    same(model.predict(X), estimator.predict(X))
    assert json.loads((tmp_path / "model.json").read_text())["path"]["r2"] is None


def test_weights_of_the_fit_go_into_the_profile(tmp_path):
    X, y = make()
    weights = np.random.default_rng(2).integers(0, 4, N)
    estimator = lassocore.Lasso(alpha=0.1).fit(X, y, sample_weight=weights)
    model, repeated = saved(estimator, tmp_path, X, y, sample_weight=weights), np.repeat(X, weights, axis=0)
    active = model.profile.features
    np.testing.assert_allclose(model.profile.means, repeated[:, active].mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(model.profile.variances, repeated[:, active].var(axis=0), rtol=1e-12)
    errors = (np.repeat(y, weights) - estimator.predict(repeated)) ** 2
    assert model.training_error.mean_squared_error == pytest.approx(errors.mean(), rel=1e-12)
    assert model.training.weights == "sample_weight"


def test_models_are_saved_again(tmp_path):
    X, y = make()
    model = saved(lassocore.LassoCV(cv=3, alphas=5).fit(X, y), tmp_path, X, y, window="2025")
    first = json.loads((tmp_path / "model.json").read_text())
    model.save(tmp_path / "again.json")
    again = json.loads((tmp_path / "again.json").read_text())
    assert {**again, "written": 0} == {**first, "written": 0}
    assert isinstance(lassocore.load(str(tmp_path / "again.json")), Model)


def test_paths_of_many_targets_slices_and_loaded_paths_are_saved(tmp_path):
    X, y = make()
    many = lassocore.fit_many(X, np.column_stack([y, -2.0 * y]), alphas=6)
    for path in (many[1], many[1][2:4], many[1][3:4]):
        model = saved(path, tmp_path, X=X, y=-2.0 * y)
        same(model.path.coefs, path.coefs)
        again = saved(model.path, tmp_path, X=X)
        same(again.predict(X, path.alphas[-1]), path.predict(X, path.alphas[-1]))
    assert model.alpha == path.alphas[0] and model.training_error is not None and again.training.n_samples == N


def test_a_model_beyond_the_limits_is_not_written(tmp_path, monkeypatch):
    X, y = make()
    model = lassocore.Lasso(alpha=0.1).fit(X, y)
    for limit in ("MAX_BYTES", "MAX_VALUES"):
        with monkeypatch.context() as patch, pytest.raises(ModelFileError, match="larger than model files may be"):
            patch.setattr(f"lassocore.models.model_file.{limit}", 40)
            model.save(tmp_path / "model.json")
    assert not list(tmp_path.iterdir())
