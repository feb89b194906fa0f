# Lives here: the certificate of several tasks, docs/math.md section 13. Independent of: how W was found.
from libc.math cimport INFINITY, sqrt

from lassocore.datafits.quadratic cimport dual_scale, fenchel_gap
from lassocore.penalties.elastic_net cimport Penalty, curvature, has_curvature, has_kink, is_unpenalised, threshold
from lassocore.penalties.l21 cimport row_conjugate, row_norm, row_product, row_value
from lassocore.solvers.gap cimport BlockAccuracy


cdef struct TaskResidualView:
    # The residuals R = Y0 - X W as the certificate sees them: their products with columns, and three numbers.
    const double* W             # (n_features, width)
    const double* C             # X'(s R), the same shape, valid for the columns listed
    double* scratch             # width numbers
    Py_ssize_t width
    const double* sq_norms
    const Py_ssize_t* columns
    Py_ssize_t n_columns
    double sq_residual          # ||R||_s^2
    double fit_product          # <R, Y0>_s
    double sq_target            # ||Y0||_s^2
    double outside_ratio        # a bound on ||C_j|| / l1_j of the columns not listed, all with W_j = 0; 0 for none
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
    """max ||C_j|| / l1_j over the columns with an l1 term; with_l2: also over those that have an l2 term as well"""
    cdef Py_ssize_t j, k
    cdef double kappa = view.outside_ratio, norm
    for k in range(view.n_columns):
        j = view.columns[k]
        if has_kink(penalty, j) and (with_l2 or curvature(penalty, j) == 0.0):
            norm = row_norm(view.C + j * view.width, view.width)
            if norm > kappa * threshold(penalty, j):
                kappa = norm / threshold(penalty, j)
    return kappa


cdef inline double row_gap(
    const Penalty* penalty, const TaskResidualView* view, Py_ssize_t j, double t
) noexcept nogil:
    """The value of row j + the conjugate at t C_j - t <W_j, C_j>"""
    cdef const double* row = view.W + j * view.width
    cdef const double* c = view.C + j * view.width
    cdef double total = row_conjugate(penalty, j, c, view.width, t), norm = row_norm(row, view.width)
    if norm != 0.0:
        total += row_value(penalty, j, norm) - t * row_product(row, c, view.width)
    return total


cdef inline double task_gap_at(const Penalty* penalty, const TaskResidualView* view, double t) noexcept nogil:
    """The gap at the dual point t R: (1 - t)^2 ||R||_s^2 / 2 + the sum of row_gap, each term at least 0"""
    cdef Py_ssize_t k
    cdef double term, total = fenchel_gap(view.sq_residual, t)
    for k in range(view.n_columns):
        term = row_gap(penalty, view, view.columns[k], t)
        if not term <= 0.0:             # NaN propagates
            total += term
    return total


cdef inline double augmented_row(
    const Penalty* penalty, const TaskResidualView* view, Py_ssize_t j, double* product
) noexcept nogil:
    """||C_j - l2 W_j||; product <- <W_j, C_j - l2 W_j>"""
    cdef const double* row = view.W + j * view.width
    cdef double l2 = curvature(penalty, j)
    cdef Py_ssize_t t
    for t in range(view.width):
        view.scratch[t] = view.C[j * view.width + t] - l2 * row[t]
    product[0] = row_product(row, view.scratch, view.width)
    return row_norm(view.scratch, view.width)


cdef inline double augmented_task_gap(const Penalty* penalty, const TaskResidualView* view) noexcept nogil:
    """The gap of the elastic net as a group lasso on [X; sqrt(l2) I]; infinite where some l1 = 0 with l2 > 0 leaves
    that group lasso no dual point."""
    cdef Py_ssize_t j, k
    cdef double l1, l2, c, t, norm, product, kappa = view.outside_ratio, ridge = 0.0, total, term
    for k in range(view.n_columns):
        j = view.columns[k]
        l1, l2 = threshold(penalty, j), curvature(penalty, j)
        if l1 == 0.0 and l2 > 0.0:
            return INFINITY
        norm = row_norm(view.W + j * view.width, view.width)
        ridge += l2 * norm * norm
        c = augmented_row(penalty, view, j, &product)
        if c > kappa * l1 and l1 > 0.0:
            kappa = c / l1
    t = dual_scale(view.fit_product, view.sq_residual + ridge, kappa, True)
    total = fenchel_gap(view.sq_residual + ridge, t)
    for k in range(view.n_columns):
        j = view.columns[k]
        norm = row_norm(view.W + j * view.width, view.width)
        if norm != 0.0:
            augmented_row(penalty, view, j, &product)
            term = threshold(penalty, j) * norm - t * product
            if not term <= 0.0:
                total += term
    return total


cdef inline double task_gap(const Penalty* penalty, const TaskResidualView* view) noexcept nogil:
    """An upper bound of P(W) - P(W*), S-scaled: the smallest over several dual points made from the residuals"""
    cdef double kappa, gap, t
    if not unpenalised_rows_solved(penalty, view):
        return INFINITY
    kappa = max_row_ratio(penalty, view, False)
    t = dual_scale(view.fit_product, view.sq_residual, kappa, True)
    gap = task_gap_at(penalty, view, t)
    # A residual made of rounding errors is not orthogonal to the unpenalised columns, which a huge t would magnify.
    if has_curvature(penalty) or abs(t) > 1.0:
        gap = min(gap, task_gap_at(penalty, view, 1.0 / kappa if kappa > 1.0 else 1.0))
    if has_curvature(penalty):
        gap = min(gap, augmented_task_gap(penalty, view))
    gap += view.accuracy.error * view.sq_target
    return gap if gap >= 0.0 else INFINITY
