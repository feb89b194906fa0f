# Lives here: which columns can be nonzero, and which ones epochs visit. Independent of: convergence, order of visits.
from libc.math cimport sqrt

from lassocore.datafits.quadratic cimport residual_radius
from lassocore.penalties.elastic_net cimport Penalty, has_kink, signed_correlation, threshold
from lassocore.solvers.gap cimport ResidualView

cdef enum:
    N_BINS = 1024               # of the histogram of correlation ratios


cdef inline Py_ssize_t screen_gap_safe(
    const Penalty* penalty, const double* w, const ResidualView* view, double gap, Py_ssize_t* candidates
) noexcept nogil:
    """candidates = the columns that can be nonzero in a solution; returns how many.

    With ||r - r*||_s <= R the optimal correlation |X_j'r*| is at most |c_j| + ||X_j|| R: a sphere test in the manner of
    Gap Safe (Ndiaye et al. 2017), for every penalty here; docs/math.md (5.4).
    """
    cdef Py_ssize_t j, k, n_candidates = 0
    cdef double reach
    for k in range(view.n_columns):
        j = view.columns[k]
        reach = (signed_correlation(penalty, j, view.c[j])
                 + (1.0 + 1e-9) * residual_radius(gap) * sqrt(view.sq_norms[j]))
        if w[j] != 0.0 or reach >= threshold(penalty, j):
            candidates[n_candidates] = j
            n_candidates += 1
    return n_candidates


cdef inline double max_correlation_ratio(const Penalty* penalty, const ResidualView* view) noexcept nogil:
    """max_j of the signed correlation over l1_j: at most 1 where w = 0 is optimal"""
    cdef Py_ssize_t j, k
    cdef double max_ratio = 0.0, correlation
    for k in range(view.n_columns):
        j = view.columns[k]
        correlation = signed_correlation(penalty, j, view.c[j])
        if has_kink(penalty, j) and correlation > max_ratio * threshold(penalty, j):
            max_ratio = correlation / threshold(penalty, j)
    return max_ratio


cdef inline bint enters(
    const Penalty* penalty, const double* w, const double* c, double ratio, Py_ssize_t j
) noexcept nogil:
    """Whether epochs should visit column j: nonzero, without l1, or with a correlation beyond ratio * l1"""
    return (w[j] != 0.0 or not has_kink(penalty, j)
            or signed_correlation(penalty, j, c[j]) > ratio * threshold(penalty, j))


cdef inline Py_ssize_t select_active(
    const Penalty* penalty, const double* w, const ResidualView* view, double ratio, Py_ssize_t* active
) noexcept nogil:
    """active = the columns of the view that enter at this ratio; returns how many. active may be view.columns."""
    cdef Py_ssize_t j, k, n_active = 0
    for k in range(view.n_columns):
        j = view.columns[k]
        if enters(penalty, w, view.c, ratio, j):
            active[n_active] = j
            n_active += 1
    return n_active


cdef inline Py_ssize_t count_entering(
    const Penalty* penalty, const double* w, const ResidualView* view, double ratio
) noexcept nogil:
    """How many columns of the view enter at this ratio"""
    cdef Py_ssize_t k, n_entering = 0
    for k in range(view.n_columns):
        n_entering += enters(penalty, w, view.c, ratio, view.columns[k])
    return n_entering


cdef inline double strong_threshold(double previous, double alpha) noexcept nogil:
    """The sequential strong rule |c_j| >= 2 l1 - l1_previous as a multiple of l1 (Tibshirani et al. 2012)"""
    return 0.0 if previous >= 2.0 * alpha else min(1.0, 2.0 - previous / alpha)


cdef inline double entry_ratio(
    const Penalty* penalty, const double* w, const ResidualView* view, double min_ratio, Py_ssize_t limit
) noexcept nogil:
    """A ratio >= min_ratio at which about `limit` columns enter: the support and the largest correlations besides.

    It is read off a histogram of the ratios.
    """
    cdef Py_ssize_t[N_BINS] counts
    cdef Py_ssize_t j, k, n_entering = 0, n_at_any_ratio = 0
    cdef double max_ratio, width, correlation
    cdef int bin
    if count_entering(penalty, w, view, min_ratio) <= limit:
        return min_ratio
    max_ratio = max_correlation_ratio(penalty, view)
    if max_ratio <= min_ratio:
        return min_ratio            # whatever enters does so at any ratio
    width = (max_ratio - min_ratio) / N_BINS
    for bin in range(N_BINS):
        counts[bin] = 0
    for k in range(view.n_columns):
        j = view.columns[k]
        if w[j] != 0.0 or not has_kink(penalty, j):
            n_at_any_ratio += 1
            continue
        correlation = signed_correlation(penalty, j, view.c[j])
        if correlation > min_ratio * threshold(penalty, j):
            bin = <int>((correlation / threshold(penalty, j) - min_ratio) / width)
            counts[min(bin, N_BINS - 1)] += 1
    n_entering = n_at_any_ratio
    for bin in range(N_BINS - 1, -1, -1):
        n_entering += counts[bin]
        if n_entering > limit:
            break
    return min_ratio + bin * width
