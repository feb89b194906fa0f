# Lives here: the columns of some blocks with their products, on which levels are solved. Independent of: alpha, paths.
"""A set of blocks: their columns rotated within each block, and a Gram matrix or residuals that follow W."""
from __future__ import annotations

import numpy as np

from lassocore._isa import core
from lassocore.designs.scans import products_with
from lassocore.problems.blocks import Blocks
from lassocore.problems.problem import Problem
from lassocore.solvers.block_arrays import NO_INDICES, BlockArrays, Levels, PositionArrays, appended, over_roots
from lassocore.solvers.rotations import (
    Rotations,
    products_in_gram,
    products_of_columns,
    rotate_products,
    rotated_columns,
    rotation_of_wide,
    rotations_of,
)
from lassocore.solvers.settings import Settings
from lassocore.utils.index_ranges import ranges_of
from lassocore.utils.interruptible import inner_products

FIRST_CAPACITY = 128                # positions for which memory is allocated at first
MAX_GRAM_SHARE = 2.0                # positions over samples from which residuals cost less than a Gram matrix,
MAX_GRAM_SHARE_OF_ROWS = 1.0        # and of single columns, whose residuals move in the pass that multiplies the next
MIN_TOL_OF_PRODUCTS = 1e-9          # below it gaps are computed from X, as products of columns have rounding errors,
                                    # and Newton steps go on as long as they shorten
MAX_GATHERED = 100_000_000          # numbers in a dense copy of sparse columns


def block_solver(problem: Problem, settings: Settings) -> core.BlockSolver:
    """A solver of blocks of a problem."""
    solver = core.BlockSolver(
        problem.sq_target, problem.block, settings.exact or settings.goal < MIN_TOL_OF_PRODUCTS)
    if settings.selection != "cyclic":
        solver.set_selection(
            settings.selection, np.random.PCG64(np.random.default_rng(settings.rng).integers(2**63)))
    if settings.recorder is not None:
        solver.set_recorder(settings.recorder.steps)
    return solver


class BlockColumns(PositionArrays):
    """Some blocks of a problem, or all of them on the Gram matrix of all columns.

    Coefficients W and correlations C have a row for each task and a number for each *position*: the rotated columns of
    the blocks, in the order in which these joined.
    """

    def __init__(self, problem: Problem, blocks: Blocks, settings: Settings, gram: np.ndarray | None = None):
        self.problem, self.blocks, self.method = problem, blocks, "working_set" if gram is None else "gram"
        self.n_samples = problem.matrix.n_samples
        self.gathers = gram is None and (
            problem.design.can_gather or problem.design.gram_loses_digits(problem.features))
        weights = problem.matrix.weights
        self.root_weights = None if weights is None else np.sqrt(weights)
        target = np.ascontiguousarray(np.atleast_2d(problem.target))
        self.target = over_roots(target, self.root_weights)
        self.all_correlations = problem.correlations.reshape(problem.matrix.n_features, -1)
        self.n_tasks = len(self.target)
        self.members, self.columns = NO_INDICES, NO_INDICES     # blocks, in the order in which they joined; columns
        self.column_starts = self.starts = np.zeros(1, np.intp)
        self.T_values, self.T_offsets = np.empty(0), NO_INDICES
        self.factors = np.empty((0, 3))
        self.solver = block_solver(problem, settings)
        self.slots: np.ndarray | None = None
        self.residual: np.ndarray | None = None     # (n_tasks, n_samples), where no Gram matrix is kept
        if gram is not None and blocks.columns is problem.features and blocks.units is None:
            self._adopt_rows(gram)
            return
        self._allocate(FIRST_CAPACITY if gram is None else len(blocks.columns))
        block = problem.block
        if block is not None and (block.is_delicate or problem.dtype == np.float32) and gram is None and (
                self.gathers or FIRST_CAPACITY * problem.matrix.n_samples <= MAX_GATHERED):
            self._use_residuals()
        self._bind()
        if gram is not None:
            self._adopt_all(gram)

    @property
    def size(self) -> int:
        """The number of positions."""
        return int(self.starts[-1])

    def _adopt_rows(self, gram: np.ndarray) -> None:
        """All blocks, which are the features in their order; gram is X'SX of these."""
        columns, starts = self.blocks.columns, self.blocks.starts
        self.members, self.columns, self.factors = starts[:-1], columns, self.blocks.factors
        self.starts = self.column_starts = starts
        self.gram = gram if gram.strides[0] == gram.itemsize else np.asfortranarray(gram.T)
        self.padded = self.gathered = np.empty((0, len(columns)), order="F")
        self.W, self.before, self.C, self.Q = vectors = self._vectors(len(columns))
        self.Q[:, :len(columns)] = self.all_correlations[columns].T
        self.sq_norms, self.capacity = self.problem.sq_norms[columns], vectors.shape[2]
        self._bind()
        self.refresh()

    def _adopt_all(self, gram: np.ndarray) -> None:
        """All blocks, those of a width one after the other; gram is X'SX of the features."""
        blocks, features = self.blocks, self.problem.features
        members = blocks.widths.argsort(kind="stable")
        columns = blocks.columns_of(members)
        if not np.array_equal(columns, features):
            order = np.searchsorted(features, columns)
            gram = gram[np.ix_(order, order)]
        self.gram[:len(columns), :len(columns)] = gram
        self._append(members, None)

    def extend(self, members: np.ndarray, start: np.ndarray | None = None) -> None:
        """Add blocks, at 0 or with these coefficients of all columns, (n_features, n_tasks)."""
        n, are_rows = self.n_samples, self.blocks.are_rows
        widths = None if are_rows else self.blocks.widths[members]
        size = self.size + (len(members) if widths is None else int(np.minimum(widths, n).sum()))
        if self.residual is None and size > (MAX_GRAM_SHARE_OF_ROWS if are_rows else MAX_GRAM_SHARE) * n:
            self._use_residuals()
            self._bind()
            self.refresh()
        if widths is None:
            (self._append_rows if self.blocks.units is None else self._append)(members, start)
            return
        is_wide = (widths > n) & self.gathers & (not self.blocks.has_feature_l1)
        for chosen in (members[~is_wide], *members[is_wide][:, None]):
            if len(chosen):
                self._append(chosen, start)

    def _append_rows(self, members: np.ndarray, start: np.ndarray | None) -> None:
        """Append blocks of one column each, without units."""
        first, columns = self.size, self.blocks.columns[members]
        self._note(members, columns)
        self.starts = self.column_starts = np.arange(first + len(members) + 1)
        self._reserve(self.size, first)
        if self.gathers:
            self._store(first, self.problem.matrix.gather(columns))
        elif self.method != "gram":
            self.problem.design.add_products(self.columns, first, self.gram)
        self.sq_norms[first:self.size] = self.problem.sq_norms[columns]
        self.Q[:, first:self.size] = self.all_correlations[columns].T
        self._begin_new(first, start)

    def _append(self, members: np.ndarray, start: np.ndarray | None) -> None:
        """Append blocks, either none that is rotated and wider than X is tall, or one."""
        first, widths = self.size, self.blocks.widths[members]
        if not self.blocks.are_rows:
            by_width = widths.argsort(kind="stable")
            members, widths = members[by_width], widths[by_width]
        columns = self.blocks.columns_of(members)
        self._note(members, columns)
        self.column_starts = appended(self.column_starts, self.column_starts[-1] + widths.cumsum())
        rotations, Z = self._rotations(first, columns, widths)
        offsets = rotations.offsets
        if len(rotations.values):
            offsets = np.where(offsets < 0, -1, offsets + len(self.T_values))
            self.T_values = appended(self.T_values, rotations.values)
        self.T_offsets = appended(self.T_offsets, offsets)
        self.starts = appended(self.starts, first + rotations.ranks.cumsum())
        self._reserve(self.size, first)
        new = slice(first, self.size)
        if Z is not None:
            self._store(first, Z)
        elif len(self.T_values):
            size = self.size
            rotate_products(self.gram[:size, :size], first, self.starts, self.T_values, self.T_offsets)
        self.sq_norms[new] = rotations.sq_norms
        self.Q[:, new] = self.reduced(self.all_correlations[columns].T, slice(-len(members), None))
        self._begin_new(first, start)

    def _note(self, members: np.ndarray, columns: np.ndarray) -> None:
        """Note new blocks, their columns and their factors."""
        self.members, self.columns = appended(self.members, members), appended(self.columns, columns)
        self.factors = appended(self.factors, self.blocks.factors[members])

    def _store(self, first: int, Z: np.ndarray) -> None:
        """Keep the columns of the positions from first on, and their products with all."""
        new = slice(first, self.size)
        self.gathered[:, new] = Z
        if self.residual is None:
            self.gram[:self.size, new] = inner_products(self.gathered[:, :self.size], Z)
            self.gram[new, :first] = self.gram[:first, new].T

    def _begin_new(self, first: int, start: np.ndarray | None) -> None:
        """Bind the positions from first on, at 0 or with these coefficients of all columns."""
        new = slice(first, self.size)
        self.W[:, new] = self.before[:, new] = 0.0
        self._bind()
        if start is None and first > 0:
            self.solver.join(first)
            return
        if start is not None:
            self.W[:, new] = self.positions_of(start)[:, first:]
        self.refresh()

    def _rotations(self, first: int, columns: np.ndarray, widths: np.ndarray) -> tuple[Rotations, np.ndarray | None]:
        """The rotations of new blocks, and their rotated columns if these are gathered."""
        units = None if self.blocks.units is None else self.blocks.units[columns]
        rotates = not self.blocks.has_feature_l1
        if self.gathers:
            Z = self.problem.matrix.gather(np.ascontiguousarray(columns))
            if rotates and widths[0] > len(Z):
                return rotation_of_wide(Z, units)
            measured = Z if rotates or units is None else Z / units
            rotations = rotations_of(products_of_columns(measured), widths, units, rotates)
            return rotations, rotated_columns(Z, rotations, widths)
        stop = first + len(columns)
        if self.method != "gram":
            self._reserve(stop, first)
            self.problem.design.add_products(self.columns, first, self.gram)
        gram = self.gram[first:stop, first:stop]
        if units is not None and not rotates:
            gram = gram / units[:, None] / units
        return rotations_of(products_in_gram(gram), widths, units, rotates), None

    def _use_residuals(self) -> None:
        """Keep residuals in place of correlations, whose Gram matrix has become larger than the columns."""
        if not self.gathers:
            if not self.problem.design.has_columns or self.method == "gram" or (
                    self.size * self.problem.matrix.n_samples > MAX_GATHERED):
                return
            self.gathers = True
        had_columns, size = len(self.gathered) > 0, self.size
        self._keep_residuals(self.target)
        if size and not had_columns:
            rotations = Rotations(self.T_values, self.T_offsets, np.diff(self.starts), self.sq_norms[:size])
            self.gathered[:, :size] = rotated_columns(
                self.problem.matrix.gather(self.columns), rotations, np.diff(self.column_starts))

    def _bind(self) -> None:
        """Tell the solver where the arrays are."""
        self.norms = np.empty(len(self.members))
        arrays = BlockArrays(self.W, self.before, self.C, self.Q, self.sq_norms, self.factors, self.norms)
        if self.residual is None:
            self.solver.bind(self.starts, arrays, self.gram, self.C, self.Q)
        else:
            self.solver.bind(self.starts, arrays, self.padded, self.state, self.padded_target)
        unpenalised = self.problem.unpenalised
        if len(unpenalised):
            found = np.flatnonzero((self.factors == 0.0).all(axis=1))
            order = self.columns[self.column_starts[found]].argsort()
            root = None if self.problem.block is None or len(found) < len(unpenalised) else self.problem.block.root
            self.solver.set_unpenalised(self.starts[found[order]], root)

    def refresh(self) -> None:
        """Compute norms, correlations and residuals anew from W."""
        self.solver.refresh()

    def settle(self) -> None:
        """Solve for the unpenalised columns, all other coefficients being as they are."""
        if len(self.problem.unpenalised):
            self.solver.settle()

    def solve(self, l1_scales: np.ndarray, l2_scales: np.ndarray, gap_tol: float, max_iter: int) -> Levels:
        """Solve levels from the last solution, up to the first that does not reach the gap, which is the last."""
        if self.slots is None or self.slots.shape[0] < len(l1_scales) or self.slots.shape[3] != self.capacity:
            self.slots = np.empty((len(l1_scales), 2, self.n_tasks, self.capacity))
            self.outcomes = np.empty((len(l1_scales), 4))
        n_solved = self.solver.solve_levels(
            np.ascontiguousarray(l1_scales), np.ascontiguousarray(l2_scales), gap_tol, min(max_iter, 2**62), self.slots,
            self.outcomes)
        solved = Levels(self.slots[:n_solved], self.outcomes[:n_solved])
        if self.problem.dtype == np.float32:
            self._round(solved)
        return solved

    def restart(self, solved: Levels, index: int, is_exact: bool) -> None:
        """Continue from the solution of a level; is_exact says whether correlations have been computed by X since."""
        if index < len(solved) - 1 or is_exact or self.problem.dtype == np.float32:
            self.W[:] = solved.W[index]
            self.refresh()
        self.solver.forget_levels()

    def certify(self, solved: Levels, l1_scales: np.ndarray, l2_scales: np.ndarray, outside_ratios: np.ndarray,
                is_exact: bool) -> np.ndarray:
        """(gap, ||R||_s^2) of each level; the ratios bound those of dual norms outside over the levels."""
        sq_residuals = None
        if is_exact and self.problem.design.has_columns:
            sq_residuals = self._recompute(solved)
        certified = self.solver.certify(solved.slots, np.ascontiguousarray(l1_scales), np.ascontiguousarray(l2_scales),
                                        np.ascontiguousarray(outside_ratios), sq_residuals)
        if self.problem.dtype == np.float32 and len(self.problem.unpenalised):
            certified[:, 0] += [self._rounding_loss(W) for W in solved.W]
        return certified

    def _recompute(self, solved: Levels) -> np.ndarray:
        """||R||_s^2 by X; the correlations of the slots too, and Q follows those of the last."""
        matrix, size = self.problem.matrix, self.size
        roots, residuals = self.residuals(solved.W)
        products = products_with(matrix, self.columns, residuals)
        for k in range(len(solved)):
            tasks = slice(k * self.n_tasks, (k + 1) * self.n_tasks)
            C = self.reduced(products[:, tasks].T)
            if k == len(solved) - 1:
                self.Q[:, :size] += C - solved.slots[k, 1, :, :size]
            solved.slots[k, 1, :, :size] = C
        return np.square(roots).reshape(len(solved), -1).sum(axis=1)

    def _round(self, solved: Levels) -> None:
        """Round the penalised coefficients to float32 as they are returned."""
        is_penalised = np.repeat(self.factors.any(axis=1), np.diff(self.column_starts))
        last = self.W.copy()
        for k in range(len(solved)):
            w = np.zeros((self.problem.matrix.n_features, self.n_tasks))
            exact = self.expanded(solved.W[k])
            w[self.columns] = np.where(is_penalised, exact.astype(np.float32), exact).T
            self.W[:, :self.size] = self.positions_of(w)
            self.refresh()
            if self.problem.block is not None and self.problem.block.root is not None:
                self.settle()
            solved.slots[k, 0], solved.slots[k, 1] = self.W, self.C
        self.W[:] = last
        self.refresh()

    def _rounding_loss(self, W: np.ndarray) -> float:
        """The increase of the objective from rounding the unpenalised coefficients to float32."""
        w = self.expanded(W)[:, np.isin(self.columns, self.problem.unpenalised)]
        columns = self.columns[np.isin(self.columns, self.problem.unpenalised)]
        error = w.astype(np.float32) - w
        return 0.5 * float(np.einsum("ti,ij,tj->", error, self.problem.design.gram(columns), error))

    def solutions(self, W: np.ndarray) -> tuple[np.ndarray, np.ndarray, list[int]]:
        """(columns, values or rows of values, how many each level has) of the nonzero coefficients, columns rising."""
        if len(self.T_values):
            W = self.expanded(W.reshape(-1, self.capacity)).reshape(len(W), self.n_tasks, -1)
        columns, values, counts = core.nonzero_rows(W, self.columns, self.columns.argsort())
        if self.problem.dtype == np.float32:
            values = values.astype(np.float32).astype(np.float64)
        return columns, values if self.problem.has_tasks else values[:, 0], counts

    def keep(self, kept: np.ndarray) -> None:
        """Keep these rising members only; among them are all nonzero and all unpenalised blocks."""
        positions = ranges_of(self.starts[kept], np.diff(self.starts)[kept])
        columns = ranges_of(self.column_starts[kept], np.diff(self.column_starts)[kept])
        size = len(positions)
        for values in (self.W, self.before, self.C, self.Q, self.sq_norms, self.gathered):
            values[..., :size] = values[..., positions]
        if self.residual is None:
            self.gram[:size, :size] = self.gram[np.ix_(positions, positions)]
        self.starts = np.append(0, np.cumsum(np.diff(self.starts)[kept]))
        self.column_starts = np.append(0, np.cumsum(np.diff(self.column_starts)[kept]))
        self.members, self.columns, self.factors = self.members[kept], self.columns[columns], self.factors[kept]
        if len(self.T_values):
            offsets = self.T_offsets[kept]
            lengths = np.where(offsets < 0, 0, np.diff(self.starts) * np.diff(self.column_starts))
            self.T_values = self.T_values[ranges_of(offsets, lengths)]
            self.T_offsets = np.where(offsets < 0, -1, np.cumsum(lengths) - lengths)
        self._bind()
        self.refresh()

    def expanded(self, W: np.ndarray) -> np.ndarray:
        """Coefficients of the columns, (n_tasks, n_columns), from those of the positions."""
        if not len(self.T_values):
            return W[:, :self.size]
        W = np.ascontiguousarray(W)
        return core.expand_blocks(W, self.T_values, self.T_offsets, self.column_starts, self.starts)

    def reduced(self, C: np.ndarray, members: slice = slice(None)) -> np.ndarray:
        """Products of the positions of consecutive blocks from those of their columns."""
        if not len(self.T_values):
            return C
        offsets = self.T_offsets[members]
        columns, starts = (np.append(values[:-1][members], values[members.stop or -1]) - values[:-1][members][0]
                           for values in (self.column_starts, self.starts))
        return core.reduce_blocks(np.ascontiguousarray(C), self.T_values, offsets, columns, starts)

    def positions_of(self, start: np.ndarray) -> np.ndarray:
        """Coefficients of the positions, (n_tasks, size), from those of all columns of X, (n_features, n_tasks)."""
        units = 1.0 if self.blocks.units is None else self.blocks.units[self.columns]
        return self.reduced(start[self.columns].T * units**2)

    def residuals(self, W: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(sqrt(s) R, (n_levels, n_tasks, n_samples); s R, a row for each level and task) of coefficients W,
        (n_levels, n_tasks, capacity)."""
        size, n_levels, flat = self.size, len(W), W.reshape(-1, self.capacity)
        shape = n_levels, self.n_tasks, self.problem.matrix.n_samples
        if self.gathers:
            fitted = flat[:, :size] @ self.gathered[:, :size].T
            R = self.target - fitted.reshape(shape)
            return R, (R if self.root_weights is None else R * self.root_weights).reshape(len(flat), -1)
        R = self.residuals_of_columns(self.expanded(flat), n_levels)
        return over_roots(R, self.root_weights).reshape(shape), R

    def residuals_of_columns(self, W: np.ndarray, n_slots: int) -> np.ndarray:
        """The same from coefficients of the columns, by X itself."""
        matrix, used = self.problem.matrix, W.any(axis=0)
        target = np.atleast_2d(self.problem.target)
        R, block = np.tile(target, (n_slots, 1)), core.zero_rows(matrix.n_samples)
        columns, W = np.ascontiguousarray(self.columns[used]), W[:, used]
        for first in range(0, len(R), core.N_SLOTS):
            span = slice(first, min(first + core.N_SLOTS, len(R)))
            factors = np.zeros((len(columns), core.N_SLOTS))
            factors[:, :span.stop - first] = W[span].T
            core.fill_slots(R[span].T, block)
            if len(columns):
                matrix.subtract_columns(columns, factors, block)
            R[span] = block[:, :span.stop - first].T
        return R
