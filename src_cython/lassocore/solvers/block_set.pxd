# Lives here: blocks of coefficients, their products with columns or a Gram matrix. Independent of: tolerances, methods.
#
# Coefficients W, correlations C and linear terms Q are stored task by task, (n_tasks, capacity), of which the first
# numbers, `size` of them, are in use. A block is a range of positions, in all tasks.
from libc.math cimport sqrt

from lassocore.penalties.blocks cimport BlockPenalty, block_norm
from lassocore.solvers.gap cimport BlockAccuracy, BlockView, load_positions
from lassocore.solvers.task_residuals cimport move_and_multiply


cdef struct BlockSet:
    Py_ssize_t n_blocks
    Py_ssize_t size             # positions
    Py_ssize_t n_tasks
    Py_ssize_t capacity
    const Py_ssize_t* starts    # of the blocks; the last of them ends at starts[n_blocks]
    const BlockPenalty* penalties
    const double* diagonal      # squared norms of the columns, or numbers that majorise the block's Gram matrix
    const double* Q             # X'(s Y0)
    double* W
    double* C                   # X'(s R), always up to date on a Gram matrix
    double* norms               # of the blocks of W
    # The state is affine in W and changes by these columns: C itself and the Gram matrix, or residuals and X.
    double* state
    Py_ssize_t state_stride
    Py_ssize_t length           # of a column
    const double* columns
    Py_ssize_t column_stride
    bint has_gram
    double sq_target            # ||Y0||_s^2
    BlockAccuracy accuracy
    double* scratch             # three blocks
    Py_ssize_t scratch_size     # of one


cdef inline void add_columns(
    const double* columns, Py_ssize_t stride, Py_ssize_t length, Py_ssize_t n_columns, const double* factors,
    double* out
) noexcept nogil:
    """out += columns factors, four columns at a time"""
    cdef Py_ssize_t i, k = 0
    cdef double f0, f1, f2, f3
    cdef const double* x0
    cdef const double* x1
    cdef const double* x2
    cdef const double* x3
    while k + 3 < n_columns:
        f0, f1, f2, f3 = factors[k], factors[k + 1], factors[k + 2], factors[k + 3]
        x0 = columns + k * stride
        x1, x2, x3 = x0 + stride, x0 + 2 * stride, x0 + 3 * stride
        for i in range(length):
            out[i] += (f0 * x0[i] + f1 * x1[i]) + (f2 * x2[i] + f3 * x3[i])
        k += 4
    while k < n_columns:
        f0, x0 = factors[k], columns + k * stride
        for i in range(length):
            out[i] += f0 * x0[i]
        k += 1


cdef inline void multiply_columns(
    const double* columns, Py_ssize_t stride, Py_ssize_t length, Py_ssize_t n_columns, const double* r, double* out,
    Py_ssize_t out_stride
) noexcept nogil:
    """out = columns'r, four columns at a time"""
    cdef Py_ssize_t i, k = 0
    cdef double s0, s1, s2, s3
    cdef const double* x0
    cdef const double* x1
    cdef const double* x2
    cdef const double* x3
    while k + 3 < n_columns:
        x0 = columns + k * stride
        x1, x2, x3 = x0 + stride, x0 + 2 * stride, x0 + 3 * stride
        s0, s1, s2, s3 = 0.0, 0.0, 0.0, 0.0
        for i in range(length):
            s0 += x0[i] * r[i]
            s1 += x1[i] * r[i]
            s2 += x2[i] * r[i]
            s3 += x3[i] * r[i]
        out[k * out_stride], out[(k + 1) * out_stride] = s0, s1
        out[(k + 2) * out_stride], out[(k + 3) * out_stride] = s2, s3
        k += 4
    while k < n_columns:
        x0, s0 = columns + k * stride, 0.0
        for i in range(length):
            s0 += x0[i] * r[i]
        out[k * out_stride] = s0
        k += 1


cdef inline void add_column(
    const double* column, Py_ssize_t length, Py_ssize_t n_tasks, const double* factors, double* out, Py_ssize_t stride
) noexcept nogil:
    """out += column factors' for several tasks, four at a time"""
    cdef Py_ssize_t i, t = 0
    cdef double f0, f1, f2, f3
    cdef double* y0
    cdef double* y1
    cdef double* y2
    cdef double* y3
    while t + 3 < n_tasks:
        f0, f1, f2, f3 = factors[t], factors[t + 1], factors[t + 2], factors[t + 3]
        y0 = out + t * stride
        y1, y2, y3 = y0 + stride, y0 + 2 * stride, y0 + 3 * stride
        for i in range(length):
            y0[i] += f0 * column[i]
            y1[i] += f1 * column[i]
            y2[i] += f2 * column[i]
            y3[i] += f3 * column[i]
        t += 4
    while t < n_tasks:
        f0, y0 = factors[t], out + t * stride
        for i in range(length):
            y0[i] += f0 * column[i]
        t += 1


cdef inline Py_ssize_t load_block(
    const BlockSet* blocks, const double* values, Py_ssize_t a, double* out
) noexcept nogil:
    """out = the numbers of block a, task by task; how many they are"""
    return load_positions(
        values, blocks.starts[a], blocks.starts[a + 1] - blocks.starts[a], blocks.n_tasks, blocks.capacity, out)


cdef inline void store_block(const BlockSet* blocks, Py_ssize_t a, const double* block, double* values) noexcept nogil:
    """The numbers of block a of values <- block"""
    cdef Py_ssize_t first = blocks.starts[a], width = blocks.starts[a + 1] - first, i, t
    if width == 1:
        for t in range(blocks.n_tasks):
            values[t * blocks.capacity + first] = block[t]
        return
    for t in range(blocks.n_tasks):
        for i in range(width):
            values[t * blocks.capacity + first + i] = block[t * width + i]


cdef inline void update_positions(BlockSet* blocks, Py_ssize_t first, Py_ssize_t width) noexcept nogil:
    """C of so many positions, from residuals"""
    cdef Py_ssize_t t
    if blocks.has_gram:
        return
    if width == 1 and blocks.n_tasks > 1:
        multiply_columns(blocks.state, blocks.state_stride, blocks.length, blocks.n_tasks,
                         blocks.columns + first * blocks.column_stride, blocks.C + first, blocks.capacity)
        return
    for t in range(blocks.n_tasks):
        multiply_columns(blocks.columns + first * blocks.column_stride, blocks.column_stride, blocks.length, width,
                         blocks.state + t * blocks.state_stride, blocks.C + t * blocks.capacity + first, 1)


cdef inline void move_block(BlockSet* blocks, Py_ssize_t a, const double* minus_step) noexcept nogil:
    """The state after block a moves by minus_step times -1"""
    cdef Py_ssize_t first = blocks.starts[a], width = blocks.starts[a + 1] - first, t
    if width == 1 and blocks.n_tasks > 1:
        add_column(blocks.columns + first * blocks.column_stride, blocks.length, blocks.n_tasks, minus_step,
                   blocks.state, blocks.state_stride)
        return
    for t in range(blocks.n_tasks):
        add_columns(blocks.columns + first * blocks.column_stride, blocks.column_stride, blocks.length, width,
                    minus_step + t * width, blocks.state + t * blocks.state_stride)


cdef inline void update_block(BlockSet* blocks, Py_ssize_t a) noexcept nogil:
    """C of block a, from residuals; a is -1 for none"""
    if a >= 0:
        update_positions(blocks, blocks.starts[a], blocks.starts[a + 1] - blocks.starts[a])


cdef inline bint is_column(const BlockSet* blocks, Py_ssize_t a) noexcept nogil:
    """Whether block a, -1 for none, has one position"""
    return a >= 0 and blocks.starts[a + 1] - blocks.starts[a] == 1


cdef inline void move_and_update(
    BlockSet* blocks, Py_ssize_t a, double* minus_step, Py_ssize_t following
) noexcept nogil:
    """The state after block a moves by minus_step times -1, and C of the following block, -1 for none"""
    if not blocks.has_gram and is_column(blocks, a) and is_column(blocks, following):
        move_and_multiply(
            blocks.columns + blocks.starts[a] * blocks.column_stride, minus_step,
            blocks.columns + blocks.starts[following] * blocks.column_stride, blocks.length, blocks.n_tasks,
            blocks.state, blocks.state_stride, minus_step)
        store_block(blocks, following, minus_step, blocks.C)
        return
    move_block(blocks, a, minus_step)
    update_block(blocks, following)


cdef inline void restore_state(BlockSet* blocks, const double* start) noexcept nogil:
    """The state anew from W: start less the products with all nonzero blocks; start is Q, or the targets"""
    cdef Py_ssize_t a, i, t, width
    cdef double* step = blocks.scratch
    for t in range(blocks.n_tasks):
        for i in range(blocks.length):
            blocks.state[t * blocks.state_stride + i] = start[t * blocks.state_stride + i]
    for a in range(blocks.n_blocks):
        width = load_block(blocks, blocks.W, a, step)
        blocks.norms[a] = block_norm(step, width)
        if blocks.norms[a] != 0.0:
            for i in range(width):
                step[i] = -step[i]
            move_block(blocks, a, step)


cdef inline void residual_products_of_blocks(
    const BlockSet* blocks, double* sq_residual, double* fit_product
) noexcept nogil:
    """||R||_s^2 and <R, Y0>_s; from a Gram matrix the former is ||Y0||_s^2 - <W, Q + C>"""
    cdef Py_ssize_t i, t, first
    cdef double fitted = 0.0, total = 0.0
    for t in range(blocks.n_tasks):
        first = t * blocks.capacity
        for i in range(first, first + blocks.size):
            fitted += blocks.W[i] * blocks.Q[i]
            total += blocks.W[i] * blocks.C[i] if blocks.has_gram else 0.0
    fit_product[0] = blocks.sq_target - fitted
    if blocks.has_gram:
        sq_residual[0] = max(fit_product[0] - total, 0.0)
        return
    for t in range(blocks.n_tasks):
        for i in range(t * blocks.state_stride, t * blocks.state_stride + blocks.length):
            total += blocks.state[i] * blocks.state[i]
    sq_residual[0] = total


cdef inline BlockView view_blocks(const BlockSet* blocks) noexcept nogil:
    """The view of the certificate; C is up to date, and no block outside may be nonzero"""
    cdef BlockView view
    view.W, view.C, view.norms, view.sq_norms = blocks.W, blocks.C, blocks.norms, blocks.diagonal
    view.penalties, view.starts, view.n_blocks = blocks.penalties, blocks.starts, blocks.n_blocks
    view.n_tasks, view.stride = blocks.n_tasks, blocks.capacity
    view.sq_target, view.outside_ratio, view.accuracy = blocks.sq_target, 0.0, blocks.accuracy
    view.support_only = False
    view.scratch, view.scratch_size = blocks.scratch, blocks.scratch_size
    residual_products_of_blocks(blocks, &view.sq_residual, &view.fit_product)
    return view
