# Lives here: what results of rescaled fits say, predict and keep. Independent of: how data are scaled.
"""Results of data whose squares over- or underflow, against those of the same data in range."""
import numpy as np
import pytest
from oracles.reference import make_data
from sklearn.exceptions import ConvergenceWarning

from lassocore import fit_many, fit_multi_task_path, fit_path

pytestmark = pytest.mark.filterwarnings("error")
FAR = (600, -600)
FREE = np.r_[0.0, 0.0, np.ones(6), 0.0, 0.0]


def dependent_data():
    """The last two columns are in the span of the first two."""
    X, y, _ = make_data(3, 30, 8)
    return np.column_stack([X, 2.0 * X[:, 0], X[:, 0] + X[:, 1]]), y


@pytest.mark.parametrize("options", [{}, {"penalty_factor": FREE}, {"penalty_factor": FREE, "bounds": (-0.05, np.inf)}],
                         ids=["penalised", "dependent", "bounds"])
@pytest.mark.parametrize("exponent", FAR)
def test_starts_are_in_units_of_the_data(options, exponent):
    X, y = dependent_data()
    alphas = fit_path(X, y, **options).alphas[::10]
    expected = fit_path(X, y, alphas=alphas, tol=1e-10, **options)
    start = np.ldexp(expected.coefs[:, 4], exponent)
    if "bounds" in options:
        options = {**options, "bounds": tuple(np.ldexp(options["bounds"], exponent))}
    path = fit_path(X, np.ldexp(y, exponent), alphas=np.ldexp(alphas[4:5], exponent), coef_init=start, tol=1e-10,
                    max_iter=1, **options)
    assert path.converged.all()
    np.testing.assert_allclose(np.ldexp(path.coefs[:, 0], -exponent), expected.coefs[:, 4], rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("columns, target", [(600, 0), (-600, 0), (0, 600), (0, -600), (300, -500), (-300, 450)])
def test_dependent_unpenalised_columns(columns, target):
    X, y = dependent_data()
    Y = np.column_stack([y, y[::-1]])
    far, far_y, far_Y = np.ldexp(X, columns), np.ldexp(y, target), np.ldexp(Y, target)
    options = {"alphas": 5, "penalty_factor": FREE, "tol": 1e-10}
    for fit, near, scaled in ((fit_path, y, far_y), (fit_many, Y, far_Y), (fit_multi_task_path, Y, far_Y)):
        expected, found = fit(X, near, **options), fit(far, scaled, **options)
        np.testing.assert_allclose(np.ldexp(found.predict(far), -target), expected.predict(X), rtol=0, atol=1e-9)
        np.testing.assert_allclose(found.score(far, scaled), expected.score(X, near), rtol=1e-9)
    path = fit_path(far, far_y, **options)
    np.testing.assert_allclose(
        path.information_criterion("bic", X=far) - 2 * len(y) * np.log(2) * target,
        fit_path(X, y, **options).information_criterion("bic", X=X), atol=1e-9)


def test_targets_of_any_scale_have_information_criteria_and_scores():
    X, y = dependent_data()
    exponents, options = (0, *FAR), {"penalty_factor": FREE, "tol": 1e-10, "bounds": (-np.inf, np.inf)}
    Y = np.column_stack([np.ldexp(y, exponent) for exponent in exponents])
    many, path = fit_many(X, Y, alphas=6, **options), fit_path(X, y, alphas=6, **options)
    np.testing.assert_allclose(many.score(X, Y), np.tile(path.r2, (3, 1)), rtol=1e-9)
    for found, exponent in zip(many, exponents, strict=True):
        criterion = found.information_criterion("bic", X=X) - 2 * len(y) * np.log(2) * exponent
        np.testing.assert_allclose(criterion, path.information_criterion("bic", X=X), atol=1e-9)


def test_parts_of_a_path_keep_their_relative_gaps():
    X, y = dependent_data()
    far = np.ldexp(y, 600)
    for path in (fit_path(X, far, alphas=6), fit_multi_task_path(X, np.column_stack([far, far]), alphas=6)):
        np.testing.assert_array_equal(path[1:4].relative_gaps, path.relative_gaps[1:4])


@pytest.mark.parametrize("fit", [fit_path, fit_many, fit_multi_task_path])
def test_warnings_name_gaps_that_a_float_holds(fit):
    X, y = dependent_data()
    y = np.ldexp(y if fit is fit_path else np.column_stack([y, y[::-1]]), 900)
    with pytest.warns(ConvergenceWarning, match=r"over the mean square of the target \d\.\d+e-\d\d, tol 1\.000e-14"):
        fit(X, y, alphas=3, max_iter=1, tol=1e-14, selection="shuffled")


@pytest.mark.parametrize("fit, name", [(fit_path, "y"), (fit_many, "Y")])
def test_a_difference_from_the_offset_that_overflows(fit, name):
    X, y = dependent_data()
    y = np.where(y > 0, 1e308, -1e308)
    with pytest.raises(ValueError, match=rf"offset reaches 1e\+308 and {name} 1e\+308.*rescale both"):
        fit(X, y if fit is fit_path else y[:, None], offset=-y)
