# Lives here: the block engine in situations that few data reach. Independent of: kernels, public functions' options.
"""Sets of blocks that shrink and grow, units out of range, the order of blocks, what max_iter counts."""
import numpy as np
import pytest
import scipy.sparse as sp

from lassocore import fit_multi_task_path, fit_path
from lassocore._isa import core
from lassocore.penalties.groups import as_groups
from lassocore.problems.multi_task import as_multi_task_problem
from lassocore.problems.problem import as_problem
from lassocore.solvers import block_columns, block_path
from lassocore.solvers.block_bounds import BlockBounds
from lassocore.solvers.settings import Settings


def gap_of_groups(X, y, coefs, alpha, width):
    """The duality gap of a group lasso with an intercept and groups of equal width, from X alone."""
    n, Z, z = len(X), X - X.mean(axis=0), y - y.mean()
    residual, factor = z - Z @ coefs, alpha * np.sqrt(width)
    primal = 0.5 * residual @ residual / n + factor * np.linalg.norm(coefs.reshape(-1, width), axis=1).sum()
    ratio = np.linalg.norm((Z.T @ residual).reshape(-1, width), axis=1).max() / (n * factor)
    t = min(1.0 / ratio, residual @ z / (residual @ residual))
    return primal - (z @ z - ((z - t * residual)**2).sum()) / (2 * n)


def test_rotations_stay_with_their_blocks_when_a_set_shrinks(monkeypatch):
    """A set of sparse columns that lost groups, grew again, and keeps residuals from then on."""
    moves = []
    for name in ("keep", "_use_residuals"):
        method = getattr(block_columns.BlockColumns, name)
        monkeypatch.setattr(block_columns.BlockColumns, name, lambda *args, name=name, method=method: (
            moves.append(name), method(*args)))
    rng = np.random.default_rng(1)
    X = sp.random(150, 900, 0.1, format="csc", random_state=2, data_rvs=rng.standard_normal)
    y = X @ np.append(rng.standard_normal(300), np.zeros(600)) + 0.1 * rng.standard_normal(150)
    start = np.zeros(900)
    start[600:816] = 1.0
    path = fit_path(X, y, groups=np.repeat(np.arange(300), 3), alphas=6, eps=3e-2, coef_init=start, tol=1e-5)
    assert path.converged.all() and moves == ["keep", "_use_residuals"]
    for k, alpha in enumerate(path.alphas):
        true = gap_of_groups(X.toarray(), y, path.coefs[:, k], alpha, 3)
        assert true == pytest.approx(path.dual_gaps[k], abs=1e-3 * path.gap_tol)


@pytest.mark.parametrize("scale", [1e-160, 1e160, 1e-30])
@pytest.mark.parametrize("tau", [0.0, 0.3])
def test_units_out_of_range(scale, tau):
    rng = np.random.default_rng(0)
    X, y, groups = rng.standard_normal((30, 60)), rng.standard_normal(30), np.repeat(np.arange(20), 3)
    usual = fit_path(X, y, groups=groups, alphas=4, feature_l1_ratio=tau)
    path = fit_path(X * scale, y, groups=groups, alphas=4, feature_l1_ratio=tau)
    assert path.converged.all()
    np.testing.assert_allclose(path.alphas / scale, usual.alphas, rtol=1e-10)
    np.testing.assert_allclose(path.r2, usual.r2, atol=1e-4)


def test_ratios_are_in_the_order_of_the_blocks():
    """On a Gram matrix blocks are sorted by their width."""
    rng = np.random.default_rng(2)
    X, y = rng.standard_normal((50, 8)), rng.standard_normal(50)
    groups = as_groups([[0, 1, 2], [3, 4, 5], [6], [7]], [1.0, 1.0, 0.0, 0.0], 0.0, 8)
    problem = as_problem(X, y, groups=groups)
    alphas = [block_path.BlockPathSolver(problem, 1.0, Settings(solver=solver), n_levels).alpha_of_zero
              for solver, n_levels in (("cd", 1), ("gram", 10))]
    assert np.isfinite(alphas[0]) and alphas[0] == pytest.approx(alphas[1], rel=1e-12)


@pytest.mark.parametrize("max_iter", [1, 7, 30])
def test_no_level_takes_more_than_max_iter(max_iter):
    rng = np.random.default_rng(3)
    X = np.cumsum(rng.standard_normal((40, 60)), axis=1)
    Y = X[:, :3] @ rng.standard_normal((3, 4)) + rng.standard_normal((40, 4))
    with pytest.warns(Warning, match="did not converge"):
        path = fit_multi_task_path(X, Y, alphas=30, eps=1e-3, tol=1e-13, max_iter=max_iter)
    assert path.n_iter.max() <= max_iter + 1


@pytest.mark.parametrize("tau", [0.0, 0.3])
@pytest.mark.parametrize("n_tasks", [1, 3])
def test_bounds_hold(tau, n_tasks):
    """Estimates of dual ratios and their errors bound the true ones, for more residuals than there are directions."""
    if tau and n_tasks > 1:
        tau = 0.0
    rng = np.random.default_rng(4)
    X, labels = rng.standard_normal((60, 40)), np.repeat(np.arange(10), 4)
    problem = as_problem(X, rng.standard_normal(60), fit_intercept=False, groups=as_groups(labels, None, tau, 40))
    blocks = block_path.blocks_of(problem)
    bounds = BlockBounds(problem, blocks, n_tasks)
    root = rng.standard_normal((n_tasks, 60))
    for _ in range(20):
        root = root + 0.1 * rng.standard_normal(root.shape)
        bounds.extend(root, root @ X)
        tried = root[:, :, None] + 0.02 * rng.standard_normal((n_tasks, 60, 3))
        true = core.dual_ratios(np.einsum("ij,til->tjl", X, tried), blocks.starts, blocks.factors)
        estimates, errors = bounds.ratios(tried)
        assert (true <= estimates + errors).all() and (true >= estimates - errors).all()
        assert (errors < 0.5 * true.max()).all()


def test_dual_ratios_of_any_size():
    """Norms over the factors, whose squares may over- or underflow; of unpenalised blocks infinity."""
    rng = np.random.default_rng(5)
    products, factors = rng.standard_normal((3, 6, 2)), np.zeros((4, 3))
    factors[:, 0] = 1.0, 2.0, 0.0, 4.0
    products[:, 0] *= 1e-180
    products[:, 5] *= 1e180
    found = core.dual_ratios(products, np.array([0, 1, 3, 5, 6]), factors)
    scales = np.array([1e-180, 1.0, 1.0, 1e180])
    for a, columns in enumerate([[0], [1, 2], [3, 4], [5]]):
        norms = np.linalg.norm(products[:, columns] / scales[a], axis=(0, 1)) * scales[a]
        expected = norms / factors[a, 0] if factors[a, 0] else np.full(2, np.inf)
        np.testing.assert_allclose(found[a], expected, rtol=1e-14)


@pytest.mark.parametrize("grouped", [False, True])
def test_residuals_follow_the_coefficients(grouped):
    """Blocks join a set that keeps residuals, which then are those of its coefficients, as are its correlations."""
    rng = np.random.default_rng(6)
    X = rng.standard_normal((30, 400))
    Y = X[:, :20] @ rng.standard_normal((20, 3)) + rng.standard_normal((30, 3))
    if grouped:
        problem = as_problem(X, Y[:, 0], groups=as_groups(np.arange(400) // 4, None, 0.0, 400))
    else:
        problem = as_multi_task_problem(X, Y)
    solver = block_path.BlockPathSolver(problem, 1.0, Settings(tol=1e-8), 1)
    alpha = 0.02 * solver.alpha_of_zero
    batches = list(solver.run(np.array([alpha])))
    members = solver.set
    assert batches[-1].converged == [True] and members.residual is not None and members.size > 60
    residuals, _ = members.residuals(members.W[None])
    np.testing.assert_allclose(members.residual, residuals[0], rtol=0.0, atol=1e-12 * np.linalg.norm(Y))
    products = residuals[0] @ members.gathered[:, :members.size]
    np.testing.assert_allclose(members.C[:, :members.size], products, rtol=0.0, atol=1e-10 * np.abs(X.T @ Y).max())
