# Lives here: the Newton direction of the nonzero blocks. Independent of: step lengths, zero blocks, tolerances.
"""docs/math.md, (13.8) to (13.10): with U the directions of the blocks, the Hessian is K x I - U diag(curvature) U'."""
from libc.math cimport copysign, sqrt
from libc.string cimport memcpy

from lassocore.penalties.blocks cimport is_penalised
from lassocore.solvers.block_set cimport BlockSet, multiply_columns
from lassocore.solvers.lapack cimport (
    Buffer, Lapack, add_inner, add_outer, factorise, invert_factor, mirror_triangle, reserve, solve_factored,
    solve_triangle, subtract_inner,
)

cdef enum:
    MAX_UNKNOWNS = 10_000       # of a system that is factorised

# The curvature of an unpenalised column in a system of the size of the samples, over its squared norm.
cdef extern from *:
    """
    #define LASSOCORE_SMALL_CURVATURE 1e-7
    """
    const double SMALL_CURVATURE "LASSOCORE_SMALL_CURVATURE"


cdef struct NewtonSystem:
    Lapack lapack
    Py_ssize_t* positions       # of the unknowns, block after block
    Py_ssize_t* owners          # the active block of each of them, by its number
    Py_ssize_t* blocks          # the active blocks
    double* curvature           # of each active block across its direction: l1 / norm
    double* diagonal            # of each active block: curvature + l2
    Py_ssize_t size             # unknowns of a task
    Py_ssize_t n_blocks
    Buffer gradient             # minus the gradient, (n_tasks, size)
    Buffer direction            # the blocks over their norms, (n_tasks, size)
    Buffer step                 # (n_tasks, size)
    Buffer matrix               # the factor of K, or of the system in the samples
    Buffer inverse              # of K
    Buffer columns              # columns of X over the roots of diagonal, or products of directions
    Buffer radial               # the system of the radial parts, a row for each active block
    Buffer vectors


cdef inline bint list_unknowns(const BlockSet* blocks, NewtonSystem* system) noexcept nogil:
    """The unknowns, curvatures, gradient and directions of the nonzero and the unpenalised blocks; False without any"""
    cdef Py_ssize_t a, i
    system.size = system.n_blocks = 0
    for a in range(blocks.n_blocks):
        if blocks.norms[a] == 0.0 and is_penalised(&blocks.penalties[a]):
            continue
        for i in range(blocks.starts[a], blocks.starts[a + 1]):
            if blocks.penalties[a].feature_l1 == 0.0 or blocks.W[i] != 0.0:
                system.positions[system.size], system.owners[system.size] = i, system.n_blocks
                system.size += 1
        system.blocks[system.n_blocks] = a
        system.curvature[system.n_blocks] = 0.0
        if blocks.norms[a] > 0.0:
            system.curvature[system.n_blocks] = blocks.penalties[a].l1 / blocks.norms[a]
        system.diagonal[system.n_blocks] = system.curvature[system.n_blocks] + blocks.penalties[a].l2
        system.n_blocks += 1
    return system.size > 0 and fill_gradient(blocks, system)


cdef inline bint fill_gradient(const BlockSet* blocks, NewtonSystem* system) noexcept nogil:
    """gradient and direction; False where memory is short"""
    cdef Py_ssize_t size = system.size, n = size * blocks.n_tasks, a, b, k, t, i
    cdef double* gradient = reserve(&system.gradient, n)
    cdef double* direction = reserve(&system.direction, n)
    cdef double w, norm, feature_l1
    if gradient == NULL or direction == NULL or reserve(&system.step, n) == NULL:
        return False
    for k in range(size):
        b, i = system.owners[k], system.positions[k]
        a = system.blocks[b]
        norm, feature_l1 = blocks.norms[a], blocks.penalties[a].feature_l1
        for t in range(blocks.n_tasks):
            w = blocks.W[t * blocks.capacity + i]
            gradient[t * size + k] = blocks.C[t * blocks.capacity + i] - system.diagonal[b] * w
            if feature_l1 > 0.0:
                gradient[t * size + k] -= copysign(feature_l1, w)
            direction[t * size + k] = w / norm if norm > 0.0 else 0.0
    return True


cdef inline void subtract_directions(NewtonSystem* system, double* V) noexcept nogil:
    """radial -= U'K^-1 U for one task; V has a column of unknowns for each block"""
    cdef Py_ssize_t size = system.size, m = system.n_blocks, k
    for k in range(size * m):
        V[k] = 0.0
    for k in range(size):
        V[system.owners[k] * size + k] = system.direction.values[k]
    solve_triangle(&system.lapack, system.matrix.values, size, V, m)
    subtract_inner(&system.lapack, V, size, m, system.radial.values)


cdef inline void subtract_pairs(const BlockSet* blocks, NewtonSystem* system, double* scratch) noexcept nogil:
    """The same for several tasks, by sums over pairs of unknowns of K^-1 times the products of their directions"""
    cdef Py_ssize_t size = system.size, m = system.n_blocks, j, k
    cdef double* outer = system.columns.values
    cdef const double* inverse
    cdef double* column
    invert_factor(&system.lapack, system.matrix.values, size, scratch, system.inverse.values)
    for k in range(size * size):
        outer[k] = 0.0
    add_outer(&system.lapack, system.direction.values, size, blocks.n_tasks, outer)
    mirror_triangle(outer, size)
    for k in range(size):
        column, inverse = system.radial.values + system.owners[k] * m, system.inverse.values + k * size
        if size == m:
            for j in range(k, size):
                column[j] -= inverse[j] * outer[k * size + j]
        else:
            for j in range(size):
                column[system.owners[j]] -= inverse[j] * outer[k * size + j]


cdef inline bint fill_radial_of_gram(const BlockSet* blocks, NewtonSystem* system) noexcept nogil:
    """radial = I - S U'K^-1 U S with S the roots of the curvatures, lower triangle; False where memory is short"""
    cdef Py_ssize_t size = system.size, m = system.n_blocks, a, b
    cdef bint has_tasks = blocks.n_tasks > 1
    cdef double* radial = reserve(&system.radial, m * m)
    cdef double* scratch = reserve(&system.vectors, size * size if has_tasks else size * m)
    if radial == NULL or scratch == NULL or has_tasks and (
            reserve(&system.columns, size * size) == NULL or reserve(&system.inverse, size * size) == NULL):
        return False
    for a in range(m * m):
        radial[a] = 0.0
    if has_tasks:
        subtract_pairs(blocks, system, scratch)
    else:
        subtract_directions(system, scratch)
    for b in range(m):
        for a in range(b, m):
            radial[b * m + a] *= sqrt(system.curvature[a] * system.curvature[b])
        radial[b * m + b] += 1.0
    return True


cdef inline void add_radial_part(const BlockSet* blocks, NewtonSystem* system, const double* x) noexcept nogil:
    """gradient += U S z with radial z = S U'x, radial factored"""
    cdef Py_ssize_t size = system.size, k, t, b
    cdef double* z = system.vectors.values
    cdef const double* u = system.direction.values
    for b in range(system.n_blocks):
        z[b] = 0.0
    for t in range(blocks.n_tasks):
        for k in range(size):
            z[system.owners[k]] += u[t * size + k] * x[t * size + k]
    for b in range(system.n_blocks):
        z[b] *= sqrt(system.curvature[b])
    solve_factored(&system.lapack, system.radial.values, system.n_blocks, z, 1)
    for b in range(system.n_blocks):
        z[b] *= sqrt(system.curvature[b])
    for t in range(blocks.n_tasks):
        for k in range(size):
            system.gradient.values[t * size + k] += u[t * size + k] * z[system.owners[k]]


cdef inline bint fill_products_of_unknowns(const BlockSet* blocks, NewtonSystem* system, double* K) noexcept nogil:
    """The lower triangle of K = the products of the unknowns' columns; False where memory is short"""
    cdef Py_ssize_t size = system.size, n = blocks.length, j, k
    cdef const double* column
    cdef double* gathered
    if blocks.has_gram:
        for k in range(size):
            column = blocks.columns + system.positions[k] * blocks.column_stride
            for j in range(k, size):
                K[k * size + j] = column[system.positions[j]]
        return True
    gathered = reserve(&system.columns, n * size)
    if gathered == NULL:
        return False
    for k in range(size):
        memcpy(gathered + k * n, blocks.columns + system.positions[k] * blocks.column_stride, n * sizeof(double))
    for k in range(size * size):
        K[k] = 0.0
    add_inner(&system.lapack, gathered, n, size, K)
    return True


cdef inline bint solve_on_gram(const BlockSet* blocks, NewtonSystem* system) noexcept nogil:
    """step = the Newton direction, from products of columns; False where the system is singular"""
    cdef Py_ssize_t size = system.size, k, b
    cdef double* K = reserve(&system.matrix, size * size)
    if K == NULL or not fill_products_of_unknowns(blocks, system, K):
        return False
    for b in range(system.n_blocks):
        if blocks.n_tasks == 1 and blocks.starts[system.blocks[b] + 1] - blocks.starts[system.blocks[b]] == 1:
            system.diagonal[b] -= system.curvature[b]           # no direction but its own
            system.curvature[b] = 0.0
    for k in range(size):
        K[k * size + k] += system.diagonal[system.owners[k]]
    if not factorise(&system.lapack, K, size) or not fill_radial_of_gram(blocks, system):
        return False
    if not factorise(&system.lapack, system.radial.values, system.n_blocks):
        return False
    memcpy(system.step.values, system.gradient.values, size * blocks.n_tasks * sizeof(double))
    solve_factored(&system.lapack, K, size, system.step.values, blocks.n_tasks)
    add_radial_part(blocks, system, system.step.values)
    memcpy(system.step.values, system.gradient.values, size * blocks.n_tasks * sizeof(double))
    solve_factored(&system.lapack, K, size, system.step.values, blocks.n_tasks)
    return True


cdef inline bint factorise_samples(const BlockSet* blocks, NewtonSystem* system) noexcept nogil:
    """matrix = the factor of I + Z E^-1 Z', E the diagonal; False where memory is short"""
    cdef Py_ssize_t size = system.size, n = blocks.length, i, k, b
    cdef double* B = reserve(&system.matrix, n * n)
    cdef double* scaled = reserve(&system.columns, n * max(size, blocks.n_tasks))
    cdef const double* column
    cdef double factor
    if B == NULL or scaled == NULL:
        return False
    for b in range(system.n_blocks):
        if system.diagonal[b] == 0.0:
            i = blocks.starts[system.blocks[b]]
            system.diagonal[b] = SMALL_CURVATURE * blocks.diagonal[i]
    for k in range(size):
        factor = 1.0 / sqrt(system.diagonal[system.owners[k]])
        column = blocks.columns + system.positions[k] * blocks.column_stride
        for i in range(n):
            scaled[k * n + i] = factor * column[i]
    for i in range(n * n):
        B[i] = 0.0
    for i in range(n):
        B[i * n + i] = 1.0
    add_outer(&system.lapack, scaled, n, size, B)
    return factorise(&system.lapack, B, n)


cdef inline void add_products_by_task(const BlockSet* blocks, NewtonSystem* system, double* V) noexcept nogil:
    """radial += sum_t V_t'B^-1 V_t, V_t the products of X with the directions in task t, a column for each block"""
    cdef Py_ssize_t size = system.size, n = blocks.length, m = system.n_blocks, b, i, k, t
    cdef const double* column
    cdef double u
    for t in range(blocks.n_tasks):
        for i in range(n * m):
            V[i] = 0.0
        for k in range(size):
            column, b = blocks.columns + system.positions[k] * blocks.column_stride, system.owners[k]
            u = system.direction.values[t * size + k]
            for i in range(n):
                V[b * n + i] += u * column[i]
        solve_triangle(&system.lapack, system.matrix.values, n, V, m)
        add_inner(&system.lapack, V, n, m, system.radial.values)


cdef inline void add_products_of_columns(
    const BlockSet* blocks, NewtonSystem* system, double* inner, double* outer
) noexcept nogil:
    """The same as sums over pairs of columns of X'B^-1 X times the products of their directions; columns has
    X E^(-1/2), which is lost"""
    cdef Py_ssize_t size = system.size, n = blocks.length, m = system.n_blocks, j, k, a, b
    for k in range(size * size):
        inner[k] = outer[k] = 0.0
    solve_triangle(&system.lapack, system.matrix.values, n, system.columns.values, size)
    add_inner(&system.lapack, system.columns.values, n, size, inner)
    add_outer(&system.lapack, system.direction.values, size, blocks.n_tasks, outer)
    for k in range(size):
        b = system.owners[k]
        for j in range(k, size):
            a = system.owners[j]
            system.radial.values[b * m + a] += inner[k * size + j] * outer[k * size + j] * sqrt(
                system.diagonal[a] * system.diagonal[b]) * (2.0 if a == b and j > k else 1.0)


cdef inline bint fill_radial_of_samples(const BlockSet* blocks, NewtonSystem* system) noexcept nogil:
    """radial = S (D^-1 - U'K^-1 U) S by products with the blocks' directions; False where memory is short"""
    cdef Py_ssize_t size = system.size, n = blocks.length, m = system.n_blocks, a, b, i
    cdef double by_task = <double>blocks.n_tasks * m * n * (n + m)
    cdef bint by_columns = by_task > <double>size * (n * n + size * (n + blocks.n_tasks))
    cdef double* vectors = reserve(&system.vectors, 2 * size * size + m if by_columns else n * m)
    cdef double* radial = reserve(&system.radial, m * m)
    if vectors == NULL or radial == NULL:
        return False
    for i in range(m * m):
        radial[i] = 0.0
    if by_columns:
        add_products_of_columns(blocks, system, vectors, vectors + size * size)
    else:
        add_products_by_task(blocks, system, vectors)
    for b in range(m):
        for a in range(b, m):
            radial[b * m + a] *= sqrt(system.curvature[a] * system.curvature[b]) / (
                system.diagonal[a] * system.diagonal[b])
        radial[b * m + b] += 1.0 - system.curvature[b] / system.diagonal[b]
    return True


cdef inline void multiply_by_inverse(const BlockSet* blocks, NewtonSystem* system, double* fit) noexcept nogil:
    """step = K^-1 gradient = E^-1 gradient - E^-1 Z'B^-1 Z E^-1 gradient; fit is scratch, (n_tasks, n_samples)"""
    cdef Py_ssize_t size = system.size, n = blocks.length, i, k, t
    cdef double* step = system.step.values
    cdef const double* column
    cdef double scaled, product
    for t in range(blocks.n_tasks):
        for i in range(n):
            fit[t * n + i] = 0.0
        for k in range(size):
            column = blocks.columns + system.positions[k] * blocks.column_stride
            scaled = system.gradient.values[t * size + k] / system.diagonal[system.owners[k]]
            step[t * size + k] = scaled
            for i in range(n):
                fit[t * n + i] += scaled * column[i]
    solve_factored(&system.lapack, system.matrix.values, n, fit, blocks.n_tasks)
    for t in range(blocks.n_tasks):
        for k in range(size):
            column = blocks.columns + system.positions[k] * blocks.column_stride
            multiply_columns(column, 0, n, 1, fit + t * n, &product, 1)
            step[t * size + k] -= product / system.diagonal[system.owners[k]]


cdef inline bint solve_on_samples(const BlockSet* blocks, NewtonSystem* system) noexcept nogil:
    """step = the Newton direction, by a system of the size of the samples; False where it is singular"""
    if not factorise_samples(blocks, system) or not fill_radial_of_samples(blocks, system):
        return False
    if not factorise(&system.lapack, system.radial.values, system.n_blocks):
        return False
    multiply_by_inverse(blocks, system, system.columns.values)
    add_radial_part(blocks, system, system.step.values)
    multiply_by_inverse(blocks, system, system.columns.values)
    return True


cdef inline bint newton_direction(const BlockSet* blocks, NewtonSystem* system) noexcept nogil:
    """step = the Newton direction of the nonzero blocks; False where there is none"""
    if not list_unknowns(blocks, system):
        return False
    if blocks.has_gram or system.size <= blocks.length:
        return system.size <= MAX_UNKNOWNS and solve_on_gram(blocks, system)
    return blocks.length <= MAX_UNKNOWNS and solve_on_samples(blocks, system)
