# Lives here: residuals of given coefficients, Gram matrices of columns. Independent of: penalties, alpha.
import numpy as np

from libc.stdint cimport int32_t

from lassocore.core.signals cimport interrupted
from lassocore.designs.csc cimport RowBlock
from lassocore.designs.row_products cimport FLOATS, count_panels
from lassocore.designs.types cimport Residual

cdef enum:
    BLOCK_NUMBERS = 100_000     # in a block of rows of a dense X
    MIN_BLOCK_ROWS = 128
    MAX_BLOCK_ROWS = 256


def residual_of(Matrix matrix, const double[::1] target, const Py_ssize_t[::1] columns, const double[::1] w):
    """s r = s (y0 - X w) for w that is nonzero on these columns alone."""
    values = np.array(target)
    cdef Residual residual = make_residual(<double*>address(values), &target[0])
    cdef Py_ssize_t k, since_check = 0
    cdef bint stopped = False
    with nogil:
        for k in range(columns.shape[0]):
            if w[k] != 0.0:
                matrix.operations.axpy(&matrix.design, columns[k], -w[k], &residual)
                stopped = interrupted(&since_check, matrix.cost)
                if stopped:
                    break
        matrix.operations.fold(&matrix.design, &residual)
    if stopped:
        raise_pending()
    return values


def subtract_gathered(
    const double[::1, :] Z, const Py_ssize_t[::1] positions, const double[:, ::1] W, double[:, ::1] R
):
    """R -= Z_positions W' for eight residuals, (n_samples, 8), and W of (n_positions, 8)."""
    with nogil:
        sets.products.subtract_gathered(&Z[0, 0], Z.shape[0], &positions[0], positions.shape[0], &W[0, 0], &R[0, 0])


def fill_slots(const double[::1, :] vectors, double[:, ::1] out):
    """out, (n, SLOTS), has these vectors, at most eight, as its first columns, and zeros in the others."""
    cdef Py_ssize_t n_vectors = vectors.shape[1]
    with nogil:
        sets.products.interleave_columns(
            &vectors[0, 0], vectors.shape[0], vectors.shape[0], n_vectors, &out[0, 0])


cdef Py_ssize_t block_rows(Py_ssize_t n_rows, Py_ssize_t width) noexcept nogil:
    """How many rows are in each of the equal blocks, of about this width, into which so many rows are divided"""
    cdef Py_ssize_t n_blocks = max(<Py_ssize_t>1, (n_rows + width // 2) // width)
    return (n_rows + n_blocks - 1) // n_blocks


cdef void add_panel(
    bint single, const double* panels, Py_ssize_t n_rows, Py_ssize_t n_panels, Py_ssize_t panel, bint is_first,
    double* out, Py_ssize_t step
) noexcept nogil:
    """The products of a panel, of either precision, with itself and those that follow"""
    if single:
        sets.products.add_float_products(<const float*>panels, n_rows, n_panels, panel, is_first, out, step)
    else:
        sets.products.add_products(panels, n_rows, n_panels, panel, is_first, out, step)


cdef sum_products(
    Matrix matrix, const double* Z, const Py_ssize_t* columns, Py_ssize_t n_old, Py_ssize_t n_new, ranges, bint single
):
    """Z_a'Z_b over ranges of rows, (start, stop) each, for the last n_new of these dense columns and all of them.

    The result has a row for each new column. In a row come first the products with the new columns, from the row's own
    panel on, then those with the old ones; both are padded to whole panels. Z holds copies of the columns, or is NULL.
    In single precision entries are rounded, and sums over some hundred rows.
    """
    cdef Py_ssize_t columns_of_panel = FLOATS if single else SLOTS, n_left = count_panels(n_new, columns_of_panel)
    cdef Py_ssize_t n_panels = n_left + count_panels(n_old, columns_of_panel), since_check = 0
    cdef Py_ssize_t n = matrix.n_samples, step = columns_of_panel * n_panels + 1
    cdef Py_ssize_t row, stop, n_rows, panel, most = max(
        <Py_ssize_t>MIN_BLOCK_ROWS, min(<Py_ssize_t>MAX_BLOCK_ROWS, BLOCK_NUMBERS // (columns_of_panel * n_panels)))
    cdef Py_ssize_t width = max([block_rows(stop - start, most) for start, stop in ranges])
    cdef bint is_first = True, stopped = False
    sums, block = scratch_rows(columns_of_panel * n_left, step), zero_rows(n_panels * width)
    scratch = empty(SLOTS * width, cnp.NPY_DOUBLE)
    cdef double* out = <double*>address(sums)
    cdef double* panels = <double*>address(block)       # 64 bytes a row, of either precision
    cdef double* some = <double*>address(scratch)
    cdef double* old
    for row, stop in ranges:
        width = block_rows(stop - row, most)
        with nogil:
            while row < stop and not stopped:
                n_rows = min(width, stop - row)
                old = panels + SLOTS * n_rows * n_left
                if Z == NULL:
                    matrix.operations.fill_panels(
                        &matrix.design, columns + n_old, n_new, row, n_rows, some, single, panels)
                    matrix.operations.fill_panels(&matrix.design, columns, n_old, row, n_rows, some, single, old)
                else:
                    sets.products.interleave_columns(Z + n * n_old + row, n, n_rows, n_new, panels)
                    sets.products.interleave_columns(Z + row, n, n_rows, n_old, old)
                for panel in range(n_left):
                    add_panel(single, panels, n_rows, n_panels, panel, is_first, out, step)
                    stopped = stopped or interrupted(&since_check, SLOTS * SLOTS * n_rows * n_panels)
                row, is_first = row + n_rows, False
        if stopped:
            raise_pending()
    return sums


def dense_gram(Matrix matrix, const Py_ssize_t[::1] columns, ranges, bint single=False):
    """Z'Z of some columns of a dense X, summed over ranges of rows, (start, stop) each."""
    sums = sum_products(matrix, NULL, &columns[0], 0, columns.shape[0], ranges, single)
    cdef Py_ssize_t size = columns.shape[0], step = sums.shape[1]
    cdef double* out = <double*>address(sums)
    with nogil:
        sets.products.mirror(out, size, step)
    return sums[:size, :size].T


def add_dense_products(
    Matrix matrix, const Py_ssize_t[::1] columns, Py_ssize_t first_new, double[::1, :] gram, bint single=False
):
    """gram[a, b] = gram[b, a] = Z_a'Z_b of dense columns for b >= first_new and all a."""
    add_products_of_new(
        matrix, NULL, &columns[0], first_new, columns.shape[0] - first_new, &gram[0, 0],
        gram.strides[1] // sizeof(double), single)


cdef add_products_of_new(
    Matrix matrix, const double* Z, const Py_ssize_t* columns, Py_ssize_t n_old, Py_ssize_t n_new, double* gram,
    Py_ssize_t stride, bint single
):
    """Fill a Gram matrix with the products of the last n_new of these columns, as sum_products has them, and all."""
    sums = sum_products(matrix, Z, columns, n_old, n_new, ((0, matrix.n_samples),), single)
    cdef const double* row = <const double*>address(sums)
    cdef Py_ssize_t step = sums.shape[1], size = n_old + n_new, width = FLOATS if single else SLOTS, a, b
    cdef Py_ssize_t first_old = width * count_panels(n_new, width)
    with nogil:
        for b in range(n_old, size):
            for a in range(n_old):
                gram[b * stride + a] = row[first_old + a]
            for a in range(b, size):
                gram[b * stride + a] = row[a - n_old]
            row += step
        mirror_new(gram, n_old, size, stride)


cdef void mirror_new(double* gram, Py_ssize_t n_old, Py_ssize_t size, Py_ssize_t stride) noexcept nogil:
    """gram[a, b] = gram[b, a] for the columns b from n_old on and a before n_old or after b, eight b at a time: those
    of a row a share a cache line"""
    cdef Py_ssize_t a, b, first = n_old
    while first < size:
        for a in range(n_old):
            for b in range(first, min(first + SLOTS, size)):
                gram[a * stride + b] = gram[b * stride + a]
        for a in range(first + 1, size):
            for b in range(first, min(first + SLOTS, a)):
                gram[a * stride + b] = gram[b * stride + a]
        first += SLOTS


def rows_of(Matrix matrix, const Py_ssize_t[::1] columns):
    """The number of entries of these sparse columns in each row."""
    counts = np.zeros(matrix.n_samples, np.intp)
    cdef Py_ssize_t* first = <Py_ssize_t*>address(counts)
    with nogil:
        matrix.operations.count_rows(&matrix.design, &columns[0], columns.shape[0], first)
    return counts


def add_sparse_gram(Matrix matrix, const Py_ssize_t[::1] columns, Py_ssize_t first_new, double[:, :] gram, blocks):
    """gram[a, b] += X_a'SX_b of sparse columns, not centred, for a <= b and b >= first_new.

    blocks lists (first row, stop row, starts of the rows within the block, entries).
    """
    cdef RowBlock block
    cdef Py_ssize_t stride = gram.strides[1] // sizeof(double), since_check = 0
    cdef Py_ssize_t n_entries
    cdef bint stopped
    cursors = np.ascontiguousarray(matrix.arrays[2][np.asarray(columns)], dtype=np.intp)
    block.cursors = <Py_ssize_t*>address(cursors)
    for first_row, stop_row, starts, n_entries in blocks:
        positions, values = np.empty(n_entries, np.int32), np.empty(n_entries)
        block.first_row, block.stop_row = first_row, stop_row
        block.starts = <Py_ssize_t*>address(starts)
        block.positions, block.values = <int32_t*>address(positions), <double*>address(values)
        with nogil:
            matrix.operations.fill_rows(&matrix.design, &columns[0], columns.shape[0], &block)
            sets.products.add_row_products(&block, first_new, &gram[0, 0], stride)
            stopped = interrupted(&since_check, 16 * n_entries)
        if stopped:
            raise_pending()
