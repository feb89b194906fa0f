# Lives here: the kernels on X, compiled for every storage. Independent of: Python objects, which the core has.
"""Units of the core that have kernels alone; `units.pxi` says how they become part of it."""
from lassocore.core.operations cimport (
    CSC_F32_I32, CSC_F32_I64, CSC_F64_I32, CSC_F64_I64, DENSE_F32, DENSE_F64, GRAM_F64, ROWS_F32, ROWS_F64, AxpyFn,
    CountRowsFn, DotFn, EpochFn, FillPanelsFn, FillRowsFn, FoldFn, GatherFn, GatherRowsFn, MeasureFn, Operations,
    RestartFn, ScanFn, ScanResidualFn, SolveFn, Tables, TaskAxpyFn, TaskFoldFn, ViewFn,
)
from lassocore.designs.csc cimport CscF32I32, CscF32I64, CscF64I32, CscF64I64
from lassocore.designs.dense cimport DenseF32, DenseF64, RowsF32, RowsF64
from lassocore.designs.design cimport Design, column_axpy, column_dot, count_rows, fill_rows, fold_offset
from lassocore.designs.gram cimport GramF64
from lassocore.designs.moments cimport ColumnStats, measure_columns
from lassocore.designs.scans cimport fill_panels, gather_columns, gather_rows, scan_columns, scan_residual
from lassocore.designs.tasks cimport fold_task_offsets, task_axpy
from lassocore.designs.types cimport Residual
from lassocore.solvers.coordinate_descent cimport solve_level
from lassocore.solvers.epoch cimport cd_epoch
from lassocore.solvers.state cimport restart, view_residual

cdef extern from *:
    """
    #define LASSOCORE_COLUMNS 1
    #define LASSOCORE_ROWS 2
    #define LASSOCORE_SPARSE 3
    """
    # Which storages a unit has: meson.build compiles this file for one value of LASSOCORE_UNIT after the other.
    bint HAS_COLUMNS "(LASSOCORE_UNIT == LASSOCORE_COLUMNS)"
    bint HAS_ROWS "(LASSOCORE_UNIT == LASSOCORE_ROWS)"
    bint HAS_SPARSE "(LASSOCORE_UNIT == LASSOCORE_SPARSE)"


cdef void measure_into(
    const Design* X, Py_ssize_t first, Py_ssize_t last, const Residual* residual, ColumnStats* stats,
    Py_ssize_t* unsound, int* fault
) noexcept nogil:
    fault[0] = measure_columns(X, first, last, residual, stats, unsound)


cdef void bind(const Design* X, Operations* operations) noexcept nogil:
    """Point the operations at this storage's instances."""
    operations.measure = <MeasureFn>measure_into[Design]
    operations.gather = <GatherFn>gather_columns[Design]
    operations.gather_rows = <GatherRowsFn>gather_rows[Design]
    operations.fill_panels = <FillPanelsFn>fill_panels[Design]
    operations.scan = <ScanFn>scan_columns[Design]
    operations.scan_residual = <ScanResidualFn>scan_residual[Design]
    operations.restart = <RestartFn>restart[Design]
    operations.view = <ViewFn>view_residual[Design]
    operations.solve = <SolveFn>solve_level[Design]
    operations.dot = <DotFn>column_dot[Design]
    operations.axpy = <AxpyFn>column_axpy[Design]
    operations.fold = <FoldFn>fold_offset[Design]
    operations.count_rows = <CountRowsFn>count_rows[Design]
    operations.fill_rows = <FillRowsFn>fill_rows[Design]
    operations.epoch = <EpochFn>cd_epoch[Design]
    operations.task_axpy = <TaskAxpyFn>task_axpy[Design]
    operations.task_fold = <TaskFoldFn>fold_task_offsets[Design]


cdef public void fill "LASSOCORE_FILL"(void* tables, void* sets) noexcept nogil:
    """The operations of the storages of this unit."""
    cdef Operations* operations = (<Tables*>tables).operations
    if HAS_COLUMNS:
        bind(<const DenseF64*>NULL, &operations[DENSE_F64])
        bind(<const DenseF32*>NULL, &operations[DENSE_F32])
    if HAS_ROWS:
        bind(<const RowsF64*>NULL, &operations[ROWS_F64])
        bind(<const RowsF32*>NULL, &operations[ROWS_F32])
    if HAS_SPARSE:
        bind(<const CscF64I32*>NULL, &operations[CSC_F64_I32])
        bind(<const CscF64I64*>NULL, &operations[CSC_F64_I64])
        bind(<const CscF32I32*>NULL, &operations[CSC_F32_I32])
        bind(<const CscF32I64*>NULL, &operations[CSC_F32_I64])
        bind(<const GramF64*>NULL, &operations[GRAM_F64])
