# Lives here: the C interface of lassocore for Cython, declarations of lassocore.h. Independent of: NumPy.
"""Call lassocore_import() once in each module that uses the functions, and compile with lassocore.get_include()."""
from libc.stdint cimport int32_t, int64_t


cdef extern from *:
    """
    #include <Python.h>
    #include <lassocore.h>
    """
    const int LASSOCORE_API_MAJOR
    const int LASSOCORE_API_MINOR

    cdef enum lassocore_status:
        LASSOCORE_OK
        LASSOCORE_NOT_CONVERGED
        LASSOCORE_INTERRUPTED
        LASSOCORE_NO_MEMORY
        LASSOCORE_WORKSPACE_TOO_SMALL
        LASSOCORE_OUT_OF_RANGE
        LASSOCORE_NOT_IMPORTED
        LASSOCORE_INVALID_DESIGN
        LASSOCORE_INVALID_VALUES
        LASSOCORE_INVALID_INDICES
        LASSOCORE_INVALID_TARGET
        LASSOCORE_INVALID_ALPHAS
        LASSOCORE_INVALID_RESULT
        LASSOCORE_INVALID_OPTIONS
        LASSOCORE_INVALID_LOSS
        LASSOCORE_INVALID_PENALTY
        LASSOCORE_INVALID_METHOD
        LASSOCORE_INVALID_L1_RATIO
        LASSOCORE_INVALID_TOL
        LASSOCORE_INVALID_MAX_ITER
        LASSOCORE_INVALID_N_THREADS
        LASSOCORE_INVALID_SAMPLE_WEIGHT
        LASSOCORE_INVALID_OFFSET
        LASSOCORE_INVALID_PENALTY_FACTOR
        LASSOCORE_INVALID_BOUNDS
        LASSOCORE_INVALID_START

    cdef enum lassocore_storage:
        LASSOCORE_COLUMNS
        LASSOCORE_ROWS
        LASSOCORE_CSC
        LASSOCORE_GRAM

    cdef enum lassocore_number_type:
        LASSOCORE_FLOAT64
        LASSOCORE_FLOAT32

    cdef enum lassocore_index_type:
        LASSOCORE_INT32
        LASSOCORE_INT64

    cdef enum lassocore_loss:
        LASSOCORE_SQUARED_ERROR

    cdef enum lassocore_penalty:
        LASSOCORE_ELASTIC_NET

    cdef enum lassocore_method:
        LASSOCORE_COORDINATE_DESCENT
        LASSOCORE_EXACT_STEPS

    ctypedef struct lassocore_design:
        size_t size
        int32_t storage
        int32_t number_type
        int32_t index_type
        int32_t reserved
        int64_t n_samples
        int64_t n_features
        int64_t stride
        const void* values
        const void* indices
        const void* indptr
        const double* correlations
        double sq_target
        double total_weight

    ctypedef struct lassocore_options:
        size_t size
        int32_t loss
        int32_t penalty
        int32_t method
        int32_t n_threads
        int32_t fit_intercept
        int32_t standardize
        int32_t positive
        int32_t check_signals
        double l1_ratio
        double tol
        int64_t max_iter
        const double* sample_weight
        const double* offset
        const double* penalty_factor
        const double* lower
        const double* upper
        const double* start

    ctypedef struct lassocore_result:
        size_t size
        double* coefs
        int64_t coefs_stride
        double* intercepts
        double* gaps
        double* objectives
        double* sq_residuals
        int64_t* n_iter
        int32_t* converged
        double gap_tol
        int64_t position

    ctypedef struct lassocore_table:
        int32_t major
        int32_t minor
        size_t size
        const char* instruction_set
        const char* (*status_text)(int status) noexcept nogil
        void (*init_options)(lassocore_options* options, size_t size) noexcept nogil
        size_t (*workspace_size)(const lassocore_design* X, const lassocore_options* options) noexcept nogil
        int (*fit)(
            const lassocore_design* X, const double* y, const double* alphas, int64_t n_alphas,
            const lassocore_options* options, lassocore_result* result, void* workspace, size_t workspace_size
        ) noexcept nogil
        int (*alpha_max)(
            const lassocore_design* X, const double* y, const lassocore_options* options, double* alpha_max,
            void* workspace, size_t workspace_size) noexcept nogil

    int lassocore_import() except -1

    int lassocore_use(const lassocore_table* table) noexcept nogil
    const char* lassocore_status_text(int status) noexcept nogil
    lassocore_design lassocore_dense(
        const void* values, int number_type, int storage, int64_t n_samples, int64_t n_features, int64_t stride
    ) noexcept nogil
    lassocore_design lassocore_csc(
        const void* values, int number_type, const void* indices, const void* indptr, int index_type,
        int64_t n_samples, int64_t n_features) noexcept nogil
    lassocore_design lassocore_gram(
        const double* gram, const double* correlations, double sq_target, double total_weight, int64_t n_features
    ) noexcept nogil
    void lassocore_init_options(lassocore_options* options) noexcept nogil
    void lassocore_init_result(lassocore_result* result, double* coefs) noexcept nogil
    size_t lassocore_workspace_size(const lassocore_design* X, const lassocore_options* options) noexcept nogil
    int lassocore_fit(
        const lassocore_design* X, const double* y, const double* alphas, int64_t n_alphas,
        const lassocore_options* options, lassocore_result* result, void* workspace, size_t workspace_size
    ) noexcept nogil
    int lassocore_alpha_max(
        const lassocore_design* X, const double* y, const lassocore_options* options, double* alpha_max,
        void* workspace, size_t workspace_size) noexcept nogil
