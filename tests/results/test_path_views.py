# Lives here: tests of results as sequences, scores and tables. Independent of: how paths are solved.
"""len, positions, slices, iteration, score, to_frame, nonzero_names and the table of a notebook."""
import gc
import pickle
import weakref
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import r2_score

from lassocore import PathResult, fit_many, fit_multi_task_path, fit_path
from lassocore.results.path_model import PathModel

NAMES = ["age", "<b>bmi</b>", "s&p", "x"]


def make(seed=0, n=50):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, 4))
    y = X @ [1.0, 0.0, -0.5, 0.1] + 0.1 * rng.standard_normal(n)
    return pd.DataFrame(X, columns=NAMES), y, rng.uniform(0.5, 2.0, n)


def targets(y):
    return pd.DataFrame({"up": y, "down": -2.0 * y + 1.0})


def path_of(kind, X, y, **options):
    return fit_path(X, y, **options) if kind == "one" else fit_multi_task_path(X, targets(y), **options)


@pytest.mark.parametrize("kind", ["one", "tasks"])
def test_a_path_is_a_sequence_of_models(kind):
    X, y, _ = make()
    path = path_of(kind, X, y, alphas=12)
    assert len(path) == 12 == len(list(path)) and bool(path)
    for k, model in enumerate(path):
        assert isinstance(model, PathModel) and model.position == k
        assert (model.alpha, model.dual_gap, model.converged, model.n_iter, model.r2, model.n_nonzero) == (
            path.alphas[k], path.dual_gaps[k], path.converged[k], path.n_iter[k], path.r2[k], path.n_nonzero[k])
        np.testing.assert_array_equal(model.coef, path.coefs[..., k])
        np.testing.assert_array_equal(model.intercept, path.intercepts[..., k])
        np.testing.assert_allclose(model.predict(X), path.predict(X)[..., k], atol=1e-12)
    assert path[-1].alpha == path.alphas[-1] and path[np.int64(3)].alpha == path.alphas[3]
    assert [model.alpha for model in reversed(path)] == path.alphas[::-1].tolist()
    assert repr(path[2]).startswith(f"<PathModel: alpha={path.alphas[2]:.6g}, {path.n_nonzero[2]} nonzero, gap ")
    for outside in (12, -13):
        with pytest.raises(IndexError):
            path[outside]
    for wrong in (0.5, "a", None, [1, 2]):
        with pytest.raises(TypeError, match=r"coef_at\(alpha\)"):
            path[wrong]


@pytest.mark.parametrize("kind", ["one", "tasks"])
def test_coefficients_by_position_count_from_either_end(kind):
    X, y, _ = make()
    path = path_of(kind, X, y, alphas=12)
    for k in (0, 11, -1, -12):
        features, values = path.nonzeros(k)
        np.testing.assert_array_equal(path.coef_of(k), path.coefs[..., k])
        np.testing.assert_array_equal(np.atleast_2d(path.coefs[..., k])[:, features].T.reshape(values.shape), values)
    for outside in (12, -13):
        for method in (path.nonzeros, path.coef_of):
            with pytest.raises(IndexError):
                method(outside)


@pytest.mark.parametrize("kind", ["one", "relaxed", "tasks"])
def test_slices_are_paths_of_fewer_alphas(kind):
    X, y, _ = make()
    path = fit_path(X, y, alphas=12, relax=0.5) if kind == "relaxed" else path_of(kind, X, y, alphas=12)
    for part, positions in ((path[2:9:3], [2, 5, 8]), (path[-2:], [10, 11]), (path[:], range(12))):
        positions = list(positions)
        assert type(part) is type(path) and part.feature_names == tuple(NAMES)
        for name in ("alphas", "dual_gaps", "n_iter", "converged", "r2", "n_nonzero"):
            np.testing.assert_array_equal(getattr(part, name), getattr(path, name)[positions], err_msg=name)
        np.testing.assert_array_equal(part.coefs, path.coefs[..., positions])
        np.testing.assert_allclose(part.predict(X), path.predict(X)[..., positions], atol=1e-12)
        assert [level.alpha for level in part.info.levels] == part.alphas.tolist()
        np.testing.assert_allclose(part.coef_at(float(part.alphas[0])), part.coefs[..., 0])
    if kind == "relaxed":
        np.testing.assert_array_equal(path[3:5].refit_gaps, path.refit_gaps[3:5])
    if kind == "one":
        np.testing.assert_allclose(path[4:8].information_criterion(noise_variance=1.0),
                                   path.information_criterion(noise_variance=1.0)[4:8])
    for empty in (slice(5, 5), slice(20, 30), slice(None, None, -1)):
        with pytest.raises(ValueError, match="at least one alpha"):
            path[empty]


@pytest.mark.parametrize("options", [
    {}, {"fit_intercept": False}, {"sample_weight": True}, {"offset": True}, {"sample_weight": True, "offset": True}])
def test_score_is_r2(options):
    X, y, weights = make()
    offset = np.linspace(-1.0, 1.0, len(y))
    given = {name: {"sample_weight": weights, "offset": offset}.get(name, value) for name, value in options.items()}
    known = {name: given[name] for name in ("sample_weight", "offset") if name in given}
    path = fit_path(X, y, alphas=6, **given)
    np.testing.assert_allclose(path.score(X, y, **known), path.r2, atol=1e-12)
    Xn, yn, _ = make(1)
    shift = offset if "offset" in known else 0.0
    for k, r2 in enumerate(path.score(Xn, yn, **known)):
        fitted = Xn.to_numpy() @ path.coefs[:, k] + path.intercepts[k]
        assert r2 == pytest.approx(r2_score(yn - shift, fitted, sample_weight=known.get("sample_weight")))
        assert path[k].score(Xn, yn, **known) == pytest.approx(r2)
    assert isinstance(path.score(X, y, alpha=float(path.alphas[2]), **known), float)
    assert path.score(X, y, alpha=path.alphas[[1, 3]], **known).shape == (2,)
    Y = targets(y)
    many = fit_many(X, Y, alphas=6, **given)
    np.testing.assert_allclose(many.score(X, Y, **known), many.r2, atol=1e-12)
    assert many.score(X, Y, alpha=float(many.alphas[:, 3].max()), **known).shape == (2,)
    if "offset" not in given:
        tasks = fit_multi_task_path(X, Y, alphas=6, **given)
        np.testing.assert_allclose(tasks.score(X, Y, **known), tasks.r2, atol=1e-12)
        expected = r2_score(Y, tasks.predict(X, k=4), multioutput="variance_weighted", **known)
        assert tasks[4].score(X, Y, **known) == pytest.approx(expected)


def test_score_of_a_constant_and_of_wrong_input():
    X, y, _ = make()
    path = fit_path(X, y, alphas=3)
    assert path.score(X, np.full(len(y), 7.0)).tolist() == [0.0, 0.0, 0.0]
    assert fit_path(X, np.full(len(y), 7.0), alphas=1).score(X, np.full(len(y), 7.0)).tolist() == [1.0]
    for bad, match in ((y[:-1], "y has inconsistent length"), (np.full(len(y), np.nan), "y contains NaN")):
        with pytest.raises(ValueError, match=match):
            path.score(X, bad)
    with pytest.raises(ValueError, match="sample_weight"):
        path.score(X, y, sample_weight=-np.ones(len(y)))
    with pytest.raises(ValueError, match="2 targets"):
        fit_many(X, targets(y)).score(X, y[:, None])


def test_frames_of_one_target():
    X, y, _ = make()
    path = fit_path(X, y, alphas=[1.0, 0.2, 0.15], tol=1e-10)
    frame = path.to_frame()
    assert frame.index.tolist() == ["age", "s&p"] and frame.columns.tolist() == [1.0, 0.2, 0.15]
    assert (frame.index.name, frame.columns.name) == ("feature", "alpha")
    np.testing.assert_array_equal(frame, path.coefs[[0, 2]])
    np.testing.assert_array_equal(path.to_frame(all_features=True), path.coefs)
    one = path.to_frame(alpha=0.5)
    assert one.columns.tolist() == [0.5] and one.index.tolist() == path.nonzero_names(0.5)
    np.testing.assert_allclose(one[0.5], path.coef_at(0.5)[[0, 2]])
    assert path.to_frame(alpha=[0.5, 0.2]).shape == (2, 2) and path.to_frame(1.0, all_features=True).shape == (4, 1)
    assert path.to_frame(alpha=99.0).shape == (0, 1)
    unnamed = fit_path(X.to_numpy(), y, alphas=[1.0, 0.2])
    assert unnamed.to_frame().index.tolist() == ["x0", "x2"] == unnamed.nonzero_names(0.2)


def test_frames_of_several_targets():
    X, y, _ = make()
    many, tasks = fit_many(X, targets(y), alphas=5), fit_multi_task_path(X, targets(y), alphas=5)
    alpha = float(many.alphas[:, 2].max())
    for result, kind in ((many, "target"), (tasks, "task")):
        wide = result.to_frame(alpha)
        assert wide.columns.tolist() == ["up", "down"] and wide.columns.name == kind
        np.testing.assert_allclose(wide, result.coef_at(alpha)[:, [NAMES.index(name) for name in wide.index]].T)
        assert result.to_frame(alpha, all_features=True).shape == (4, 2)
        long = result.to_frame()
        assert long.index.names == [kind, "feature"] and long.shape[1] == 5
        for t, label in enumerate(("up", "down")):
            rows = long.loc[label]
            np.testing.assert_allclose(rows, result.coefs[t][[NAMES.index(name) for name in rows.index]])
        assert result.to_frame([alpha, alpha]).shape == (2 * len(wide), 2)
    assert many.nonzero_names(alpha) == [path.nonzero_names(alpha) for path in many]
    assert tasks.nonzero_names(alpha) == tasks.to_frame(alpha).index.tolist()
    assert fit_many(X, targets(y).to_numpy(), alphas=2).to_frame(alpha=1e9).columns.tolist() == [0, 1]


@pytest.mark.parametrize("kind", ["one", "tasks"])
def test_names_of_what_is_not_zero(kind):
    X, y, _ = make()
    path = path_of(kind, X, y, alphas=30)
    for k, model in enumerate(path):
        used = (path.coefs[..., k].reshape(-1, 4) != 0).any(axis=0)
        assert model.nonzero_names() == path.nonzero_names(float(path.alphas[k])) == list(np.array(NAMES)[used])
    ever = (path.coefs != 0).any(axis=-1).reshape(-1, 4).any(axis=0)
    assert path.nonzero_names() == list(np.array(NAMES)[ever])
    for wrong in ([0.1], "0.1", True):
        with pytest.raises(ValueError, match="alpha="):
            path.nonzero_names(wrong)


class Cells(HTMLParser):
    """The cells of a table, row by row, and every tag in it."""

    def __init__(self, text):
        super().__init__()
        self.rows, self.tags = [], set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_data(self, data):
        if self.rows:
            self.rows[-1][-1] += data


@pytest.mark.parametrize("kind", ["one", "tasks"])
def test_the_table_of_a_path(kind):
    X, y, _ = make()
    path = path_of(kind, X, y)
    table = Cells(path._repr_html_())
    assert table.tags == {"table", "caption", "thead", "tbody", "tr", "th", "td"}          # names are escaped
    head, *rows = table.rows
    assert head == ["alpha", "nonzeros", "R2", "gap", "converged", "entering features"] and len(rows) == 20
    assert [rows[0][0], rows[-1][0]] == [f"{path.alphas[0]:.5g}", f"{path.alphas[-1]:.5g}"]
    entered = [name for row in rows for name in row[5].split(", ") if name]
    assert set(path.nonzero_names(float(path.alphas[-1]))) <= set(entered) <= set(NAMES)
    assert "20 of 100 alphas shown" in path._repr_html_()
    few = Cells(path[:3]._repr_html_())
    assert len(few.rows) == 4 and "shown" not in path[:3]._repr_html_()


def test_the_table_says_what_has_not_converged_and_keeps_cells_short():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((60, 40))
    with pytest.warns(ConvergenceWarning):
        path = fit_path(X, X @ rng.standard_normal(40), alphas=[1e-3], max_iter=1, solver="cd", tol=1e-12)
    row = Cells(path._repr_html_()).rows[1]
    assert row[4] == "no" and row[5] == f"x0, x1, x2 and {path.n_nonzero[0] - 3} more"


def test_the_table_of_many_targets():
    X, y, _ = make()
    Y = np.column_stack([y * k for k in range(1, 26)])
    many = fit_many(X, Y, alphas=4)
    table = Cells(many._repr_html_())
    assert len(table.rows) == 21 and table.rows[1][0] == "0" and table.rows[-1][0] == "24"
    assert "20 of 25 targets shown" in many._repr_html_() and table.rows[-1][-1] == "yes"
    named = Cells(fit_many(X, targets(y).set_axis(["<i>", "b"], axis=1), alphas=4)._repr_html_())
    assert [row[0] for row in named.rows[1:]] == ["<i>", "b"] and "i" not in named.tags


def test_models_are_pickled_with_their_path():
    X, y, _ = make()
    model = pickle.loads(pickle.dumps(fit_path(X, y, alphas=4)[2]))
    assert isinstance(model.path, PathResult)
    np.testing.assert_array_equal(model.coef, fit_path(X, y, alphas=4)[2].coef)


def test_members_know_their_data():
    """Information criteria of one of many targets are those of its own fit."""
    X, y, weights = make()
    weights = np.ceil(3 * weights)
    many = fit_many(X, targets(y), alphas=9, sample_weight=weights, tol=1e-8)
    for k, name in enumerate(targets(y)):
        path = fit_path(X, targets(y)[name], alphas=9, sample_weight=weights, tol=1e-8)
        for criterion in ("aic", "ebic"):
            np.testing.assert_allclose(many[k].information_criterion(criterion, X=X),
                                       path.information_criterion(criterion, X=X), rtol=1e-5)


def test_to_frame_without_pandas_says_what_to_install(monkeypatch):
    import sys

    X, y, _ = make()
    path = fit_path(X, y, alphas=2)
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match="pip install pandas"):
        path.to_frame()


def test_a_result_keeps_no_reference_to_the_data():
    X = np.random.default_rng(0).standard_normal((20, 5))
    y = X[:, 0].copy()
    X_alive, y_alive = weakref.ref(X), weakref.ref(y)
    path = fit_path(X, y)
    del X, y
    gc.collect()
    assert X_alive() is None and y_alive() is None and len(path.info.levels) == len(path)
