# Lives here: one penalty level on the Gram matrix of a working set. Independent of: X, other columns, alpha.
from libc.float cimport DBL_EPSILON
from libc.math cimport INFINITY, fabs, sqrt

from lassocore.core.signals cimport interrupted
from lassocore.datafits.quadratic cimport residual_products
from lassocore.designs.types cimport Residual
from lassocore.solvers.epoch cimport cd_epoch
from lassocore.solvers.factor cimport clear_members, delete_member
from lassocore.solvers.gap cimport BlockAccuracy, ResidualView, duality_gap
from lassocore.solvers.newton cimport ActiveSet, admit, is_free, newton_chain
from lassocore.solvers.state cimport CONVERGED, INTERRUPTED, MAX_ITER, STALLED, STALL_TOL, Outcome

cdef enum:
    ROUNDS_OF_ENTRIES = 6       # first rounds, whose epochs visit only positions that are not members
    ROUNDS_UNTIL_FULL_EPOCHS = 4
    MAX_ROUNDS_WITHOUT_GAIN = 40


cdef struct GramLevel:
    ActiveSet active
    Residual residual           # values: c; target: X'(s y0)
    const double* sq_norms
    Py_ssize_t* order
    Py_ssize_t* positions       # 0, 1, 2, ...
    double tolerance            # of the gap over the working set
    BlockAccuracy accuracy
    Py_ssize_t max_iter
    Py_ssize_t since_check


cdef inline double gap_of_set(GramLevel* level, double outside_ratio, double* sq_residual) noexcept nogil:
    """The gap, and ||r||_s^2; outside_ratio as in ResidualView.

    Computing c and ||r||_s^2 from the Gram matrix has rounding errors of eps (sum_j ||x_j|| |w_j|)^2, which are added
    to the gap.
    """
    cdef ResidualView view
    cdef double size = 0.0
    cdef Py_ssize_t k
    for k in range(level.active.G.n_features):
        if level.active.w[k] != 0.0:
            size += sqrt(level.sq_norms[k]) * fabs(level.active.w[k])
    view.c, view.sq_norms = level.active.c, level.sq_norms
    view.columns, view.n_columns = level.positions, level.active.G.n_features
    view.sq_target, view.outside_ratio, view.accuracy = level.residual.sq_target, outside_ratio, level.accuracy
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


cdef inline void admit_free(ActiveSet* active) noexcept nogil:
    """Free positions become members, unless their columns lie in the members' span"""
    cdef Py_ssize_t k
    for k in range(active.G.n_features):
        if active.factor.member_index[k] < 0 and is_free(active, k):
            admit(active, k)


cdef inline void refactor(ActiveSet* active) noexcept nogil:
    """Rebuild the factor after a change of l2"""
    clear_members(&active.factor)
    admit_free(active)


cdef inline Py_ssize_t work_of_round(const ActiveSet* active) noexcept nogil:
    """Approximate multiply-adds of a Newton step and its correction of c"""
    return active.factor.size * (2 * active.factor.size + 2 * active.G.n_features)


cdef inline void solve_gram_level(GramLevel* level, Outcome* outcome) noexcept nogil:
    """Minimise over the working set from the w and c in level: Newton steps on the members, epochs to find new ones."""
    cdef double descent, best = INFINITY
    cdef Py_ssize_t n_idle = 0
    outcome.n_iter = 0
    outcome.status = MAX_ITER
    while True:
        newton_chain(&level.active)
        outcome.gap = gap_of_set(level, 0.0, &outcome.sq_residual)
        if outcome.gap <= level.tolerance:
            outcome.status = CONVERGED
            return
        n_idle = 0 if outcome.gap < 0.5 * best else n_idle + 1
        best = min(best, outcome.gap)
        if outcome.n_iter >= level.max_iter or n_idle > MAX_ROUNDS_WITHOUT_GAIN:
            return
        if outcome.n_iter < ROUNDS_OF_ENTRIES and n_idle < ROUNDS_UNTIL_FULL_EPOCHS:
            descent = visit_nonmembers(level)
        else:
            descent = visit_all(level)
            descent += visit_all(level)
            outcome.n_iter += 1
        outcome.n_iter += 1
        if descent <= STALL_TOL * level.residual.sq_target:
            outcome.status = STALLED
            return
        admit_free(&level.active)
        if interrupted(&level.since_check, work_of_round(&level.active)):
            outcome.status = INTERRUPTED
            return
