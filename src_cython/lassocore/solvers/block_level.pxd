# Lives here: one penalty level on a set of blocks, by descent and Newton's method. Independent of: paths, allocation, X.
from libc.math cimport INFINITY, log, sqrt

from lassocore.core.signals cimport interrupted
from lassocore.penalties.blocks cimport NORM_ROUNDING, is_penalised, thresholded_norm
from lassocore.solvers.block_descent cimport (
    Descent, extrapolate_blocks, list_active, store_active, sweep, visit_block, visit_cost,
)
from lassocore.solvers.block_newton cimport NewtonSystem, newton_direction
from lassocore.solvers.block_set cimport BlockSet, load_block, update_positions, view_blocks
from lassocore.solvers.extrapolation cimport DEPTH
from lassocore.solvers.gap cimport BlockView, block_gap
from lassocore.solvers.line_search cimport Line, follow_line
from lassocore.solvers.order cimport CYCLIC, RANDOM
from lassocore.solvers.state cimport CONVERGED, INTERRUPTED, MAX_ITER, STALLED, STALL_TOL, Settings
from lassocore.solvers.unpenalised cimport REFINEMENTS, solve_unpenalised_positions

cdef enum:
    CYCLES_PER_GAP = 2          # cycles of epochs over the support between two measurements of the gap, at most
    NEWTON_OVERHEAD = 20_000    # multiply-adds that a Newton step costs in any case

# Measured: the cost of a multiply-add in a factorisation over that of one in an epoch, and the epochs that extrapolation
# needs over those without it.
cdef extern from *:
    """
    #define LASSOCORE_FACTOR_SHARE 0.35
    #define LASSOCORE_ENTRY_SHARE 0.7
    #define LASSOCORE_EXTRAPOLATION_SHARE 0.4
    """
    const double FACTOR_SHARE "LASSOCORE_FACTOR_SHARE"
    const double ENTRY_SHARE "LASSOCORE_ENTRY_SHARE"
    const double EXTRAPOLATION_SHARE "LASSOCORE_EXTRAPOLATION_SHARE"


cdef struct BlockOutcome:
    int status
    double gap                  # over the set
    Py_ssize_t n_epochs
    Py_ssize_t n_newton


cdef struct LevelSolver:
    BlockSet blocks
    Descent descent
    NewtonSystem newton
    Line line
    double gap_per_root_descent # when last measured
    bint newton_allowed
    bint newton_is_cheaper      # at the last level
    bint n_stalled
    double* excesses            # scratch: one number for each block


cdef inline void measure_gap(LevelSolver* solver, BlockOutcome* outcome, bint after_epoch) noexcept nogil:
    """The gap over the set"""
    cdef BlockView view
    solve_unpenalised_positions(&solver.blocks, &solver.descent.unpenalised, REFINEMENTS)
    update_positions(&solver.blocks, 0, solver.blocks.size)
    view = view_blocks(&solver.blocks)
    outcome.gap = block_gap(&view)
    if after_epoch and solver.descent.descent > 0.0 and outcome.gap < INFINITY:
        solver.gap_per_root_descent = max(
            0.1 * solver.gap_per_root_descent, outcome.gap / sqrt(solver.descent.descent))


cdef inline double newton_cost(const BlockSet* blocks, const Descent* descent) noexcept nogil:
    """Multiply-adds of a Newton step, in those of an epoch"""
    cdef double size = 0.0, m = descent.n_active, n = blocks.length, tasks = blocks.n_tasks
    cdef Py_ssize_t k
    for k in range(descent.n_active):
        size += blocks.starts[descent.active[k] + 1] - blocks.starts[descent.active[k]]
    if blocks.has_gram:
        return NEWTON_OVERHEAD + FACTOR_SHARE * size * size * (size + tasks) + size * tasks * (n + 2.0 * size)
    return NEWTON_OVERHEAD + FACTOR_SHARE * n * (n * size + n * n / 3.0 + tasks * m * (n + m)) + 8.0 * size * tasks * n


cdef inline double epoch_cost(const BlockSet* blocks, const Descent* descent) noexcept nogil:
    """Multiply-adds of an epoch over the active blocks"""
    cdef double total = 0.0
    cdef Py_ssize_t k
    for k in range(descent.n_active):
        total += visit_cost(blocks, descent.active[k])
    return total


cdef inline bint newton_pays(const LevelSolver* solver, double gap_tol) noexcept nogil:
    """Whether two Newton steps cost less than the epochs that the last descents predict"""
    cdef const Descent* descent = &solver.descent
    cdef double gap = solver.gap_per_root_descent * sqrt(descent.descent), n_epochs
    if not solver.newton_allowed or descent.n_active == 0 or not gap > gap_tol:
        return False
    if not 0.0 < descent.rate < 1.0:
        return descent.rate >= 1.0
    n_epochs = EXTRAPOLATION_SHARE * 2.0 * log(gap_tol / gap) / log(descent.rate)
    return n_epochs * epoch_cost(&solver.blocks, descent) > 2.0 * newton_cost(&solver.blocks, descent)


cdef inline double newton_step(LevelSolver* solver) noexcept nogil:
    """Move along the Newton direction; the slope at the start, or 0 where there is no direction"""
    cdef BlockSet* blocks = &solver.blocks
    cdef NewtonSystem* newton = &solver.newton
    cdef Py_ssize_t b, i, k, t, a
    if not newton_direction(blocks, newton):
        return 0.0
    solver.line.active, solver.line.n_active = newton.blocks, newton.n_blocks
    for b in range(newton.n_blocks):
        a = newton.blocks[b]
        for t in range(blocks.n_tasks):
            for i in range(blocks.starts[a], blocks.starts[a + 1]):
                solver.line.D[t * blocks.capacity + i] = 0.0
    for t in range(blocks.n_tasks):
        for k in range(newton.size):
            solver.line.D[t * blocks.capacity + newton.positions[k]] = newton.step.values[t * newton.size + k]
    return follow_line(blocks, &solver.line)


cdef inline bint enter_violators(LevelSolver* solver) noexcept nogil:
    """Let the blocks enter that violate optimality most; whether there are any"""
    cdef BlockSet* blocks = &solver.blocks
    cdef Py_ssize_t a, n, n_entered = 0
    cdef double excess, largest = 0.0
    cdef double* excesses = solver.excesses
    for a in range(blocks.n_blocks):
        excesses[a] = 0.0
        if blocks.norms[a] == 0.0 and blocks.penalties[a].l1 + blocks.penalties[a].feature_l1 > 0.0:
            n = load_block(blocks, blocks.C, a, blocks.scratch)
            excess = thresholded_norm(&blocks.penalties[a], blocks.scratch, n, 1.0)
            if excess > blocks.penalties[a].l1 * (1.0 + NORM_ROUNDING):
                excesses[a] = excess - blocks.penalties[a].l1
                largest = max(largest, excesses[a])
    for a in range(blocks.n_blocks):
        if excesses[a] > ENTRY_SHARE * largest:
            visit_block(blocks, a)
            n_entered += blocks.norms[a] > 0.0
    return n_entered > 0


cdef inline double gap_of_support(LevelSolver* solver) noexcept nogil:
    """The gap over the nonzero and the unpenalised blocks"""
    cdef BlockSet* blocks = &solver.blocks
    cdef BlockView view
    cdef Py_ssize_t a
    solve_unpenalised_positions(blocks, &solver.descent.unpenalised, REFINEMENTS)
    for a in range(blocks.n_blocks):
        if blocks.norms[a] != 0.0 or not is_penalised(&blocks.penalties[a]):
            update_positions(blocks, blocks.starts[a], blocks.starts[a + 1] - blocks.starts[a])
    view = view_blocks(blocks)
    view.support_only = True
    return block_gap(&view)


cdef inline bint solve_by_newton(LevelSolver* solver, const Settings* settings, BlockOutcome* outcome) noexcept nogil:
    """Newton's method on the support, which loses blocks along its steps and gains those that violate optimality;
    whether it went on to the end. C is up to date."""
    cdef double gap, before, slope
    cdef Py_ssize_t work
    while outcome.n_epochs + outcome.n_newton < settings.max_iter:
        gap = INFINITY
        while outcome.n_epochs + outcome.n_newton < settings.max_iter:
            before, gap = gap, gap_of_support(solver)
            if gap <= 0.5 * settings.gap_tol or gap > 0.9 * before and slope > -1e-3 * settings.gap_tol:
                break
            slope = newton_step(solver)
            if slope == 0.0 and solver.newton.size > 0:
                return False
            if not slope < 0.0:
                break
            outcome.n_newton += 1
            work = <Py_ssize_t>min(1e9, newton_cost(&solver.blocks, &solver.descent))
            if interrupted(&solver.descent.work, work):
                outcome.status = INTERRUPTED
                return True
        measure_gap(solver, outcome, False)
        if outcome.gap <= settings.gap_tol or not enter_violators(solver):
            return outcome.gap <= settings.gap_tol
    return True


cdef inline bint cycle(LevelSolver* solver, const Settings* settings, BlockOutcome* outcome) noexcept nogil:
    """DEPTH epochs over the active blocks, then extrapolation; ends early where the descent predicts that the gap is
    met, or that Newton's method is faster. False when interrupted."""
    cdef Descent* descent = &solver.descent
    cdef Py_ssize_t number, n_state = solver.blocks.n_tasks * solver.blocks.length
    cdef Py_ssize_t size = store_active(&solver.blocks, descent, descent.iterates, descent.states)
    for number in range(1, DEPTH + 1):
        if outcome.n_epochs + outcome.n_newton >= settings.max_iter:
            return True
        if not sweep(&solver.blocks, descent, settings, descent.active, descent.n_active):
            return False
        outcome.n_epochs += 1
        store_active(&solver.blocks, descent, descent.iterates + number * size, descent.states + number * n_state)
        if solver.gap_per_root_descent * sqrt(descent.descent) <= settings.gap_tol:
            return True
        if number >= 2 and newton_pays(solver, settings.gap_tol):
            return True
    if settings.selection == CYCLIC and size > 0:
        extrapolate_blocks(&solver.blocks, descent, size)
    return True


cdef inline bint descend(LevelSolver* solver, const Settings* settings, BlockOutcome* outcome) noexcept nogil:
    """An epoch over all blocks, cycles over the active ones, and the gap over the set; False when interrupted"""
    cdef Descent* descent = &solver.descent
    cdef int n_cycles = 0
    if not sweep(&solver.blocks, descent, settings, descent.every, solver.blocks.n_blocks):
        return False
    outcome.n_epochs += 1
    outcome.status = MAX_ITER
    if descent.descent <= STALL_TOL * solver.blocks.sq_target and settings.selection != RANDOM:
        outcome.status = STALLED
    list_active(&solver.blocks, descent)
    while (outcome.status != STALLED and n_cycles < CYCLES_PER_GAP
           and outcome.n_epochs + outcome.n_newton < settings.max_iter
           and solver.gap_per_root_descent * sqrt(descent.descent) > settings.gap_tol):
        if not cycle(solver, settings, outcome):
            return False
        n_cycles += 1
        if newton_pays(solver, settings.gap_tol):
            break
        list_active(&solver.blocks, descent)
    measure_gap(solver, outcome, True)
    list_active(&solver.blocks, descent)
    return True


cdef inline void solve_block_level(LevelSolver* solver, const Settings* settings, BlockOutcome* outcome) noexcept nogil:
    """Minimise over the set at the penalties in blocks, from W and its state, until the gap over the set is met."""
    cdef bint by_newton = solver.newton_is_cheaper
    outcome.n_epochs = outcome.n_newton = 0
    outcome.gap = INFINITY
    while True:
        outcome.status = MAX_ITER
        if by_newton:
            update_positions(&solver.blocks, 0, solver.blocks.size)
            list_active(&solver.blocks, &solver.descent)
            solver.newton_is_cheaper = solve_by_newton(solver, settings, outcome)
            if outcome.status == INTERRUPTED:
                return
        elif not descend(solver, settings, outcome):
            outcome.status = INTERRUPTED
            return
        if outcome.gap <= settings.gap_tol:
            outcome.status = CONVERGED
        if outcome.status == CONVERGED or outcome.n_epochs + outcome.n_newton >= settings.max_iter:
            return
        if outcome.status == STALLED and solver.n_stalled > 0:
            return
        by_newton = not by_newton and (outcome.status == STALLED or newton_pays(solver, settings.gap_tol))
        solver.n_stalled = outcome.status == STALLED
