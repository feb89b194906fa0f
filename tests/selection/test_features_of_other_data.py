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
