# Lives here: the tables of kernels, which are compiled in units of their own. Independent of: what kernels compute.
from lassocore.core.operations cimport Tables
from lassocore.core.set_operations cimport SetFunctions

# A unit is a file of C without Python objects, linked into the core of each level (src_cython/lassocore/meson.build):
# several small ones are compiled side by side, in less memory, and wrappers with less optimisation than kernels. The
# core sees a unit through these functions alone, so that all of Python and the C API call the same instances.
cdef extern void fill_dense_columns "lassocore_fill_columns"(void* operations) noexcept nogil
cdef extern void fill_dense_rows "lassocore_fill_rows"(void* operations) noexcept nogil
cdef extern void fill_sparse_and_gram "lassocore_fill_sparse"(void* operations) noexcept nogil
cdef extern void fill_gram "lassocore_fill_gram"(void* functions) noexcept nogil
cdef extern void fill_sets "lassocore_fill_sets"(void* functions) noexcept nogil

cdef Tables tables
cdef SetFunctions sets

fill_dense_columns(tables.operations)
fill_dense_rows(tables.operations)
fill_sparse_and_gram(tables.operations)
fill_gram(&tables.gram)
fill_sets(&sets)
