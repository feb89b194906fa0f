# Lives here: models as objects of scikit-learn and as ONNX graphs. Independent of: model files.
"""Exported models predict as the model does."""
import pickle

import numpy as np
import pandas as pd
import pytest
import sklearn.linear_model
from sklearn.utils.validation import check_is_fitted

import lassocore

MODELS = {
    "lasso": lassocore.Lasso(alpha=0.1), "elastic net": lassocore.ElasticNet(alpha=0.1, l1_ratio=0.5),
    "no intercept": lassocore.Lasso(alpha=0.1, fit_intercept=False), "empty": lassocore.Lasso(alpha=100.0),
    "cv": lassocore.LassoCV(cv=3, alphas=5)}


def model_of(name, tmp_path, dtype=np.float64, named=False):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((80, 12)).astype(dtype)
    y = X[:, 0] - X[:, 5] + rng.standard_normal(80) + 1.0
    X = pd.DataFrame(X, columns=[f"b{j}" for j in range(12)]) if named else X
    MODELS[name].fit(X, y).save(tmp_path / "model.json")
    return X, lassocore.load(tmp_path / "model.json")


@pytest.mark.parametrize("named", [False, True])
@pytest.mark.parametrize("name", MODELS)
def test_scikit_learn(name, named, tmp_path):
    X, model = model_of(name, tmp_path, named=named)
    fitted = model.to_sklearn()
    check_is_fitted(fitted)
    kind = sklearn.linear_model.ElasticNet if name == "elastic net" else sklearn.linear_model.Lasso
    assert type(fitted) is kind and fitted.alpha == model.alpha and fitted.n_features_in_ == 12
    assert hasattr(fitted, "feature_names_in_") == named and fitted.fit_intercept == (name != "no intercept")
    np.testing.assert_array_equal(fitted.coef_, model.coef)
    np.testing.assert_allclose(fitted.predict(X), model.predict(X), rtol=1e-12)
    again = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(again.predict(X), fitted.predict(X))
    assert fitted.dual_gap_ == model.path.dual_gaps[0] and fitted.get_params()["tol"] == 1e-4
    fitted.coef_[:] = 7.0
    assert not (model.coef == 7.0).any()


def test_scikit_learn_of_any_alpha_of_a_path(tmp_path):
    rng = np.random.default_rng(1)
    X, y = rng.standard_normal((60, 5)), rng.standard_normal(60)
    path = lassocore.fit_path(X, y, alphas=6, l1_ratio=0.5)
    path.save(tmp_path / "model.json")
    model, alpha = lassocore.load(tmp_path / "model.json"), float(path.alphas[2:4].mean())
    fitted = model.to_sklearn(alpha)
    assert fitted.alpha == alpha and fitted.l1_ratio == 0.5
    np.testing.assert_allclose(fitted.predict(X), path.predict(X, alpha), rtol=1e-12)
    with pytest.raises(ValueError, match="6 alphas"):
        model.to_sklearn()


@pytest.mark.parametrize("named", [False, True])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", MODELS)
def test_onnx(name, dtype, named, tmp_path):
    onnx = pytest.importorskip("onnx", reason="onnx is not installed")
    runtime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    X, model = model_of(name, tmp_path, dtype, named)
    model.to_onnx(tmp_path / "model.onnx")
    session = runtime.InferenceSession(str(tmp_path / "model.onnx"), providers=["CPUExecutionProvider"])
    assert [entry.name for entry in session.get_inputs()] == ["X"]
    rows = np.asarray(X)
    found, = session.run(["prediction"], {"X": rows})
    assert found.dtype == dtype and found.shape == (80,)
    tol = 1e-12 if dtype == np.float64 else 1e-5
    np.testing.assert_allclose(found, model.predict(X), rtol=tol, atol=tol)
    one, = session.run(None, {"X": rows[:1]})
    np.testing.assert_allclose(one, found[:1], rtol=tol)
    graph = onnx.load(str(tmp_path / "model.onnx"))
    assert graph.producer_name == "lassocore" and [node.op_type for node in graph.graph.node] == [
        "Gather", "MatMul", "Add"]
    assert [prop.key for prop in graph.metadata_props] == ["feature_names"] * named
    model.to_onnx(tmp_path / "again.onnx")
    assert (tmp_path / "again.onnx").read_bytes() == (tmp_path / "model.onnx").read_bytes()


def test_without_onnx_the_error_names_the_extra(tmp_path, monkeypatch):
    import sys

    _, model = model_of("lasso", tmp_path)
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ImportError, match=r"lassocore\[onnx\]"):
        model.to_onnx(tmp_path / "model.onnx")
    assert not (tmp_path / "model.onnx").exists()
