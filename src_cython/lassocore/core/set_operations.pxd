# Lives here: the kernels on working sets as pointers, which another unit fills. Independent of: Python's classes.
from lassocore.designs.csc cimport RowBlock
from lassocore.penalties.elastic_net cimport Penalty
from lassocore.solvers.block_level cimport BlockOutcome, LevelSolver
from lassocore.solvers.block_set cimport BlockSet
from lassocore.solvers.block_transforms cimport BlockProducts, Transforms
from lassocore.solvers.correlation_bounds cimport CorrelationState
from lassocore.solvers.gap cimport BlockView, ResidualView
from lassocore.solvers.residual_basis cimport BasisChange, Projection, ResidualBasis
from lassocore.solvers.state cimport Settings
from lassocore.solvers.unpenalised cimport UnpenalisedPositions


cdef struct ProductFunctions:
    # Products of columns with each other and with residuals; the functions of designs/ with these names say which.
    void (*interleave_columns)(const double*, Py_ssize_t, Py_ssize_t, Py_ssize_t, double*) noexcept nogil
    void (*add_products)(
        const double*, Py_ssize_t, Py_ssize_t, Py_ssize_t, bint, double*, Py_ssize_t) noexcept nogil
    void (*add_float_products)(
        const float*, Py_ssize_t, Py_ssize_t, Py_ssize_t, bint, double*, Py_ssize_t) noexcept nogil
    void (*mirror)(double*, Py_ssize_t, Py_ssize_t) noexcept nogil
    void (*add_row_products)(const RowBlock*, Py_ssize_t, double*, Py_ssize_t) noexcept nogil
    void (*subtract_gathered)(
        const double*, Py_ssize_t, const Py_ssize_t*, Py_ssize_t, const double*, double*) noexcept nogil
    void (*fill_products)(
        const double*, Py_ssize_t, Py_ssize_t, Py_ssize_t, double*, Py_ssize_t, double*) noexcept nogil
    void (*multiply_rows)(const double*, const double*, Py_ssize_t, double*) noexcept nogil
    void (*divide_rows)(const double*, const double*, Py_ssize_t, double*) noexcept nogil


cdef struct BoundFunctions:
    # The residual basis, and bounds on the columns outside a working set; as those of solvers/ with these names.
    void (*project)(const ResidualBasis*, const double*, Projection*) noexcept nogil
    bint (*extend_basis)(ResidualBasis*, const double*, Py_ssize_t, BasisChange*) noexcept nogil
    void (*update_products)(
        const ResidualBasis*, const BasisChange*, const Py_ssize_t*, Py_ssize_t, const double*,
        Py_ssize_t) noexcept nogil
    Py_ssize_t (*columns_likely_to_enter)(
        const CorrelationState*, const Py_ssize_t*, Py_ssize_t, double, double, Py_ssize_t*) noexcept nogil
    Py_ssize_t (*columns_not_ruled_out)(
        const CorrelationState*, const Py_ssize_t*, Py_ssize_t, Py_ssize_t*, double*) noexcept nogil
    Py_ssize_t (*check_violations)(
        const CorrelationState*, const Py_ssize_t*, Py_ssize_t, const double*, double*, Py_ssize_t*) noexcept nogil


cdef struct BlockFunctions:
    # Descent and Newton's method on blocks.
    void (*solve)(LevelSolver*, const Settings*, BlockOutcome*) noexcept nogil
    void (*refine)(LevelSolver*, const Settings*, BlockOutcome*) noexcept nogil
    bint (*settle)(LevelSolver*, const Settings*) noexcept nogil
    void (*solve_unpenalised)(BlockSet*, const UnpenalisedPositions*, int) noexcept nogil
    void (*extrapolate)(LevelSolver*, double) noexcept nogil
    void (*restore)(BlockSet*, const double*) noexcept nogil
    void (*update)(BlockSet*, Py_ssize_t, Py_ssize_t) noexcept nogil
    double (*gap)(const BlockView*) noexcept nogil
    void (*dual_ratios)(const BlockProducts*, double*, double*) noexcept nogil
    void (*expand)(const Transforms*, const double*, double*) noexcept nogil
    void (*reduce)(const Transforms*, const double*, double*) noexcept nogil


cdef struct SetFunctions:
    ProductFunctions products
    BoundFunctions bounds
    BlockFunctions blocks
    double (*gap)(const Penalty*, const double*, const ResidualView*) noexcept nogil    # duality_gap of single columns
