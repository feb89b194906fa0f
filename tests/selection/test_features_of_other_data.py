# Lives here: reports on models with data of other features. Independent of: what a report holds.
"""A report on a model and X refuses an X whose columns are not those of the fit."""
import numpy as np
import pandas as pd
import pytest

from lassocore import LassoCV, fit_path
from lassocore.selection import StabilitySelection, selection_report

NAMES = list("abcdef")


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.standard_normal((80, 6)), columns=NAMES)
    return X, X["a"].to_numpy() * 2.0 + X["b"].to_numpy() + 0.3 * rng.standard_normal(80)


@pytest.mark.parametrize("fit", [
    lambda X, y: StabilitySelection(random_state=0).fit(X, y), lambda X, y: LassoCV().fit(X, y),
    lambda X, y: fit_path(X, y, alphas=[0.1])], ids=["stability", "estimator", "path"])
def test_other_columns_are_refused(data, fit):
    X, y = data
    model = fit(X, y)
    for other in (X[NAMES[:3]], X[NAMES[::-1]], X.rename(columns={"f": "g"})):
        with pytest.raises(ValueError, match="feature names should match"):
            selection_report(model, other, y, n_subsamples=0)
    with pytest.raises(ValueError, match=r"X has shape \(80, 3\).* fitted on 6 features"):
        selection_report(model, X.to_numpy()[:, :3], y, n_subsamples=0)
    assert selection_report(model, X, y, n_subsamples=0).feature_names[:2] == ["a", "b"]
    assert selection_report(model, X.to_numpy(), y, n_subsamples=0).feature_names[:2] == ["x0", "x1"]


def test_pictures_refuse_other_columns(data):
    plt = pytest.importorskip("matplotlib.pyplot", reason="the pictures need matplotlib")
    X, y = data
    model, path = LassoCV().fit(X, y), fit_path(X, y)
    for other in (X[NAMES[::-1]], X[NAMES[:3]]):
        for draw in (lambda X: model.plot_path(X, y), lambda X: path.plot(scaled=True, X=X)):
            with pytest.raises(ValueError, match="feature names should match"):
                draw(other)
    display = path.plot(scaled=True, X=X)
    plt.close(display.figure_)


def test_models_are_saved_with_the_data_of_their_fit(data, tmp_path):
    X, y = data
    weights = np.linspace(0.5, 2.0, len(y))
    path = fit_path(X, y, alphas=[1.0, 0.1])
    for save in (LassoCV().fit(X, y).save, lambda *given: path.save(*given[:1], X=given[1], y=given[2], alpha=0.1)):
        save(tmp_path / "model.json", X, y)
        for other in ((X, y + 99.0), (X, y[::-1]), (X * 2.0, y)):
            with pytest.raises(ValueError, match="X and y give R2 = .*the fit had"):
                save(tmp_path / "other.json", *other)
    model = LassoCV().fit(X, y, sample_weight=weights)
    model.save(tmp_path / "model.json", X, y, sample_weight=weights)
