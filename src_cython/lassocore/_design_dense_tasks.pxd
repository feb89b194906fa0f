# Lives here: dense columns and Gram columns against a block of targets. Must not know: penalties, sparse storage.
from lassocore._design_dense cimport Dense, GramF64, column_step, row_step
from lassocore._types cimport SLOTS, one_row_at_a_time


cdef inline void dense_task_dots(const Dense* X, Py_ssize_t j, const double* R, double* out) noexcept nogil:
    """out = (X_j - mean_j)'(s R), over the four quarters at once, which hides the latency of an addition"""
    cdef double[SLOTS] a, b, c, d
    x = X.data + j * column_step(X)
    cdef double mean = X.means[j], za, zb, zc, zd
    cdef Py_ssize_t i, slot, m = X.n_samples // 4, step = row_step(X)
    cdef const double* ra = R
    cdef const double* rb = R + SLOTS * m
    cdef const double* rc = R + 2 * SLOTS * m
    cdef const double* rd = R + 3 * SLOTS * m
    for slot in range(SLOTS):
        a[slot] = b[slot] = c[slot] = d[slot] = 0.0
    for i in range(m):
        one_row_at_a_time()
        za, zb = x[i * step] - mean, x[(m + i) * step] - mean
        zc, zd = x[(2 * m + i) * step] - mean, x[(3 * m + i) * step] - mean
        for slot in range(SLOTS):
            a[slot] += za * ra[SLOTS * i + slot]
            b[slot] += zb * rb[SLOTS * i + slot]
            c[slot] += zc * rc[SLOTS * i + slot]
            d[slot] += zd * rd[SLOTS * i + slot]
    for i in range(4 * m, X.n_samples):
        one_row_at_a_time()
        za = x[i * step] - mean
        for slot in range(SLOTS):
            a[slot] += za * R[SLOTS * i + slot]
    for slot in range(SLOTS):
        out[slot] = (a[slot] + b[slot]) + (c[slot] + d[slot])


cdef inline void dense_task_axpy(const Dense* X, Py_ssize_t j, const double* step, double* R) noexcept nogil:
    """s R += s (X_j - mean_j) step'"""
    cdef double[SLOTS] a
    x = X.data + j * column_step(X)
    cdef double mean = X.means[j], value
    cdef Py_ssize_t i, slot, stride = row_step(X)
    for slot in range(SLOTS):
        a[slot] = step[slot]
    for i in range(X.n_samples):
        one_row_at_a_time()
        value = x[i * stride] - mean
        if X.weights != NULL:
            value *= X.weights[i]
        for slot in range(SLOTS):
            R[SLOTS * i + slot] += value * a[slot]


cdef inline void gram_task_axpy(const GramF64* X, Py_ssize_t j, const double* step, double* R) noexcept nogil:
    """X'(s R) += X'S X_j step'"""
    cdef double[SLOTS] a
    cdef const double* column = X.data + j * X.column_stride
    cdef Py_ssize_t i, slot
    for slot in range(SLOTS):
        a[slot] = step[slot]
    for i in range(X.n_features):
        one_row_at_a_time()
        for slot in range(SLOTS):
            R[SLOTS * i + slot] += column[i] * a[slot]
