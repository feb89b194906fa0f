# Lives here: one penalty level on the Gram matrix of a working set. Independent of: X, other columns, alpha.
from libc.float cimport DBL_EPSILON
from libc.math cimport INFINITY, fabs, hypot, sqrt
from libc.string cimport memcpy

from lassocore.core.signals cimport interrupted
from lassocore.datafits.quadratic cimport residual_products
from lassocore.designs.slots cimport Slots, abs_slots, any_reaches, equal_slots, load_slots
from lassocore.designs.types cimport SLOTS, Residual
from lassocore.solvers.epoch cimport cd_epoch
from lassocore.penalties.elastic_net cimport (
    curvature, distance_to_subdifferential, has_bounds, has_curvature, has_kink, signed_correlation, threshold,
)
from lassocore.solvers.factor cimport Factor, append_members, clear_members, delete_member
from lassocore.solvers.gap cimport BlockAccuracy, ResidualView, duality_gap, max_dual_ratio
from lassocore.solvers.newton cimport (
    ActiveSet, admit, begin_chain, correct_correlations, gather_moves, is_free, jump, l1_slope_at, newton_chain,
    present_correlation, watch,
)
from lassocore.solvers.recording cimport EPOCH, EXACT_STEP, Recorder, record
from lassocore.solvers.state cimport CONVERGED, INTERRUPTED, MAX_ITER, STALLED, STALL_TOL, Outcome

cdef enum:
    MIN_ENTRANTS = 16           # positions that may join at a time, in addition to the number of members
    ROUNDS_UNTIL_EPOCHS = 4     # without gain
    MAX_ROUNDS_WITHOUT_GAIN = 40
    MAX_NEAR_ROUNDS = 8         # before all correlations are corrected
    MIN_STRONGEST = 2           # if more violate than this,
    STRONGEST_SHARE = 16        # and one for each so many members, only the strongest join

cdef extern from *:
    """
    #define LASSOCORE_FORETOLD_RATIO 1.02
    #define LASSOCORE_NEAR_RATIO 0.95
    #define LASSOCORE_NEAR_VIOLATION 1e-9
    #define LASSOCORE_MIN_VIOLATION 1e-13
    #define LASSOCORE_GAIN_TOL 1e-15
    #define LASSOCORE_STRICT_TOL 1e-12
    """
    # Columns whose extrapolated |c_j| exceeds this multiple of l1_j join before a level,
    const double FORETOLD_RATIO "LASSOCORE_FORETOLD_RATIO"
    # those beyond this multiple are checked after every chain, and join beyond 1 + NEAR_VIOLATION.
    const double NEAR_RATIO "LASSOCORE_NEAR_RATIO"
    const double NEAR_VIOLATION "LASSOCORE_NEAR_VIOLATION"
    # An excess of |c_j| over l1_j, relative to it, that is rounding error.
    const double MIN_VIOLATION "LASSOCORE_MIN_VIOLATION"
    # A decrease of the objective below this fraction of ||y0||_s^2 is rounding error.
    const double GAIN_TOL "LASSOCORE_GAIN_TOL"
    # A tolerance below this fraction of it asks for coefficients up to rounding: no violation is left.
    const double STRICT_TOL "LASSOCORE_STRICT_TOL"


cdef struct GramLevel:
    ActiveSet active
    Residual residual           # values: c; target: X'(s y0)
    const double* sq_norms
    const double* norms         # their square roots
    Py_ssize_t* order
    Py_ssize_t* positions       # 0, 1, 2, ...
    double tolerance            # of the gap over the working set
    BlockAccuracy accuracy
    Py_ssize_t max_iter
    Py_ssize_t since_check
    double l1_scale
    double delta                # |c_j| up to (1 + delta) l1_j was accepted at the last level
    double last_scale, scale_before     # l1_scale of the two levels solved before
    double* c_before            # c at the level before the last, of the first n_known positions
    Py_ssize_t n_known
    double* near_c              # c of positions near entering while other correlations are out of date
    Recorder recorder


cdef struct Optimality:
    double l1_norm              # sum_j l1 |w_j|
    double complementarity      # sum_j |w_j c_j - l1 |w_j| - l2 w_j^2|, 0 at an optimum without bounds
    double sq_residual          # ||r||_s^2 + sum_j l2 w_j^2
    double objective


cdef inline Py_ssize_t list_nonzeros(const double* w, Py_ssize_t size, Py_ssize_t* order) noexcept nogil:
    """order = the positions where w is not 0; returns how many"""
    cdef Slots least = equal_slots(5e-324)
    cdef Py_ssize_t first = 0, k, n = 0
    while first < size:
        if first + SLOTS > size or any_reaches(abs_slots(load_slots(w + first)), least):
            for k in range(first, min(first + SLOTS, size)):
                order[n] = k
                n += w[k] != 0.0
        first += SLOTS
    return n


cdef inline void list_columns(GramLevel* level, ResidualView* view) noexcept nogil:
    """The columns of a view: all positions, or of a lasso the nonzeros, if these have the largest |c_j| / l1_j"""
    cdef const ActiveSet* active = &level.active
    cdef Py_ssize_t k, n_beyond = 0, size = active.G.n_features
    cdef double ratio
    cdef bint signed_scale, has_smooth
    view.columns, view.n_columns = level.positions, size
    if has_bounds(&active.penalty) or has_curvature(&active.penalty):
        return
    view.columns, view.n_columns = level.order, list_nonzeros(active.w, size, level.order)
    ratio = max_dual_ratio(&active.penalty, view, &signed_scale, &has_smooth)
    for k in range(size):
        n_beyond += fabs(active.c[k]) > ratio * threshold(&active.penalty, k)
    if n_beyond > 0 or has_smooth:
        view.columns, view.n_columns = level.positions, size
    else:
        view.outside_ratio = ratio


cdef inline double gap_of_set(GramLevel* level, double outside_ratio, double* sq_residual) noexcept nogil:
    """The gap, and ||r||_s^2; outside_ratio as in ResidualView.

    Computing c and ||r||_s^2 from the Gram matrix has rounding errors of eps (sum_j ||x_j|| |w_j|)^2, which are added
    to the gap.
    """
    cdef ResidualView view
    cdef double size = 0.0
    cdef Py_ssize_t k
    for k in range(level.active.G.n_features):
        size += level.norms[k] * fabs(level.active.w[k])
    view.c, view.sq_norms = level.active.c, level.sq_norms
    view.sq_target, view.outside_ratio, view.accuracy = level.residual.sq_target, outside_ratio, level.accuracy
    list_columns(level, &view)
    residual_products(&level.active.G, level.active.w, &level.residual, &view.sq_residual, &view.fit_product)
    sq_residual[0] = view.sq_residual
    return duality_gap(&level.active.penalty, level.active.w, &view) + DBL_EPSILON * size * size


cdef inline double visit_nonmembers(GramLevel* level) noexcept nogil:
    """An epoch over the positions that are not members"""
    cdef ActiveSet* active = &level.active
    cdef Py_ssize_t k, n_order = 0
    for k in range(active.G.n_features):
        if active.factor.member_index[k] < 0:
            level.order[n_order] = k
            n_order += 1
    return cd_epoch(
        &active.G, &active.penalty, active.w, &level.residual, level.sq_norms, level.order, n_order)


cdef inline double visit_all(GramLevel* level) noexcept nogil:
    """An epoch over all positions; members that reach the end of their piece leave"""
    cdef ActiveSet* active = &level.active
    cdef Py_ssize_t a
    cdef double descent = cd_epoch(
        &active.G, &active.penalty, active.w, &level.residual, level.sq_norms, level.positions, active.G.n_features)
    for a in range(active.factor.size - 1, -1, -1):
        if not is_free(active, active.factor.members[a]):
            delete_member(&active.factor, a)
    return descent


cdef inline void admit_free(GramLevel* level) noexcept nogil:
    """Free positions become members, unless their columns lie in the members' span"""
    cdef ActiveSet* active = &level.active
    cdef Py_ssize_t k, n = 0
    for k in range(active.G.n_features):
        if active.factor.member_index[k] < 0 and is_free(active, k):
            level.order[n] = k
            n += 1
    append_members(&active.factor, &active.G, &active.penalty, level.order, n)
    for k in range(n):
        if active.factor.member_index[level.order[k]] < 0 and is_free(active, level.order[k]):
            admit(active, level.order[k])


cdef inline void refactor(GramLevel* level) noexcept nogil:
    """Rebuild the factor after a change of l2"""
    clear_members(&level.active.factor)
    admit_free(level)


cdef inline void forget_levels(GramLevel* level) noexcept nogil:
    """Foretell nothing from the levels so far, as w has been changed from outside"""
    level.last_scale = level.scale_before = 0.0
    level.n_known = 0


cdef inline void foretell_entrants(GramLevel* level) noexcept nogil:
    """Continue c along its slope between the last two levels: positions at 0 that it takes clearly beyond l1_j join,
    and those that it takes near l1_j are listed"""
    cdef ActiveSet* active = &level.active
    cdef double share, predicted, l1
    cdef Py_ssize_t k, n = 0
    active.n_near = 0
    if level.scale_before > level.last_scale > level.l1_scale:
        share = (level.last_scale - level.l1_scale) / (level.scale_before - level.last_scale)
        for k in range(level.n_known):
            predicted, l1 = active.c[k] + share * (active.c[k] - level.c_before[k]), threshold(&active.penalty, k)
            if fabs(predicted) <= NEAR_RATIO * l1 or active.w[k] != 0.0 or active.factor.member_index[k] >= 0:
                continue
            if l1 == 0.0 or (predicted > 0.0) != (active.c[k] > 0.0):
                continue
            if not signed_correlation(&active.penalty, k, predicted) > 0.0:
                continue
            watch(active, k)
            if fabs(predicted) > FORETOLD_RATIO * l1 and n < MIN_ENTRANTS + active.factor.size:
                level.order[n] = k
                n += 1
        append_members(&active.factor, &active.G, &active.penalty, level.order, n)
    level.scale_before, level.last_scale = level.last_scale, level.l1_scale
    level.n_known = active.G.n_features
    memcpy(level.c_before, active.c, level.n_known * sizeof(double))


cdef inline Py_ssize_t list_near_violators(GramLevel* level) noexcept nogil:
    """order = the positions near entering whose present c lies beyond l1, of many the strongest; returns how many"""
    cdef ActiveSet* active = &level.active
    cdef Py_ssize_t t, k, n_found = 0, n = 0
    cdef double c, excess, l1, largest = 0.0
    gather_moves(active)
    active.factor.work += active.n_near * active.n_touched
    for t in range(active.n_near):
        k = active.near[t]
        if active.factor.member_index[k] >= 0 or active.w[k] != 0.0:
            continue
        c = level.near_c[k] = present_correlation(active, k)
        excess = signed_correlation(&active.penalty, k, c) / threshold(&active.penalty, k) - 1.0
        if (c > 0.0) == (active.c[k] > 0.0) and excess > NEAR_VIOLATION:
            level.order[n_found] = k
            n_found += 1
            largest = max(largest, excess)
    if n_found <= MIN_STRONGEST + active.factor.size // STRONGEST_SHARE:
        return n_found
    for t in range(n_found):
        k, l1 = level.order[t], threshold(&active.penalty, level.order[t])
        if signed_correlation(&active.penalty, k, level.near_c[k]) > (1.0 + 0.5 * largest) * l1:
            level.order[n] = k
            n += 1
    return n


cdef inline void solve_with_near(GramLevel* level, bint may_jump) noexcept nogil:
    """Newton steps on the members, which positions near entering join; then c is corrected"""
    cdef ActiveSet* active = &level.active
    cdef Factor* factor = &active.factor
    cdef Py_ssize_t a, start = 0, n
    cdef int _round
    if not (may_jump and jump(active, level.residual.target)):
        begin_chain(active)
        newton_chain(active, 0)
    for _round in range(MAX_NEAR_ROUNDS):
        n, start = list_near_violators(level), factor.size
        if active.n_touched + n > active.G.n_features:
            break
        if append_members(factor, &active.G, &active.penalty, level.order, n) == 0:
            break
        for a in range(start):
            factor.carried[a] = 0.0
        for a in range(start, factor.size):
            factor.carried[a] = level.near_c[factor.members[a]] - l1_slope_at(active, factor.members[a])
        newton_chain(active, start)
    correct_correlations(active)


cdef inline Optimality measure_optimality(const GramLevel* level) noexcept nogil:
    """The objective, and its parts that tell what a violation of optimality costs"""
    cdef const ActiveSet* active = &level.active
    cdef Optimality found
    cdef double fit = 0.0, l1_norm = 0.0, ridge = 0.0, complementarity = 0.0, w, l1, l2
    cdef Py_ssize_t k
    for k in range(active.G.n_features):
        w = active.w[k]
        l1, l2 = threshold(&active.penalty, k) * fabs(w), curvature(&active.penalty, k) * w * w
        fit += w * (level.residual.target[k] + active.c[k])
        l1_norm += l1
        ridge += l2
        complementarity += fabs(w * active.c[k] - l1 - l2)
    found.l1_norm, found.complementarity = l1_norm, complementarity
    found.sq_residual = max(0.0, level.residual.sq_target - fit) + ridge
    found.objective = 0.5 * (level.residual.sq_target - fit + ridge) + l1_norm
    return found


cdef inline double allowed_violation(const Optimality* found, double gap) noexcept nogil:
    """The delta at which |c_j| = (1 + delta) l1_j costs this gap, delta^2 ||r||^2 / 2 + delta sum_j l1 |w_j|"""
    cdef double root = hypot(found.l1_norm, sqrt(2.0 * found.sq_residual) * sqrt(gap))
    return max(MIN_VIOLATION, 2.0 * gap / (found.l1_norm + root) if root > 0.0 else 0.0)


cdef inline bint is_settled(const ActiveSet* active, Py_ssize_t k, double delta) noexcept nogil:
    """Whether a position is a member, or 0 with |c_k| at most (1 + delta) l1_k"""
    cdef double w = active.w[k], c = active.c[k], l1 = threshold(&active.penalty, k)
    cdef Py_ssize_t index = active.factor.member_index[k]
    return ((w == 0.0) & (fabs(c) <= l1 + delta * l1)) | (index >= 0)


cdef inline Py_ssize_t list_violators(GramLevel* level, double delta) noexcept nogil:
    """order = the positions outside the factor with a c_j further than delta l1_j from optimal; returns how many"""
    cdef ActiveSet* active = &level.active
    cdef Py_ssize_t k, n = 0, n_open = 0
    cdef double allowed
    for k in range(active.G.n_features):
        n_open += not is_settled(active, k, delta)
    for k in range(active.G.n_features if n_open > 0 else 0):
        if is_settled(active, k, delta):
            continue
        allowed = delta * threshold(&active.penalty, k)
        if not has_kink(&active.penalty, k):
            allowed = 0.5 * level.accuracy.tol * level.norms[k] * sqrt(level.residual.sq_target)
        if distance_to_subdifferential(&active.penalty, k, active.w[k], active.c[k]) > allowed:
            level.order[n] = k
            n += 1
    return n


cdef inline void admit_violators(GramLevel* level, Py_ssize_t n) noexcept nogil:
    """Violators become members; if there are very many, those that an epoch moves. If all columns lie in the members'
    span, w slides along them."""
    cdef ActiveSet* active = &level.active
    cdef Py_ssize_t t
    if n > MIN_ENTRANTS + active.factor.size:
        visit_nonmembers(level)
        admit_free(level)
    elif append_members(&active.factor, &active.G, &active.penalty, level.order, n) == 0:
        for t in range(n):
            admit(active, level.order[t])


cdef inline double visit_all_twice(GramLevel* level) noexcept nogil:
    """Two epochs over all positions, after which free positions become members"""
    cdef double descent = visit_all(level)
    descent += visit_all(level)
    admit_free(level)
    record(&level.recorder, EPOCH, level.active.w, level.active.G.n_features)
    return descent


cdef inline Py_ssize_t work_of_round(const ActiveSet* active) noexcept nogil:
    """Approximate multiply-adds of a Newton step and its correction of c"""
    return active.factor.size * (2 * active.factor.size + 2 * active.G.n_features)


cdef inline void solve_gram_level(GramLevel* level, Outcome* outcome) noexcept nogil:
    """Minimise over the working set from the w and c in level: Newton steps on the members, which violators join until
    none is left; the gap decides where complementarity does not. Epochs where rounds gain nothing.
    """
    cdef Optimality found
    cdef double allowed = level.tolerance, best_gap = INFINITY, best_objective = INFINITY
    cdef Py_ssize_t n_idle = 0, n_violators
    cdef bint gains
    if level.tolerance < STRICT_TOL * level.residual.sq_target:
        allowed = 0.0
    outcome.n_iter = 0
    foretell_entrants(level)
    while True:
        solve_with_near(level, best_objective == INFINITY)
        record(&level.recorder, EXACT_STEP, level.active.w, level.active.G.n_features)
        found = measure_optimality(level)
        level.delta = allowed_violation(&found, allowed)
        n_violators = list_violators(level, level.delta)
        gains = found.objective < best_objective - GAIN_TOL * level.residual.sq_target
        if n_violators == 0:
            if found.complementarity <= 0.5 * level.tolerance and not has_bounds(&level.active.penalty):
                outcome.gap, outcome.sq_residual = level.tolerance, found.sq_residual
            else:
                outcome.gap = gap_of_set(level, 0.0, &outcome.sq_residual)
            if outcome.gap <= level.tolerance:
                outcome.status = CONVERGED
                return
            gains = outcome.gap < 0.5 * best_gap
            best_gap = min(best_gap, outcome.gap)
            allowed *= 0.1
            level.delta = allowed_violation(&found, allowed)
            n_violators = list_violators(level, level.delta)
        best_objective = min(best_objective, found.objective)
        n_idle = 0 if gains else n_idle + 1
        outcome.status = MAX_ITER
        if outcome.n_iter >= level.max_iter or n_idle > MAX_ROUNDS_WITHOUT_GAIN:
            break
        outcome.n_iter += 1
        if n_idle < ROUNDS_UNTIL_EPOCHS and (n_violators > 0 or gains):
            admit_violators(level, n_violators)
        else:
            outcome.n_iter += 1
            outcome.status = STALLED
            if visit_all_twice(level) <= STALL_TOL * level.residual.sq_target:
                break
        if interrupted(&level.since_check, work_of_round(&level.active)):
            outcome.status = INTERRUPTED
            return
    outcome.gap = gap_of_set(level, 0.0, &outcome.sq_residual)
