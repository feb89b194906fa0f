# Lives here: the order in which an epoch visits coordinates, as data. Independent of: the problem.
from libc.stdint cimport uint64_t

from numpy.random cimport bitgen_t

cdef enum Selection:
    CYCLIC = 0
    SHUFFLED = 1
    RANDOM = 2


cdef inline Py_ssize_t draw_below(bitgen_t* rng, Py_ssize_t n) noexcept nogil:
    """A uniform integer in [0, n), n < 2^53, from the top 53 bits of a draw"""
    return <Py_ssize_t>((rng.next_uint64(rng.state) >> 11) * (1.0 / 9007199254740992.0) * n)


cdef inline void fill_cyclic(const Py_ssize_t* active, Py_ssize_t n_active, Py_ssize_t* order) noexcept nogil:
    """order = active"""
    cdef Py_ssize_t k
    for k in range(n_active):
        order[k] = active[k]


cdef inline void fill_shuffled(
    const Py_ssize_t* active, Py_ssize_t n_active, bitgen_t* rng, Py_ssize_t* order
) noexcept nogil:
    """order = a random permutation of active (inside-out Fisher-Yates)"""
    cdef Py_ssize_t k, other
    for k in range(n_active):
        other = draw_below(rng, k + 1)
        order[k] = order[other]
        order[other] = active[k]


cdef inline void fill_random(
    const Py_ssize_t* active, Py_ssize_t n_active, bitgen_t* rng, Py_ssize_t* order
) noexcept nogil:
    """order = n_active draws from active, with replacement"""
    cdef Py_ssize_t k
    for k in range(n_active):
        order[k] = active[draw_below(rng, n_active)]


cdef inline void fill_order(
    Selection selection, const Py_ssize_t* active, Py_ssize_t n_active, bitgen_t* rng, Py_ssize_t* order
) noexcept nogil:
    """order = one epoch's visits to the active coordinates"""
    if selection == SHUFFLED:
        fill_shuffled(active, n_active, rng, order)
    elif selection == RANDOM:
        fill_random(active, n_active, rng, order)
    else:
        fill_cyclic(active, n_active, order)
