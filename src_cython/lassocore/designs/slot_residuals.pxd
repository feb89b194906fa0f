# Lives here: residuals of eight coefficient vectors at once, (n_samples, SLOTS) in C order. Independent of: solvers.
from lassocore.designs.csc cimport Csc
from lassocore.designs.csc_tasks cimport csc_task_axpy
from lassocore.designs.design cimport Design
from lassocore.designs.slots cimport Slots, add_scaled, load_slots, no_slots, scaled_slots, store_slots
from lassocore.designs.types cimport SLOTS

cdef enum:
    ROWS_OF_RESIDUALS = 256     # rows whose residuals stay in cache while columns are subtracted
    TOGETHER = 4                # columns subtracted together


cdef inline void subtract_gathered(
    const double* Z, Py_ssize_t n_samples, const Py_ssize_t* positions, Py_ssize_t n_positions, const double* W,
    double* R
) noexcept nogil:
    """R -= Z_positions W for dense columns without gaps between them; W is (n_positions, SLOTS) in C order"""
    cdef Py_ssize_t first = 0, stop, i, k
    cdef const double* z[TOGETHER]
    cdef Slots w[TOGETHER]
    cdef Slots r
    while first < n_samples:
        stop = min(first + ROWS_OF_RESIDUALS, n_samples)
        k = 0
        while k + TOGETHER <= n_positions:
            for i in range(TOGETHER):
                z[i], w[i] = Z + positions[k + i] * n_samples, load_slots(W + SLOTS * (k + i))
            for i in range(first, stop):
                r = add_scaled(add_scaled(load_slots(R + SLOTS * i), -z[0][i], w[0]), -z[1][i], w[1])
                store_slots(R + SLOTS * i, add_scaled(add_scaled(r, -z[2][i], w[2]), -z[3][i], w[3]))
            k += TOGETHER
        while k < n_positions:
            z[0], w[0] = Z + positions[k] * n_samples, load_slots(W + SLOTS * k)
            for i in range(first, stop):
                store_slots(R + SLOTS * i, add_scaled(load_slots(R + SLOTS * i), -z[0][i], w[0]))
            k += 1
        first = stop


cdef inline void subtract_columns(
    const Design* X, const Py_ssize_t* columns, Py_ssize_t n_columns, const double* W, double* R
) noexcept nogil:
    """R -= s (X_columns - means) W for W of shape (n_columns, SLOTS) in C order; sparse columns only, as dense ones are
    gathered"""
    cdef double offsets[SLOTS]
    cdef double step[SLOTS]
    cdef Slots offset
    cdef Py_ssize_t i, k
    if Design in Csc:
        store_slots(offsets, no_slots())
        for k in range(n_columns):
            store_slots(step, scaled_slots(-1.0, load_slots(W + SLOTS * k)))
            csc_task_axpy(X, columns[k], step, R, offsets)
        offset = load_slots(offsets)
        for i in range(X.n_samples):
            store_slots(R + SLOTS * i, add_scaled(
                load_slots(R + SLOTS * i), 1.0 if X.weights == NULL else X.weights[i], offset))
