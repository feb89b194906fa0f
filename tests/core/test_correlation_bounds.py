# Lives here: bounds on correlations are rigorous: core.CorrelationBounds. Independent of: how levels are solved.
"""No column that the bounds keep at 0 is pulled beyond its l1, in extended precision."""
import numpy as np
import pytest
import scipy.sparse as sp

from lassocore._isa import core
from lassocore.problems.problem import as_problem

SLOTS, BASIS = core.N_SLOTS, core.N_BASIS
N_SAMPLES, N_FEATURES = 60, 1500
DATA = {
    "plain": {}, "weights": {"weighted": True}, "raw": {"fit_intercept": False}, "large means": {"shift": 1e6},
    "large means and weights": {"shift": 1e6, "weighted": True}, "float32": {"dtype": np.float32},
    "float32 rows": {"dtype": np.float32, "order": "C"}, "float32 and large means": {"dtype": np.float32, "shift": 1e3},
    "sparse": {"density": 0.4}, "sparse float32": {"density": 0.4, "dtype": np.float32, "weighted": True},
    "positive": {"positive": True}, "negative": {"bounds": (-np.inf, 0.0)}, "box": {"bounds": (-0.1, 0.2)},
    "factors": {"factors": True}, "rounding": {"seen": True},
}


class Case:
    """A problem, a basis of residuals of the past, eight residuals now, and the exact correlations of these."""

    def __init__(self, seed, *, weighted=False, shift=0.0, dtype=np.float64, order="F", density=1.0, factors=False,
                 seen=False, **options):
        rng = np.random.default_rng(seed)
        X = rng.standard_normal((N_SAMPLES, N_FEATURES)) * rng.uniform(0.3, 3.0, N_FEATURES) + shift
        X[rng.random(X.shape) >= density] = 0.0
        X = np.array(X, dtype, order=order)
        s = rng.uniform(0.2, 2.0, N_SAMPLES) if weighted else np.ones(N_SAMPLES)
        if weighted:
            s[3] = 0.0
            s *= 1.0 / s.max()
        factor = rng.uniform(0.5, 2.0, N_FEATURES) if factors else None
        self.fit_intercept = options.get("fit_intercept", True)
        self.problem = as_problem(
            sp.csc_array(X) if density < 1.0 else X, rng.standard_normal(N_SAMPLES), penalty_factor=factor,
            sample_weight=s if weighted else None, **options)
        self.s = np.ones(N_SAMPLES) if self.problem.matrix.weights is None else self.problem.matrix.weights
        self.exact_columns(X)
        self.make_residuals(rng, seen)
        self.make_levels(rng)

    def exact_columns(self, X):
        """Z = sqrt(s) (X - means), in extended precision"""
        exact, s = X.astype(np.longdouble), self.s.astype(np.longdouble)
        if self.fit_intercept:
            exact = exact - exact[0]
            exact = exact - (s @ exact) / s.sum()
        self.Z = np.sqrt(s)[:, None] * exact

    def make_residuals(self, rng, seen):
        """Residuals of levels to come: those of the past, mixed, and something new, less and less"""
        def centred(r):
            return np.sqrt(self.s)[:, None] * (r - (self.s @ r) / self.s.sum() * self.fit_intercept)

        self.past = centred(rng.standard_normal((N_SAMPLES, BASIS)))
        new = centred(rng.standard_normal((N_SAMPLES, SLOTS))) * np.geomspace(0.3, 0.01, SLOTS)
        self.roots = self.past @ rng.standard_normal((BASIS, SLOTS)) + (0.0 if seen else new)
        self.exact_c = self.Z.T @ self.roots.astype(np.longdouble)
        lower, upper = self.problem.lower, self.problem.upper
        self.outward = np.abs(self.exact_c)
        if lower is not None:
            sides = [np.where(side, pull.T, -np.inf) for side, pull in
                     ((upper > 0, self.exact_c), (lower < 0, -self.exact_c))]
            self.outward = np.maximum(*sides).T

    def make_levels(self, rng):
        """l1 so that many columns rest, some nearly, and some do not"""
        strength = self.outward / self.problem.l1_factor[:, None]
        self.l1_scales = np.array([np.quantile(strength[:, t].astype(float), 0.97) for t in range(SLOTS)])
        self.l1 = self.l1_scales * self.problem.l1_factor[:, None]
        self.in_set = np.flatnonzero(rng.random(N_FEATURES) < 0.05)

    def scan(self, columns, roots):
        """Products of columns with residuals sqrt(s) r."""
        return self.problem.matrix.scan(columns, np.ascontiguousarray(np.sqrt(self.s)[:, None] * roots))

    def screen(self, n_directions=BASIS, n_slots=SLOTS):
        """CorrelationBounds that has been told all of this"""
        screen = core.CorrelationBounds(self.problem)
        screen.in_set[self.in_set] = 1
        c = self.scan(self.problem.features, self.past)
        for b in range(n_directions):
            assert screen.extend_basis(self.past, b, c)
        assert screen.n_directions == n_directions
        self.roots[:, n_slots:] = 0.0
        screen.start(np.zeros(N_FEATURES), 2.0 * self.l1_scales[0])
        screen.begin(self.l1_scales[:n_slots], self.roots)
        return screen

    def list(self, screen, bounds=((0, N_FEATURES),)):
        """(listed, others) of these ranges of features"""
        found = [(screen.columns_not_ruled_out(*ends, others := np.zeros(SLOTS)), others) for ends in bounds]
        return np.concatenate([listed for listed, _ in found]), np.max([others for _, others in found], axis=0)

    def judge(self, screen, listed, others):
        """first of all listed columns; others is raised, and the batch ends"""
        return screen.finish(listed, self.scan(listed, self.roots), others)


NAMED = pytest.mark.parametrize("name", DATA)


@pytest.mark.parametrize("n_directions", [1, 4, 5, BASIS])
@NAMED
def test_no_column_that_is_kept_at_0_wants_to_leave(name, n_directions):
    n_kept = 0
    for seed in range(2):
        case = Case(seed, **DATA[name])
        screen = case.screen(n_directions)
        listed, strongest = case.list(screen)
        others = strongest / case.l1_scales
        outside = np.setdiff1d(case.problem.features, case.in_set)
        kept = np.setdiff1d(outside, listed)
        assert len(listed) + len(kept) == len(outside) and (np.diff(listed) > 0).all()
        assert (case.outward[kept] <= case.l1[kept]).all()
        assert (case.outward[kept] / case.l1[kept] <= others + 1e-300).all()
        wants = np.setdiff1d(np.flatnonzero((case.outward > case.l1).any(axis=1)), case.in_set)
        assert len(wants) > 10 and np.isin(wants, listed).all()
        n_kept += len(kept)
    assert n_kept > 0 or n_directions < BASIS


@NAMED
def test_bounds_are_worth_having(name):
    """They keep most of what rests, and are as sharp as the inequality that they come from."""
    case = Case(5, **DATA[name])
    case.l1_scales *= 1.5
    case.l1 *= 1.5
    listed, _ = case.list(case.screen())
    known = np.linalg.qr(case.past)[0].astype(np.longdouble)
    rests = np.linalg.norm((case.Z - known @ (known.T @ case.Z)).astype(float), axis=0)
    remainders = np.linalg.norm((case.roots - known @ (known.T @ case.roots)).astype(float), axis=0)
    estimate = ((case.Z.T @ known) @ (known.T @ case.roots)).astype(float)
    if case.problem.lower is not None and (case.problem.lower >= 0).all():
        estimate = np.maximum(estimate, -np.inf)
    elif case.problem.upper is not None and (case.problem.upper <= 0).all():
        estimate = -estimate
    else:
        estimate = np.abs(estimate)
    certain = (estimate + rests[:, None] * remainders < (1 - 1e-6) * case.l1).all(axis=1)
    certain[case.in_set] = False
    assert np.count_nonzero(certain) > N_FEATURES // 10
    assert not np.isin(np.flatnonzero(certain), listed).any()


def test_the_bound_is_reached_by_a_column_along_what_is_new():
    """A column made of a known direction and the remainder: its correlation is the bound."""
    for seed in range(20):
        rng = np.random.default_rng(seed)
        Q = np.linalg.qr(rng.standard_normal((40, 3)))[0]
        a, b = rng.standard_normal(2)
        X = np.column_stack([a * Q[:, 0] + b * Q[:, 2], rng.standard_normal(40)])
        problem = as_problem(np.asfortranarray(X), rng.standard_normal(40), fit_intercept=False)
        screen = core.CorrelationBounds(problem)
        assert screen.extend_basis(3.0 * Q[:, :1], 0, 3.0 * (X.T @ Q[:, :1]))
        roots = np.zeros((40, SLOTS))
        roots[:, 0] = Q @ np.array([1.0, 0.0, 0.5 * np.sign(a * b)])
        bound = np.abs(X[:, 0] @ roots[:, 0])
        for share, expected in ((1 - 1e-6, [0]), (1 + 1e-6, [])):
            l1_scales = np.array([share * bound])
            screen.begin(l1_scales, roots)
            others = np.zeros(SLOTS)
            assert screen.columns_not_ruled_out(0, 1, others).tolist() == expected
            if not expected:
                assert others[0] / l1_scales[0] == pytest.approx(1 / share, rel=1e-10)


@pytest.mark.parametrize("n_slots", [1, 3, SLOTS])
@NAMED
def test_others_bounds_every_ratio(name, n_slots):
    case = Case(7, **DATA[name])
    screen = case.screen(n_slots=n_slots)
    listed, others = case.list(screen)
    first = case.judge(screen, listed, others)
    others = others / case.l1_scales
    outside = np.setdiff1d(case.problem.features, case.in_set)
    ratios = (case.outward / case.l1)[outside, :n_slots]
    # correlations of float64 columns, in float64
    rounding = 1e-13 * np.sqrt(case.problem.sq_norms[:, None]) * np.linalg.norm(case.roots, axis=0) / case.l1
    rounding = rounding.astype(float).max(axis=0)[:n_slots] * (1e4 if "large" in name else 1.0)
    assert (ratios.max(axis=0) <= others[:n_slots] + rounding).all() and (others[n_slots:] == 0.0).all()
    beyond = case.outward[listed, :n_slots] > case.l1[listed, :n_slots]
    expected = np.where(beyond.any(axis=1), beyond.argmax(axis=1), n_slots)
    clear = (np.abs(case.outward[listed] / case.l1[listed] - 1.0) > 1e-6).all(axis=1)
    assert (first[clear] == expected[clear]).all() and np.count_nonzero(first < n_slots) > 5


@pytest.mark.parametrize("name", ["plain", "weights", "sparse", "float32", "positive", "factors"])
def test_ranges_change_nothing(name):
    case = Case(8, **DATA[name])
    results = []
    for bounds in [[(0, N_FEATURES)], [(0, 700), (700, 701), (701, N_FEATURES)], [(900, N_FEATURES), (0, 900)],
                   [(start, min(start + 64, N_FEATURES)) for start in range(0, N_FEATURES, 64)]]:
        screen = case.screen()
        listed, others = case.list(screen, bounds)
        listed.sort()
        first = case.judge(screen, listed, others)
        promising = screen.columns_likely_to_enter(0.9 * case.l1_scales[-1], 1.0)
        results.append([x.tolist() for x in (listed, others, first, screen.last_correlation, promising)])
    assert len(results[0][0]) > 10 and len(results[0][4]) > 10
    assert results[1] == results[0] and results[2] == results[0] and results[3] == results[0]


def test_without_a_basis_every_column_outside_is_listed():
    case = Case(9)
    listed, others = case.list(case.screen(n_directions=0))
    assert listed.tolist() == np.setdiff1d(np.arange(N_FEATURES), case.in_set).tolist() and (others == 0.0).all()


def test_features_that_cannot_be_nonzero_are_never_listed():
    rng = np.random.default_rng(10)
    X = rng.standard_normal((30, 12))
    X[:, 4] = 2.0
    factor = np.ones(12)
    factor[7] = np.inf
    bounds = (np.where(np.arange(12) == 2, 0.0, -1.0), np.where(np.arange(12) == 2, 0.0, 1.0))
    problem = as_problem(X, rng.standard_normal(30), penalty_factor=factor, bounds=bounds)
    screen = core.CorrelationBounds(problem)
    screen.begin(np.array([1e-9]))
    assert screen.columns_not_ruled_out(0, len(problem.features), np.zeros(SLOTS)).tolist() == [
        0, 1, 3, 5, 6, 8, 9, 10, 11]
    screen.start(np.ones(12), 1e-9)
    assert screen.columns_likely_to_enter(1e-9, 1.0).tolist() == [0, 1, 3, 5, 6, 8, 9, 10, 11]


@pytest.mark.parametrize("name", ["plain", "positive", "negative", "box", "factors"])
def test_correlations_are_extrapolated_from_the_last_two_batches(name):
    """The last correlation is exact where it was computed; a batch that is repeated leaves the one before it."""
    case = Case(11, **DATA[name])
    screen = case.screen()
    before = np.random.default_rng(0).standard_normal(N_FEATURES)
    start, last = 2 * case.l1_scales[0], case.l1_scales[-1]
    screen.start(before, start)
    outside, lower = np.setdiff1d(np.arange(N_FEATURES), case.in_set), 0.5 * last
    for _ in range(3):
        screen.begin(case.l1_scales, case.roots)
        listed, others = case.list(screen)
        case.judge(screen, listed, others)
        now = screen.last_correlation.copy()
        np.testing.assert_allclose(now[listed], case.exact_c[listed, -1].astype(float), rtol=1e-9, atol=1e-10)
        expected = now + (now - before) * (lower - last) / (last - start)
        np.testing.assert_allclose(screen.expected_correlations(outside, lower), expected[outside], rtol=1e-9)
    out = np.abs(expected)
    if case.problem.lower is not None:
        out = np.maximum(np.where(case.problem.upper > 0, expected, -np.inf),
                         np.where(case.problem.lower < 0, -expected, -np.inf))
    likely = out >= 0.9 * lower * case.problem.l1_factor
    likely[case.in_set] = False
    assert 10 < np.count_nonzero(likely) < N_FEATURES // 2
    assert screen.columns_likely_to_enter(lower, 0.9).tolist() == np.flatnonzero(likely).tolist()
    strongest = np.argsort(-(out / case.problem.l1_factor)[likely])
    for limit in (0, 1, 7, np.count_nonzero(likely) - 1, np.count_nonzero(likely)):
        chosen = screen.columns_likely_to_enter(lower, 0.9, limit)
        assert sorted(chosen) == sorted(np.flatnonzero(likely)[strongest[:limit]])
    left = case.in_set[:3]
    screen.in_set[left] = 0
    screen.set_correlations(left, np.array([0.95 * lower, 0.0, -0.95 * lower]) * case.problem.l1_factor[left])
    assert (screen.expected_correlations(left, lower) == screen.last_correlation[left]).all()


# The basis

def make_columns(name, rng):
    """Columns of every kind of trouble."""
    n, p = {"few samples": (12, 60), "many samples": (3000, 40)}.get(name, (50, 120))
    X = rng.standard_normal((n, p))
    if name == "collinear":
        X = X[:, :1] + 1e-6 * X
    return X + (1e6 if name == "large means" else 0.0)


class Sequence:
    """A basis that follows a sequence of residuals, and what it claims, in extended precision."""

    def __init__(self, name):
        self.rng = np.random.default_rng(len(name))
        X = make_columns(name, self.rng)
        self.s = self.rng.uniform(0.2, 1.0, len(X)) if name == "weights" else np.ones(len(X))
        self.problem = as_problem(np.asfortranarray(X), self.rng.standard_normal(len(X)),
                                  sample_weight=self.s if name == "weights" else None)
        if self.problem.matrix.weights is not None:
            self.s = self.problem.matrix.weights
        exact, s = X.astype(np.longdouble) - X[0], self.s.astype(np.longdouble)
        self.Z = np.sqrt(s)[:, None] * (exact - (s @ exact) / s.sum())
        self.norms = np.sqrt((self.Z**2).sum(axis=0))
        self.screen = core.CorrelationBounds(self.problem)
        self.n_samples = len(X)

    def residual(self, values):
        """sqrt(s) r with weighted mean 0"""
        return np.sqrt(self.s)[:, None] * (values - (self.s @ values) / self.s.sum())

    def extend(self, u):
        """Add a direction from the residual u; whether the basis changed."""
        roots = np.zeros((self.n_samples, SLOTS))
        roots[:, 3] = u
        c = self.problem.matrix.scan(self.problem.features, np.ascontiguousarray(np.sqrt(self.s)[:, None] * roots))
        return self.screen.extend_basis(roots, 3, c)

    def assert_claims(self, roots):
        """Orthonormal directions; products, norms and bounds of all columns for eight residuals."""
        screen, rounding = self.screen, 8 * self.n_samples * np.finfo(float).eps
        Q = screen.directions.astype(np.longdouble)
        n = screen.n_directions
        assert (Q[:, n:] == 0.0).all() and (screen.products[:, n:] == 0.0).all()
        assert np.abs(Q[:, :n].T @ Q[:, :n] - np.eye(n)).max() < rounding
        exact = self.Z.T @ Q
        assert (np.abs(screen.products - exact) <= screen.product_errors * self.norms[:, None]).all()
        orthogonal = self.Z - Q @ exact.T
        assert (screen.orthogonal_norms >= np.sqrt((orthogonal**2).sum(axis=0))).all()
        correlations = np.abs(self.Z.T @ roots.astype(np.longdouble))
        screen.begin(np.full(SLOTS, 1e300), np.ascontiguousarray(roots))
        for k in range(len(self.problem.features)):
            bounds = np.zeros(SLOTS)
            assert len(screen.columns_not_ruled_out(k, k + 1, bounds)) == 0
            assert (bounds >= correlations[k]).all()


@pytest.mark.parametrize("name", ["plain", "weights", "few samples", "many samples", "collinear", "large means"])
def test_bounds_hold_while_the_basis_changes(name):
    """Along residuals that converge as on a path: for those to come, those past, and the directions themselves."""
    sequence = Sequence(name)
    rng, screen = sequence.rng, sequence.screen
    parts = sequence.residual(rng.standard_normal((sequence.n_samples, 10))) * np.geomspace(1.0, 1e-5, 10)
    rates = np.linspace(1.0, 0.2, 10)
    sizes = []
    for k in range(24):
        sequence.extend(parts @ rates**k)
        sizes.append(screen.n_directions)
        roots = parts @ rates[:, None]**(k + np.array([-1.0, 0.0, 0.3, 1.0, 5.0, 0.0, 0.0, 0.0]))
        Q = screen.directions[:, :sizes[-1]]
        roots[:, 5], roots[:, 6] = Q[:, -1], Q @ rng.standard_normal(sizes[-1])
        roots[:, 7] = sequence.residual(rng.standard_normal((sequence.n_samples, 1)))[:, 0]
        sequence.assert_claims(roots)
    assert max(sizes) >= 5 and (np.diff(sizes) <= 1).all()


@pytest.mark.parametrize("change", [1.0, 1e-2])
def test_a_full_basis_shrinks_to_its_latest_residuals(change):
    sequence = Sequence("plain")
    residuals = sequence.residual(sequence.rng.standard_normal((sequence.n_samples, 31)))
    residuals = residuals[:, -1:] + change * residuals[:, :-1]
    for k in range(30):
        assert sequence.extend(residuals[:, k])
        assert sequence.screen.n_directions == (k + 1 if k < BASIS else BASIS // 2 + 1 + (k - BASIS) % (BASIS // 2))
        latest = residuals[:, max(0, k - BASIS // 2):k + 1]
        Q = sequence.screen.directions
        np.testing.assert_allclose(Q @ (Q.T @ latest), latest, atol=1e-12)
        sequence.assert_claims(np.column_stack([latest[:, -1:]] * (SLOTS - Q.shape[1] // 2) + [Q[:, 0::2]]))


def test_directions_without_accurate_products_are_refused():
    """A residual in the span of the basis adds nothing; inherited errors that grow too large start a new basis."""
    sequence = Sequence("plain")
    e = np.linalg.qr(sequence.residual(sequence.rng.standard_normal((sequence.n_samples, SLOTS))))[0]
    screen = sequence.screen
    assert not sequence.extend(np.zeros(sequence.n_samples)) and screen.n_directions == 0
    assert sequence.extend(e[:, 0])
    assert not sequence.extend(-2.0 * e[:, 0]) and not sequence.extend(e[:, 0] + 1e-13 * e[:, 1])
    assert screen.n_directions == 1
    assert sequence.extend(e[:, 0] + 1e-6 * e[:, 1]) and screen.n_directions == 2
    sequence.assert_claims(e)
    assert sequence.extend(e[:, 1] + 1e-6 * e[:, 2]) and screen.n_directions == 1
    np.testing.assert_allclose(np.abs(screen.directions[:, 0] @ e[:, 1]), 1.0, atol=1e-11)
    sequence.assert_claims(e)
