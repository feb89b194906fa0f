# Lives here: memory allocated by fits. Independent of: their results.
"""Nothing of the size of X is allocated for dense arrays and memory maps, nor p x n_alphas for a wide path."""
import subprocess
import sys

import pytest

DENSE = """
import resource, sys, tempfile, numpy as np, lassocore, lassocore.paths.fit_path
import scipy.sparse
n, p, dtype = 400, 50_000, np.dtype(sys.argv[1])
with tempfile.TemporaryDirectory() as folder:
    X = np.memmap(folder + "/X", dtype, "w+", shape=(n, p), order="F")
    rng = np.random.default_rng(0)
    for start in range(0, p, 1000):
        X[:, start:start + 1000] = rng.standard_normal((n, 1000)) + 3
    y = np.asarray(X[:, :5].sum(1), float)
    X.flush()
    if sys.argv[2] == "map":
        X = np.memmap(folder + "/X", dtype, "r", shape=(n, p), order="F")
    else:
        X = np.array(X, order="F")
        X.flags.writeable = False
    float(X.sum())                                                          # every page of X is resident before the fit
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    lassocore.fit_path(X, y, alphas=20, eps=0.1, sample_weight=rng.random(n), standardize=True)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    print(grown / X.nbytes)
"""

ROWS = """
import resource, sys, numpy as np, lassocore
n, p, dtype = 400, 50_000, np.dtype(sys.argv[1])
X = np.empty((n, p), dtype)
rng = np.random.default_rng(0)
for row in X:
    row[:] = rng.standard_normal(p) + 3
y, weights = rng.standard_normal(n), rng.random(n)
options = dict(sample_weight=weights, standardize=True, penalty_factor=np.arange(p) > 2)
lassocore.alpha_max(X[:, :9], y, penalty_factor=np.arange(9) > 2)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
alpha = lassocore.alpha_max(X, y, **options)
assert lassocore.duality_gap(X, y, np.zeros(p), alpha=alpha, **options) < np.inf
grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
print(grown / X.nbytes)
"""

WIDE = """
import resource, numpy as np, scipy.sparse as sp, lassocore, lassocore.paths.fit_path
p = 1_000_000
rng = np.random.default_rng(0)
X = sp.csc_array((rng.random(3 * p), rng.integers(0, 500, 3 * p).reshape(-1, 3).ravel(), np.arange(0, 3 * p + 1, 3)),
                 shape=(500, p))
X.sum_duplicates()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
path = lassocore.fit_path(X, rng.standard_normal(500), alphas=100, eps=0.5)
grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
assert path.coefs_sparse.shape == (p, 100) and path.converged.all()
print(grown / (8 * p))
"""


def measure(code, *arguments):
    done = subprocess.run([sys.executable, "-P", "-c", code, *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return float(done.stdout)


@pytest.mark.parametrize("kind", ["map", "array"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_dense_fit_copies_nothing_of_the_size_of_X(dtype, kind):
    assert measure(DENSE, dtype, kind) < 0.25        # p-vectors are 6 % of X; a copy would be 100 %


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_certificates_of_arrays_in_C_order_copy_nothing_of_the_size_of_X(dtype):
    assert measure(ROWS, dtype) < 0.25


def test_wide_path_keeps_coefficients_sparse():
    assert measure(WIDE) < 40                        # p-vectors; dense coefficients would be 100
