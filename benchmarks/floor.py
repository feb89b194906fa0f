# Lives here: what a machine needs for the work that no path fit can avoid. Independent of: lassocore.
"""The floor below a fit: reading X once, or forming its Gram matrix, at the rates measured here.

    python floor.py                         # the rates of this machine, one thread
    python floor.py 50000x200 800x88119:727760  # and the floors of problems of these shapes, sparse ones with nonzeros
"""
import sys
import time

import numpy as np
from threadpoolctl import threadpool_limits

BANDWIDTH_NUMBERS = 32_000_000          # 256 MB: beyond any cache
GRAM_ROWS, GRAM_COLUMNS = 20_000, 500
BYTES_PER_NONZERO = 12                  # a float64 and an int32
REPEATS = 7


def best_seconds(work, repeats: int = REPEATS) -> float:
    """The shortest of several runs, processor time of one thread."""
    seconds = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        seconds.append(time.process_time() - start)
    return min(seconds)


def bandwidth() -> float:
    """Bytes a second that a sum over a large array reads."""
    numbers = np.ones(BANDWIDTH_NUMBERS)
    return numbers.nbytes / best_seconds(numbers.sum)


def gram_rate() -> float:
    """Multiply-adds a second of Z'Z, which BLAS forms as one triangle: n p^2 / 2 of them."""
    Z = np.random.default_rng(0).standard_normal((GRAM_ROWS, GRAM_COLUMNS))
    return 0.5 * GRAM_ROWS * GRAM_COLUMNS**2 / best_seconds(lambda: Z.T @ Z)


def main():
    """Print the rates, and the floor of each shape given."""
    with threadpool_limits(1):
        bytes_per_second, products_per_second = bandwidth(), gram_rate()
    print(f"memory {bytes_per_second / 1e9:.1f} GB/s, Gram {products_per_second / 1e9:.1f} G multiply-adds/s")
    for shape in sys.argv[1:]:
        size, _, n_nonzero = shape.partition(":")
        n, p = map(int, size.split("x"))
        if n_nonzero:
            print(f"{shape}: X read once {1e3 * BYTES_PER_NONZERO * int(n_nonzero) / bytes_per_second:.3g} ms")
            continue
        read, gram = 8 * n * p / bytes_per_second, 0.5 * n * p * p / products_per_second
        print(f"{shape}: X read once {1e3 * read:.3g} ms, Gram matrix of all columns {1e3 * gram:.3g} ms")


if __name__ == "__main__":
    main()
