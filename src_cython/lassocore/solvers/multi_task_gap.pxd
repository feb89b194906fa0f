# Lives here: the certificate of the group penalty, docs/math.md section 13. Must not know: how W was found.
from libc.math cimport INFINITY, sqrt

from lassocore.penalties.elastic_net cimport Penalty, l2_of
from lassocore.solvers.gap cimport BlockAccuracy, fit_scale, is_unpenalised
from lassocore.solvers.multi_task_epoch cimport row_norm, row_product


cdef struct TaskResidualView:
    # What one pass over X tells about residuals R = Y0 - X W.
    const double* W             # (n_features, width)
    const double* C             # X'(s R), the same, valid for the columns listed
    double* scratch                # for width numbers
    Py_ssize_t width
    const double* sq_norms
    const Py_ssize_t* columns
    Py_ssize_t n_columns
    double sq_residual          # ||R||_s^2
    double fit_product          # <R, Y0>_s
    double sq_target            # ||Y0||_s^2
    double outside_ratio               # a bound on ||C_j|| / l1_j of the columns that are not listed, all at 0; 0 for none
    BlockAccuracy accuracy


cdef inline bint unpenalised_rows_solved(const Penalty* penalty, const TaskResidualView* view) noexcept nogil:
    """Whether every unpenalised column has X_j'R = 0"""
    cdef Py_ssize_t j, k
    cdef double small
    for k in range(view.n_columns):
        j = view.columns[k]
        if is_unpenalised(penalty, j):
            small = view.accuracy.tol * sqrt(view.sq_norms[j]) * sqrt(view.sq_target)
            if not row_norm(view.C + j * view.width, view.width) <= small:
                return False
    return True


cdef inline double max_row_ratio(const Penalty* penalty, const TaskResidualView* view, bint with_l2) noexcept nogil:
    """max of ||C_j|| / l1 over the columns with l1, those with l2 included or not"""
    cdef Py_ssize_t j, k
    cdef double kappa = view.outside_ratio, norm
    for k in range(view.n_columns):
        j = view.columns[k]
        if penalty.l1_reg[j] > 0.0 and (with_l2 or l2_of(penalty, j) == 0.0):
            norm = row_norm(view.C + j * view.width, view.width)
            if norm > kappa * penalty.l1_reg[j]:
                kappa = norm / penalty.l1_reg[j]
    return kappa


cdef inline double row_gap(
    const Penalty* penalty, const TaskResidualView* view, Py_ssize_t j, double t
) noexcept nogil:
    """l1 ||W_j|| + l2 ||W_j||^2 / 2 + h_j(t C_j) - t <W_j, C_j>, h_j(u) = (||u|| - l1)_+^2 / (2 l2)"""
    cdef const double* row = view.W + j * view.width
    cdef const double* c = view.C + j * view.width
    cdef double l1 = penalty.l1_reg[j], l2 = l2_of(penalty, j), total = 0.0, excess, norm
    if l2 > 0.0:
        excess = abs(t) * row_norm(c, view.width) - l1
        if not excess <= 0.0:
            total = 0.5 * excess * excess / l2
    norm = row_norm(row, view.width)
    if norm != 0.0:
        total += l1 * norm + 0.5 * l2 * norm * norm - t * row_product(row, c, view.width)
    return total


cdef inline double task_gap_at(const Penalty* penalty, const TaskResidualView* view, double t) noexcept nogil:
    """(1 - t)^2 ||R||_s^2 / 2 + the sum of row_gap, each term at least 0"""
    cdef Py_ssize_t k
    cdef double term, total = 0.5 * (1.0 - t) * (1.0 - t) * view.sq_residual
    for k in range(view.n_columns):
        term = row_gap(penalty, view, view.columns[k], t)
        if not term <= 0.0:             # a NaN stays visible
            total += term
    return total


cdef inline double augmented_row(
    const Penalty* penalty, const TaskResidualView* view, Py_ssize_t j, double* product
) noexcept nogil:
    """||C_j - l2 W_j||; product <- <W_j, C_j - l2 W_j>"""
    cdef const double* row = view.W + j * view.width
    cdef double l2 = l2_of(penalty, j)
    cdef Py_ssize_t t
    for t in range(view.width):
        view.scratch[t] = view.C[j * view.width + t] - l2 * row[t]
    product[0] = row_product(row, view.scratch, view.width)
    return row_norm(view.scratch, view.width)


cdef inline double augmented_task_gap(const Penalty* penalty, const TaskResidualView* view) noexcept nogil:
    """The elastic net as a group lasso on [X; sqrt(l2) I]; infinite where l1 = 0 leaves it no dual point."""
    cdef Py_ssize_t j, k
    cdef double l1, l2, c, t, norm, product, kappa = view.outside_ratio, ridge = 0.0, total, term
    for k in range(view.n_columns):
        j = view.columns[k]
        l1, l2 = penalty.l1_reg[j], l2_of(penalty, j)
        if l1 == 0.0 and l2 > 0.0:
            return INFINITY
        norm = row_norm(view.W + j * view.width, view.width)
        ridge += l2 * norm * norm
        c = augmented_row(penalty, view, j, &product)
        if c > kappa * l1 and l1 > 0.0:
            kappa = c / l1
    t = fit_scale(view.fit_product, view.sq_residual + ridge, kappa, True)
    total = 0.5 * (1.0 - t) * (1.0 - t) * (view.sq_residual + ridge)
    for k in range(view.n_columns):
        j = view.columns[k]
        norm = row_norm(view.W + j * view.width, view.width)
        if norm != 0.0:
            augmented_row(penalty, view, j, &product)
            term = penalty.l1_reg[j] * norm - t * product
            if not term <= 0.0:
                total += term
    return total


cdef inline double task_gap(const Penalty* penalty, const TaskResidualView* view) noexcept nogil:
    """An upper bound of P(W) - P(W*), S-scaled: the smallest over the dual points that the residuals give"""
    cdef double kappa, gap, t
    if not unpenalised_rows_solved(penalty, view):
        return INFINITY
    kappa = max_row_ratio(penalty, view, False)
    t = fit_scale(view.fit_product, view.sq_residual, kappa, True)
    gap = task_gap_at(penalty, view, t)
    # A residual of rounding errors is not orthogonal to the unpenalised columns, and a huge t would show it.
    if penalty.l2_reg != NULL or abs(t) > 1.0:
        gap = min(gap, task_gap_at(penalty, view, 1.0 / kappa if kappa > 1.0 else 1.0))
    if penalty.l2_reg != NULL:
        gap = min(gap, augmented_task_gap(penalty, view))
    gap += view.accuracy.error * view.sq_target
    return gap if gap >= 0.0 else INFINITY
