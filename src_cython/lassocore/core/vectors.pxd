# Lives here: sums over vectors, and their nonzeros. Independent of: X, penalties, solvers.


cdef inline double add_up(const double* values, Py_ssize_t n) noexcept nogil:
    """sum_i values_i"""
    cdef Py_ssize_t i
    cdef double total = 0.0
    for i in range(n):
        total += values[i]
    return total


cdef inline double weighted_sq_norm(const double* values, const double* weights, Py_ssize_t n) noexcept nogil:
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


cdef inline double centre(const double* values, const double* weights, Py_ssize_t n, double* out) noexcept nogil:
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


cdef inline void scale_factors(const double* factor, double scale, Py_ssize_t n, double* out) noexcept nogil:
    """out = factor * scale, both at least 0, where 0 times infinity is 0"""
    cdef Py_ssize_t j
    for j in range(n):
        out[j] = factor[j] * scale if scale > 0.0 and factor[j] > 0.0 else 0.0


cdef inline double intercept_of(
    const double* values, const Py_ssize_t* rows, Py_ssize_t n_rows, const double* means, double y_mean
) noexcept nogil:
    """y_mean - sum_i means[rows_i] values_i"""
    cdef Py_ssize_t i
    cdef double intercept = y_mean
    for i in range(n_rows):
        intercept -= means[rows[i]] * values[i]
    return intercept


cdef inline Py_ssize_t mark_nonzeros(const double* values, Py_ssize_t n, double* marks) noexcept nogil:
    """Set the marks of the values that are not 0 to 1; how many these are"""
    cdef Py_ssize_t i
    cdef double n_nonzero = 0.0             # a count of the same width is vectorised
    for i in range(n):
        n_nonzero += 1.0 if values[i] != 0.0 else 0.0
        marks[i] = 1.0 if values[i] != 0.0 else marks[i]
    return <Py_ssize_t>n_nonzero


cdef inline void copy_nonzeros(
    const double* values, const Py_ssize_t* order, const Py_ssize_t* names, Py_ssize_t n_nonzero, Py_ssize_t* rows,
    double* out
) noexcept nogil:
    """The values that are not 0, visited in this order, and their names"""
    cdef Py_ssize_t i = 0, k = 0
    while i < n_nonzero:                    # a zero is overwritten by what follows
        rows[i], out[i] = names[order[k]], values[order[k]]
        i += out[i] != 0.0
        k += 1
