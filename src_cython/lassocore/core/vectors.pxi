# Lives here: sums over vectors, for Python. Independent of: X, penalties.
import numpy as np

cimport numpy as cnp


def total(const double[::1] values):
    """The sum of a vector."""
    return tables.vectors.total(&values[0], values.shape[0])


def sq_norm(const double[::1] values, const double[::1] weights):
    """The sum of weights * values^2, infinity where it overflows; weights None for ones."""
    cdef Py_ssize_t n = values.shape[0]
    return tables.vectors.sq_norm(&values[0] if n else NULL, NULL if weights is None or n == 0 else &weights[0], n)


def centred(const double[::1] values, weights):
    """(values minus their weighted mean, that mean); weights None for ones. A constant gives zeros exactly."""
    array = empty(values.shape[0], cnp.NPY_DOUBLE)
    mean = tables.vectors.centre(
        &values[0], <const double*>address(weights), values.shape[0], <double*>address(array))
    return array, mean


def centred_rows(const double[:, ::1] rows, weights):
    """(each row minus its weighted mean, these means); weights None for ones."""
    cdef Py_ssize_t k, n = rows.shape[1]
    array, means = np.empty((rows.shape[0], n)), empty(rows.shape[0], cnp.NPY_DOUBLE)
    cdef double* out = <double*>address(array)
    cdef double* mean = <double*>address(means)
    for k in range(rows.shape[0]):
        mean[k] = tables.vectors.centre(&rows[k, 0], <const double*>address(weights), n, out + k * n)
    return array, means


def scaled(const double[::1] factor, double scale):
    """factor * scale, both at least 0, where 0 times infinity is 0."""
    array = empty(factor.shape[0], cnp.NPY_DOUBLE)
    if factor.shape[0]:
        tables.vectors.scale(&factor[0], scale, factor.shape[0], <double*>address(array))
    return array


def intercepts(
    const double[::1] values, const Py_ssize_t[::1] rows, const Py_ssize_t[::1] ends, const double[::1] means,
    double y_mean
):
    """y_mean - sum_i means[rows[i]] values[i] over i from ends[k] to ends[k + 1] - 1, for each k."""
    cdef Py_ssize_t k, start
    array = empty(ends.shape[0] - 1, cnp.NPY_DOUBLE)
    cdef double* out = <double*>address(array)
    for k in range(ends.shape[0] - 1):
        start = ends[k]
        out[k] = y_mean if start == ends[k + 1] else tables.vectors.intercept(
            &values[start], &rows[start], ends[k + 1] - start, &means[0], y_mean)
    return array


def task_intercepts(
    const double[:, ::1] values, const Py_ssize_t[::1] rows, const Py_ssize_t[::1] ends, const double[::1] means,
    const double[::1] y_means
):
    """The same for coefficients with a column for each task: (n_alphas, n_tasks)."""
    cdef Py_ssize_t i, k, t, n_tasks = y_means.shape[0]
    array = np.empty((ends.shape[0] - 1, n_tasks))
    cdef double* out = <double*>address(array)
    for k in range(ends.shape[0] - 1):
        for t in range(n_tasks):
            out[k * n_tasks + t] = y_means[t]
        for i in range(ends[k], ends[k + 1]):
            for t in range(n_tasks):
                out[k * n_tasks + t] -= means[rows[i]] * values[i, t]
    return array
