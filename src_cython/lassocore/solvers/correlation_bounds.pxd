# Lives here: rigorous bounds on correlations with many residuals at once, docs/math.md section 9. Must not know: X.
from libc.math cimport fabs, sqrt

from lassocore.designs.types cimport SLOTS
from lassocore.penalties.elastic_net cimport Penalty, outward

cdef enum:
    BASIS = 8                   # directions whose products with X are kept

# A column whose bound comes within this share of l1 is looked at.
cdef extern from *:
    """
    #define LASSOCORE_MARGIN 1e-9
    """
    const double MARGIN "LASSOCORE_MARGIN"


cdef struct Visit:
    # Residuals u_t = sqrt(s) r_t of n_slots levels, as sums over an orthonormal basis Q of past ones and a remainder.
    const double* products      # (n_features, BASIS): Z'Q, Z the columns sqrt(s) (X_j - mean_j)
    const double* rests         # ||Z_j - Q Q'Z_j||
    const double* norms         # ||Z_j||
    const double* coordinates   # (BASIS, SLOTS): Q'u_t
    const double* remainders    # ||u_t - Q Q'u_t||
    const double* roundings     # what rounding may hide, for a column of norm 1
    const double* l1_scales     # l1_reg of a column is this times its factor; infinite in slots that are not used
    const double* l1_factor
    Penalty penalty             # for the signs that the bounds leave open
    const char* in_set          # columns of the working set, which need no bound
    double* near                # X_j'(s r) at the last level of the last visit, exact or estimated
    double* trend               # its change over that of the l1 scale
    double last_scale           # the l1 scale it is known at
    Py_ssize_t n_basis
    Py_ssize_t n_slots


cdef inline Py_ssize_t note_pulls(
    const Visit* visit, Py_ssize_t j, const double* pulls, double* strongest
) noexcept nogil:
    """strongest_t = max(strongest_t, pull_t / factor_j), how near to entering the columns at 0 come; returns the first
    level at which this column is beyond l1, or n_slots"""
    cdef double inverse = 1.0 / visit.l1_factor[j]
    cdef Py_ssize_t t, n_beyond = 0
    for t in range(SLOTS):
        strongest[t] = max(strongest[t], pulls[t] * inverse)
        n_beyond += pulls[t] > visit.l1_scales[t] * visit.l1_factor[j]
    if n_beyond == 0:
        return visit.n_slots
    t = 0
    while pulls[t] <= visit.l1_scales[t] * visit.l1_factor[j]:
        t += 1
    return t


cdef inline void outward_pulls(const Visit* visit, Py_ssize_t j, const double* c, double* pulls) noexcept nogil:
    """pulls = the outward part of correlations; slots that are not used pull nothing"""
    cdef Py_ssize_t t
    if visit.penalty.lower == NULL:
        for t in range(SLOTS):
            pulls[t] = fabs(c[t])
    else:
        for t in range(SLOTS):
            pulls[t] = outward(&visit.penalty, j, c[t])


cdef inline void note_trend(const Visit* visit, Py_ssize_t j, double c) noexcept nogil:
    """near_j <- c at the last level, trend_j <- the slope of the way there"""
    cdef double change = visit.l1_scales[visit.n_slots - 1] - visit.last_scale
    if change != 0.0:
        visit.trend[j] = (c - visit.near[j]) / change
    visit.near[j] = c


cdef inline void estimate_products(const Visit* visit, Py_ssize_t j, double* estimate) noexcept nogil:
    """(Z_j'Q)(Q'u_t) for all slots t"""
    cdef const double* products = visit.products + j * BASIS
    cdef Py_ssize_t b, t
    for t in range(SLOTS):
        estimate[t] = 0.0
    for b in range(visit.n_basis):
        for t in range(SLOTS):
            estimate[t] += products[b] * visit.coordinates[b * SLOTS + t]


cdef inline bint bound_pulls(const Visit* visit, Py_ssize_t j, const double* estimate, double* pulls) noexcept nogil:
    """pulls_t >= outward X_j'(s r_t), from |Z_j'u - (Z_j'Q)(Q'u)| <= ||Z_j - QQ'Z_j|| ||u - QQ'u||; whether all of
    them keep column j at 0"""
    cdef Py_ssize_t t, n_beyond = 0
    outward_pulls(visit, j, estimate, pulls)
    for t in range(SLOTS):
        pulls[t] += visit.rests[j] * visit.remainders[t] + visit.norms[j] * visit.roundings[t]
        n_beyond += pulls[t] >= (1.0 - MARGIN) * visit.l1_scales[t] * visit.l1_factor[j]
    return n_beyond == 0


cdef inline Py_ssize_t list_unbounded(
    const Visit* visit, const Py_ssize_t* features, Py_ssize_t n_features, Py_ssize_t* listed, double* strongest
) noexcept nogil:
    """listed = the features outside the working set that the bounds do not keep at 0 everywhere; returns how many"""
    cdef double estimate[SLOTS]
    cdef double pulls[SLOTS]
    cdef Py_ssize_t j, k, n_listed = 0
    for k in range(n_features):
        j = features[k]
        if visit.in_set[j]:
            continue
        if visit.n_basis > 0:
            estimate_products(visit, j, estimate)
            if bound_pulls(visit, j, estimate, pulls):
                note_pulls(visit, j, pulls, strongest)
                note_trend(visit, j, estimate[visit.n_slots - 1])
                continue
        listed[n_listed] = j
        n_listed += 1
    return n_listed


cdef inline Py_ssize_t judge_listed(
    const Visit* visit, const Py_ssize_t* listed, Py_ssize_t n_listed, const double* c, double* strongest,
    Py_ssize_t* first,
) noexcept nogil:
    """The same from exact correlations c (n_listed, SLOTS); first = the first level beyond whose l1 each is pulled, or
    n_slots; returns how many are"""
    cdef double pulls[SLOTS]
    cdef Py_ssize_t j, k, n_violators = 0
    for k in range(n_listed):
        j = listed[k]
        outward_pulls(visit, j, c + k * SLOTS, pulls)
        note_trend(visit, j, c[k * SLOTS + visit.n_slots - 1])
        first[k] = note_pulls(visit, j, pulls, strongest)
        n_violators += first[k] < visit.n_slots
    return n_violators


cdef inline Py_ssize_t list_promising(
    const Visit* visit, const Py_ssize_t* features, Py_ssize_t n_features, double l1_scale, double share,
    Py_ssize_t* listed,
) noexcept nogil:
    """listed = the features outside the working set whose trend takes them to this share of l1 at a level to come"""
    cdef Py_ssize_t j, k, n_listed = 0
    cdef double expected
    for k in range(n_features):
        j = features[k]
        expected = visit.near[j] + visit.trend[j] * (l1_scale - visit.last_scale)
        listed[n_listed] = j
        n_listed += (not visit.in_set[j]) and (
            outward(&visit.penalty, j, expected) >= share * l1_scale * visit.l1_factor[j])
    return n_listed


cdef inline double rest_of(double norm, const double* products, Py_ssize_t n_basis) noexcept nogil:
    """||Z_j - Q Q'Z_j|| from ||Z_j|| and Q'Z_j, rounded up"""
    cdef double rest = norm * norm * (1.0 + 1e-12)
    cdef Py_ssize_t b
    for b in range(n_basis):
        rest -= products[b] * products[b]
    return sqrt(rest) if rest > 0.0 else 0.0
