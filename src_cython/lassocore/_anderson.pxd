# Lives here: extrapolation of coordinate descent from its last epochs. Must not know: tolerances, screening.
from libc.math cimport sqrt

from lassocore._design cimport Design, column_axpy, fold_offset, residual_products
from lassocore._penalty cimport Penalty, clip, penalty_value
from lassocore._types cimport Residual

cdef enum:
    EPOCHS = 5                  # differences of iterates that are combined
    LEAST_HISTORY = 1000        # columns that iterates are kept of, and two for each sample

# Added to the diagonal of the differences' Gram matrix, as a share of its largest entry.
cdef extern from *:
    """
    #define LASSOCORE_RIDGE 1e-12
    """
    const double RIDGE "LASSOCORE_RIDGE"


cdef struct History:
    double* iterates            # (EPOCHS + 1, capacity): w of the active columns after each of the last epochs
    double* residual            # room for a residual to return to
    Py_ssize_t capacity
    Py_ssize_t n_active         # of the iterates kept
    Py_ssize_t n_kept


cdef inline bint combine(const double* gram, double* shares) noexcept nogil:
    """shares = argmin ||sum_k shares_k difference_k|| with sum 1, from the differences' Gram matrix; False: singular"""
    cdef double[EPOCHS][EPOCHS] factor
    cdef double total = 0.0, largest = 0.0, pivot
    cdef int a, b, k
    for a in range(EPOCHS):
        largest = max(largest, gram[a * EPOCHS + a])
    for a in range(EPOCHS):                             # L L' = gram + ridge; then L L' shares = 1
        for b in range(a + 1):
            pivot = gram[a * EPOCHS + b] + (RIDGE * largest if a == b else 0.0)
            for k in range(b):
                pivot -= factor[a][k] * factor[b][k]
            if a == b and not pivot > 0.0:
                return False
            factor[a][b] = sqrt(pivot) if a == b else pivot / factor[b][b]
    for a in range(EPOCHS):
        shares[a] = 1.0
        for k in range(a):
            shares[a] -= factor[a][k] * shares[k]
        shares[a] /= factor[a][a]
    for a in range(EPOCHS - 1, -1, -1):
        for k in range(a + 1, EPOCHS):
            shares[a] -= factor[k][a] * shares[k]
        shares[a] /= factor[a][a]
        total += shares[a]
    for a in range(EPOCHS):
        shares[a] /= total
    return total == total and total != 0.0


cdef inline void fill_gram(
    const History* history, const double* sq_norms, const Py_ssize_t* active, double* gram
) noexcept nogil:
    """gram[a, b] = sum_j ||X_j||^2 difference_a[j] difference_b[j]"""
    cdef double[EPOCHS] difference
    cdef Py_ssize_t k
    cdef const double* row
    cdef int a, b
    for a in range(EPOCHS * EPOCHS):
        gram[a] = 0.0
    for k in range(history.n_active):
        row = history.iterates + k
        for a in range(EPOCHS):
            difference[a] = row[(a + 1) * history.capacity] - row[a * history.capacity]
        for a in range(EPOCHS):
            for b in range(a + 1):
                gram[a * EPOCHS + b] += sq_norms[active[k]] * difference[a] * difference[b]


cdef inline double objective(
    const Design* X, const Penalty* penalty, const double* w, Residual* residual, const Py_ssize_t* active,
    Py_ssize_t n_active
) noexcept nogil:
    """||r||_s^2 / 2 + the penalty of the active columns"""
    cdef double total, fit_product
    cdef Py_ssize_t k
    residual_products(X, w, residual, &total, &fit_product)
    total *= 0.5
    for k in range(n_active):
        total += penalty_value(penalty, active[k], w[active[k]])
    return total


cdef inline void move(
    const Design* X, double* w, Residual* residual, const Py_ssize_t* active, const History* history
) noexcept nogil:
    """w of the active columns becomes the history's first iterate, the residual follows"""
    cdef Py_ssize_t j, k
    for k in range(history.n_active):
        j = active[k]
        if history.iterates[k] != w[j]:
            column_axpy(X, j, w[j] - history.iterates[k], residual)
            w[j] = history.iterates[k]
    fold_offset(X, residual)


cdef inline bint extrapolate(
    const Design* X, const Penalty* penalty, double* w, Residual* residual, const double* sq_norms,
    const Py_ssize_t* active, History* history
) noexcept nogil:
    """Anderson's combination of the last iterates, where it lowers the objective; whether it did. docs/math.md (6.2)"""
    cdef double[EPOCHS * EPOCHS] gram
    cdef double[EPOCHS] shares
    cdef double before, moved
    cdef double* row
    cdef Py_ssize_t i, k
    cdef int a
    fill_gram(history, sq_norms, active, gram)
    if not combine(gram, shares):
        return False
    fold_offset(X, residual)
    before = objective(X, penalty, w, residual, active, history.n_active)
    for i in range(X.n_samples):
        history.residual[i] = residual.values[i]
    for k in range(history.n_active):
        row = history.iterates + k
        moved = 0.0
        for a in range(EPOCHS):
            moved += shares[a] * row[(a + 1) * history.capacity]
        row[0] = clip(penalty, active[k], moved)
    move(X, w, residual, active, history)
    if objective(X, penalty, w, residual, active, history.n_active) < before:
        return True
    for i in range(X.n_samples):
        residual.values[i] = history.residual[i]
    for k in range(history.n_active):
        w[active[k]] = history.iterates[EPOCHS * history.capacity + k]
    return False


cdef inline bint remember(
    const double* w, const Py_ssize_t* active, Py_ssize_t n_active, History* history
) noexcept nogil:
    """Keep an iterate; whether there are enough to extrapolate, which uses them up"""
    cdef Py_ssize_t k
    cdef double* row
    if n_active > history.capacity or n_active == 0:
        return False
    if n_active != history.n_active:
        history.n_active, history.n_kept = n_active, 0
    row = history.iterates + history.n_kept * history.capacity
    for k in range(n_active):
        row[k] = w[active[k]]
    history.n_kept = (history.n_kept + 1) % (EPOCHS + 1)
    return history.n_kept == 0
