# Lives here: the rates that the cost model assumes, measured on this machine. Independent of: problems, solvers.
"""`python calibrate.py` prints the constants of `lassocore/solvers/cost_model.py` and `lassocore/designs/design.py`
that are rates, beside what this machine needs; one thread. They need to be right within a factor of two: they decide
between methods, never about results.
"""
import numpy as np
from floor import best_seconds
from scipy import sparse
from threadpoolctl import threadpool_limits

from lassocore import fit_path
from lassocore._isa import core
from lassocore.designs.design import DenseDesign, SparseDesign
from lassocore.designs.gram_matrix import dense_gram
from lassocore.problems.problem import as_problem
from lassocore.solvers import cost_model

ROWS, COLUMNS, GRAM_COLUMNS = 2_000, 2_000, 300
SPARSE_ROWS, DENSITY = 20_000, 0.005
TINY = 10                               # rows and columns of the smallest problem


def seconds_per_scanned_entry(problem) -> float:
    """Of X, in a product of all columns with one residual."""
    columns = problem.features
    target = np.ascontiguousarray(problem.target)
    n_entries = problem.matrix.cost * len(columns)
    return best_seconds(lambda: problem.matrix.scan_residual(columns, target)) / n_entries


def visit_seconds(problem) -> tuple[float, float]:
    """(of each entry of a column, of the visit itself) in an epoch, from paths that differ by epochs alone."""
    solver = core.Solver(problem)
    times = []
    for n_epochs in (2, 12):
        solver.set_settings(0.0, n_epochs, "cyclic", None, False)
        solver.set_penalty(1e-9 * problem.l1_factor, None, None, None)

        def epochs(solver=solver):
            solver.w[:] = 0.0
            solver.refresh()
            solver.solve_level(0.0)

        times.append(best_seconds(epochs, 3))
    a_visit = (times[1] - times[0]) / (10 * len(problem.features))
    return max(a_visit - cost_model.SECONDS_PER_VISIT, 0.0) / (2.0 * problem.matrix.cost), a_visit


def main() -> None:
    """Print a table of the rates."""
    rng = np.random.default_rng(0)
    dense = as_problem(np.asfortranarray(rng.standard_normal((ROWS, COLUMNS))), rng.standard_normal(ROWS))
    X = sparse.random(SPARSE_ROWS, COLUMNS, DENSITY, format="csc", random_state=rng)
    thin = as_problem(sparse.csc_array(X), rng.standard_normal(SPARSE_ROWS))
    tall = as_problem(np.asfortranarray(rng.standard_normal((ROWS * 10, GRAM_COLUMNS))), rng.standard_normal(ROWS * 10))
    small_X, small_y = rng.standard_normal((TINY, TINY)), rng.standard_normal(TINY)
    grid = [0.5 * np.abs(small_X.T @ (small_y - small_y.mean())).max() / TINY]
    tiny = {solver: best_seconds(lambda s=solver: fit_path(small_X, small_y, alphas=grid, solver=s), 300)
            for solver in ("cd", "working_set")}
    n_rows = tall.matrix.n_samples
    gram = best_seconds(lambda: dense_gram(tall.matrix, tall.features, [(0, n_rows)], None))
    gram /= n_rows * GRAM_COLUMNS**2
    rows = [
        ("DenseDesign.seconds_per_entry", DenseDesign.seconds_per_entry, seconds_per_scanned_entry(dense)),
        ("DenseDesign.seconds_per_entry_of_visit", DenseDesign.seconds_per_entry_of_visit, visit_seconds(dense)[0]),
        ("SparseDesign.seconds_per_entry", SparseDesign.seconds_per_entry, seconds_per_scanned_entry(thin)),
        ("SparseDesign.seconds_per_entry_of_visit", SparseDesign.seconds_per_entry_of_visit, visit_seconds(thin)[0]),
        ("cost_model.SECONDS_PER_GRAM_PRODUCT", cost_model.SECONDS_PER_GRAM_PRODUCT, gram),
        ("cost_model.SECONDS_TO_PREPARE", cost_model.SECONDS_TO_PREPARE, tiny["working_set"] - tiny["cd"]),
    ]
    print("| rate, seconds | assumed | measured |\n|---|---|---|")
    for name, assumed, measured in rows:
        print(f"| `{name}` | {assumed:.1e} | {measured:.1e} |")


if __name__ == "__main__":
    with threadpool_limits(1):
        main()
