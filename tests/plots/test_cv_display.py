# Lives here: tests of CVDisplay. Independent of: how folds are fitted and judged.
"""Errors, spreads, marks and counts of cross-validation displays."""
import numpy as np
import pytest
from matplotlib import pyplot
from numpy.testing import assert_allclose
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LassoCV as SklearnLassoCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from lassocore import AdaptiveLasso, ElasticNetCV, GroupLassoCV, Lasso, LassoCV, MultiTaskLassoCV, fit_path
from lassocore.plots import CVDisplay


def marks_of(display):
    return {text.get_text().partition(":")[0]: line.get_xdata()[0]
            for line, text in zip(display.mark_lines_, display.mark_texts_, strict=True)}


def corners(band):
    return band.get_paths()[0].vertices


def test_mean_and_spread(few):
    model = LassoCV(alphas=30, cv=5).fit(*few)
    display = CVDisplay.from_estimator(model, folds=True)
    alphas, mean = display.lines_[0].get_data()
    assert_allclose(alphas, model.alphas_)
    assert_allclose(mean, model.mse_mean_)
    edge = {(x, y) for x, y in corners(display.band_)}
    for k in (0, 7, 29):
        for sign in (-1.0, 1.0):
            wanted = model.mse_mean_[k] + sign * model.mse_se_[k]
            assert any(x == alphas[k] and abs(y - wanted) < 1e-9 for x, y in edge)
    assert_allclose([line.get_ydata() for line in display.fold_lines_], model.mse_path_.T)
    assert CVDisplay.from_estimator(model).fold_lines_ == []
    assert display.ax_.get_xlim() == (alphas[0], alphas[-1]) and "units of y" in display.ax_.get_ylabel()


def test_marked_alphas(few):
    model = LassoCV(alphas=50, cv=5, keep_coefs=True).fit(*few)
    display = CVDisplay.from_estimator(model)
    assert marks_of(display) == {"1 SE": model.alpha_1se_, "min": model.alpha_min_}
    counts = np.count_nonzero(model.coef_path_, axis=2).mean(axis=0)
    at_min = np.flatnonzero(model.alphas_ == model.alpha_min_)[0]
    text = next(text.get_text() for text in display.mark_texts_ if text.get_text().startswith("min"))
    assert text.endswith(f"{counts[at_min]:.0f} nonzeros")
    display.figure_.canvas.draw()
    first, second = (text.get_window_extent() for text in display.mark_texts_)
    assert not first.overlaps(second)
    for box in (first, second):
        assert box.x0 >= display.ax_.bbox.x0 and box.x1 <= display.ax_.bbox.x1
    own = LassoCV(alphas=50, cv=5, selection_rule=lambda alphas, scores: 3).fit(*few)
    assert marks_of(CVDisplay.from_estimator(own))["chosen"] == own.alphas_[3]


def test_counts_above_the_errors(few):
    X, y = few
    model = LassoCV(alphas=40, cv=3).fit(X, y)
    display = CVDisplay.from_estimator(model, X, y)
    display.figure_.canvas.draw()
    path = fit_path(X, y, alphas=model.alphas_)
    seen = [(tick.get_loc(), tick.label2.get_text()) for tick in display.ax_.xaxis.get_minor_ticks()]
    assert len(seen) >= 4
    for alpha, text in seen:
        assert int(text) == path.n_nonzero[path.alphas == alpha][0]
    bare = CVDisplay.from_estimator(model)
    bare.figure_.canvas.draw()
    assert not len(bare.ax_.xaxis.get_minorticklocs())


def test_errors_against_nonzeros(few):
    X, y = few
    model = LassoCV(alphas=40, cv=3, keep_coefs=True).fit(X, y)
    of_all = CVDisplay.from_estimator(model, X, y, x="n_nonzero")
    counts, mean = of_all.lines_[0].get_data()
    assert_allclose(counts, fit_path(X, y, alphas=model.alphas_).n_nonzero)
    assert_allclose(mean, model.mse_mean_)
    of_folds = CVDisplay.from_estimator(model, x="n_nonzero")
    assert_allclose(of_folds.lines_[0].get_xdata(), np.count_nonzero(model.coef_path_, axis=2).mean(axis=0))
    assert "mean over folds" in of_folds.ax_.get_xlabel()
    at = np.flatnonzero(model.alphas_ == model.alpha_min_)[0]
    assert marks_of(of_all)["min"] == counts[at]
    with pytest.raises(ValueError, match='x="n_nonzero" needs the coefficients: pass X and y'):
        CVDisplay.from_estimator(LassoCV(alphas=5, cv=3).fit(X, y), x="n_nonzero")


@pytest.mark.parametrize("keep", [True, "sparse"])
def test_nonzeros_of_every_kind_of_fit(few, keep):
    X, y = few
    options = {"alphas": 12, "cv": 3, "keep_coefs": keep}
    lasso = LassoCV(**options).fit(X, y)
    tasks = MultiTaskLassoCV(**options).fit(X, np.column_stack([y, -y]))
    groups = GroupLassoCV(groups=[0, 0, 1, 1, 2, 2], **options).fit(X, y)
    several = ElasticNetCV(l1_ratio=[0.5, 1.0], **options).fit(X, y)
    for model, rows in [(lasso, 1), (tasks, 1), (groups, 1), (several, 2)]:
        display = CVDisplay.from_estimator(model, x="n_nonzero")
        assert len(display.lines_) == rows
        for line in display.lines_:
            counts = line.get_xdata()
            assert counts.shape == (12,) and counts[0] <= 2.0 and 4.0 <= counts.max() <= 6.0
    twice = CVDisplay.from_estimator(tasks, x="n_nonzero").lines_[0].get_xdata()
    dense = MultiTaskLassoCV(alphas=12, cv=3, keep_coefs=True).fit(X, np.column_stack([y, -y])).coef_path_
    assert_allclose(twice, (dense != 0.0).any(axis=2).sum(axis=2).mean(axis=0))


def test_several_l1_ratios(few):
    X, y = few
    model = ElasticNetCV(l1_ratio=[0.1, 0.5, 1.0], alphas=20, cv=3).fit(X, y)
    display = CVDisplay.from_estimator(model, X, y)
    for k, line in enumerate(display.lines_):
        assert_allclose(line.get_data(), (model.alphas_[k], model.mse_mean_[k]))
    chosen = [0.1, 0.5, 1.0].index(model.l1_ratio_)
    widths = [line.get_linewidth() for line in display.lines_]
    assert np.argmax(widths) == chosen
    assert display.label_texts_[0].get_text() == f"l1_ratio {model.l1_ratio_:g}"
    assert {text.get_text() for text in display.label_texts_} == {"l1_ratio 0.1", "l1_ratio 0.5", "l1_ratio 1"}
    assert set(corners(display.band_)[:, 0]) <= set(model.alphas_[chosen])


def test_scores_in_the_place_of_errors(few):
    model = LassoCV(alphas=20, cv=3, scoring="r2").fit(*few)
    display = CVDisplay.from_estimator(model)
    assert_allclose(display.lines_[0].get_ydata(), model.score_mean_)
    assert display.ax_.get_ylabel() == "held-out r2 score" and marks_of(display).get("min") in (None, model.alpha_min_)


def test_other_estimators(few):
    X, y = few
    theirs = SklearnLassoCV(n_alphas=20, cv=3) if "n_alphas" in SklearnLassoCV().get_params() else None
    theirs = (SklearnLassoCV(cv=3) if theirs is None else SklearnLassoCV(cv=3)).fit(X, y)
    display = CVDisplay.from_estimator(theirs, X, y)
    assert_allclose(display.lines_[0].get_ydata(), theirs.mse_path_.mean(axis=1))
    assert theirs.alpha_ in marks_of(display).values()
    pipeline = make_pipeline(StandardScaler(), LassoCV(alphas=10, cv=3)).fit(X, y)
    assert_allclose(CVDisplay.from_estimator(pipeline, X, y).lines_[0].get_ydata(), pipeline[-1].mse_mean_)
    adaptive = AdaptiveLasso(alphas=10, cv=3).fit(X, y)
    assert_allclose(CVDisplay.from_estimator(adaptive).lines_[0].get_ydata(), adaptive.mse_mean_)
    with pytest.raises(NotFittedError, match="this LassoCV is not fitted"):
        CVDisplay.from_estimator(LassoCV())
    with pytest.raises(TypeError, match="Lasso, which has no errors of folds"):
        CVDisplay.from_estimator(Lasso().fit(X, y))
    with pytest.raises(ValueError, match="both X and y"):
        CVDisplay.from_estimator(adaptive, X)


def test_errors_computed_elsewhere():
    errors = np.array([[9.0, 11.0], [4.0, 6.0], [4.5, 5.7], [7.0, 8.0]])
    display = CVDisplay.from_errors([0.01, 0.1, 1.0, 10.0], errors, n_nonzero=[9, 4, 2, 0])
    assert_allclose(display.lines_[0].get_data(), ([10.0, 1.0, 0.1, 0.01], [7.5, 5.1, 5.0, 10.0]))
    assert marks_of(display) == {"min": 0.1, "1 SE": 1.0}       # 5.1 <= 5 + 1
    assert [text.get_text() for text in display.mark_texts_] == ["1 SE: alpha 1, 2 nonzeros",
                                                                 "min: alpha 0.1, 4 nonzeros"]
    single = CVDisplay.from_errors([0.1, 1.0], [[1.0], [2.0]])
    assert marks_of(single) == {"min and 1 SE": 0.1}


@pytest.mark.parametrize("arguments, message", [
    (([1.0], [[1.0], [2.0]]), "alphas has inconsistent length 1"), (([1.0], [1.0]), r"errors has shape \(1,\)"),
    (([1.0], [[np.nan]]), "errors holds NaN"),
])
def test_wrong_errors_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        CVDisplay.from_errors(*arguments)


def test_wrong_options_are_refused():
    with pytest.raises(ValueError, match="x='l1_norm' is unknown"):
        CVDisplay.from_errors([1.0], [[1.0]], x="l1_norm")
    with pytest.raises(ValueError, match="folds='all' must be True or False"):
        CVDisplay.from_errors([1.0], [[1.0]], folds="all")
    with pytest.raises(ValueError, match='x="n_nonzero" needs'):
        CVDisplay.from_errors([1.0], [[1.0]], x="n_nonzero")


def test_dark_style(few):
    from lassocore.plots.style import DARK, contrast

    with pyplot.style.context("dark_background"):
        display = CVDisplay.from_estimator(LassoCV(alphas=10, cv=3).fit(*few))
    assert display.lines_[0].get_color() == DARK[0]
    assert all(contrast(text.get_color(), "#000000") > 15.0 for text in display.mark_texts_)


def test_texts_of_marks_are_within_narrow_axes(few):
    figure, ax = pyplot.subplots(figsize=(4.0, 3.0), layout="constrained")
    display = CVDisplay.from_estimator(LassoCV(alphas=50, cv=5, keep_coefs=True).fit(*few), ax=ax)
    figure.canvas.draw()
    first, second = (text.get_window_extent() for text in display.mark_texts_)
    assert not first.overlaps(second)
    for box in (first, second):
        assert box.x0 >= ax.bbox.x0 - 1.0 and box.x1 <= ax.bbox.x1 + 1.0
