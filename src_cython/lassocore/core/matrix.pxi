# Lives here: the matrix X for Python, and the operations bound to its storage. Independent of: alpha, paths.
import numpy as np

cimport numpy as cnp
from cpython.exc cimport PyErr_CheckSignals
from libc.stdint cimport int32_t, int64_t

from lassocore.core.operations cimport (
    CSC_F32_I32, CSC_F32_I64, CSC_F64_I32, CSC_F64_I64, DENSE_F32, DENSE_F64, GRAM_F64, ROWS_F32, ROWS_F64, AnyDesign,
    Operations, range_width,
)
from lassocore.designs.csc cimport Csc, CscF32I32, CscF32I64, CscF64I32, CscF64I64
from lassocore.designs.dense cimport Dense, DenseF32, DenseF64, Rows, RowsF32, RowsF64
from lassocore.designs.design cimport column_cost
from lassocore.designs.gram cimport GramF64
from lassocore.designs.moments cimport SOUND, ColumnStats
from lassocore.designs.types cimport BLOCK_COLUMNS, SLOTS, Residual, TaskResidual


cdef int raise_pending() except -1:
    """Raise the exception that a signal handler left set."""
    return -1


cdef void* address(cnp.ndarray array) noexcept:
    """Pointer to the data of an array, NULL for None; the caller keeps the array alive."""
    return NULL if array is None else cnp.PyArray_DATA(array)


cdef object zeros(Py_ssize_t n):
    """A float64 vector of zeros."""
    return cnp.PyArray_ZEROS(1, <cnp.npy_intp*>&n, cnp.NPY_DOUBLE, 0)


cdef object empty(Py_ssize_t n, int number_type):
    """A vector with undefined contents."""
    return cnp.PyArray_EMPTY(1, <cnp.npy_intp*>&n, number_type, 0)


def zero_rows(Py_ssize_t n_rows):
    """Zeros of shape (n_rows, SLOTS) whose rows are cache lines, of which a scan of sparse columns reads many."""
    buffer = zeros(SLOTS * (n_rows + 1))
    cdef Py_ssize_t first = (-<size_t>address(buffer) % (SLOTS * sizeof(double))) // sizeof(double)
    return buffer[first:first + SLOTS * n_rows].reshape(n_rows, SLOTS)


cdef class Matrix:
    """The matrix X in the storage of the given arrays, which are not copied.

    weights are the sample weights s, or None for all ones. means are zeros until measure() has centred the columns.
    """
    cdef AnyDesign design
    cdef Operations operations
    cdef readonly Py_ssize_t n_samples, n_features
    cdef readonly Py_ssize_t cost  # multiply-adds of one dot
    cdef Py_ssize_t min_range   # adjacent columns that are measured together
    cdef readonly double total_weight
    cdef bint is_gram
    cdef Py_ssize_t row_itemsize  # bytes of an entry where rows are contiguous, else 0
    cdef readonly object means, weights
    cdef readonly tuple arrays  # the arrays that the pointers of design refer to

    def __init__(self, tuple shape, tuple arrays, weights=None):
        self.n_samples, self.n_features = shape
        self.arrays = arrays
        self.weights = weights
        self.min_range = 1
        self.means = zeros(self.n_features)
        self.total_weight = self.n_samples if weights is None else total(weights)

    @staticmethod
    def dense(X, weights=None):
        """float64 or float32; either columns or rows are contiguous, with any stride between them."""
        cdef Matrix matrix = Matrix(X.shape, (X,), weights)
        cdef bint by_columns = cnp.PyArray_STRIDE(X, 0) == cnp.PyArray_ITEMSIZE(X) or cnp.PyArray_DIM(X, 0) == 1
        cdef bint double_precision = cnp.PyArray_TYPE(X) == cnp.NPY_DOUBLE
        if double_precision and by_columns:
            fill_dense(&matrix.design.dense_f64, matrix, DENSE_F64)
        elif double_precision:
            fill_dense(&matrix.design.rows_f64, matrix, ROWS_F64)
        elif by_columns:
            fill_dense(&matrix.design.dense_f32, matrix, DENSE_F32)
        else:
            fill_dense(&matrix.design.rows_f32, matrix, ROWS_F32)
        return matrix

    @staticmethod
    def csc(tuple shape, data, indices, indptr, weights=None):
        """Canonical compressed sparse columns: float64 or float32 data, int32 or int64 indices."""
        cdef Matrix matrix = Matrix(shape, (data, indices, indptr), weights)
        cdef bint small_indices = indices.dtype == np.int32
        if data.dtype == np.float64 and small_indices:
            fill_csc(&matrix.design.csc_f64_i32, matrix, CSC_F64_I32)
        elif data.dtype == np.float64:
            fill_csc(&matrix.design.csc_f64_i64, matrix, CSC_F64_I64)
        elif small_indices:
            fill_csc(&matrix.design.csc_f32_i32, matrix, CSC_F32_I32)
        else:
            fill_csc(&matrix.design.csc_f32_i64, matrix, CSC_F32_I64)
        return matrix

    @staticmethod
    def gram(gram, double total_weight):
        """X'SX of centred columns, float64, each column contiguous."""
        cdef Matrix matrix = Matrix(gram.shape, (gram,))
        cdef GramF64* X = &matrix.design.gram_f64
        matrix.total_weight = X.total_weight = total_weight
        matrix.is_gram = True
        X.n_samples = X.n_features = matrix.n_features
        X.column_stride = cnp.PyArray_STRIDE(gram, 1) // sizeof(double)
        X.data = <const double*>address(gram)
        X.means = <const double*>address(matrix.means)
        X.weights = NULL
        matrix.cost = column_cost(X)
        matrix.operations = tables.operations[GRAM_F64]
        return matrix

    @property
    def storage(self):
        """"dense", "sparse" or "gram"."""
        return "sparse" if len(self.arrays) == 3 else "gram" if self.is_gram else "dense"

    def cost_of(self, columns):
        """Stored entries of these columns, on average."""
        if self.storage != "sparse":
            return float(self.n_samples)
        starts = self.arrays[2]
        return float((starts[columns + 1] - starts[columns]).sum()) / max(1, len(columns))

    def gram_product(self, const double[::1] v):
        """X'SX v."""
        product, image = np.empty(self.n_features), np.zeros(self.n_samples)
        cdef Residual residual = make_residual(<double*>address(image), <const double*>address(image))
        cdef double* out = <double*>address(product)
        cdef Py_ssize_t j
        with nogil:
            for j in range(self.n_features):
                self.operations.axpy(&self.design, j, v[j], &residual)
            self.operations.fold(&self.design, &residual)
            for j in range(self.n_features):
                out[j] = self.operations.dot(&self.design, j, &residual)
        return product

    def measure(self, const double[::1] target, bint centred, pool=None):
        """(sq_norms, correlations, first unusable column or -1, its fault) in one pass; fills means where centred.

        pool is a concurrent.futures.ThreadPoolExecutor. The ranges of columns, and so the results, do not depend on its
        number of threads.
        """
        sq_norms, correlations = np.empty(self.n_features), np.empty(self.n_features)
        cdef Py_ssize_t first, width = range_width(self.cost, self.min_range)

        def measure_range(first):
            last = min(first + width, self.n_features)
            return self.measure_range(first, last, target, centred, sq_norms, correlations)

        firsts = range(0, self.n_features, width)
        for column, fault in map(measure_range, firsts) if pool is None else pool.map(measure_range, firsts):
            PyErr_CheckSignals()
            if fault != SOUND:
                return sq_norms, correlations, column, fault
        return sq_norms, correlations, -1, SOUND

    cdef tuple measure_range(
        self, Py_ssize_t first, Py_ssize_t last, const double[::1] target, bint centred, sq_norms, correlations
    ):
        """(first unusable column, its fault) of the columns first to last - 1."""
        cdef Residual residual = make_residual(<double*>&target[0], &target[0])     # only read
        cdef ColumnStats stats
        cdef Py_ssize_t column = -1
        cdef int fault = SOUND
        stats.means = <double*>address(self.means)
        stats.sq_norms = <double*>address(sq_norms)
        stats.correlations = <double*>address(correlations)
        stats.centred = centred
        with nogil:
            self.operations.measure(&self.design, first, last, &residual, &stats, &column, &fault)
        return column, fault

    def scan(self, const Py_ssize_t[::1] columns, const double[:, ::1] R, out=None):
        """(X_columns - means)'R, (n_columns, 8), for R of eight weighted residuals; in out if given."""
        if out is None:
            out = np.empty((len(columns), SLOTS))
        cdef double* first = <double*>address(out)
        if columns.shape[0]:
            with nogil:
                self.operations.scan(&self.design, &columns[0], columns.shape[0], &R[0, 0], first)
        return out

    def scan_residual(self, const Py_ssize_t[::1] columns, const double[::1] values):
        """(X_columns - means)'(s r) for increasing columns."""
        out = np.empty(len(columns))
        cdef Residual residual = make_residual(<double*>&values[0], &values[0])     # only read
        cdef double* first = <double*>address(out)
        with nogil:
            self.operations.scan_residual(&self.design, &columns[0], columns.shape[0], &residual, first)
        return out

    def gather_rows(self, Py_ssize_t first_row, double[::1, :] out):
        """out = sqrt(s) (X - means) over the rows from first_row on, of a dense design."""
        cdef Py_ssize_t n_rows = out.shape[0]
        with nogil:
            self.operations.gather_rows(&self.design, first_row, n_rows, &out[0, 0])

    def gather(self, const Py_ssize_t[::1] columns):
        """sqrt(s) (X_j - mean_j) for the columns, dense float64 in F order."""
        if self.is_gram:
            raise ValueError("a Gram matrix has no columns to gather")
        out = np.empty((self.n_samples, len(columns)), order="F")
        cdef double* first = <double*>address(out)
        if len(columns):
            with nogil:
                self.operations.gather(&self.design, &columns[0], columns.shape[0], first)
        return out

    cdef void subtract(
        self, const Py_ssize_t* columns, Py_ssize_t n_columns, const double* W, double* R
    ) noexcept nogil:
        """R -= s (X_columns - means) W for eight weighted residuals, (n_samples, 8), and W of (n_columns, 8)."""
        cdef double[SLOTS] offsets, step
        cdef TaskResidual residual
        cdef Py_ssize_t k, slot
        residual.values, residual.offsets, residual.n_blocks = R, offsets, 1
        for slot in range(SLOTS):
            offsets[slot] = 0.0
        for k in range(n_columns):
            for slot in range(SLOTS):
                step[slot] = -W[SLOTS * k + slot]
            self.operations.task_axpy(&self.design, columns[k], step, &residual)
        self.operations.task_fold(&self.design, &residual)

    def subtract_columns(self, const Py_ssize_t[::1] columns, const double[:, ::1] W, double[:, ::1] R):
        """R -= s (X_columns - means) W. For tests."""
        self.subtract(&columns[0], columns.shape[0], &W[0, 0], &R[0, 0])

    def column_dot(self, Py_ssize_t j, const double[::1] values, double offset=0.0):
        """(X_j - mean_j)'(s r). For tests."""
        cdef Residual residual = make_residual(<double*>&values[0], &values[0])
        residual.offset = offset
        return self.operations.dot(&self.design, j, &residual)

    def column_axpy(self, Py_ssize_t j, double a, double[::1] values, bint fold=True):
        """values += a s (X_j - mean_j); returns the remaining offset, 0 if folded. For tests."""
        cdef Residual residual = make_residual(&values[0], &values[0])
        self.operations.axpy(&self.design, j, a, &residual)
        if fold:
            self.operations.fold(&self.design, &residual)
        return residual.offset


cdef void fill_dense(Dense* X, Matrix matrix, int storage):
    """Point X at the array of the matrix."""
    cdef cnp.ndarray array = matrix.arrays[0]
    if Dense is DenseF64 or Dense is RowsF64:
        X.data = <const double*>address(array)
    else:
        X.data = <const float*>address(array)
    if Dense in Rows:
        matrix.min_range = BLOCK_COLUMNS
        X.row_stride = cnp.PyArray_STRIDE(array, 0) // cnp.PyArray_ITEMSIZE(array)
        X.contiguous = NULL
        matrix.row_itemsize = cnp.PyArray_ITEMSIZE(array)
    else:
        X.column_stride = cnp.PyArray_STRIDE(array, 1) // cnp.PyArray_ITEMSIZE(array)
    X.n_samples, X.n_features = matrix.n_samples, matrix.n_features
    X.means = <const double*>address(matrix.means)
    X.weights = <const double*>address(matrix.weights)
    X.total_weight = matrix.total_weight
    matrix.cost = column_cost(X)
    matrix.operations = tables.operations[storage]


cdef void fill_csc(Csc* X, Matrix matrix, int storage):
    """Point X at the arrays of the matrix."""
    data, indices, indptr = matrix.arrays
    if Csc is CscF64I32 or Csc is CscF64I64:
        X.data = <const double*>address(data)
    else:
        X.data = <const float*>address(data)
    if Csc is CscF64I32 or Csc is CscF32I32:
        X.indices, X.indptr = <const int32_t*>address(indices), <const int32_t*>address(indptr)
    else:
        X.indices, X.indptr = <const int64_t*>address(indices), <const int64_t*>address(indptr)
    X.n_samples, X.n_features = matrix.n_samples, matrix.n_features
    X.means = <const double*>address(matrix.means)
    X.weights = <const double*>address(matrix.weights)
    X.total_weight = matrix.total_weight
    matrix.cost = column_cost(X)
    matrix.operations = tables.operations[storage]


cdef Residual make_residual(double* values, const double* target) noexcept:
    """A residual over these arrays; the caller sets sq_target where it is needed."""
    cdef Residual residual
    residual.values, residual.target = values, target
    residual.offset = residual.sq_target = 0.0
    return residual
