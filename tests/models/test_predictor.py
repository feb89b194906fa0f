# Lives here: prepared predictions. Independent of: model files.
"""Predictors read active features only, take rows in every form, and refuse what they cannot predict."""
import subprocess
import sys

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse as sp

from lassocore.models import Predictor

P = 30
NAMES = tuple(f"x{j}" for j in range(P))


def make(dtype=np.float64, n_active=4):
    rng = np.random.default_rng(n_active)
    coef = np.zeros(P, dtype)
    coef[np.sort(rng.choice(P, n_active, replace=False))] = rng.standard_normal(n_active)
    return rng.standard_normal((50, P)), coef, Predictor(coef, 0.25, NAMES)


@pytest.mark.parametrize("n_active", [0, 1, 4, 29])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_all_forms_of_rows_give_the_same(n_active, dtype):
    X, coef, predict = make(dtype, n_active)
    expected = X @ coef.astype(float) + 0.25
    near = {"rtol": 1e-12, "atol": 1e-12} if dtype == np.float64 else {"rtol": 1e-5, "atol": 1e-5}
    for rows in (X, np.asfortranarray(X), X[:, ::-1][:, ::-1], sp.csr_array(X), sp.csc_array(X), sp.coo_array(X),
                 pd.DataFrame(X, columns=NAMES), pl.DataFrame(X, schema=list(NAMES)), X.tolist(),
                 np.repeat(X, 2, 0)[::2]):
        found = predict(rows)
        assert isinstance(found, np.ndarray) and found.shape == (50,)
        np.testing.assert_allclose(found, expected, **near)
    for k in (0, 49):
        for row in (X[k], X[k].tolist(), dict(zip(NAMES, X[k].tolist(), strict=True)), X[k].astype(np.longdouble)):
            found = predict(row)
            assert type(found) is float
            np.testing.assert_allclose(found, expected[k], **near)
    assert predict.features.tolist() == np.flatnonzero(coef).tolist()
    assert repr(predict) == f"<Predictor: {n_active} of {P} features>"


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("n_active", [1, 4, 29])
def test_inactive_columns_may_hold_anything(order, n_active):
    X, coef, predict = make(n_active=n_active)
    clean = predict(X)
    X[:, coef == 0] = np.nan
    np.testing.assert_allclose(predict(np.array(X, order=order)), clean, rtol=1e-12, atol=1e-12)
    assert predict(X[3]) == pytest.approx(clean[3])


def test_frames_and_mappings_are_read_by_name():
    X, coef, predict = make()
    frame = pd.DataFrame(X, columns=NAMES)
    active = [NAMES[j] for j in predict.features]
    shuffled = frame[active[::-1]].assign(city="Paris")
    np.testing.assert_array_equal(predict(shuffled), predict(frame))
    assert predict({**frame.loc[2, active].to_dict(), "city": "Paris"}) == pytest.approx(predict(X[2]))
    for lacking in (frame.drop(columns=active[0]), frame.loc[0].drop(active[0]).to_dict()):
        with pytest.raises(ValueError, match=f"X has no feature '{active[0]}'"):
            predict(lacking)
    with pytest.raises(ValueError, match="pass real numbers"):
        predict(frame.assign(**{active[0]: "a"}))
    with pytest.raises(ValueError, match="no feature names"):
        Predictor(coef, 0.0)({"x0": 1.0})


@pytest.mark.parametrize("rows, named", [
    (np.zeros(P + 1), "a row has 30"), (np.zeros((2, P - 1)), "the model has 30"), (np.zeros((2, P, 1)), "shape"),
    (sp.csr_array((2, P + 3)), "the model has 30"), (np.full(P, np.nan), "prediction is nan"),
    (np.full((2, P), np.inf), "prediction of row 0"), (np.full((2, P), "a"), "pass real numbers"), ([], "a row has 30"),
    (np.zeros((2, P), complex), "pass real numbers")], ids=lambda value: str(value)[:20].replace("\n", " "))
def test_what_cannot_be_predicted_is_refused(rows, named):
    _, _, predict = make()
    with pytest.raises(ValueError, match=named):
        predict(rows)


def test_sparse_rows_stay_sparse(monkeypatch):
    X, coef, predict = make()
    sparse = sp.csr_array(np.where(abs(X) > 1, X, 0.0))
    expected = predict(sparse.toarray())
    for kind in (sp.csr_array, sp.csc_array):
        monkeypatch.setattr(kind, "toarray", None)
        monkeypatch.setattr(kind, "todense", None)
    np.testing.assert_allclose(predict(sparse), expected, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(predict(sparse.tocsc()), expected, rtol=1e-12, atol=1e-12)


def test_input_is_not_changed():
    X, _, predict = make()
    X.setflags(write=False)
    before = X.copy()
    predict(X), predict(X[0])
    np.testing.assert_array_equal(X, before)


def test_neither_scikit_learn_nor_pandas_is_loaded(tmp_path):
    code = ("import sys, numpy as np; from lassocore.models import Predictor;"
            "p = Predictor(np.array([0.0, 2.0]), 1.0); print(p(np.ones(2)), p(np.ones((3, 2))).sum(),"
            "[m for m in ('sklearn', 'pandas', 'polars', 'matplotlib', 'onnx') if m in sys.modules])")
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout.split() == ["3.0", "9.0", "[]"], done.stderr
