# Lives here: progress and callbacks of fits. Independent of: solvers.
"""Reports of fits to callbacks, a progress bar and scikit-learn.

A fit has tasks (a target, a fold, the refit), and a task has a path of alphas.
An estimator opens a report with `report_fit` and from it a `PathReport` for each task, whose `on_level` is the callback
of the path. Without callbacks and a bar, all of these are one shared object that does nothing.
"""
from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import Any

from lassocore.results.path_info import LevelInfo, describe
from lassocore.utils.arguments import check_verbose
from lassocore.utils.pickling import named_in_package

try:
    from sklearn.callback import CallbackSupportMixin, with_callbacks
except ImportError:                     # scikit-learn before 1.9
    class CallbackSupportMixin:         # type: ignore[no-redef]
        """This scikit-learn has no callbacks."""

BAR_WIDTH = 30


@named_in_package
class TaskLevelInfo(LevelInfo):
    """What the callback of an estimator gets after each alpha: the fields of `LevelInfo` and those below.

    Attributes
    ----------
    task : str
        The path, such as "target 0", "fold 3, l1_ratio=0.5" or "refit".
    task_index : int
        Its number, from 0.
    n_tasks : int
        How many tasks the fit has.

    See Also
    --------
    LevelInfo : The other fields; what callbacks of `fit_path` get.
    LassoCV : Has the parameter ``callback``.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from lassocore import LassoCV
    >>> X, y = load_diabetes(return_X_y=True)
    >>> seen = []
    >>> callback = lambda info: seen.append((info.task, info.alpha))
    >>> model = LassoCV(alphas=[1.0, 0.1], cv=2, callback=callback).fit(X, y)
    >>> seen[:4]
    [('fold 0', 1.0), ('fold 0', 0.1), ('fold 1', 1.0), ('fold 1', 0.1)]
    """

    task: str
    task_index: int
    n_tasks: int


class _Quiet:
    """A report, or a task of one, without effect."""

    on_level: Callable[[LevelInfo], Any] | None = None

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        return None

    def task(self, index: int, name: str, n_alphas: int):
        """The same object."""
        return self


QUIET = _Quiet()


def report_fit(estimator, X, y, n_tasks: int, sample_weight=None, verbose: int = False) -> Report | _Quiet:
    """The report of one call of fit, a context to be entered before its first task.

    It goes to the estimator's parameter `callback`, to a bar on stderr if verbose, and to scikit-learn's callbacks, set
    by `set_callbacks` or passed on by a pipeline or a search. Without any of them it is `QUIET`.
    """
    check_verbose(verbose)
    if estimator.callback is None and not verbose and "_skl_callbacks" not in estimator.__dict__:
        return QUIET
    if not (estimator.callback is None or callable(estimator.callback)):
        raise ValueError(f"callback={estimator.callback!r} must be callable, or None")
    metadata = {} if sample_weight is None else {"sample_weight": sample_weight}
    return Report(estimator, {"X": X, "y": y, "metadata": metadata}, n_tasks, verbose)


class Report:
    """The report of one call of fit: a context, around scikit-learn's contexts if it has callbacks.

    Tasks may run in several threads; callbacks are called by one at a time.
    """

    def __init__(self, estimator, data: dict[str, Any], n_tasks: int, verbose: int):
        self.estimator, self.data, self.n_tasks, self.verbose = estimator, data, n_tasks, verbose
        self.lock = threading.RLock()
        self.context: Any = None
        self.bar = Bar(type(estimator).__name__, n_tasks) if verbose else None

    def __getstate__(self):
        """The state in another process, which has no access to the bar."""
        return {**self.__dict__, "lock": None, "bar": None}

    def __setstate__(self, state):
        self.__dict__.update(state, lock=threading.RLock())

    def __enter__(self) -> Report:
        estimator = self.estimator
        if "_skl_callbacks" in estimator.__dict__:
            try:
                self.context = estimator._init_callback_context(max_subtasks=self.n_tasks, sequential_subtasks=False)
                self.context.call_on_fit_task_begin(estimator=estimator, **self.data)
            except BaseException:
                self.tear_down()
                raise
        return self

    def __exit__(self, kind, *exception) -> None:
        try:
            if self.bar is not None:
                for index in range(self.n_tasks if kind is None else 0):    # includes tasks of other processes
                    self.bar.advance(index, 1.0)
                self.bar.end()
            if self.context is not None and kind is None:
                self.context.call_on_fit_task_end(estimator=self.estimator, reconstruction_attributes={}, **self.data)
        finally:
            if self.context is not None:
                self.tear_down()

    def tear_down(self) -> None:
        """End scikit-learn's callbacks, as its decorator does."""
        with_callbacks(lambda estimator: None)(self.estimator)

    def task(self, index: int, name: str, n_alphas: int) -> PathReport:
        """The report of a path of n_alphas; index and name are unique."""
        return PathReport(self, index, name, n_alphas)


class PathReport:
    """The report of one path: a context, entered where the path begins."""

    def __init__(self, report: Report, index: int, name: str, n_alphas: int):
        self.report, self.index, self.name, self.n_alphas = report, index, name, n_alphas
        self.context: Any = None        # of the path
        self.alpha_context: Any = None  # of its next alpha; a path of one alpha has none

    def __enter__(self) -> PathReport:
        report = self.report
        if report.context is not None:
            with report.lock:
                self.context = report.context.subcontext(
                    self.name, self.index, max_subtasks=self.n_alphas if self.n_alphas > 1 else 0)
                self.context.call_on_fit_task_begin(estimator=report.estimator, **report.data)
                self._begin_alpha(0)
        return self

    def __exit__(self, kind, *exception) -> None:
        report = self.report
        if kind is not None:
            return
        with report.lock:
            if report.bar is not None:
                report.bar.advance(self.index, 1.0)
            if self.context is not None:
                self.context.call_on_fit_task_end(estimator=report.estimator, **report.data)

    def on_level(self, level: LevelInfo) -> bool:
        """Report one alpha; returns whether the path is to end."""
        report, stop = self.report, False
        with report.lock:
            if report.verbose > 1:
                print(f"[{self.name}] {describe(level)}", flush=True)
            if report.bar is not None:
                report.bar.advance(self.index, (level.index + 1) / level.n_alphas)
            if report.estimator.callback is not None:
                info = TaskLevelInfo._make(level)
                info.task, info.task_index, info.n_tasks = self.name, self.index, report.n_tasks
                stop = bool(report.estimator.callback(info))
            if self.alpha_context is not None:
                stop |= self.alpha_context.call_on_fit_task_end(estimator=report.estimator, **report.data)
                self.alpha_context = None
                if not stop:
                    self._begin_alpha(level.index + 1)
        return stop

    def _begin_alpha(self, index: int) -> None:
        if 1 < self.n_alphas > index:
            self.alpha_context = self.context.subcontext("alpha")
            self.alpha_context.call_on_fit_task_begin(estimator=self.report.estimator, **self.report.data)


class Bar:
    """A progress bar of all paths on stderr; a line for each tenth where stderr is no terminal."""

    def __init__(self, name: str, n_tasks: int):
        self.name, self.n_tasks, self.stream = name, n_tasks, sys.stderr
        self.shares: dict[int, float] = {}
        self.redrawn = self.stream.isatty()
        self.shown = -1

    def advance(self, index: int, share: float) -> None:
        """Set the share of a task that is done, from 0 to 1."""
        self.shares[index] = share
        done = sum(self.shares.values()) / self.n_tasks
        step = int(done * (100 if self.redrawn else 10) + 1e-9)
        if step == self.shown:
            return
        self.shown = step
        n_marks = int(BAR_WIDTH * done + 1e-9)
        finished = sum(share == 1.0 for share in self.shares.values())
        line = (f"{self.name} [{'#' * n_marks}{'.' * (BAR_WIDTH - n_marks)}] {100 * done:3.0f} %, "
                f"{finished} of {self.n_tasks} paths")
        self.stream.write(f"\r{line}" if self.redrawn else f"{line}\n")
        self.stream.flush()

    def end(self) -> None:
        """Finish the line."""
        if self.redrawn and self.shown >= 0:
            self.stream.write("\n")
