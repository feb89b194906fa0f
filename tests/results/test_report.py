# Lives here: tests of what reports say. Independent of: how models were fitted.
"""Each finding with a problem that shows it and one that does not."""
import warnings

import numpy as np
import pytest
import scipy.sparse as sp

from lassocore import fit_multi_task_path, fit_path
from lassocore.models.path_json import path_from_dict, path_to_dict


def data(n=50, p=10, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, p))
    return X, 2.0 * X[:, 0] + rng.standard_normal(n)


def words(path, *given):
    """The report in one line."""
    return " ".join(path.report(*given).split())


def cut_short(X, y, **options):
    """A path of one small alpha that ends after a few epochs."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return fit_path(X, y, **{"alphas": [1e-2], "solver": "cd", "max_iter": 2, "tol": 1e-12, **options})


def test_a_path_that_converged_has_a_short_report():
    X, y = data()
    path = fit_path(X, y)
    text = words(path, X, y)
    assert text.startswith("Converged. All 100 alphas meet the tolerance; the largest duality gap is ")
    largest = path.dual_gaps.max()
    assert f"{largest:.2e}, {largest / path.gap_tol:.2g} times the tolerance {path.gap_tol:.2e}." in text
    n_newton, n_epochs = int(path.info["n_newton"].sum()), int(path.info["n_epochs"].sum())
    assert f"Solved on the Gram matrix of all columns, with {n_epochs} epochs and {n_newton} exact steps, in " in text
    assert text.endswith("seconds.") and "Why" not in text and len(path.report(X, y).split("\n")) < 6
    assert words(path[:1]).startswith("Converged. The alpha meets the tolerance; ")
    wide = fit_path(*data(30, 300), solver="working_set", alphas=20)
    assert "on a working set of columns" in words(wide)


def test_no_line_is_long():
    X, y = data()
    assert max(map(len, cut_short(1e5 ** np.arange(-1, 1, 0.2) * X, y).report().split("\n"))) <= 100


def test_iterations_ran_out():
    X, y = data()
    text = words(cut_short(X, y), X, y)
    assert text.startswith("Not converged: alpha=0.01 missed the tolerance, with a duality gap of ")
    assert "- All of max_iter=2 iterations were used at 1 alpha: increase max_iter, or accept a larger tol." in text
    several = words(cut_short(X, y, alphas=[1e3, 1e-1, 1e-2]), X)
    assert "2 of 3 alphas missed the tolerance. The worst is alpha=0.01" in several
    assert "max_iter" not in words(fit_path(X, y), X, y)


def test_digits_ran_out():
    X, y = data()
    text = words(cut_short(X, y, tol=0.0, max_iter=1000), X, y)
    assert "At 1 alpha no further iteration brought the gap down: the tolerance is below what rounding allows." in text
    assert "Increase tol." in text and "float32" not in text and "max_iter" not in text
    single = words(cut_short(X.astype(np.float32), y, tol=1e-14, max_iter=1000), X, y)
    assert "rounding allows in float32. Increase tol, or pass X in float64." in single
    assert "no further iteration" not in words(cut_short(X, y))


@pytest.mark.parametrize("convert", [np.asarray, sp.csc_array, sp.csr_matrix])
def test_columns_of_different_size(convert):
    X, y = data()
    X[:, 3] *= 1e5
    path = cut_short(convert(X), y)
    text = words(path, convert(X))
    assert "The columns of X differ in size: that of x3 varies " in text and "standardize=True" in text
    ratio = X[:, 3].std() / np.delete(X, 3, axis=1).std(axis=0).min()
    assert f"{ratio:.1e} times" in text
    assert "differ in size" not in words(path) and "report(X) names columns" in words(path)
    X[:, 3] /= 1e5
    assert "differ in size" not in words(cut_short(convert(X), y), convert(X))
    assert "differ in size" not in words(cut_short(convert(X + 1e6), y), convert(X + 1e6))     # means do not count


@pytest.mark.parametrize("convert", [np.asarray, sp.csc_array])
def test_collinear_columns(convert):
    X, y = data()
    for shift in (0.0, 100.0):              # means do not count
        assert "collinear" not in words(cut_short(convert(X + shift), y), convert(X + shift))
    pair = X.copy()
    pair[:, 4] = -3.0 * pair[:, 1] + 0.1 * pair[:, 4]
    text = words(cut_short(convert(pair), y), convert(pair))
    assert "Columns of X are collinear (their correlation in brackets): x1 and x4 (-0.999" in text
    sums = X.copy()
    sums[:, 7] = sums[:, 2] + sums[:, 5] + 1e-5 * sums[:, 7]
    text = words(cut_short(convert(sums), y), convert(sums))
    assert "Columns of X are collinear: one of x2, x5, x7 is nearly a combination of the others." in text


def test_collinear_columns_among_many_are_those_of_the_model():
    X, y = data(60, 1500)
    X[:, 9] = X[:, 0] + 1e-3 * X[:, 9]
    X[:, 1400] = X[:, 1399]
    path = cut_short(X, X[:, 0] + X[:, 9], alphas=[1e-3], max_iter=3)
    assert {0, 9} <= set(path.nonzeros(0)[0]) and "x0 and x9 (+1.00000)" in words(path, X)


def test_an_alpha_that_is_too_small():
    X, y = data(30, 200)
    path = cut_short(X, y, alphas=[1e-5], max_iter=30)
    text = words(path)
    assert f"alpha=1e-05 is small: the model has {path.n_nonzero[0]} nonzero features for 30 samples" in text
    assert "Pass a larger alpha." in text
    assert "a larger eps" in words(cut_short(X, y, alphas=[1.0, 1e-5], max_iter=30))
    assert "is small" not in words(cut_short(X, y, alphas=[1.0], max_iter=1, tol=0.0, coef_init=np.eye(200)[0]))
    tall, target = data(50, 4)
    assert "is small" in words(cut_short(tall, tall[:, 0] + tall[:, 1], alphas=[1e-7]))     # a perfect fit
    assert "is small" not in words(cut_short(tall, target, alphas=[1e-7]))


def test_targets_that_do_not_vary():
    X, y = data()
    text = words(fit_path(X, np.full(50, 7.0)))
    assert text.startswith("Converged.") and "The target is constant, or 0 without an intercept" in text
    nearly = 1e10 + 1e-3 * y
    text = words(fit_path(X, nearly), X, nearly)
    assert "The target is nearly constant: it deviates from its mean by at most " in text
    assert "constant" not in words(fit_path(X, y + 1e3), X, y + 1e3)
    both = fit_multi_task_path(X, np.ones((50, 2)), alphas=[1.0])
    assert "The target is constant" in words(both, X, np.ones((50, 2)))
    assert "constant" not in words(fit_path(X, y, alphas=[1e6]), X, y)       # zeros for another reason


def test_constant_columns():
    pd = pytest.importorskip("pandas", reason="pandas is not installed")
    X, y = data()
    X[:, 2] = X[:, 5] = 3.0
    frame = pd.DataFrame(X, columns=list("abcdefghij"))
    text = words(fit_path(frame, y), frame)
    assert "2 columns are constant, or 0 without an intercept, and cannot enter the model: c, f." in text
    assert "constant" not in words(fit_path(X, y, fit_intercept=False), X)
    X[:, 2:8] = 1.0
    assert "6 columns are constant" in words(fit_path(X, y), X) and "and 1 more" in words(fit_path(X, y), X)


@pytest.mark.parametrize("options, said", [
    ({"max_active": 3}, "as it has more nonzero features than max_active allows"),
    ({"time_limit": 0.0}, "as time_limit was over"),
    ({"callback": lambda level: level.index == 2}, "as the callback asked for the end")])
def test_paths_that_ended_early(options, said):
    X, y = data()
    path = fit_path(X, y, **options)
    text = words(path)
    assert f"The path ended after {len(path)} of 100 alphas, at alpha={path.alphas[-1]:.4g}, {said}" in text
    assert "The path ended" not in words(fit_path(X, y))


def test_several_tasks_and_groups():
    X, y = data()
    Y = np.column_stack([y, -y * y])
    assert words(fit_multi_task_path(X, Y), X, Y).startswith("Converged. All 100 alphas")
    with pytest.warns(Warning, match="did not converge"):
        path = fit_multi_task_path(X, Y, alphas=[1e-3], max_iter=1, tol=1e-12)
    assert "All of max_iter=1 iterations were used" in words(path, X, Y)
    assert words(fit_path(X, y, groups=np.arange(10) // 2), X, y).startswith("Converged.")


def test_data_whose_squares_are_out_of_range():
    X, y = data()
    text = words(fit_path(1e-170 * X, y, alphas=5), 1e-170 * X, y)
    assert "of the mean square of the target." in text and text.startswith("Converged.")
    path = cut_short(1e-170 * X, y, alphas=[1e-172])
    assert "Columns of X are so large or so small that their squares are beyond what a float holds" in words(
        path, 1e-170 * X)


def test_paths_of_files_know_less():
    X, y = data()
    read = path_from_dict(path_to_dict(cut_short(X, y)))
    assert "Epochs ran out, or the tolerance is below what rounding allows" in words(read)
    assert "Solved" not in words(read)
    assert words(path_from_dict(path_to_dict(fit_path(X, y)))).startswith("Converged.")


def test_only_the_data_of_the_fit_are_taken():
    X, y = data()
    path = fit_path(X, y)
    with pytest.raises(ValueError, match="X has 49 rows and the fit had 50; pass the X of the fit"):
        path.report(X[1:])
    with pytest.raises(ValueError, match="fitted on 10 features"):
        path.report(X[:, 1:])
    with pytest.raises(ValueError, match="y has inconsistent length 49"):
        path.report(X, y[1:])
    with pytest.raises(ValueError, match="NaN"):
        path.report(np.where(X > 2.0, np.nan, X))
    given = X.copy()
    path.report(X, y)
    np.testing.assert_array_equal(X, given)
