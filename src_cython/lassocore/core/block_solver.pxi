# Lives here: blocks of positions, solved level by level. Independent of: X, alpha, paths.
import numpy as np

from cpython.pycapsule cimport PyCapsule_GetName
from libc.stdlib cimport free

from lassocore.penalties.blocks cimport BlockPenalty, block_norm, dual_ratio
from lassocore.solvers.block_level cimport BlockOutcome, LevelSolver
from lassocore.solvers.block_newton cimport NewtonSystem
from lassocore.solvers.block_set cimport BlockSet, load_block, view_blocks
from lassocore.solvers.extrapolation cimport DEPTH
from lassocore.solvers.gap cimport BlockView
from lassocore.solvers.lapack cimport Buffer, Lapack, Potrf, Potrs, Syrk, Trsm, reserve
from lassocore.solvers.state cimport first_gap_per_root_descent
from lassocore.solvers.unpenalised cimport REFINEMENTS, UnpenalisedPositions

cdef enum:
    MAX_EPOCHS_TO_SETTLE = 10_000  # of unpenalised columns whose block has no factor


cdef void* routine(module, name) except NULL:
    """The routine of this name that a module of SciPy offers to Cython."""
    capsule = module.__pyx_capi__[name]
    return PyCapsule_GetPointer(capsule, PyCapsule_GetName(capsule))


cdef Lapack find_lapack() except *:
    """SciPy's routines, looked up for each solver: threads share no table that one of them would have to fill."""
    cdef Lapack found
    from scipy.linalg import cython_blas, cython_lapack
    found.potrf = <Potrf>routine(cython_lapack, "dpotrf")
    found.potrs = <Potrs>routine(cython_lapack, "dpotrs")
    found.trsm = <Trsm>routine(cython_blas, "dtrsm")
    found.syrk = <Syrk>routine(cython_blas, "dsyrk")
    return found


cdef class BlockSolver:
    """Descent and Newton's method on blocks of positions, carried from one penalty level to the next.

    The arrays belong to the caller, who passes them to `bind` and again when they have grown.
    """
    cdef LevelSolver solver
    cdef Settings settings
    cdef object arrays, factors, target, lists, rng, root
    cdef double scale_before, last_scale    # l1 scales of the last two levels
    cdef bint is_exact          # whether Newton steps go on below the tolerance
    cdef Py_ssize_t n_levels    # solved one after the other
    cdef StepRecorder steps     # None unless the iterates are recorded
    cdef Buffer iterates, states, move, rotated, previous

    def __init__(self, double sq_target, accuracy, bint is_exact=False):
        self.is_exact = is_exact
        self.solver.newton.lapack = find_lapack()
        self.solver.newton_is_cheaper, self.solver.work_saved = False, 0.0
        self.solver.blocks.sq_target = sq_target
        self.solver.blocks.accuracy = accuracy_of(accuracy)
        self.solver.descent.descent = 0.0
        self.solver.descent.work = 0
        self.settings.min_visits, self.settings.single_precision = 0, False
        self.set_unpenalised(np.empty(0, np.intp), None)
        self.settings.max_iter, self.n_levels = 1, 0
        self.scale_before = self.last_scale = INFINITY
        self.set_selection("cyclic", None)

    def __dealloc__(self):
        cdef NewtonSystem* newton = &self.solver.newton
        for buffer in (<size_t>self.iterates.values, <size_t>self.states.values, <size_t>self.move.values,
                       <size_t>self.rotated.values, <size_t>self.previous.values, <size_t>newton.gradient.values,
                       <size_t>newton.direction.values, <size_t>newton.step.values, <size_t>newton.matrix.values,
                       <size_t>newton.columns.values, <size_t>newton.inverse.values, <size_t>newton.radial.values,
                       <size_t>newton.vectors.values):
            free(<void*><size_t>buffer)

    def set_selection(self, str selection, bit_generator):
        """The order of visits; bit_generator is a NumPy one for this solver alone, or None for "cyclic"."""
        self.rng = bit_generator
        self.settings.selection = SELECTIONS[selection]
        self.settings.rng = NULL
        if bit_generator is not None:
            self.settings.rng = <bitgen_t*>PyCapsule_GetPointer(bit_generator.capsule, "BitGenerator")

    def set_unpenalised(self, positions, root):
        """The positions of the unpenalised columns, and the root of their block, or None."""
        cdef UnpenalisedPositions* block = &self.solver.descent.unpenalised
        self.root = positions, root
        block.positions, block.size = <const Py_ssize_t*>address(positions), len(positions)
        block.root, block.rank = <const double*>address(root), 0 if root is None else root.shape[1]
        block.rotated = reserved(&self.rotated, block.size + block.rank)

    def bind(self, starts, arrays, columns, state, target):
        """Work on the blocks of these positions.

        arrays are those of a `lassocore.solvers.block_arrays.BlockArrays`. columns is a Gram matrix where state is C,
        and columns of X where state has residuals; target is the state of zero coefficients.
        """
        W, before, C, Q, diagonal, factors, norms = arrays
        cdef BlockSet* blocks = &self.solver.blocks
        cdef Py_ssize_t m = len(factors), largest = 1, a, size
        cdef const Py_ssize_t* first = <const Py_ssize_t*>address(starts)
        cdef Py_ssize_t* lists
        for a in range(m):
            largest = max(largest, first[a + 1] - first[a])
        blocks.n_blocks, blocks.size, blocks.n_tasks, blocks.capacity = m, starts[m], W.shape[0], W.shape[1]
        blocks.starts, blocks.diagonal = first, <const double*>address(diagonal)
        blocks.Q, blocks.W, blocks.C = <double*>address(Q), <double*>address(W), <double*>address(C)
        blocks.norms = <double*>address(norms)
        self.solver.before = <double*>address(before)
        reserved(&self.previous, W.size)
        blocks.has_gram = state is C
        blocks.columns, blocks.column_stride = <const double*>address(columns), columns.strides[1] // columns.itemsize
        blocks.state, blocks.state_stride = <double*>address(state), state.strides[0] // state.itemsize
        blocks.length = blocks.size if blocks.has_gram else columns.shape[0]
        blocks.scratch_size = size = largest * blocks.n_tasks
        self.lists = np.empty(3 * m + 2 * blocks.size, np.intp), np.empty((m, 3)), np.empty(
            3 * size + 3 * m + W.size)
        lists = <Py_ssize_t*>address(self.lists[0])
        self.solver.descent.active, self.solver.descent.order = lists, lists + m
        self.solver.newton.blocks, self.solver.newton.positions = lists + 2 * m, lists + 3 * m
        self.solver.newton.owners = lists + 3 * m + blocks.size
        blocks.penalties = <BlockPenalty*>address(self.lists[1])
        blocks.scratch = <double*>address(self.lists[2])
        self.solver.newton.curvature = blocks.scratch + 3 * size
        self.solver.newton.diagonal = self.solver.newton.curvature + m
        self.solver.excesses = self.solver.newton.diagonal + m
        self.solver.line.D = self.solver.excesses + m
        self.arrays = starts, arrays, columns, state, target
        self.factors, self.target = factors, target
        self.solver.target = <const double*>address(target) if self.is_exact else NULL
        self.solver.line.move = reserved(&self.move, blocks.n_tasks * blocks.length)
        self.solver.descent.iterates = reserved(&self.iterates, (DEPTH + 2) * blocks.size * blocks.n_tasks)
        self.solver.descent.states = reserved(&self.states, (DEPTH + 2) * blocks.length * blocks.n_tasks)

    cdef set_level(self, double l1_scale, double l2_scale):
        """The penalties of a level."""
        cdef const double* factors = <const double*>address(self.factors)
        cdef double* penalties = <double*>self.solver.blocks.penalties
        cdef double scale
        cdef Py_ssize_t k
        for k in range(3 * self.solver.blocks.n_blocks):
            scale = l2_scale if k % 3 == 2 else l1_scale
            penalties[k] = factors[k] * scale if factors[k] > 0.0 else 0.0

    def refresh(self):
        """Compute the state, the correlations and the norms anew from W."""
        cdef const double* target = <const double*>address(self.target)
        with nogil:
            sets.blocks.restore(&self.solver.blocks, target)
            sets.blocks.update(&self.solver.blocks, 0, self.solver.blocks.size)

    def join(self, Py_ssize_t first):
        """Compute what belongs to W anew after blocks of zeros have joined, at the positions from first on."""
        cdef BlockSet* blocks = &self.solver.blocks
        cdef Py_ssize_t a
        if blocks.has_gram:
            self.refresh()      # rounding errors of C end here
            return
        for a in range(blocks.n_blocks):
            blocks.norms[a] = block_norm(blocks.scratch, load_block(blocks, blocks.W, a, blocks.scratch))
        sets.blocks.update(blocks, first, blocks.size - first)

    def settle(self):
        """Solve for the unpenalised columns alone."""
        cdef bint done
        self.set_level(1.0, 0.0)        # norms depend on which blocks have a penalty
        if self.solver.descent.unpenalised.root != NULL:
            with nogil:
                sets.blocks.solve_unpenalised(&self.solver.blocks, &self.solver.descent.unpenalised, REFINEMENTS)
                sets.blocks.update(&self.solver.blocks, 0, self.solver.blocks.size)
            return
        self.settings.max_iter = MAX_EPOCHS_TO_SETTLE
        with nogil:
            done = sets.blocks.settle(&self.solver, &self.settings)
        if not done:
            raise_pending()

    cdef solve_level(self, double gap_tol, BlockOutcome* outcome):
        """Solve at the present penalties."""
        self.settings.gap_tol = gap_tol
        self.solver.gap_per_root_descent = first_gap_per_root_descent(gap_tol)
        with nogil:
            sets.blocks.solve(&self.solver, &self.settings, outcome)
        if outcome.status == INTERRUPTED:
            raise_pending()

    def solve_levels(self, l1_scales, l2_scales, double gap_tol, Py_ssize_t max_iter, slots, outcomes):
        """Solve these levels up to the first that does not reach the gap, which is the last: how many.

        slots, (n_levels, 2, n_tasks, capacity), receive W and C, outcomes, (n_levels, 4), the gap over the set, epochs,
        Newton steps and the status.
        """
        cdef const double* l1 = <const double*>address(l1_scales)
        cdef const double* l2 = <const double*>address(l2_scales)
        cdef double* numbers = <double*>address(outcomes)
        cdef double* out = <double*>address(slots)
        cdef BlockSet* blocks = &self.solver.blocks
        cdef BlockOutcome outcome
        cdef Py_ssize_t k, size = blocks.n_tasks * blocks.capacity
        self.settings.max_iter = max_iter
        for k in range(len(l1_scales)):
            self.set_level(l1[k], l2[k])
            self.start_level(l1[k])
            if self.steps is not None:
                self.steps.level = k
            self.solve_level(gap_tol, &outcome)
            if self.is_exact and outcome.status == CONVERGED:
                with nogil:
                    sets.blocks.refine(&self.solver, &self.settings, &outcome)
                if outcome.status == INTERRUPTED:
                    raise_pending()
            numbers[4 * k], numbers[4 * k + 1], numbers[4 * k + 2] = outcome.gap, outcome.n_epochs, outcome.n_newton
            numbers[4 * k + 3] = outcome.status
            memcpy(out + 2 * k * size, blocks.W, size * sizeof(double))
            memcpy(out + (2 * k + 1) * size, blocks.C, size * sizeof(double))
            if outcome.status != CONVERGED:
                return k + 1
        return len(l1_scales)

    cdef start_level(self, double l1_scale):
        """Extrapolate from the last two levels, and note the last."""
        cdef BlockSet* blocks = &self.solver.blocks
        cdef size_t size = blocks.n_tasks * blocks.capacity * sizeof(double)
        cdef double share
        if l1_scale == self.last_scale or blocks.n_blocks == 0:
            return
        memcpy(self.previous.values, blocks.W, size)
        if self.n_levels > 1:
            share = (l1_scale - self.last_scale) / (self.last_scale - self.scale_before)
            with nogil:
                sets.blocks.extrapolate(&self.solver, share)
        memcpy(self.solver.before, self.previous.values, size)
        self.scale_before, self.last_scale = self.last_scale, l1_scale
        self.n_levels += 1

    def set_recorder(self, StepRecorder steps not None):
        """Record W, task by task, after every epoch and Newton step."""
        self.steps, self.solver.recorder = steps, recorder_of(steps)

    def forget_levels(self):
        """The coefficients are not those of the last level: do not extrapolate from it."""
        self.n_levels = 0

    def certify(self, slots, l1_scales, l2_scales, outside_ratios, sq_residuals):
        """(gap, ||R||_s^2) of slots of W and C at these levels; outside_ratios bound dual ratios of blocks outside over
        the levels; sq_residuals are computed from C where they are None."""
        cdef const double* l1 = <const double*>address(l1_scales)
        cdef const double* l2 = <const double*>address(l2_scales)
        cdef const double* ratios = <const double*>address(outside_ratios)
        cdef const double* given = <const double*>address(sq_residuals)
        cdef Py_ssize_t k, size = self.solver.blocks.n_tasks * self.solver.blocks.capacity
        cdef BlockView view
        certified, norms = np.empty((len(slots), 2)), np.empty(self.solver.blocks.n_blocks)
        cdef double* out = <double*>address(certified)
        for k in range(len(slots)):
            self.set_level(l1[k], l2[k])
            view = self.view_of_slot(<const double*>address(slots) + 2 * k * size, <double*>address(norms))
            view.outside_ratio = ratios[k]
            if given != NULL:
                view.sq_residual = given[k]
            out[2 * k], out[2 * k + 1] = sets.blocks.gap(&view), view.sq_residual
        return certified

    cdef BlockView view_of_slot(self, const double* W, double* norms):
        """The view of a slot of W and C, whose norms it fills."""
        cdef BlockSet* blocks = &self.solver.blocks
        cdef BlockView view = view_blocks(blocks)
        cdef Py_ssize_t a, i, t, size = blocks.n_tasks * blocks.capacity
        cdef double fitted = 0.0, total = 0.0
        view.W, view.C, view.norms = W, W + size, norms
        for t in range(blocks.n_tasks):
            for i in range(t * blocks.capacity, t * blocks.capacity + blocks.size):
                fitted += W[i] * blocks.Q[i]
                total += W[i] * W[size + i]
        view.fit_product = blocks.sq_target - fitted
        view.sq_residual = max(view.fit_product - total, 0.0)
        for a in range(blocks.n_blocks):
            norms[a] = block_norm(blocks.scratch, load_block(blocks, W, a, blocks.scratch))
        return view

    def dual_ratios(self):
        """For each block, the l1 scale from which on it may be 0; infinity for unpenalised ones."""
        cdef BlockSet* blocks = &self.solver.blocks
        cdef Py_ssize_t a, n
        self.set_level(1.0, 1.0)
        ratios = np.empty(blocks.n_blocks)
        cdef double* out = <double*>address(ratios)
        sets.blocks.update(blocks, 0, blocks.size)
        for a in range(blocks.n_blocks):
            n = load_block(blocks, blocks.C, a, blocks.scratch)
            out[a] = dual_ratio(&blocks.penalties[a], blocks.scratch, n)
        return ratios


cdef double* reserved(Buffer* buffer, Py_ssize_t size) except? NULL:
    """Room for so many numbers."""
    cdef double* values = reserve(buffer, max(size, 1))
    if values == NULL:
        raise MemoryError(f"no memory for {size} numbers")
    return values
