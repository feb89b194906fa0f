# Lives here: rigorous bounds on correlations with residuals, docs/math.md section 9. Independent of: X, solvers.
from libc.math cimport INFINITY

from lassocore.designs.slots cimport (
    Slots, abs_slots, add_product, add_scaled, add_slots, any_reaches, equal_slots, load_slots, max_slots, no_slots,
    scaled_slots, store_slots,
)
from lassocore.designs.types cimport SLOTS
from lassocore.penalties.elastic_net cimport signed_by
from lassocore.solvers.residual_basis cimport BASIS, HALF_BASIS, Projection, ResidualBasis

# A column whose bound is within this fraction of l1 counts as not ruled out.
cdef extern from *:
    """
    #define LASSOCORE_BOUND_MARGIN 1e-9
    """
    const double BOUND_MARGIN "LASSOCORE_BOUND_MARGIN"


cdef struct CorrelationState:
    # What is known of the correlations c_j = X_j'(s r) of the columns outside a working set.
    ResidualBasis basis
    Projection projection       # of the residuals of the batch
    double[SLOTS] l1_scales     # of its levels; infinite in unused slots
    const double* inverse_factors  # 1 / l1_factor: the threshold of column j is l1_scale * l1_factor[j]
    const double* sides         # of penalties: which sign of a correlation counts; NULL for both in all columns
    const char* in_set          # columns of the working set, which need no bound
    double* current             # c at the last level of the batch, exact or estimated,
    double* last                # of the batch before,
    double* previous            # and of the one before that
    double last_scale
    double previous_scale
    Py_ssize_t n_slots


# A batch.

cdef inline void begin_batch(CorrelationState* state, const double* l1_scales, Py_ssize_t n_slots) noexcept nogil:
    """Start a batch of levels. The functions below collect in max_ratio the largest signed correlation over l1_factor
    at each of them"""
    cdef Py_ssize_t t
    for t in range(SLOTS):
        state.l1_scales[t] = l1_scales[t] if t < n_slots else INFINITY
    state.n_slots = n_slots


cdef inline void end_batch(CorrelationState* state) noexcept nogil:
    """The correlations of the batch become the last ones"""
    cdef double* former = state.last
    cdef double scale = state.l1_scales[state.n_slots - 1]
    state.last = state.current
    if scale != state.last_scale:
        state.current, state.previous = state.previous, former
        state.previous_scale, state.last_scale = state.last_scale, scale
    else:
        state.current = former


cdef inline Slots signed_slots(double side, Slots c) noexcept nogil:
    """signed_by(side, c) of every slot"""
    return abs_slots(c) if side == 0.0 else scaled_slots(side, c)


cdef inline Slots estimates(const Slots* coordinates, const double* products, bint all_directions) noexcept nogil:
    """(Z_j'Q)(Q'u_t) of every slot t"""
    cdef Slots first = no_slots(), second = no_slots()
    cdef Py_ssize_t b
    for b in range(HALF_BASIS):
        first = add_scaled(first, products[b], coordinates[b])
    if all_directions:
        for b in range(HALF_BASIS, BASIS):
            second = add_scaled(second, products[b], coordinates[b])
    return add_slots(first, second)


cdef inline Py_ssize_t list_outside(
    const CorrelationState* state, const Py_ssize_t* features, Py_ssize_t n_features, Py_ssize_t* listed
) noexcept nogil:
    """listed = the features outside the working set; returns how many"""
    cdef Py_ssize_t k, n_listed = 0
    for k in range(n_features):
        listed[n_listed] = features[k]
        n_listed += state.in_set[features[k]] == 0
    return n_listed


cdef inline Py_ssize_t columns_not_ruled_out(
    const CorrelationState* state, const Py_ssize_t* features, Py_ssize_t n_features, Py_ssize_t* listed,
    double* max_ratio
) noexcept nogil:
    """listed = the features outside the working set that may be nonzero at some level; returns how many.

    The bounds of the others raise max_ratio. They bound the signed correlation of X_j'(s r_t), as
    |Z_j'u - (Z_j'Q)(Q'u)| <= ||Z_j - QQ'Z_j|| ||u - QQ'u||.
    """
    cdef const ResidualBasis* basis = &state.basis
    cdef Slots thresholds = scaled_slots(1.0 - BOUND_MARGIN, load_slots(state.l1_scales))
    cdef Slots remainders = load_slots(state.projection.remainders), roundings = load_slots(state.projection.roundings)
    cdef Slots largest = load_slots(max_ratio)
    cdef Slots estimate, bounds
    cdef Slots coordinates[BASIS]
    cdef double estimated[SLOTS]
    cdef const double* sides = state.sides
    cdef const double* products = basis.products
    cdef const double* inverse_factors = state.inverse_factors
    cdef double* current = state.current
    cdef bint all_directions = basis.n_directions > HALF_BASIS
    cdef Py_ssize_t b, j, k, n_listed = 0, end = state.n_slots - 1
    if basis.n_directions == 0:
        return list_outside(state, features, n_features, listed)
    for b in range(BASIS):
        coordinates[b] = load_slots(state.projection.coordinates + SLOTS * b)
    for k in range(n_features):
        j = features[k]
        if state.in_set[j]:
            continue
        estimate = estimates(coordinates, products + BASIS * j, all_directions)
        bounds = signed_slots(0.0 if sides == NULL else sides[j], estimate)
        bounds = add_scaled(bounds, basis.orthogonal_norms[j], remainders)
        bounds = add_scaled(bounds, basis.norms[j], roundings)
        bounds = scaled_slots(inverse_factors[j], bounds)
        if any_reaches(bounds, thresholds):
            listed[n_listed] = j
            n_listed += 1
            continue
        largest = max_slots(largest, bounds)
        store_slots(estimated, estimate)
        current[j] = estimated[end]
    store_slots(max_ratio, largest)
    return n_listed


cdef inline Py_ssize_t first_beyond(const CorrelationState* state, const double* ratios) noexcept nogil:
    """The first level whose l1 scale this ratio exceeds, or n_slots"""
    cdef Py_ssize_t t
    for t in range(state.n_slots):
        if ratios[t] > state.l1_scales[t]:
            return t
    return state.n_slots


cdef inline Py_ssize_t check_violations(
    const CorrelationState* state, const Py_ssize_t* listed, Py_ssize_t n_listed, const double* c, double* max_ratio,
    Py_ssize_t* first
) noexcept nogil:
    """first = the first level at which each listed column violates optimality, or n_slots, from the exact correlations
    c (n_listed, SLOTS), which raise max_ratio; returns how many violate. Columns of the working set do not count."""
    cdef Slots thresholds = load_slots(state.l1_scales), largest = load_slots(max_ratio), ratios
    cdef double beyond[SLOTS]
    cdef const double* sides = state.sides
    cdef Py_ssize_t j, k, n_violators = 0
    for k in range(n_listed):
        j = listed[k]
        first[k] = state.n_slots
        if state.in_set[j]:
            continue
        ratios = signed_slots(0.0 if sides == NULL else sides[j], load_slots(c + SLOTS * k))
        ratios = scaled_slots(state.inverse_factors[j], ratios)
        largest = max_slots(largest, ratios)
        state.current[j] = c[SLOTS * k + state.n_slots - 1]
        if any_reaches(ratios, thresholds):
            store_slots(beyond, ratios)
            first[k] = first_beyond(state, beyond)
            n_violators += first[k] < state.n_slots
    store_slots(max_ratio, largest)
    return n_violators


# Between batches: extrapolation along the line through the last two correlations.

cdef inline double growth(const CorrelationState* state, double l1_scale) noexcept nogil:
    """How many times the last change of the correlations is to be added for this l1 scale"""
    cdef double change = state.last_scale - state.previous_scale
    return (l1_scale - state.last_scale) / change if change != 0.0 else 0.0


cdef inline double expected_correlation(const CorrelationState* state, Py_ssize_t j, double growth) noexcept nogil:
    """The correlation of column j after this growth"""
    return state.last[j] + growth * (state.last[j] - state.previous[j])


cdef inline void set_correlation(CorrelationState* state, Py_ssize_t j, double c) noexcept nogil:
    """The correlation of a column that leaves the working set, without a slope"""
    state.last[j] = state.previous[j] = c


cdef inline bint is_likely(
    const CorrelationState* state, Py_ssize_t j, double growth, double threshold
) noexcept nogil:
    """Whether column j is outside the working set and expected to reach this threshold, times its l1 factor"""
    cdef double side = 0.0 if state.sides == NULL else state.sides[j]
    cdef double signed = signed_by(side, expected_correlation(state, j, growth))
    return state.in_set[j] == 0 and signed * state.inverse_factors[j] >= threshold


cdef inline bint none_likely(
    const CorrelationState* state, Py_ssize_t j, double growth, double threshold
) noexcept nogil:
    """Whether SLOTS adjacent columns from j on are all expected to stay below this threshold, whatever their sides"""
    cdef Slots last = load_slots(state.last + j)
    cdef Slots change = add_scaled(last, -1.0, load_slots(state.previous + j))
    cdef Slots expected = abs_slots(add_scaled(last, growth, change))
    cdef Slots ratios = add_product(no_slots(), expected, load_slots(state.inverse_factors + j))
    return not any_reaches(ratios, equal_slots(threshold))


cdef inline Py_ssize_t columns_likely_to_enter(
    const CorrelationState* state, const Py_ssize_t* features, Py_ssize_t n_features, double l1_scale, double share,
    Py_ssize_t* listed
) noexcept nogil:
    """listed = the features outside the working set whose correlation, extrapolated to this l1 scale, is at least
    `share` of the threshold there; returns how many"""
    cdef double times = growth(state, l1_scale)
    cdef Py_ssize_t k = 0, stop, n_listed = 0
    while k < n_features:
        stop = min(k + SLOTS, n_features)
        if stop - k == SLOTS and features[stop - 1] - features[k] == SLOTS - 1 and none_likely(
                state, features[k], times, share * l1_scale):
            k = stop
        while k < stop:
            listed[n_listed] = features[k]
            n_listed += is_likely(state, features[k], times, share * l1_scale)
            k += 1
    return n_listed


cdef inline Py_ssize_t keep_strongest(
    const CorrelationState* state, Py_ssize_t* listed, double* c, Py_ssize_t n_listed, Py_ssize_t limit
) noexcept nogil:
    """Move the columns with the largest signed c_j / l1_factor_j to the front, at most `limit`; how many. c, the
    correlations of the listed columns, is overwritten."""
    cdef Py_ssize_t first = 0, last = n_listed - 1, low, high, j, k
    cdef double pivot
    for k in range(n_listed):
        j = listed[k]
        c[k] = signed_by(0.0 if state.sides == NULL else state.sides[j], c[k]) * state.inverse_factors[j]
    while first < last and limit < n_listed:        # quickselect (Hoare 1961)
        low, high, pivot = first, last, c[first + (last - first) // 2]
        while low <= high:
            while c[low] > pivot:
                low += 1
            while c[high] < pivot:
                high -= 1
            if low <= high:
                c[low], c[high] = c[high], c[low]
                listed[low], listed[high] = listed[high], listed[low]
                low, high = low + 1, high - 1
        if limit <= high:
            last = high
        elif limit > low:
            first = low
        else:
            break
    return min(n_listed, limit)
