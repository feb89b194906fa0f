# Lives here: tests of progress and callbacks. Independent of: how fits are solved.
"""Callables, bars and scikit-learn's callbacks run during fits, may end paths, and cost nothing if there are none."""
import io
import pickle

import numpy as np
import pytest
from oracles.reference import make_data
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from lassocore import (
    AdaptiveLasso,
    ElasticNet,
    ElasticNetCV,
    Lasso,
    LassoCV,
    LassoIC,
    MultiTaskElasticNet,
    MultiTaskLasso,
    MultiTaskLassoCV,
    fit_path,
)
from lassocore.progress import QUIET, Bar, TaskLevelInfo, report_fit

X, Y0, RNG = make_data(5, n_samples=30, n_features=6)
Y = np.column_stack([Y0, X[:, 1] - X[:, 2], RNG.standard_normal(30)])

try:
    from sklearn import callback as sklearn_callback
except ImportError:
    sklearn_callback = None
needs_callbacks = pytest.mark.skipif(sklearn_callback is None, reason="this scikit-learn has no callbacks")


class Recorder:
    """A callback of scikit-learn that records its calls; `ends` says when it asks to stop."""

    def __init__(self, ends=lambda context: False, fails_at=None):
        self.events, self.ends, self.fails_at = [], ends, fails_at

    def _note(self, event, context):
        self.events.append((event, context.task_name, context.task_id))
        if event == self.fails_at:
            raise RuntimeError(f"failed at {event}")

    def setup(self, estimator, context):
        self._note("setup", context)

    def on_fit_task_begin(self, estimator, context, *, X=None, y=None, metadata=None):
        self.data = X, y, metadata
        self._note("begin", context)

    def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
        self.fitted = fitted_estimator
        self._note("end", context)
        return self.ends(context)

    def teardown(self, estimator, context):
        self._note("teardown", context)


class PropagatedRecorder(Recorder):
    """One that a pipeline hands down to its steps."""

    max_propagation_depth = None


# ---- a callable ------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("estimator", [Lasso, ElasticNet])
def test_a_callable_is_called_for_every_target(estimator):
    infos = []
    model = estimator(alpha=0.1, callback=infos.append).fit(X, Y)
    assert [(info.task, info.task_index, info.n_tasks) for info in infos] == [
        ("target 0", 0, 3), ("target 1", 1, 3), ("target 2", 2, 3)]
    assert all(isinstance(info, TaskLevelInfo) and info.converged and info.alpha == 0.1 for info in infos)
    np.testing.assert_array_equal([info.dual_gap for info in infos], model.dual_gap_)
    np.testing.assert_array_equal(model.coef_, estimator(alpha=0.1).fit(X, Y).coef_)


@pytest.mark.parametrize("estimator", [MultiTaskLasso, MultiTaskElasticNet])
def test_a_callable_is_called_for_multi_task_fits(estimator):
    infos = []
    model = estimator(alpha=0.1, callback=infos.append).fit(X, Y)
    assert [(info.task, info.n_tasks, info.dual_gap) for info in infos] == [("all targets", 1, model.dual_gap_)]


def test_a_request_to_stop_leaves_no_target_out():
    model = Lasso(alpha=0.1, callback=lambda info: True).fit(X, Y)
    np.testing.assert_array_equal(model.coef_, Lasso(alpha=0.1).fit(X, Y).coef_)


def test_exceptions_of_a_callable_come_through():
    def fail(info):
        raise KeyError("the callable failed")

    with pytest.raises(KeyError, match="the callable failed"):
        Lasso(callback=fail).fit(X, Y0)


@pytest.mark.parametrize("callback", ["print", 1, []])
def test_what_cannot_be_called_is_refused(callback):
    with pytest.raises(ValueError, match=r"callback=.* must be callable, or None"):
        Lasso(callback=callback).fit(X, Y0)


def test_a_callable_is_a_parameter_like_others():
    model = Lasso(callback=print)
    assert clone(model).callback is print
    assert pickle.loads(pickle.dumps(model)).get_params()["callback"] is print


# ---- scikit-learn's callbacks ----------------------------------------------------------------------------------------

@needs_callbacks
def test_scikit_learns_callbacks_see_a_task_for_each_target():
    recorder = Recorder()
    weights = np.arange(30.0)
    model = Lasso(alpha=0.1).set_callbacks(recorder).fit(X, Y[:, :2], sample_weight=weights)
    assert recorder.events == [
        ("setup", "fit", 0), ("begin", "fit", 0), ("begin", "target 0", 0), ("end", "target 0", 0),
        ("begin", "target 1", 1), ("end", "target 1", 1), ("end", "fit", 0), ("teardown", "fit", 0)]
    X_seen, y_seen, metadata = recorder.data
    assert X_seen is X and y_seen.shape == (30, 2) and metadata["sample_weight"] is weights
    np.testing.assert_array_equal(recorder.fitted.predict(X), model.predict(X))
    assert not hasattr(model, "_callback_fit_ctx")
    assert model.fit(X, Y0) is model and recorder.events.count(("setup", "fit", 0)) == 2


@needs_callbacks
@pytest.mark.parametrize("place", ["setup", "begin", "end", "teardown"])
def test_failures_of_callbacks_come_through_and_are_torn_down(place):
    recorder = Recorder(fails_at=place)
    model = Lasso(alpha=0.1).set_callbacks(recorder)
    with pytest.raises(RuntimeError, match=f"failed at {place}"):
        model.fit(X, Y0)
    assert [event for event, *_ in recorder.events].count("teardown") == 1
    assert not hasattr(model, "_callback_fit_ctx")


@needs_callbacks
def test_callbacks_are_torn_down_where_the_fit_fails():
    recorder = Recorder()
    with pytest.raises(ValueError, match="penalty_factor"):
        Lasso(penalty_factor=[-1.0] * 6).set_callbacks(recorder).fit(X, Y0)
    assert [event for event, *_ in recorder.events] == ["setup", "begin", "begin", "teardown"]


@needs_callbacks
def test_pipelines_and_searches_hand_callbacks_down():
    recorder = PropagatedRecorder()
    pipeline = make_pipeline(StandardScaler(), Lasso(alpha=0.1)).set_callbacks(recorder)
    pipeline.fit(X, Y0)
    assert ("end", "target 0", 0) in recorder.events
    searched = PropagatedRecorder()
    GridSearchCV(Lasso(), {"alpha": [0.1, 1.0]}, cv=2).set_callbacks(searched).fit(X, Y0)
    assert searched.events.count(("end", "target 0", 0)) == 5       # two alphas, two folds, and the best again
    assert searched.events.count(("teardown", "fit", 0)) == 1


@needs_callbacks
def test_clones_keep_callbacks_as_scikit_learn_does():
    recorder = Recorder()
    clone(Lasso(alpha=0.1).set_callbacks(recorder)).fit(X, Y0)
    assert recorder.events[-1] == ("teardown", "fit", 0)


@needs_callbacks
def test_scores_are_monitored():
    monitor = sklearn_callback.ScoringMonitor(scoring="r2")
    model = Lasso(alpha=0.1).set_callbacks(monitor).fit(X, Y0)
    log = monitor.get_logs()
    assert [row["r2"] for row in log.data] == [pytest.approx(model.score(X, Y0))]


@needs_callbacks
def test_scikit_learns_progress_bar_runs(capsys):
    pytest.importorskip("rich", reason="scikit-learn's bar needs rich")
    Lasso(alpha=0.1).set_callbacks(sklearn_callback.ProgressBar()).fit(X, Y)
    assert "Lasso" in capsys.readouterr().out


# ---- tasks that are paths --------------------------------------------------------------------------------------------

def run_path(estimator, n_alphas=5):
    """A fit of two tasks, both paths over alphas."""
    paths = []
    with report_fit(estimator, X, Y0, 2) as report:
        for k in range(2):
            with report.task(k, f"fold {k}", n_alphas) as task:
                paths.append(fit_path(X, Y0, alphas=n_alphas, callback=task.on_level))
    return paths


def test_a_callable_is_called_for_every_alpha_and_ends_paths():
    infos = []
    run_path(Lasso(callback=infos.append))
    assert [(info.task_index, info.index, info.n_alphas) for info in infos] == [
        (k, index, 5) for k in range(2) for index in range(5)]
    paths = run_path(Lasso(callback=lambda info: info.task == "fold 1" and info.index == 2))
    assert [(len(path.alphas), path.stopped) for path in paths] == [(5, ""), (3, "callback")]


@needs_callbacks
def test_scikit_learns_callbacks_see_every_alpha_and_end_paths():
    recorder = Recorder(ends=lambda context: context.task_name == "alpha" and context.task_id == 1)
    paths = run_path(Lasso().set_callbacks(recorder))
    assert [(len(path.alphas), path.stopped) for path in paths] == [(2, "callback"), (2, "callback")]
    assert recorder.events == [
        ("setup", "fit", 0), ("begin", "fit", 0),
        *(event for k in range(2) for event in [
            ("begin", f"fold {k}", k), ("begin", "alpha", 0), ("end", "alpha", 0), ("begin", "alpha", 1),
            ("end", "alpha", 1), ("end", f"fold {k}", k)]),
        ("end", "fit", 0), ("teardown", "fit", 0)]
    paths = run_path(Lasso().set_callbacks(Recorder(ends=lambda context: context.task_name == "fold 0")))
    assert [len(path.alphas) for path in paths] == [5, 5]       # a task cannot keep others from being done


def test_nothing_is_reported_without_callbacks():
    report = report_fit(Lasso(), X, Y0, 2)
    assert report is QUIET and report.task(0, "fold 0", 5).on_level is None
    with report as entered:
        assert entered is QUIET


# ---- cross-validation ------------------------------------------------------------------------------------------------

CV_TASKS = [f"fold {k}, l1_ratio={l1_ratio}" for l1_ratio in ("0.5", "1") for k in range(3)]


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_callable_is_called_for_every_alpha_of_every_fold_and_of_the_refit(n_jobs):
    infos = []
    options = {"l1_ratio": [0.5, 1.0], "alphas": 7, "cv": 3, "n_jobs": n_jobs}
    model = ElasticNetCV(callback=infos.append, **options).fit(X, Y0)
    assert {(info.task_index, info.task, info.n_tasks) for info in infos} == {
        (k, name, 7) for k, name in enumerate([*CV_TASKS, "refit"])}
    for name in CV_TASKS:
        assert [info.index for info in infos if info.task == name] == list(range(7))
    assert infos[-1].task == "refit" and infos[-1].alpha == model.alpha_ and infos[-1].dual_gap == model.dual_gap_
    alone = ElasticNetCV(**options).fit(X, Y0)
    np.testing.assert_allclose(model.mse_path_, alone.mse_path_, rtol=1e-10)
    assert model.stopped_ == alone.stopped_ == ""


@pytest.mark.parametrize("estimator, y", [(LassoCV, Y0), (MultiTaskLassoCV, Y)])
@pytest.mark.parametrize("keep_coefs", [True, "sparse"])
def test_paths_that_a_callable_ends_are_judged_as_far_as_all_have_come(estimator, y, keep_coefs):
    def stop(info):
        return info.task == "fold 1" and info.index == 3 or info.task == "fold 2" and info.index == 5

    full = estimator(alphas=10, cv=3, keep_coefs=True).fit(X, y)
    model = estimator(alphas=10, cv=3, keep_coefs=keep_coefs, callback=stop).fit(X, y)
    assert model.stopped_ == "callback" and full.stopped_ == ""
    np.testing.assert_array_equal(model.alphas_, full.alphas_[:4])
    np.testing.assert_allclose(model.mse_path_, full.mse_path_[:4], rtol=1e-10)
    assert model.alpha_ == full.alphas_[full.mse_mean_[:4].argmin()]
    assert [len(path) if isinstance(path, list) else path.shape[0] for path in model.coef_path_] == [4, 4, 4]
    assert model.intercept_path_.shape == (3, 4, *y.shape[1:])
    assert model.predict(X).shape == y.shape


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_exceptions_in_folds_come_through(n_jobs):
    def fail(info):
        if info.task_index == 1:
            raise KeyError("the callable failed")

    with pytest.raises(KeyError, match="the callable failed"):
        LassoCV(cv=3, alphas=5, n_jobs=n_jobs, callback=fail).fit(X, Y0)


@needs_callbacks
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_scikit_learns_callbacks_see_folds_and_alphas(n_jobs):
    recorder = Recorder()
    model = LassoCV(cv=3, alphas=4, n_jobs=n_jobs).set_callbacks(recorder).fit(X, Y0)
    events = recorder.events
    assert events[:2] == [("setup", "fit", 0), ("begin", "fit", 0)]
    assert events[-4:] == [("begin", "refit", 3), ("end", "refit", 3), ("end", "fit", 0), ("teardown", "fit", 0)]
    for event in ("begin", "end"):
        assert sorted(task for what, *task in events if what == event and task[0] != "fit") == sorted(
            [["refit", 3], *([f"fold {k}", k] for k in range(3)), *(["alpha", k] for k in range(4) for _ in range(3))])
    np.testing.assert_array_equal(recorder.fitted.coef_, model.coef_)
    stopper = Recorder(ends=lambda context: context.task_name == "alpha" and context.task_id == 1)
    stopped = LassoCV(cv=3, alphas=4, n_jobs=n_jobs).set_callbacks(stopper).fit(X, Y0)
    assert stopped.stopped_ == "callback" and len(stopped.alphas_) == 2


@needs_callbacks
def test_scikit_learns_progress_bar_runs_over_folds(capsys):
    pytest.importorskip("rich", reason="scikit-learn's bar needs rich")
    LassoCV(cv=3, alphas=4).set_callbacks(sklearn_callback.ProgressBar()).fit(X, Y0)
    assert "fold 2" in capsys.readouterr().out


def test_verbose_cross_validation_shows_a_bar(capsys):
    LassoCV(cv=3, alphas=4, verbose=1).fit(X, Y0)
    out, err = capsys.readouterr()
    assert err.strip().split("\n")[-1] == f"LassoCV [{'#' * 30}] 100 %, 4 of 4 paths" and out == ""
    LassoCV(cv=3, alphas=4, verbose=2).fit(X, Y0)
    assert capsys.readouterr().out.count("[fold ") == 12


# ---- information criteria --------------------------------------------------------------------------------------------

def test_a_callable_is_called_for_the_path_of_a_criterion_and_ends_it():
    infos = []
    full = LassoIC("bic", alphas=8, callback=infos.append).fit(X, Y0)
    assert [(info.task, info.task_index, info.n_tasks, info.index) for info in infos] == [
        ("path", 0, 1, index) for index in range(8)]
    np.testing.assert_array_equal([info.alpha for info in infos], full.alphas_)
    plain = LassoIC("bic", alphas=8).fit(X, Y0)
    np.testing.assert_allclose(full.criterion_, plain.criterion_, rtol=1e-10)
    assert full.stopped_ == plain.stopped_ == ""
    options = {"criterion": "bic", "noise_variance": 1.0, "tol": 1e-12}
    ended = LassoIC(alphas=8, callback=lambda info: info.index == 2, **options).fit(X, Y0)
    judged = LassoIC(alphas=full.alphas_[:3], **options).fit(X, Y0)
    assert ended.stopped_ == "callback" and ended.alpha_ == judged.alpha_
    np.testing.assert_allclose(ended.criterion_, judged.criterion_, rtol=1e-8)


# ---- the adaptive lasso ----------------------------------------------------------------------------------------------

PILOT_TASKS = [*(f"pilot, fold {k}" for k in range(3)), "pilot"]
FOLD_TASKS = [f"fold {k}" for k in range(3)]


@pytest.mark.parametrize("pilot, alpha, tasks", [
    ("ridge", None, [*PILOT_TASKS, *FOLD_TASKS, "refit"]), ("lasso", None, [*PILOT_TASKS, *FOLD_TASKS, "refit"]),
    ("lasso", 0.1, [*PILOT_TASKS, "refit"]), (np.arange(1.0, 7.0), None, [*FOLD_TASKS, "refit"]),
    (np.arange(1.0, 7.0), 0.1, ["refit"]),
])
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_callable_is_called_for_initial_estimates_folds_and_the_refit(pilot, alpha, tasks, n_jobs):
    infos = []
    options = {"pilot": pilot, "alphas": 7, "cv": 3, "n_jobs": n_jobs}
    model = AdaptiveLasso(alpha, callback=infos.append, **options).fit(X, Y0)
    assert {(info.task_index, info.task, info.n_tasks) for info in infos} == {
        (k, name, len(tasks)) for k, name in enumerate(tasks)}
    for name in tasks:
        indices = [info.index for info in infos if info.task == name]
        n_alphas = 1 if name in ("pilot", "refit") else 7 if name in FOLD_TASKS else 51
        assert indices == list(range(n_alphas))
    assert infos[-1].task == "refit" and infos[-1].alpha == model.alpha_ and infos[-1].dual_gap == model.dual_gap_
    alone = AdaptiveLasso(alpha, **options).fit(X, Y0)
    np.testing.assert_allclose(model.coef_, alone.coef_, rtol=1e-8)
    assert model.stopped_ == alone.stopped_ == ""


@pytest.mark.parametrize("pilot", ["ridge", "lasso"])
def test_paths_of_pilots_and_folds_are_judged_as_far_as_all_have_come(pilot):
    def stop(info):
        return info.task == "pilot, fold 1" and info.index == 3 or info.task == "fold 2" and info.index == 5

    infos = []
    full = AdaptiveLasso(pilot=pilot, cv=3, alphas=10, callback=infos.append).fit(X, Y0)
    pilot_alphas = [info.alpha for info in infos if info.task == "pilot, fold 0"]
    ended = AdaptiveLasso(pilot=pilot, cv=3, alphas=10, callback=stop).fit(X, Y0)
    assert ended.stopped_ == "callback" and full.stopped_ == ""
    assert ended.pilot_alpha_ in pilot_alphas[:4] and full.pilot_alpha_ not in pilot_alphas[:4]
    assert len(ended.alphas_) == len(ended.mse_mean_) == 6 and ended.mse_path_.shape == (6, 3)
    assert ended.alpha_ == ended.alphas_[ended.mse_mean_.argmin()]


@needs_callbacks
@pytest.mark.parametrize("estimator, tasks", [
    (LassoIC(alphas=4), [["path", 0]]),
    (AdaptiveLasso(cv=3, alphas=4), [[name, k] for k, name in enumerate([*PILOT_TASKS, *FOLD_TASKS, "refit"])]),
])
def test_scikit_learns_callbacks_see_criteria_and_adaptive_fits(estimator, tasks):
    recorder = Recorder()
    model = clone(estimator).set_callbacks(recorder).fit(X, Y0)
    events = recorder.events
    assert events[:2] == [("setup", "fit", 0), ("begin", "fit", 0)]
    assert events[-2:] == [("end", "fit", 0), ("teardown", "fit", 0)]
    for event in ("begin", "end"):
        assert [task for what, *task in events if what == event and task[0] not in ("fit", "alpha")] == tasks
    n_alphas = sum(4 if name in ("path", *FOLD_TASKS) else 51 for name, _ in tasks if name not in ("pilot", "refit"))
    assert [task for _, task, _ in events].count("alpha") == 2 * n_alphas
    np.testing.assert_array_equal(recorder.fitted.coef_, model.coef_)
    handed_down = PropagatedRecorder()
    make_pipeline(StandardScaler(), clone(estimator)).set_callbacks(handed_down).fit(X, Y0)
    assert ("end", *tasks[-1]) in handed_down.events


@pytest.mark.parametrize("estimator, n_paths, n_lines", [(LassoIC, 1, 4), (AdaptiveLasso, 12, 5 * 51 + 5 * 4 + 2)])
def test_verbose_criteria_and_adaptive_fits_show_a_bar(capsys, estimator, n_paths, n_lines):
    estimator(alphas=4, verbose=1).fit(X, Y0)
    out, err = capsys.readouterr()
    last = err.strip().split("\n")[-1]
    assert last == f"{estimator.__name__} [{'#' * 30}] 100 %, {n_paths} of {n_paths} paths" and out == ""
    estimator(alphas=4, verbose=2).fit(X, Y0)
    assert capsys.readouterr().out.count("alpha=") == n_lines


@pytest.mark.parametrize("estimator", [LassoIC(), AdaptiveLasso()])
def test_what_cannot_be_called_is_refused_by_all(estimator):
    with pytest.raises(ValueError, match=r"callback='print' must be callable, or None"):
        estimator.set_params(callback="print").fit(X, Y0)


# ---- bars ------------------------------------------------------------------------------------------------------------

class Screen(io.StringIO):
    """A stream that may say that it is a terminal."""

    def __init__(self, terminal):
        super().__init__()
        self.terminal = terminal

    def isatty(self):
        return self.terminal


@pytest.mark.parametrize("terminal", [True, False])
def test_a_bar_shows_how_much_is_done(monkeypatch, terminal):
    screen = Screen(terminal)
    monkeypatch.setattr("sys.stderr", screen)
    bar = Bar("LassoCV", 2)
    for index in range(2):
        for step in range(1, 101):
            bar.advance(index, step / 100)
    bar.end()
    lines = [line for line in screen.getvalue().replace("\r", "\n").split("\n") if line]
    assert lines[-1] == f"LassoCV [{'#' * 30}] 100 %, 2 of 2 paths"
    assert f"LassoCV [{'#' * 15}{'.' * 15}]  50 %, 1 of 2 paths" in lines
    assert len(lines) == (101 if terminal else 11)
    assert ("\r" in screen.getvalue()) is terminal and screen.getvalue().endswith("\n")


def test_verbose_fits_show_a_bar_and_more(capsys):
    estimator = Lasso()
    with report_fit(estimator, X, Y0, 1, verbose=2) as report, report.task(0, "fold 0", 5) as task:
        fit_path(X, Y0, alphas=5, callback=task.on_level)
    out, err = capsys.readouterr()
    assert err.strip().split("\n")[-1].endswith("100 %, 1 of 1 paths")
    assert out.count("[fold 0]") == 5 and "gap=" in out
