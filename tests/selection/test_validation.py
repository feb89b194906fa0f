# Lives here: tests of the cross-validation of selections. Independent of: how features are selected.
"""Scores against folds fitted by hand; the optimism of selecting on all rows."""
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from sklearn.feature_selection import SelectKBest, f_regression
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.metrics import mean_squared_error
from sklearn.model_selection import GroupKFold, KFold
from sklearn.svm import SVR

from lassocore import LassoCV
from lassocore.selection import StabilitySelection, cross_validate_selection


def generated(seed=0):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((90, 60))
    return X, 2.0 * X[:, 3] - 2.0 * X[:, 7] + rng.standard_normal(90)


@pytest.mark.parametrize("storage", [np.asarray, sp.csr_array, pd.DataFrame])
def test_scores_are_those_of_selecting_on_the_training_rows(storage):
    X, y = generated()
    cv = KFold(4, shuffle=True, random_state=0)
    selector = StabilitySelection(n_subsamples=20, random_state=0)
    frame = storage(X) if storage is not pd.DataFrame else pd.DataFrame(X, columns=[f"c{j}" for j in range(60)])
    result = cross_validate_selection(selector, frame, y, cv=cv)
    support = selector.fit(X, y).get_support()
    for k, (train, test) in enumerate(cv.split(X)):
        chosen = selector.fit(X[train], y[train]).get_support(indices=True)
        assert result.supports[k].tolist() == chosen.tolist()
        model = LinearRegression().fit(X[np.ix_(train, chosen)], y[train])
        assert -result.scores[k] == pytest.approx(mean_squared_error(y[test], model.predict(X[np.ix_(test, chosen)])))
        fixed = LinearRegression().fit(X[train][:, support], y[train])
        assert -result.scores_of_fixed_selection[k] == pytest.approx(
            mean_squared_error(y[test], fixed.predict(X[test][:, support])))
    assert result.frequencies[[3, 7]].tolist() == [1.0, 1.0] and result.support_of_all_rows.tolist() == [3, 7]
    assert result.feature_names[3] == ("c3" if storage is pd.DataFrame else "x3")


def test_selection_on_all_rows_is_optimistic():
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((60, 500)), rng.standard_normal(60)
    result = cross_validate_selection(SelectKBest(f_regression, k=5), X, y, scoring="r2")
    assert result.scores.mean() < 0.0 < result.scores_of_fixed_selection.mean()
    assert result.optimism == pytest.approx(result.scores_of_fixed_selection.mean() - result.scores.mean())
    assert result.n_selected.tolist() == [5] * 5
    assert "of optimism" in str(result) and str(result).startswith("r2 -")


@pytest.mark.filterwarnings("ignore:No features were selected")
def test_folds_without_a_feature_predict_the_mean():
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((50, 20)), rng.standard_normal(50)
    result = cross_validate_selection(SelectKBest(f_regression, k=0), X, y, cv=2)
    assert result.n_selected.tolist() == [0, 0] and result.support_of_all_rows.tolist() == []
    halves = ((y[25:], y[:25]), (y[:25], y[25:]))
    expected = [np.mean((test - train.mean()) ** 2) for train, test in halves]
    np.testing.assert_allclose(-result.scores, expected)
    np.testing.assert_allclose(-result.scores_of_fixed_selection, expected)


def test_a_lasso_predicts_itself_or_selects_for_another():
    X, y = generated()
    alone = cross_validate_selection(LassoCV(cv=3), X, y, cv=3, compare=False)
    assert alone.scores_of_fixed_selection is None and alone.optimism is None and alone.support_of_all_rows is None
    train, test = next(KFold(3).split(X))
    model = LassoCV(cv=3).fit(X[train], y[train])
    assert -alone.scores[0] == pytest.approx(mean_squared_error(y[test], model.predict(X[test])))
    assert alone.supports[0].tolist() == np.flatnonzero(model.coef_).tolist()
    refit = cross_validate_selection(LassoCV(cv=3), X, y, estimator=Ridge(alpha=1.0), cv=3)
    assert [support.tolist() for support in refit.supports] == [support.tolist() for support in alone.supports]
    assert (refit.scores != alone.scores).any()


def test_weights_and_groups_reach_selection_and_fit():
    X, y = generated()
    weights = np.random.default_rng(1).random(90)
    result = cross_validate_selection(LassoCV(cv=3), X, y, cv=3, sample_weight=weights, compare=False)
    train, _ = next(KFold(3).split(X))
    model = LassoCV(cv=3).fit(X[train], y[train], sample_weight=weights[train])
    assert result.supports[0].tolist() == np.flatnonzero(model.coef_).tolist()
    grouped = cross_validate_selection(LassoCV(cv=3), X, y, cv=GroupKFold(3), groups=np.arange(90) // 10)
    assert len(grouped.scores) == 3
    with pytest.raises(ValueError, match="SelectKBest.fit does not take it"):
        cross_validate_selection(SelectKBest(f_regression, k=2), X, y, sample_weight=weights)


def test_tables():
    X, y = generated()
    result = cross_validate_selection(LassoCV(cv=3), pd.DataFrame(X, columns=[f"<{j}>" for j in range(60)]), y, cv=3)
    frame = result.to_frame()
    assert list(frame.columns) == ["score", "train_score", "score_of_fixed_selection", "n_selected", "selected"]
    assert frame["n_selected"].tolist() == [len(names) for names in frame["selected"]]
    assert "&lt;3&gt;" in result._repr_html_() and repr(result).startswith("<SelectionScores: neg_mean_squared_error -")
    assert "more" in str(result).split("\n")[-1] or len(result.frequencies.nonzero()[0]) <= 20


def test_what_selects_nothing_is_refused():
    X, y = generated()
    with pytest.raises(TypeError, match="SVR has neither get_support nor coef_"):
        cross_validate_selection(SVR(), X, y)
