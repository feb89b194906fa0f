# Lives here: levels on a Gram matrix, the factor and its exact steps, through core.GramSolver. Independent of: storage.
"""The solver on a Gram matrix against brute force and against itself afresh."""
from itertools import product

import numpy as np
import pytest

from lassocore._isa import core

SEEDS = pytest.mark.parametrize("seed", range(12))


class Small:
    """min w'Gw / 2 - q'w + sum_j l1_j |w_j| + l2_j w_j^2 / 2 within bounds, and a GramSolver for it."""

    def __init__(self, Z, z, *, l1_factor=None, l2_factor=None, lower=None, upper=None):
        p = Z.shape[1]
        self.gram, self.q, self.sq_target = Z.T @ Z, Z.T @ z, float(z @ z)
        self.l1_factor = np.ones(p) if l1_factor is None else l1_factor
        self.l2_factor = np.ones(p) if l2_factor is None else l2_factor
        self.bounded = lower is not None
        self.lower = np.full(p, -np.inf) if lower is None else lower
        self.upper = np.full(p, np.inf) if upper is None else upper

    def __len__(self):
        return len(self.q)

    def solver(self, *, room=0, w=None, n_slots=8):
        """A GramSolver in this state, with room for more columns."""
        size = len(self)
        solver = core.GramSolver(size + room, n_slots, self.sq_target, self.bounded)
        w = np.zeros(size) if w is None else w
        solver.gram[:size, :size] = self.gram
        for name in ("q", "l1_factor", "l2_factor", "lower", "upper"):
            getattr(solver, name)[:size] = getattr(self, name)
        solver.sq_norms[:size] = self.gram.diagonal()
        solver.norms[:size] = np.sqrt(self.gram.diagonal())
        solver.w[:size], solver.c[:size] = w, self.q - self.gram @ w
        solver.size = size
        return solver

    def part(self, kept):
        """The same with these columns only."""
        less = object.__new__(Small)
        less.gram, less.sq_target, less.bounded = self.gram[np.ix_(kept, kept)], self.sq_target, self.bounded
        for name in ("q", "l1_factor", "l2_factor", "lower", "upper"):
            setattr(less, name, getattr(self, name)[kept])
        return less

    def objective(self, w, l1, l2):
        if ((w < self.lower) | (w > self.upper)).any():
            return np.inf
        smooth = 0.5 * w @ self.gram @ w - self.q @ w + 0.5 * self.sq_target
        return smooth + l1 * self.l1_factor @ np.abs(w) + 0.5 * l2 * self.l2_factor @ w**2

    def best(self, l1, l2):
        """The minimum, by trying every piece: each coordinate at 0, at a bound, positive or negative."""
        best = np.inf
        states_of = ["0+-" + "l" * bool(np.isfinite(lower)) + "u" * bool(np.isfinite(upper))
                     for lower, upper in zip(self.lower, self.upper, strict=True)]
        for states in product(*states_of):
            w, sign = np.zeros(len(self)), np.zeros(len(self))
            for j, state in enumerate(states):
                w[j] = {"l": self.lower[j], "u": self.upper[j]}.get(state, 0.0)
                sign[j] = {"+": 1.0, "-": -1.0}.get(state, 0.0)
            free = sign != 0.0
            rest = self.q - self.gram @ w - l1 * self.l1_factor * sign
            H = self.gram + np.diag(l2 * self.l2_factor)
            w[free] = np.linalg.lstsq(H[np.ix_(free, free)], rest[free], rcond=1e-10)[0]
            if (w[free] * sign[free] >= -1e-14).all() or (l1 * self.l1_factor[free] == 0.0).all():
                best = min(best, self.objective(w, l1, l2))
        return best


def solve(solver, l1_scales, l2_scales, tolerance, max_iter=10_000):
    return solver.solve_levels(np.array(l1_scales, float), np.array(l2_scales, float), tolerance, max_iter)


def assert_consistent(small, solver, rank):
    """Members are free, distinct and not more than the rank; c is what w leaves; w is within its bounds."""
    size = solver.size
    w, members = solver.w[:size], solver.members
    assert solver.n_members == len(members) == len(set(members.tolist())) <= rank
    assert ((members >= 0) & (members < size)).all()
    assert ((small.lower <= w) & (w <= small.upper)).all()
    assert ((small.lower[members] < w[members]) & (w[members] < small.upper[members])).all()
    assert (w[members][small.l1_factor[members] > 0.0] != 0.0).all()
    scale = np.sqrt(small.gram.diagonal() * small.sq_target) + np.abs(small.gram) @ np.abs(w)
    np.testing.assert_allclose((solver.c[:size] - small.q + small.gram @ w) / (scale + 1e-300), 0.0, atol=1e-12)


def make_columns(seed, kind, n=12, p=4):
    """(Z, z, rank): independent, duplicate, collinear or nearly collinear columns, or more than rows."""
    rng = np.random.default_rng(seed)
    Z = rng.standard_normal((n, p)) * rng.uniform(0.3, 3.0, p)
    rank = min(n, p)
    if kind == "duplicate":
        Z[:, p // 2:] = Z[:, :p - p // 2]
        rank = p // 2
    elif kind == "collinear":
        Z[:, -1] = Z[:, :-1] @ rng.standard_normal(p - 1)
        rank = p - 1
    elif kind in ("near", "nearer"):
        Z[:, -1] = Z[:, 0] + (1e-3 if kind == "near" else 1e-5) * rng.standard_normal(n)
    return Z, Z @ rng.standard_normal(p) + 0.5 * rng.standard_normal(n), rank


KINDS = pytest.mark.parametrize("kind", ["independent", "duplicate", "collinear", "near"])


def make_small(seed, kind, bounds):
    Z, z, rank = make_columns(seed, kind)
    rng = np.random.default_rng(seed + 1000)
    options = {"l1_factor": rng.uniform(0.3, 2.0, 4), "l2_factor": rng.uniform(0.3, 2.0, 4)}
    if seed % 4 == 0:
        options["l1_factor"][1] = options["l2_factor"][1] = 0.0
    if bounds == "box":
        options |= {"lower": -rng.uniform(0.05, 0.5, 4), "upper": rng.uniform(0.05, 0.5, 4)}
    elif bounds == "positive":
        options |= {"lower": np.zeros(4), "upper": np.array([np.inf, 0.3, np.inf, np.inf])}
    return Small(Z, z, **options), rank


@pytest.mark.parametrize("bounds", [None, "box", "positive"])
@KINDS
@pytest.mark.parametrize("seed", range(3))
def test_levels_reach_the_minimum_of_all_sign_patterns(seed, kind, bounds):
    """Lasso and elastic net, l2 changing from level to level."""
    small, rank = make_small(seed, kind, bounds)
    largest = np.max(np.abs(small.q))
    tolerance = 1e-11 * small.sq_target
    for l2_scales in ([0.0, 0.0, 0.0], [1.0, 0.0, 0.02]):
        l1_scales = largest * np.array([0.5, 0.1, 0.003])
        solver = small.solver(room=seed)
        outcomes = solve(solver, l1_scales, l2_scales, tolerance)
        assert (outcomes[:, 0] <= tolerance).all()
        assert_consistent(small, solver, rank if l2_scales[-1] == 0.0 else len(small))
        certified = solver.certify(l1_scales, np.array(l2_scales), np.zeros(3))
        for t in range(3):
            w = solver.slot_w[t, :4]
            value, best = small.objective(w, l1_scales[t], l2_scales[t]), small.best(l1_scales[t], l2_scales[t])
            assert -1e-12 * small.sq_target <= value - best <= certified[t, 0] + 1e-12 * small.sq_target
            assert certified[t, 0] <= (1 + 1e-9) * outcomes[t, 0] + 1e-14 * small.sq_target
            sq_residual = small.sq_target - 2 * small.q @ w + w @ small.gram @ w
            assert certified[t, 1] == pytest.approx(sq_residual, rel=1e-9, abs=1e-11 * small.sq_target)


@KINDS
@SEEDS
def test_many_columns_and_as_few_members_as_the_rank(seed, kind):
    """p > n as well; the gap over the set is the judge, in float64 of the columns themselves."""
    n, p = (30, 20) if seed % 2 else (15, 40)
    Z, z, rank = make_columns(seed, kind, n, p)
    small = Small(Z, z)
    l1_scales = np.max(np.abs(small.q)) * np.geomspace(0.9, 1e-3, 8)
    tolerance = 1e-10 * small.sq_target
    solver = small.solver()
    outcomes = solve(solver, l1_scales, np.zeros(8), tolerance)
    assert (outcomes[:, 0] <= tolerance).all() and (outcomes[:, 2] < 1000).all()
    assert_consistent(small, solver, min(rank, n))
    for t, l1 in enumerate(l1_scales):
        w = solver.slot_w[t, :p]
        residual = z - Z @ w
        theta = residual * min(1.0, l1 / np.abs(Z.T @ residual).max())
        dual = theta @ z - 0.5 * theta @ theta
        assert small.objective(w, l1, 0.0) - dual <= 1.01 * tolerance
        np.testing.assert_allclose(solver.slot_c[t, :p], Z.T @ residual, atol=1e-11 * np.sqrt(small.sq_target) * 10)


@SEEDS
def test_columns_at_the_edge_of_the_span_are_judged_honestly(seed):
    """Too near for a factor, too far apart to share: the gap may miss its tolerance, but it is a gap."""
    Z, z, _ = make_columns(seed, "nearer", 30, 20)
    small = Small(Z, z)
    for level in np.max(np.abs(small.q)) * np.array([0.4, 0.1, 0.02]):
        solver = small.solver()
        outcomes = solve(solver, [level], [0.0], 1e-10 * small.sq_target, 2000)
        residual = z - Z @ solver.w[:20]
        theta = residual * min(1.0, level / np.abs(Z.T @ residual).max())
        gap = small.objective(solver.w[:20], level, 0.0) - theta @ z + 0.5 * theta @ theta
        assert gap <= outcomes[0, 0] + 1e-12 * small.sq_target
        assert outcomes[0, 0] <= 1e-5 * small.sq_target


@SEEDS
def test_on_well_conditioned_columns_steps_are_exact(seed):
    """An exact step on the right support leaves nothing but rounding, and few epochs are needed to find it."""
    rng = np.random.default_rng(seed)
    Z = rng.standard_normal((60, 25))
    z = Z[:, :10] @ rng.standard_normal(10) + rng.standard_normal(60)
    small = Small(Z, z)
    l1_scales = np.max(np.abs(small.q)) * np.geomspace(0.95, 0.01, 8)
    solver = small.solver()
    outcomes = solve(solver, l1_scales, np.zeros(8), 1e-13 * small.sq_target)
    assert (outcomes[:, 0] <= 1e-13 * small.sq_target).all() and (outcomes[:, 2] <= 6).all()
    for t, l1 in enumerate(l1_scales):
        w, c = solver.slot_w[t, :25], small.q - small.gram @ solver.slot_w[t, :25]
        np.testing.assert_allclose(c[w != 0.0], l1 * np.sign(w[w != 0.0]), rtol=1e-9)
        assert (np.abs(c[w == 0.0]) <= l1 * (1 + 1e-9)).all()
        rounding = np.finfo(float).eps * (np.sqrt(small.gram.diagonal()) @ np.abs(w)) ** 2
        assert outcomes[t, 0] >= 0.99 * rounding            # what the Gram matrix cannot tell belongs to the gap
    assert solver.n_members == np.count_nonzero(solver.w[:25]) > 10


@pytest.mark.parametrize("l2", [0.0, 0.2])
@SEEDS
def test_a_path_takes_few_steps(seed, l2):
    """Entrants are foretold and leaving members go together: hardly more than two steps a level, and few rounds."""
    rng = np.random.default_rng(seed)
    Z = rng.standard_normal((80, 120)) + rng.standard_normal((80, 1))
    small = Small(Z, Z[:, :15] @ rng.standard_normal(15) + rng.standard_normal(80))
    l1_scales = np.max(np.abs(small.q)) * np.geomspace(0.95, 0.01, 60)
    tolerance = 1e-10 * small.sq_target
    solver = small.solver(n_slots=60)
    outcomes = solve(solver, l1_scales, l2 * l1_scales, tolerance)
    assert (outcomes[:, 0] <= tolerance).all() and solver.n_members > 20
    assert outcomes[:, 2].sum() <= 20 and outcomes[:, 3].sum() <= 300
    assert_consistent(small, solver, 80 if l2 == 0.0 else 120)


@pytest.mark.parametrize("bounds", [False, True])
@SEEDS
def test_levels_in_any_order_are_solved(seed, bounds):
    """What earlier levels foretell may be wrong: solutions are those of a solver that knows none of them."""
    rng = np.random.default_rng(seed)
    Z = rng.standard_normal((25, 40))
    Z[:, 30:] = Z[:, :10]
    bound = {"lower": np.full(40, -0.3), "upper": np.full(40, 0.4)} if bounds else {}
    small = Small(Z, Z[:, :8] @ rng.standard_normal(8) + rng.standard_normal(25), **bound)
    l1_scales = np.max(np.abs(small.q)) * rng.uniform(0.01, 1.0, 20)
    l2_scales = l1_scales * rng.choice([0.0, 0.3], 20)
    tolerance = 1e-11 * small.sq_target
    solver = small.solver(n_slots=20)
    assert (solve(solver, l1_scales, l2_scales, tolerance)[:, 0] <= tolerance).all()
    for t in range(20):
        fresh = small.solver()
        solve(fresh, l1_scales[t:t + 1], l2_scales[t:t + 1], tolerance)
        values = [small.objective(w[:40], l1_scales[t], l2_scales[t]) for w in (solver.slot_w[t], fresh.w)]
        assert values[0] == pytest.approx(values[1], abs=2 * tolerance)


@pytest.mark.parametrize("exponent", [-400, 400])
def test_sizes_whose_products_leave_the_range_of_floats(exponent):
    """Powers of two change no digit, in levels that end by their tolerance as well."""
    rng = np.random.default_rng(4)
    Z = rng.standard_normal((30, 20))
    z = Z[:, :5] @ rng.standard_normal(5) + rng.standard_normal(30)
    small, scaled = Small(Z, z), Small(Z, np.ldexp(z, exponent))
    l1_scales = np.max(np.abs(small.q)) * np.geomspace(0.995, 0.1, 8)
    for tolerance in (1e-3, 1e-10):
        one, other = small.solver(), scaled.solver()
        expected = solve(one, l1_scales, np.zeros(8), tolerance * small.sq_target)
        found = solve(other, np.ldexp(l1_scales, exponent), np.zeros(8), tolerance * scaled.sq_target)
        assert found[:, 2:].tolist() == expected[:, 2:].tolist()
        assert np.ldexp(other.slot_w, -exponent).tolist() == one.slot_w.tolist()


def test_members_that_leave_one_by_one_leave_a_right_factor():
    """From the least squares solution back up: at each level some leave, and the rest still solve in one step."""
    rng = np.random.default_rng(3)
    Z = rng.standard_normal((50, 16)) + rng.standard_normal((50, 1))
    small = Small(Z, Z @ rng.standard_normal(16))
    solver = small.solver()
    largest, tolerance = np.max(np.abs(small.q)), 1e-12 * small.sq_target
    solve(solver, [1e-6 * largest], [0.0], tolerance)
    assert solver.n_members == 16
    sizes = []
    for share in np.linspace(0.01, 0.9, 40):
        solve(solver, [share * largest], [0.0], tolerance)
        again = solve(solver, [share * largest], [0.0], tolerance)
        assert again[0, 2] == 0 and again[0, 3] <= 1 and again[0, 0] <= tolerance
        # one step from elsewhere on the same signs is exact, and a factor gone wrong is not
        members = solver.members.copy()
        w = solver.w[:16].copy()
        solver.w[members] *= 1.0 + 1e-3 * rng.random(len(members))
        solver.c[:16] = small.q - small.gram @ solver.w[:16]
        repaired = solve(solver, [share * largest], [0.0], tolerance)
        assert repaired[0, 2] == 0
        np.testing.assert_allclose(solver.w[:16], w, atol=1e-9)
        assert_consistent(small, solver, 16)
        sizes.append(solver.n_members)
    assert sizes[-1] < 4 and len(set(sizes)) > 6


# Changes of the set

def solved(seed, bounds=False):
    """(problem, its solver after three levels, those, the next ones, tolerance)"""
    rng = np.random.default_rng(seed)
    Z = rng.standard_normal((40, 18)) * rng.uniform(0.5, 2.0, 18)
    Z[:, 17] = Z[:, 2]
    bound = {"lower": np.full(18, -0.4), "upper": np.full(18, 0.6)} if bounds else {}
    small = Small(Z, Z[:, :8] @ rng.standard_normal(8) + rng.standard_normal(40), **bound)
    levels = np.max(np.abs(small.q)) * np.array([0.6, 0.4, 0.25, 0.1, 0.02])
    solver, tolerance = small.solver(room=3), 1e-12 * small.sq_target
    solve(solver, levels[:3], 0.1 * levels[:3], tolerance)
    return small, solver, levels, tolerance


@pytest.mark.parametrize("bounds", [False, True])
@SEEDS
def test_grow_changes_nothing(seed, bounds):
    small, solver, levels, tolerance = solved(seed, bounds)
    grown = solved(seed, bounds)[1].grow(64)
    assert grown.capacity == 64 and grown.size == 18 and grown.n_members == solver.n_members
    assert bounds or solver.n_members > 2
    assert (grown.members == solver.members).all()
    for which in (slice(2, 3), slice(3, 5)):
        expected = solve(solver, levels[which], 0.1 * levels[which], tolerance)
        found = solve(grown, levels[which], 0.1 * levels[which], tolerance)
        assert found.tolist() == expected.tolist()
        assert grown.slot_w[:len(found), :18].tolist() == solver.slot_w[:len(found), :18].tolist()
    assert_consistent(small, grown, 18)


@pytest.mark.parametrize("bounds", [False, True])
@SEEDS
def test_keep_keeps_what_stays(seed, bounds):
    """The level just solved is solved still, without an epoch; the next ones are as good as afresh."""
    small, solver, levels, tolerance = solved(seed, bounds)
    rng = np.random.default_rng(seed)
    kept = solver.w[:18] != 0.0
    kept[solver.members] = True
    kept |= rng.random(18) < 0.3
    kept[0] = kept[0] or rng.random() < 0.5
    assert not kept.all()
    kept = np.flatnonzero(kept)
    w, members = solver.w[kept].copy(), kept.searchsorted(np.sort(solver.members))
    solver.keep(kept)
    less = small.part(kept)
    assert solver.size == len(kept) and np.sort(solver.members).tolist() == members.tolist()
    assert (solver.w[:len(kept)] == w).all()
    assert_consistent(less, solver, len(kept))
    again = solve(solver, levels[2:3], 0.1 * levels[2:3], tolerance)
    assert again[0, 2] == 0 and again[0, 0] <= tolerance
    np.testing.assert_allclose(solver.w[:len(kept)], w, atol=1e-7)
    outcomes = solve(solver, levels[3:], 0.1 * levels[3:], tolerance)
    assert (outcomes[:, 0] <= tolerance).all()
    fresh = less.solver()
    solve(fresh, levels[3:], 0.1 * levels[3:], tolerance)
    for t, level in enumerate(levels[3:]):
        values = [less.objective(one.slot_w[t, :len(kept)], level, 0.1 * level) for one in (solver, fresh)]
        assert values[0] == pytest.approx(values[1], abs=2 * tolerance)
    assert_consistent(less, solver, len(kept))


@SEEDS
def test_columns_that_join_after_keep_are_solved(seed):
    """What the places of those that left held is forgotten."""
    small, solver, levels, tolerance = solved(seed)
    kept = np.union1d(np.flatnonzero(solver.w[:18]), solver.members)
    back = np.setdiff1d(np.arange(18), kept)
    solver.keep(kept)
    order, size = np.concatenate([kept, back]), len(kept)
    whole = small.part(order)
    solver.gram[:18, :18] = whole.gram
    for name in ("q", "l1_factor", "l2_factor"):
        getattr(solver, name)[size:18] = getattr(whole, name)[size:]
    solver.sq_norms[size:18], solver.w[size:18] = whole.gram.diagonal()[size:], 0.0
    solver.norms[size:18] = np.sqrt(whole.gram.diagonal()[size:])
    solver.c[size:18] = whole.q[size:] - whole.gram[size:, :size] @ solver.w[:size]
    solver.size = 18
    outcomes = solve(solver, levels[3:], np.zeros(2), tolerance)
    assert (outcomes[:, 0] <= tolerance).all()
    assert_consistent(whole, solver, 17)                    # column 17 repeats column 2
    fresh = whole.solver()
    solve(fresh, levels[3:], np.zeros(2), tolerance)
    values = [whole.objective(one.slot_w[1, :18], levels[4], 0.0) for one in (solver, fresh)]
    assert values[0] == pytest.approx(values[1], abs=2 * tolerance)


@SEEDS
def test_forget_factor_after_a_change_from_outside(seed):
    small, solver, levels, tolerance = solved(seed)
    assert solver.n_members > 2
    rng = np.random.default_rng(seed)
    w = np.where(rng.random(18) < 0.4, rng.standard_normal(18), 0.0)
    solver.w[:18], solver.c[:18] = w, small.q - small.gram @ w
    solver.forget_factor()
    assert solver.n_members == 0 and len(solver.members) == 0
    outcomes = solve(solver, levels[2:], 0.1 * levels[2:], tolerance)
    fresh = small.solver(w=w)
    expected = solve(fresh, levels[2:], 0.1 * levels[2:], tolerance)
    assert outcomes.tolist() == expected.tolist()
    assert solver.slot_w[:3, :18].tolist() == fresh.slot_w[:3, :18].tolist()
    assert_consistent(small, solver, 18)


@pytest.mark.parametrize("n_start", [1, 2, 9, 31, 32, 33, 41, 70, 90])
@pytest.mark.parametrize("n_twins", [0, 3])
def test_columns_that_join_together_are_solved_in_blocks(n_start, n_twins):
    """The factor takes 32 columns at a time, except those in the span of others, wherever they are among them."""
    rng = np.random.default_rng(n_start)
    Z = rng.standard_normal((150, 90))
    Z[:, rng.permutation(90)[:n_twins]] = Z[:, [0]]
    small = Small(Z, Z @ rng.standard_normal(90) + rng.standard_normal(150))
    w = np.zeros(90)
    w[rng.permutation(90)[:n_start]] = rng.standard_normal(n_start)
    level, tolerance = 0.01 * np.max(np.abs(small.q)), 1e-13 * small.sq_target
    values = []
    for start in (w, np.zeros(90)):
        solver = small.solver(w=start)
        outcomes = solve(solver, [level], [0.0], tolerance)
        assert outcomes[0, 0] <= tolerance
        assert_consistent(small, solver, 90 - n_twins + 1 if n_twins else 90)
        values.append(small.objective(solver.w[:90], level, 0.0))
    assert values[0] == pytest.approx(values[1], abs=2 * tolerance)


@pytest.mark.parametrize("l2", [0.0, 0.2])
@pytest.mark.parametrize("bounds", [False, True])
@pytest.mark.parametrize("size", [5e-324, 1e-310, 1e-200, 1e-20, 1e3, 1e8])
def test_any_start_is_left_behind(size, bounds, l2):
    """Denormal and huge coefficients end in the same solution, after not many epochs."""
    rng = np.random.default_rng(7)
    Z = rng.standard_normal((30, 12))
    Z[:, 11] = Z[:, 0]
    bound = {"lower": np.full(12, -2e8), "upper": np.full(12, 3e8)} if bounds else {}
    small = Small(Z, Z[:, :4] @ rng.standard_normal(4) + rng.standard_normal(30), **bound)
    level = 0.1 * np.max(np.abs(small.q))
    tolerance = 1e-9 * small.sq_target
    expected = small.solver()
    solve(expected, [level], [l2 * level], tolerance)
    for signs in (np.ones(12), -np.ones(12), np.sign(rng.standard_normal(12))):
        solver = small.solver(w=size * signs)
        outcomes = solve(solver, [level], [l2 * level], tolerance, 1000)
        assert outcomes[0, 2] < 1000 and np.isfinite(solver.w[:12]).all()
        value = small.objective(solver.w[:12], level, l2 * level)
        allowed = 1e-12 * (size * np.abs(Z).sum()) ** 2 if size > 1e3 else 0.0      # rounding of so large a start
        assert value <= small.objective(expected.w[:12], level, l2 * level) + 2 * tolerance + allowed


@pytest.mark.parametrize("size", [1e150, 1e300])
def test_a_start_beyond_the_numbers_ends(size):
    """Nothing good comes of it, but it ends, and is not called good."""
    rng = np.random.default_rng(8)
    Z = rng.standard_normal((20, 6))
    small = Small(Z, rng.standard_normal(20))
    with np.errstate(all="ignore"):
        solver = small.solver(w=np.full(6, size))
    outcomes = solve(solver, [1.0], [0.0], 1e-9, 50)
    assert outcomes[0, 2] <= 51 and not outcomes[0, 0] <= 1e-9


def test_a_level_at_which_nothing_moves_takes_no_epoch():
    small, solver, levels, tolerance = solved(0)
    solver, l1_scales = small.solver(), np.array([2.0 * np.max(np.abs(small.q))])
    outcomes = solve(solver, l1_scales, [0.0], tolerance)
    assert outcomes[0, 0] <= tolerance and outcomes[0, 2] == 0 and outcomes[0, 1] == small.sq_target
    assert solver.certify(l1_scales, np.zeros(1), np.zeros(1)).tolist() == [[0.0, small.sq_target]]


@pytest.mark.parametrize("others", [0.5, 1.0, 1.1, 3.0])
def test_what_is_outside_scales_the_dual_point(others):
    """A gap with columns outside is that of the whole problem with such a column in it."""
    rng = np.random.default_rng(9)
    Z = rng.standard_normal((25, 7))
    z = Z[:, :3] @ rng.standard_normal(3) + rng.standard_normal(25)
    small = Small(Z, z)
    level = np.array([0.3 * np.max(np.abs(small.q))])
    for l2 in (np.zeros(1), 0.4 * level):
        solver = small.solver()
        solve(solver, level, l2, 1e-12)
        residual = z - Z @ solver.w[:7]
        extra = residual * others * level / (residual @ residual)      # pulled to `others` times l1
        found = solver.certify(level, l2, np.array([others]))[0, 0]
        whole = Small(np.column_stack([Z, extra]), z, l2_factor=np.append(np.ones(7), 0.0))
        whole = whole.solver(w=np.append(solver.w[:7], 0.0))
        whole.slot_w[0, :8], whole.slot_c[0, :8] = whole.w, whole.c
        assert found == pytest.approx(whole.certify(level, l2, np.zeros(1))[0, 0], rel=1e-9, abs=1e-12)
        assert (found > 1e-3) == (others > 1.0)


def test_rounded_solutions_are_judged_as_they_are():
    """float32 coefficients within their bounds, with their correlations."""
    rng = np.random.default_rng(10)
    Z = rng.standard_normal((25, 9))
    small = Small(Z, Z @ rng.standard_normal(9), lower=np.full(9, -0.1), upper=np.full(9, 1.0 / 3.0))
    levels = np.max(np.abs(small.q)) * np.array([0.3, 0.01])
    solver = small.solver()
    solve(solver, levels, np.zeros(2), 1e-12)
    exact = solver.slot_w[:2, :9].copy()
    solver.round_slots(2)
    rounded = solver.slot_w[:2, :9]
    assert (rounded == rounded.astype(np.float32)).all() and (rounded != exact).any()
    assert (rounded >= -0.1).all() and (rounded <= 1.0 / 3.0).all() and (exact == 1.0 / 3.0).any()
    np.testing.assert_allclose(solver.slot_c[:2, :9], small.q - rounded @ small.gram, atol=1e-11)
    np.testing.assert_allclose(rounded, exact, rtol=1e-6)
    assert (solver.w[:9] == exact[1]).all()             # the next level goes on from the exact one


@SEEDS
@pytest.mark.parametrize("largest_is_zero", [False, True])
def test_the_gap_counts_every_ratio(seed, largest_is_zero):
    """The gap of a lasso at another level than the one solved, where the dual scale depends on the largest ratio."""
    rng = np.random.default_rng(seed)
    Z = rng.standard_normal((30, 12))
    small = Small(Z, Z[:, :3] @ np.ones(3) + rng.standard_normal(30))
    level = 0.3 * np.abs(small.q).max()
    solver = small.solver()
    solve(solver, [level], [0.0], 1e-12 * small.sq_target)
    w, l1 = solver.slot_w[0, :12], 0.8 * level * np.ones(12)
    c, zero = small.q - small.gram @ w, int(np.flatnonzero(w == 0.0)[0])
    if largest_is_zero:
        solver.l1_factor[zero] = 0.1 * abs(c[zero]) / level
        l1[zero] = 0.8 * level * solver.l1_factor[zero]
    found, sq_residual = solver.certify(np.array([0.8 * level]), np.zeros(1), np.zeros(1))[0]
    fit = small.sq_target - w @ small.q
    t = min(fit / sq_residual, 1.0 / (np.abs(c) / l1).max())
    expected = 0.5 * (1.0 - t)**2 * sq_residual + l1 @ np.abs(w) - t * w @ c
    assert (np.argmax(np.abs(c) / l1) == zero) == largest_is_zero
    assert found == pytest.approx(expected, rel=1e-9)
