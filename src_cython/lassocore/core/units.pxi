# Lives here: the choice of the kernels for this processor. Independent of: what kernels compute.
from cpython.pycapsule cimport PyCapsule_New

from lassocore.core.operations cimport Tables
from lassocore.core.set_operations cimport SetFunctions

# A unit is a file of C without Python objects, compiled for each level (src_cython/lassocore/meson.build): small ones
# are compiled side by side, in less memory, and wrappers once, with less optimisation than kernels. The core sees a
# unit through one function, which fills in pointers, so that all of Python and the C API call the same instances.
cdef extern from *:
    """
    typedef void lassocore_fill(void* tables, void* sets);
    typedef struct { const char* name; lassocore_fill* units[4]; } lassocore_level;

    #define LASSOCORE_DECLARE(level) \\
        lassocore_fill lassocore_columns_##level, lassocore_rows_##level; \\
        lassocore_fill lassocore_sparse_##level, lassocore_sets_##level;
    #define LASSOCORE_LEVEL(level) { #level, { \\
        lassocore_columns_##level, lassocore_rows_##level, lassocore_sparse_##level, lassocore_sets_##level } },

    LASSOCORE_DECLARE(baseline)
    #ifdef LASSOCORE_HAS_X86_64_V3
      LASSOCORE_DECLARE(x86_64_v3)
    #endif
    #ifdef LASSOCORE_HAS_X86_64_V4
      LASSOCORE_DECLARE(x86_64_v4)
    #endif

    static const lassocore_level lassocore_levels[] = {
        LASSOCORE_LEVEL(baseline)
        #ifdef LASSOCORE_HAS_X86_64_V3
          LASSOCORE_LEVEL(x86_64_v3)
        #endif
        #ifdef LASSOCORE_HAS_X86_64_V4
          LASSOCORE_LEVEL(x86_64_v4)
        #endif
    };
    #define LASSOCORE_N_LEVELS (sizeof(lassocore_levels) / sizeof(lassocore_levels[0]))
    """
    ctypedef struct Level "lassocore_level":
        const char* name
        void (*units[4])(void*, void*) noexcept nogil
    const Level* levels "lassocore_levels"
    Py_ssize_t N_LEVELS "LASSOCORE_N_LEVELS"

LEVELS = tuple([(<bytes>levels[k].name).decode() for k in range(N_LEVELS)])   # slowest first

cdef Tables tables
cdef SetFunctions sets

c_tables = PyCapsule_New(&tables, "lassocore.core.tables", NULL)    # for the C API


def use_level(str level):
    """Call the kernels of one of LEVELS, which the processor has to run. A Matrix keeps those that it was made with, so
    `lassocore._isa` calls this once, at import."""
    cdef Py_ssize_t k = LEVELS.index(level), unit
    for unit in range(4):
        levels[k].units[unit](&tables, &sets)


use_level("baseline")
