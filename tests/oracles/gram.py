# Lives here: centred, weighted columns and their Gram matrices in extended precision. Independent of: solvers.
"""Problems, each with Z = sqrt(s) (X - means)."""
import numpy as np
import scipy.sparse as sp

from lassocore.problems.problem import as_problem


def make_case(seed, n, p, *, storage="F", dtype=np.float64, weighted=False, fit_intercept=True, shift=0.0):
    """(problem, Z = sqrt(s) (X - means) in extended precision)"""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, p)) * rng.uniform(0.5, 2.0, p) + rng.standard_normal(p) + shift
    sparse = storage not in "FC"
    if sparse:
        X[rng.random((n, p)) >= 0.15] = 0.0
        X[n // 2] = 0.0                                     # a row without entries
        X[n // 3] = rng.standard_normal(p)                  # and a full one
        X[0, X.any(axis=0) == 0] = 1.0
    X = X.astype(dtype)
    weights = rng.uniform(0.1, 2.0, n) if weighted else None
    if weighted:
        weights[2] = 0.0
    design = np.array(X, order=storage if not sparse else "F")
    if sparse:
        design = sp.csc_array(X)
        design.indices, design.indptr = design.indices.astype(storage), design.indptr.astype(storage)
    problem = as_problem(design, rng.standard_normal(n) + 1.0, sample_weight=weights, fit_intercept=fit_intercept)
    s = np.ones(n) if problem.matrix.weights is None else problem.matrix.weights
    exact, s = X.astype(np.longdouble), s.astype(np.longdouble)
    if fit_intercept:
        exact = exact - exact[0]
        exact = exact - (s @ exact) / s.sum()
    return problem, np.sqrt(s)[:, None] * exact


def assert_gram(found, Z, rtol=1e-13, columns=None):
    """found equals Z'Z, up to rounding on its own scale."""
    Z = Z if columns is None else Z[:, columns]
    exact = (Z.T @ Z).astype(float)
    norms = np.sqrt(exact.diagonal())
    np.testing.assert_allclose(found / np.outer(norms, norms), exact / np.outer(norms, norms), atol=rtol)
