/* Lives here: how often one call of lassocore_fit asks for memory. Independent of: Python.
 *
 * Loaded before all else (LD_PRELOAD), so that every call of malloc and its kin passes here; glibc alone.
 */
#include <lassocore.h>

extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t),
    *__libc_memalign(size_t, size_t);

/* Of the thread that counts: others may allocate meanwhile. */
static __thread long n_calls __attribute__((tls_model("initial-exec"))) = 0;
static __thread int counts __attribute__((tls_model("initial-exec"))) = 0;

void *malloc(size_t size)
{
    n_calls += counts;
    return __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
    n_calls += counts;
    return __libc_calloc(n, size);
}

void *realloc(void *old, size_t size)
{
    n_calls += counts;
    return __libc_realloc(old, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    n_calls += counts;
    return __libc_memalign(alignment, size);
}

void *memalign(size_t alignment, size_t size)
{
    n_calls += counts;
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size)
{
    n_calls += counts;
    *memory = __libc_memalign(alignment, size);
    return *memory == NULL ? 12 : 0;
}

/* Allocations of one call; its status in *status. */
long allocations_of_fit(
    const lassocore_table *table, const lassocore_design *X, const double *y, const double *alphas, int64_t n_alphas,
    const lassocore_options *options, lassocore_result *result, void *workspace, size_t size, int *status)
{
    n_calls = 0;
    counts = 1;
    *status = table->fit(X, y, alphas, n_alphas, options, result, workspace, size);
    counts = 0;
    return n_calls;
}

long allocations_of_alpha_max(
    const lassocore_table *table, const lassocore_design *X, const double *y, const lassocore_options *options,
    double *alpha, void *workspace, size_t size, int *status)
{
    n_calls = 0;
    counts = 1;
    *status = table->alpha_max(X, y, options, alpha, workspace, size);
    counts = 0;
    return n_calls;
}
