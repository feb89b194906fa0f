# Lives here: tests of the elastic net of a block, and of the core by it. Independent of: how problems are solved.
"""value, prox, conjugate, dual ratio and violation at one level, by other formulas; the engine's steps by those."""
import numpy as np
import pytest

from lassocore import fit_path
from lassocore._isa import core
from lassocore.penalties.base import BlockPenalty
from lassocore.penalties.blocks import SparseGroupElasticNet

PENALTIES = {
    "norm": SparseGroupElasticNet(1.5), "elastic net": SparseGroupElasticNet(0.8, 0.0, 0.7),
    "sparse": SparseGroupElasticNet(0.7, 0.4), "sparse elastic net": SparseGroupElasticNet(0.5, 0.3, 0.9),
    "features alone": SparseGroupElasticNet(0.0, 0.6, 0.4), "ridge": SparseGroupElasticNet(0.0, 0.0, 1.2)}
each_penalty = pytest.mark.parametrize("penalty", PENALTIES.values(), ids=PENALTIES)
NORMS = {name: penalty for name, penalty in PENALTIES.items() if penalty.l1 > 0.0}
each_norm = pytest.mark.parametrize("penalty", NORMS.values(), ids=NORMS)


def blocks(shape=(4,), n=30, size=2.0):
    """Blocks of various lengths, some of them 0 or with zeros."""
    rng = np.random.default_rng(4)
    for k in range(n):
        block = size * rng.uniform(0.1, 2.0) * rng.standard_normal(shape)
        yield np.where(rng.random(shape) < (k % 3) / 3.0, 0.0, block) if k else np.zeros(shape)


def test_value_is_the_formula():
    penalty, w = SparseGroupElasticNet(2.0, 0.5, 0.1), np.array([[3.0, 0.0], [0.0, -4.0]])      # features by tasks
    assert penalty.value(w) == pytest.approx(2.0 * 5.0 + 0.5 * 7.0 + 0.05 * 25.0, rel=1e-15)


@each_penalty
@pytest.mark.parametrize("shape", [(1,), (4,), (3, 2)])
def test_prox_meets_its_optimality_condition(penalty, shape):
    d = np.random.default_rng(5).uniform(0.2, 3.0, shape)
    n_zeros = 0
    for q in blocks(shape):
        w = penalty.prox(q, d)
        assert penalty.violation(w, q - d * w) < 1e-13
        n_zeros += not w.any()
    assert 0 < n_zeros < 30


@each_penalty
def test_prox_is_the_minimiser_among_points_around(penalty):
    rng, d = np.random.default_rng(6), np.array([0.5, 1.0, 2.0, 4.0])
    for q in blocks():
        w = penalty.prox(q, d)
        steps = rng.standard_normal((50, 4)) * np.logspace(-6, 0, 50)[:, None]
        least = 0.5 * d @ w**2 - q @ w + penalty.value(w)
        for v in w + steps:
            assert 0.5 * d @ v**2 - q @ v + penalty.value(v) >= least + 0.24 * np.sum((v - w)**2) - 1e-13


def test_prox_of_columns_without_length_is_finite_or_refused():
    penalty, d = SparseGroupElasticNet(1.0), np.array([2.0, 0.0])
    w = penalty.prox(np.array([3.0, 0.5]), d)
    assert w[1] > 0.0 and penalty.violation(w, np.array([3.0, 0.5]) - d * w) < 1e-13
    with pytest.raises(ValueError, match="no minimiser"):
        penalty.prox(np.array([3.0, 1.5]), d)


@each_penalty
def test_conjugate_is_the_largest_gap_to_a_plane(penalty):
    for u in blocks():
        conjugate = penalty.conjugate(u)
        if penalty.l2 == 0.0:
            assert conjugate in (0.0, np.inf) and (conjugate == 0.0) == (penalty.dual_ratio(u) <= 1.0)
            continue
        best = penalty.prox(u, np.zeros(4))             # where it is attained
        assert u @ best - penalty.value(best) == pytest.approx(conjugate, abs=1e-13)
        assert all(u @ w - penalty.value(w) <= conjugate + 1e-13 for w in [*blocks(), *blocks(size=0.1)])


@each_penalty
def test_the_fenchel_gap_vanishes_on_the_subdifferential_alone(penalty):
    d, n_apart = np.full(4, 1.3), 0
    for w, q in zip(blocks(), reversed(list(blocks())), strict=True):
        best = penalty.prox(q, d)
        c = q - d * best                                # in the subdifferential at best, up to rounding
        inside = c * (1.0 - 1e-14) if penalty.l2 == 0.0 else c
        assert penalty.fenchel_gap(best, inside) < 1e-12
        gap = penalty.fenchel_gap(w, inside)
        n_apart += gap > 1e-9
        assert (gap > 1e-9) == (penalty.violation(w, inside) > 1e-5)
    assert n_apart > 10


@each_penalty
def test_violation_is_the_rate_of_steepest_descent(penalty):
    """The distance of c from the subdifferential is the steepest rate at which the penalty less <c, w> falls."""
    def rate(w, c, direction, h=1e-7):
        v = direction / np.linalg.norm(direction)
        return c @ v - (penalty.value(w + h * v) - penalty.value(w)) / h

    rng = np.random.default_rng(7)
    for w, c in zip(blocks(), reversed(list(blocks())), strict=True):
        violation = penalty.violation(w, c)
        assert max(rate(w, c, v) for v in rng.standard_normal((20, 4))) <= violation + 1e-6
        step = penalty.prox(c + 1e5 * w, np.full(4, 1e5)) - w       # a short step of the proximal gradient method
        if violation > 1e-3:
            assert rate(w, c, step) == pytest.approx(violation, abs=1e-3)


@each_norm
def test_the_dual_ratio_is_where_zero_becomes_optimal(penalty):
    for c in [*blocks(), *blocks((200,)), np.ones(5), np.array([0.0, 2.0, -2.0])]:
        kappa = penalty.dual_ratio(c)
        if not c.any():
            assert kappa == 0.0
            continue
        assert penalty.violation(np.zeros(c.shape), c / (kappa * (1.0 + 1e-12))) == 0.0
        assert penalty.violation(np.zeros(c.shape), c / (kappa * (1.0 - 1e-9))) > 0.0


def test_the_dual_ratio_is_the_dual_norm():
    """The largest product with a block whose norm is 1, at a gradient's point of the dual ball."""
    penalty = PENALTIES["sparse"]
    for c in blocks():
        directions = [c, penalty.thresholded(c), *np.random.default_rng(8).standard_normal((200, 4))]
        products = [c @ w / penalty.value(w) for w in directions if w.any()]
        assert max(products) <= penalty.dual_ratio(c) * (1.0 + 1e-14)
        if c.any():
            kappa = penalty.dual_ratio(c)
            assert c @ penalty.thresholded(c / kappa) == pytest.approx(
                kappa * penalty.value(penalty.thresholded(c / kappa)), rel=1e-12)


def test_an_excluded_block_is_0_and_an_unpenalised_one_is_free():
    excluded, free, q = SparseGroupElasticNet(np.inf), SparseGroupElasticNet(0.0), np.array([3.0, -4.0])
    assert not excluded.prox(q, np.ones(2)).any() and excluded.conjugate(q) == excluded.dual_ratio(q) == 0.0
    assert excluded.value(q) == excluded.violation(q, q) == np.inf and excluded.violation(0.0 * q, q) == 0.0
    np.testing.assert_array_equal(free.prox(q, np.full(2, 2.0)), q / 2.0)
    assert free.violation(q, q) == 5.0 and free.conjugate(q) == free.dual_ratio(q) == np.inf


def test_a_penalty_that_is_not_convex_has_no_gap():
    class Nameless(BlockPenalty):
        value = prox = violation = dual_ratio = None

    with pytest.raises(NotImplementedError, match="Nameless is not convex"):
        Nameless().conjugate(np.zeros(2))


@pytest.mark.parametrize("feature_l1_ratio", [0.0, 0.4])
@pytest.mark.parametrize("l1_ratio", [1.0, 0.6])
@pytest.mark.parametrize("seed", range(4))
def test_the_core_takes_the_same_step(feature_l1_ratio, l1_ratio, seed):
    """One group with orthogonal columns: the fit is one step, and that of a group lasso turns with the columns."""
    rng = np.random.default_rng(seed)
    n, width, weight = 6, 4, 1.7
    d, q = rng.uniform(0.3, 3.0, width), 2.0 * rng.standard_normal(width)
    X = np.zeros((n, width))
    X[:width] = np.diag(np.sqrt(d))
    y = np.append(q / np.sqrt(d), [0.5, -0.2])
    scale = 0.6
    l1 = scale * l1_ratio
    penalty = SparseGroupElasticNet(l1 * (1.0 - feature_l1_ratio) * weight, l1 * feature_l1_ratio,
                                    scale * (1.0 - l1_ratio) * weight)
    path = fit_path(X, y, alphas=[scale / n], groups=np.zeros(width, int), group_weights=[weight],
                    feature_l1_ratio=feature_l1_ratio, l1_ratio=l1_ratio, fit_intercept=False, tol=1e-14)
    w = penalty.prox(q, d)
    assert w.any() and path.converged.all()
    np.testing.assert_allclose(path.coefs[:, 0], w, atol=1e-6)
    assert penalty.violation(path.coefs[:, 0], q - d * path.coefs[:, 0]) < 1e-5
    if feature_l1_ratio == 0.0:
        rotation, _ = np.linalg.qr(rng.standard_normal((width, width)))
        rotated = fit_path(X @ rotation, y, alphas=[scale / n], groups=np.zeros(width, int), group_weights=[weight],
                           l1_ratio=l1_ratio, fit_intercept=False, tol=1e-14)
        np.testing.assert_allclose(rotation @ rotated.coefs[:, 0], w, atol=1e-6)


@pytest.mark.parametrize("feature_l1_ratio", [0.0, 0.3])
def test_the_largest_alpha_is_the_dual_ratio(feature_l1_ratio):
    rng = np.random.default_rng(9)
    X, y = rng.standard_normal((20, 9)), rng.standard_normal(20)
    groups = np.arange(9) // 3
    path = fit_path(X, y, groups=groups, feature_l1_ratio=feature_l1_ratio, alphas=2, fit_intercept=False)
    penalty = SparseGroupElasticNet((1.0 - feature_l1_ratio) * np.sqrt(3.0), feature_l1_ratio)
    ratios = [penalty.dual_ratio(X[:, groups == g].T @ y / 20) for g in range(3)]
    assert path.alphas[0] == pytest.approx(max(ratios), rel=1e-12)


@each_norm
def test_compiled_dual_ratios_are_those_of_numpy(penalty):
    rng = np.random.default_rng(11)
    starts, n_tasks, n_levels = np.array([0, 1, 4, 154]), 2, 3
    products = rng.standard_normal((n_tasks, 154, n_levels)) * np.logspace(-3, 3, n_levels)
    factors = np.tile([penalty.l1, penalty.feature_l1, penalty.l2], (3, 1))
    ratios = core.dual_ratios(products, starts, factors)
    for a, k in np.ndindex(3, n_levels):
        expected = penalty.dual_ratio(products[:, starts[a]:starts[a + 1], k])
        assert ratios[a, k] == pytest.approx(expected, rel=1e-13)


@each_penalty
@pytest.mark.parametrize("width", [1, 4, 300])
def test_the_compiled_formulas_are_those_of_numpy(penalty, width):
    rng = np.random.default_rng(10)
    for q in blocks((width,), n=12):
        for d in (rng.uniform(0.1, 3.0, width), 10.0**rng.uniform(-6.0, 6.0, width), np.full(width, 2.0)):
            prox, conjugate, ratio = core.block_prox_and_conjugate(penalty.l1, penalty.feature_l1, penalty.l2, q, d)
            expected = penalty.prox(q, d)
            np.testing.assert_allclose(prox, expected, rtol=1e-11, atol=1e-13 * np.abs(expected).max(initial=0.0))
            assert penalty.violation(prox, q - d * prox) <= 1e-12 * np.linalg.norm(q)
            if penalty.l2 > 0.0:
                assert conjugate == pytest.approx(penalty.conjugate(q), rel=1e-13)
            if penalty.l1 > 0.0:
                assert ratio == pytest.approx(penalty.dual_ratio(q), rel=1e-13)
