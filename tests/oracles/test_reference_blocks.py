# Lives here: the oracle of blocks against its optimality conditions and other oracles. Independent of: lassocore.
"""The oracle for blocks is right: its gaps close, and special cases are problems of the other oracles."""
import numpy as np
import pytest
from oracles.reference import make_data, make_options, plain
from oracles.reference_blocks import block_objective, make_group_options, make_grouped, make_labels, plain_blocks
from oracles.reference_multi_task import make_task_options, make_tasks, plain_tasks

NAME = pytest.mark.parametrize("name", make_group_options(0))


def solved(problem, W, accuracy=1e-14):
    """The objective, where the duality gap is as small as rounding."""
    assert problem.gap(W) <= accuracy * (problem.Y**2).sum()
    return problem.primal(W)


@NAME
@pytest.mark.parametrize("n_tasks", [1, 3])
@pytest.mark.parametrize("fit_intercept", [True, False], ids=["intercept", "raw"])
def test_gaps_close_from_few_to_all_groups(name, n_tasks, fit_intercept):
    X, y, labels, rng = make_grouped(1)
    options = {**make_group_options(1, n_groups=labels.max() + 1)[name], "fit_intercept": fit_intercept}
    Y = y if n_tasks == 1 else np.column_stack([y, X[:, 1] - y, rng.standard_normal(len(y))])
    if n_tasks > 1:
        options.pop("offset", None)
    for alpha in (0.5, 0.05, 1e-3):
        problem = plain_blocks(X, Y, alpha, labels, **options)
        W = problem.solve()
        value = solved(problem, W)
        coef = W.T / problem.unit
        weights = options.get("sample_weight", np.ones(len(y)))
        left = (Y - options.get("offset", 0.0)).reshape(len(y), -1) - X @ coef.T
        intercept = weights @ left / weights.sum() if fit_intercept else 0.0
        assert block_objective(X, Y, coef, intercept, alpha, labels, **options) == pytest.approx(value, rel=1e-12)
        for size in (1e-3, 1e-6):       # no neighbour is better
            other = W + size * np.where(problem.excluded[:, None], 0.0, rng.standard_normal(W.shape))
            assert problem.primal(other) >= value - 1e-14


@NAME
def test_conjugates_bound_every_point(name):
    """Fenchel and Young: h_g(V) + h_g*(U) >= <U, V>, almost with equality for the best of many V."""
    X, y, labels, rng = make_grouped(2)
    problem = plain_blocks(X, y, 0.3, labels, **make_group_options(2, n_groups=labels.max() + 1)[name])
    if (problem.l2 == 0).any():
        return
    theta = 0.1 * rng.standard_normal(problem.Y.shape)
    U = problem.Z.T @ theta
    conjugate = (theta * problem.Y).sum() - 0.5 * (theta**2).sum() - problem.dual(theta)
    inside, best = U - np.clip(U, -problem.l1[:, None], problem.l1[:, None]), np.zeros(len(problem.reg))
    for length in np.geomspace(1e-4, 1e4, 500):
        for direction in (U, inside, rng.standard_normal(U.shape)):
            V = length * direction
            norms = problem.norms(V)
            penalties = np.bincount(problem.labels, problem.l1 * np.abs(V)[:, 0], len(norms)) + (
                problem.reg * norms + 0.5 * problem.l2 * norms**2)
            terms = np.bincount(problem.labels, (U * V)[:, 0], len(norms)) - penalties
            best = np.maximum(best, terms)
    assert conjugate * (1 - 2e-3) <= best.sum() <= conjugate * (1 + 1e-12) and conjugate > 0


@NAME
def test_the_critical_level_is_where_groups_enter(name):
    X, y, labels, _ = make_grouped(3)
    options = make_group_options(3, n_groups=labels.max() + 1)[name]
    if options.get("l1_ratio") == 0.0:
        return
    largest = plain_blocks(X, y, 1.0, labels, **options).critical_level()
    for factor, enters in ((1 + 1e-9, False), (1 - 1e-6, True)):
        problem = plain_blocks(X, y, factor * largest, labels, **options)
        assert problem.solve()[~problem.is_free()].any() == enters


@pytest.mark.parametrize("name", [name for name, options in make_options(0).items() if not {
    "bounds", "positive"} & set(options)])
def test_a_group_for_each_feature_is_the_lasso(name):
    X, y, _ = make_data(4)
    options = make_options(4)[name]
    for alpha in (0.3, 0.01):
        lasso = plain(X, y, alpha, **options)
        given = {key: value for key, value in options.items() if key != "penalty_factor"}
        weights = options.get("penalty_factor", np.ones(7))
        blocks = plain_blocks(X, y, alpha, np.arange(7), group_weights=weights, **given)
        best = lasso.primal(lasso.solve())
        assert solved(blocks, blocks.solve()) == pytest.approx(best, rel=1e-10)


@pytest.mark.parametrize("name", make_task_options(0))
def test_rows_over_tasks_are_the_multi_task_lasso(name):
    X, Y, _ = make_tasks(5)
    options = make_task_options(5)[name]
    given = {key: value for key, value in options.items() if key != "penalty_factor"}
    for alpha in (0.5, 0.05):
        tasks = plain_tasks(X, Y, alpha, **options)
        weights = options.get("penalty_factor", np.ones(7))
        blocks = plain_blocks(X, Y, alpha, np.arange(7), group_weights=weights, **given)
        assert solved(blocks, blocks.solve()) == pytest.approx(tasks.primal(tasks.solve()), rel=1e-10)


@pytest.mark.parametrize("options", [{}, {"l1_ratio": 0.5}, {"feature_l1_ratio": 0.4}], ids=str)
@pytest.mark.parametrize("joined", [False, True], ids=["rows", "groups of rows"])
def test_tasks_are_the_kronecker_problem(options, joined):
    """vec(Y) on kron(I, X), a group for each row or group of rows; its 1/n is 1/(n_samples n_tasks)."""
    X, Y, rng = make_tasks(6)
    p, n_tasks = X.shape[1], Y.shape[1]
    labels = make_labels(rng, p) if joined else np.arange(p)
    X, Y = X - X.mean(axis=0), Y - Y.mean(axis=0)
    long = np.kron(np.eye(n_tasks), X), Y.T.ravel(), np.tile(labels, n_tasks)
    weights = rng.uniform(0.5, 2.0, labels.max() + 1)
    for alpha in (0.5, 0.05):
        tasks = plain_blocks(X, Y, alpha, labels, group_weights=weights, **options)
        kron = plain_blocks(long[0], long[1], alpha / n_tasks, long[2], group_weights=weights, fit_intercept=False,
                            **options)
        value, other = solved(tasks, tasks.solve()), solved(kron, kron.solve())
        assert value == pytest.approx(n_tasks * other, rel=1e-11)
