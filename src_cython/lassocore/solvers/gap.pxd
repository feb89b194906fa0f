# Lives here: the certificate, an upper bound of P(w) - P(w*); docs/math.md section 4. Independent of: how w was found.
from libc.math cimport INFINITY, sqrt

from lassocore.datafits.quadratic cimport dual_scale, fenchel_gap
from lassocore.penalties.elastic_net cimport (
    Penalty, conjugate, curvature, has_bounds, has_curvature, has_kink, is_unpenalised, lower_bound, penalty_value,
    threshold, upper_bound,
)


cdef struct BlockAccuracy:
    # How accurately the unpenalised columns can be solved in floating point; see lassocore/problems/unpenalised.py.
    double tol                  # a column counts as solved where |X_j's r| <= tol ||X_j|| ||y0||,
    double error                # which may hide this part of the objective, over ||y0||^2
    double reach                # no solution has |w_j| ||X_j|| / ||y0|| beyond this


cdef struct ResidualView:
    # The residual r = y0 - X w as the certificate sees it: its products with columns, and three numbers.
    const double* c             # X_j'(s r), valid for the columns listed
    const double* sq_norms
    const Py_ssize_t* columns
    Py_ssize_t n_columns
    double sq_residual          # ||r||_s^2
    double fit_product          # <r, y0>_s
    double sq_target            # ||y0||_s^2
    double outside_ratio        # a bound on |c_j| / l1_j of the columns not listed, all with w_j = 0; 0 for none
    BlockAccuracy accuracy


cdef inline bint is_out_of_reach(
    const Penalty* penalty, const ResidualView* view, Py_ssize_t j, double bound
) noexcept nogil:
    """Whether no solution has |w_j| = bound: its penalty would exceed P(0), or an unpenalised w_j its known limit"""
    if has_kink(penalty, j):
        return threshold(penalty, j) * bound >= view.sq_target
    return bound * sqrt(view.sq_norms[j]) >= view.accuracy.reach * sqrt(view.sq_target)


cdef inline double reachable_upper(const Penalty* penalty, const ResidualView* view, Py_ssize_t j) noexcept nogil:
    """The upper bound, infinite where no solution reaches it"""
    cdef double bound = upper_bound(penalty, j)
    return INFINITY if bound == INFINITY or is_out_of_reach(penalty, view, j, bound) else bound


cdef inline double reachable_lower(const Penalty* penalty, const ResidualView* view, Py_ssize_t j) noexcept nogil:
    """The lower bound, infinite where no solution reaches it"""
    cdef double bound = lower_bound(penalty, j)
    return -INFINITY if bound == -INFINITY or is_out_of_reach(penalty, view, j, -bound) else bound


cdef inline double reachable_conjugate(
    const Penalty* penalty, const ResidualView* view, Py_ssize_t j, double u
) noexcept nogil:
    """The conjugate of the penalty, without bounds that no solution reaches"""
    cdef double term = conjugate(penalty, j, u)
    cdef double bound = upper_bound(penalty, j) if u > 0.0 else -lower_bound(penalty, j)
    if term == 0.0 or curvature(penalty, j) > 0.0:
        return term
    return 0.0 if is_out_of_reach(penalty, view, j, bound) else term


cdef inline bint unpenalised_solved(const Penalty* penalty, const ResidualView* view) noexcept nogil:
    """Whether every unpenalised column has X_j'r = 0, or a sign of X_j'r that holds w_j at its only finite bound"""
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


cdef inline double max_dual_ratio(
    const Penalty* penalty, const ResidualView* view, bint* signed_scale, bint* has_smooth
) noexcept nogil:
    """kappa, the largest |c_j| / l1_j where the dual constraint is |c_j| <= l1_j: neither l2 nor a bound relaxes it.
    signed_scale: whether the dual scale t may be negative; has_smooth: whether some column has no l1 term"""
    cdef Py_ssize_t j, k
    cdef double kappa = view.outside_ratio, l1
    cdef bint is_relaxed = has_curvature(penalty) or has_bounds(penalty)
    signed_scale[0] = not has_bounds(penalty)
    has_smooth[0] = False
    for k in range(view.n_columns):
        j = view.columns[k]
        l1 = threshold(penalty, j)
        if l1 == 0.0:
            has_smooth[0] = True
        elif abs(view.c[j]) > kappa * l1 and (not is_relaxed or is_constrained(penalty, view, j)):
            kappa = abs(view.c[j]) / l1
    return kappa


cdef inline bint is_constrained(const Penalty* penalty, const ResidualView* view, Py_ssize_t j) noexcept nogil:
    """Whether the dual constraint |c_j| <= l1_j applies on the side of c_j"""
    if curvature(penalty, j) > 0.0:
        return False
    if view.c[j] > 0.0:
        return reachable_upper(penalty, view, j) == INFINITY
    return reachable_lower(penalty, view, j) == -INFINITY


cdef inline double gap_at(const Penalty* penalty, const double* w, const ResidualView* view, double t) noexcept nogil:
    """The gap at the dual point t r: (1 - t)^2 ||r||_s^2 / 2 + sum_j g_j(w_j) + h_j(t c_j) - t w_j c_j, with the value
    g_j and the conjugate h_j of the penalty; each term is at least 0 (Fenchel-Young). Without l2 and bounds the
    conjugate is 0 wherever it is finite."""
    cdef Py_ssize_t j, k
    cdef double term, total = fenchel_gap(view.sq_residual, t)
    cdef bint is_relaxed = has_curvature(penalty) or has_bounds(penalty)
    for k in range(view.n_columns):
        j = view.columns[k]
        term = reachable_conjugate(penalty, view, j, t * view.c[j]) if is_relaxed else 0.0
        if w[j] != 0.0:
            term += penalty_value(penalty, j, w[j]) - t * w[j] * view.c[j]
        if not term <= 0.0:             # NaN propagates
            total += term
    return total


cdef inline double augmented_gap(const Penalty* penalty, const double* w, const ResidualView* view) noexcept nogil:
    """The gap of the elastic net without bounds as a lasso on [X; sqrt(l2) I], whose correlations are c - l2 w;
    infinite where some l1 = 0 with l2 > 0 leaves that lasso no dual point."""
    cdef Py_ssize_t j, k
    cdef double l1, l2, c, t, kappa = view.outside_ratio, ridge = 0.0, total, term
    for k in range(view.n_columns):
        j = view.columns[k]
        l1, l2 = threshold(penalty, j), curvature(penalty, j)
        c = abs(view.c[j] - l2 * w[j])
        ridge += l2 * w[j] * w[j]
        if l1 == 0.0 and l2 > 0.0:
            return INFINITY
        if c > kappa * l1 and l1 > 0.0:
            kappa = c / l1
    t = dual_scale(view.fit_product, view.sq_residual + ridge, kappa, True)
    total = fenchel_gap(view.sq_residual + ridge, t)
    for k in range(view.n_columns):
        j = view.columns[k]
        if w[j] != 0.0:
            term = threshold(penalty, j) * abs(w[j]) - t * w[j] * (view.c[j] - curvature(penalty, j) * w[j])
            if not term <= 0.0:
                total += term
    return total


cdef inline double duality_gap(const Penalty* penalty, const double* w, const ResidualView* view) noexcept nogil:
    """An upper bound of P(w) - P(w*), S-scaled: the smallest over several dual points made from the residual"""
    cdef bint signed_scale, has_smooth
    cdef double kappa = max_dual_ratio(penalty, view, &signed_scale, &has_smooth), gap, t
    if has_smooth and not unpenalised_solved(penalty, view):
        return INFINITY
    t = dual_scale(view.fit_product, view.sq_residual, kappa, signed_scale)
    gap = gap_at(penalty, w, view, t)
    # A residual made of rounding errors is not orthogonal to the unpenalised columns, which a huge t would magnify.
    if has_curvature(penalty) or has_bounds(penalty) or abs(t) > 1.0:
        gap = min(gap, gap_at(penalty, w, view, 1.0 / kappa if kappa > 1.0 else 1.0))
    if has_curvature(penalty) and not has_bounds(penalty):
        gap = min(gap, augmented_gap(penalty, w, view))
    gap += view.accuracy.error * view.sq_target
    return gap if gap >= 0.0 else INFINITY
