# Lives here: long factorisations in blocks, interruptible calls. Independent of: models, solvers.
"""Factors against LAPACK in one call and in extended precision; waiting for a call in a thread."""
import signal
import sys
import threading

import numpy as np
import pytest
from scipy.linalg import lapack
from threadpoolctl import threadpool_limits

from lassocore.utils import interruptible
from lassocore.utils.interruptible import inner_products, run_interruptibly, triangular_factor

EPS = np.finfo(float).eps


@pytest.fixture(params=["rows", "columns"])
def small_blocks(request, monkeypatch):
    """Blocks of few rows, or panels of few columns."""
    monkeypatch.setattr(interruptible, "BLOCK_NUMBERS", 300 if request.param == "rows" else 1)
    monkeypatch.setattr(interruptible, "MIN_ROWS", 8 if request.param == "rows" else 2)
    monkeypatch.setattr(interruptible, "WIDE_PANEL", 3)
    monkeypatch.setattr(interruptible, "BLOCK_PRODUCTS", 1e9 if request.param == "rows" else 1.0)
    return request.param


@pytest.mark.parametrize("shape", [(2, 1), (5, 1), (40, 3), (33, 32), (500, 30), (3000, 7), (150, 149)])
@pytest.mark.parametrize("order", ["F", "C"])
@pytest.mark.usefixtures("small_blocks")
def test_triangular_factor(shape, order):
    Z = np.array(np.random.default_rng(0).standard_normal(shape), order=order)
    before = Z.copy()
    R = triangular_factor(Z)
    assert R.shape == (shape[1], shape[1]) and (np.tril(R, -1) == 0.0).all()
    np.testing.assert_array_equal(Z, before)
    np.testing.assert_allclose(R.T @ R, Z.T @ Z, atol=50 * EPS * np.linalg.norm(Z) ** 2)
    np.testing.assert_allclose(abs(R), abs(np.linalg.qr(Z, mode="r")), atol=50 * EPS * np.linalg.norm(Z))


def test_a_wide_matrix_is_its_own_factor():
    Z = np.ones((3, 5))
    assert triangular_factor(Z) is Z


@pytest.mark.parametrize("scale", [1e-150, 1.0, 1e150])
@pytest.mark.usefixtures("small_blocks")
def test_backward_stable_where_the_gram_matrix_has_lost_everything(scale):
    """Singular values over 13 decades, the smallest to a part in a thousand; a Gram matrix resolves 8."""
    rng = np.random.default_rng(1)
    U, V = np.linalg.qr(rng.standard_normal((300, 12)))[0], np.linalg.qr(rng.standard_normal((12, 12)))[0]
    sigma = scale * np.geomspace(1.0, 1e-12, 12)
    found = np.linalg.svd(triangular_factor(U * sigma @ V.T), compute_uv=False)
    np.testing.assert_allclose(found, sigma, rtol=1e-3)


@pytest.mark.usefixtures("small_blocks")
def test_dependent_columns():
    Z = np.random.default_rng(2).standard_normal((200, 4))
    Z = np.column_stack([Z, Z.sum(1), np.zeros(200), 1e-9 * Z[:, 0]])
    sigma = np.linalg.svd(triangular_factor(Z), compute_uv=False)
    assert (sigma > 20 * EPS * sigma[0]).sum() == 4


@pytest.mark.parametrize("least_rows", [1, 1000])
def test_the_same_bits_for_every_number_of_threads(least_rows, monkeypatch):
    monkeypatch.setattr(interruptible, "BLOCK_NUMBERS", 30_000)
    monkeypatch.setattr(interruptible, "MIN_ROWS", least_rows)
    Z = np.random.default_rng(3).standard_normal((2000, 300))
    factors = []
    for n_threads in (1, 2):
        with threadpool_limits(n_threads):
            factors.append(triangular_factor(Z))
    np.testing.assert_array_equal(*factors)


def test_no_call_is_large(monkeypatch):
    """Blocks of rows and panels of columns are as long as the bound on multiply-adds allows."""
    monkeypatch.setattr(interruptible, "BLOCK_PRODUCTS", 40 * 100**2)
    monkeypatch.setattr(interruptible, "MIN_ROWS", 40)
    monkeypatch.setattr(interruptible, "WIDE_PANEL", 20)
    seen = []

    def recorded(function, at):
        return lambda *given, **options: (seen.append(given[at].shape), function(*given, **options))[1]

    for name, at in (("dtpqrt", 3), ("dgeqrf", 0), ("dormqr", 4)):
        monkeypatch.setattr(lapack, name, recorded(getattr(lapack, name), at))
    Z = np.random.default_rng(4).standard_normal((210, 100))
    by_rows = triangular_factor(Z)
    assert seen == [(40, 100)] * 5 + [(10, 100)]
    seen.clear()
    monkeypatch.setattr(interruptible, "BLOCK_PRODUCTS", 130_000)
    by_columns = triangular_factor(Z)
    assert seen[:4] == [(210, 20), (210, 30), (210, 30), (210, 20)]
    assert max(n_rows * 20 * n_columns for n_rows, n_columns in seen) <= 130_000
    np.testing.assert_allclose(abs(by_columns), abs(by_rows), atol=1e-12)


@pytest.mark.parametrize("n_rows", [1, 64, 65, 700])
def test_inner_products(n_rows, monkeypatch):
    monkeypatch.setattr(interruptible, "PRODUCT_PRODUCTS", 1.0)
    A, B = (np.random.default_rng(5).standard_normal((n_rows, p)) for p in (4, 7))
    for left, right in ((A, A), (A, B), (A[::-1], B[::-1]), (np.asfortranarray(A), B), (A[:, :0], B)):
        np.testing.assert_allclose(inner_products(left, right), left.T @ right, atol=1e-12 * n_rows)


def test_run_interruptibly():
    def where(value):
        return threading.current_thread(), value

    main = threading.main_thread()
    assert run_interruptibly(where, 3, n_products=10.0) == (main, 3)
    thread, value = run_interruptibly(where, 3)
    assert thread is not main and thread.daemon and value == 3
    with pytest.raises(np.linalg.LinAlgError, match="ingular"):
        run_interruptibly(np.linalg.inv, np.zeros((2, 2)))
    with pytest.raises(TimeoutError, match="of the work"):
        run_interruptibly(raise_timeout)


def raise_timeout():
    raise TimeoutError("of the work")


@pytest.mark.skipif(sys.platform == "win32", reason="signals reach a Windows process in another way")
def test_a_signal_ends_the_wait():
    """The call is still running when the interrupt arrives."""
    release, ended = threading.Event(), threading.Event()

    def work():
        release.wait(60)
        ended.set()

    timer = threading.Timer(0.2, lambda: signal.pthread_kill(threading.main_thread().ident, signal.SIGINT))
    before = signal.signal(signal.SIGINT, signal.default_int_handler)       # a shell may start jobs that ignore SIGINT
    timer.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            run_interruptibly(work)
    finally:
        signal.signal(signal.SIGINT, before)
    assert not ended.is_set()
    release.set()
    assert ended.wait(60)
