# Lives here: long LAPACK and BLAS calls that Ctrl-C interrupts. Independent of: models, solvers.
"""LAPACK does not check for signals: long calls are split into blocks or run in a separate thread."""
from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import Any

import numpy as np

from lassocore.utils.threads import single_threaded_blas

BLOCK_PRODUCTS = 5e8                # multiply-adds of one LAPACK call, a tenth of a second
BLOCK_NUMBERS = 1_000_000           # in a block of rows: eight megabytes
MIN_ROWS = 256                      # in a block, so that updating the triangle is worthwhile
PRODUCT_PRODUCTS = 5e9              # multiply-adds of one matrix product, a third of a second
MIN_PRODUCT_ROWS = 64               # summed at a time
PANEL, WIDE_PANEL = 32, 128         # columns transformed at a time, in a block and in the whole matrix
MAX_SERIAL = 8_000                  # numbers in a matrix that BLAS processes in one thread
LONG_PRODUCTS = 1e8                 # multiply-adds of a call that gets its own thread
POLL_SECONDS = 0.1                  # between checks for signals, on systems where these do not end a wait


def triangular_factor(Z: np.ndarray) -> np.ndarray:
    """R with R'R = Z'Z of a finite Z, by Householder reflections; Z itself if it has no more rows than columns.

    Its accuracy is LAPACK's, and it does not depend on the number of threads.
    """
    n_rows, n_columns = Z.shape
    if n_rows <= n_columns:
        return Z
    length = int(min(BLOCK_PRODUCTS / n_columns**2, BLOCK_NUMBERS / n_columns))
    with single_threaded_blas(Z.size > MAX_SERIAL):
        return _by_columns(Z) if length < MIN_ROWS < n_rows else _by_rows(Z, max(length, MIN_ROWS))


def _by_rows(Z: np.ndarray, length: int) -> np.ndarray:
    """Update the triangle with one block of rows after another (Golub, Van Loan, Matrix Computations, section 6.5)."""
    from scipy.linalg.lapack import dtpqrt

    n_rows, n_columns = Z.shape
    R = np.zeros((n_columns, n_columns), order="F")
    for start in range(0, n_rows, length):
        block = np.array(Z[start:start + length], order="F")
        R = dtpqrt(0, min(PANEL, n_columns), R, block, overwrite_a=True, overwrite_b=True)[0]
    return np.triu(R)


def _by_columns(Z: np.ndarray) -> np.ndarray:
    """Factorise panels of columns and apply the reflections of each to the columns after it, in blocks."""
    from scipy.linalg.lapack import dgeqrf, dormqr

    n_rows, n_columns = Z.shape
    R = np.array(Z, order="F")
    for start in range(0, n_columns, WIDE_PANEL):
        stop = min(start + WIDE_PANEL, n_columns)
        reflections, tau = dgeqrf(R[start:, start:stop], lwork=WIDE_PANEL**2)[:2]
        R[start:, start:stop] = reflections
        width = max(WIDE_PANEL, int(BLOCK_PRODUCTS / (n_rows * WIDE_PANEL)))
        for first in range(stop, n_columns, width):
            trailing = R[start:, first:first + width]
            trailing[:] = dormqr("L", "T", reflections, tau, trailing, lwork=WIDE_PANEL * width)[0]
    return np.triu(R[:n_columns])


def inner_products(A: np.ndarray, B: np.ndarray) -> np.ndarray:
    """A'B, summed over blocks of rows; BLAS halves the work if B is A."""
    n_rows = max(MIN_PRODUCT_ROWS, int(PRODUCT_PRODUCTS / (A.shape[1] * B.shape[1] + 1)))
    product = A[:n_rows].T @ B[:n_rows]
    for start in range(n_rows, len(A), n_rows):
        product += A[start:start + n_rows].T @ B[start:start + n_rows]
    return product


def run_interruptibly(work: Callable[..., Any], *arguments: Any, n_products: float = np.inf) -> Any:
    """work(*arguments), with a wait that Ctrl-C ends at once.

    A long call, by its number of multiply-adds, runs in its own thread, which continues after an interrupt. It must
    release the GIL, as NumPy's linear algebra does.
    """
    if n_products < LONG_PRODUCTS or threading.current_thread() is not threading.main_thread():
        return work(*arguments)
    outcome: Future = Future()

    def run() -> None:
        try:
            outcome.set_result(work(*arguments))
        except BaseException as error:
            outcome.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    while not wait([outcome], POLL_SECONDS).done:
        pass
    return outcome.result()
