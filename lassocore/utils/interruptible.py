# Lives here: long calls of LAPACK that leave Ctrl-C a chance. Independent of: what is factorised, and why.
"""LAPACK does not look for signals: its long calls are cut into blocks, or run in a thread of their own."""
from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import Any

import numpy as np

from lassocore.utils.threads import single_threaded_blas

BLOCK_PRODUCTS = 5e8                # multiply-adds of one call of LAPACK, a tenth of a second
BLOCK_NUMBERS = 1_000_000           # of a block of rows: eight megabytes
MIN_ROWS = 256                      # of a block that is worth transforming with the triangle
PRODUCT_PRODUCTS = 5e9              # multiply-adds of one product of matrices, a third of a second
MIN_PRODUCT_ROWS = 64               # summed at a time
PANEL, WIDE_PANEL = 32, 128         # columns that are transformed at a time, in a block and in the whole matrix
MAX_SERIAL = 8_000                  # numbers of a matrix that BLAS does not share between threads
LONG_PRODUCTS = 1e8                 # multiply-adds of a call that is worth a thread of its own
POLL_SECONDS = 0.1                  # between two chances for a signal, on systems where it does not end a wait


def triangular_factor(Z: np.ndarray) -> np.ndarray:
    """R with R'R = Z'Z of a finite Z, by Householder reflections; Z itself where it has no more rows than columns.

    It is as exact as LAPACK's factor, and does not depend on the number of threads.
    """
    n_rows, n_columns = Z.shape
    if n_rows <= n_columns:
        return Z
    length = int(min(BLOCK_PRODUCTS / n_columns**2, BLOCK_NUMBERS / n_columns))
    with single_threaded_blas(Z.size > MAX_SERIAL):
        return _by_columns(Z) if length < MIN_ROWS < n_rows else _by_rows(Z, max(length, MIN_ROWS))


def _by_rows(Z: np.ndarray, length: int) -> np.ndarray:
    """The triangle takes in one block of rows after the other (Golub, Van Loan, Matrix Computations, section 6.5)."""
    from scipy.linalg.lapack import dtpqrt

    n_rows, n_columns = Z.shape
    R = np.zeros((n_columns, n_columns), order="F")
    for start in range(0, n_rows, length):
        block = np.array(Z[start:start + length], order="F")
        R = dtpqrt(0, min(PANEL, n_columns), R, block, overwrite_a=True, overwrite_b=True)[0]
    return np.triu(R)


def _by_columns(Z: np.ndarray) -> np.ndarray:
    """Each panel of columns is factorised and its reflections are applied to the columns after it, some at a time."""
    from scipy.linalg.lapack import dgeqrf, dormqr

    n_rows, n_columns = Z.shape
    R = np.array(Z, order="F")
    for start in range(0, n_columns, WIDE_PANEL):
        stop = min(start + WIDE_PANEL, n_columns)
        reflections, tau = dgeqrf(R[start:, start:stop], lwork=WIDE_PANEL**2)[:2]
        R[start:, start:stop] = reflections
        width = max(WIDE_PANEL, int(BLOCK_PRODUCTS / (n_rows * WIDE_PANEL)))
        for first in range(stop, n_columns, width):
            some = R[start:, first:first + width]
            some[:] = dormqr("L", "T", reflections, tau, some, lwork=WIDE_PANEL * width)[0]
    return np.triu(R[:n_columns])


def inner_products(A: np.ndarray, B: np.ndarray) -> np.ndarray:
    """A'B, summed over blocks of rows; half the work where B is A."""
    n_rows = max(MIN_PRODUCT_ROWS, int(PRODUCT_PRODUCTS / (A.shape[1] * B.shape[1] + 1)))
    found = A[:n_rows].T @ B[:n_rows]
    for start in range(n_rows, len(A), n_rows):
        found += A[start:start + n_rows].T @ B[start:start + n_rows]
    return found


def run_interruptibly(work: Callable[..., Any], *arguments: Any, n_products: float = np.inf) -> Any:
    """work(*arguments), where Ctrl-C ends the wait for it at once.

    A call of so many multiply-adds that is worth it runs in a thread of its own, which an interrupt leaves to end by
    itself. It must release the GIL, as NumPy's linear algebra does.
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
