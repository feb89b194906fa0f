# Lives here: tests of predictions: how X is read, names, offsets, alphas. Independent of: how paths are solved.
"""Whatever predicts reads X as fits do; scikit-learn's estimators are the oracle of names."""
import copy
import pickle
import subprocess
import sys
import warnings
from dataclasses import fields

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse as sp

from lassocore import (
    Lasso,
    LassoCV,
    LassoIC,
    MultiTaskLasso,
    alpha_max,
    duality_gap,
    fit_many,
    fit_multi_task_path,
    fit_path,
)

NAMES = list("abcd")
KINDS = ("path", "many", "member", "tasks", "model")


def make(seed=0, n=40):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, 4))
    return X, X @ [1.0, 0.0, -0.5, 0.2] + 0.1 * rng.standard_normal(n), rng


def fitted(kind, X, y, **options):
    """A result of this kind, whose predictions at all alphas have the first target's in front."""
    Y = np.column_stack([y, -y])
    if kind == "path":
        return fit_path(X, y, alphas=5, **options)
    if kind == "model":
        return fit_path(X, y, alphas=5, **options)[3]
    if kind == "tasks":
        return fit_multi_task_path(X, Y, alphas=5, **options)
    many = fit_many(X, Y, alphas=5, **options)
    return many if kind == "many" else many[1]


def frames(X):
    frame = pd.DataFrame(X, columns=NAMES)
    yield "pandas", frame
    yield "polars", pl.DataFrame(frame)
    yield "sparse pandas", pd.DataFrame.sparse.from_spmatrix(sp.csr_array(X), columns=NAMES)
    arrow = pytest.importorskip("pyarrow", reason="the optional reader of Parquet files")
    yield "arrow", arrow.Table.from_pandas(frame)


@pytest.mark.parametrize("kind", KINDS)
def test_frames_of_any_library_keep_their_names_and_predict(kind):
    X, y, _ = make()
    for library, frame in frames(X):
        result = fitted(kind, frame, y)
        names = result.path.feature_names if kind == "model" else result.feature_names
        assert names == tuple(NAMES), library
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            expected = fitted(kind, X, y).predict(X)
            for other, again in frames(X):
                np.testing.assert_allclose(result.predict(again), expected, atol=1e-9, err_msg=f"{library} {other}")


def test_names_of_functions_that_return_numbers():
    X, y, _ = make()
    for library, frame in frames(X):
        assert alpha_max(frame, y) == pytest.approx(alpha_max(X, y)), library
        assert duality_gap(frame, y, np.ones(4), alpha=0.1) == pytest.approx(duality_gap(X, y, np.ones(4), alpha=0.1))


OTHERS = {
    "another order": lambda frame: frame[["b", "a", "c", "d"]],
    "another name": lambda frame: frame.rename(columns={"a": "z"}),
    "one too few": lambda frame: frame[["a", "b", "c"]],
    "one too many": lambda frame: frame.assign(e=1.0),
    "no names": lambda frame: frame.to_numpy(),
    "numbers for names": lambda frame: frame.set_axis(range(4), axis=1),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("change", OTHERS)
@pytest.mark.parametrize("named", [True, False])
def test_names_are_compared_as_scikit_learns_estimators_do(kind, change, named):
    X, y, _ = make()
    frame = pd.DataFrame(X, columns=NAMES)
    changed = OTHERS[change](frame)
    X_fit = frame if named else X

    def outcome(model, owner):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                model.predict(changed)
            except ValueError as error:
                return "features" if "fitted on" in str(error) or "is expecting" in str(error) else str(error)
        return [str(warning.message).replace(owner, "X") for warning in caught]

    result = fitted(kind, X_fit, y)
    owner = "PathResult" if kind == "model" else type(result).__name__
    assert outcome(result, owner) == outcome(Lasso().fit(X_fit, y), "Lasso")


@pytest.mark.parametrize("change", ["another order", "another name"])
def test_criteria_compare_names_too(change):
    X, y, _ = make()
    frame = pd.DataFrame(X, columns=NAMES)
    path = fit_path(frame, y)
    assert len(path.information_criterion(X=pl.DataFrame(frame))) == 100
    with pytest.raises(ValueError, match="feature names should match"):
        path.information_criterion(X=OTHERS[change](frame))


@pytest.mark.parametrize("fit", [
    fit_path, Lasso().fit, LassoIC(alphas=3).fit, LassoCV(alphas=3).fit,
    lambda X, y: fit_many(X, y[:, None]), lambda X, y: fit_multi_task_path(X, y[:, None]),
    lambda X, y: MultiTaskLasso().fit(X, y[:, None])],
    ids=["fit_path", "Lasso", "LassoIC", "LassoCV", "fit_many", "fit_multi_task_path", "MultiTaskLasso"])
@pytest.mark.parametrize("cells", [
    ["7", "u", "v", "w"] * 10, pd.Categorical(["low", "high"] * 20), pd.date_range("2026-01-01", periods=40),
    [None, {"a": 1}] * 20], ids=["text", "category", "dates", "objects"])
def test_columns_that_hold_no_numbers_are_named(fit, cells):
    X, y, _ = make()
    frame = pd.DataFrame(X, columns=NAMES).assign(c=cells)
    with pytest.raises((ValueError, TypeError), match=r"column 'c' of X holds .*no number; .*ColumnTransformer"):
        fit(frame, y)


@pytest.mark.parametrize("kind", KINDS)
def test_what_fits_refuse_predictions_refuse(kind):
    X, y, _ = make()
    frame = pd.DataFrame(X, columns=NAMES)
    result, named = fitted(kind, X, y), fitted(kind, frame, y)
    for bad in (np.nan, np.inf, -np.inf):
        spoilt = X.copy()
        spoilt[3, 1] = bad                  # a column that no model uses much
        for given in (spoilt, spoilt.astype(np.float32), np.asfortranarray(spoilt), sp.csr_array(spoilt),
                      spoilt.tolist(), np.repeat(spoilt, 2, axis=1)[:, ::2]):
            with pytest.raises(ValueError, match=f"{'NaN' if np.isnan(bad) else 'infinity'} in column 1"):
                result.predict(given)
        with pytest.raises(ValueError, match="in column 1"):
            named.predict(frame.assign(b=spoilt[:, 1]))
    with pytest.raises(ValueError, match="Complex data"):
        result.predict(X * 1j)
    with pytest.raises(ValueError, match="column 'a' of X holds 'u'"):
        named.predict(frame.assign(a="u"))
    with pytest.raises(ValueError, match="Expected 2D array"):
        result.predict(X[0])
    with pytest.raises(ValueError, match="0 sample"):
        result.predict(X[:0])
    with pytest.raises(ValueError, match=r"shape \(40, 3\).* 4 features"):
        result.predict(X[:, :3])


@pytest.mark.parametrize("kind", KINDS)
def test_x_is_read_as_fits_read_it(kind):
    """Flags beside numbers, integers, half precision, strided and read-only arrays, lists; nothing is changed."""
    X, y, _ = make()
    X = np.round(4 * X)
    X[:, 0] = X[:, 0] > 0
    result = fitted(kind, X, y)
    expected = result.predict(X)
    mixed = pd.DataFrame(X, columns=NAMES).assign(a=X[:, 0] > 0, b=X[:, 1].astype(np.int8))
    again = fitted(kind, mixed, y)
    for other in (mixed, pl.DataFrame(mixed)):
        np.testing.assert_allclose(again.predict(other), expected, atol=1e-9)
    frozen = np.repeat(X, 2, axis=0)[::2]
    frozen.flags.writeable = False
    for other in (X.astype(np.int32), X.astype(np.float16), frozen, X.tolist(), sp.coo_array(X), sp.csc_matrix(X)):
        np.testing.assert_allclose(result.predict(other), expected, atol=1e-9)
    np.testing.assert_array_equal(frozen, X)


def test_sparse_frames_are_not_densified(monkeypatch):
    X, y, _ = make()
    frame = pd.DataFrame.sparse.from_spmatrix(sp.csr_array(X), columns=NAMES)
    path = fit_path(frame, y, alphas=4)
    seen, product = [], type(path)._product

    def spy(self, design, weights):
        seen.append(design.format)
        return product(self, design, weights)

    monkeypatch.setattr(type(path), "_product", spy)
    path.predict(frame)
    assert seen == ["csc"]


# Offsets

@pytest.mark.parametrize("kind", ["path", "many", "member", "model"])
def test_an_offset_of_the_fit_is_not_forgotten(kind):
    X, y, rng = make()
    offset = rng.standard_normal(40) + 5.0
    plain, result = fitted(kind, X, y), fitted(kind, X, y, offset=offset)
    for broken in (result, pickle.loads(pickle.dumps(result)), copy.deepcopy(result)):
        with pytest.raises(ValueError, match=r"offset=None.*offset=, one value .* 40 rows.*offset=0.0"):
            broken.predict(X)
        with pytest.raises(ValueError, match="offset=None"):
            broken.score(X, np.column_stack([y, -y]) if kind == "many" else y)
    by_hand = result.predict(X, offset=0.0)
    shape = (40,) + (1,) * (by_hand.ndim - 1)
    np.testing.assert_allclose(result.predict(X, offset=offset), by_hand + offset.reshape(shape))
    np.testing.assert_allclose(result.predict(X, offset=pd.Series(offset)), by_hand + offset.reshape(shape))
    np.testing.assert_allclose(result.predict(X, offset=2), by_hand + 2.0)
    np.testing.assert_allclose(plain.predict(X, offset=offset), plain.predict(X) + offset.reshape(shape))
    for bad in (offset[:-1], "0", np.nan, True, [np.inf] * 40, np.ones((40, 3))):
        with pytest.raises(ValueError, match="offset"):
            result.predict(X, offset=bad)


def test_offsets_of_many_targets_are_of_all_or_of_each():
    X, y, rng = make()
    Y, offset = np.column_stack([y, -y]), rng.standard_normal((40, 2))
    many = fit_many(X, Y, alphas=5, offset=offset)
    assert many.has_offset and many[0].has_offset and not fit_many(X, Y).has_offset
    for k in range(2):
        path = fit_path(X, Y[:, k], alphas=5, offset=offset[:, k])
        expected = path.predict(X, offset=offset[:, k])
        np.testing.assert_allclose(many.predict(X, offset=offset)[:, k], expected, atol=1e-8)
        alpha = float(min(many.alphas[:, 0]))
        expected = path.predict(X, alpha, offset[:, k])
        np.testing.assert_allclose(many.predict(X, alpha, offset)[:, k], expected, atol=1e-8)
        np.testing.assert_allclose(many.score(X, Y, offset=offset)[k], path.r2, atol=1e-8)


def test_offsets_go_with_saved_paths_and_parts_of_paths():
    X, y, rng = make()
    path = fit_path(X, y, alphas=5, offset=rng.standard_normal(40), relax=0.5)
    assert path.to_dict()["has_offset"] is True and fit_path(X, y, alphas=2).to_dict()["has_offset"] is False
    assert path.has_offset and path[1:3].has_offset
    with pytest.raises(ValueError, match="offset=None"):
        path[1:3].predict(X)


# Alphas

def test_alphas_beside_and_beyond_the_path():
    X, y, _ = make()
    path = fit_path(X, y, alphas=[0.5, 0.2, 0.1], tol=1e-12)
    np.testing.assert_array_equal(path.coef_at(0.1 * (1 - 9e-5)), path.coefs[:, 2])
    np.testing.assert_array_equal(path.coef_at(0.5 * (1 + 9e-5)), path.coefs[:, 0])
    for alpha, remedy in ((0.0999, "[..., 0.0999]"), (0.0, "[..., 0]"), (0.501, "[0.501, ...]")):
        with pytest.raises(ValueError, match="outside the path") as error:
            path.predict(X, alpha)
        assert remedy in str(error.value)
    for alpha in ("0.1", None, True, np.nan, np.inf, -1.0, [], [[0.1]], [[0.1], [0.1, 0.2]], {"alpha": 0.1}, ["a"]):
        with pytest.raises(ValueError, match="alpha="):
            path.coef_at(alpha)
    ended = fit_path(X, y, max_active=1)
    with pytest.raises(ValueError, match="smaller eps, and a larger limit than the max_active"):
        ended.coef_at(1e-9)


@pytest.mark.parametrize("alphas", [20, 100])
def test_alphas_as_tables_print_them_are_taken(alphas):
    X, y, _ = make()
    path = fit_path(X, y, alphas=alphas)
    for k, alpha in enumerate(path.alphas):
        printed = float(f"{alpha:.5g}")
        np.testing.assert_allclose(path.coef_at(printed), path.coefs[:, k], atol=1e-3)


@pytest.mark.parametrize("options", [{}, {"penalty_factor": [1.0, 1.0, 0.0, 1.0]}, {"l1_ratio": 0.5}, {"relax": 0.0}])
@pytest.mark.parametrize("kind", ["path", "many", "member", "tasks"])
def test_above_alpha_max_only_what_is_unpenalised_is_left(kind, options):
    if kind != "path" and "relax" in options:
        options = {}                # which other functions do not have
    X, y, _ = make()
    result = fitted(kind, X, y, **options)
    far = result.coef_at(1e6)
    np.testing.assert_array_equal(far, result.coef_at(float(np.max(result.alphas))))
    assert (far[..., [0, 1, 3]] == 0).all() and ((far[..., 2] != 0) == ("penalty_factor" in options)).all()


def test_ridge_has_no_end():
    X, y, _ = make()
    with pytest.raises(ValueError, match="outside the path"):
        fit_path(X, y, alphas=[1.0, 0.1], l1_ratio=0.0).coef_at(2.0)


@pytest.mark.parametrize("kind", ["path", "many", "member", "tasks"])
@pytest.mark.parametrize("of", [list, tuple, np.array, pd.Series, pl.Series])
def test_several_alphas_give_a_column_each(kind, of):
    X, y, _ = make()
    result = fitted(kind, X, y)
    middle = np.min(result.alphas, axis=None) * np.array([1.0, 1.5, 7.0])
    asked = of(middle.tolist())
    for method in ("coef_at", "intercept_at"):
        several = getattr(result, method)(asked)
        for k, alpha in enumerate(middle):
            np.testing.assert_allclose(several[..., k], getattr(result, method)(float(alpha)), atol=1e-12)
    predicted = result.predict(X, alpha=asked)
    for k, alpha in enumerate(middle):
        np.testing.assert_allclose(predicted[..., k], result.predict(X, alpha=float(alpha)), atol=1e-12)
    coef, intercept = result.coef_at(float(middle[1])), result.intercept_at(float(middle[1]))
    np.testing.assert_allclose(result.predict(X, alpha=float(middle[1])), X @ coef.T + intercept, atol=1e-12)


def test_positions_of_multi_task_paths():
    X, y, _ = make()
    path = fitted("tasks", X, y)
    np.testing.assert_array_equal(path.predict(X, 2), path[2].predict(X))
    np.testing.assert_array_equal(path.predict(X)[..., 2], path.predict(X, k=2))
    for wrong in ({"k": 0.5}, {"k": 1, "alpha": 0.1}, {"k": True}):
        with pytest.raises(TypeError, match="position k or alpha="):
            path.predict(X, **wrong)


# What came before, and what it costs

@pytest.mark.parametrize("kind", ["path", "many", "tasks"])
def test_results_pickled_before_fields_were_added_are_read(kind):
    X, y, _ = make()
    result = fitted(kind, X, y)
    old = copy.copy(result)
    for name in ("has_offset", "target_names", "unpenalised") + (("sample", "refit_gaps") if kind != "tasks" else ()):
        old.__dict__.pop(name, None)
    assert len(old.__dict__) < len(fields(result))
    loaded = pickle.loads(pickle.dumps(old))
    np.testing.assert_array_equal(loaded.predict(X), result.predict(X))
    assert loaded.to_frame().equals(result.to_frame()) and not loaded.has_offset


def test_plain_arrays_are_predicted_without_scikit_learn():
    program = """if True:
        import sys
        import numpy as np
        from lassocore import fit_many, fit_multi_task_path, fit_path
        X = np.random.default_rng(0).standard_normal((20, 3))
        path = fit_path(X, X[:, 0], alphas=5)
        for result in (path, path[2], path[1:3], fit_many(X, X[:, :2]), fit_multi_task_path(X, X[:, :2])):
            result.predict(X), result._repr_html_() if hasattr(result, "_repr_html_") else None
        path.predict(X, 0.1), path.score(X, X[:, 0]), path.coef_at([0.1, 0.2]), path.nonzero_names(0.1)
        heavy = {"sklearn", "pandas", "polars", "joblib"} & set(sys.modules)
        assert not heavy, heavy
    """
    done = subprocess.run([sys.executable, "-P", "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
