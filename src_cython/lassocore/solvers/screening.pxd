# Lives here: which columns can be nonzero, and which are worth a visit. Must not know: convergence.
from libc.math cimport sqrt

from lassocore.penalties.elastic_net cimport Penalty, signed_correlation
from lassocore.solvers.gap cimport ResidualView

cdef enum:
    N_BINS = 1024               # of the pulls of columns that want to enter


cdef inline Py_ssize_t screen_gap_safe(
    const Penalty* penalty, const double* w, const ResidualView* view, double gap, Py_ssize_t* candidates
) noexcept nogil:
    """Keep the columns that can be nonzero in a solution; returns how many.

    The objective is 1-strongly convex in the residual, so ||r - r*||_s^2 <= 2 gap and |X_j'r*| <= |c_j| +
    ||X_j|| sqrt(2 gap): a sphere test in the manner of Gap Safe (Ndiaye et al. 2017), for every penalty here;
    docs/math.md (5.4).
    """
    cdef Py_ssize_t j, k, n_candidates = 0
    cdef double reach
    for k in range(view.n_columns):
        j = view.columns[k]
        reach = signed_correlation(penalty, j, view.c[j]) + (1.0 + 1e-9) * sqrt(2.0 * gap) * sqrt(view.sq_norms[j])
        if w[j] != 0.0 or reach >= penalty.l1_reg[j]:
            candidates[n_candidates] = j
            n_candidates += 1
    return n_candidates


cdef inline double max_correlation_ratio(const Penalty* penalty, const ResidualView* view) noexcept nogil:
    """max_j of the signed_correlation correlation over l1_j: 1 or less where all coefficients stay at 0"""
    cdef Py_ssize_t j, k
    cdef double max_ratio = 0.0, signed
    for k in range(view.n_columns):
        j = view.columns[k]
        signed = signed_correlation(penalty, j, view.c[j])
        if penalty.l1_reg[j] > 0.0 and signed > max_ratio * penalty.l1_reg[j]:
            max_ratio = signed / penalty.l1_reg[j]
    return max_ratio


cdef inline bint enters(
    const Penalty* penalty, const double* w, const double* c, double threshold, Py_ssize_t j
) noexcept nogil:
    """Whether column j is worth visiting: in the support, without l1, or pulled beyond threshold * l1"""
    return w[j] != 0.0 or penalty.l1_reg[j] == 0.0 or signed_correlation(penalty, j, c[j]) > threshold * penalty.l1_reg[j]


cdef inline Py_ssize_t select_active(
    const Penalty* penalty, const double* w, const ResidualView* view, double threshold, Py_ssize_t* active
) noexcept nogil:
    """active = the columns of the scan that enter at this threshold; returns how many. active may be scan.columns."""
    cdef Py_ssize_t j, k, n_active = 0
    for k in range(view.n_columns):
        j = view.columns[k]
        if enters(penalty, w, view.c, threshold, j):
            active[n_active] = j
            n_active += 1
    return n_active


cdef inline Py_ssize_t count_entering(
    const Penalty* penalty, const double* w, const ResidualView* view, double threshold
) noexcept nogil:
    """How many columns of the scan enter at this threshold"""
    cdef Py_ssize_t k, n_entering = 0
    for k in range(view.n_columns):
        n_entering += enters(penalty, w, view.c, threshold, view.columns[k])
    return n_entering


cdef inline double entry_threshold(
    const Penalty* penalty, const double* w, const ResidualView* view, double least, Py_ssize_t limit
) noexcept nogil:
    """A threshold >= least at which about `limit` columns enter, the support and the strongest of the others"""
    cdef Py_ssize_t[N_BINS] counts
    cdef Py_ssize_t j, k, n_entering = 0, n_always = 0
    cdef double high, width, signed
    cdef int bin
    if count_entering(penalty, w, view, least) <= limit:
        return least
    high = max_correlation_ratio(penalty, view)
    if high <= least:
        return least                # all that enter do so at any threshold
    width = (high - least) / N_BINS
    for bin in range(N_BINS):
        counts[bin] = 0
    for k in range(view.n_columns):
        j = view.columns[k]
        if w[j] != 0.0 or penalty.l1_reg[j] == 0.0:
            n_always += 1
            continue
        signed = signed_correlation(penalty, j, view.c[j])
        if signed > least * penalty.l1_reg[j]:
            bin = <int>((signed / penalty.l1_reg[j] - least) / width)
            counts[min(bin, N_BINS - 1)] += 1
    n_entering = n_always
    for bin in range(N_BINS - 1, -1, -1):
        n_entering += counts[bin]
        if n_entering > limit:
            break
    return least + bin * width
