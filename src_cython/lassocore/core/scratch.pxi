# Lives here: memory that one fit leaves for the next. Independent of: what is stored there.
# The first write to a new page costs as much as hundreds of multiply-adds, and allocators return large arrays to the
# operating system. So a few pieces of memory are kept when their arrays are gone.
import numpy as np

from cpython.mem cimport PyMem_RawFree, PyMem_RawMalloc
from cpython.pythread cimport (
    NOWAIT_LOCK, PyThread_acquire_lock, PyThread_allocate_lock, PyThread_release_lock, PyThread_type_lock,
)

cdef enum:
    N_KEPT = 4                  # pieces of memory
    MIN_KEPT = 65_536           # bytes in each; fewer cost little,
    MAX_KEPT = 2_097_152        # and for more NumPy asks for huge pages, which are few

cdef PyThread_type_lock kept_lock = PyThread_allocate_lock()
cdef void* kept_memory[N_KEPT]
cdef size_t kept_size[N_KEPT]
cdef int next_kept = 0


cdef void* take_memory(size_t size) noexcept:
    """A kept piece of this size, or NULL where there is none, or another thread looks for one"""
    cdef void* memory = NULL
    cdef int k
    if not PyThread_acquire_lock(kept_lock, NOWAIT_LOCK):
        return NULL
    for k in range(N_KEPT):
        if memory == NULL and kept_memory[k] != NULL and kept_size[k] == size:
            memory, kept_memory[k] = kept_memory[k], NULL
    PyThread_release_lock(kept_lock)
    return memory


cdef void* replace_memory(void* memory, size_t size) noexcept:
    """Keep a piece of memory in the place of the oldest, which is returned; the piece itself where it is not kept"""
    global next_kept
    cdef void* replaced
    if memory == NULL or not PyThread_acquire_lock(kept_lock, NOWAIT_LOCK):
        return memory
    replaced, kept_memory[next_kept], kept_size[next_kept] = kept_memory[next_kept], memory, size
    next_kept = (next_kept + 1) % N_KEPT
    PyThread_release_lock(kept_lock)
    return replaced


cdef class Scratch:
    """The memory of an array, kept for the next one of its size."""
    cdef void* memory
    cdef size_t size

    def __dealloc__(self):
        PyMem_RawFree(replace_memory(self.memory, self.size))


cdef object scratch_rows(Py_ssize_t n_rows, Py_ssize_t n_columns):
    """np.empty((n_rows, n_columns)), in memory that is kept for the next fit"""
    cdef Scratch owner
    cdef cnp.npy_intp[2] shape = [n_rows, n_columns]
    cdef size_t size = <size_t>n_rows * <size_t>n_columns * sizeof(double)
    if not MIN_KEPT <= size <= MAX_KEPT:
        return np.empty((n_rows, n_columns))
    owner = Scratch()
    owner.size, owner.memory = size, take_memory(size)
    if owner.memory == NULL:
        owner.memory = PyMem_RawMalloc(size)
    if owner.memory == NULL:
        raise MemoryError(f"no memory for {n_rows} x {n_columns} numbers")
    array = cnp.PyArray_SimpleNewFromData(2, shape, cnp.NPY_DOUBLE, owner.memory)
    cnp.set_array_base(array, owner)
    return array
