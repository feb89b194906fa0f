# Lives here: the operations of a storage as pointers, for Python's classes and the C API. Independent of: both.
from lassocore.designs.csc cimport CscF32I32, CscF32I64, CscF64I32, CscF64I64, RowBlock
from lassocore.designs.dense cimport DenseF32, DenseF64, RowsF32, RowsF64
from lassocore.designs.gram cimport GramF64
from lassocore.designs.moments cimport ColumnStats
from lassocore.designs.types cimport Residual, TaskResidual
from lassocore.penalties.elastic_net cimport Penalty
from lassocore.solvers.gap cimport ResidualView
from lassocore.solvers.gram_level cimport GramLevel
from lassocore.solvers.segment cimport Segment
from lassocore.solvers.state cimport Outcome, Settings, Workspace

ctypedef void (*MeasureFn)(
    const void*, Py_ssize_t, Py_ssize_t, const Residual*, ColumnStats*, Py_ssize_t*, int*) noexcept nogil
ctypedef void (*GatherFn)(const void*, const Py_ssize_t*, Py_ssize_t, double*) noexcept nogil
ctypedef void (*GatherRowsFn)(const void*, Py_ssize_t, Py_ssize_t, double*) noexcept nogil
ctypedef void (*FillPanelsFn)(
    const void*, const Py_ssize_t*, Py_ssize_t, Py_ssize_t, Py_ssize_t, double*, bint, void*) noexcept nogil
ctypedef void (*ScanFn)(const void*, const Py_ssize_t*, Py_ssize_t, const double*, double*) noexcept nogil
ctypedef void (*ScanResidualFn)(const void*, const Py_ssize_t*, Py_ssize_t, const Residual*, double*) noexcept nogil
ctypedef bint (*RestartFn)(const void*, Workspace*) noexcept nogil
ctypedef ResidualView (*ViewFn)(const void*, Workspace*, const Py_ssize_t*, Py_ssize_t) noexcept nogil
ctypedef void (*SolveFn)(const void*, Workspace*, const Settings*, double, Outcome*) noexcept nogil
ctypedef double (*DotFn)(const void*, Py_ssize_t, const Residual*) noexcept nogil
ctypedef void (*AxpyFn)(const void*, Py_ssize_t, double, Residual*) noexcept nogil
ctypedef void (*CountRowsFn)(const void*, const Py_ssize_t*, Py_ssize_t, Py_ssize_t*) noexcept nogil
ctypedef void (*FillRowsFn)(const void*, const Py_ssize_t*, Py_ssize_t, RowBlock*) noexcept nogil
ctypedef void (*FoldFn)(const void*, Residual*) noexcept nogil
ctypedef void (*TaskAxpyFn)(const void*, Py_ssize_t, const double*, TaskResidual*) noexcept nogil
ctypedef void (*TaskFoldFn)(const void*, TaskResidual*) noexcept nogil
ctypedef double (*EpochFn)(
    const void*, const Penalty*, double*, Residual*, const double*, const Py_ssize_t*, Py_ssize_t) noexcept nogil


cdef enum:
    RANGE_WORK = 2_000_000      # multiply-adds of a range of columns: between two signal checks, or for one thread


cdef struct Operations:
    # The operations of a storage that Python calls; chosen once, when the matrix is wrapped.
    MeasureFn measure
    GatherFn gather
    GatherRowsFn gather_rows
    FillPanelsFn fill_panels
    ScanFn scan
    ScanResidualFn scan_residual
    RestartFn restart
    ViewFn view
    SolveFn solve
    DotFn dot
    AxpyFn axpy
    FoldFn fold
    CountRowsFn count_rows
    FillRowsFn fill_rows
    EpochFn epoch
    TaskAxpyFn task_axpy
    TaskFoldFn task_fold


cdef union AnyDesign:
    DenseF64 dense_f64
    DenseF32 dense_f32
    RowsF64 rows_f64
    RowsF32 rows_f32
    CscF64I32 csc_f64_i32
    CscF64I64 csc_f64_i64
    CscF32I32 csc_f32_i32
    CscF32I64 csc_f32_i64
    GramF64 gram_f64


cdef enum:
    DENSE_F64 = 0               # positions in `Tables.operations`
    DENSE_F32 = 1
    ROWS_F64 = 2
    ROWS_F32 = 3
    CSC_F64_I32 = 4
    CSC_F64_I64 = 5
    CSC_F32_I32 = 6
    CSC_F32_I64 = 7
    GRAM_F64 = 8
    N_STORAGES = 9


cdef struct VectorFunctions:
    # The functions of core/vectors.pxd. The order of additions is the compiler's choice, which may differ
    # where a function is inlined: all callers that must agree to the last bit call these instances.
    double (*total)(const double*, Py_ssize_t) noexcept nogil
    double (*sq_norm)(const double*, const double*, Py_ssize_t) noexcept nogil
    double (*centre)(const double*, const double*, Py_ssize_t, double*) noexcept nogil
    void (*scale)(const double*, double, Py_ssize_t, double*) noexcept nogil
    double (*intercept)(const double*, const Py_ssize_t*, Py_ssize_t, const double*, double) noexcept nogil
    Py_ssize_t (*mark_nonzeros)(const double*, Py_ssize_t, double*) noexcept nogil
    void (*copy_nonzeros)(
        const double*, const Py_ssize_t*, const Py_ssize_t*, Py_ssize_t, Py_ssize_t*, double*) noexcept nogil


cdef struct GramFunctions:
    # Exact steps on a Gram matrix.
    void (*solve)(GramLevel*, Outcome*) noexcept nogil
    void (*refactor)(GramLevel*) noexcept nogil
    double (*gap)(GramLevel*, double, double*) noexcept nogil
    void (*find_segment)(GramLevel*, double, Segment*) noexcept nogil
    void (*move_along)(GramLevel*, const Segment*, double) noexcept nogil
    void (*set_scales)(GramLevel*, double*, Py_ssize_t, double, double) noexcept nogil
    Py_ssize_t (*list_nonzeros)(const double*, Py_ssize_t, Py_ssize_t*) noexcept nogil


cdef struct Tables:
    # What the core and the C API call.
    Operations[N_STORAGES] operations
    VectorFunctions vectors
    GramFunctions gram


cdef inline Py_ssize_t range_width(Py_ssize_t cost, Py_ssize_t min_range) noexcept nogil:
    """How many adjacent columns are measured together, where one costs so many multiply-adds"""
    return max(min_range, RANGE_WORK // cost)
