# Lives here: rigorous bounds on correlations with residuals, docs/math.md section 9. Independent of: X, solvers.
from libc.math cimport fabs, sqrt

from lassocore.designs.types cimport SLOTS
from lassocore.penalties.elastic_net cimport Penalty, has_bounds, signed_correlation

cdef enum:
    BASIS = 8                   # directions whose products with X are stored

# A column whose bound is within this fraction of l1 counts as not ruled out.
cdef extern from *:
    """
    #define LASSOCORE_BOUND_MARGIN 1e-9
    """
    const double BOUND_MARGIN "LASSOCORE_BOUND_MARGIN"


cdef struct CorrelationState:
    # Residuals u_t = sqrt(s) r_t of n_slots levels, each a combination of an orthonormal basis Q (of earlier residuals)
    # plus a remainder; and for every column Z_j = sqrt(s) (X_j - mean_j) its products with the basis.
    const double* products      # (n_features, BASIS): Z'Q
    const double* orthogonal_norms  # ||Z_j - Q Q'Z_j||
    const double* norms         # ||Z_j||
    const double* coordinates   # (BASIS, SLOTS): Q'u_t
    const double* remainders    # ||u_t - Q Q'u_t||
    const double* roundings     # a bound on the rounding error, for a column of norm 1
    const double* l1_scales     # the threshold of column j is this times l1_factor[j]; infinite in unused slots
    const double* l1_factor
    Penalty penalty             # its bounds alone: which sign of a correlation counts
    const char* in_set          # columns of the working set, which need no bound
    double* last_correlation    # X_j'(s r) at the last level of the last batch, exact or estimated
    double* slope               # its derivative with respect to the l1 scale, by differences
    double last_scale           # the l1 scale of last_correlation
    Py_ssize_t n_basis
    Py_ssize_t n_slots


cdef inline Py_ssize_t update_max_ratio(
    const CorrelationState* state, Py_ssize_t j, const double* correlations, double* max_ratio
) noexcept nogil:
    """max_ratio_t = max(max_ratio_t, correlations_t / factor_j); returns the first level at which the correlation of
    column j exceeds its threshold, or n_slots"""
    cdef double inverse = 1.0 / state.l1_factor[j]
    cdef Py_ssize_t t, n_beyond = 0
    for t in range(SLOTS):
        max_ratio[t] = max(max_ratio[t], correlations[t] * inverse)
        n_beyond += correlations[t] > state.l1_scales[t] * state.l1_factor[j]
    if n_beyond == 0:
        return state.n_slots
    t = 0
    while correlations[t] <= state.l1_scales[t] * state.l1_factor[j]:
        t += 1
    return t


cdef inline void signed_correlations(
    const CorrelationState* state, Py_ssize_t j, const double* c, double* out
) noexcept nogil:
    """out_t = the signed correlation of c_t"""
    cdef Py_ssize_t t
    if not has_bounds(&state.penalty):
        for t in range(SLOTS):
            out[t] = fabs(c[t])
    else:
        for t in range(SLOTS):
            out[t] = signed_correlation(&state.penalty, j, c[t])


cdef inline void update_slope(const CorrelationState* state, Py_ssize_t j, double c) noexcept nogil:
    """last_correlation_j <- c, at the last level; slope_j <- the change since then over that of the l1 scale"""
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


cdef inline bint bound_correlations(
    const CorrelationState* state, Py_ssize_t j, const double* estimate, double* bounds
) noexcept nogil:
    """bounds_t >= the signed correlation of X_j'(s r_t), as |Z_j'u - (Z_j'Q)(Q'u)| <= ||Z_j - QQ'Z_j|| ||u - QQ'u||;
    whether all of them are below the threshold"""
    cdef Py_ssize_t t, n_beyond = 0
    signed_correlations(state, j, estimate, bounds)
    for t in range(SLOTS):
        bounds[t] += state.orthogonal_norms[j] * state.remainders[t] + state.norms[j] * state.roundings[t]
        n_beyond += bounds[t] >= (1.0 - BOUND_MARGIN) * state.l1_scales[t] * state.l1_factor[j]
    return n_beyond == 0


cdef inline Py_ssize_t columns_not_ruled_out(
    const CorrelationState* state, const Py_ssize_t* features, Py_ssize_t n_features, Py_ssize_t* listed,
    double* max_ratio
) noexcept nogil:
    """listed = the features outside the working set that may be nonzero at some level; returns how many.

    The bounds of the others raise max_ratio.
    """
    cdef double estimate[SLOTS]
    cdef double bounds[SLOTS]
    cdef Py_ssize_t j, k, n_listed = 0
    for k in range(n_features):
        j = features[k]
        if state.in_set[j]:
            continue
        if state.n_basis > 0:
            estimate_products(state, j, estimate)
            if bound_correlations(state, j, estimate, bounds):
                update_max_ratio(state, j, bounds, max_ratio)
                update_slope(state, j, estimate[state.n_slots - 1])
                continue
        listed[n_listed] = j
        n_listed += 1
    return n_listed


cdef inline Py_ssize_t check_violations(
    const CorrelationState* state, const Py_ssize_t* listed, Py_ssize_t n_listed, const double* c, double* max_ratio,
    Py_ssize_t* first,
) noexcept nogil:
    """first = the first level at which each listed column violates optimality, or n_slots, from the exact correlations
    c (n_listed, SLOTS), which raise max_ratio; returns how many violate"""
    cdef double correlations[SLOTS]
    cdef Py_ssize_t j, k, n_violators = 0
    for k in range(n_listed):
        j = listed[k]
        signed_correlations(state, j, c + k * SLOTS, correlations)
        update_slope(state, j, c[k * SLOTS + state.n_slots - 1])
        first[k] = update_max_ratio(state, j, correlations, max_ratio)
        n_violators += first[k] < state.n_slots
    return n_violators


cdef inline Py_ssize_t columns_likely_to_enter(
    const CorrelationState* state, const Py_ssize_t* features, Py_ssize_t n_features, double l1_scale, double share,
    Py_ssize_t* listed,
) noexcept nogil:
    """listed = the features outside the working set whose correlation, extrapolated along its slope to this l1 scale,
    is at least `share` of the threshold there; returns how many"""
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
    cdef double sq_norm = norm * norm * (1.0 + 1e-12)
    cdef Py_ssize_t b
    for b in range(n_basis):
        sq_norm -= products[b] * products[b]
    return sqrt(sq_norm) if sq_norm > 0.0 else 0.0
