# Lives here: the columns that a sample of the rows chooses. Independent of: what is done with them.
"""A sample is spread over the rows, and its solution is that of the sums over them."""
import numpy as np
import pytest
from oracles.reference import make_data

from lassocore.designs.gram_matrix import dense_gram
from lassocore.paths.alpha_grid import largest_alpha
from lassocore.problems.problem import as_problem
from lassocore.solvers import row_sample
from lassocore.solvers.penalty_grid import penalty_grid
from lassocore.solvers.row_sample import choose_on_sample, sampled_ranges, share_of

N, P = 500, 24
X, Y, RNG = make_data(3, N, P)
X = np.asfortranarray(X + RNG.standard_normal((N, 1)))
WEIGHTS = RNG.uniform(0.0, 2.0, N) * (RNG.random(N) < 0.8)


def chosen_at(problem, share, sample, most=np.inf, single=False):
    """What the sample chooses at a share of the largest alpha."""
    largest = largest_alpha(problem, 1.0)
    levels = penalty_grid(problem, np.array([share * largest]), 0, 1.0, largest)
    gram = dense_gram(problem.matrix, problem.features, sample, None, single)
    return choose_on_sample(problem, gram, sample, levels, 1e-12 * problem.sq_target, most), levels.l1_scales[-1]


@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
@pytest.mark.parametrize("order", "FC")
def test_a_sample_is_solved_about_the_means_of_all_rows(order, weighted, monkeypatch):
    """What it chooses meets, with what was seen, the optimality conditions of the sums over its rows."""
    seen = []

    def choose(problem, w, correlations, l1_scale):
        seen.append((w, correlations, l1_scale))
        return problem.features[w != 0.0]
    monkeypatch.setattr(row_sample, "choose", choose)
    A, weights = np.array(X + 5.0, order=order), WEIGHTS if weighted else None
    problem = as_problem(A, Y, sample_weight=weights)
    for sample in ([(0, N)], [(10, 200), (300, 420)]):
        _, l1_scale = chosen_at(problem, 0.2, sample)
        w, correlations, l1_of_sample = seen.pop()
        rows, share = np.concatenate([np.arange(*part) for part in sample]), share_of(problem.matrix, sample)
        residual = problem.target[rows] - (
            1.0 if problem.matrix.weights is None else problem.matrix.weights[rows]) * ((A - problem.means)[rows] @ w)
        exact = (A - problem.means)[rows].T @ residual
        np.testing.assert_allclose(correlations, exact, atol=1e-8 * l1_of_sample)
        assert l1_of_sample == pytest.approx(share * l1_scale)
        assert (np.abs(exact) <= l1_of_sample * (1.0 + 1e-6)).all() and w.any()
        np.testing.assert_allclose(exact[w != 0.0], l1_of_sample * np.sign(w[w != 0.0]), rtol=1e-6)


def test_columns_near_the_bound_are_chosen(monkeypatch):
    problem, sample = as_problem(X, Y), [(0, N)]
    monkeypatch.setattr(row_sample, "CHOSEN_SHARE", 1.0)
    nonzero, _ = chosen_at(problem, 0.2, sample)
    monkeypatch.setattr(row_sample, "CHOSEN_SHARE", 0.5)
    more, _ = chosen_at(problem, 0.2, sample)
    assert set(nonzero.tolist()) < set(more.tolist()) and len(more) < P
    monkeypatch.setattr(row_sample, "CHOSEN_SHARE", 0.0)
    assert len(chosen_at(problem, 0.2, sample)[0]) == P


def test_all_columns_are_chosen_where_a_sample_does_not_tell():
    """Too many nonzeros for the caller, or for the rows of the sample; a sample without weight."""
    problem, (sample, _) = as_problem(X, Y), sampled_ranges(N)
    few, _ = chosen_at(problem, 0.5, sample)
    assert 0 < len(few) < P
    assert len(chosen_at(problem, 0.5, sample, most=1.0)[0]) == P
    assert len(chosen_at(problem, 1e-4, [(0, 40)])[0]) == P
    weights = np.ones(N)
    for start, stop in sample:
        weights[start:stop] = 0.0
    assert len(chosen_at(as_problem(X, Y, sample_weight=weights), 0.5, sample)[0]) == P


def test_samples_are_spread_over_all_rows():
    for n in (1, 5, 16, 17, 500, 12_345):
        sample, rest = sampled_ranges(n)
        rows = np.concatenate([np.arange(*part) for part in sample + rest])
        assert (np.sort(rows) == np.arange(n)).all()
        assert all(start < stop for start, stop in sample) and len(sample) == max(1, min(n // 512, row_sample.N_RANGES))
        n_sampled = sum(stop - start for start, stop in sample)
        assert n / row_sample.ROWS_OF_A_SAMPLE <= n_sampled <= n / row_sample.ROWS_OF_A_SAMPLE + len(sample)
    assert share_of(as_problem(X, Y).matrix, [(0, 100), (200, 250)]) == 0.3
