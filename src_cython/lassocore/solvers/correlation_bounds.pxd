# Lives here: rigorous bounds on correlations with many residuals at once, docs/math.md section 9. Must not know: X.
from libc.math cimport fabs, sqrt

from lassocore.designs.types cimport SLOTS
from lassocore.penalties.elastic_net cimport Penalty, signed_correlation

cdef enum:
    BASIS = 8                   # directions whose products with X are kept

# A column whose bound comes within this share of l1 is looked at.
cdef extern from *:
    """
    #define LASSOCORE_BOUND_MARGIN 1e-9
    """
    const double BOUND_MARGIN "LASSOCORE_BOUND_MARGIN"


cdef struct CorrelationState:
    # Residuals u_t = sqrt(s) r_t of n_slots levels, as sums over an orthonormal basis Q of past ones and a remainder.
    const double* products      # (n_features, BASIS): Z'Q, Z the columns sqrt(s) (X_j - mean_j)
    const double* orthogonal_norms         # ||Z_j - Q Q'Z_j||
    const double* norms         # ||Z_j||
    const double* coordinates   # (BASIS, SLOTS): Q'u_t
    const double* remainders    # ||u_t - Q Q'u_t||
    const double* roundings     # what rounding may hide, for a column of norm 1
    const double* l1_scales     # l1_reg of a column is this times its factor; infinite in slots that are not used
    const double* l1_factor
    Penalty penalty             # for the signs that the bounds leave open
    const char* in_set          # columns of the working set, which need no bound
    double* last_correlation                # X_j'(s r) at the last level of the last visit, exact or estimated
    double* slope               # its change over that of the l1 scale
    double last_scale           # the l1 scale it is known at
    Py_ssize_t n_basis
    Py_ssize_t n_slots


cdef inline Py_ssize_t update_max_ratio(
    const CorrelationState* state, Py_ssize_t j, const double* signed, double* max_ratio
) noexcept nogil:
    """strongest_t = max(strongest_t, pull_t / factor_j), how near to entering the columns at 0 come; returns the first
    level at which this column is beyond l1, or n_slots"""
    cdef double inverse = 1.0 / state.l1_factor[j]
    cdef Py_ssize_t t, n_beyond = 0
    for t in range(SLOTS):
        max_ratio[t] = max(max_ratio[t], signed[t] * inverse)
        n_beyond += signed[t] > state.l1_scales[t] * state.l1_factor[j]
    if n_beyond == 0:
        return state.n_slots
    t = 0
    while signed[t] <= state.l1_scales[t] * state.l1_factor[j]:
        t += 1
    return t


cdef inline void signed_correlations(const CorrelationState* state, Py_ssize_t j, const double* c, double* signed) noexcept nogil:
    """pulls = the signed_correlation part of correlations; slots that are not used pull nothing"""
    cdef Py_ssize_t t
    if state.penalty.lower == NULL:
        for t in range(SLOTS):
            signed[t] = fabs(c[t])
    else:
        for t in range(SLOTS):
            signed[t] = signed_correlation(&state.penalty, j, c[t])


cdef inline void update_slope(const CorrelationState* state, Py_ssize_t j, double c) noexcept nogil:
    """near_j <- c at the last level, trend_j <- the slope of the way there"""
    cdef double change = state.l1_scales[state.n_slots - 1] - state.last_scale
    if change != 0.0:
        state.slope[j] = (c - state.last_correlation[j]) / change
    state.last_correlation[j] = c


cdef inline void estimate_products(const CorrelationState* state, Py_ssize_t j, double* estimate) noexcept nogil:
    """(Z_j'Q)(Q'u_t) for all slots t"""
    cdef const double* products = state.products + j * BASIS
    cdef Py_ssize_t b, t
    for t in range(SLOTS):
        estimate[t] = 0.0
    for b in range(state.n_basis):
        for t in range(SLOTS):
            estimate[t] += products[b] * state.coordinates[b * SLOTS + t]


cdef inline bint bound_signed_correlations(const CorrelationState* state, Py_ssize_t j, const double* estimate, double* signed) noexcept nogil:
    """pulls_t >= signed_correlation X_j'(s r_t), from |Z_j'u - (Z_j'Q)(Q'u)| <= ||Z_j - QQ'Z_j|| ||u - QQ'u||; whether all of
    them keep column j at 0"""
    cdef Py_ssize_t t, n_beyond = 0
    signed_correlations(state, j, estimate, signed)
    for t in range(SLOTS):
        signed[t] += state.orthogonal_norms[j] * state.remainders[t] + state.norms[j] * state.roundings[t]
        n_beyond += signed[t] >= (1.0 - BOUND_MARGIN) * state.l1_scales[t] * state.l1_factor[j]
    return n_beyond == 0


cdef inline Py_ssize_t columns_not_ruled_out(
    const CorrelationState* state, const Py_ssize_t* features, Py_ssize_t n_features, Py_ssize_t* listed, double* max_ratio
) noexcept nogil:
    """listed = the features outside the working set that the bounds do not keep at 0 everywhere; returns how many"""
    cdef double estimate[SLOTS]
    cdef double signed[SLOTS]
    cdef Py_ssize_t j, k, n_listed = 0
    for k in range(n_features):
        j = features[k]
        if state.in_set[j]:
            continue
        if state.n_basis > 0:
            estimate_products(state, j, estimate)
            if bound_signed_correlations(state, j, estimate, signed):
                update_max_ratio(state, j, signed, max_ratio)
                update_slope(state, j, estimate[state.n_slots - 1])
                continue
        listed[n_listed] = j
        n_listed += 1
    return n_listed


cdef inline Py_ssize_t check_violations(
    const CorrelationState* state, const Py_ssize_t* listed, Py_ssize_t n_listed, const double* c, double* max_ratio,
    Py_ssize_t* first,
) noexcept nogil:
    """The same from exact correlations c (n_listed, SLOTS); first = the first level beyond whose l1 each is pulled, or
    n_slots; returns how many are"""
    cdef double signed[SLOTS]
    cdef Py_ssize_t j, k, n_violators = 0
    for k in range(n_listed):
        j = listed[k]
        signed_correlations(state, j, c + k * SLOTS, signed)
        update_slope(state, j, c[k * SLOTS + state.n_slots - 1])
        first[k] = update_max_ratio(state, j, signed, max_ratio)
        n_violators += first[k] < state.n_slots
    return n_violators


cdef inline Py_ssize_t columns_likely_to_enter(
    const CorrelationState* state, const Py_ssize_t* features, Py_ssize_t n_features, double l1_scale, double share,
    Py_ssize_t* listed,
) noexcept nogil:
    """listed = the features outside the working set whose trend takes them to this share of l1 at a level to come"""
    cdef Py_ssize_t j, k, n_listed = 0
    cdef double expected
    for k in range(n_features):
        j = features[k]
        expected = state.last_correlation[j] + state.slope[j] * (l1_scale - state.last_scale)
        listed[n_listed] = j
        n_listed += (not state.in_set[j]) and (
            signed_correlation(&state.penalty, j, expected) >= share * l1_scale * state.l1_factor[j])
    return n_listed


cdef inline double orthogonal_norm(double norm, const double* products, Py_ssize_t n_basis) noexcept nogil:
    """||Z_j - Q Q'Z_j|| from ||Z_j|| and Q'Z_j, rounded up"""
    cdef double orthogonal = norm * norm * (1.0 + 1e-12)
    cdef Py_ssize_t b
    for b in range(n_basis):
        orthogonal -= products[b] * products[b]
    return sqrt(orthogonal) if orthogonal > 0.0 else 0.0
