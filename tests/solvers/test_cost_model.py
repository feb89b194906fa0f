# Lives here: which stages are planned for which problem; where solver= does not apply. Independent of: the core.
"""`plan` is a function of shapes, storage, options and the start alone."""
import numpy as np
import pytest
import scipy.sparse as sp

from lassocore import AdaptiveLasso, ElasticNet, Lasso, LassoCV, LassoIC, fit_many, fit_path
from lassocore.paths.alpha_grid import largest_alpha
from lassocore.problems.gram_problem import with_gram
from lassocore.problems.problem import as_problem
from lassocore.results.path_point import PathPoint
from lassocore.solvers import cost_model
from lassocore.solvers.cost_model import (
    ROUNDED_GRAM,
    Look,
    Stage,
    after_trial,
    check_applies,
    choose_for_targets,
    further_epochs,
    plan,
    stages_of,
)
from lassocore.solvers.settings import Settings

TALL, SQUARE, WIDE, TINY = (300, 100), (400, 400), (60, 1000), (30, 8)
FIRST = Stage("start", 0, 1)
EXACT, SINGLE = {"exact": True}, {"dtype": np.float32}
FREE = {"penalty_factor": [0.0, 1.0]}               # repeated: every second column is unpenalised
TWINS = {"twins": True, **FREE}                     # two of the unpenalised columns nearly the same


def gram(n):
    return [Stage("gram", 0, n)]


def working_set(n):
    return [Stage("working_set", 0, n)]


def cd(n):
    return [Stage("cd", 0, n)]


def make_problem(shape, *, storage="F", dtype=float, twins=False, shift=0.0, size=1.0, constant=False, **options):
    n, p = shape
    rng = np.random.default_rng(p)
    X = size * rng.standard_normal(shape) + shift
    if twins:
        X[:, 2] = X[:, 0] + 1e-9 * rng.standard_normal(n)
    y = np.full(n, 3.0) if constant else X[:, :3].sum(axis=1) / size + rng.standard_normal(n)
    if "penalty_factor" in options:
        options["penalty_factor"] = np.resize(options["penalty_factor"], p)
    if storage == "sparse":
        X = sp.csc_array(X if shift else np.where(np.abs(X) > 1.5, X, 0.0))
    problem = as_problem(X.astype(dtype) if storage != "F" else np.asfortranarray(X, dtype), y, **options)
    return with_gram(problem, storage == "gram", True)


def planned(problem, shares, l1_ratio=1.0, *, is_warm=False, is_tried=False, scale=None, **settings):
    largest = scale if scale is not None else largest_alpha(problem, l1_ratio) if l1_ratio else np.inf
    grid = np.array(shares) * (largest if np.isfinite(largest) else 1.0)
    return plan(problem, grid, l1_ratio, Settings(**settings), correlations=problem.correlations,
                largest=largest, is_warm=is_warm, is_tried=is_tried)


PATH, LONG_PATH = np.geomspace(1.0, 0.01, 10), np.geomspace(1.0, 0.01, 11)
ONE = [0.1]
NO_TRIAL = {                        # name: shape, problem, shares of the largest alpha, l1_ratio, settings -> stages
    "tall": (TALL, {}, PATH, 1.0, {}, gram(10)),
    "tall float32": (TALL, SINGLE, PATH, 1.0, {}, gram(10)),
    "tall rows": (TALL, {"storage": "C"}, PATH, 1.0, {}, gram(10)),
    "tall sparse": (TALL, {"storage": "sparse"}, PATH, 1.0, {}, gram(10)),
    "wide": (WIDE, {}, PATH, 1.0, {}, working_set(10)),
    "wide sparse": (WIDE, {"storage": "sparse"}, LONG_PATH, 1.0, {}, working_set(11)),
    "few more than 500 columns": ((100, 550), {}, PATH, 1.0, {}, gram(10)),
    "few more than 500 sparse columns": ((100, 550), {"storage": "sparse"}, LONG_PATH, 1.0, {}, working_set(11)),
    "a Gram matrix in the place of a wide X": (WIDE, {"storage": "gram"}, PATH, 1.0, {}, gram(10)),
    "coordinate descent": (TALL, {}, PATH, 1.0, {"solver": "cd"}, cd(10)),
    "a constant y": (TALL, {"constant": True}, PATH, 1.0, {}, cd(10)),
    "max_iter=2": (TALL, {}, PATH, 1.0, {"max_iter": 2}, cd(10)),
    "max_iter=2 and a solver": (TALL, {}, PATH, 1.0, {"max_iter": 2, "solver": "gram"}, gram(10)),
    "alpha = 0 alone": (TALL, {}, [0.0, 0.0], 1.0, {}, cd(2)),
    "alpha = 0 at the end": (TALL, {}, [*PATH, 0.0], 1.0, {}, [*gram(10), Stage("cd", 10, 11)]),
    "elastic net": (WIDE, {}, PATH, 0.5, {}, working_set(10)),
    "one small alpha for a large wide X": ((200, 2000), {}, [0.01], 1.0, {}, working_set(1)),
    "ridge regression": (TALL, {}, PATH, 0.0, {}, gram(10)),
    "ridge regression of 400 columns": (SQUARE, {}, PATH, 0.0, {}, cd(10)),
    "the same on a Gram matrix": (SQUARE, {}, PATH, 0.0, {"solver": "gram"}, gram(10)),
    "unpenalised columns": (TALL, FREE, PATH, 1.0, {}, gram(10)),
    "unpenalised columns in float32": (TALL, {**FREE, **SINGLE}, PATH, 1.0, {}, cd(10)),
    "unpenalised columns that are nearly collinear": (TALL, TWINS, PATH, 1.0, {}, cd(10)),
    "the same with a solver": (TALL, TWINS, PATH, 1.0, {"solver": "gram"}, cd(10)),
    "sparse columns far from 0": (TALL, {"storage": "sparse", "shift": 1e3}, PATH, 1.0, {}, cd(10)),
    "dense columns far from 0": (TALL, {"shift": 1e3}, PATH, 1.0, {}, gram(10)),
    "a working set for a tall X": (TALL, {}, PATH, 1.0, {"solver": "working_set"}, working_set(10)),
    "a Gram matrix for a wide X": (WIDE, {}, PATH, 1.0, {"solver": "gram"}, gram(10)),
    "one alpha with a solver": (TALL, {}, ONE, 1.0, {"solver": "gram"}, gram(1)),
    "one exact alpha with a solver": (WIDE, {}, ONE, 1.0, {"solver": "working_set", **EXACT}, [FIRST, *working_set(1)]),
    "one exact alpha by descent": (TALL, {}, ONE, 1.0, {"solver": "cd", **EXACT}, [FIRST, *cd(1)]),
    "one exact alpha = 0": (TALL, {}, [0.0], 1.0, EXACT, cd(1)),
    "two exact alphas by descent": (TALL, {}, [0.2, 0.1], 1.0, {"solver": "cd", **EXACT}, cd(2)),
    "one alpha for a small wide X": (WIDE, {}, ONE, 1.0, {}, working_set(1)),
    "one small alpha for a large tall X": (TALL, {}, [1e-3], 1.0, {}, gram(1)),
    "one alpha of ridge regression": (TALL, {}, [1e-3], 0.0, {}, gram(1)),
}


@pytest.mark.parametrize("name", NO_TRIAL)
def test_stages_of_a_path(name):
    shape, kind, shares, l1_ratio, settings, expected = NO_TRIAL[name]
    assert planned(make_problem(shape, **kind), shares, l1_ratio, **settings) == expected


TRIAL = {                           # the same, and what is planned before and after a trial of coordinate descent
    "one alpha": (TALL, {}, ONE, {}, [], gram(1)),
    "three alphas": (TALL, {}, [0.3, 0.2, 0.1], {}, [], gram(3)),
    "one alpha and 0": (TALL, {}, [0.1, 0.0], {}, [], [*gram(1), Stage("cd", 1, 2)]),
    "one alpha for a large wide X": ((200, 2000), {}, [0.03], {}, [], working_set(1)),
    "one small alpha for a sparse wide X": (WIDE, {"storage": "sparse"}, [1e-3], {}, [], working_set(1)),
    "ten alphas for a sparse wide X": (WIDE, {"storage": "sparse"}, PATH, {}, [], working_set(10)),
    "one small alpha for a tiny X": (TINY, {}, [1e-3], {}, [], gram(1)),
    "one exact alpha": (TALL, {}, ONE, EXACT, [FIRST], gram(1)),
    "one small alpha where few are strong": (TALL, {}, [0.02], {}, [], gram(1)),
}


@pytest.mark.parametrize("name", TRIAL)
def test_a_few_alphas_begin_with_a_trial(name):
    shape, kind, shares, settings, before, after = TRIAL[name]
    problem = make_problem(shape, **kind)
    scale = None if "strong" not in name else 50.0 * largest_alpha(problem, 1.0)
    stages = planned(problem, shares, scale=scale, **settings)
    trial = stages.pop(len(before))
    n_positive = int(np.count_nonzero(shares))
    assert trial[:3] == ("trial", 0, n_positive) and trial.resumes == ("sparse" in name)
    assert 8 <= trial.max_epochs <= 10_000 and trial.min_visits > 0
    assert stages == [*before, *after]


def test_a_small_alpha_of_an_elastic_net_is_tried():
    """As every level takes a factor, a path to it costs more."""
    assert [stage.method for stage in planned(make_problem((200, 2000)), [0.01], 0.5)] == ["trial", "working_set"]


def test_four_alphas_are_not_tried():
    assert planned(make_problem(TALL), [0.5, 0.4, 0.3, 0.2]) == gram(4)


def test_what_a_trial_may_cost():
    """Less where max_iter says so, where a good start is given, and for columns that are dear to visit."""
    problem = make_problem(TALL)
    usual = planned(problem, ONE)[0].max_epochs
    assert planned(problem, ONE, max_iter=7)[0].max_epochs == 7
    warm, cold = (planned(problem, ONE, exact=True, is_warm=is_warm)[1].max_epochs for is_warm in (True, False))
    assert cold == usual > warm
    small = make_problem(TINY)
    assert planned(small, ONE)[0].max_epochs > usual
    assert planned(small, ONE)[0].min_visits > planned(problem, ONE)[0].min_visits


def test_the_method_after_a_trial_depends_on_the_support_that_it_found():
    problem = make_problem(SQUARE)
    assert after_trial(problem, "gram", 226) == "working_set" and after_trial(problem, "gram", 227) == "gram"
    assert after_trial(problem, "working_set", 390) == "working_set"
    assert after_trial(make_problem(TALL), "gram", 3) == "gram"         # which costs little
    assert after_trial(make_problem(TALL, storage="gram"), "gram", 0) == "gram"


def test_stages_of_a_method():
    assert stages_of("cd", 3, 4) == [Stage("cd", 0, 4)] == stages_of("gram", 0, 4)
    assert stages_of("gram", 4, 4) == [Stage("gram", 0, 4)]
    assert stages_of("working_set", 3, 4) == [Stage("working_set", 0, 3), Stage("cd", 3, 4)]


def test_many_targets_pay_for_a_gram_matrix_that_one_does_not():
    problem = make_problem(WIDE)
    auto = Settings()
    assert choose_for_targets(problem, 1, 5, auto, 1.0) == "working_set"
    assert choose_for_targets(problem, 10_000, 5, auto, 1.0) == "gram"
    assert choose_for_targets(problem, 10_000, 5, Settings(solver="working_set"), 1.0) == "working_set"
    assert choose_for_targets(make_problem(WIDE, constant=True), 1, 5, Settings(solver="gram"), 1.0) == "gram"


REFUSED = {
    "l1_ratio": ("working_set", {}, 0.0, "l1_ratio=0"), "precompute": ("working_set", {"storage": "gram"}, 1.0,
                                                                      "precompute=False"),
    "float32": ("working_set", {**FREE, **SINGLE}, 1.0, "float64"), "float32 gram": ("gram", {**FREE, **SINGLE}, 1.0,
                                                                                  "float64"),
    "digits": ("gram", {"storage": "sparse", "shift": 1e3}, 1.0, "fit_intercept=False"),
    "digits of a set": ("working_set", {"storage": "sparse", "shift": 1e3}, 1.0, "fit_intercept=False"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_solvers_that_do_not_apply(name):
    """Refused by name, with the remedy; the other solvers take the same problem."""
    solver, kind, l1_ratio, remedy = REFUSED[name]
    problem = make_problem(TALL, **kind)
    with pytest.raises(ValueError, match=f"solver='{solver}'.*{remedy}"):
        planned(problem, PATH, l1_ratio, solver=solver)
    for other in ("auto", "cd"):
        check_applies(problem, other, l1_ratio)


def test_a_gram_matrix_of_too_many_columns_is_refused(monkeypatch):
    monkeypatch.setattr(cost_model, "MAX_SQUARED", 99)
    problem = make_problem(TALL)
    with pytest.raises(ValueError, match="X has 100; use at most 99 columns"):
        planned(problem, PATH, solver="gram")
    check_applies(problem, "working_set", 1.0)
    check_applies(make_problem(TALL, storage="gram"), "gram", 1.0)       # it is there


# The public names

@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    X = np.asfortranarray(rng.standard_normal((80, 30)))
    return X, X[:, :4].sum(axis=1) + rng.standard_normal(80)


SOLVERS = pytest.mark.parametrize("solver", ["cd", "gram", "working_set"])


@SOLVERS
@pytest.mark.parametrize("alphas", [20, [0.5], [0.5, 0.1, 0.0]])
def test_fit_path_and_fit_many_use_the_solver(data, solver, alphas):
    X, y = data
    expected = fit_path(X, y, alphas=alphas, tol=1e-10)
    path = fit_path(X, y, alphas=alphas, tol=1e-10, solver=solver)
    many = fit_many(X, np.column_stack([y, -y, np.ones(80)]), alphas=path.alphas, tol=1e-10, solver=solver)
    for found in (path, many[0]):
        assert found.converged.all() and set(found.info["method"][found.alphas > 0.0]) == {solver}
        assert set(found.info["method"][found.alphas == 0.0]) <= {"cd"}
        np.testing.assert_allclose(found.coefs, expected.coefs, atol=1e-4)
    np.testing.assert_allclose(many[1].coefs, -many[0].coefs, atol=1e-4)
    assert many[2].n_nonzero.tolist() == [0] * len(path.alphas)


@SOLVERS
@pytest.mark.parametrize("model", [
    Lasso(alpha=0.1), ElasticNet(alpha=0.1, l1_ratio=0.7), LassoCV(alphas=10, cv=3), LassoIC(alphas=10),
    AdaptiveLasso(alphas=10, cv=3), AdaptiveLasso(alphas=10, cv=3, pilot="lasso")], ids=repr)
def test_estimators_use_the_solver(data, solver, model):
    expected = type(model)(**model.get_params()).fit(*data)
    found = type(model)(**{**model.get_params(), "solver": solver, "tol": 1e-8, "max_iter": 100_000}).fit(*data)
    np.testing.assert_allclose(found.coef_, expected.coef_, atol=0.05)
    assert (found.coef_ != 0.0).any()


@pytest.mark.parametrize("fit", [
    lambda X, y: fit_path(X, y, alphas=[0.1], l1_ratio=0.0, solver="working_set"),
    lambda X, y: fit_many(X, np.column_stack([y, y]), alphas=[0.1], l1_ratio=0.0, solver="working_set"),
    lambda X, y: ElasticNet(l1_ratio=0.0, solver="working_set").fit(X, y),
    lambda X, y: Lasso(precompute=True, solver="working_set").fit(X, y),
    lambda X, y: LassoCV(cv=3, penalty_factor=np.r_[0.0, np.ones(29)], solver="gram").fit(X.astype(np.float32), y),
    lambda X, y: LassoIC(penalty_factor=np.r_[0.0, np.ones(29)], solver="gram").fit(X.astype(np.float32), y),
])
def test_public_names_refuse_it_in_the_same_words(data, fit):
    with pytest.raises(ValueError, match="solver='(gram|working_set)' .*'auto'"):
        fit(*data)


LONG, SHORT = (8000, 100), (1200, 600)


@pytest.mark.parametrize("problem, shares, l1_ratio, settings, expected", [
    ({}, ONE, 1.0, {}, True),
    ({"storage": "C"}, ONE, 1.0, {}, True),
    (SINGLE, ONE, 0.5, {}, True),
    ({"sample_weight": np.ones(8000)}, ONE, 1.0, EXACT, True),
    ({"size": 1e12}, ONE, 1.0, {}, True),
    ({}, PATH, 1.0, {}, False),
    ({}, [0.1, 0.0], 1.0, {}, False),
    ({}, ONE, 0.0, {}, False),
    ({}, ONE, 1.0, {"solver": "gram"}, False),
    ({}, ONE, 1.0, {"max_iter": 2}, False),
    ({"storage": "sparse"}, ONE, 1.0, {}, False),
    ({"storage": "gram"}, ONE, 1.0, {}, False),
    ({"size": 1e25}, ONE, 1.0, {}, False),
    ({"size": 1e-25}, ONE, 1.0, {}, False),
    (FREE, ONE, 1.0, {}, False),
])
def test_one_alpha_of_a_long_dense_X_takes_a_gram_matrix_of_single_precision(
        problem, shares, l1_ratio, settings, expected):
    stages = planned(make_problem(LONG, **problem), shares, l1_ratio, **settings)
    assert (ROUNDED_GRAM in stages) == expected
    if expected:
        assert stages[-2:] == [ROUNDED_GRAM, *gram(1)]


def test_descent_is_tried_before_a_rounded_gram_matrix_where_few_columns_are_strong():
    for storage in "FC":
        for shape, share in ((LONG, 0.001), (SHORT, 0.001)):
            problem = make_problem(shape, storage=storage)
            assert planned(problem, [0.9])[0].method == "trial"
            assert planned(problem, [share])[0] == ROUNDED_GRAM
    problem = make_problem((400, 600))
    assert ROUNDED_GRAM not in planned(problem, [0.001])        # more columns than rows


# What a trial goes on for

def test_one_alpha_takes_a_gram_matrix_that_costs_little():
    """Where X is dense, also if it has many more columns than rows; a trial comes first near the largest alpha."""
    small, large = make_problem((60, 400)), make_problem((60, 600))
    assert cost_model.has_small_gram(small) and not cost_model.has_small_gram(large)
    assert not cost_model.has_small_gram(make_problem((400, 400)))
    assert not cost_model.has_small_gram(make_problem((60, 400), storage="sparse"))
    for share in (0.04, 0.01, 1e-3):
        assert planned(small, [share]) == gram(1)
    assert planned(large, [0.01]) == working_set(1)
    trial, *rest = planned(small, [0.1])
    assert trial.method == "trial" and rest == gram(1)
    assert planned(small, [0.1], is_tried=True) == gram(1)
    assert planned(make_problem((700, 1400)), [0.1], is_tried=True)[0].method == "trial"


def test_a_square_dense_X_takes_a_working_set_for_alphas_that_are_not_small():
    problem = make_problem((700, 1400))
    assert [stage.method for stage in planned(problem, [0.1])] == ["trial", "working_set"]
    assert [stage.method for stage in planned(problem, [0.008])] == ["trial", "gram"]
    assert planned(problem, [0.004]) == gram(1)
    assert planned(make_problem((300, 600)), [0.02]) == working_set(1)          # too small for descent to small alphas
    assert planned(make_problem((300, 600)), [0.1])[0].method == "trial"


def test_trials_far_from_the_largest_alpha_are_looked_at():
    problem = make_problem((700, 1400))
    assert planned(problem, [0.1])[0].first_look == 0 < planned(problem, [0.02])[0].first_look
    assert planned(make_problem(WIDE, storage="sparse"), [1e-3])[0].first_look == 0


def point_of(problem, n_nonzero, n_epochs, gap):
    """The end of a trial, with a gap in units of ||y0||_s^2."""
    return PathPoint(0, np.arange(n_nonzero), np.ones(n_nonzero), gap * problem.sq_target, 1.0, False, "cd", n_epochs)


@pytest.mark.parametrize("n_epochs, gap, since, expected", [
    (20, 0.0016, (0, 0.5), 20),         # two and a half decades in 20 epochs: one and a half more in 12, times 1.5
    (40, 0.0016, (0, 0.5), 36),         # at most as many as before
    (20, 0.005, (0, 0.02), 0),          # half a decade in 20
    (20, 0.15, (0, 0.5), 0),            # hopeless
    (20, 5e-5, (0, 0.5), 0),            # met
    (40, 0.005, (20, 0.004), 0),        # no progress
    (40, 1e-4, (20, 0.1), 20),          # at least as many as before the first look
    (100, 0.005, (0, 0.5), 0),          # none is left
])
def test_a_trial_goes_on_while_its_progress_promises_an_end(n_epochs, gap, since, expected):
    problem = make_problem((700, 1400))
    stage = Stage("trial", 0, 1, 100, 1, 20)
    last = Look(since[0], since[1] * problem.sq_target, 30)
    n_more = further_epochs(problem, stage, point_of(problem, 30, n_epochs, gap), last, 5e-5 * problem.sq_target)
    assert n_more == expected


@pytest.mark.parametrize("n_nonzero, n_before, gap, expected", [
    (600, 700, 0.004, 20),              # slow, but the support still changes
    (600, 620, 0.004, 0),               # exact steps from here cost less
    (600, 620, 0.001, 26),              # the rest costs less
    (20, 20, 0.004, 40),                # an epoch costs little
])
def test_a_trial_ends_where_exact_steps_from_a_settled_support_cost_less(n_nonzero, n_before, gap, expected):
    problem = make_problem((700, 1400))
    stage, last = Stage("trial", 0, 1, 400, 1, 20), Look(20, 0.013 * problem.sq_target, n_before)
    point = point_of(problem, n_nonzero, 40, gap)
    assert further_epochs(problem, stage, point, last, 1e-4 * problem.sq_target) == expected


def test_a_trial_goes_on_where_exact_steps_on_a_large_support_cost_more():
    """Thousands of sparse columns: their Gram matrix is dense."""
    problem = make_problem((400, 3000), storage="sparse")
    stage = Stage("trial", 0, 1, 50, 1)
    assert cost_model.exact_epochs(problem, 0) == 0 < cost_model.exact_epochs(problem, 100)
    few, many = point_of(problem, 20, 50, 1e-3), point_of(problem, 2500, 50, 1e-3)
    assert further_epochs(problem, stage, few, Look(0, 0.5, 0), 1e-9) == 0
    more = cost_model.exact_epochs(problem, 2500) - 50
    assert further_epochs(problem, stage, many, Look(0, 0.5, 0), 1e-9) == more > 500


def test_exact_steps_start_from_zeros_where_a_trial_has_too_many_nonzeros():
    wide, tall = make_problem((200, 2000)), make_problem(TALL)
    for problem, n_nonzero, gap, expected in (
            (wide, 150, 1e-3, False), (wide, 250, 1e-3, True), (wide, 150, 0.05, True), (tall, 90, 0.05, False)):
        assert cost_model.starts_anew(problem, point_of(problem, n_nonzero, 20, gap)) == expected
