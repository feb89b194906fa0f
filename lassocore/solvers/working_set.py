# Lives here: the columns that take part, their Gram matrix and residuals. Must not know: levels, other columns.
"""Sets of columns on whose Gram matrix levels are solved: all of them, or those that matter."""
from __future__ import annotations

import numpy as np

from lassocore._isa import core
from lassocore.problems.problem import Problem
from lassocore.utils import threads
from lassocore.utils.interruptible import inner_products

FIRST_ROOM = 64
BLOCK_NUMBERS = 500_000             # of a block of rows: four megabytes
MOST_CANCELLED = 10.0               # S mean^2 over the squared norm about the mean: a digit may cancel
MOST_CANCELLED_SPARSE = 1e4         # the same of a sparse column, that no Gram matrix loses
MOST_SIZE = 1e140                   # of sqrt(S) mean, whose square is formed
LEAST_ENTRIES, MOST_ENTRIES = 10_000, 500_000    # of sparse rows in a block
SECONDS_PER_PRODUCT = 6e-10         # a multiply-add on a factor or a Gram matrix
MOST_PARTS = 4                      # partial sums of a Gram matrix


class ColumnSet:
    """Columns of a problem, in any order, with a solver on their Gram matrix."""

    method: str

    def __init__(self, problem: Problem, n_slots: int, room: int, gram=None):
        self.problem = problem
        self.columns = np.empty(0, np.intp)
        self.solver = core.GramSolver(room, n_slots, problem.sq_target, problem.lower is not None, gram)
        if problem.block is not None:
            self.solver.set_accuracy(problem.block)

    def __len__(self):
        return len(self.columns)

    def adopt(self, columns: np.ndarray, w: np.ndarray, products) -> None:
        """Join columns with these coefficients; products are theirs with those that are there, already in gram."""
        problem, solver, size = self.problem, self.solver, len(self)
        span = slice(size, size + len(columns))
        solver.q[span] = problem.correlations[columns]
        solver.w[span] = w
        solver.sq_norms[span] = solver.gram.diagonal()[span]
        solver.l1_factor[span] = problem.l1_factor[columns]
        solver.l2_factor[span] = problem.l2_factor[columns]
        if problem.lower is not None and problem.upper is not None:
            solver.lower[span], solver.upper[span] = problem.lower[columns], problem.upper[columns]
        solver.size = span.stop
        self.columns = np.concatenate([self.columns, columns])
        if w.any():
            self.start_from(solver.w[:span.stop].copy())
        else:
            solver.c[span] = solver.q[span] if products is None else solver.q[span] - products @ solver.w[:size]

    def start_from(self, w: np.ndarray) -> None:
        """Go on from these coefficients of all positions."""
        solver, size = self.solver, len(self)
        solver.w[:size] = w
        support = np.flatnonzero(w)
        solver.c[:size] = solver.q[:size] - solver.gram[:size, support] @ w[support]
        solver.forget_factor()

    @property
    def n_support(self) -> int:
        """How many columns the exact steps cover."""
        return self.solver.n_members

    @property
    def correlations(self) -> np.ndarray:
        """X'(s r) of the columns at the last level."""
        return self.solver.c[:len(self)]

    def solve(self, l1_scales, l2_scales, tolerance: float, max_iter: int) -> np.ndarray:
        """Level after level into the slots: (gap over the set, ||r||_s^2, epochs, Newton steps, multiply-adds) each."""
        outcomes = self.solver.solve_levels(l1_scales, l2_scales, tolerance, max_iter)
        if self.problem.dtype == np.float32:
            self.solver.round_slots(len(l1_scales))
        return outcomes

    def certify(self, l1_scales, l2_scales, others) -> np.ndarray:
        """(gap, ||r||_s^2) of each slot; others bounds |c_j| / l1_j of the columns outside."""
        return self.solver.certify(l1_scales, l2_scales, others)

    def work(self, outcomes) -> float:
        """Seconds that a level took, about."""
        return SECONDS_PER_PRODUCT * float(outcomes[:, 4].sum()) / len(outcomes)

    def needed(self, pull: float) -> np.ndarray:
        """Which positions are not at 0, or pulled to this many times their factor."""
        solver, size = self.solver, len(self)
        l1_factor = solver.l1_factor[:size]
        needed = (solver.w[:size] != 0.0) | (np.abs(solver.c[:size]) >= pull * l1_factor) | (l1_factor == 0.0)
        needed[solver.members] = True
        return needed

    def nonzeros(self, slot: int) -> tuple[np.ndarray, np.ndarray]:
        """(rising columns, values) of the coefficients in a slot."""
        w = self.solver.slot_w[slot, :len(self)]
        support = w.nonzero()[0]
        columns, values = self.columns[support], w[support]
        if self.method == "gram":
            return columns, values
        rising = columns.argsort()
        return columns[rising], values[rising]

    def coefficients(self) -> np.ndarray:
        """w of every column of X."""
        w = np.zeros(self.problem.matrix.n_features)
        w[self.columns] = self.solver.w[:len(self)]
        return w


class EveryColumn(ColumnSet):
    """All usable columns, their Gram matrix formed in one pass over X."""

    method = "gram"

    def __init__(self, problem: Problem, n_slots: int, start: np.ndarray, pool):
        features = problem.features
        gram = gram_of_features(problem, pool) if problem.gram is None else problem.gram
        super().__init__(problem, n_slots, len(features), gram)
        self.adopt(features, start[features], None)


class WorkingSet(ColumnSet):
    """Some columns, gathered where X is dense, and their Gram matrix; it grows and shrinks."""

    method = "working_set"

    def __init__(self, problem: Problem, n_slots: int):
        super().__init__(problem, n_slots, FIRST_ROOM)
        matrix = problem.matrix
        self.root_weights = None if matrix.weights is None else np.sqrt(matrix.weights)
        self.target = problem.target if self.root_weights is None else divided(problem.target, self.root_weights)
        self.gathered = np.empty((matrix.n_samples if matrix.storage == "dense" else 0, FIRST_ROOM), order="F")

    def extend(self, columns: np.ndarray, w: np.ndarray | None = None) -> None:
        """Join columns, at 0 or at these coefficients: their products with all that are there, and each other."""
        size, new = len(self), len(self) + len(columns)
        if new > self.solver.capacity:
            self.solver = self.solver.grow(max(2 * self.solver.capacity, new))
            gathered = np.empty((len(self.gathered), self.solver.capacity), order="F")
            gathered[:, :size] = self.gathered[:, :size]
            self.gathered = gathered
        gram = self.solver.gram
        add_products(self.problem, np.concatenate([self.columns, columns]), size, gram, self.gathered)
        products = gram[:new, size:new].T
        self.adopt(columns, np.zeros(len(columns)) if w is None else w, products[:, :size])

    def keep(self, kept: np.ndarray) -> None:
        """Only these positions stay, rising; they hold all nonzeros and all members of the factor."""
        self.gathered[:, :len(kept)] = self.gathered[:, kept]
        self.solver.keep(kept)
        self.columns = self.columns[kept]

    def residuals(self, n_levels: int) -> tuple[np.ndarray, np.ndarray]:
        """(sqrt(s) r, s r) of the levels solved last, each (n_samples, n_slots) with zeros in unused slots."""
        problem, size = self.problem, len(self)
        slot_w = self.solver.slot_w[:, :size]
        if problem.matrix.storage == "dense":
            roots = np.zeros((len(self.target), len(slot_w)))
            np.subtract(self.target[:, None], self.gathered[:, :size] @ slot_w[:n_levels].T, out=roots[:, :n_levels])
            return roots, roots if self.root_weights is None else roots * self.root_weights[:, None]
        weighted = np.zeros((problem.matrix.n_samples, len(slot_w)))
        for t in range(n_levels):
            weighted[:, t] = core.residual_of(problem.matrix, problem.target, self.columns, slot_w[t])
        return weighted if self.root_weights is None else divided(weighted, self.root_weights[:, None]), weighted

    def weighted(self, roots: np.ndarray) -> np.ndarray:
        """s r from sqrt(s) r."""
        return roots if self.root_weights is None else roots * self.root_weights


def divided(values: np.ndarray, root_weights: np.ndarray) -> np.ndarray:
    """values / root_weights, 0 where a weight is."""
    return np.divide(values, root_weights, out=np.zeros_like(values), where=root_weights > 0)


def add_products(problem: Problem, columns: np.ndarray, first_new: int, gram: np.ndarray, gathered: np.ndarray) -> None:
    """gram[a, b] = Z_a'Z_b where a or b is at least first_new; dense columns from there on are gathered before."""
    new = len(columns)
    if problem.matrix.storage == "dense":
        gathered[:, first_new:new] = problem.matrix.gather(columns[first_new:])
        gram[:new, first_new:new] = (gathered[:, first_new:new].T @ gathered[:, :new]).T
    else:
        add_sparse_products(problem, columns, first_new, gram)
    gram[first_new:new, :first_new] = gram[:first_new, first_new:new].T


def gram_of_features(problem: Problem, pool) -> np.ndarray:
    """Z'Z of all usable columns."""
    features, storage = problem.features, problem.matrix.storage
    if storage == "sparse":
        return sparse_gram(problem, features)
    gram = problem.matrix.arrays[0] if storage == "gram" else dense_gram(problem, pool)
    return gram if len(features) == problem.matrix.n_features else np.asfortranarray(gram[np.ix_(features, features)])


def dense_gram(problem: Problem, pool) -> np.ndarray:
    """Z'Z of Z = sqrt(s) (X - means), over blocks of rows in parts whose number depends on the size alone."""
    n, p = problem.matrix.n_samples, problem.matrix.n_features
    n_parts = max(1, min(MOST_PARTS, n // (16 * p)))
    part = products_of_rows if centres_afterwards(problem) else products_of_blocks
    with threads.single_threaded_blas(n * p * p > threads.MAX_UNDIVIDED):
        parts = threads.run(pool, lambda rows: part(problem.matrix, *rows), threads.ranges(n, -(-n // n_parts)))
    gram = sum(parts[1:], parts[0])
    means = problem.matrix.means
    if part is products_of_rows and means.any():
        gram -= problem.matrix.total_weight * np.outer(means, means)
    return gram.T


def centres_afterwards(problem: Problem) -> bool:
    """Whether a dense X can be multiplied as it is: float64, no weights, means that cancel nothing."""
    matrix = problem.matrix
    if matrix.arrays[0].dtype != np.float64 or matrix.weights is not None:
        return False
    sizes = np.abs(matrix.means) * np.sqrt(matrix.total_weight)     # their squares may overflow
    lengths = np.sqrt(MOST_CANCELLED * problem.sq_norms[problem.features])
    return bool((sizes[problem.features] <= lengths).all() and (sizes <= MOST_SIZE).all())


def products_of_rows(matrix, start: int, stop: int) -> np.ndarray:
    """X'X over some rows"""
    rows = matrix.arrays[0][start:stop]
    return inner_products(rows, rows)


def products_of_blocks(matrix, start: int, stop: int) -> np.ndarray:
    """Z'Z over some rows, gathered block by block"""
    n_rows = max(64, BLOCK_NUMBERS // matrix.n_features)
    gram = np.zeros((matrix.n_features, matrix.n_features))
    room = np.empty((min(n_rows, stop - start), matrix.n_features), order="F")
    for first in range(start, stop, n_rows):
        last = min(first + n_rows, stop)
        block = room if last - first == len(room) else np.empty((last - first, matrix.n_features), order="F")
        matrix.gather_rows(first, block)
        gram += block.T @ block
    return gram


def loses_digits(problem: Problem) -> bool:
    """Whether centring a Gram matrix of sparse columns after it is summed would cancel too much of it."""
    sizes = np.abs(problem.means[problem.features]) * np.sqrt(problem.total_weight)
    return bool((sizes > np.sqrt(MOST_CANCELLED_SPARSE * problem.sq_norms[problem.features])).any())


def sparse_gram(problem: Problem, columns: np.ndarray) -> np.ndarray:
    """The same for sparse columns, without a dense copy."""
    gram = np.zeros((len(columns), len(columns)), order="F")
    add_sparse_products(problem, columns, 0, gram)
    return gram


def add_sparse_products(problem: Problem, columns: np.ndarray, first_new: int, gram: np.ndarray) -> None:
    """gram[a, b] = Z_a'Z_b for b >= first_new and all a, from rows of sparse columns, then centred."""
    matrix, size = problem.matrix, len(columns)
    gram[:size, first_new:size] = 0.0
    counts = core.rows_of(matrix, columns)
    ends = np.cumsum(counts)
    n_entries = min(MOST_ENTRIES, max(LEAST_ENTRIES, ends[-1] // 32))
    stops = [*np.unique(np.searchsorted(ends, np.arange(n_entries, ends[-1], n_entries)) + 1), len(ends)]
    blocks, first = [], 0
    for stop in stops:
        before = ends[first - 1] if first > 0 else 0
        starts = np.ascontiguousarray(np.concatenate([[before], ends[first:stop - 1]]) - before, dtype=np.intp)
        blocks.append((first, int(stop), starts, int(ends[stop - 1] - before)))
        first = int(stop)
    core.add_sparse_gram(matrix, columns, first_new, gram, [block for block in blocks if block[1] > block[0]])
    new = gram[first_new:size, first_new:size]
    above = np.triu_indices(len(new), 1)
    new.T[above] = new[above]
    means = matrix.means[columns]
    if means.any():
        gram[:size, first_new:size] -= matrix.total_weight * np.outer(means, means[first_new:])
