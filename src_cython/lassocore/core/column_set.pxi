# Lives here: columns of a problem with their Gram matrix and residuals. Independent of: alpha, columns outside.
import numpy as np

from libc.math cimport sqrt

from lassocore.solvers.gram_positions cimport (
    COEFS, CORRELATIONS, L1_FACTOR, L2_FACTOR, LOWER, N_OF_PROBLEM, NORMS, SQ_NORMS, TARGET_PRODUCTS, UPPER,
)

cdef enum:
    FIRST_CAPACITY = 520        # columns for which a working set allocates memory at first, or fewer,
    MIN_FIRST_CAPACITY = 128    # but at least so many,
    FIRST_GATHERED = 6_000_000  # where X has many rows: no more entries of them
    MAX_SCANNED = 200_000       # entries of gathered columns that are multiplied with new ones in place

# The time of a multiply-add on a factor or a Gram matrix.
cdef double SECONDS_PER_PRODUCT = 6e-10


cdef class ColumnSet:
    """Columns of a problem, in any order, whose levels are solved on their Gram matrix: all of them, or a working set.

    gathered holds sqrt(s) (X_j - mean_j) of the columns of a dense working set.
    """
    cdef readonly object problem, gathered, root_weights, target
    cdef readonly GramSolver solver
    cdef readonly str method
    cdef readonly object outcomes  # of the levels solved last, as of GramSolver.solve_levels
    cdef Matrix matrix
    cdef object all_columns     # with room for more; see columns
    cdef object order           # positions by rising column, None until they are needed
    cdef object roots, weighted  # residuals of the levels solved last
    cdef bint gathers, single
    cdef const double* source[N_OF_PROBLEM]  # for each row of the solver's numbers, the values of all columns, or NULL

    def __init__(self, problem, Py_ssize_t n_slots, gram=None, bint has_ridge=True, bint single=False):
        """All columns that may be nonzero if their Gram matrix is given, else none.

        Without a ridge penalty the Cholesky factor has at most as many members as X has rows. With single=True columns
        of a dense X are not copied, and their products are of single precision; residuals are not computed then.
        """
        cdef Py_ssize_t capacity = len(problem.features)
        self.problem, self.matrix = problem, problem.matrix
        if gram is None:
            capacity = max(1, min(capacity, FIRST_CAPACITY, max(
                <Py_ssize_t>MIN_FIRST_CAPACITY, FIRST_GATHERED // self.matrix.n_samples)))
        self.order = self.roots = self.weighted = None
        self.method = "working_set" if gram is None else "gram"
        self.single = single
        self.gathers = gram is None and problem.design.can_gather and not single
        self.root_weights = None if self.matrix.weights is None else np.sqrt(self.matrix.weights)
        self.solver = GramSolver(
            capacity, n_slots, problem.sq_target, problem.lower is not None, gram,
            PY_SSIZE_T_MAX if has_ridge else self.matrix.n_samples)
        if problem.block is not None:
            self.solver.set_accuracy(problem.block)
        self.source[TARGET_PRODUCTS] = self.source[CORRELATIONS] = <const double*>address(problem.correlations)
        self.source[COEFS] = self.source[SQ_NORMS] = self.source[NORMS] = NULL
        self.source[L1_FACTOR] = <const double*>address(problem.l1_factor)
        self.source[L2_FACTOR] = <const double*>address(problem.l2_factor)
        self.source[LOWER] = <const double*>address(problem.lower)
        self.source[UPPER] = <const double*>address(problem.upper)
        self.all_columns = empty(capacity, cnp.NPY_INTP)
        if gram is not None:
            self.all_columns[:] = problem.features
            self.adopt(0, capacity)
            return
        self.target = problem.target if not self.gathers or self.root_weights is None else divided(
            problem.target, self.root_weights)
        self.gathered = np.empty((self.matrix.n_samples if self.gathers else 0, capacity), order="F")

    def __len__(self):
        return self.solver.level.active.G.n_features

    @property
    def columns(self):
        """The columns, one for each position."""
        return self.all_columns[:len(self)]

    @property
    def n_slots(self):
        """How many levels can be solved at a time."""
        return len(self.solver.slot_w)

    @property
    def n_support(self):
        """The number of columns in the Cholesky factor."""
        return self.solver.level.active.factor.size

    @property
    def correlations(self):
        """X'(s r) of the columns at the last level."""
        return self.solver.c[:len(self)]

    def extend(self, columns, w=None):
        """Add columns, at 0 or with these coefficients; the Gram matrix grows by their products."""
        cdef Py_ssize_t size = len(self), new = size + len(columns)
        if new == size:
            return
        if new > self.solver.capacity:
            self.grow(max(new, min(2 * self.solver.capacity + SLOTS, len(self.problem.features))))
        self.all_columns[size:new] = columns
        if self.gathers:
            self.gather(size, new)
        elif self.single:
            add_dense_products(self.matrix, self.all_columns[:new], size, self.solver.gram, True)
        else:
            self.problem.design.add_products(self.all_columns[:new], size, self.solver.gram)
        self.order = None
        self.adopt(size, new)
        if w is not None and w.any():
            self.solver.w[size:new] = w
            self.start_from(self.solver.w[:new].copy())

    cdef grow(self, Py_ssize_t capacity):
        """Allocate memory for more columns."""
        size = len(self)
        self.solver = self.solver.grow(capacity)
        gathered = np.empty((len(self.gathered), capacity), order="F")
        gathered[:, :size] = self.gathered[:, :size]
        self.gathered, self.all_columns = gathered, np.resize(self.all_columns, capacity)

    cdef gather(self, Py_ssize_t first, Py_ssize_t stop):
        """Gather the columns from position first on and fill in their products with all."""
        cdef Py_ssize_t n = self.matrix.n_samples, stride = self.solver.level.active.G.column_stride
        cdef const Py_ssize_t* columns = <const Py_ssize_t*>address(self.all_columns)
        cdef double* Z = <double*>address(self.gathered)
        cdef double* gram = <double*>address(self.solver.gram)
        cdef double* R
        with nogil:
            self.matrix.operations.gather(&self.matrix.design, columns + first, stop - first, Z + n * first)
        if stop - first > SLOTS and n * stop > MAX_SCANNED:
            add_products_of_new(self.matrix, Z, columns, first, stop - first, gram, stride, False)
            return
        scratch = empty(SLOTS * (n + stop), cnp.NPY_DOUBLE)
        R = <double*>address(scratch)
        with nogil:
            sets.products.fill_products(Z, n, first, stop, gram, stride, R)

    cdef adopt(self, Py_ssize_t first, Py_ssize_t stop):
        """Positions from first on, whose products are in gram, are new and have coefficients of 0."""
        cdef Py_ssize_t m, k, row, capacity = self.solver.capacity, stride = self.solver.level.active.G.column_stride
        cdef const double* gram = <const double*>address(self.solver.gram)
        cdef const Py_ssize_t* columns = <const Py_ssize_t*>address(self.all_columns)
        cdef double* numbers = self.solver.first_number
        cdef double* w = numbers + COEFS * capacity
        cdef double* c = numbers + CORRELATIONS * capacity
        for row in range(N_OF_PROBLEM):
            if self.source[row] != NULL:
                for k in range(first, stop):
                    numbers[row * capacity + k] = self.source[row][columns[k]]
        for k in range(first, stop):
            w[k], numbers[SQ_NORMS * capacity + k] = 0.0, gram[k * stride + k]
            numbers[NORMS * capacity + k] = sqrt(gram[k * stride + k])
        for m in range(first):
            if w[m] != 0.0:
                for k in range(first, stop):
                    c[k] -= gram[m * stride + k] * w[m]
        self.solver.size = stop

    def start_from(self, const double[::1] w, correlations=None):
        """Continue from these coefficients of all positions; correlations computed with X are more accurate."""
        cdef GramSolver solver = self.solver
        cdef Py_ssize_t k, size = len(self)
        fitted = zeros(size)
        cdef Residual products = make_residual(<double*>address(fitted), <const double*>address(fitted))
        with nogil:
            for k in range(size):
                if w[k] != 0.0:
                    tables.operations[GRAM_F64].axpy(&solver.level.active.G, k, w[k], &products)
        if correlations is None:
            solver.c[:size] = solver.q[:size] - fitted
        else:
            solver.c[:size] = correlations
            solver.q[:size] = correlations + fitted
        solver.w[:size] = w
        solver.forget_factor()

    def solve(self, l1_scales, l2_scales, double tolerance, Py_ssize_t max_iter):
        """Solve the levels into the slots, perhaps fewer; how many."""
        cdef Py_ssize_t max_anchors = PY_SSIZE_T_MAX
        if self.method != "gram" and not self.single:       # which have no residuals to interpolate between anchors;
            max_anchors = 0 if self.problem.dtype == np.float32 else SLOTS      # rounded solutions are not linear there
        self.outcomes = self.solver.solve_batch(
            <const double*>address(l1_scales), <const double*>address(l2_scales), len(l1_scales), tolerance, max_iter,
            max_anchors)
        if self.problem.dtype == np.float32:
            self.solver.round_slots(len(self.outcomes))
        return len(self.outcomes)

    def solve_certified(self, l1_scales, l2_scales, indices, double tolerance, Py_ssize_t max_iter):
        """Solve the levels of a set of all columns, as solve does.

        ((gap, ||r||_s^2) of each level, (columns, values, how many each level has) of the nonzero coefficients), the
        latter at the levels with an index of 0 or more; the others are not certified. float32 solutions are rounded.
        """
        cdef Py_ssize_t t, n_levels = len(l1_scales), most = n_levels * len(self)
        cdef cnp.npy_intp[2] shape = [n_levels, 2]
        cdef const Py_ssize_t* index = <const Py_ssize_t*>address(indices)
        cdef SolvedLevels solved
        if self.problem.dtype == np.float32:
            n_levels = self.solve(l1_scales, l2_scales, tolerance, max_iter)
            certified = self.certify(l1_scales[:n_levels], l2_scales[:n_levels], zeros(n_levels))
            return certified, self.nonzeros((indices[:n_levels] >= 0).nonzero()[0])
        certified, memory = cnp.PyArray_ZEROS(2, shape, cnp.NPY_DOUBLE, 0), scratch_rows(2, most)
        counts = empty(n_levels, cnp.NPY_INTP)
        cdef double* values = <double*>address(memory)
        cdef Py_ssize_t* positions = <Py_ssize_t*>(values + most)
        solved.indices, solved.numbers, solved.counts = index, <double*>address(certified), <Py_ssize_t*>address(counts)
        solved.rows, solved.values = positions, values
        self.solver.solved = &solved
        try:
            n_levels = self.solve(l1_scales, l2_scales, tolerance, max_iter)
        finally:
            self.solver.solved = NULL
        sizes = [solved.counts[t] for t in range(n_levels) if index[t] >= 0]
        return certified[:n_levels], (*self.copied(positions, values, sum(sizes)), sizes)

    cdef copied(self, const Py_ssize_t* positions, const double* values, Py_ssize_t n):
        """The columns at n positions, and n values"""
        cdef Py_ssize_t k
        columns, copies = empty(n, cnp.NPY_INTP), empty(n, cnp.NPY_DOUBLE)
        cdef const Py_ssize_t* column = <const Py_ssize_t*>address(self.all_columns)
        cdef Py_ssize_t* column_of = <Py_ssize_t*>address(columns)
        memcpy(<double*>address(copies), values, n * sizeof(double))
        for k in range(n):
            column_of[k] = column[positions[k]]
        return columns, copies

    @property
    def anchors(self):
        """The slots of the levels solved last between which solutions are linear in the l1 scale."""
        cdef Py_ssize_t t
        anchors = empty(len(self.solver.anchors), cnp.NPY_INTP)
        cdef Py_ssize_t* slots = <Py_ssize_t*>address(anchors)
        for t in range(len(self.solver.anchors)):
            slots[t] = self.solver.anchors[t]
        return anchors

    def certify(self, l1_scales, l2_scales, outside_ratio):
        """(gap, ||r||_s^2) of each slot; outside_ratio bounds |c_j| / l1_j of the columns outside."""
        return self.solver.certify(l1_scales, l2_scales, outside_ratio)

    @property
    def seconds(self):
        """Estimated time for a level of those solved last; infinite before any."""
        return INFINITY if self.outcomes is None else SECONDS_PER_PRODUCT * float(self.outcomes[:, 4].mean())

    def needed(self, double ratio):
        """Which positions are nonzero, unpenalised, in the factor, or have |c_j| >= ratio * l1_factor_j."""
        solver, size = self.solver, len(self)
        l1_factor = solver.l1_factor[:size]
        needed = (solver.w[:size] != 0.0) | (np.abs(solver.c[:size]) >= ratio * l1_factor) | (l1_factor == 0.0)
        needed[solver.members] = True
        return needed

    def keep(self, const Py_ssize_t[::1] positions):
        """Keep these rising positions only; among them are all nonzeros and all columns of the factor."""
        cdef Py_ssize_t n = len(self.gathered), k, size = positions.shape[0]
        cdef double* Z = <double*>address(self.gathered)
        cdef Py_ssize_t* columns = <Py_ssize_t*>address(self.all_columns)
        for k in range(size):
            columns[k] = columns[positions[k]]
            if positions[k] > k:
                memcpy(Z + n * k, Z + n * positions[k], n * sizeof(double))
        self.solver.keep(positions)
        self.order = None

    def nonzeros(self, slots):
        """(columns, values, how many each slot has) of the coefficients in these slots, columns rising in each."""
        if self.order is None:
            self.order = self.columns.argsort()
        return self.solver.nonzeros(
            <const Py_ssize_t*>address(slots), len(slots), <const Py_ssize_t*>address(self.order),
            <const Py_ssize_t*>address(self.all_columns))

    def coefficients(self):
        """w of every column of X."""
        w = zeros(self.matrix.n_features)
        w[self.columns] = self.solver.w[:len(self)]
        return w

    def residuals(self, slots):
        """(sqrt(s) r, s r) of the solutions in at most SLOTS slots, each of shape (n_samples, SLOTS), 0 in the rest.

        The arrays are reused by the next call.
        """
        cdef Py_ssize_t n = self.matrix.n_samples, n_levels = len(slots), n_positions, i, t
        cdef const Py_ssize_t* chosen = <const Py_ssize_t*>address(slots)
        cdef const double* target = <const double*>address(self.target)
        cdef const double* root_weights = <const double*>address(self.root_weights)
        if self.roots is None:
            self.roots = zero_rows(n)
            self.weighted = self.roots if root_weights == NULL else zero_rows(n)
        cdef double* roots = <double*>address(self.roots)
        cdef double* weighted = <double*>address(self.weighted)
        scratch = empty((SLOTS + 1) * len(self), cnp.NPY_DOUBLE)
        cdef double* W = <double*>address(scratch)
        cdef Py_ssize_t* positions = <Py_ssize_t*>(W + SLOTS * len(self))
        cdef double* R = roots if self.gathers else weighted
        cdef const double* Z = <const double*>address(self.gathered)
        cdef const Py_ssize_t* columns = <const Py_ssize_t*>address(self.all_columns)
        with nogil:
            n_positions = self.list_nonzeros(chosen, n_levels, W, positions)
            for i in range(n):
                for t in range(SLOTS):
                    R[SLOTS * i + t] = target[i] if t < n_levels else 0.0
            if self.gathers:
                sets.products.subtract_gathered(Z, n, positions, n_positions, W, R)
            else:
                for i in range(n_positions):
                    positions[i] = columns[positions[i]]
                self.matrix.subtract(positions, n_positions, W, R)
            if root_weights != NULL and self.gathers:
                sets.products.multiply_rows(roots, root_weights, n, weighted)
            elif root_weights != NULL:
                sets.products.divide_rows(weighted, root_weights, n, roots)
        return self.roots, self.weighted

    cdef Py_ssize_t list_nonzeros(
        self, const Py_ssize_t* slots, Py_ssize_t n_slots, double* W, Py_ssize_t* positions
    ) noexcept nogil:
        """The positions with a nonzero coefficient in some slot, and these coefficients (n_positions, SLOTS)."""
        cdef const double* w = self.solver.first_w
        cdef Py_ssize_t k, t, n_positions = 0, capacity = self.solver.capacity
        cdef bint is_zero
        for k in range(self.solver.level.active.G.n_features):
            is_zero = True
            for t in range(SLOTS):
                W[SLOTS * n_positions + t] = w[slots[t] * capacity + k] if t < n_slots else 0.0
                is_zero = is_zero and W[SLOTS * n_positions + t] == 0.0
            positions[n_positions] = k
            n_positions += not is_zero
        return n_positions


def divided(values, root_weights):
    """values / root_weights; 0 where the weight is 0."""
    return np.divide(values, root_weights, out=np.zeros_like(values), where=root_weights > 0)
