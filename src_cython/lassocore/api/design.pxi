# Lives here: the caller's X as a design of the core, checked. Independent of: penalties, solvers.
from libc.math cimport INFINITY, isfinite
from libc.stdint cimport int32_t, int64_t
from libc.string cimport memcpy

from lassocore.core.operations cimport (
    CSC_F32_I32, CSC_F32_I64, CSC_F64_I32, CSC_F64_I64, DENSE_F32, DENSE_F64, GRAM_F64, Tables, range_width,
)
from lassocore.cython_api cimport (
    LASSOCORE_COLUMNS, LASSOCORE_CSC, LASSOCORE_FLOAT32, LASSOCORE_FLOAT64, LASSOCORE_GRAM, LASSOCORE_INT32,
    LASSOCORE_INT64, LASSOCORE_INVALID_DESIGN, LASSOCORE_INVALID_VALUES, LASSOCORE_OK, LASSOCORE_OUT_OF_RANGE,
    LASSOCORE_ROWS, lassocore_design,
)
from lassocore.designs.csc cimport (
    Csc, CscF32I32, CscF32I64, CscF64I32, CscF64I64, csc_is_canonical, csc_starts_rise,
)
from lassocore.designs.dense cimport DenseF32, DenseF64
from lassocore.designs.design cimport column_cost
from lassocore.designs.gram cimport GramF64
from lassocore.designs.moments cimport NOT_FINITE, SOUND, ColumnStats
from lassocore.designs.types cimport Residual

ctypedef fused Number:
    double
    float

ctypedef fused Stored:
    DenseF64
    DenseF32
    CscF64I32
    CscF64I64
    CscF32I32
    CscF32I64
    GramF64

cdef enum:
    TILE = 64                   # rows and columns that are copied together

cdef extern from *:
    """
    #define LASSOCORE_MAX_SIZE (PY_SSIZE_T_MAX / 32)
    """
    # Numbers of a dense X: counts of bytes stay below overflow.
    const Py_ssize_t MAX_SIZE "LASSOCORE_MAX_SIZE"


cdef int check_design(const lassocore_design* X) noexcept nogil:
    """The first fault of the fields of a design; values and indices are checked later"""
    cdef int64_t n = X.n_samples, p = X.n_features, width, n_vectors
    if X.storage not in (LASSOCORE_COLUMNS, LASSOCORE_ROWS, LASSOCORE_CSC, LASSOCORE_GRAM):
        return LASSOCORE_INVALID_DESIGN
    if X.number_type not in (LASSOCORE_FLOAT64, LASSOCORE_FLOAT32) or X.reserved != 0 or n < 1 or p < 1:
        return LASSOCORE_INVALID_DESIGN
    if n >= MAX_SIZE or p >= MAX_SIZE // 64:
        return LASSOCORE_INVALID_DESIGN
    if X.storage == LASSOCORE_CSC:
        if X.indptr == NULL or X.index_type not in (LASSOCORE_INT32, LASSOCORE_INT64):
            return LASSOCORE_INVALID_DESIGN
        return LASSOCORE_OK
    if X.storage == LASSOCORE_GRAM:
        if X.number_type != LASSOCORE_FLOAT64 or X.correlations == NULL or not 0.0 < X.total_weight < INFINITY:
            return LASSOCORE_INVALID_DESIGN
        n = p
    width, n_vectors = (p, n) if X.storage == LASSOCORE_ROWS else (n, p)
    if X.values == NULL or n_vectors > MAX_SIZE // width:
        return LASSOCORE_INVALID_DESIGN
    if n_vectors > 1 and not width <= X.stride <= MAX_SIZE // n_vectors:
        return LASSOCORE_INVALID_DESIGN
    return LASSOCORE_OK


cdef void copy_by_columns(
    const Number* rows, Py_ssize_t stride, Py_ssize_t n, Py_ssize_t p, Number* out
) noexcept nogil:
    """out = the columns of X, one after the other, of rows in C order"""
    cdef Py_ssize_t i, j, first_row = 0, first
    while first_row < n:
        first = 0
        while first < p:
            for j in range(first, min(p, first + TILE)):
                for i in range(first_row, min(n, first_row + TILE)):
                    out[j * n + i] = rows[i * stride + j]
            first += TILE
        first_row += TILE


cdef bint values_are_finite(const Number* values, Py_ssize_t n) noexcept nogil:
    """Whether none is NaN or infinite"""
    cdef Py_ssize_t i
    for i in range(n):
        if not isfinite(<double>values[i]):
            return False
    return True


cdef Py_ssize_t fill_shape(Stored* X, const Call* call) noexcept nogil:
    """What all storages have; returns the multiply-adds of a column"""
    X.n_samples, X.n_features = call.n_samples, call.n_features
    X.means, X.weights, X.total_weight = call.means, call.weights, call.total_weight
    return column_cost(X)


cdef Py_ssize_t fill_csc(Csc* X, const Call* call) noexcept nogil:
    """A sparse design; returns the multiply-adds of a column"""
    if Csc is CscF64I32 or Csc is CscF64I64:
        X.data = <const double*>call.X.values
    else:
        X.data = <const float*>call.X.values
    if Csc is CscF64I32 or Csc is CscF32I32:
        X.indices, X.indptr = <const int32_t*>call.X.indices, <const int32_t*>call.X.indptr
    else:
        X.indices, X.indptr = <const int64_t*>call.X.indices, <const int64_t*>call.X.indptr
    return fill_shape(X, call)


cdef Py_ssize_t point_at_csc(Call* call, const Tables* tables) noexcept nogil:
    """The design of a sparse X; returns the multiply-adds of a column"""
    cdef bint is_double = call.X.number_type == LASSOCORE_FLOAT64, is_short = call.X.index_type == LASSOCORE_INT32
    if is_double and is_short:
        call.operations = &tables.operations[CSC_F64_I32]
        return fill_csc(&call.design.csc_f64_i32, call)
    if is_double:
        call.operations = &tables.operations[CSC_F64_I64]
        return fill_csc(&call.design.csc_f64_i64, call)
    if is_short:
        call.operations = &tables.operations[CSC_F32_I32]
        return fill_csc(&call.design.csc_f32_i32, call)
    call.operations = &tables.operations[CSC_F32_I64]
    return fill_csc(&call.design.csc_f32_i64, call)


cdef Py_ssize_t point_at_gram(Call* call, const Tables* tables) noexcept nogil:
    """The design of a Gram matrix; returns the multiply-adds of a column"""
    call.operations = &tables.operations[GRAM_F64]
    call.design.gram_f64.data, call.design.gram_f64.column_stride = <const double*>call.X.values, call.X.stride
    return fill_shape(&call.design.gram_f64, call)


cdef Py_ssize_t point_at_dense(Call* call, const Tables* tables) noexcept nogil:
    """The design of a dense X, or of the copy of its rows; returns the multiply-adds of a column"""
    cdef Py_ssize_t n = call.n_samples, p = call.n_features, stride = call.X.stride
    cdef const void* values = call.X.values
    cdef bint is_double = call.X.number_type == LASSOCORE_FLOAT64
    if call.X.storage == LASSOCORE_ROWS:
        if is_double:
            copy_by_columns(<const double*>values, stride, n, p, <double*>call.columns)
        else:
            copy_by_columns(<const float*>values, stride, n, p, <float*>call.columns)
        values, stride = call.columns, n
    if is_double:
        call.operations = &tables.operations[DENSE_F64]
        call.design.dense_f64.data, call.design.dense_f64.column_stride = <const double*>values, stride
        return fill_shape(&call.design.dense_f64, call)
    call.operations = &tables.operations[DENSE_F32]
    call.design.dense_f32.data, call.design.dense_f32.column_stride = <const float*>values, stride
    return fill_shape(&call.design.dense_f32, call)


cdef bint indices_are_sound(const lassocore_design* X) noexcept nogil:
    """Whether a sparse X can be read, and its rows rise within each column"""
    cdef const int32_t* short_starts = <const int32_t*>X.indptr
    cdef const int64_t* long_starts = <const int64_t*>X.indptr
    cdef bint is_short = X.index_type == LASSOCORE_INT32
    cdef int64_t n_entries
    if not (csc_starts_rise(short_starts, X.n_features) if is_short else csc_starts_rise(long_starts, X.n_features)):
        return False
    n_entries = short_starts[X.n_features] if is_short else long_starts[X.n_features]
    if n_entries == 0:
        return True
    if X.values == NULL or X.indices == NULL:
        return False
    if is_short:
        return csc_is_canonical(<const int32_t*>X.indices, short_starts, X.n_features, X.n_samples)
    return csc_is_canonical(<const int64_t*>X.indices, long_starts, X.n_features, X.n_samples)


cdef bint column_is_finite(const Call* call, Py_ssize_t j) noexcept nogil:
    """Whether a column has no NaN and no infinity; of a sparse X, all of them"""
    cdef Py_ssize_t n = call.n_samples, first = j * call.X.stride
    cdef const void* values = call.X.values
    if call.X.storage == LASSOCORE_CSC:
        first, n = 0, (<const int32_t*>call.X.indptr)[call.n_features] if call.X.index_type == LASSOCORE_INT32 else (
            <const int64_t*>call.X.indptr)[call.n_features]
    elif call.X.storage == LASSOCORE_ROWS:
        values, first = call.columns, j * n
    if call.X.number_type == LASSOCORE_FLOAT64:
        return values_are_finite(<const double*>values + first, n)
    return values_are_finite(<const float*>values + first, n)


cdef int measure(Call* call, Py_ssize_t cost, bint centred, double* means, double* sq_norms) noexcept nogil:
    """Means, squared norms and X'(s y0) of all columns, in the ranges in which Python measures them"""
    cdef Residual residual
    cdef ColumnStats stats
    cdef Py_ssize_t first = 0, p = call.n_features, column = -1, width = range_width(cost, 1)
    cdef int fault = SOUND
    residual.values, residual.target = call.target, call.target
    residual.offset = residual.sq_target = 0.0
    stats.means, stats.sq_norms, stats.correlations, stats.centred = means, sq_norms, call.correlations, centred
    while first < p:
        call.operations.measure(&call.design, first, min(first + width, p), &residual, &stats, &column, &fault)
        if fault != SOUND:
            call.position = column
            return LASSOCORE_INVALID_VALUES if fault == NOT_FINITE and not column_is_finite(call, column) else (
                LASSOCORE_OUT_OF_RANGE)
        first += width
    return LASSOCORE_OK


cdef int measure_gram(Call* call) noexcept nogil:
    """Squared norms and X'y of a Gram matrix, which is read as a whole"""
    cdef Py_ssize_t j, p = call.n_features
    if not are_finite(call, call.X.correlations, p):
        return LASSOCORE_INVALID_VALUES
    for j in range(p):
        call.means[j], call.sq_norms[j] = 0.0, (<const double*>call.X.values)[j * (call.X.stride + 1)]
        if not (column_is_finite(call, j) and call.sq_norms[j] >= 0.0):
            call.position = j
            return LASSOCORE_INVALID_VALUES
    memcpy(call.correlations, call.X.correlations, p * sizeof(double))
    memcpy(call.target, call.X.correlations, p * sizeof(double))
    return LASSOCORE_OK
