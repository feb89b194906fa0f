# Lives here: which columns can be nonzero, and which are worth a visit. Must not know: convergence.
from libc.math cimport sqrt

from lassocore.penalties.elastic_net cimport Penalty, outward
from lassocore.solvers.gap cimport Scan

cdef enum:
    N_BINS = 1024               # of the pulls of columns that want to enter


cdef inline Py_ssize_t screen_gap_safe(
    const Penalty* penalty, const double* w, const Scan* scan, double gap, Py_ssize_t* candidates
) noexcept nogil:
    """Keep the columns that can be nonzero in a solution; returns how many.

    The objective is 1-strongly convex in the residual, so ||r - r*||_s^2 <= 2 gap and |X_j'r*| <= |c_j| +
    ||X_j|| sqrt(2 gap): a sphere test in the manner of Gap Safe (Ndiaye et al. 2017), for every penalty here;
    docs/math.md (5.4).
    """
    cdef Py_ssize_t j, k, n_candidates = 0
    cdef double reach
    for k in range(scan.n_columns):
        j = scan.columns[k]
        reach = outward(penalty, j, scan.c[j]) + (1.0 + 1e-9) * sqrt(2.0 * gap) * sqrt(scan.sq_norms[j])
        if w[j] != 0.0 or reach >= penalty.l1_reg[j]:
            candidates[n_candidates] = j
            n_candidates += 1
    return n_candidates


cdef inline double strongest_pull(const Penalty* penalty, const Scan* scan) noexcept nogil:
    """max_j of the outward correlation over l1_j: 1 or less where all coefficients stay at 0"""
    cdef Py_ssize_t j, k
    cdef double strongest = 0.0, pull
    for k in range(scan.n_columns):
        j = scan.columns[k]
        pull = outward(penalty, j, scan.c[j])
        if penalty.l1_reg[j] > 0.0 and pull > strongest * penalty.l1_reg[j]:
            strongest = pull / penalty.l1_reg[j]
    return strongest


cdef inline bint enters(
    const Penalty* penalty, const double* w, const double* c, double threshold, Py_ssize_t j
) noexcept nogil:
    """Whether column j is worth visiting: in the support, without l1, or pulled beyond threshold * l1"""
    return w[j] != 0.0 or penalty.l1_reg[j] == 0.0 or outward(penalty, j, c[j]) > threshold * penalty.l1_reg[j]


cdef inline Py_ssize_t select_active(
    const Penalty* penalty, const double* w, const Scan* scan, double threshold, Py_ssize_t* active
) noexcept nogil:
    """active = the columns of the scan that enter at this threshold; returns how many. active may be scan.columns."""
    cdef Py_ssize_t j, k, n_active = 0
    for k in range(scan.n_columns):
        j = scan.columns[k]
        if enters(penalty, w, scan.c, threshold, j):
            active[n_active] = j
            n_active += 1
    return n_active


cdef inline Py_ssize_t count_entering(
    const Penalty* penalty, const double* w, const Scan* scan, double threshold
) noexcept nogil:
    """How many columns of the scan enter at this threshold"""
    cdef Py_ssize_t k, n_entering = 0
    for k in range(scan.n_columns):
        n_entering += enters(penalty, w, scan.c, threshold, scan.columns[k])
    return n_entering


cdef inline double entry_threshold(
    const Penalty* penalty, const double* w, const Scan* scan, double least, Py_ssize_t limit
) noexcept nogil:
    """A threshold >= least at which about `limit` columns enter, the support and the strongest of the others"""
    cdef Py_ssize_t[N_BINS] counts
    cdef Py_ssize_t j, k, n_entering = 0, n_always = 0
    cdef double high, width, pull
    cdef int bin
    if count_entering(penalty, w, scan, least) <= limit:
        return least
    high = strongest_pull(penalty, scan)
    if high <= least:
        return least                # all that enter do so at any threshold
    width = (high - least) / N_BINS
    for bin in range(N_BINS):
        counts[bin] = 0
    for k in range(scan.n_columns):
        j = scan.columns[k]
        if w[j] != 0.0 or penalty.l1_reg[j] == 0.0:
            n_always += 1
            continue
        pull = outward(penalty, j, scan.c[j])
        if pull > least * penalty.l1_reg[j]:
            bin = <int>((pull / penalty.l1_reg[j] - least) / width)
            counts[min(bin, N_BINS - 1)] += 1
    n_entering = n_always
    for bin in range(N_BINS - 1, -1, -1):
        n_entering += counts[bin]
        if n_entering > limit:
            break
    return least + bin * width
