/* Lives here: the C interface of lassocore: types, and functions that are found at run time. Independent of: NumPy.
 *
 * Minimises over the intercept b0 and the coefficients w, for each alpha,
 *
 *     1/(2 S) sum_i s_i (y_i - offset_i - b0 - x_i'w)^2
 *     + alpha sum_j v_j (l1_ratio |w_j| + (1 - l1_ratio)/2 w_j^2)    subject to lower_j <= w_j <= upper_j,
 *
 * with weights s of sum S and penalty factors v, and certifies each solution by its duality gap.
 *
 * The types need nothing but C. With Python.h included first, lassocore_import() finds the functions in the installed
 * package; each translation unit imports for itself. Without Python.h, a host passes the table that it has imported to
 * lassocore_use(). The functions need no GIL, may run in any number of threads at once, and keep no reference to any
 * argument. Nothing is linked.
 */
#ifndef LASSOCORE_H
#define LASSOCORE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A table of another major version is refused, and so is one of a smaller minor version. */
#define LASSOCORE_API_MAJOR 1
#define LASSOCORE_API_MINOR 0

/* What a function returns. Zero and above: there is a solution for each alpha. Below zero: nothing has been solved. */
enum lassocore_status {
    LASSOCORE_OK = 0,
    LASSOCORE_NOT_CONVERGED = 1,            /* some alphas missed the tolerance; their gaps say by how much */
    LASSOCORE_INTERRUPTED = -1,             /* with check_signals: a Python exception is set */
    LASSOCORE_NO_MEMORY = -2,
    LASSOCORE_WORKSPACE_TOO_SMALL = -3,
    LASSOCORE_OUT_OF_RANGE = -4,            /* squares of X, y or coefficients over- or underflow */
    LASSOCORE_NOT_IMPORTED = -5,            /* lassocore_import or lassocore_use has not succeeded */
    LASSOCORE_INVALID_DESIGN = -10,         /* null pointer, unknown storage or type, sizes below 1, stride */
    LASSOCORE_INVALID_VALUES = -11,         /* NaN or infinity in X, a Gram matrix or its correlations */
    LASSOCORE_INVALID_INDICES = -12,        /* CSC: not sorted, repeated, outside X, or starts that fall */
    LASSOCORE_INVALID_TARGET = -13,         /* y: null, NaN or infinity; not null with a Gram matrix */
    LASSOCORE_INVALID_ALPHAS = -14,         /* null, none, not above 0 and finite, or rising */
    LASSOCORE_INVALID_RESULT = -15,         /* null, not initialised, or without coefs */
    LASSOCORE_INVALID_OPTIONS = -20,        /* null, not initialised, or a flag that is neither 0 nor 1 */
    LASSOCORE_INVALID_LOSS = -21,           /* unknown to this version */
    LASSOCORE_INVALID_PENALTY = -22,
    LASSOCORE_INVALID_METHOD = -23,         /* unknown to this version, or not for such a problem */
    LASSOCORE_INVALID_L1_RATIO = -24,       /* outside [0, 1]; 0 where an alpha_max is asked for */
    LASSOCORE_INVALID_TOL = -25,            /* negative, NaN or infinity */
    LASSOCORE_INVALID_MAX_ITER = -26,       /* below 1 */
    LASSOCORE_INVALID_N_THREADS = -27,      /* not 1 */
    LASSOCORE_INVALID_SAMPLE_WEIGHT = -28,  /* negative, NaN, infinity, or all zero; given with a Gram matrix */
    LASSOCORE_INVALID_OFFSET = -29,         /* NaN or infinity; given with a Gram matrix */
    LASSOCORE_INVALID_PENALTY_FACTOR = -30, /* negative or NaN; all zero where an alpha_max is asked for */
    LASSOCORE_INVALID_BOUNDS = -31,         /* NaN, or an interval without 0 */
    LASSOCORE_INVALID_START = -32           /* NaN or infinity */
};

enum lassocore_storage {
    LASSOCORE_COLUMNS = 0,      /* dense, x_ij at i + j * stride: Fortran order */
    LASSOCORE_ROWS = 1,         /* dense, x_ij at i * stride + j: C order. A call copies it into its workspace. */
    LASSOCORE_CSC = 2,          /* compressed sparse columns, row indices of a column rising */
    LASSOCORE_GRAM = 3          /* X'X, float64, and X'y, y'y in the place of X and y */
};

enum lassocore_number_type { LASSOCORE_FLOAT64 = 0, LASSOCORE_FLOAT32 = 1 };
enum lassocore_index_type { LASSOCORE_INT32 = 0, LASSOCORE_INT64 = 1 };
enum lassocore_loss { LASSOCORE_SQUARED_ERROR = 0 };
enum lassocore_penalty { LASSOCORE_ELASTIC_NET = 0 };
enum lassocore_method {
    LASSOCORE_COORDINATE_DESCENT = 0,
    LASSOCORE_EXACT_STEPS = 1   /* of LASSOCORE_GRAM alone, with every feature penalised */
};

/* X, which is read and never written. Make one by lassocore_dense, lassocore_csc or lassocore_gram. */
typedef struct lassocore_design {
    size_t size;                /* sizeof(lassocore_design) where the caller was compiled */
    int32_t storage;            /* lassocore_storage */
    int32_t number_type;        /* of the values. y, weights and coefficients are double in any case. */
    int32_t index_type;
    int32_t reserved;           /* 0 */
    int64_t n_samples;          /* of a Gram matrix without meaning, but at least 1 */
    int64_t n_features;
    int64_t stride;             /* numbers from one column, or row, to the next */
    const void *values;
    const void *indices;        /* CSC: row of each value */
    const void *indptr;         /* CSC: where each column starts; n_features + 1 of them, the first of them 0 */
    const double *correlations; /* Gram: X'y */
    double sq_target;           /* Gram: y'y */
    double total_weight;        /* Gram: the number of rows, or the sum of their weights */
} lassocore_design;

/* Set all by lassocore_init_options, then change what should differ. Null pointers stand for the default. */
typedef struct lassocore_options {
    size_t size;
    int32_t loss;
    int32_t penalty;
    int32_t method;
    int32_t n_threads;          /* 1 */
    int32_t fit_intercept;      /* 1; of no effect with a Gram matrix, which is that of centred columns or is not */
    int32_t standardize;        /* 0; 1 penalises the coefficients of columns scaled to unit variance */
    int32_t positive;           /* 0; 1 requires coefficients of at least 0 */
    int32_t check_signals;      /* 0; 1 takes the GIL once in a few milliseconds, and ends where Ctrl-C was pressed */
    double l1_ratio;            /* 1 */
    double tol;                 /* 1e-4: a gap of tol sum_i s_i y0_i^2 / S has converged, y0 = y - offset, centred */
    int64_t max_iter;           /* 10 000 epochs for each alpha */
    const double *sample_weight;    /* (n_samples) */
    const double *offset;           /* (n_samples) */
    const double *penalty_factor;   /* (n_features); 0: unpenalised, infinity: excluded */
    const double *lower;            /* (n_features), at most 0; -infinity for none */
    const double *upper;            /* (n_features), at least 0 */
    const double *start;            /* (n_features): coefficients from which the first alpha starts */
} lassocore_options;

/* The caller's arrays, and numbers that a call fills in. Set all by lassocore_init_result; arrays other than coefs may
 * be null. */
typedef struct lassocore_result {
    size_t size;
    double *coefs;              /* (n_alphas, n_features), coefs_stride numbers apart; of float32 X rounded to it */
    int64_t coefs_stride;       /* 0 for n_features */
    double *intercepts;         /* (n_alphas) */
    double *gaps;               /* (n_alphas): the objective is at most so much above its minimum */
    double *objectives;         /* (n_alphas) */
    double *sq_residuals;       /* (n_alphas): sum_i s_i r_i^2 / S */
    int64_t *n_iter;            /* (n_alphas): epochs */
    int32_t *converged;         /* (n_alphas): whether the gap meets gap_tol */
    double gap_tol;             /* out: tol sum_i s_i y0_i^2 / S */
    int64_t position;           /* out: where an invalid number is, the column where it is one of X; -1 for none */
} lassocore_result;

/* The functions. Members are only ever added, at the end. */
typedef struct lassocore_table {
    int32_t major;
    int32_t minor;
    size_t size;                /* sizeof(lassocore_table) */
    const char *instruction_set;
    const char *(*status_text)(int status);
    void (*init_options)(lassocore_options *options, size_t size);
    size_t (*workspace_size)(const lassocore_design *X, const lassocore_options *options);
    int (*fit)(
        const lassocore_design *X, const double *y, const double *alphas, int64_t n_alphas,
        const lassocore_options *options, lassocore_result *result, void *workspace, size_t workspace_size);
    int (*alpha_max)(
        const lassocore_design *X, const double *y, const lassocore_options *options, double *alpha_max,
        void *workspace, size_t workspace_size);
} lassocore_table;

/* A dense X. stride 0 stands for the smallest possible. */
static inline lassocore_design lassocore_dense(
    const void *values, int number_type, int storage, int64_t n_samples, int64_t n_features, int64_t stride)
{
    lassocore_design X = {sizeof(lassocore_design), 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL, 0.0, 0.0};
    X.storage = storage;
    X.number_type = number_type;
    X.n_samples = n_samples;
    X.n_features = n_features;
    X.stride = stride ? stride : storage == LASSOCORE_ROWS ? n_features : n_samples;
    X.values = values;
    return X;
}

/* A sparse X; indices and indptr are of the same type. */
static inline lassocore_design lassocore_csc(
    const void *values, int number_type, const void *indices, const void *indptr, int index_type,
    int64_t n_samples, int64_t n_features)
{
    lassocore_design X = lassocore_dense(values, number_type, LASSOCORE_CSC, n_samples, n_features, 0);
    X.index_type = index_type;
    X.indices = indices;
    X.indptr = indptr;
    return X;
}

/* X'X, symmetric, in the place of X: y is null in calls, and intercepts are 0. total_weight is S of the objective, the
 * number of rows or the sum of their weights. */
static inline lassocore_design lassocore_gram(
    const double *gram, const double *correlations, double sq_target, double total_weight, int64_t n_features)
{
    lassocore_design X = lassocore_dense(gram, LASSOCORE_FLOAT64, LASSOCORE_GRAM, n_features, n_features, n_features);
    X.correlations = correlations;
    X.sq_target = sq_target;
    X.total_weight = total_weight;
    return X;
}

static inline void lassocore_init_result(lassocore_result *result, double *coefs)
{
    const lassocore_result empty = {
        sizeof(lassocore_result), NULL, 0, NULL, NULL, NULL, NULL, NULL, NULL, 0.0, -1};
    *result = empty;
    result->coefs = coefs;
}

static const lassocore_table *lassocore_found = NULL;

/* Take the functions from this table: 0, or -1 where it is null or of a version that does not do. */
static inline int lassocore_use(const lassocore_table *table)
{
    if (table == NULL || table->major != LASSOCORE_API_MAJOR || table->minor < LASSOCORE_API_MINOR
        || table->size < sizeof(lassocore_table))
        return -1;
    lassocore_found = table;
    return 0;
}

/* What a status means: one line of English, without a full stop. */
static inline const char *lassocore_status_text(int status)
{
    return lassocore_found ? lassocore_found->status_text(status) : "lassocore has not been imported";
}

/* The library's defaults. */
static inline void lassocore_init_options(lassocore_options *options)
{
    if (lassocore_found)
        lassocore_found->init_options(options, sizeof(lassocore_options));
    else
        options->size = 0;
}

/* Bytes that lassocore_fit and lassocore_alpha_max need for any y and alphas; 0 where X or the options are invalid. */
static inline size_t lassocore_workspace_size(const lassocore_design *X, const lassocore_options *options)
{
    return lassocore_found ? lassocore_found->workspace_size(X, options) : 0;
}

/* Solve for falling alphas, each from the solution before. Without a workspace (null) the call allocates one and frees
 * it; with one nothing is allocated. It may be used again, by one call at a time. */
static inline int lassocore_fit(
    const lassocore_design *X, const double *y, const double *alphas, int64_t n_alphas,
    const lassocore_options *options, lassocore_result *result, void *workspace, size_t workspace_size)
{
    if (!lassocore_found)
        return LASSOCORE_NOT_IMPORTED;
    return lassocore_found->fit(X, y, alphas, n_alphas, options, result, workspace, workspace_size);
}

/* The smallest alpha at which all penalised coefficients are 0. */
static inline int lassocore_alpha_max(
    const lassocore_design *X, const double *y, const lassocore_options *options, double *alpha_max,
    void *workspace, size_t workspace_size)
{
    if (!lassocore_found)
        return LASSOCORE_NOT_IMPORTED;
    return lassocore_found->alpha_max(X, y, options, alpha_max, workspace, workspace_size);
}

#ifdef Py_PYTHON_H
/* Find the functions in the installed package: 0, or -1 with an ImportError set. Needs the GIL. */
static inline int lassocore_import(void)
{
    const lassocore_table *table = NULL;
    PyObject *capsule = NULL, *module = PyImport_ImportModule("lassocore._c_api");
    if (module != NULL)
        capsule = PyObject_GetAttrString(module, "table");
    Py_XDECREF(module);                 /* sys.modules keeps it, and with it the table */
    if (capsule != NULL)
        table = (const lassocore_table *)PyCapsule_GetPointer(capsule, "lassocore._c_api.table");
    Py_XDECREF(capsule);
    if (table != NULL && lassocore_use(table) < 0)
        PyErr_Format(
            PyExc_ImportError, "compiled for version %d.%d of the C interface of lassocore, and the installed one has "
            "%d.%d; compile again, or install another version", LASSOCORE_API_MAJOR, LASSOCORE_API_MINOR,
            (int)table->major, (int)table->minor);
    return lassocore_found != NULL && table == lassocore_found ? 0 : -1;
}
#endif

#ifdef __cplusplus
}
#endif

#endif
