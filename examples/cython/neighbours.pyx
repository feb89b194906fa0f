# Lives here: an example of the Cython interface, neighbourhood selection. Independent of: lassocore in Python.
"""Which variables predict which others: a lasso of each column on all others (Meinshausen, Buehlmann 2006)."""
import numpy as np

from libc.math cimport INFINITY

from lassocore.cython_api cimport (
    LASSOCORE_COLUMNS, LASSOCORE_FLOAT64, LASSOCORE_NOT_CONVERGED, lassocore_dense, lassocore_design, lassocore_fit,
    lassocore_import, lassocore_init_options, lassocore_init_result, lassocore_options, lassocore_result,
    lassocore_status_text, lassocore_workspace_size,
)

lassocore_import()


def neighbours(const double[::1, :] X, double alpha, double tol=1e-4):
    """(coefficients of column j on the others in row j, their duality gaps) for each column of X, in Fortran order.

    No call allocates: all share one workspace. Without the GIL, so that threads may run it side by side.
    """
    cdef Py_ssize_t j, n = X.shape[0], p = X.shape[1]
    cdef lassocore_design design = lassocore_dense(&X[0, 0], LASSOCORE_FLOAT64, LASSOCORE_COLUMNS, n, p, 0)
    cdef lassocore_options options
    cdef lassocore_result result
    cdef double[::1] factor = np.ones(p)
    cdef double[:, ::1] coefs = np.empty((p, p))
    cdef double[::1] gaps = np.empty(p)
    cdef char[::1] workspace
    cdef int status = 0

    lassocore_init_options(&options)
    options.tol, options.penalty_factor = tol, &factor[0]
    workspace = np.empty(lassocore_workspace_size(&design, &options), np.int8)
    with nogil:
        for j in range(p):
            factor[j] = INFINITY                # column j does not predict itself
            lassocore_init_result(&result, &coefs[j, 0])
            result.gaps = &gaps[j]
            status = lassocore_fit(
                &design, &X[0, j], &alpha, 1, &options, &result, &workspace[0], workspace.shape[0])
            factor[j] = 1.0
            if status < 0:
                break
    if status < 0:
        raise ValueError(lassocore_status_text(status).decode())
    if status == LASSOCORE_NOT_CONVERGED:
        raise RuntimeError(f"a column has missed the tolerance, with a gap of {np.max(gaps):g}")
    return np.asarray(coefs), np.asarray(gaps)
