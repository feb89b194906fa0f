# Lives here: dense columns with a block of targets. Independent of: penalties, solvers.
from lassocore.designs.dense cimport Dense, column_step, row_step
from lassocore.designs.slots cimport Slots, add_scaled, load_slots, store_slots
from lassocore.designs.types cimport SLOTS


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
