# Lives here: repeated fits, after which unreachable memory is looked for. Independent of: compilers, builds.
"""Fits through the C interface without a workspace, which allocates one, and through Python; sound and refused ones.

LeakSanitizer then lists blocks that nothing points to any more. A block lost on purpose shows that it looks.
"""
import argparse
import ctypes

import numpy as np
import scipy.sparse as sp
from helpers.c_api import address, design_of, gram_design, options_of, solve, table
from sanitizers.small_fits import paths, storages

ALPHAS = np.array([0.5, 0.2, 0.05])
N, P = 23, 41
LOST_BYTES = 12_345


def c_fits(n_repeats: int) -> int:
    """Calls of the C interface for every storage; how many there were."""
    rng = np.random.default_rng(0)
    X, count = rng.standard_normal((N, P)), 0
    y, largest = X[:, 0] - X[:, -1] + rng.standard_normal(N), np.empty(1)
    designs = [(design_of(stored), y) for _, stored in storages(X)]
    broken = sp.csc_array(X)
    broken.indices[3] = N + 1
    nan = X.copy()
    nan[3, 3] = np.nan
    designs += [(design_of(broken), y), (design_of(nan), y)]
    gram = X.T @ X
    designs.append((gram_design(gram, X.T @ y, float(y @ y), float(N)), None))
    for design, target in designs:
        for given in {}, {"positive": 1}, {"tol": -1.0}, {"method": int(target is None)}, {"max_iter": 1}:
            options = options_of(**given)
            for _ in range(n_repeats):
                solve(design, target, ALPHAS, options)
                table.alpha_max(design, address(target), options, largest.ctypes.data, None, 0)
                count += 2
    return count


def python_fits(n_repeats: int) -> int:
    """Fits of every family on every storage; how many there were."""
    rng = np.random.default_rng(0)
    X, count = rng.standard_normal((N, P)), 0
    y, Y = X[:, 0] - X[:, -1] + rng.standard_normal(N), rng.standard_normal((N, 11))
    for _, stored in storages(X):
        for _ in range(n_repeats):
            count += sum(1 for _ in paths(stored, y, Y))
    return count


def main() -> None:
    """Fit, lose a block, and look."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--calls", type=int, default=50, help="of each kind, through the C interface")
    parser.add_argument("--fits", type=int, default=3, help="of each kind, through Python")
    given = parser.parse_args()
    print(f"{c_fits(given.calls)} calls of the C interface, {python_fits(given.fits)} fits", flush=True)
    runtime = ctypes.CDLL(None)
    runtime.malloc(ctypes.c_size_t(LOST_BYTES))
    runtime.__lsan_do_recoverable_leak_check()


if __name__ == "__main__":
    main()
