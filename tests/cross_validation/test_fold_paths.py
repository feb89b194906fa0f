# Lives here: folds in lockstep against single folds and loops over sliced rows. Independent of: kernels.
"""Lockstep of folds: equal bits in any group, true certificates, callbacks, early ends."""
import warnings
import weakref

import numpy as np
import pytest
import scipy.sparse as sp
from helpers.methods import bits, make_wide
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import ElasticNetCV as SkElasticNetCV
from sklearn.model_selection import KFold

from lassocore import ElasticNetCV, LassoCV, duality_gap
from lassocore._isa import core
from lassocore.cross_validation import fold_paths
from lassocore.cross_validation.fold_paths import Job, as_groups, share_scans, solve_in_lockstep
from lassocore.cross_validation.folds import Data, Fold, as_folds
from lassocore.datafits.sample_weight import as_sample_weight
from lassocore.designs import scans
from lassocore.designs.canonical import as_canonical
from lassocore.paths.alpha_grid import as_alphas
from lassocore.penalties.elastic_net import as_penalty_shape
from lassocore.solvers import cost_model, lockstep
from lassocore.solvers.settings import Settings

N_SAMPLES, N_FEATURES = 60, 900
STORAGES = {
    "F": np.asfortranarray, "C": np.ascontiguousarray, "csc": sp.csc_array, "csr": sp.csr_array,
    "float32": lambda X: np.asfortranarray(X, dtype=np.float32),
}


@pytest.fixture
def served(monkeypatch):
    """Small problems in lockstep over pieces of some dozens of columns; the number of runs that each scan serves."""
    visits = []
    original = lockstep.by_pieces

    def by_pieces(matrices, waiting):
        visits.append(len(waiting))
        return original(matrices, waiting)

    monkeypatch.setattr(cost_model, "LARGE_SIZE_FOR_FOLDS", 0)
    monkeypatch.setattr(lockstep, "PIECE_NUMBERS", 5000)
    monkeypatch.setattr(fold_paths, "by_pieces", by_pieces)
    return visits


def make_problem(storage="F", seed=0, offset=0.0):
    X, y = make_wide(seed, N_SAMPLES, N_FEATURES)
    if storage in ("csc", "csr"):
        X = X * (np.random.default_rng(seed).random(X.shape) < 0.3)
    return STORAGES[storage](X + offset), y


def as_data(X, y, s=None, *, fit_intercept=True, **penalty):
    shape = {"penalty_factor": None, "bounds": None, "positive": False, "standardize": False, **penalty}
    return Data(as_canonical(X), y, as_sample_weight(s, len(y)), as_penalty_shape(n_features=X.shape[1], **shape),
                fit_intercept)


def make_jobs(data, l1_ratios=(1.0,), n_alphas=20, eps=0.02, n_folds=5):
    folds = as_folds(KFold(n_folds).split(data.y), data)
    problem = data.problem(data.weights)
    return [Job(fold, l1_ratio, as_alphas(problem, n_alphas, eps, l1_ratio)) for l1_ratio in l1_ratios
            for fold in folds]


def alone(data, job, settings, monkeypatch):
    """The path of a fold as in fit_path."""
    with monkeypatch.context() as patch:
        patch.setattr(cost_model, "LARGE_SIZE_FOR_FOLDS", np.inf)
        (_, path), = solve_in_lockstep(data, [job], settings)
    return path


@pytest.mark.parametrize("storage", STORAGES)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("fit_intercept", [True, False])
def test_paths_do_not_depend_on_the_group(storage, weighted, fit_intercept, served, monkeypatch):
    X, y = make_problem(storage)
    s = np.random.default_rng(1).integers(0, 3, N_SAMPLES).astype(float) if weighted else None
    data, settings = as_data(X, y, s, fit_intercept=fit_intercept), Settings(tol=1e-6)
    jobs = make_jobs(data, (1.0, 0.7))
    together = [path for _, path in solve_in_lockstep(data, jobs, settings)]
    assert max(served) > 2
    some = [*solve_in_lockstep(data, jobs[3:5], settings), *solve_in_lockstep(data, jobs[:3], settings)]
    for path, (_, other) in zip([*together[3:5], *together[:3]], some, strict=True):
        assert bits(path) == bits(other)
    served.clear()
    for job, path in zip(jobs, together, strict=True):
        (_, single), = solve_in_lockstep(data, [job], settings)
        assert bits(single) == bits(path)
    assert max(served) == 1
    expected = alone(data, jobs[1], settings, monkeypatch)
    np.testing.assert_allclose(together[1].coefs, expected.coefs, atol=1e-3 * np.abs(expected.coefs).max())
    assert (np.abs(together[1].r2 - expected.r2) < 1e-5).all()


@pytest.mark.parametrize("storage", STORAGES)
@pytest.mark.parametrize("weighted", [False, True])
def test_estimators_give_the_same_bits_at_any_number_of_jobs(storage, weighted, served):
    X, y = make_problem(storage, seed=1)
    s = np.random.default_rng(2).random(N_SAMPLES) if weighted else None
    models = [ElasticNetCV(l1_ratio=[0.8, 1.0], alphas=12, eps=0.05, n_jobs=n_jobs, keep_coefs=True, scoring="r2").fit(
        X, y, sample_weight=s) for n_jobs in (1, 2, 5, None)]
    assert max(served) > 5
    for model in models[1:]:
        for name in ("mse_path_", "score_path_", "coef_path_", "intercept_path_", "coef_", "alphas_"):
            assert getattr(model, name).tobytes() == getattr(models[0], name).tobytes(), name
        assert (model.alpha_, model.l1_ratio_) == (models[0].alpha_, models[0].l1_ratio_)


@pytest.mark.parametrize("offset", [0.0, 1e8])
@pytest.mark.parametrize("storage", ["F", "C"])
@pytest.mark.parametrize("options", [
    {}, {"standardize": True}, {"positive": True}, {"bounds": (-0.2, 0.5)},
    {"penalty_factor": np.r_[0.0, 0.0, np.inf, np.linspace(0.5, 2.0, N_FEATURES - 3)]},
])
def test_certificates_are_those_of_the_sliced_rows(offset, storage, options, served):
    X, y = make_problem(storage, seed=2, offset=offset)
    s = np.random.default_rng(3).random(N_SAMPLES) + 0.1
    data = as_data(X, y, s, **options)
    jobs = make_jobs(data, n_alphas=6, n_folds=3)
    for job, (_, path) in zip(jobs, solve_in_lockstep(data, jobs, Settings()), strict=True):
        assert path.converged.all() and set(path.info["method"]) == {"working_set"}
        train = job.fold.train
        y0 = y[train] - np.average(y[train], weights=s[train])
        scale = np.average(y0**2, weights=s[train])
        for k, alpha in enumerate(job.alphas):
            judged = duality_gap(X[train], y[train], path.coefs[:, k], alpha=alpha, intercept=path.intercepts[k],
                                 sample_weight=s[train], **options)
            assert judged - path.dual_gaps[k] <= (1e-12 if offset == 0.0 else 1e-6) * scale
            assert path.dual_gaps[k] <= 1e-4 * scale * (1 + 1e-9)
    assert max(served) == 3


@pytest.mark.parametrize("l1_ratio", [1.0, [0.6, 0.9]])
def test_held_out_errors_are_those_of_folds_alone_and_of_scikit_learn(l1_ratio, served, monkeypatch):
    X, y = make_problem(seed=3)
    options = {"alphas": 12, "eps": 0.05, "tol": 1e-10, "cv": 4, "l1_ratio": l1_ratio}
    model = ElasticNetCV(**options).fit(X, y)
    assert max(served) == 4 * np.size(l1_ratio)
    served.clear()
    monkeypatch.setattr(cost_model, "LARGE_SIZE_FOR_FOLDS", np.inf)
    other = ElasticNetCV(**options).fit(X, y)
    assert not served
    np.testing.assert_allclose(model.mse_path_, other.mse_path_, rtol=1e-6)
    alphas = {"alphas": model.alphas_} if np.ndim(l1_ratio) == 0 else {"alphas": [0.2, 0.5, 1.0, 1.5, 2.0]}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        theirs = SkElasticNetCV(**{**options, **alphas, "max_iter": 100_000}).fit(X, y)
    monkeypatch.setattr(cost_model, "LARGE_SIZE_FOR_FOLDS", 0)
    ours = ElasticNetCV(**{**options, **alphas}).fit(X, y)
    assert served
    np.testing.assert_allclose(ours.mse_path_, theirs.mse_path_, rtol=1e-4)
    assert (ours.alpha_, ours.l1_ratio_) == (theirs.alpha_, theirs.l1_ratio_)


def test_a_last_alpha_of_0_is_left_to_descent(served, monkeypatch):
    X, y = make_problem(seed=4)
    data = as_data(X, y)
    jobs = [job._replace(alphas=np.r_[job.alphas, 0.0]) for job in make_jobs(data, n_alphas=8)]
    solved = solve_in_lockstep(data, jobs, Settings())
    assert max(served) == 5
    for job, (_, path) in zip(jobs, solved, strict=True):
        assert path.info["method"].tolist() == ["working_set"] * 8 + ["cd"]
        expected = alone(data, job, Settings(), monkeypatch)
        np.testing.assert_allclose(path.r2, expected.r2, atol=1e-4)
        fitted = X[job.fold.train] @ path.coefs[:, -1] + path.intercepts[-1]
        np.testing.assert_allclose(fitted, y[job.fold.train], atol=0.3)


def test_folds_that_gain_nothing_are_solved_alone(served):
    """A constant target, few alphas, ridge regression, coordinate descent, few columns."""
    X, y = make_problem(seed=5)
    y[12:] = 1.0                                    # constant in the training rows of fold 0
    data = as_data(X, y)
    jobs = make_jobs(data)
    paths = [path for _, path in solve_in_lockstep(data, jobs, Settings())]
    assert max(served) == 4 and not paths[0].coefs.any() and paths[1].coefs.any()
    assert paths[0].converged.all() and len(paths[0].alphas) == 20
    problem, grid = data.problem(None), [jobs[0].alphas]
    assert share_scans(problem, grid, [1.0], Settings())
    assert not share_scans(problem, [grid[0][:3]], [1.0], Settings())
    assert not share_scans(problem, [np.r_[grid[0][:3], 0.0]], [1.0], Settings())
    assert not share_scans(problem, grid, [0.0], Settings())
    assert not share_scans(problem, grid, [1.0], Settings(solver="cd"))
    assert not share_scans(problem, grid, [1.0], Settings(max_iter=2))
    assert not share_scans(as_data(X[:, :20], y).problem(None), grid, [1.0], Settings())


@pytest.mark.parametrize("selection", ["random", "shuffled"])
def test_orders_of_descent_are_drawn_for_each_fold(selection, served):
    """max_iter is exhausted, and each run falls back on coordinate descent with its own seed."""
    X, y = make_problem(seed=6)
    data = as_data(X, y)
    settings = Settings(selection=selection, rng=7, tol=0.0, max_iter=4)
    jobs = make_jobs(data)
    together = [path for _, path in solve_in_lockstep(data, jobs, settings)]
    assert max(served) == 5 and not all(path.converged.all() for path in together)
    for job, path in zip(jobs, together, strict=True):
        (_, single), = solve_in_lockstep(data, [job], settings)
        assert bits(single) == bits(path)


def test_non_convergence_warns_once_and_keeps_results(served):
    X, y = make_problem(seed=6)
    with pytest.warns(ConvergenceWarning) as caught:
        model = LassoCV(alphas=20, eps=0.01, tol=0.0, max_iter=3).fit(X, y)
    assert max(served) == 5 and len(caught) == 1 and model.mse_path_.shape == (20, 5)
    assert np.isfinite(model.mse_path_).all()


def test_exact_fits_go_beyond_the_tolerance(served):
    X, y = make_problem(seed=7)

    class Exact(LassoCV):
        """As under `patch_sklearn`."""

        _exact = True

    models = [Exact(alphas=10, eps=0.05, tol=1e-4, n_jobs=n_jobs).fit(X, y) for n_jobs in (1, 5)]
    assert max(served) == 5
    best = LassoCV(alphas=10, eps=0.05, tol=1e-12).fit(X, y)
    np.testing.assert_allclose(models[0].mse_path_, best.mse_path_, rtol=1e-3)
    assert models[0].mse_path_.tobytes() == models[1].mse_path_.tobytes()


# Callbacks

@pytest.mark.parametrize("n_jobs", [1, 2])
def test_callbacks_are_called_for_every_fold_and_alpha_in_order(n_jobs, served):
    X, y = make_problem(seed=8)
    heard = {}

    def listen(info):
        heard.setdefault(info.task, []).append(info.index)

    LassoCV(alphas=12, eps=0.05, callback=listen, n_jobs=n_jobs).fit(X, y)
    assert max(served) > 1
    assert heard == {**{f"fold {k}": list(range(12)) for k in range(5)}, "refit": [0]}


def test_a_callback_ends_one_path_and_the_others_go_on(served):
    X, y = make_problem(seed=9)
    heard = []

    def stop(info):
        heard.append((info.task, info.index))
        return info.task == "fold 2" and info.index == 6

    model = LassoCV(alphas=12, eps=0.05, callback=stop, keep_coefs=True).fit(X, y)
    assert max(served) == 5 and max(index for task, index in heard if task == "fold 2") == 6
    assert sum(task == "fold 3" for task, _ in heard) == 12
    assert model.stopped_ == "callback" and model.mse_path_.shape == (7, 5) == model.coef_path_.shape[1::-1]
    everything = LassoCV(alphas=12, eps=0.05).fit(X, y)
    others = [0, 1, 3, 4]
    assert (model.mse_path_[:, others] == everything.mse_path_[:7, others]).all()
    np.testing.assert_allclose(model.mse_path_[:, 2], everything.mse_path_[:7, 2], rtol=1e-12)


def test_a_path_that_ends_early_frees_its_run(served, monkeypatch):
    X, y = make_problem(seed=9)
    data, solvers, alive = as_data(X, y), [], []
    make_run, share = fold_paths.run_of_fold, fold_paths.by_pieces

    def run_of_fold(*arguments):
        run = make_run(*arguments)
        solvers.append(weakref.ref(run.solver))
        return run

    def by_pieces(matrices, waiting):
        alive.append([solver() is not None for solver in solvers])
        return share(matrices, waiting)

    class Impatient:
        on_level = staticmethod(lambda level: level.index == 3)
        __enter__ = __exit__ = lambda *_: None

    monkeypatch.setattr(fold_paths, "run_of_fold", run_of_fold)
    monkeypatch.setattr(fold_paths, "by_pieces", by_pieces)
    jobs = make_jobs(data)
    paths = [path for _, path in solve_in_lockstep(data, [jobs[0]._replace(report=Impatient()), *jobs[1:]],
                                                    Settings())]
    assert [len(path.alphas) for path in paths] == [4, 20, 20, 20, 20] and paths[0].stopped == "callback"
    assert all(alive[0]) and alive[-1][0] is False and any(alive[-1])


def test_exceptions_of_callbacks_propagate(served):
    X, y = make_problem(seed=9)

    def fail(info):
        if info.task == "fold 1" and info.index == 8:
            raise ZeroDivisionError("of the caller")

    with pytest.raises(ZeroDivisionError, match="of the caller"):
        LassoCV(alphas=12, eps=0.05, callback=fail).fit(X, y)
    assert served


def test_the_bar_covers_all_paths(served, capsys):
    X, y = make_problem(seed=9)
    LassoCV(alphas=12, eps=0.05, verbose=2).fit(X, y)
    out, err = capsys.readouterr()
    assert max(served) == 5 and err.strip().split("\n")[-1].endswith("100 %, 6 of 6 paths")
    assert all(out.count(f"[fold {k}]") == 12 for k in range(5))


def test_contexts_of_scikit_learn_are_opened_and_closed_path_by_path(served):
    """Each report is entered once, receives its alphas, and is left once, at the end of its path."""
    X, y = make_problem(seed=9)
    data, events = as_data(X, y), []

    class Report:
        def __init__(self, name):
            self.name = name

        def __enter__(self):
            events.append((self.name, "begin"))

        def __exit__(self, kind, *_):
            events.append((self.name, "end" if kind is None else "fault"))

        def on_level(self, level):
            events.append((self.name, level.index))

    jobs = [job._replace(report=Report(k)) for k, job in enumerate(make_jobs(data, n_alphas=9))]
    solve_in_lockstep(data, jobs, Settings())
    for k in range(5):
        assert [event for name, event in events if name == k] == ["begin", *range(9), "end"]
    ends = [position for position, (_, event) in enumerate(events) if event == "end"]
    assert ends[0] < len(events) - 5                  # before all paths are done


# Groups, pieces of X

@pytest.mark.parametrize("n_workers", [1, 2, 3, 5, 40])
@pytest.mark.parametrize("n_features", [1000, 400_000, 10_000_000])
def test_groups_share_the_jobs_and_the_memory(n_workers, n_features):
    folds = [Fold(number, None, None) for number in range(5)]
    jobs = [Job(fold, l1_ratio, None) for l1_ratio in (0.3, 0.5, 1.0) for fold in folds]
    groups = as_groups(jobs, (30, n_features), 0, n_workers)
    assert sorted(k for group in groups for k in group) == list(range(15))
    sizes = [len(group) for group in groups]
    assert max(sizes) - min(sizes) <= 1 and len(groups) >= min(n_workers, 15)
    runs = n_workers * max(sizes) * fold_paths.NUMBERS_PER_COLUMN * n_features
    assert max(sizes) == 1 or runs <= fold_paths.MAX_RUN_NUMBERS
    if n_features == 1000 and n_workers == 1:
        assert groups == [[k for first in range(5) for k in (first, first + 5, first + 10)]]


@pytest.mark.parametrize("storage", STORAGES)
@pytest.mark.parametrize("piece", [1, 3000, 10**9])
def test_products_are_formed_in_pieces(storage, piece, monkeypatch):
    monkeypatch.setattr(lockstep, "PIECE_NUMBERS", piece)
    X, y = make_problem(storage, seed=10)
    s = [None, np.random.default_rng(0).random(N_SAMPLES)]
    data = as_data(X, y)
    matrices = {key: data.problem(weights).matrix for key, weights in zip((4, 7), s, strict=True)}
    rng = np.random.default_rng(1)
    waiting = {}
    for key, n_levels, columns in ((4, 1, np.arange(N_FEATURES)), (7, 5, np.sort(rng.choice(N_FEATURES, 333, False)))):
        residuals = np.zeros((N_SAMPLES, core.N_SLOTS))
        residuals[:, :n_levels] = rng.standard_normal((N_SAMPLES, n_levels))
        residuals[:, :n_levels] -= residuals[:, :n_levels].mean(axis=0)
        waiting[key] = scans.ScanRequest(columns, residuals, n_levels)
    found = dict(lockstep.by_pieces(matrices, waiting))
    Z = X.toarray() if sp.issparse(X) else X.astype(float)
    for key, (columns, residuals, _) in waiting.items():
        expected = (Z - matrices[key].means)[:, columns].T @ residuals
        np.testing.assert_allclose(found[key], expected, atol=1e-11)
        alone = dict(lockstep.by_pieces(matrices, {key: waiting[key]}))[key]
        assert alone.tobytes() == found[key].tobytes()
    nothing = scans.ScanRequest(np.empty(0, np.intp), np.zeros((N_SAMPLES, core.N_SLOTS)), 2)
    assert dict(lockstep.by_pieces(matrices, {4: nothing}))[4].shape == (0, core.N_SLOTS)
