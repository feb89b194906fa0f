# Lives here: objects that threads share, with the GIL and without. Independent of: how fits are computed.
"""Threads that meet in one design, solver, result or estimator get what they would get alone, to the last bit.

All threads wait for one another before they begin, so that they meet at first uses: what is measured, formed or
imported lazily is then made by several at once. Interpreters with a GIL switch threads as often as they can.
"""
import subprocess
import sys
import sysconfig
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import scipy.sparse as sp

import lassocore as lc

N_THREADS = 8
STORAGES = {"columns": np.asfortranarray, "rows": np.ascontiguousarray, "sparse": sp.csc_array,
            "float32": lambda X: np.asfortranarray(X, np.float32)}


@pytest.fixture(autouse=True)
def many_switches():
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


def together(work, n_threads=N_THREADS):
    """[work(0), work(1), ...], each in its own thread, begun at the same time."""
    barrier = threading.Barrier(n_threads)

    def begin(k):
        barrier.wait(60)
        return work(k)

    with ThreadPoolExecutor(n_threads) as pool:
        return list(pool.map(begin, range(n_threads)))


def make(storage="columns", seed=0, n_samples=120, n_features=40):
    """A read-only X, a response, two tasks."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n_samples, n_features)) + 0.3
    X[rng.uniform(size=X.shape) < 0.4] = 0.0
    X = STORAGES[storage](X)
    for array in (X.data, X.indices, X.indptr) if storage == "sparse" else (X,):
        array.flags.writeable = False
    Y = X[:, :6] @ rng.standard_normal((6, 2)) + rng.standard_normal((n_samples, 2))
    Y.flags.writeable = False
    return X, Y[:, 0], Y


def numbers(fitted):
    """All arrays that a fit found."""
    names = ("coefs", "intercepts", "dual_gaps", "alphas", "coef", "intercept", "dual_gap", "alpha", "coef_",
             "intercept_", "dual_gap_", "alpha_", "mse_path_")
    found = {name: np.asarray(getattr(fitted, name)) for name in names if hasattr(fitted, name)}
    assert found, type(fitted)
    return found


def assert_same(found, expected):
    assert found.keys() == expected.keys()
    for name, values in expected.items():
        np.testing.assert_array_equal(found[name], values, err_msg=name)


GROUPS = np.repeat(np.arange(10), 4)
FITS = {
    "auto": lambda X, y, Y: lc.fit_path(X, y, alphas=10),
    "cd": lambda X, y, Y: lc.fit_path(X, y, alphas=10, solver="cd"),
    "gram": lambda X, y, Y: lc.fit_path(X, y, alphas=10, solver="gram"),
    "working_set": lambda X, y, Y: lc.fit_path(X, y, alphas=10, solver="working_set"),
    "two threads": lambda X, y, Y: lc.fit_path(X, y, alphas=10, l1_ratio=0.5, n_threads=2),
    "history": lambda X, y, Y: lc.fit_path(X, y, alphas=5, history=True),
    "groups": lambda X, y, Y: lc.fit_path(X, y, alphas=6, groups=GROUPS),
    "constrained": lambda X, y, Y: lc.fit_constrained(X, y, 1.5),
    "many": lambda X, y, Y: lc.fit_many(X, Y, alphas=5),
    "several tasks": lambda X, y, Y: lc.fit_multi_task_path(X, Y, alphas=6),
}
ESTIMATORS = {
    "Lasso": lambda X, y, Y: lc.Lasso(alpha=0.1).fit(X, y),
    "LassoIC": lambda X, y, Y: lc.LassoIC().fit(X, y),
    "MultiTaskLasso": lambda X, y, Y: lc.MultiTaskLasso(alpha=0.1).fit(X, Y),
    "GroupLasso": lambda X, y, Y: lc.GroupLasso(alpha=0.1, groups=GROUPS).fit(X, y),
    "LassoCV": lambda X, y, Y: lc.LassoCV(alphas=8, cv=3).fit(X, y),
    "LassoCV, two jobs": lambda X, y, Y: lc.LassoCV(alphas=8, cv=3, n_jobs=2).fit(X, y),
    "ElasticNetCV": lambda X, y, Y: lc.ElasticNetCV(alphas=5, cv=3, l1_ratio=[0.5, 1.0]).fit(X, y),
    "AdaptiveLasso": lambda X, y, Y: lc.AdaptiveLasso(alphas=8, cv=3).fit(X, y),
    "MultiTaskLassoCV": lambda X, y, Y: lc.MultiTaskLassoCV(alphas=5, cv=3).fit(X, Y),
    "GroupLassoCV": lambda X, y, Y: lc.GroupLassoCV(groups=GROUPS, alphas=5, cv=3).fit(X, y),
}


@pytest.mark.parametrize("fit", [*FITS.values(), *ESTIMATORS.values()], ids=[*FITS, *ESTIMATORS])
@pytest.mark.parametrize("storage", STORAGES)
def test_fits_to_one_read_only_design(storage, fit):
    data = make(storage)
    expected = numbers(fit(*data))
    for found in together(lambda _: numbers(fit(*data))):
        assert_same(found, expected)


@pytest.mark.parametrize("storage", STORAGES)
def test_all_kinds_of_fits_meet_in_one_prepared_design(storage):
    X, y, Y = make(storage)
    fits = list(FITS.values())
    expected = [numbers(fit(lc.prepare(X), y, Y)) for fit in fits]
    for _ in range(3):
        prepared = lc.prepare(X)
        found = together(lambda k, shared=prepared: numbers(fits[k](shared, y, Y)), len(fits))
        for one, other in zip(found, expected, strict=True):
            assert_same(one, other)


@pytest.mark.parametrize("fit_intercept", [True, False])
def test_the_first_use_of_a_prepared_design_by_all_threads(fit_intercept):
    X, y, _ = make(n_samples=400)
    expected = numbers(lc.fit_path(lc.prepare(X), y, alphas=10, solver="gram", fit_intercept=fit_intercept))
    for _ in range(10):
        prepared = lc.prepare(X, fit_intercept=not fit_intercept)      # the other centring is measured when asked for
        for found in together(lambda _, shared=prepared: numbers(
                lc.fit_path(shared, y, alphas=10, solver="gram", fit_intercept=fit_intercept))):
            assert_same(found, expected)


@pytest.mark.parametrize("options", [
    {}, {"l1_ratio": 0.4}, {"bounds": (-0.2, 0.4)}, {"penalty_factor": np.r_[0.0, np.inf, np.ones(38)]}], ids=str)
def test_one_solver_for_all_threads(options):
    X, y, _ = make()
    rng = np.random.default_rng(1)
    problems = [(rng.permutation(y) if k % 3 else y, alpha, None if k % 2 else rng.standard_normal(40))
                for k, alpha in enumerate(np.geomspace(0.5, 0.01, 40))]
    alone = [lc.LassoSolver(X, **options).solve(*problem) for problem in problems]
    shared = lc.LassoSolver(X, **options)

    def solve(k):
        order = np.random.default_rng(k).permutation(len(problems))
        return [(i, shared.solve(*problems[i])) for i in [*order, *order]]

    for solved in together(solve):
        for i, solution in solved:
            np.testing.assert_array_equal(solution.coef, alone[i].coef)
            assert solution[1:] == alone[i][1:]


@pytest.mark.parametrize("fit", FITS.values(), ids=FITS)
def test_fields_of_results_that_are_made_at_the_first_use(fit):
    X, y, Y = make()
    result = fit(X, y, Y)
    names = [name for name in dir(result) if isinstance(getattr(result, name), np.ndarray | sp.sparray)]
    expected = {name: as_dense(getattr(result, name)) for name in names}
    for _ in range(5):
        shared = fit(X, y, Y)
        for found in together(lambda k, result=shared: {
                name: as_dense(getattr(result, name)) for name in np.random.default_rng(k).permutation(names)}):
            assert_same(found, expected)


def as_dense(values):
    return values.toarray() if sp.issparse(values) else values


def test_a_deferred_field_is_one_object_for_all_threads():
    X, y, _ = make()
    for _ in range(20):
        path = lc.fit_path(X, y, alphas=30)
        infos, sparse = zip(*together(lambda _, shared=path: (shared.info, shared.coefs_sparse)), strict=True)
        assert len({id(info) for info in infos}) == 1 and len({id(coefs) for coefs in sparse}) == 1


@pytest.mark.parametrize("model", [
    lc.Lasso(alpha=0.1), lc.LassoCV(alphas=8, cv=3), lc.LassoIC(), lc.MultiTaskLasso(alpha=0.1)],
    ids=lambda model: type(model).__name__)
def test_one_estimator_fitted_and_then_used_by_all_threads(model):
    X, y, Y = make()
    target = Y if "MultiTask" in type(model).__name__ else y
    expected, predicted = numbers(model.fit(X, target)), model.predict(X)
    together(lambda _: model.fit(X, target))
    assert_same(numbers(model), expected)
    for found in together(lambda _: model.predict(X)):
        np.testing.assert_array_equal(found, predicted)


def test_callbacks_of_concurrent_jobs_come_one_at_a_time():
    X, y, _ = make()
    inside, most, seen = [], [], []

    def callback(info):
        inside.append(info)
        most.append(len(inside))
        seen.append((info.task_index, info.index))
        inside.pop()

    lc.LassoCV(alphas=8, cv=4, n_jobs=4, callback=callback).fit(X, y)
    assert max(most) == 1 and len(set(seen)) == len(seen)
    assert sorted(seen) == [*((task, index) for task in range(4) for index in range(8)), (4, 0)]      # the refit


def test_blocks_of_the_patch_that_begin_and_end_in_many_threads():
    import sklearn.linear_model

    theirs = sklearn.linear_model.Lasso

    def use(_):
        for _ in range(30):
            with lc.patch_sklearn():
                assert sklearn.linear_model.Lasso is not theirs
        return True

    assert all(together(use)) and sklearn.linear_model.Lasso is theirs


@pytest.mark.parametrize("first_use", [
    "lc.fit_path(X, y, alphas=5).coefs", "lc.fit_multi_task_path(X, np.c_[y, -y], alphas=5).coefs",
    "lc.LassoCV(alphas=5, cv=3).fit(X, y).coef_"])
def test_the_first_use_in_a_process_by_all_threads(first_use, tmp_path):
    code = f"""
import sys, threading
import numpy as np
from concurrent.futures import ThreadPoolExecutor
sys.setswitchinterval(1e-6)
rng = np.random.default_rng(0)
X = np.asfortranarray(rng.standard_normal((60, 200)))
y = X[:, 0] + rng.standard_normal(60)
barrier = threading.Barrier({N_THREADS})
def work(_):
    barrier.wait(60)
    import lassocore as lc
    return {first_use}
with ThreadPoolExecutor({N_THREADS}) as pool:
    first, *others = pool.map(work, range({N_THREADS}))
for other in others:
    np.testing.assert_array_equal(other, first)
assert np.count_nonzero(first)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(not sysconfig.get_config_var("Py_GIL_DISABLED"), reason="this interpreter has a GIL")
def test_no_module_of_the_package_turns_the_gil_on(tmp_path):
    code = ("import sys, lassocore; from lassocore import *; import lassocore._core, lassocore._c_api, lassocore._isa; "
            "assert not sys._is_gil_enabled()")
    command = [sys.executable, "-W", "error::RuntimeWarning", "-c", code]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
