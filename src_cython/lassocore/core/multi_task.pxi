# Lives here: a problem of several tasks and the state of its solution. Independent of: alpha, paths.
import numpy as np

cimport numpy as cnp
from cpython.pycapsule cimport PyCapsule_GetPointer
from libc.string cimport memcpy
from numpy.random cimport bitgen_t

from lassocore.core.signals cimport interrupted
from lassocore.designs.types cimport SLOTS
from lassocore.penalties.elastic_net cimport make_penalty
from lassocore.penalties.l21 cimport row_norm
from lassocore.solvers.anderson cimport DEPTH
from lassocore.solvers.multi_task_descent cimport TaskWorkspace, UnpenalisedRows, round_rows
from lassocore.solvers.multi_task_gap cimport TaskResidualView, max_row_ratio, task_gap
from lassocore.solvers.state cimport INTERRUPTED, Outcome, Settings, first_gap_per_root_descent


cdef class TaskSolver:
    """Block coordinate descent on a set of columns of one design, carried from one penalty level to the next.

    W is (n_features, width), C order, with SLOTS slots for each block of targets; target and residual hold s Y0 and
    s (Y0 - X W) as (n_blocks, n_samples, SLOTS), or X'(s Y0) and X'(s R) for a Gram matrix. Rows outside the set are 0.
    C = X'(s R) is valid for the columns last passed to update_correlations.
    """
    cdef Matrix matrix
    cdef TaskWorkspace ws
    cdef Settings settings
    cdef readonly object W, residual, C
    cdef dict buffers           # the arrays that the pointers of ws refer to

    def __init__(self, Matrix matrix, target, sq_norms, double sq_target):
        cdef Py_ssize_t p = matrix.n_features, width = SLOTS * target.shape[0]
        self.matrix = matrix
        self.W, self.C = np.zeros((p, width)), np.zeros((p, width))
        self.residual = zero_rows(target.size // SLOTS).reshape(target.shape)
        self.residual[:] = target
        self.buffers = {"target": target, "sq_norms": sq_norms, "offsets": zeros(width), "scratch": zeros(2 * width),
                     "sets": empty(2 * p, cnp.NPY_INTP), "penalty": None}
        self.ws.residual.values = <double*>address(self.residual)
        self.ws.residual.target = <const double*>address(target)
        self.ws.residual.offsets = <double*>address(self.buffers["offsets"])
        self.ws.residual.sq_target, self.ws.residual.n_blocks = sq_target, target.shape[0]
        self.ws.w.W, self.ws.w.width = <double*>address(self.W), width
        self.ws.w.scratch = <double*>address(self.buffers["scratch"])
        self.ws.C = <double*>address(self.C)
        self.ws.sq_norms = <const double*>address(sq_norms)
        self.ws.active = <Py_ssize_t*>address(self.buffers["sets"])
        self.ws.order = self.ws.active + p
        self.ws.iterates = self.ws.residuals = NULL
        self.ws.descent = self.ws.outside_ratio = 0.0
        self.ws.work = 0
        self.set_penalty(zeros(p), None, None, None)
        self.set_unpenalised(np.empty(0, np.intp), None)
        self.set_columns(np.empty(0, np.intp))
        self.set_settings(0.0, 1, "cyclic", None, False)

    def set_columns(self, columns):
        """Only the rows of these columns may be nonzero."""
        self.buffers["columns"] = columns
        self.buffers["iterates"] = None
        self.ws.columns, self.ws.n_columns = <const Py_ssize_t*>address(columns), len(columns)

    def set_unpenalised(self, columns, data):
        """The columns of the set without penalty, and their `lassocore.problems.unpenalised.Block`; without a root of
        that block they are left to the epochs."""
        cdef UnpenalisedRows* block = &self.ws.unpenalised
        root = None if data is None else data.root
        cdef Py_ssize_t size = len(columns), rank = 0 if root is None else root.shape[1]
        self.ws.accuracy = accuracy_of(data)
        vectors = empty((size + rank) * self.ws.w.width, cnp.NPY_DOUBLE)
        self.buffers["unpenalised"] = columns, root, vectors
        block.columns, block.n_columns, block.rank = <const Py_ssize_t*>address(columns), size, rank
        block.root, block.step = <const double*>address(root), <double*>address(vectors)
        block.rotated = block.step + size * self.ws.w.width

    def set_penalty(self, l1_reg, l2_reg, lower, upper):
        """The penalty of the next level, float64 over all columns; l2_reg None for zeros; rows have no bounds."""
        if lower is not None or upper is not None:
            raise ValueError("bounds do not apply to the rows of a group penalty")
        self.buffers["penalty"] = (l1_reg, l2_reg)
        self.ws.penalty = make_penalty(<const double*>address(l1_reg), <const double*>address(l2_reg), NULL, NULL)

    def set_settings(self, double gap_tol, Py_ssize_t max_iter, str selection, bit_generator, bint single_precision):
        """How levels are solved; bit_generator is a NumPy one for this solver alone, or None for "cyclic"."""
        self.buffers["rng"] = bit_generator
        self.settings.gap_tol, self.settings.max_iter = gap_tol, max_iter
        self.ws.gap_per_root_descent = first_gap_per_root_descent(gap_tol)
        self.settings.selection = SELECTIONS[selection]
        self.settings.single_precision = single_precision
        self.settings.rng = NULL
        if bit_generator is not None:
            self.settings.rng = <bitgen_t*>PyCapsule_GetPointer(bit_generator.capsule, "BitGenerator")

    def refresh(self):
        """Recompute the residuals from W, and solve for the unpenalised rows."""
        cdef bint done
        with nogil:
            done = self.matrix.operations.task_restart(&self.matrix.design, &self.ws)
        if not done:
            raise_pending()

    def round(self):
        """Round W to float32."""
        round_rows(&self.ws)

    def update_correlations(self, const Py_ssize_t[::1] columns):
        """C of these columns, increasing, from the current residuals."""
        cdef Py_ssize_t size = columns.shape[0], n_rows = 1 + RANGE_WORK // (1 + self.matrix.cost)
        cdef Py_ssize_t start = 0, n, since_check = 0
        cdef bint stopped = False
        products = empty(SLOTS * min(n_rows, size), cnp.NPY_DOUBLE)
        cdef double* out = <double*>address(products)
        if size == 0:
            return
        with nogil:
            while start < size and not stopped:
                n = min(n_rows, size - start)
                self.update_range(&columns[start], n, out)
                stopped = interrupted(&since_check, n * self.matrix.cost * self.ws.residual.n_blocks)
                start += n
        if stopped:
            raise_pending()

    cdef void update_range(self, const Py_ssize_t* columns, Py_ssize_t n_columns, double* out) noexcept nogil:
        cdef Py_ssize_t b, k
        cdef const double* R = self.ws.residual.values
        for b in range(self.ws.residual.n_blocks):
            self.matrix.operations.scan(&self.matrix.design, columns, n_columns, R, out)
            for k in range(n_columns):
                memcpy(self.ws.C + columns[k] * self.ws.w.width + SLOTS * b, out + SLOTS * k, SLOTS * sizeof(double))
            R += SLOTS * self.matrix.n_samples

    def correlation_norms(self, const Py_ssize_t[::1] columns):
        """||C_j|| of these columns."""
        cdef Py_ssize_t k
        norms = empty(columns.shape[0], cnp.NPY_DOUBLE)
        cdef double* out = <double*>address(norms)
        for k in range(columns.shape[0]):
            out[k] = row_norm(self.ws.C + columns[k] * self.ws.w.width, self.ws.w.width)
        return norms

    cdef TaskResidualView view(self, const Py_ssize_t[::1] columns):
        return self.matrix.operations.task_view(
            &self.matrix.design, &self.ws, &columns[0] if columns.shape[0] else NULL, columns.shape[0])

    def max_ratio(self, const Py_ssize_t[::1] columns):
        """max_j ||C_j|| / l1_reg_j: at most 1 where W = 0 is optimal."""
        cdef TaskResidualView view = self.view(columns)
        return max_row_ratio(&self.ws.penalty, &view, True)

    def gap(self, const Py_ssize_t[::1] columns, double outside_ratio):
        """(gap, ||R||_s^2) at the current penalty, S-scaled; C of these columns is up to date, and all other columns
        have W_j = 0 and ||C_j|| of at most outside_ratio times l1_reg_j."""
        cdef TaskResidualView view = self.view(columns)
        view.outside_ratio = outside_ratio
        return task_gap(&self.ws.penalty, &view), view.sq_residual

    def solve_level(self):
        """Solve at the current penalty: (gap over the set, epochs, status)."""
        cdef Outcome outcome
        self.allocate_iterates()
        with nogil:
            self.matrix.operations.task_solve(&self.matrix.design, &self.ws, &self.settings, &outcome)
        if outcome.status == INTERRUPTED:
            raise_pending()
        return outcome.gap, outcome.n_iter, STATUSES[outcome.status]

    cdef allocate_iterates(self):
        """Allocate the iterates for the extrapolation."""
        cdef Py_ssize_t n_rows = (DEPTH + 2) * self.ws.n_columns
        if self.buffers["iterates"] is None:
            self.buffers["iterates"] = empty(n_rows * self.ws.w.width, cnp.NPY_DOUBLE)
            self.ws.iterates = <double*>address(self.buffers["iterates"])
        if "residuals" not in self.buffers:
            self.buffers["residuals"] = empty((DEPTH + 1) * self.residual.size, cnp.NPY_DOUBLE)
            self.ws.residuals = <double*>address(self.buffers["residuals"])
