# Lives here: the threads of one fit. Must not know: what they work on.
"""A pool for scans and Gram blocks, whose shares of the work do not depend on how many threads there are."""
from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from functools import cache

NO_POOL: AbstractContextManager[None] = nullcontext()


def thread_pool(n_threads: int) -> AbstractContextManager[ThreadPoolExecutor | None]:
    """A pool of threads, or None for one; -1 for as many as there are processors for this process."""
    n_threads = count(n_threads)
    return NO_POOL if n_threads == 1 else ThreadPoolExecutor(n_threads)


def count(n_threads: int) -> int:
    """How many threads that is; -1 for the processors that this process may use: affinity and control groups count."""
    if n_threads != -1:
        return n_threads
    from joblib import cpu_count

    return cpu_count()


def ranges(n: int, length: int) -> list[tuple[int, int]]:
    """[0, n) in pieces of this length."""
    return [(start, min(start + length, n)) for start in range(0, n, length)]


def run(pool: ThreadPoolExecutor | None, work, pieces) -> list:
    """[work(piece) for piece in pieces], in the pool where there is one."""
    return list(map(work, pieces)) if pool is None or len(pieces) < 2 else list(pool.map(work, pieces))


@cache
def _controller():
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def single_threaded_blas(wanted: bool):
    """A context in which BLAS keeps to one thread where that is wanted: the fit's own threads share the work."""
    return _controller().limit(limits=1, user_api="blas") if wanted else nullcontext()
