# Lives here: an orthonormal basis of earlier residuals, docs/math.md section 9. Independent of: storage, penalties.
from libc.float cimport DBL_EPSILON
from libc.math cimport fabs, sqrt
from libc.string cimport memset

from lassocore.designs.slots cimport (
    Slots, abs_slots, add_product, add_scaled, load_slots, no_slots, scaled_slots, store_slots, sum_slots,
)
from lassocore.designs.types cimport SLOTS

cdef enum:
    BASIS = 8                   # directions whose products with X are stored
    HALF_BASIS = 4

# A direction whose products would have a larger error, relative to the norms of the columns, is refused.
cdef extern from *:
    """
    #define LASSOCORE_MAX_PRODUCT_ERROR 1e-4
    """
    const double MAX_PRODUCT_ERROR "LASSOCORE_MAX_PRODUCT_ERROR"


cdef struct ResidualBasis:
    # Orthonormal directions Q in the span of earlier residuals u = sqrt(s) r, and the products of the columns
    # Z_j = sqrt(s) (X_j - mean_j) with them. Unused directions are 0.
    double* directions          # (n_samples, BASIS): Q
    double* products            # (n_features, BASIS): Z'Q
    double* orthogonal_norms    # at least ||Z_j - QQ'Z_j||
    const double* norms         # ||Z_j||
    double[BASIS * BASIS] history  # column k: the coordinates of the residual that direction k was taken from
    double[BASIS] errors        # |products_jb - Z_j'q_b| <= errors_b ||Z_j||
    double rounding             # |fl(a'b) - a'b| <= rounding ||a|| ||b||, for a, b with an entry for each sample
    Py_ssize_t n_samples
    Py_ssize_t n_directions


cdef struct Projection:
    # Of eight residuals u_t onto the basis.
    double[BASIS * SLOTS] coordinates  # (BASIS, SLOTS): Q'u_t
    double[SLOTS] remainders    # ||u_t - QQ'u_t||
    double[SLOTS] roundings     # a bound on the rounding error of estimated correlations, for a column of norm 1


cdef enum Extension:
    EXTENDED
    IN_SPAN                     # refused: the residual is nearly in the span of the basis
    INHERITED_ERROR             # refused: the errors of the products with the other directions are too large


cdef struct BasisChange:
    # How products change when the basis does: P <- P rotation, then one more column (Z'u - P coordinates) / norm.
    double[BASIS * BASIS] rotation
    double[BASIS] coordinates
    double norm                 # 0 if no direction is added
    bint rotates


cdef inline void clear_basis(ResidualBasis* basis) noexcept nogil:
    """No directions"""
    memset(basis.directions, 0, basis.n_samples * BASIS * sizeof(double))
    memset(basis.history, 0, sizeof(basis.history))
    memset(basis.errors, 0, sizeof(basis.errors))
    basis.rounding = 4.0 * (basis.n_samples + BASIS) * DBL_EPSILON
    basis.n_directions = 0


# Projection of the residuals of a batch.

cdef inline void project_on_half(
    const ResidualBasis* basis, const double* R, Py_ssize_t first, double* coordinates
) noexcept nogil:
    """Coordinates (HALF_BASIS, SLOTS) = Q_half'R for HALF_BASIS directions from the first on"""
    cdef Slots a = no_slots(), b = no_slots(), c = no_slots(), d = no_slots(), u
    cdef const double* q = basis.directions + first
    cdef Py_ssize_t i
    for i in range(basis.n_samples):
        u = load_slots(R + SLOTS * i)
        a = add_scaled(a, q[BASIS * i], u)
        b = add_scaled(b, q[BASIS * i + 1], u)
        c = add_scaled(c, q[BASIS * i + 2], u)
        d = add_scaled(d, q[BASIS * i + 3], u)
    store_slots(coordinates, a)
    store_slots(coordinates + SLOTS, b)
    store_slots(coordinates + 2 * SLOTS, c)
    store_slots(coordinates + 3 * SLOTS, d)


cdef inline void measure_remainders(const ResidualBasis* basis, const double* R, Projection* projection) noexcept nogil:
    """Remainders, from the vectors themselves, and roundings"""
    cdef Slots coordinates[BASIS]
    cdef Slots u, remainder, sq_norms = no_slots(), sq_remainders = no_slots(), roundings = no_slots()
    cdef const double* q
    cdef double sq_norm[SLOTS]
    cdef Py_ssize_t i, b, t
    for b in range(BASIS):
        coordinates[b] = load_slots(projection.coordinates + SLOTS * b)
        roundings = add_scaled(roundings, basis.errors[b], abs_slots(coordinates[b]))
    for i in range(basis.n_samples):
        u = remainder = load_slots(R + SLOTS * i)
        q = basis.directions + BASIS * i
        for b in range(BASIS):
            remainder = add_scaled(remainder, -q[b], coordinates[b])
        sq_norms = add_product(sq_norms, u, u)
        sq_remainders = add_product(sq_remainders, remainder, remainder)
    store_slots(sq_norm, sq_norms)
    store_slots(projection.remainders, sq_remainders)
    store_slots(projection.roundings, roundings)
    for t in range(SLOTS):
        projection.remainders[t] = sqrt(projection.remainders[t])
        projection.roundings[t] += basis.rounding * sqrt(sq_norm[t])


cdef inline void project(const ResidualBasis* basis, const double* R, Projection* projection) noexcept nogil:
    """Project eight residuals sqrt(s) r, (n_samples, SLOTS) in C order, onto the basis"""
    project_on_half(basis, R, 0, projection.coordinates)
    if basis.n_directions > HALF_BASIS:
        project_on_half(basis, R, HALF_BASIS, projection.coordinates + HALF_BASIS * SLOTS)
    else:
        memset(projection.coordinates + HALF_BASIS * SLOTS, 0, HALF_BASIS * SLOTS * sizeof(double))
    measure_remainders(basis, R, projection)


# Changes of the basis.

cdef inline void orthonormal_columns(const double* history, Slots* columns) noexcept nogil:
    """An orthonormal basis of the latest HALF_BASIS columns of the history, latest first; Gram-Schmidt, three times as
    the residuals are nearly parallel"""
    cdef double column[BASIS]
    cdef Slots v
    cdef Py_ssize_t a, b, k, _round
    for a in range(HALF_BASIS):
        for k in range(BASIS):
            column[k] = history[BASIS * k + BASIS - 1 - a]
        v = load_slots(column)
        for _round in range(3):
            for b in range(a):
                v = add_scaled(v, -sum_slots(add_product(no_slots(), v, columns[b])), columns[b])
            v = scaled_slots(1.0 / sqrt(sum_slots(add_product(no_slots(), v, v))), v)
        columns[a] = v


cdef inline Slots rotated(const double* rotation, const double* row) noexcept nogil:
    """rotation'row: the row of the directions, or of their products, after a rotation"""
    cdef Slots v = no_slots()
    cdef Py_ssize_t b
    for b in range(BASIS):
        v = add_scaled(v, row[b], load_slots(rotation + BASIS * b))
    return v


cdef inline void shrink_basis(ResidualBasis* basis, BasisChange* change) noexcept nogil:
    """Keep the span of the latest HALF_BASIS residuals: rotate the directions"""
    cdef Slots columns[HALF_BASIS]
    cdef double column[BASIS]
    cdef double old[BASIS * BASIS]
    cdef double errors[BASIS]
    cdef Py_ssize_t a, b, i, k
    orthonormal_columns(basis.history, columns)
    memset(change.rotation, 0, sizeof(change.rotation))
    memset(errors, 0, sizeof(errors))
    for a in range(HALF_BASIS):
        store_slots(column, columns[a])
        for b in range(BASIS):
            change.rotation[BASIS * b + a] = column[b]
            errors[a] += fabs(column[b]) * basis.errors[b]
        errors[a] += 2.0 * BASIS * DBL_EPSILON
    for b in range(BASIS):
        basis.errors[b] = errors[b]
    for i in range(BASIS * BASIS):
        old[i] = basis.history[i]
    memset(basis.history, 0, sizeof(basis.history))
    for a in range(HALF_BASIS):
        for k in range(HALF_BASIS):
            for b in range(BASIS):
                basis.history[BASIS * a + k] += change.rotation[BASIS * b + a] * old[BASIS * b + HALF_BASIS + k]
    for i in range(basis.n_samples):
        store_slots(basis.directions + BASIS * i, rotated(change.rotation, basis.directions + BASIS * i))
    basis.rounding += 2.0 * BASIS * DBL_EPSILON
    basis.n_directions = HALF_BASIS
    change.rotates = True


cdef inline double orthogonalise(ResidualBasis* basis, Py_ssize_t k, double* coordinates) noexcept nogil:
    """Subtract from column k of the directions its projection on those before it, twice; returns what is left of its
    norm. The coordinates, which are added to, are 0 from k on."""
    cdef double step[BASIS]
    cdef Slots v, row
    cdef double total = 0.0
    cdef double* q
    cdef Py_ssize_t i, b, _round
    for _round in range(2):
        v = no_slots()
        for i in range(basis.n_samples):
            q = basis.directions + BASIS * i
            v = add_scaled(v, q[k], load_slots(q))
        store_slots(step, v)
        for b in range(k, BASIS):
            step[b] = 0.0
        v = load_slots(step)
        for i in range(basis.n_samples):
            q = basis.directions + BASIS * i
            row = load_slots(q)
            q[k] -= sum_slots(add_product(no_slots(), row, v))
        store_slots(coordinates, add_scaled(load_slots(coordinates), 1.0, v))
    for i in range(basis.n_samples):
        total += basis.directions[BASIS * i + k] * basis.directions[BASIS * i + k]
    return sqrt(total)


cdef inline Extension append_direction(
    ResidualBasis* basis, const double* u, Py_ssize_t stride, BasisChange* change
) noexcept nogil:
    """Add the part of the residual u that is orthogonal to the basis, unless its products would be too inaccurate"""
    cdef Py_ssize_t i, b, k = basis.n_directions
    cdef double sq_norm = 0.0, norm, own_error, error
    memset(change.coordinates, 0, sizeof(change.coordinates))
    for i in range(basis.n_samples):
        basis.directions[BASIS * i + k] = u[stride * i]
        sq_norm += u[stride * i] * u[stride * i]
    norm = orthogonalise(basis, k, change.coordinates)
    error = own_error = basis.rounding * sqrt(sq_norm)
    for b in range(k):
        error += basis.errors[b] * fabs(change.coordinates[b])
    change.norm = norm if error < MAX_PRODUCT_ERROR * norm else 0.0
    for i in range(basis.n_samples):
        basis.directions[BASIS * i + k] *= 1.0 / norm if change.norm > 0.0 else 0.0
    if change.norm == 0.0:
        return INHERITED_ERROR if own_error < MAX_PRODUCT_ERROR * norm else IN_SPAN
    for b in range(k):
        basis.history[BASIS * b + k] = change.coordinates[b]
    basis.history[BASIS * k + k] = norm
    basis.errors[k] = error / norm
    basis.n_directions = k + 1
    return EXTENDED


cdef inline bint extend_basis(
    ResidualBasis* basis, const double* u, Py_ssize_t stride, BasisChange* change
) noexcept nogil:
    """Add a direction from the residual u, whose entries are `stride` apart. A full basis first shrinks to the span of
    its later residuals; one with inaccurate products starts again. Returns whether the products must change."""
    cdef Extension extension
    change.rotates = False
    if basis.n_directions == BASIS:
        shrink_basis(basis, change)
    extension = append_direction(basis, u, stride, change)
    if extension == INHERITED_ERROR:
        clear_basis(basis)
        memset(change.rotation, 0, sizeof(change.rotation))
        change.rotates = True
        extension = append_direction(basis, u, stride, change)
    return extension == EXTENDED or change.rotates


cdef inline double enlargement(const ResidualBasis* basis) noexcept nogil:
    """What ||Z_j||^2 is multiplied by so that less ||products_j||^2 it is at least ||Z_j - QQ'Z_j||^2"""
    cdef double error = basis.rounding
    cdef Py_ssize_t b
    for b in range(BASIS):
        error += basis.errors[b]
    return (1.0 + error) * (1.0 + error)


cdef inline void update_products(
    const ResidualBasis* basis, const BasisChange* change, const Py_ssize_t* columns, Py_ssize_t n_columns,
    const double* c, Py_ssize_t stride
) noexcept nogil:
    """Update the products of these columns to the changed basis; c_k = Z_k'u are in the order of the columns, `stride`
    apart. Ranges of columns may be updated in different threads."""
    cdef Slots coordinates = load_slots(change.coordinates)
    cdef Slots row
    cdef double enlarged = enlargement(basis), product, sq_norm
    cdef double* products
    cdef Py_ssize_t j, k
    for k in range(n_columns):
        j = columns[k]
        products = basis.products + BASIS * j
        row = rotated(change.rotation, products) if change.rotates else load_slots(products)
        store_slots(products, row)
        sq_norm = enlarged * basis.norms[j] * basis.norms[j] - sum_slots(add_product(no_slots(), row, row))
        if change.norm > 0.0:
            product = (c[stride * k] - sum_slots(add_product(no_slots(), row, coordinates))) / change.norm
            products[basis.n_directions - 1] = product
            sq_norm -= product * product
        basis.orthogonal_norms[j] = sqrt(sq_norm) if sq_norm > 0.0 else 0.0
