# Lives here: sums over vectors that Python and the C API share, to the last bit. Independent of: X, penalties.
import numpy as np

cimport numpy as cnp
from cpython.pycapsule cimport PyCapsule_New


cdef double add_up(const double* values, Py_ssize_t n) noexcept nogil:
    """sum_i values_i"""
    cdef Py_ssize_t i
    cdef double total = 0.0
    for i in range(n):
        total += values[i]
    return total


cdef double weighted_sq_norm(const double* values, const double* weights, Py_ssize_t n) noexcept nogil:
    """sum_i weights_i values_i^2, infinity where it overflows; weights NULL for ones"""
    cdef Py_ssize_t i
    cdef double total = 0.0
    if weights == NULL:
        for i in range(n):
            total += values[i] * values[i]
    else:
        for i in range(n):
            total += weights[i] * values[i] * values[i]
    return total


cdef double centre(const double* values, const double* weights, Py_ssize_t n, double* out) noexcept nogil:
    """out = values minus their weighted mean, which is returned; a constant gives zeros exactly"""
    cdef Py_ssize_t i, first = 0
    cdef double shift, total = 0.0, total_weight = n, mean
    cdef int _round
    if weights != NULL:
        total_weight = 0.0
        for i in range(n):
            total_weight += weights[i]
        while first < n - 1 and weights[first] == 0.0:
            first += 1
    shift = values[first]
    for i in range(n):
        out[i] = values[i] - shift
    for _round in range(2):         # the second round removes the rounding error of the first mean
        total = 0.0
        if weights == NULL:
            for i in range(n):
                total += out[i]
        else:
            for i in range(n):
                total += weights[i] * out[i]
        mean = total / total_weight
        shift += mean
        for i in range(n):
            out[i] -= mean
    return shift


cdef void scale_factors(const double* factor, double scale, Py_ssize_t n, double* out) noexcept nogil:
    """out = factor * scale, both at least 0, where 0 times infinity is 0"""
    cdef Py_ssize_t j
    for j in range(n):
        out[j] = factor[j] * scale if scale > 0.0 and factor[j] > 0.0 else 0.0


cdef double intercept_of(
    const double* values, const Py_ssize_t* rows, Py_ssize_t n_rows, const double* means, double y_mean
) noexcept nogil:
    """y_mean - sum_i means[rows_i] values_i"""
    cdef Py_ssize_t i
    cdef double intercept = y_mean
    for i in range(n_rows):
        intercept -= means[rows[i]] * values[i]
    return intercept


tables.vectors.total = add_up
tables.vectors.sq_norm = weighted_sq_norm
tables.vectors.centre = centre
tables.vectors.scale = scale_factors
tables.vectors.intercept = intercept_of

c_tables = PyCapsule_New(&tables, "lassocore.core.tables", NULL)   # for the C API


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
