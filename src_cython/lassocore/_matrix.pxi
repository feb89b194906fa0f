# Lives here: one design, its arrays and the operations bound to its storage. Must not know: formulas, alpha, warnings.
ctypedef void (*MeasureFn)(const void*, Py_ssize_t, const Residual*, ColumnStats*, int*) noexcept nogil
ctypedef void (*GatherFn)(const void*, Py_ssize_t, double*) noexcept nogil
ctypedef bint (*RestartFn)(const void*, Workspace*) noexcept nogil
ctypedef Scan (*ViewFn)(const void*, Workspace*, const Py_ssize_t*, Py_ssize_t) noexcept nogil
ctypedef void (*SolveFn)(const void*, Workspace*, const Settings*, double, Outcome*) noexcept nogil
ctypedef double (*DotFn)(const void*, Py_ssize_t, const Residual*) noexcept nogil
ctypedef void (*AxpyFn)(const void*, Py_ssize_t, double, Residual*) noexcept nogil
ctypedef void (*FoldFn)(const void*, Residual*) noexcept nogil
ctypedef double (*EpochFn)(
    const void*, const Penalty*, double*, Residual*, const double*, const Py_ssize_t*, Py_ssize_t) noexcept nogil


cdef struct Operations:
    # What Python asks of a storage; chosen once, when the matrix is wrapped.
    MeasureFn measure
    GatherFn gather
    RestartFn restart
    ViewFn view
    SolveFn solve
    DotFn dot
    AxpyFn axpy
    FoldFn fold
    EpochFn epoch


cdef union AnyDesign:
    DenseF64 dense_f64
    DenseF32 dense_f32
    CscF64I32 csc_f64_i32
    CscF64I64 csc_f64_i64
    CscF32I32 csc_f32_i32
    CscF32I64 csc_f32_i64
    GramF64 gram_f64


cdef void measure_into(
    const Design* X, Py_ssize_t j, const Residual* residual, ColumnStats* stats, int* fault
) noexcept nogil:
    fault[0] = measure_column(X, j, residual, stats)


cdef void bind(const Design* X, Operations* operations) noexcept:
    """Point the operations at this storage's instances."""
    operations.measure = <MeasureFn>measure_into[Design]
    operations.gather = <GatherFn>gather_column[Design]
    operations.restart = <RestartFn>restart[Design]
    operations.view = <ViewFn>view_scan[Design]
    operations.solve = <SolveFn>solve_level[Design]
    operations.dot = <DotFn>column_dot[Design]
    operations.axpy = <AxpyFn>column_axpy[Design]
    operations.fold = <FoldFn>fold_offset[Design]
    operations.epoch = <EpochFn>cd_epoch[Design]


cdef int raise_pending() except -1:
    """Raise the exception that a signal handler left set."""
    return -1


cdef void* address(array) except? NULL:
    """Where the numbers of an array start; the caller keeps the array alive."""
    return NULL if array is None else <void*><size_t>array.__array_interface__["data"][0]


cdef class Matrix:
    """Columns of one design, in the storage of the arrays given; nothing is copied.

    weights are the sample weights s, or None for all ones. means are zeros until measure() has centred the columns.
    """
    cdef AnyDesign design
    cdef Operations operations
    cdef readonly Py_ssize_t n_samples, n_features
    cdef Py_ssize_t cost                    # multiply-adds of one dot
    cdef readonly double total_weight
    cdef readonly object means, weights
    cdef readonly tuple arrays              # what the pointers of design point into

    def __init__(self, tuple shape, tuple arrays, weights=None):
        self.n_samples, self.n_features = shape
        self.arrays = arrays
        self.weights = weights
        self.means = np.zeros(self.n_features)
        self.total_weight = self.n_samples if weights is None else weights.sum()

    @staticmethod
    def dense(X, weights=None):
        """float64 or float32, each column contiguous, any distance between columns."""
        cdef Matrix matrix = Matrix(X.shape, (X,), weights)
        if X.dtype == np.float64:
            fill_dense(&matrix.design.dense_f64, matrix)
        else:
            fill_dense(&matrix.design.dense_f32, matrix)
        return matrix

    @staticmethod
    def csc(tuple shape, data, indices, indptr, weights=None):
        """Canonical compressed sparse columns: float64 or float32 data, int32 or int64 indices."""
        cdef Matrix matrix = Matrix(shape, (data, indices, indptr), weights)
        cdef bint small_indices = indices.dtype == np.int32
        if data.dtype == np.float64 and small_indices:
            fill_csc(&matrix.design.csc_f64_i32, matrix)
        elif data.dtype == np.float64:
            fill_csc(&matrix.design.csc_f64_i64, matrix)
        elif small_indices:
            fill_csc(&matrix.design.csc_f32_i32, matrix)
        else:
            fill_csc(&matrix.design.csc_f32_i64, matrix)
        return matrix

    @staticmethod
    def gram(gram, double total_weight):
        """X'SX of columns that are centred already, float64, F order."""
        cdef Matrix matrix = Matrix(gram.shape, (gram,))
        cdef GramF64* X = &matrix.design.gram_f64
        matrix.total_weight = X.total_weight = total_weight
        X.n_samples = X.n_features = matrix.n_features
        X.column_stride = matrix.n_features
        X.data = <const double*>address(gram)
        X.means = <const double*>address(matrix.means)
        X.weights = NULL
        matrix.cost = column_cost(X)
        bind(X, &matrix.operations)
        return matrix

    @property
    def is_dense(self):
        """Whether the columns are those of one dense array."""
        return len(self.arrays) == 1

    def gram_product(self, const double[::1] v):
        """X'SX v, column by column."""
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

    def measure(self, const double[::1] target, bint centred):
        """(sq_norms, correlations, first unsound column or -1, its fault) in one pass; fills means where centred."""
        cdef ColumnStats stats
        cdef Residual residual = make_residual(<double*>&target[0], &target[0])     # only read
        cdef Py_ssize_t j = 0
        cdef Workspace clock
        cdef int fault = 0
        cdef bint stopped = False
        sq_norms, correlations = np.empty(self.n_features), np.empty(self.n_features)
        stats.means = <double*>address(self.means)
        stats.sq_norms = <double*>address(sq_norms)
        stats.correlations = <double*>address(correlations)
        stats.centred = centred
        clock.work = 0
        with nogil:
            for j in range(self.n_features):
                self.operations.measure(&self.design, j, &residual, &stats, &fault)
                stopped = interrupted(&clock, 3 * self.cost)
                if fault != 0 or stopped:
                    break
        if stopped:
            raise_pending()
        return sq_norms, correlations, j if fault else -1, fault

    def gather(self, const Py_ssize_t[::1] columns):
        """sqrt(s) (X_j - mean_j) for the columns, dense float64 in F order."""
        out = np.empty((self.n_samples, len(columns)), order="F")
        cdef double* first = <double*>address(out)
        cdef Py_ssize_t k
        with nogil:
            for k in range(columns.shape[0]):
                self.operations.gather(&self.design, columns[k], first + k * self.n_samples)
        return out

    def column_dot(self, Py_ssize_t j, const double[::1] values, double offset=0.0):
        """(X_j - mean_j)'(s r), for tests of one kernel."""
        cdef Residual residual = make_residual(<double*>&values[0], &values[0])
        residual.offset = offset
        return self.operations.dot(&self.design, j, &residual)

    def column_axpy(self, Py_ssize_t j, double a, double[::1] values, bint fold=True):
        """values += a s (X_j - mean_j); returns the offset that is left, 0 where folded. For tests of one kernel."""
        cdef Residual residual = make_residual(&values[0], &values[0])
        self.operations.axpy(&self.design, j, a, &residual)
        if fold:
            self.operations.fold(&self.design, &residual)
        return residual.offset


cdef void fill_dense(Dense* X, Matrix matrix):
    """Point X at the array of the matrix."""
    array = matrix.arrays[0]
    if Dense is DenseF64:
        X.data = <const double*>address(array)
    else:
        X.data = <const float*>address(array)
    X.n_samples, X.n_features = matrix.n_samples, matrix.n_features
    X.column_stride = array.strides[1] // array.itemsize
    X.means = <const double*>address(matrix.means)
    X.weights = <const double*>address(matrix.weights)
    X.total_weight = matrix.total_weight
    matrix.cost = column_cost(X)
    bind(X, &matrix.operations)


cdef void fill_csc(Csc* X, Matrix matrix):
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
    bind(X, &matrix.operations)


cdef Residual make_residual(double* values, const double* target) noexcept:
    """A residual over these numbers; ||y0||_s^2 is its problem's to tell."""
    cdef Residual residual
    residual.values, residual.target = values, target
    residual.offset = residual.sq_target = 0.0
    return residual
