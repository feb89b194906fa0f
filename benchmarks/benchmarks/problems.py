# Lives here: the data that benchmarks run on, made from a seed. Independent of: solvers, tolerances.
"""Lasso problems by name: wide and tall, dense and sparse, tiny, and scikit-learn's diabetes data."""
from dataclasses import dataclass
from typing import Any

import numpy as np

TASKS = ["path", "single"]
N_ALPHAS = 100
SMALLEST = 1e-3         # the last alpha of a path over alpha_max, scikit-learn's default;
LARGER = 1e-2           # of sparse data, groups and several tasks, whose support grows into the thousands
SINGLE = 5e-2           # the alpha of a single fit over alpha_max
FEW = [0.5, 0.4, 0.3]   # those of a path whose memory is measured


@dataclass(frozen=True, eq=False)
class Problem:
    """A lasso problem: data, whether there is an intercept, and alpha_max.

    With sizes, features come in groups of these sizes, side by side. y may have several columns: tasks that share their
    features, or, if not coupled, targets that are fitted each for itself.
    """

    X: Any
    y: np.ndarray
    fit_intercept: bool
    alpha_max: float
    sizes: np.ndarray | None = None
    coupled: bool = True

    def alphas(self, task: str) -> np.ndarray:
        """The alphas of a task: one for "single", three for "few", a falling geometric grid for "path"."""
        if task != "path":
            return self.alpha_max * np.array({"single": [SINGLE], "few": FEW}[task])
        dense_lasso = isinstance(self.X, np.ndarray) and self.y.ndim == 1 and self.sizes is None
        smallest = SMALLEST if dense_lasso else LARGER
        return np.geomspace(self.alpha_max, smallest * self.alpha_max, N_ALPHAS)


def make_problem(name: str, dtype=np.float64) -> Problem:
    """The problem of that name; the same numbers in every process."""
    fit_intercept = not name.endswith("no_intercept")
    X, y = MAKERS[name.removesuffix("_no_intercept")](np.random.default_rng(20240607), dtype)
    y0 = y - y.mean() if fit_intercept else y
    return Problem(X, y, fit_intercept, float(np.abs(X.T @ y0).max() / len(y)))


def _respond(rng, X, n_relevant: int, among: int, noise: float) -> np.ndarray:
    """y = X w + noise, with nonzeros in w among the first columns and noise relative to the signal's deviation."""
    w = np.zeros(X.shape[1])
    w[rng.choice(among, n_relevant, replace=False)] = rng.standard_normal(n_relevant)
    signal = np.asarray(X @ w, dtype=np.float64)
    return signal + noise * signal.std() * rng.standard_normal(len(signal)) + 1.0


def make_dense(rng, n_samples: int, n_features: int, dtype, rho: float):
    """Fortran-ordered normal columns, each correlated rho with the one before; made in place, without a second copy."""
    rows = rng.standard_normal((n_features, n_samples), dtype=dtype)
    for j in range(1, n_features):
        rows[j] *= np.sqrt(1.0 - rho * rho)
        rows[j] += rho * rows[j - 1]
    return rows.T


def make_text(rng, n_samples: int, n_features: int, dtype, mean_length: int = 60):
    """Documents of words from a Zipf-like vocabulary, log counts, rows of length 1; canonical CSC."""
    import scipy.sparse as sp

    lengths = rng.poisson(mean_length, n_samples) + 5
    frequencies = 1.0 / (np.arange(n_features) + 10.0)
    words = rng.choice(n_features, lengths.sum(), p=frequencies / frequencies.sum())
    documents = np.repeat(np.arange(n_samples), lengths)
    counts = sp.coo_array((np.ones(len(words)), (documents, words)), shape=(n_samples, n_features)).tocsc()
    counts.sum_duplicates()
    counts.data = np.log1p(counts.data)
    norms = np.sqrt(np.bincount(counts.indices, counts.data**2, minlength=n_samples))
    data = (counts.data / norms[counts.indices]).astype(dtype)
    return sp.csc_matrix((data, counts.indices.astype(np.int32), counts.indptr.astype(np.int32)), shape=counts.shape)


def _wide(rng, dtype, rho=0.5):
    X = make_dense(rng, 200, 5_000, dtype, rho)
    return X, _respond(rng, X, 40, among=5_000, noise=0.3)


def _wide_correlated(rng, dtype):
    return _wide(rng, dtype, rho=0.95)


def _tall(rng, dtype):
    X = make_dense(rng, 20_000, 200, dtype, rho=0.5)
    return X, _respond(rng, X, 60, among=200, noise=1.0)


def _sparse_wide(rng, dtype):
    X = make_text(rng, 5_000, 10_000, dtype)
    return X, _respond(rng, X, 300, among=1_000, noise=0.5)


def _sparse_tall(rng, dtype):
    X = make_text(rng, 50_000, 1_000, dtype, mean_length=20)
    return X, _respond(rng, X, 100, among=1_000, noise=1.0)


def _tiny(rng, dtype):
    X = make_dense(rng, 100, 20, dtype, rho=0.3)
    return X, _respond(rng, X, 5, among=20, noise=0.5)


def _diabetes(rng, dtype):
    from sklearn.datasets import load_diabetes

    X, y = load_diabetes(return_X_y=True)
    return np.asfortranarray(X, dtype=dtype), y


MAKERS = {"wide": _wide, "wide_correlated": _wide_correlated, "tall": _tall, "sparse_wide": _sparse_wide,
          "sparse_tall": _sparse_tall, "tiny": _tiny, "diabetes": _diabetes}
PROBLEMS = [*MAKERS, "sparse_wide_no_intercept"]


def _float32(X):
    return X.astype(np.float32)


def _csr(X):
    return X.tocsr()


def _int64(X):
    X = X.copy()
    X.indices, X.indptr = X.indices.astype(np.int64), X.indptr.astype(np.int64)
    return X


CHANGES = {"float32": _float32, "c_order": np.ascontiguousarray, "csr": _csr, "int64": _int64}   # of X, by variant
