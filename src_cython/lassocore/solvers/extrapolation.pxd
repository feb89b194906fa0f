# Lives here: Anderson extrapolation, and its use by coordinate descent. Independent of: tolerances, screening.
from libc.string cimport memcpy

from lassocore.datafits.quadratic cimport residual_products, squared_error
from lassocore.designs.design cimport Design, column_axpy, fold_offset
from lassocore.designs.types cimport Residual
from lassocore.penalties.elastic_net cimport Penalty, clip, penalty_value

cdef enum:
    DEPTH = 5                   # differences of iterates that are combined
    ROWS_OF_HISTORY = DEPTH + 3
    MIN_HISTORY = 1000          # columns whose iterates are stored, plus two per sample


cdef inline double difference_product(
    const double* left, const double* right, const double* metric, Py_ssize_t size
) noexcept nogil:
    """The inner product of two differences of consecutive iterates, which are stored one after the other"""
    cdef double total = 0.0
    cdef Py_ssize_t i
    if metric == NULL:
        for i in range(size):
            total += (left[size + i] - left[i]) * (right[size + i] - right[i])
    else:
        for i in range(size):
            total += metric[i] * (left[size + i] - left[i]) * (right[size + i] - right[i])
    return total


cdef inline void fill_differences(
    const double* iterates, const double* metric, Py_ssize_t size, double* gram
) noexcept nogil:
    """gram <- D'D in the metric, of the differences D of consecutive iterates, (DEPTH, DEPTH)"""
    cdef Py_ssize_t a, b
    for a in range(DEPTH):
        for b in range(a + 1):
            gram[a * DEPTH + b] = gram[b * DEPTH + a] = difference_product(
                iterates + a * size, iterates + b * size, metric, size)


cdef inline bint extrapolation_weights(
    const double* iterates, const double* metric, Py_ssize_t size, double* weights
) noexcept nogil:
    """weights minimise ||sum_k weights_k D_k|| with sum 1, for DEPTH + 1 iterates; False where they are not unique.
    metric weighs the entries of an iterate; NULL for ones.

    They solve D'D z = 1, scaled (docs/math.md, 13.7), by Gaussian elimination of a positive definite matrix.
    """
    cdef double[DEPTH * DEPTH] gram
    cdef double factor, total = 0.0, largest
    cdef Py_ssize_t a, b, e
    fill_differences(iterates, metric, size, gram)
    largest = gram[0]
    for a in range(DEPTH):
        weights[a] = 1.0
        largest = max(largest, gram[a * DEPTH + a])
    for a in range(DEPTH):
        if not gram[a * DEPTH + a] > 1e-14 * largest:
            return False
        for b in range(a + 1, DEPTH):
            factor = gram[b * DEPTH + a] / gram[a * DEPTH + a]
            for e in range(a, DEPTH):
                gram[b * DEPTH + e] -= factor * gram[a * DEPTH + e]
            weights[b] -= factor * weights[a]
    for a in range(DEPTH - 1, -1, -1):
        for e in range(a + 1, DEPTH):
            weights[a] -= gram[a * DEPTH + e] * weights[e]
        weights[a] /= gram[a * DEPTH + a]
        total += weights[a]
    if not abs(total) > 0.0:
        return False
    for a in range(DEPTH):
        weights[a] /= total
    return True


cdef inline void combine(const double* iterates, const double* weights, Py_ssize_t size, double* out) noexcept nogil:
    """out = sum_k weights_k iterate_(k + 1)"""
    cdef Py_ssize_t i, k
    for i in range(size):
        out[i] = 0.0
    for k in range(DEPTH):
        for i in range(size):
            out[i] += weights[k] * iterates[(k + 1) * size + i]


cdef struct History:
    double* iterates            # (DEPTH + 1, n_active): w of the active columns after each of the last epochs
    double* combined            # (capacity,)
    double* metric              # (capacity,): ||X_j||_s^2 of the active columns
    double* residual            # the residual before the extrapolation
    Py_ssize_t capacity
    Py_ssize_t n_active
    Py_ssize_t n_iterates       # iterates stored


cdef inline Py_ssize_t history_capacity(Py_ssize_t n_features, Py_ssize_t n_samples) noexcept nogil:
    """Of how many active columns iterates are stored, at most"""
    return min(n_features, MIN_HISTORY + 2 * n_samples)


cdef inline Py_ssize_t numbers_of_history(Py_ssize_t capacity, Py_ssize_t n_samples) noexcept nogil:
    """How many numbers a history of this capacity takes"""
    return ROWS_OF_HISTORY * capacity + n_samples


cdef inline void bind_history(History* history, double* numbers, Py_ssize_t capacity) noexcept nogil:
    """An empty history in these numbers"""
    history.capacity = capacity
    history.iterates = numbers
    history.combined = history.iterates + (DEPTH + 1) * capacity
    history.metric = history.combined + capacity
    history.residual = history.metric + capacity
    history.n_iterates = history.n_active = 0


cdef inline double active_objective(
    const Design* X, const Penalty* penalty, const double* w, Residual* residual, const Py_ssize_t* active,
    Py_ssize_t n_active
) noexcept nogil:
    """The loss + the penalty of the active columns, from a folded residual"""
    cdef double sq_residual, fit_product, total
    cdef Py_ssize_t k
    residual_products(X, w, residual, &sq_residual, &fit_product)
    total = squared_error(sq_residual)
    for k in range(n_active):
        total += penalty_value(penalty, active[k], w[active[k]])
    return total


cdef inline void move(
    const Design* X, const Penalty* penalty, double* w, Residual* residual, const Py_ssize_t* active,
    const History* history
) noexcept nogil:
    """w of the active columns <- the combination, clipped to its bounds; the residual follows"""
    cdef Py_ssize_t j, k
    cdef double moved
    for k in range(history.n_active):
        j = active[k]
        moved = clip(penalty, j, history.combined[k])
        if moved != w[j]:
            column_axpy(X, j, w[j] - moved, residual)
            w[j] = moved
    fold_offset(X, residual)


cdef inline bint extrapolate(
    const Design* X, const Penalty* penalty, double* w, Residual* residual, const Py_ssize_t* active,
    double min_descent, History* history
) noexcept nogil:
    """Move to Anderson's combination of the last iterates where that lowers the objective by more than min_descent;
    whether it does. docs/math.md (6.2)"""
    cdef double[DEPTH] weights
    cdef double before
    cdef Py_ssize_t k, n_active = history.n_active
    cdef const double* last = history.iterates + DEPTH * n_active
    if not extrapolation_weights(history.iterates, history.metric, n_active, weights):
        return False
    fold_offset(X, residual)
    before = active_objective(X, penalty, w, residual, active, n_active)
    memcpy(history.residual, residual.values, X.n_samples * sizeof(double))
    combine(history.iterates, weights, n_active, history.combined)
    move(X, penalty, w, residual, active, history)
    if active_objective(X, penalty, w, residual, active, n_active) < before - min_descent:
        return True
    memcpy(residual.values, history.residual, X.n_samples * sizeof(double))
    for k in range(n_active):
        w[active[k]] = last[k]
    return False


cdef inline bint remember(
    const double* w, const double* sq_norms, const Py_ssize_t* active, Py_ssize_t n_active, History* history
) noexcept nogil:
    """Store an iterate; whether there are enough to extrapolate, which discards them"""
    cdef Py_ssize_t k
    cdef double* row
    if n_active > history.capacity or n_active == 0:
        return False
    if n_active != history.n_active:
        history.n_active, history.n_iterates = n_active, 0
    row = history.iterates + history.n_iterates * n_active
    for k in range(n_active):
        row[k] = w[active[k]]
        history.metric[k] = sq_norms[active[k]]
    history.n_iterates = (history.n_iterates + 1) % (DEPTH + 1)
    return history.n_iterates == 0
