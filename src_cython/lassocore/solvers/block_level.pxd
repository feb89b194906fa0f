# Lives here: one penalty level on a set of blocks, by descent and Newton's method. Independent of: paths, X.
from libc.math cimport INFINITY, log, sqrt

from lassocore.core.signals cimport interrupted
from lassocore.penalties.blocks cimport NORM_ROUNDING, block_norm, is_penalised, thresholded_norm
from lassocore.solvers.block_descent cimport (
    Descent, block_objective, extrapolate_blocks, list_active, list_candidates, put_active, store_active, sweep,
    visit_block, visit_cost,
)
from lassocore.solvers.block_newton cimport NewtonSystem, newton_direction
from lassocore.solvers.block_set cimport (
    BlockSet, load_block, move_block, restore_state, store_block, update_block, update_positions, view_blocks,
)
from lassocore.solvers.extrapolation cimport DEPTH
from lassocore.solvers.gap cimport BlockView, block_gap
from lassocore.solvers.line_search cimport Line, follow_line
from lassocore.solvers.order cimport CYCLIC, RANDOM
from lassocore.solvers.recording cimport EPOCH, EXACT_STEP, Recorder, StepKind, record
from lassocore.solvers.state cimport CONVERGED, INTERRUPTED, MAX_ITER, STALLED, STALL_TOL, Settings
from lassocore.solvers.unpenalised cimport REFINEMENTS, solve_unpenalised_positions

cdef enum:
    CYCLES_PER_GAP = 2          # cycles of epochs over the support between two measurements of the gap, at most
    EPOCHS_OF_A_ROUND = 11      # between two measurements of the gap
    MAX_VAIN_ROUNDS = 40        # in a row that do not bring the gap down
    MAX_VAIN_ROUNDS_OF_ROUNDING = 3  # the same where it may be a rounding error
    EXPECTED_STEPS = 8          # of Newton's method at a level
    NEWTON_OVERHEAD = 10_000    # multiply-adds that a Newton step costs in any case

# FACTOR_SHARE, measured, is the cost of a multiply-add in a factorisation over that of one in an epoch. Blocks enter
# together from ENTRY_SHARE of the largest excess over a threshold, and the first epoch visits those at CANDIDATE_SHARE
# of theirs. A round is expected to bring the gap down by SLOWEST_RATE at least; it was in vain above IMPROVEMENT.
# Newton's method goes on at the next level where it took at most STICKY_SHARE of the work that it saved. Gaps and
# slopes below the last two, over ||Y0||_s^2, may be rounding errors.
cdef extern from *:
    """
    #define LASSOCORE_FACTOR_SHARE 0.35
    #define LASSOCORE_ENTRY_SHARE 0.7
    #define LASSOCORE_CANDIDATE_SHARE 0.97
    #define LASSOCORE_SLOWEST_RATE 0.999
    #define LASSOCORE_IMPROVEMENT 0.9
    #define LASSOCORE_STICKY_SHARE 0.3
    #define LASSOCORE_ROUNDING_OF_GAP 1e-12
    #define LASSOCORE_ROUNDING_OF_SLOPE 1e-15
    """
    const double FACTOR_SHARE "LASSOCORE_FACTOR_SHARE"
    const double ENTRY_SHARE "LASSOCORE_ENTRY_SHARE"
    const double CANDIDATE_SHARE "LASSOCORE_CANDIDATE_SHARE"
    const double SLOWEST_RATE "LASSOCORE_SLOWEST_RATE"
    const double IMPROVEMENT "LASSOCORE_IMPROVEMENT"
    const double STICKY_SHARE "LASSOCORE_STICKY_SHARE"
    const double ROUNDING_OF_GAP "LASSOCORE_ROUNDING_OF_GAP"
    const double ROUNDING_OF_SLOPE "LASSOCORE_ROUNDING_OF_SLOPE"


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
    double gap_per_root_descent  # when last measured
    bint newton_is_cheaper      # at the last level
    double best_gap             # at this level
    int n_vain                  # rounds since it came down
    double work_saved           # multiply-adds of the epochs that Newton steps replaced last
    double* before              # W at the level before the last
    const double* target        # the state of zeros, for `restore_state` before each gap; NULL to leave that out
    double* excesses            # scratch: one number for each block
    Recorder recorder


cdef inline void record_blocks(const LevelSolver* solver, StepKind kind) noexcept nogil:
    """Report W"""
    record(&solver.recorder, kind, solver.blocks.W, solver.blocks.n_tasks * solver.blocks.capacity)


cdef inline void measure_gap(LevelSolver* solver, BlockOutcome* outcome, bint after_epoch) noexcept nogil:
    """The gap over the set, of a state without the rounding errors that combinations of iterates magnify if there is a
    target"""
    cdef BlockView view
    if solver.target != NULL:
        restore_state(&solver.blocks, solver.target)
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
    if size <= n:
        return NEWTON_OVERHEAD + FACTOR_SHARE * size * size * (n + size + tasks) + 2.0 * size * tasks * (n + size)
    return NEWTON_OVERHEAD + 8.0 * size * tasks * n + FACTOR_SHARE * (
        n * n * (size + n / 3.0) + min(tasks * m * n * (n + m), size * (n * n + size * (n + tasks))))


cdef inline double epoch_cost(const BlockSet* blocks, const Descent* descent) noexcept nogil:
    """Multiply-adds of an epoch over the active blocks"""
    cdef double total = 0.0
    cdef Py_ssize_t k
    for k in range(descent.n_active):
        total += visit_cost(blocks, descent.active[k])
    return total


cdef inline bint newton_pays(LevelSolver* solver, double gap_tol, double before, double gap) noexcept nogil:
    """Whether Newton steps cost less than the rounds of descent that two gaps, before and after a round, predict"""
    cdef double rate, n_rounds
    if solver.descent.n_active == 0 or not gap < before < INFINITY:
        return False
    rate = min(gap / before, SLOWEST_RATE)
    n_rounds = max(1.0, log(gap_tol / gap) / log(rate))
    solver.work_saved = n_rounds * EPOCHS_OF_A_ROUND * epoch_cost(&solver.blocks, &solver.descent)
    return solver.work_saved > EXPECTED_STEPS * newton_cost(&solver.blocks, &solver.descent)


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
            update_block(blocks, a)
            visit_block(blocks, a, -1)
            n_entered += blocks.norms[a] > 0.0
    return n_entered > 0


cdef inline bint is_in_vain(LevelSolver* solver, double gap) noexcept nogil:
    """Whether the gap has not come down in the last rounds, of which this is one; unpenalised columns may take more"""
    if gap == INFINITY:
        return False
    solver.n_vain += 1
    if gap < IMPROVEMENT * solver.best_gap:
        solver.best_gap, solver.n_vain = gap, 0
    if solver.best_gap <= ROUNDING_OF_GAP * solver.blocks.sq_target:
        return solver.n_vain >= MAX_VAIN_ROUNDS_OF_ROUNDING
    return solver.n_vain >= MAX_VAIN_ROUNDS


cdef inline double gap_of_support(LevelSolver* solver) noexcept nogil:
    """The gap over the nonzero and the unpenalised blocks"""
    cdef BlockSet* blocks = &solver.blocks
    cdef BlockView view
    cdef Py_ssize_t a
    solve_unpenalised_positions(blocks, &solver.descent.unpenalised, REFINEMENTS)
    for a in range(blocks.n_blocks):
        if blocks.norms[a] != 0.0 or not is_penalised(&blocks.penalties[a]):
            update_block(blocks, a)
    view = view_blocks(blocks)
    view.support_only = True
    return block_gap(&view)


cdef inline bint solve_by_newton(LevelSolver* solver, const Settings* settings, BlockOutcome* outcome) noexcept nogil:
    """Newton's method on the support, which loses blocks along its steps and gains those that violate optimality;
    whether it went on to the end. C is up to date."""
    cdef double gap, before, slope = 0.0
    cdef double small = 1e-3 * max(settings.gap_tol, ROUNDING_OF_SLOPE * solver.blocks.sq_target)
    cdef Py_ssize_t work
    while outcome.n_epochs + outcome.n_newton < settings.max_iter:
        gap = INFINITY
        while outcome.n_epochs + outcome.n_newton < settings.max_iter:
            before, gap = gap, gap_of_support(solver)
            if gap <= 0.5 * settings.gap_tol or not gap < 0.9 * before and slope > -small and outcome.n_newton > 0:
                break
            slope = newton_step(solver)
            if slope == 0.0 and solver.newton.size > 0:
                return False
            if not slope < 0.0:
                break
            outcome.n_newton += 1
            record_blocks(solver, EXACT_STEP)
            work = <Py_ssize_t>min(1e9, newton_cost(&solver.blocks, &solver.descent))
            if interrupted(&solver.descent.work, work):
                outcome.status = INTERRUPTED
                return True
        measure_gap(solver, outcome, False)
        if outcome.gap <= settings.gap_tol or is_in_vain(solver, outcome.gap) or not enter_violators(solver):
            return outcome.gap <= settings.gap_tol
    return True


cdef inline void refine_by_newton(LevelSolver* solver, const Settings* settings, BlockOutcome* outcome) noexcept nogil:
    """Newton steps on the support as long as they shorten; C is up to date"""
    cdef double before = -INFINITY, slope
    list_active(&solver.blocks, &solver.descent)
    while outcome.n_epochs + outcome.n_newton < settings.max_iter:
        gap_of_support(solver)          # brings C up to date
        slope = newton_step(solver)
        if not 0.25 * before < slope < 0.0:
            break
        outcome.n_newton += 1
        record_blocks(solver, EXACT_STEP)
        before = slope
        if interrupted(&solver.descent.work, <Py_ssize_t>min(1e9, newton_cost(&solver.blocks, &solver.descent))):
            outcome.status = INTERRUPTED
            return
    update_positions(&solver.blocks, 0, solver.blocks.size)


cdef inline bint cycle(LevelSolver* solver, const Settings* settings, BlockOutcome* outcome) noexcept nogil:
    """DEPTH epochs over the active blocks, then extrapolation; ends early where the descent predicts that the gap is
    met. False when interrupted."""
    cdef Descent* descent = &solver.descent
    cdef Py_ssize_t number, n_state = solver.blocks.n_tasks * solver.blocks.length
    cdef Py_ssize_t size = store_active(&solver.blocks, descent, descent.iterates, descent.states)
    for number in range(1, DEPTH + 1):
        if outcome.n_epochs + outcome.n_newton >= settings.max_iter:
            return True
        if not sweep(&solver.blocks, descent, settings, descent.active, descent.n_active):
            return False
        outcome.n_epochs += 1
        record_blocks(solver, EPOCH)
        store_active(&solver.blocks, descent, descent.iterates + number * size, descent.states + number * n_state)
        if solver.gap_per_root_descent * sqrt(descent.descent) <= settings.gap_tol:
            return True
    if settings.selection == CYCLIC and size > 0:
        extrapolate_blocks(&solver.blocks, descent, size)
    return True


cdef inline void extrapolate_path(LevelSolver* solver, double share) noexcept nogil:
    """Start from the line through the last two solutions: W += share (W - before), if that lowers the objective"""
    cdef BlockSet* blocks = &solver.blocks
    cdef Descent* descent = &solver.descent
    cdef Py_ssize_t a, i, k, n
    cdef double* step = blocks.scratch
    cdef double* w = step + blocks.scratch_size
    cdef double objective, product
    list_active(blocks, descent)
    store_active(blocks, descent, descent.iterates, descent.states)
    objective = block_objective(blocks)
    for k in range(descent.n_active):
        a = descent.active[k]
        n = load_block(blocks, solver.before, a, step)
        if block_norm(step, n) == 0.0:
            continue
        load_block(blocks, blocks.W, a, w)
        product = 0.0
        for i in range(n):
            step[i] = share * (step[i] - w[i])
            product += w[i] * (w[i] - step[i])
            if blocks.penalties[a].feature_l1 > 0.0 and w[i] * (w[i] - step[i]) < 0.0:
                step[i] = 0.0
        if product > 0.0:
            for i in range(n):
                w[i] -= step[i]
            store_block(blocks, a, w, blocks.W)
            blocks.norms[a] = block_norm(w, n)
            move_block(blocks, a, step)
    if not block_objective(blocks) < objective:
        put_active(blocks, descent, descent.iterates, descent.states)


cdef inline bint settle_unpenalised(LevelSolver* solver, const Settings* settings) noexcept nogil:
    """Epochs over the unpenalised columns alone, until they change nothing; False when interrupted"""
    cdef Descent* descent = &solver.descent
    cdef Py_ssize_t a, _epoch
    descent.n_active = 0
    for a in range(solver.blocks.n_blocks):
        if not is_penalised(&solver.blocks.penalties[a]):
            descent.active[descent.n_active] = a
            descent.n_active += 1
    for _epoch in range(settings.max_iter):
        if not sweep(&solver.blocks, descent, settings, descent.active, descent.n_active):
            return False
        if descent.descent <= STALL_TOL * solver.blocks.sq_target:
            break
    update_positions(&solver.blocks, 0, solver.blocks.size)
    return True


cdef inline bint descend(LevelSolver* solver, const Settings* settings, BlockOutcome* outcome) noexcept nogil:
    """An epoch over the blocks that may be nonzero, cycles over those that are, and the gap over the set; False when
    interrupted"""
    cdef Descent* descent = &solver.descent
    cdef int n_cycles = 0
    list_candidates(&solver.blocks, descent, CANDIDATE_SHARE if outcome.gap == INFINITY else 1.0)
    if not sweep(&solver.blocks, descent, settings, descent.active, descent.n_active):
        return False
    outcome.n_epochs += 1
    record_blocks(solver, EPOCH)
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
        list_active(&solver.blocks, descent)
    measure_gap(solver, outcome, True)
    list_active(&solver.blocks, descent)
    return True


cdef inline void solve_block_level(LevelSolver* solver, const Settings* settings, BlockOutcome* outcome) noexcept nogil:
    """Minimise over the set at the penalties in blocks, from W and its state, until the gap over the set is met."""
    cdef bint by_newton = solver.newton_is_cheaper, was_stalled = False
    cdef double before
    outcome.n_epochs = outcome.n_newton = 0
    outcome.gap = solver.best_gap = INFINITY
    solver.n_vain = 0
    while True:
        outcome.status, before = MAX_ITER, outcome.gap
        if by_newton:
            update_positions(&solver.blocks, 0, solver.blocks.size)
            list_active(&solver.blocks, &solver.descent)
            solver.newton_is_cheaper = solve_by_newton(solver, settings, outcome) and (
                outcome.n_newton * newton_cost(&solver.blocks, &solver.descent) < STICKY_SHARE * solver.work_saved)
            if outcome.status == INTERRUPTED:
                return
        elif not descend(solver, settings, outcome):
            outcome.status = INTERRUPTED
            return
        if outcome.gap <= settings.gap_tol:
            outcome.status = CONVERGED
        if outcome.status == CONVERGED or outcome.n_epochs + outcome.n_newton >= settings.max_iter:
            return
        if is_in_vain(solver, outcome.gap):
            outcome.status = STALLED
            return
        if outcome.status == STALLED and was_stalled:
            return
        was_stalled = outcome.status == STALLED
        by_newton = not by_newton and (was_stalled or newton_pays(solver, settings.gap_tol, before, outcome.gap))
