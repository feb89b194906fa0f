# Lives here: the certificate, an upper bound of P(w) - P(w*); docs/math.md 4 and 13. Independent of: how w was found.
from libc.math cimport INFINITY, sqrt

from lassocore.datafits.quadratic cimport dual_scale, fenchel_gap
from lassocore.penalties.blocks cimport (
    BlockPenalty, block_conjugate, block_norm, block_value, dual_ratio, is_penalised,
)
from lassocore.penalties.elastic_net cimport (
    Penalty, conjugate, curvature, has_bounds, has_curvature, has_kink, is_unpenalised, lower_bound, penalty_value,
    threshold, upper_bound,
)


cdef struct BlockAccuracy:
    # How accurately the unpenalised columns can be solved in floating point; see lassocore/problems/unpenalised.py.
    double tol                  # a column counts as solved where |X_j's r| <= tol ||X_j|| ||y0||,
    double error                # which may hide this part of the objective, over ||y0||^2
    double reach                # no solution has |w_j| ||X_j|| / ||y0|| beyond this


cdef extern from *:
    """
    #define LASSOCORE_UNPENALISED_TOL 1e-11
    """
    const double UNPENALISED_TOL "LASSOCORE_UNPENALISED_TOL"


cdef inline BlockAccuracy usual_accuracy() noexcept nogil:
    """That of unpenalised columns of which nothing is known, as of all columns at alpha = 0"""
    cdef BlockAccuracy accuracy
    accuracy.tol, accuracy.error, accuracy.reach = UNPENALISED_TOL, 0.0, INFINITY
    return accuracy


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


cdef inline Py_ssize_t load_positions(
    const double* values, Py_ssize_t first, Py_ssize_t width, Py_ssize_t n_tasks, Py_ssize_t stride, double* out
) noexcept nogil:
    """out = the numbers of so many positions from the first on, task by task; how many they are"""
    cdef Py_ssize_t i, t
    if width == 1:
        for t in range(n_tasks):
            out[t] = values[t * stride + first]
        return n_tasks
    for t in range(n_tasks):
        for i in range(width):
            out[t * width + i] = values[t * stride + first + i]
    return width * n_tasks


cdef struct BlockView:
    # Blocks of coefficients and residuals as the certificate sees them. W and C are stored task by task.
    const double* W
    const double* C             # X'(s R)
    const double* norms         # of the blocks of W
    const double* sq_norms      # of the columns of unpenalised blocks, which are blocks of one position
    const BlockPenalty* penalties
    const Py_ssize_t* starts    # of the blocks; the last of them ends at starts[n_blocks]
    Py_ssize_t n_blocks
    Py_ssize_t n_tasks
    Py_ssize_t stride           # between tasks
    double sq_residual          # ||R||_s^2
    double fit_product          # <R, Y0>_s
    double sq_target            # ||Y0||_s^2
    double outside_ratio        # a bound on the dual ratio of the blocks not listed, all of them 0; 0 for none
    bint support_only           # whether blocks that are 0 are fixed there
    BlockAccuracy accuracy
    double* scratch             # two blocks, the second of them scratch_size numbers after the first
    Py_ssize_t scratch_size


cdef inline Py_ssize_t load_view(
    const BlockView* view, const double* values, Py_ssize_t a, double* out
) noexcept nogil:
    """out = the numbers of block a, task by task; how many they are"""
    return load_positions(
        values, view.starts[a], view.starts[a + 1] - view.starts[a], view.n_tasks, view.stride, out)


cdef inline bint unpenalised_blocks_solved(const BlockView* view) noexcept nogil:
    """Whether every unpenalised column has X_j'R = 0"""
    cdef Py_ssize_t a, n
    cdef double small
    for a in range(view.n_blocks):
        if not is_penalised(&view.penalties[a]):
            small = view.accuracy.tol * sqrt(view.sq_norms[view.starts[a]]) * sqrt(view.sq_target)
            n = load_view(view, view.C, a, view.scratch)
            if not block_norm(view.scratch, n) <= small:
                return False
    return True


cdef inline double max_block_ratio(const BlockView* view, bint with_l2) noexcept nogil:
    """The largest dual ratio of the blocks with a norm penalty; with_l2: also of those with an l2 term as well"""
    cdef Py_ssize_t a, n
    cdef double kappa = view.outside_ratio
    for a in range(view.n_blocks):
        if view.support_only and view.norms[a] == 0.0:
            continue
        if view.penalties[a].l1 + view.penalties[a].feature_l1 > 0.0 and (with_l2 or view.penalties[a].l2 == 0.0):
            n = load_view(view, view.C, a, view.scratch)
            kappa = max(kappa, dual_ratio(&view.penalties[a], view.scratch, n))
    return kappa


cdef inline double block_gap_at(const BlockView* view, double t) noexcept nogil:
    """The gap at the dual point t R: (1 - t)^2 ||R||_s^2 / 2 + sum_a g_a(W_a) + h_a(t C_a) - t <W_a, C_a>, with the
    value g_a and the conjugate h_a of the penalty; each term is at least 0"""
    cdef Py_ssize_t a, i, n
    cdef double term, total = fenchel_gap(view.sq_residual, t)
    cdef double* c = view.scratch
    cdef double* w = view.scratch + view.scratch_size
    for a in range(view.n_blocks):
        if view.norms[a] == 0.0 and (view.penalties[a].l2 == 0.0 or view.support_only):
            continue
        n = load_view(view, view.C, a, c)
        term = block_conjugate(&view.penalties[a], c, n, t)
        if view.norms[a] != 0.0:
            load_view(view, view.W, a, w)
            term += block_value(&view.penalties[a], w, n, view.norms[a])
            for i in range(n):
                term -= t * w[i] * c[i]
        if not term <= 0.0:             # NaN propagates
            total += term
    return total


cdef inline Py_ssize_t load_augmented(const BlockView* view, Py_ssize_t a, BlockPenalty* penalty) noexcept nogil:
    """scratch = C_a - l2 W_a, then W_a; penalty is that of block a without l2"""
    cdef double* c = view.scratch
    cdef double* w = view.scratch + view.scratch_size
    cdef Py_ssize_t i, n = load_view(view, view.C, a, c)
    load_view(view, view.W, a, w)
    for i in range(n):
        c[i] -= view.penalties[a].l2 * w[i]
    penalty[0] = view.penalties[a]
    penalty.l2 = 0.0
    return n


cdef inline double augmented_block_gap(const BlockView* view) noexcept nogil:
    """The gap of the problem with l2 terms as one without them on [X; sqrt(l2) I], whose correlations are C - l2 W;
    infinite where a block with an l2 term alone leaves that problem no dual point."""
    cdef Py_ssize_t a, i, n
    cdef double t, kappa = view.outside_ratio, ridge = 0.0, total, term
    cdef BlockPenalty penalty
    cdef double* w = view.scratch + view.scratch_size
    for a in range(view.n_blocks):
        if view.support_only and view.norms[a] == 0.0:
            continue
        n = load_augmented(view, a, &penalty)
        ridge += view.penalties[a].l2 * view.norms[a] * view.norms[a]
        if penalty.l1 + penalty.feature_l1 > 0.0:
            kappa = max(kappa, dual_ratio(&penalty, view.scratch, n))
        elif view.penalties[a].l2 > 0.0:
            return INFINITY
    t = dual_scale(view.fit_product, view.sq_residual + ridge, kappa, True)
    total = fenchel_gap(view.sq_residual + ridge, t)
    for a in range(view.n_blocks):
        if view.norms[a] != 0.0:
            n = load_augmented(view, a, &penalty)
            term = block_value(&penalty, w, n, view.norms[a])
            for i in range(n):
                term -= t * w[i] * view.scratch[i]
            if not term <= 0.0:
                total += term
    return total


cdef inline double block_gap(const BlockView* view) noexcept nogil:
    """An upper bound of P(W) - P(W*), S-scaled: the smallest over several dual points made from the residuals"""
    cdef double kappa, gap, t
    cdef bint has_l2 = False
    cdef Py_ssize_t a
    if not unpenalised_blocks_solved(view):
        return INFINITY
    for a in range(view.n_blocks):
        has_l2 = has_l2 or view.penalties[a].l2 > 0.0
    kappa = max_block_ratio(view, False)
    t = dual_scale(view.fit_product, view.sq_residual, kappa, True)
    gap = block_gap_at(view, t)
    # A residual made of rounding errors is not orthogonal to the unpenalised columns, which a huge t would magnify.
    if has_l2 or abs(t) > 1.0:
        gap = min(gap, block_gap_at(view, 1.0 / kappa if kappa > 1.0 else 1.0))
    if has_l2:
        gap = min(gap, augmented_block_gap(view))
    gap += view.accuracy.error * view.sq_target
    return gap if gap >= 0.0 else INFINITY
