# Lives here: threads of BLAS and of fits. Independent of: models.
"""BLAS uses one thread during fits that call it, also concurrent ones; its setting is restored afterwards."""
import multiprocessing
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import numpy as np
import pytest
import scipy.sparse as sp
from threadpoolctl import ThreadpoolController, threadpool_limits

from lassocore import fit_path
from lassocore.utils import threads
from lassocore.utils.threads import divides_products, single_threaded_blas


def blas_threads():
    return [library["num_threads"] for library in ThreadpoolController().info() if library["user_api"] == "blas"]


def test_the_last_of_nested_contexts_restores():
    with threadpool_limits(2, user_api="blas"):
        before = blas_threads()
        with single_threaded_blas(True):
            with single_threaded_blas(True), single_threaded_blas(False):
                assert set(blas_threads()) == {1}
            assert set(blas_threads()) == {1}
        assert blas_threads() == before


def test_concurrent_fits_have_the_same_bits_and_restore_blas():
    rng = np.random.default_rng(0)
    X = np.asfortranarray(rng.standard_normal((100, 400)))
    y = X[:, :5].sum(axis=1) + rng.standard_normal(100)
    alone = fit_path(X, y, alphas=8, tol=1e-9, relax=0.5).coefs     # loads the BLAS of SciPy
    with threadpool_limits(2, user_api="blas"):
        before = blas_threads()
        with ThreadPoolExecutor(4) as pool:
            for coefs in pool.map(lambda _: fit_path(X, y, alphas=8, tol=1e-9, relax=0.5).coefs, range(24)):
                np.testing.assert_array_equal(coefs, alone)
        assert blas_threads() == before


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_child_forked_while_a_thread_holds_the_lock_can_fit():
    X = np.asfortranarray(np.random.default_rng(1).standard_normal((100, 400)))
    y = X[:, :5].sum(axis=1)
    options = {"alphas": 4, "tol": 1e-9, "relax": 0.5}
    expected = fit_path(X, y, **options).coefs      # imports everything before the fork
    taken, release = Event(), Event()

    def hold():
        with threads._SINGLE_THREADED_BLAS.lock:
            taken.set()
            return release.wait(60)

    def fit():
        np.testing.assert_array_equal(fit_path(X, y, **options).coefs, expected)

    child = multiprocessing.get_context("fork").Process(target=fit, daemon=True)
    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(hold)
        assert taken.wait(60)
        try:
            child.start()
            child.join(60)
        finally:
            release.set()
        code = child.exitcode
        child.kill()
        assert code == 0, f"the child ended with {code}; None: it was still waiting"
        assert held.result()


def test_tiny_products_do_not_limit_blas():
    assert not divides_products(100, 10) and divides_products(100, 400) and divides_products(1e6, 10)


def test_plain_fits_have_the_same_bits_for_any_threads_of_blas(monkeypatch):
    """They do not look up its threads, and hardly call it: paths, starts, one alpha of a tall X."""
    rng = np.random.default_rng(2)
    wide, tall = rng.standard_normal((150, 900)), rng.standard_normal((9000, 100))
    cases = [(wide, {"alphas": 20}), (sp.csc_array(np.where(wide > 1.0, wide, 0.0)), {"alphas": 20}),
             (wide, {"alphas": [0.1], "coef_init": 0.01 * rng.standard_normal(900)}), (tall, {"alphas": [0.01]}),
             (wide, {"alphas": 5, "solver": "gram", "l1_ratio": 0.5})]

    def fits():
        for X, options in cases:
            yield fit_path(X, X[:, :5].sum(axis=1) + noise[:X.shape[0]], tol=1e-9, **options).coefs
    noise = rng.standard_normal(9000)
    with threadpool_limits(1, user_api="blas"):
        expected = list(fits())
    with threadpool_limits(2, user_api="blas"):
        for coefs, alone in zip(fits(), expected, strict=True):
            np.testing.assert_array_equal(coefs, alone)
    monkeypatch.setattr(threads, "_SINGLE_THREADED_BLAS", None)
    assert len(fit_path(wide, wide[:, 0], alphas=3)) == 3
    with pytest.raises(TypeError):
        fit_path(wide, wide[:, 0], alphas=3, relax=0.5)
