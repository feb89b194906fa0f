# Lives here: long calls of LAPACK that leave Ctrl-C a chance. Must not know: what is factorised, and why.
"""LAPACK does not look for signals: its long calls are cut into blocks, or run in a thread of their own."""
from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import Any

import numpy as np

from lassocore.threads import single_threaded_blas

BLOCK_PRODUCTS = 1e9                # multiply-adds of one call of LAPACK, a fifth of a second at most
BLOCK_NUMBERS = 1_000_000           # of a block of rows: eight megabytes
LEAST_ROWS = 32                     # of a block
PANEL = 32                          # columns that LAPACK transforms at a time
MOST_SERIAL = 8_000                 # numbers of a matrix that BLAS does not share between threads
LONG_PRODUCTS = 1e8                 # multiply-adds of a call that is worth a thread of its own
POLL_SECONDS = 0.1                  # between two chances for a signal, on systems where it does not end a wait


def triangular_factor(Z: np.ndarray) -> np.ndarray:
    """R with R'R = Z'Z of a finite Z, by Householder reflections; Z itself where it has no more rows than columns.

    The triangle takes in blocks of rows one after the other (LAPACK's tpqrt: Golub, Van Loan, Matrix Computations,
    section 6.5). It is as exact as one factorisation of Z, and does not depend on the number of threads.
    """
    from scipy.linalg.lapack import dtpqrt

    n_rows, n_columns = Z.shape
    if n_rows <= n_columns:
        return Z
    length = int(max(LEAST_ROWS, min(BLOCK_PRODUCTS / n_columns**2, BLOCK_NUMBERS / n_columns)))
    R = np.zeros((n_columns, n_columns), order="F")
    with single_threaded_blas(Z.size > MOST_SERIAL):
        for start in range(0, n_rows, length):
            block = np.array(Z[start:start + length], order="F")
            R = dtpqrt(0, min(PANEL, n_columns), R, block, overwrite_a=True, overwrite_b=True)[0]
    return np.triu(R)


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
