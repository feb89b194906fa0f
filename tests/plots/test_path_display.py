# Lives here: tests of PathDisplay and of the methods that make it. Independent of: how paths are fitted.
"""Lines, names, counts and marks of path displays are where they belong."""
import pickle

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot
from numpy.testing import assert_allclose
from scipy import sparse
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import ElasticNet as SklearnElasticNet
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from lassocore import (
    AdaptiveLasso,
    ElasticNetCV,
    GroupLasso,
    Lasso,
    LassoCV,
    LassoIC,
    MultiTaskLasso,
    fit_many,
    fit_multi_task_path,
    fit_path,
)
from lassocore.plots import PathDisplay


def names_of(display):
    return [text.get_text() for text in display.label_texts_]


def check_apart(display):
    """Names do not overlap each other, nor the axes, and are within the figure."""
    renderer = display.figure_.canvas.get_renderer()
    display.figure_.canvas.draw()
    boxes = [text.get_window_extent(renderer) for text in display.label_texts_ if text.get_visible()]
    for k, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[:k])
        assert box.x0 > display.ax_.bbox.x1 and box.x1 <= display.figure_.bbox.x1
    return boxes


def test_lines_are_the_coefficients(few):
    path = fit_path(*few)
    display = path.plot()
    assert display.figure_ is display.ax_.figure and len(display.lines_) == 6 and display.other_lines_ is None
    for name, line in zip(names_of(display), display.lines_, strict=True):
        alphas, values = line.get_data()
        assert_allclose(values, path.coef_at(alphas)[int(name[1:])], rtol=1e-12, atol=1e-12)
        shown = np.isin(path.alphas, alphas)
        assert not path.coefs[int(name[1:]), ~shown].any()          # what is left out is 0
    left, right = display.ax_.get_xlim()
    assert (left, right) == (path.alphas[0], path.alphas[-1]) and display.ax_.get_xscale() == "log"


def test_the_strongest_are_named_and_the_others_grey(wide):
    path = fit_path(*wide)
    display = path.plot(labels=4)
    by_size = np.argsort(-np.abs(path.coefs[:, -1]))[:4]
    assert names_of(display) == [f"x{j}" for j in by_size]
    others = np.setdiff1d(np.flatnonzero(path.coefs.any(axis=1)), by_size)
    segments = display.other_lines_.get_segments()
    assert len(segments) == len(others)
    for j, segment in zip(others, segments, strict=True):
        assert_allclose(segment[:, 1], path.coef_at(segment[:, 0])[j], atol=1e-12)
    marked = path.plot(labels=3, alpha=path.alphas[20])
    assert names_of(marked) == [f"x{j}" for j in np.argsort(-np.abs(path.coefs[:, 20]))[:3]]
    assert names_of(path.plot(labels=["x5", "x0"])) == ["x0", "x5"]
    assert names_of(path.plot(labels=0)) == []


def test_curves_between_distant_alphas_are_linear_in_alpha(few):
    path = fit_path(*few, alphas=[1.0, 0.01])
    alphas, values = path.plot(labels=1).lines_[0].get_data()
    assert len(alphas) > 30 and (np.diff(alphas) < 0).all()
    share = (alphas - 0.01) / 0.99
    assert_allclose(values, share * values[0] + (1.0 - share) * values[-1], rtol=1e-12)
    assert np.diff(np.log(alphas)).std() < 1e-12                # equally spread on the axis


@pytest.mark.parametrize("size", [(4.0, 3.0), (7.0, 4.2), (14.0, 4.0)])
@pytest.mark.parametrize("layout", [None, "constrained", "tight"])
def test_names_do_not_overlap(wide, size, layout):
    X, y = wide
    names = [f"expression of gene ENSG00000{j:04d} in the liver" for j in range(X.shape[1])]
    path = fit_path(pd.DataFrame(X, columns=names), y)
    figure, ax = pyplot.subplots(figsize=size, layout=layout)
    display = path.plot(ax, labels=25)
    boxes = check_apart(display)
    assert len(boxes) >= 8
    texts = [text.get_text() for text in display.label_texts_]
    assert len(set(texts)) == len(texts) == 25                  # shortened names still differ
    figure.set_size_inches(size[0], 2.0)
    assert 3 <= len(check_apart(display)) < 25                  # placed anew; the weakest are left out


def test_leaders_join_names_and_lines(few):
    path = fit_path(*few)
    display = path.plot()
    display.figure_.canvas.draw()
    ax = display.ax_
    leaders = [child for child in ax.get_children() if hasattr(child, "get_data") and len(child.get_data()[0]) == 3]
    for line, text, leader in zip(display.lines_, display.label_texts_, leaders, strict=True):
        start = ax.transAxes.transform(np.column_stack(leader.get_data()))
        end = ax.transData.transform((line.get_xdata()[-1], line.get_ydata()[-1]))
        assert_allclose(start[0], end, atol=0.5)
        box = text.get_window_extent()
        assert abs(start[-1, 1] - (box.y0 + box.y1) / 2.0) < box.height / 3.0


def test_counts_above_are_those_of_the_path(wide):
    path = fit_path(*wide)
    display = path.plot()
    display.figure_.canvas.draw()
    seen = sorted((tick.get_loc(), tick.label2.get_text()) for tick in display.ax_.xaxis.get_minor_ticks())
    assert len(seen) >= 5 and seen[-1][0] == path.alphas[0] and seen[0][0] == path.alphas[-1]
    for alpha, text in seen:
        assert alpha in path.alphas and int(text) == path.n_nonzero[path.alphas == alpha][0]
    display.ax_.set_xlim(path.alphas[10], path.alphas[40])
    display.figure_.canvas.draw()
    zoomed = [(tick.get_loc(), tick.label2.get_text()) for tick in display.ax_.xaxis.get_minor_ticks()]
    assert len(zoomed) >= 4 and all(int(text) == path.n_nonzero[path.alphas == alpha][0] for alpha, text in zoomed)


def test_alphas_are_in_plain_notation(few):
    display = fit_path(*few, alphas=np.geomspace(30.0, 0.003, 50)).plot()
    display.figure_.canvas.draw()
    labels = {label.get_text() for label in display.ax_.get_xticklabels()}
    assert {"10", "1", "0.1", "0.01"} <= labels
    narrow = fit_path(*few, alphas=np.geomspace(1.0, 0.5, 20)).plot()
    narrow.figure_.canvas.draw()
    assert sum(bool(label.get_text()) for label in narrow.ax_.get_xticklabels()) >= 3


def test_alpha_0_has_its_place(few):
    path = fit_path(*few, alphas=[1.0, 0.1, 0.01, 0.0], max_iter=100_000)
    display = path.plot(labels=1)
    display.figure_.canvas.draw()
    assert display.ax_.get_xlim() == (1.0, 0.0) and "0" in [text.get_text() for text in display.ax_.get_xticklabels()]
    assert display.lines_[0].get_data()[0][-1] == 0.0 and "linear below 0.01" in display.ax_.get_xlabel()
    ends = display.ax_.transData.transform([(alpha, 0.0) for alpha in path.alphas])[:, 0]
    assert (np.diff(ends) > 10.0).all()


def test_the_l1_norm_as_axis(wide):
    path = fit_path(*wide)
    display = path.plot(x="l1_norm", labels=2)
    norms = np.abs(path.coefs).sum(axis=0)
    places, values = display.lines_[0].get_data()
    j = int(names_of(display)[0][1:])
    is_place = np.isclose(places, norms[:, None], rtol=1e-13, atol=0.0)     # the order of a sum is NumPy's
    at = is_place.any(axis=1)
    assert at.sum() > 30
    assert_allclose(values[is_place.argmax(axis=1)[at]], path.coefs[j, at], atol=1e-12)
    assert_allclose(display.ax_.get_xlim(), (0.0, norms.max()))


def test_the_explained_variance_as_axis(few):
    """Between two alphas of a lasso path without a knot in between, R2 is linear in alpha^2."""
    X, y = few
    coarse = fit_path(X, y, alphas=[0.02, 0.01], tol=1e-14)
    places, values = coarse.plot(x="r2", labels=1).lines_[0].get_data()
    alphas = np.geomspace(0.02, 0.01, len(places))
    fine = fit_path(X, y, alphas=alphas, tol=1e-14)
    assert (fine.n_nonzero == fine.n_nonzero[0]).all() and len(places) > 5
    assert_allclose(places, fine.r2, rtol=1e-9)
    assert_allclose(values, fine.coefs[np.abs(fine.coefs[:, -1]).argmax()], rtol=1e-6)


def test_scaled_coefficients(few):
    X, y = few
    path = fit_path(X, y)
    sizes = np.abs(path.coefs[:, -1]) * X.std(axis=0)
    order = [f"x{j}" for j in np.argsort(-sizes)]
    for given in (X, X.std(axis=0), sparse.csc_array(X)):
        display = path.plot(scaled=True, X=given)
        assert names_of(display) == order and "standardised" in display.ax_.get_ylabel()
        assert_allclose([abs(line.get_ydata()[-1]) for line in display.lines_], np.sort(sizes)[::-1], rtol=1e-12)
    weights = np.arange(1.0, 61.0)
    weighted = Lasso(alpha=0.1).plot_path(X, y, scaled=True, sample_weight=weights)
    fitted = fit_path(X, y, sample_weight=weights).coefs[:, -1]
    deviations = np.sqrt(np.cov(X.T, aweights=weights, ddof=0).diagonal())
    assert_allclose(np.sort([abs(line.get_ydata()[-1]) for line in weighted.lines_]),
                    np.sort(np.abs(fitted) * deviations))


def test_a_refit_is_dashed_in_the_same_colours(few):
    relaxed, path = fit_path(*few, relax=0.0), fit_path(*few)
    display = path.plot(refit=relaxed, labels=3)
    collection = display.refit_lines_
    assert len(collection.get_segments()) == relaxed.coefs.any(axis=1).sum()
    dashes = collection.get_linestyle()
    assert all(pattern is not None for _, pattern in dashes)
    colours = {line.get_label(): line.get_color() for line in display.lines_}
    from matplotlib.colors import to_hex
    for j, shade in enumerate(collection.get_colors()):
        if f"x{j}" in colours:
            assert to_hex(shade).upper() == colours[f"x{j}"]
    segment = collection.get_segments()[0]
    assert_allclose(segment[:, 1], relaxed.coef_at(segment[:, 0])[0], atol=1e-12)
    with pytest.raises(ValueError, match="refit=.*must be a path of the same features"):
        path.plot(refit=fit_path(few[0][:, :3], few[1]))


def test_marked_alphas(few):
    path = fit_path(*few)
    display = path.plot(alpha={"mine": 0.5, "yours": 0.05})
    assert [line.get_xdata()[0] for line in display.mark_lines_] == [0.5, 0.05]
    assert [text.get_text() for text in display.mark_texts_] == ["mine = 0.5", "yours = 0.05"]
    norms = path.plot(alpha=0.3, x="l1_norm").mark_lines_[0].get_xdata()[0]
    assert_allclose(norms, np.abs(path.coef_at(0.3)).sum(), rtol=1e-3)
    display.figure_.canvas.draw()
    first, second = (text.get_window_extent() for text in display.mark_texts_)
    assert not first.overlaps(second)


def test_groups_share_colours_or_are_norms(few):
    path = fit_path(*few, groups={"odd": [1, 3, 5], "even": [0, 2, 4]})
    display = path.plot()
    shades = {line.get_label(): line.get_color() for line in display.lines_}
    assert len({shades[f"x{j}"] for j in (1, 3, 5)}) == len({shades[f"x{j}"] for j in (0, 2, 4)}) == 1
    assert shades["x0"] != shades["x1"]
    norms = path.plot(norms=True)
    assert sorted(names_of(norms)) == ["even", "odd"]
    even = norms.lines_[names_of(norms).index("even")].get_ydata()
    assert_allclose(even[-1], np.linalg.norm(path.coefs[[0, 2, 4], -1]))
    assert norms.curves.counts.max() == 2 and norms.curves.counted == "groups"


def test_several_tasks(few):
    X, y = few
    Y = pd.DataFrame({"a": y, "b": -2.0 * y + X[:, 3]})
    path = fit_multi_task_path(X, Y)
    norms = path.plot()
    j = int(names_of(norms)[0][1:])
    assert_allclose(norms.lines_[0].get_ydata()[-1], np.linalg.norm(path.coefs[:, j, -1]))
    each = path.plot(norms=False, labels=20)
    assert len(each.lines_) == 12
    values = {line.get_label(): line.get_ydata()[-1] for line in each.lines_}
    assert values["x1, b"] == path.coefs[1, 1, -1]
    assert_allclose(each.curves.counts, path.n_nonzero)


@pytest.mark.parametrize("style", ["default", "dark_background"])
def test_colours_follow_the_style(few, style):
    from lassocore.plots.style import DARK, LIGHT, contrast

    with pyplot.style.context(style):
        display = fit_path(*few).plot(alpha=0.1)
        ground = "#000000" if style == "dark_background" else "#FFFFFF"
        palette = DARK if style == "dark_background" else LIGHT
        assert {line.get_color() for line in display.lines_} <= set(palette)
        for text in [*display.label_texts_, *display.mark_texts_]:
            assert contrast(text.get_color(), ground) >= 4.5
        assert display.mark_texts_[0].get_color() == ("#FFFFFF" if ground == "#000000" else "#000000")


def test_names_are_taken_literally(few):
    names = ["$a_1$", "with\nlines", "", "_hidden", "50 %", "x" * 200]
    display = fit_path(pd.DataFrame(few[0], columns=names), few[1]).plot()
    display.figure_.canvas.draw()
    texts = names_of(display)
    assert {"$a_1$", "with lines", "(no name)", "_hidden", "50 %"} < set(texts)
    assert not any(text.get_parse_math() for text in display.label_texts_) and max(map(len, texts)) < 60


def test_paths_without_lines_and_of_one_alpha(few):
    X, y = few
    for x in ("alpha", "l1_norm", "r2"):
        empty = fit_path(X, np.ones(60), alphas=[1.0, 0.5]).plot(x=x)
        empty.figure_.canvas.draw()
        assert empty.lines_ == [] and empty.other_lines_ is None
        single = fit_path(X, y, alphas=[0.1]).plot(x=x)
        single.figure_.canvas.draw()
        assert single.lines_[0].get_marker() == "o" and len(single.lines_) >= 4


def test_thousands_of_lines_are_one_artist():
    rng = np.random.default_rng(7)
    X, Y = rng.standard_normal((2000, 1500)), rng.standard_normal(2000)
    path = fit_path(X, Y, alphas=5, eps=0.01)
    display = path.plot()
    n_lines = np.count_nonzero(path.coefs.any(axis=1))
    assert n_lines > 1010 and len(display.ax_.collections) == 1 and len(display.lines_) == 10
    points = np.concatenate(display.other_lines_.get_segments())
    assert np.isnan(points[:, 0]).sum() == n_lines - 10 or len(display.other_lines_.get_paths()) < 100
    display.figure_.canvas.draw()


def test_a_given_axes_is_used_and_the_figure_pickles(few):
    figure, axes = pyplot.subplots(1, 2, figsize=(9.0, 3.5))
    display = fit_path(*few).plot(axes[0])
    assert display.ax_ is axes[0] and display.figure_ is figure
    figure.canvas.draw()
    widest = max(text.get_window_extent().x1 for text in display.label_texts_)
    assert widest < axes[1].bbox.x0                     # the axes have made room
    copy = pickle.loads(pickle.dumps(figure))
    copy.canvas.draw()
    assert len(copy.axes) == 2


@pytest.mark.parametrize("options, message", [
    ({"x": "lambda"}, "x='lambda' is unknown; use 'alpha', 'l1_norm' or 'r2'"),
    ({"labels": -1}, "labels=-1 must be a whole number"), ({"labels": True}, "labels=True must be a number of lines"),
    ({"labels": ["x0", "weight"]}, "labels holds 'weight', which is no line of this path"),
    ({"alpha": 1e3}, "alpha=1000 is not on the path"), ({"alpha": "0.1"}, "alpha='0.1' must be a number"),
    ({"alpha": {"mine": np.nan}}, "contains NaN"), ({"scaled": True}, "scaled=True needs X"),
    ({"scaled": True, "X": np.ones(5)}, "X has inconsistent length 5"), ({"scaled": "no"}, "must be True or False"),
    ({"norms": True}, "norms=True needs a path of several tasks or of groups"),
])
def test_wrong_options_are_refused(few, options, message):
    with pytest.raises(ValueError, match=message):
        fit_path(*few).plot(**options)


def test_what_is_no_path_is_refused(few):
    X, y = few
    with pytest.raises(TypeError, match=r"ManyResult.*draw the path of one target, result\[k\]"):
        PathDisplay.from_path(fit_many(X, np.column_stack([y, -y])))
    with pytest.raises(TypeError, match="ax='list' is no axes"):
        fit_path(X, y).plot([1, 2])
    with pytest.raises(TypeError, match="Ridge, which has no path of alphas that lassocore fits"):
        PathDisplay.from_estimator(Ridge(), X, y)
    with pytest.raises(ValueError, match=r"draw one at a time, with y\[:, k\]"):
        Lasso().plot_path(X, np.column_stack([y, -y]))
    with pytest.raises(ValueError, match="several values; fit the estimator first"):
        ElasticNetCV(l1_ratio=[0.5, 1.0]).plot_path(X, y)
    with pytest.raises(NotFittedError):
        AdaptiveLasso().plot_path(X, y)


def test_cross_validated_estimators_mark_their_alpha(few):
    X, y = few
    frame = pd.DataFrame(X, columns=list("abcdef"))
    model = LassoCV(alphas=30, cv=3, selection_rule="1se").fit(frame, y)
    display = model.plot_path(frame, y)
    assert display.mark_lines_[0].get_xdata()[0] == model.alpha_
    assert display.mark_texts_[0].get_text().startswith("alpha_ = ")
    assert_allclose(display.curves.alphas, model.alphas_)
    chosen = np.flatnonzero(display.curves.alphas == model.alpha_)[0]
    by_name = dict(zip(display.curves.names, display.curves.values[:, chosen], strict=True))
    assert_allclose([by_name.get(name, 0.0) for name in "abcdef"], model.coef_, atol=0.05)
    assert sorted(names_of(model.plot_path(X, y))) == list("abcdef")        # the names of the fit


def test_paths_have_the_parameters_of_the_estimators(few):
    X, y = few
    several = ElasticNetCV(l1_ratio=[0.2, 0.9], alphas=20, cv=3).fit(X, y)
    chosen = [0.2, 0.9].index(several.l1_ratio_)
    display = several.plot_path(X, y)
    assert_allclose(display.curves.alphas, several.alphas_[chosen])
    path = fit_path(X, y, alphas=several.alphas_[chosen], l1_ratio=several.l1_ratio_)
    assert_allclose(display.curves.values, path.coefs[path.coefs.any(axis=1)], atol=1e-10)
    positive = Lasso(alpha=0.1, positive=True, fit_intercept=False).plot_path(X, y)
    assert positive.curves.values.min() == 0.0
    adaptive = AdaptiveLasso(cv=3, alphas=20).fit(X, y)
    weighted = fit_path(X, y, alphas=adaptive.alphas_, penalty_factor=adaptive.penalty_factor_)
    drawn = adaptive.plot_path(X, y).curves.values
    assert_allclose(drawn, weighted.coefs[weighted.coefs.any(axis=1)], atol=1e-8)
    small = Lasso(alpha=1e-5).plot_path(X, y)
    assert small.curves.alphas[-1] == pytest.approx(1e-5) and small.mark_lines_[0].get_xdata()[0] == 1e-5
    criterion = LassoIC("bic").fit(X, y)
    assert criterion.plot_path(X, y).mark_lines_[0].get_xdata()[0] == criterion.alpha_
    grouped = GroupLasso(alpha=0.1, groups=["a", "a", "a", "b", "b", "b"]).plot_path(X, y, norms=True)
    assert sorted(grouped.curves.names) == ["a", "b"]
    tasks = MultiTaskLasso(alpha=0.1).plot_path(X, np.column_stack([y, X[:, 0]]))
    assert tasks.curves.values.min() >= 0.0 and tasks.curves.values.shape[0] == 6


def test_pipelines_and_estimators_of_scikit_learn(few):
    X, y = few
    frame = pd.DataFrame(X, columns=list("abcdef"))
    steps = make_pipeline(StandardScaler(), LassoCV(alphas=10, cv=3)).fit(frame, y)
    display = PathDisplay.from_estimator(steps, frame, y)
    scaled = fit_path(StandardScaler().fit_transform(X), y, alphas=steps[-1].alphas_)
    assert_allclose(display.curves.values, scaled.coefs[scaled.coefs.any(axis=1)], atol=1e-10)
    assert set(names_of(display)) == set("abcdef")
    with pytest.raises(NotFittedError):
        PathDisplay.from_estimator(make_pipeline(StandardScaler(), LassoCV()), X, y)
    theirs = PathDisplay.from_estimator(SklearnElasticNet(alpha=0.2, l1_ratio=0.7), X, y)
    path = fit_path(X, y, l1_ratio=0.7)
    assert_allclose(theirs.curves.values, path.coefs, atol=1e-10)
    assert theirs.mark_lines_[0].get_xdata()[0] == 0.2


def test_input_is_not_changed(few):
    X, y = few
    path = fit_path(X, y)
    kept = X.copy(), y.copy(), path.coefs.copy()
    path.plot(scaled=True, X=X)
    Lasso(alpha=0.1).plot_path(X, y, scaled=True)
    for now, before in zip((X, y, path.coefs), kept, strict=True):
        assert np.array_equal(now, before)
