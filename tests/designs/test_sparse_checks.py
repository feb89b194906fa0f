# Lives here: invalid and unusual sparse matrices at every public entry point. Independent of: the checks.
"""A matrix with inconsistent arrays is refused before its indices are used; a valid unusual one is read correctly."""
import warnings

import numpy as np
import pytest
import scipy.sparse as sp
import sklearn.linear_model
from helpers.broken_sparse import FORMATS, HUGE, good, inconsistent, odd

import lassocore
from lassocore.designs.sparse_checks import SparseFormatError, check_sparse
from lassocore.sklearn_compat import kernels

RNG = np.random.default_rng(0)
DENSE = RNG.standard_normal((12, 6))
Y = RNG.standard_normal((12, 2))
y = Y[:, 0]
ALPHAS = [0.1, 0.05]
FORMAT = pytest.mark.parametrize("format", FORMATS)

ESTIMATORS = {
    "Lasso": (lassocore.Lasso(0.1), y), "ElasticNet": (lassocore.ElasticNet(0.1), y),
    "Lasso, several targets": (lassocore.Lasso(0.1), Y), "LassoCV": (lassocore.LassoCV(alphas=ALPHAS, cv=2), y),
    "ElasticNetCV": (lassocore.ElasticNetCV(alphas=ALPHAS, cv=2), y), "LassoIC": (lassocore.LassoIC(alphas=ALPHAS), y),
    "AdaptiveLasso": (lassocore.AdaptiveLasso(0.1, cv=2), y), "MultiTaskLasso": (lassocore.MultiTaskLasso(0.1), Y),
    "MultiTaskElasticNet": (lassocore.MultiTaskElasticNet(0.1), Y),
    "MultiTaskLassoCV": (lassocore.MultiTaskLassoCV(alphas=ALPHAS, cv=2), Y),
    "MultiTaskElasticNetCV": (lassocore.MultiTaskElasticNetCV(alphas=ALPHAS, cv=2), Y)}
FITS = {
    "fit_path": lambda X: lassocore.fit_path(X, y, alphas=ALPHAS).coefs,
    "fit_path, cd": lambda X: lassocore.fit_path(X, y, alphas=ALPHAS, solver="cd").coefs,
    "fit_many": lambda X: lassocore.fit_many(X, Y, alphas=ALPHAS).coefs,
    "fit_multi_task_path": lambda X: lassocore.fit_multi_task_path(X, Y, alphas=ALPHAS).coefs,
    "alpha_max": lambda X: lassocore.alpha_max(X, y),
    "duality_gap": lambda X: lassocore.duality_gap(X, y, np.zeros(6), alpha=0.1),
    "lasso_path": lambda X: lassocore.lasso_path(X, y, alphas=ALPHAS)[1],
    "enet_path, several": lambda X: lassocore.enet_path(X, Y, alphas=ALPHAS)[1],
    "Lasso, unchecked": lambda X: lassocore.Lasso(0.1).fit(X, y, check_input=False).coef_,
    "warm start": lambda X: lassocore.Lasso(0.1, warm_start=True).fit(DENSE, y).fit(X, y).coef_}


def fit_of(model, target):
    return lambda X: sklearn.base.clone(model).fit(X, target).coef_


def score_of(model, target):
    return lambda X: model.score(X, target)


with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    FITTED = {name: (sklearn.base.clone(model).fit(DENSE, target), target)
              for name, (model, target) in ESTIMATORS.items()}
PATH, MANY = lassocore.fit_path(DENSE, y, alphas=ALPHAS), lassocore.fit_many(DENSE, Y, alphas=ALPHAS)
TASKS = lassocore.fit_multi_task_path(DENSE, Y, alphas=ALPHAS)
ENTRIES = {
    **FITS, **{f"{name}.fit": fit_of(*case) for name, case in ESTIMATORS.items()},
    **{f"{name}.predict": case[0].predict for name, case in FITTED.items()},
    **{f"{name}.score": score_of(*case) for name, case in FITTED.items()},
    "path.predict": PATH.predict, "path.predict, one alpha": lambda X: PATH.predict(X, 0.07),
    "many.predict": MANY.predict, "many[1].predict": lambda X: MANY[1].predict(X),
    "tasks.predict": lambda X: TASKS.predict(X, 1),
    "information_criterion": lambda X: PATH.information_criterion(X=X, noise_variance=1.0)}
BROKEN = {(format, name): X for format in FORMATS for name, X in inconsistent(format, 1).items()}


@pytest.mark.parametrize("entry", ENTRIES)
def test_inconsistent_matrices_are_refused(entry):
    """Faults of the shape may be reported as such, all others by their own message."""
    assert len(BROKEN) > 150
    for (format, fault), X in BROKEN.items():
        expected = SparseFormatError if X.shape == (12, 6) else ValueError
        with pytest.raises(expected) as error:
            ENTRIES[entry](X)
        assert "\n" not in str(error.value) and len(str(error.value)) < 250, (format, fault)


@FORMAT
@pytest.mark.parametrize("entry", ENTRIES)
def test_unusual_matrices_are_read_correctly(entry, format):
    forms = odd(format, 2)
    dense = forms["plain"].toarray()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sklearn.exceptions.ConvergenceWarning)
        expected = ENTRIES[entry](dense)
        for form, X in forms.items():
            np.testing.assert_allclose(ENTRIES[entry](X), expected, rtol=1e-6, atol=1e-8, err_msg=form)


@FORMAT
@pytest.mark.parametrize("seed", range(5))
def test_the_check_alone(format, seed):
    for X in odd(format, seed).values():
        check_sparse(X)
    for name, X in inconsistent(format, seed).items():
        with pytest.raises(SparseFormatError, match=f"X, a sparse {format} matrix of shape"):
            check_sparse(X)
            pytest.fail(f"{name} passed")


@FORMAT
def test_checked_matrices_are_not_changed(format):
    for X in inconsistent(format, 3).values():
        before = dict(vars(X))
        with pytest.raises(SparseFormatError):
            check_sparse(X)
        assert vars(X).keys() == before.keys() and all(value is before[name] for name, value in vars(X).items())


def test_rows_of_csc_are_checked_by_the_core():
    """One pass over the indices in a fit: is_canonical finds them, and a matrix that it rejects is checked again."""
    A = good("csc", np.random.default_rng(4))
    A.indices[3] = HUGE if A.indices.dtype == np.int64 else 2**31 - 1
    check_sparse(A, csc_rows=False)
    for X in (A, sp.csc_matrix((A.data, A.indices, A.indptr), shape=A.shape)):
        with pytest.raises(SparseFormatError, match=r"row indices outside \[0, 12\)"):
            lassocore.fit_path(X, y, alphas=ALPHAS)
        with pytest.raises(SparseFormatError, match=r"row indices outside \[0, 12\)"):
            PATH.predict(X)


@pytest.mark.parametrize("level", ["estimators", "kernels"])
def test_under_the_patch(level):
    """scikit-learn's estimators on lassocore's kernels use SciPy first, so the kernels are called directly."""
    if level == "estimators":
        with lassocore.patch_sklearn():
            for X in BROKEN.values():
                with pytest.raises(ValueError):
                    sklearn.linear_model.Lasso(0.1).fit(X, y)
        return
    with lassocore.patch_sklearn(estimators=False):
        for several in (False, True):
            for X in inconsistent("csc", 5).values():
                if X.shape[1] == 6 and isinstance(X.data, np.ndarray) and X.data.dtype == np.float64:
                    with pytest.raises(SparseFormatError):
                        call_kernel(X, several)
            for form, X in odd("csc", 5).items():
                if form in ("plain", "unsorted", "spare room"):
                    np.testing.assert_allclose(call_kernel(X, several), call_kernel(sp.csc_array(X.toarray()), several),
                                               atol=1e-6)


def call_kernel(X, several: bool):
    """Coefficients of scikit-learn's kernel for a sparse X."""
    import sklearn.linear_model._coordinate_descent as home

    given = {"X_data": X.data, "X_indices": X.indices, "X_indptr": X.indptr, "X_mean": np.zeros(6), "max_iter": 1000,
             "sample_weight": None, "tol": 1e-8, "rng": np.random.RandomState(0), "random": False, "positive": False}
    if not several:
        return home.cd_fast.sparse_enet_coordinate_descent(
            w=np.zeros(6), alpha=1.0, beta=0.0, y=y.copy(), **given)[0]
    return kernels.multi_task_kernel({
        **given, "W": np.zeros((2, 6), order="F"), "alpha": 1.0, "beta": 0.0, "Y": np.asfortranarray(Y),
        "X_is_sparse": True})[0]


@pytest.mark.parametrize("name", ["y", "sample_weight", "offset", "penalty_factor", "coef"])
def test_only_x_may_be_sparse(name):
    vector = sp.csc_array(np.ones((12 if name in ("y", "sample_weight", "offset") else 6, 1)))
    for values in (vector, inconsistent("csr", 6)["indices far out of range"]):
        with pytest.raises(ValueError, match="sparse"):
            if name == "coef":
                lassocore.duality_gap(DENSE, y, values, alpha=0.1)
            else:
                lassocore.fit_path(DENSE, **{"y": y, name: values})
