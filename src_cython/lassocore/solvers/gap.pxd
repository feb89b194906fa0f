# Lives here: the certificate, docs/math.md section 4. Must not know: how w was found; never changes w.
from libc.math cimport INFINITY, sqrt

from lassocore.penalties.elastic_net cimport Penalty, conjugate, l2_of, lower_of, penalty_value, upper_of


cdef struct BlockAccuracy:
    # How exactly rounding lets the unpenalised columns be solved; lassocore/problems/unpenalised.py tells.
    double tol                  # a column counts as solved where |X_j's r| <= tol ||X_j|| ||y0||,
    double error                # which may hide this much of the objective, over ||y0||^2
    double reach                # |w_j| ||X_j|| over ||y0|| that no solution reaches


cdef struct ResidualView:
    # What one pass over X tells about a residual r = y0 - X w.
    const double* c             # X_j'(s r), valid for the columns listed
    const double* sq_norms
    const Py_ssize_t* columns
    Py_ssize_t n_columns
    double sq_residual          # ||r||_s^2
    double fit_product          # <r, y0>_s
    double sq_target            # ||y0||_s^2
    double outside_ratio               # a bound on |c_j| / l1_j of the columns that are not listed, all at 0; 0 for none
    BlockAccuracy accuracy


cdef inline bint is_unpenalised(const Penalty* penalty, Py_ssize_t j) noexcept nogil:
    """l1 = l2 = 0"""
    return penalty.l1_reg[j] == 0.0 and l2_of(penalty, j) == 0.0


cdef inline bint is_out_of_reach(const Penalty* penalty, const ResidualView* view, Py_ssize_t j, double bound) noexcept nogil:
    """Whether |w_j| = bound costs more than w = 0, or is beyond what the data let an unpenalised w_j be"""
    if penalty.l1_reg[j] > 0.0:
        return penalty.l1_reg[j] * bound >= view.sq_target
    return bound * sqrt(view.sq_norms[j]) >= view.accuracy.reach * sqrt(view.sq_target)


cdef inline double reachable_upper(const Penalty* penalty, const ResidualView* view, Py_ssize_t j) noexcept nogil:
    """upper[j], infinite where no solution reaches it"""
    cdef double bound = upper_of(penalty, j)
    return INFINITY if bound == INFINITY or is_out_of_reach(penalty, view, j, bound) else bound


cdef inline double reachable_lower(const Penalty* penalty, const ResidualView* view, Py_ssize_t j) noexcept nogil:
    """lower[j], infinite where no solution reaches it"""
    cdef double bound = lower_of(penalty, j)
    return -INFINITY if bound == -INFINITY or is_out_of_reach(penalty, view, j, -bound) else bound


cdef inline double reachable_conjugate(
    const Penalty* penalty, const ResidualView* view, Py_ssize_t j, double u
) noexcept nogil:
    """conjugate within the bounds that can be reached"""
    cdef double term = conjugate(penalty, j, u)
    cdef double bound = upper_of(penalty, j) if u > 0.0 else -lower_of(penalty, j)
    if term == 0.0 or l2_of(penalty, j) > 0.0:
        return term
    return 0.0 if is_out_of_reach(penalty, view, j, bound) else term


cdef inline bint unpenalised_solved(const Penalty* penalty, const ResidualView* view) noexcept nogil:
    """Whether every unpenalised column has X_j'r = 0, or the sign that its only infinite side asks for"""
    cdef Py_ssize_t j, k
    cdef double small
    for k in range(view.n_columns):
        j = view.columns[k]
        if not is_unpenalised(penalty, j):
            continue
        small = view.accuracy.tol * sqrt(view.sq_norms[j]) * sqrt(view.sq_target)
        if view.c[j] > small and reachable_upper(penalty, view, j) == INFINITY:
            return False
        if view.c[j] < -small and reachable_lower(penalty, view, j) == -INFINITY:
            return False
    return True


cdef inline double max_dual_ratio(const Penalty* penalty, const ResidualView* view, bint* signed_scale) noexcept nogil:
    """kappa: how far c reaches beyond l1 where only l1 holds the dual point; signed_scale: a negative t is allowed"""
    cdef Py_ssize_t j, k
    cdef double kappa = view.outside_ratio, l1
    signed_scale[0] = penalty.lower == NULL and penalty.upper == NULL
    for k in range(view.n_columns):
        j = view.columns[k]
        l1 = penalty.l1_reg[j]
        if l1 == 0.0 or l2_of(penalty, j) > 0.0:
            continue
        if view.c[j] > kappa * l1 and reachable_upper(penalty, view, j) == INFINITY:
            kappa = view.c[j] / l1
        if -view.c[j] > kappa * l1 and reachable_lower(penalty, view, j) == -INFINITY:
            kappa = -view.c[j] / l1
    return kappa


cdef inline double gap_at(const Penalty* penalty, const double* w, const ResidualView* view, double t) noexcept nogil:
    """(1 - t)^2 ||r||_s^2 / 2 + sum_j l1 |w_j| + l2 w_j^2 / 2 + h_j(t c_j) - t w_j c_j, each term at least 0"""
    cdef Py_ssize_t j, k
    cdef double term, total = 0.5 * (1.0 - t) * (1.0 - t) * view.sq_residual
    for k in range(view.n_columns):
        j = view.columns[k]
        term = reachable_conjugate(penalty, view, j, t * view.c[j])
        if w[j] != 0.0:
            term += penalty_value(penalty, j, w[j]) - t * w[j] * view.c[j]
        if not term <= 0.0:             # a NaN stays visible
            total += term
    return total


cdef inline double augmented_gap(const Penalty* penalty, const double* w, const ResidualView* view) noexcept nogil:
    """The elastic net without bounds as a lasso on [X; sqrt(l2) I]; infinite where l1 = 0 leaves it no dual point."""
    cdef Py_ssize_t j, k
    cdef double l1, l2, c, t, kappa = view.outside_ratio, ridge = 0.0, total, term
    for k in range(view.n_columns):
        j = view.columns[k]
        l1, l2 = penalty.l1_reg[j], l2_of(penalty, j)
        c = abs(view.c[j] - l2 * w[j])
        ridge += l2 * w[j] * w[j]
        if l1 == 0.0 and l2 > 0.0:
            return INFINITY
        if c > kappa * l1 and l1 > 0.0:
            kappa = c / l1
    t = fit_scale(view.fit_product, view.sq_residual + ridge, kappa, True)
    total = 0.5 * (1.0 - t) * (1.0 - t) * (view.sq_residual + ridge)
    for k in range(view.n_columns):
        j = view.columns[k]
        if w[j] != 0.0:
            term = penalty.l1_reg[j] * abs(w[j]) - t * w[j] * (view.c[j] - l2_of(penalty, j) * w[j])
            if not term <= 0.0:
                total += term
    return total


cdef inline double fit_scale(
    double fit_product, double sq_residual, double kappa, bint signed_scale
) noexcept nogil:
    """t = <r, y0> / ||r||^2, clipped to where t r is feasible"""
    cdef double t = fit_product / sq_residual if sq_residual > 0.0 else 1.0
    if t * kappa > 1.0:
        return 1.0 / kappa
    if t < 0.0 and not signed_scale:
        return 0.0
    return -1.0 / kappa if t * kappa < -1.0 else t


cdef inline double duality_gap(const Penalty* penalty, const double* w, const ResidualView* view) noexcept nogil:
    """An upper bound of P(w) - P(w*), S-scaled: the smallest over the dual points that the residual gives"""
    cdef bint signed_scale
    cdef double kappa, gap, t
    if not unpenalised_solved(penalty, view):
        return INFINITY
    kappa = max_dual_ratio(penalty, view, &signed_scale)
    t = fit_scale(view.fit_product, view.sq_residual, kappa, signed_scale)
    gap = gap_at(penalty, w, view, t)
    # A residual of rounding errors is not orthogonal to the unpenalised columns, and a huge t would show it.
    if penalty.l2_reg != NULL or penalty.lower != NULL or penalty.upper != NULL or abs(t) > 1.0:
        gap = min(gap, gap_at(penalty, w, view, 1.0 / kappa if kappa > 1.0 else 1.0))
    if penalty.l2_reg != NULL and penalty.lower == NULL and penalty.upper == NULL:
        gap = min(gap, augmented_gap(penalty, w, view))
    gap += view.accuracy.error * view.sq_target
    return gap if gap >= 0.0 else INFINITY
