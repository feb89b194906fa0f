# Lives here: dense columns with a block of targets. Independent of: penalties, solvers.
from lassocore.designs.dense cimport Dense, column_step, row_step
from lassocore.designs.slots cimport Slots, add_scaled, add_slots, load_slots, no_slots, store_slots
from lassocore.designs.types cimport SLOTS


cdef inline void dense_task_dots(const Dense* X, Py_ssize_t j, const double* R, double* out) noexcept nogil:
    """out = (X_j - mean_j)'(s R), over four quarters of the rows at once, which hides the latency of additions"""
    cdef Slots a = no_slots(), b = no_slots(), c = no_slots(), d = no_slots()
    x = X.data + j * column_step(X)
    cdef double mean = X.means[j]
    cdef Py_ssize_t i, m = X.n_samples // 4, step = row_step(X)
    for i in range(m):
        a = add_scaled(a, x[i * step] - mean, load_slots(R + SLOTS * i))
        b = add_scaled(b, x[(m + i) * step] - mean, load_slots(R + SLOTS * (m + i)))
        c = add_scaled(c, x[(2 * m + i) * step] - mean, load_slots(R + SLOTS * (2 * m + i)))
        d = add_scaled(d, x[(3 * m + i) * step] - mean, load_slots(R + SLOTS * (3 * m + i)))
    for i in range(4 * m, X.n_samples):
        a = add_scaled(a, x[i * step] - mean, load_slots(R + SLOTS * i))
    store_slots(out, add_slots(add_slots(a, b), add_slots(c, d)))


cdef inline void dense_task_axpy(const Dense* X, Py_ssize_t j, const double* step, double* R) noexcept nogil:
    """s R += s (X_j - mean_j) step'"""
    cdef Slots a = load_slots(step)
    x = X.data + j * column_step(X)
    cdef double mean = X.means[j]
    cdef Py_ssize_t i, stride = row_step(X)
    if X.weights == NULL:
        for i in range(X.n_samples):
            store_slots(R + SLOTS * i, add_scaled(load_slots(R + SLOTS * i), x[i * stride] - mean, a))
    else:
        for i in range(X.n_samples):
            store_slots(R + SLOTS * i, add_scaled(
                load_slots(R + SLOTS * i), (x[i * stride] - mean) * X.weights[i], a))
