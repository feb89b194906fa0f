# Lives here: the kernels on working sets, of columns and of blocks, and on vectors. Independent of: X, Python objects.
"""A unit of the core that has kernels alone; `units.pxi` says how it becomes part of it."""
from lassocore.core.operations cimport GramFunctions, Tables, VectorFunctions
from lassocore.core.set_operations cimport BlockFunctions, BoundFunctions, ProductFunctions, SetFunctions
from lassocore.core.vectors cimport (
    add_up, centre, copy_nonzeros, intercept_of, mark_nonzeros, scale_factors, weighted_sq_norm,
)
from lassocore.designs.csc cimport add_row_products
from lassocore.designs.gathered cimport divide_rows, fill_products, multiply_rows, subtract_gathered
from lassocore.designs.row_products cimport add_float_products, add_products, interleave_columns, mirror
from lassocore.solvers.block_level cimport (
    extrapolate_path, refine_by_newton, settle_unpenalised, solve_block_level,
)
from lassocore.solvers.block_set cimport restore_state, update_positions
from lassocore.solvers.block_transforms cimport dual_ratios_of_products, expand_blocks, reduce_blocks
from lassocore.solvers.correlation_bounds cimport check_violations, columns_likely_to_enter, columns_not_ruled_out
from lassocore.solvers.gap cimport block_gap, duality_gap
from lassocore.solvers.gram_level cimport gap_of_set, list_nonzeros, refactor, solve_gram_level
from lassocore.solvers.gram_positions cimport set_scales
from lassocore.solvers.residual_basis cimport extend_basis, project, update_products
from lassocore.solvers.segment cimport find_segment, move_along
from lassocore.solvers.unpenalised cimport solve_unpenalised_positions


cdef void fill_product_functions(ProductFunctions* functions) noexcept nogil:
    functions.interleave_columns, functions.add_products = interleave_columns, add_products
    functions.add_float_products, functions.mirror = add_float_products, mirror
    functions.add_row_products = add_row_products
    functions.subtract_gathered, functions.fill_products = subtract_gathered, fill_products
    functions.multiply_rows, functions.divide_rows = multiply_rows, divide_rows


cdef void fill_bounds(BoundFunctions* functions) noexcept nogil:
    functions.project, functions.extend_basis = project, extend_basis
    functions.update_products, functions.check_violations = update_products, check_violations
    functions.columns_likely_to_enter = columns_likely_to_enter
    functions.columns_not_ruled_out = columns_not_ruled_out


cdef void fill_blocks(BlockFunctions* functions) noexcept nogil:
    functions.solve, functions.refine, functions.settle = solve_block_level, refine_by_newton, settle_unpenalised
    functions.solve_unpenalised, functions.extrapolate = solve_unpenalised_positions, extrapolate_path
    functions.restore, functions.update, functions.gap = restore_state, update_positions, block_gap
    functions.dual_ratios, functions.expand, functions.reduce = dual_ratios_of_products, expand_blocks, reduce_blocks


cdef void fill_gram(GramFunctions* functions) noexcept nogil:
    functions.solve, functions.refactor, functions.gap = solve_gram_level, refactor, gap_of_set
    functions.find_segment, functions.move_along, functions.set_scales = find_segment, move_along, set_scales
    functions.list_nonzeros = list_nonzeros


cdef void fill_vectors(VectorFunctions* functions) noexcept nogil:
    functions.total, functions.sq_norm, functions.centre = add_up, weighted_sq_norm, centre
    functions.scale, functions.intercept = scale_factors, intercept_of
    functions.mark_nonzeros, functions.copy_nonzeros = mark_nonzeros, copy_nonzeros


cdef public void fill "LASSOCORE_FILL"(void* tables, void* sets) noexcept nogil:
    """Everything in the tables but the operations on X."""
    cdef Tables* shared = <Tables*>tables
    cdef SetFunctions* functions = <SetFunctions*>sets
    fill_gram(&shared.gram)
    fill_vectors(&shared.vectors)
    fill_product_functions(&functions.products)
    fill_bounds(&functions.bounds)
    fill_blocks(&functions.blocks)
    functions.gap = duality_gap
