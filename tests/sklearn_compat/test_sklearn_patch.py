# Lives here: patch_sklearn, its stand-ins and kernels against scikit-learn's own. Independent of: solvers.
"""What is exchanged, that it comes back, and that the numbers are scikit-learn's."""
import importlib
import inspect
import logging
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
import warnings

import numpy as np
import pytest
import scipy.sparse as sp
import sklearn.covariance
import sklearn.decomposition
import sklearn.linear_model
from sklearn.base import clone
from sklearn.datasets import make_regression
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import _cd_fast as cd_fast
from sklearn.linear_model import _coordinate_descent as home

import lassocore
from lassocore import patch_sklearn, sklearn_patch, unpatch_sklearn
from lassocore.sklearn_compat import kernels

KERNELS = tuple(kernels.KERNELS)
NAMES = ("Lasso", "ElasticNet", "MultiTaskLasso", "MultiTaskElasticNet", "enet_path", "lasso_path")
PLACES = {
    **{(sklearn.linear_model, name): getattr(sklearn.linear_model, name) for name in NAMES},
    **{(cd_fast, name): getattr(cd_fast, name) for name in KERNELS},
    (sklearn.decomposition._dict_learning, "Lasso"): sklearn.linear_model.Lasso,
}


@pytest.fixture(autouse=True)
def _unpatched():
    yield
    unpatch_sklearn()


@pytest.fixture(scope="module")
def data():
    X, y = make_regression(60, 20, n_informative=8, noise=3.0, random_state=0)
    return np.asfortranarray(X - X.mean(0)), y - y.mean()


def exchanged() -> set[str]:
    """What is not scikit-learn's own at the moment."""
    return {f"{module.__name__}.{name}" for (module, name), own in PLACES.items() if getattr(module, name) is not own}


HOME = {name: getattr(home, name) for name in NAMES}
EVERYTHING = {f"{module.__name__}.{name}" for module, name in PLACES}
OF_KERNELS = {f"{cd_fast.__name__}.{name}" for name in KERNELS}


def test_patch_exchanges_every_name_and_unpatch_gives_every_object_back():
    assert exchanged() == set()
    patch_sklearn()
    assert exchanged() == EVERYTHING
    assert {name: getattr(home, name) for name in NAMES} == HOME        # where pickle finds them
    unpatch_sklearn()
    assert exchanged() == set()
    unpatch_sklearn()
    assert exchanged() == set()


def test_levels_are_switched_alone():
    with patch_sklearn(kernels=False):
        assert exchanged() == EVERYTHING - OF_KERNELS
        with patch_sklearn(estimators=False):
            assert exchanged() == EVERYTHING
        assert exchanged() == EVERYTHING - OF_KERNELS
    with patch_sklearn(estimators=False):
        assert exchanged() == OF_KERNELS


def test_blocks_nest_and_calls_repeat():
    patch_sklearn()
    first = sklearn.linear_model.Lasso
    patch_sklearn()
    with patch_sklearn() as patch:
        with patch, patch_sklearn():
            assert sklearn.linear_model.Lasso is first
        assert exchanged() == EVERYTHING
    assert exchanged() == EVERYTHING        # the plain call still holds
    unpatch_sklearn()
    assert exchanged() == set()
    with patch:                             # may be entered again
        assert exchanged() == EVERYTHING
        unpatch_sklearn()                   # ends blocks as well
        assert exchanged() == set()
    assert exchanged() == set()


def test_one_patch_may_be_entered_again_within_its_block():
    with patch_sklearn() as patch:
        with patch, patch:
            assert exchanged() == EVERYTHING
        assert exchanged() == EVERYTHING        # the outer block has not ended
        unpatch_sklearn()
        with patch:
            assert exchanged() == EVERYTHING
        assert exchanged() == set()
    assert exchanged() == set()


def test_an_exception_ends_the_block():
    with pytest.raises(ZeroDivisionError), patch_sklearn():
        assert exchanged() == EVERYTHING
        raise ZeroDivisionError
    assert exchanged() == set()


def test_threads_may_patch_at_the_same_time():
    failures = []

    def work():
        for _ in range(5):
            with patch_sklearn():
                if exchanged() != EVERYTHING:
                    failures.append(exchanged())

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert failures == [] and exchanged() == set()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_fork_while_another_thread_patches_leaves_no_lock_behind():
    """The child would wait forever for a lock that a thread holds which it does not have."""
    taken, forking = threading.Event(), threading.Event()

    def hold():
        with sklearn_patch._lock:
            taken.set()
            forking.wait(10)
            time.sleep(0.1)

    holder = threading.Thread(target=hold)
    holder.start()
    taken.wait(10)
    forking.set()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)     # Python 3.12 warns of forks beside threads
        child = os.fork()
    if child == 0:
        signal.alarm(20)
        with patch_sklearn():
            os._exit(0 if exchanged() == EVERYTHING else 1)
    holder.join()
    assert os.waitpid(child, 0)[1] == 0
    with patch_sklearn():                       # nor in the parent
        assert exchanged() == EVERYTHING


def test_modules_imported_under_the_patch_are_restored_too(monkeypatch):
    name = "sklearn.utils._test_common.instance_generator"
    monkeypatch.delitem(sys.modules, name, raising=False)
    with patch_sklearn():
        instance_generator = importlib.import_module(name)
        assert instance_generator.Lasso is sklearn.linear_model.Lasso
    assert instance_generator.Lasso is sklearn.linear_model.Lasso is HOME["Lasso"]


def test_stand_ins_are_what_users_expect(data):
    X, y = data
    before = sklearn.linear_model.Lasso(alpha=0.1)
    with patch_sklearn():
        model = sklearn.linear_model.Lasso(alpha=0.1).fit(X, y)
        assert isinstance(model, sklearn.linear_model.Lasso) and isinstance(model, sklearn.linear_model.ElasticNet)
        assert isinstance(before, sklearn.linear_model.Lasso)       # made by scikit-learn's class
        assert isinstance(lassocore.Lasso(), sklearn.linear_model.Lasso)
        assert not isinstance(sklearn.linear_model.Ridge(), sklearn.linear_model.Lasso)
        assert repr(model) == "Lasso(alpha=0.1)" and type(clone(model)) is type(model)
        assert set(before.get_params()) <= set(model.get_params())

        class Own(sklearn.linear_model.Lasso):
            """A user's class."""

        assert isinstance(Own(), sklearn.linear_model.Lasso) and not isinstance(model, Own)
        assert Own(alpha=0.1).fit(X, y).coef_.any()
    assert isinstance(model, lassocore.Lasso) and not isinstance(model, sklearn.linear_model.Lasso)
    loaded = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(loaded.predict(X), model.predict(X))
    np.testing.assert_allclose(model.coef_, before.fit(X, y).coef_, atol=0.02)
    assert type(loaded) is type(model)


@pytest.mark.parametrize("parameter, value", [("alpha", -1.0), ("tol", "small"), ("selection", "greedy")])
def test_stand_ins_refuse_parameters_in_scikit_learns_words(data, parameter, value):
    with pytest.raises(ValueError) as theirs:
        sklearn.linear_model.Lasso(**{parameter: value}).fit(*data)
    with patch_sklearn(), pytest.raises(ValueError) as ours:
        sklearn.linear_model.Lasso(**{parameter: value}).fit(*data)
    assert type(ours.value) is type(theirs.value)
    assert str(ours.value).startswith(str(theirs.value).partition(" must be")[0])


def test_stand_ins_give_the_same_paths(data):
    X, y = data
    options = {"l1_ratio": 0.7, "alphas": [10.0, 3.0, 1.0, 0.1], "tol": 1e-10, "max_iter": 10_000}
    expected = sklearn.linear_model.enet_path(X, y, **options)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        default = sklearn.linear_model.lasso_path(X, y)
    with patch_sklearn():
        found = sklearn.linear_model.enet_path(X, y, **options)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            np.testing.assert_allclose(sklearn.linear_model.lasso_path(X, y)[0], default[0])
        path = sklearn.linear_model.enet_path
        assert pickle.loads(pickle.dumps(path)) is path
        with pytest.raises(ValueError, match="Unexpected parameters"):
            path(X, y, fit_intercept=True)
    np.testing.assert_allclose(found[1], expected[1], atol=1e-5)
    assert inspect.signature(path) == inspect.signature(sklearn.linear_model.enet_path)


def run_kernel(name, w, given, **options):
    """(w, gap, scaled tolerance, iterations) of a kernel as it is now."""
    settings = {"max_iter": 100_000, "tol": 1e-14, "rng": np.random.RandomState(0), "random": False, **options}
    names = list(inspect.signature(getattr(cd_fast, name)).parameters)
    return getattr(cd_fast, name)(**{key: value for key, value in {
        names[0]: w, **given, **settings}.items() if key in names})


def arguments_of(kind, X, y, weights=None, means=None):
    """What each kernel takes beside penalty and settings."""
    if kind == "enet_coordinate_descent":
        return {"X": X, "y": y}
    if kind == "enet_coordinate_descent_gram":
        return {"Q": np.ascontiguousarray(X.T @ X), "q": X.T @ y, "y": y}
    S = sp.csc_matrix(X)
    means = np.zeros(X.shape[1], X.dtype) if means is None else means
    parts = {"X_data": S.data, "X_indices": S.indices, "X_indptr": S.indptr, "sample_weight": weights, "X_mean": means}
    if kind == "sparse_enet_coordinate_descent":
        return {**parts, "y": y}
    return {"X": X, "X_is_sparse": False, "X_data": None, "X_indices": None, "X_indptr": None, "sample_weight": None,
            "X_mean": None, "Y": np.asfortranarray(np.column_stack([y, y[::-1], X[:, 0]]))}


def penalty_of(kind, alpha, beta):
    """alpha and beta under the names that the kernel has for them."""
    names = list(inspect.signature(getattr(cd_fast, kind)).parameters)[1:3]
    return dict(zip(names, (alpha, beta), strict=True))


@pytest.mark.parametrize("kind", KERNELS)
@pytest.mark.parametrize("alpha, beta", [(30.0, 0.0), (30.0, 5.0), (0.0, 7.0)])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("warm", [False, True])
def test_kernels_give_scikit_learns_numbers(data, kind, alpha, beta, dtype, warm, caplog):
    X, y = (part.astype(dtype) for part in data)
    shape = (3, 20) if kind.endswith("multi_task") else 20
    start = np.random.default_rng(0).standard_normal(shape) if warm else np.zeros(shape)
    start = np.asfortranarray(start, dtype=dtype)
    given = {**penalty_of(kind, alpha, beta), **arguments_of(kind, X, y)}
    tol = 1e-14 if dtype == np.float64 else 1e-7
    exact = {**penalty_of(kind, alpha, beta), **arguments_of(kind, X.astype(float), y.astype(float))}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")     # 1.6 discourages alpha=0
        expected, _, scaled, _ = run_kernel(kind, start.astype(float, order="F"), exact, tol=tol)
    w = start.copy(order="F")
    with patch_sklearn(estimators=False), caplog.at_level(logging.DEBUG, "lassocore"):
        found, gap, scaled_tol, n_iter = run_kernel(kind, w, given, tol=tol)
        again = run_kernel(kind, w.copy(order="F"), given, tol=tol)
    assert found is w and found.dtype == dtype and caplog.text == ""
    close = 1e-6 if dtype == np.float64 else 2e-3
    np.testing.assert_allclose(found, expected, rtol=close, atol=close)
    assert scaled_tol == pytest.approx(scaled, rel=1e-5) and gap >= 0 and n_iter > 0
    assert gap <= scaled_tol or dtype == np.float32
    np.testing.assert_allclose(again[0], found, rtol=close, atol=close)


@pytest.mark.parametrize("positive", [False, True])
@pytest.mark.parametrize("kind", KERNELS[:3])
def test_kernels_honour_positive_order_and_positional_arguments(data, kind, positive):
    X, y = data
    given = {**penalty_of(kind, 20.0, 1.0), **arguments_of(kind, X, y), "positive": positive}
    expected = run_kernel(kind, np.zeros(20), given)[0]
    with patch_sklearn(estimators=False):
        found = run_kernel(kind, np.zeros(20), given, random=True)[0]
        parameters = {**given, "w": np.zeros(20), "max_iter": 1000, "tol": 1e-12, "rng": np.random.RandomState(1),
                      "random": False, "do_screening": True}
        names = inspect.signature(getattr(cd_fast, kind)).parameters
        by_place = getattr(cd_fast, kind)(*[parameters[name] for name in names])[0]
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(by_place, expected, rtol=1e-6, atol=1e-6)
    assert not positive or (found >= 0).all()


@pytest.mark.parametrize("weighted", [False, True])
def test_the_sparse_kernel_centres_and_weighs(data, weighted):
    X, y = data
    X = np.where(np.abs(X) > 0.7, X + 1.0, 0.0)
    weights = np.random.default_rng(0).random(60) if weighted else None
    y = y - np.average(y, weights=weights)
    means = np.average(X, axis=0, weights=weights)
    given = {**penalty_of("sparse_enet_coordinate_descent", 5.0, 1.0),
             **arguments_of("sparse_enet_coordinate_descent", X, y, weights, means)}
    expected, _, scaled, _ = run_kernel("sparse_enet_coordinate_descent", np.zeros(20), given)
    with patch_sklearn(estimators=False):
        found, gap, scaled_tol, _ = run_kernel("sparse_enet_coordinate_descent", np.zeros(20), given)
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6)
    assert scaled_tol == pytest.approx(scaled) and gap <= scaled_tol


@pytest.mark.parametrize("kind", KERNELS[:3])
def test_columns_of_zeros_get_zeros(data, kind):
    X, y = data
    X = X.copy(order="F")
    X[:, 3] = 0.0
    given = {**penalty_of(kind, 30.0, 0.0), **arguments_of(kind, X, y)}
    w = np.ones(20)
    with patch_sklearn(estimators=False):
        found = run_kernel(kind, w, given)[0]
    assert found[3] == 0 and found.any()
    np.testing.assert_allclose(found, run_kernel(kind, np.zeros(20), given)[0], rtol=1e-6, atol=1e-6)


def read_only(values):
    values.flags.writeable = False
    return values


@pytest.mark.parametrize("change", [
    {"w": np.zeros(20)[::-1]}, {"w": read_only(np.zeros(20))}, {"w": np.zeros(20, np.float32)}, {"max_iter": 0},
    {"tol": -1.0}, {"X": np.ones((60, 20))}, {"X": np.full((60, 20), np.nan, order="F")}, {"y": np.zeros(59)},
])
def test_what_is_not_covered_is_left_to_scikit_learn(data, change, caplog):
    """Results and errors are those of scikit-learn's own kernel, and the log says whose they are."""
    X, y = data
    given = {"w": np.zeros(20), "alpha": 1.0, "beta": 0.0, "X": X, "y": y, "max_iter": 100, "tol": 1e-4,
             "rng": np.random.RandomState(0)}

    def outcome():
        called = {**given, **change}
        called["w"] = called["w"].copy() if called["w"].flags.writeable and "w" not in change else called["w"]
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ConvergenceWarning)
                return np.array(cd_fast.enet_coordinate_descent(**called)[0])
        except (ValueError, TypeError) as error:
            return f"{type(error).__name__}: {error}"

    expected = outcome()
    with patch_sklearn(estimators=False), caplog.at_level(logging.DEBUG, "lassocore"):
        found = outcome()
    assert caplog.text.count("enet_coordinate_descent: scikit-learn's own runs: ") == 1
    np.testing.assert_array_equal(found, expected)


def test_an_unknown_kernel_is_left_alone(monkeypatch, caplog):
    def of_tomorrow(w, alpha, beta, design, y):
        """A kernel with other arguments."""

    monkeypatch.setattr(cd_fast, "enet_coordinate_descent", of_tomorrow)
    with caplog.at_level(logging.DEBUG, "lassocore"), patch_sklearn():
        assert cd_fast.enet_coordinate_descent is of_tomorrow
        assert cd_fast.enet_coordinate_descent_gram is not PLACES[cd_fast, "enet_coordinate_descent_gram"]
    assert "enet_coordinate_descent: scikit-learn's own runs: this version takes" in caplog.text


@pytest.mark.parametrize("kind", KERNELS)
def test_kernels_warn_where_they_do_not_converge(data, kind):
    X, y = data
    shape = (3, 20) if kind.endswith("multi_task") else 20
    given = {**penalty_of(kind, 1e-6, 0.0), **arguments_of(kind, X, y)}
    with patch_sklearn(estimators=False), pytest.warns(
            ConvergenceWarning, match="Objective did not converge. You might want to increase") as caught:
        _, gap, scaled_tol, n_iter = run_kernel(kind, np.zeros(shape, order="F"), given, max_iter=1, tol=1e-12)
    assert gap > scaled_tol and n_iter == 1 and len(caught) == 1 and caught[0].filename == __file__
    assert f"Duality gap {gap:.3e}, tolerance {scaled_tol:.3e}" in str(caught[0].message)


def test_graphical_lasso_is_the_same():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((80, 12)) @ (np.eye(12) + 0.4 * rng.random((12, 12)))
    options = {"alpha": 0.2, "tol": 1e-9, "enet_tol": 1e-10, "max_iter": 500}
    expected = sklearn.covariance.GraphicalLasso(**options).fit(X)
    with patch_sklearn():
        found = sklearn.covariance.GraphicalLasso(**options).fit(X)
    np.testing.assert_allclose(found.precision_, expected.precision_, atol=1e-6)
    assert found.n_iter_ <= expected.n_iter_ + 1
    assert (np.abs(expected.precision_) > 1e-8).sum() < 144     # some are 0


def test_dictionary_learning_is_the_same():
    rng = np.random.default_rng(0)
    X, dictionary = rng.standard_normal((40, 16)), rng.standard_normal((24, 16))
    dictionary /= np.linalg.norm(dictionary, axis=1)[:, None]
    options = {"dictionary": dictionary, "transform_algorithm": "lasso_cd", "transform_alpha": 0.3,
               "transform_max_iter": 10_000}
    expected = sklearn.decomposition.SparseCoder(**options).fit_transform(X)
    with patch_sklearn():
        found = sklearn.decomposition.SparseCoder(**options).fit_transform(X)
    np.testing.assert_allclose(found, expected, atol=0.02)

    def objective(codes):
        return 0.5 * ((X - codes @ dictionary) ** 2).sum(1) + 0.3 * np.abs(codes).sum(1)

    assert (objective(found) <= objective(expected) + 1e-4 * (X**2).sum(1)).all()
    options = {"n_components": 8, "alpha": 0.3, "fit_algorithm": "cd", "random_state": 0, "max_iter": 20}
    expected = sklearn.decomposition.DictionaryLearning(**options).fit(X)
    with patch_sklearn():
        found = sklearn.decomposition.DictionaryLearning(**options).fit(X)
    np.testing.assert_allclose(found.error_[-1], expected.error_[-1], rtol=1e-2)


SCRIPT = """
import sys
import sklearn.linear_model
from sklearn.linear_model import Lasso
import {name} as shared
assert __name__ == "__main__" and shared.VALUE == 7
model = Lasso(alpha=0.1).fit([[0.0], [1.0], [2.0]], [0.0, 1.0, 2.0])
kernel = sklearn.linear_model._cd_fast.enet_coordinate_descent
print(type(model).__module__, sys.argv[1:], hasattr(kernel, "__wrapped__"))
"""


@pytest.mark.parametrize("as_module", [False, True])
def test_programs_run_under_the_patch(tmp_path, as_module):
    (tmp_path / "neighbour.py").write_text("VALUE = 7\n")
    (tmp_path / "program.py").write_text(SCRIPT.format(name="neighbour"))
    program = ["-m", "program"] if as_module else [str(tmp_path / "program.py")]
    run = subprocess.run(
        [sys.executable, "-W", "error", "-m", "lassocore.sklearn_patch", *program, "--depth", "3"], cwd=tmp_path,
        capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr
    assert run.stdout.split("\n")[0] == "lassocore.sklearn_patch ['--depth', '3'] True"


def test_the_runner_tells_how_it_is_used(tmp_path):
    for arguments in ([], ["--help"], ["-m"]):
        run = subprocess.run([sys.executable, "-m", "lassocore.sklearn_patch", *arguments], cwd=tmp_path,
                             capture_output=True, text=True, timeout=120)
        assert "usage: python -m lassocore.sklearn_patch" in run.stderr and run.returncode == 1


def test_gaps_on_a_gram_matrix_include_the_rounding_of_its_products(data):
    """As do those of fits: eps (sum_j ||x_j|| |w_j|)^2, without which a gap of 0 would be claimed."""
    X, y = data
    w, Q = np.zeros(20), np.ascontiguousarray(X.T @ X)
    _, gap, _, _ = kernels.gram_kernel({
        "w": w, "alpha": 60.0, "beta": 0.0, "Q": Q, "q": X.T @ y, "y": y, "max_iter": 1000, "tol": 1e-10, "rng": None,
        "random": False, "positive": False})
    rounding = np.finfo(float).eps * float(np.sqrt(Q.diagonal()) @ np.abs(w)) ** 2
    assert w.any() and gap >= 0.99 * rounding > 0.0
