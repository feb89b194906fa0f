# Lives here: tests of ConvergenceDisplay. Independent of: how histories are recorded.
"""Objective, gap and nonzeros of convergence displays, of histories that are made by hand."""
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np
import pytest
from matplotlib import pyplot
from numpy.testing import assert_allclose

from lassocore import fit_path
from lassocore.plots import ConvergenceDisplay


class Recorded(NamedTuple):
    alpha_index: np.ndarray
    iteration: np.ndarray
    objective: np.ndarray
    gap: np.ndarray
    step: np.ndarray
    n_nonzero: np.ndarray
    kind: np.ndarray


@pytest.fixture
def path():
    """Three alphas with 4, 2 and 3 iterations."""
    index = np.repeat([0, 1, 2], [4, 2, 3])
    history = Recorded(
        index, np.array([1, 2, 3, 4, 1, 2, 1, 2, 3]), np.array([9.0, 5.0, 4.1, 4.0, 3.5, 3.0, 2.5, 2.2, 2.0]),
        np.array([5.0, 1.0, 0.2, 0.0, 0.6, 0.01, 0.9, 0.3, 0.001]), np.ones(9), np.array([0, 1, 1, 1, 2, 2, 2, 3, 4]),
        np.array(["epoch"] * 8 + ["exact step"]))
    return SimpleNamespace(alphas=np.array([1.0, 0.1, 0.01]), history=history, gap_tol=0.05)


def test_all_alphas_follow_each_other(path):
    display = ConvergenceDisplay.from_path(path)
    assert len(display.axes_) == 3 and display.ax_ is display.axes_[0] and display.figure_ is display.ax_.figure
    for panel in ("objective", "gap", "n_nonzero"):
        assert [len(line.get_xdata()) for line in display.lines_[panel]] == [4, 2, 3]
        assert_allclose(np.concatenate([line.get_xdata() for line in display.lines_[panel]]), np.arange(1, 10))
    assert_allclose(display.lines_["objective"][0].get_ydata(), [5.0, 1.0, 0.1, np.nan])
    assert_allclose(display.lines_["gap"][0].get_ydata(), [5.0, 1.0, 0.2, np.nan])
    assert_allclose(display.lines_["gap"][2].get_ydata(), [0.9, 0.3, 0.001])
    assert_allclose(display.lines_["n_nonzero"][2].get_ydata(), [2, 3, 4])
    assert display.tolerance_line_.get_ydata()[0] == 0.05
    assert [ax.get_yscale() for ax in display.axes_] == ["log", "log", "linear"]
    assert display.ax_.get_title(loc="left") == "3 alphas from 1 to 0.01"
    assert {text.get_text() for text in display.ax_.get_legend().get_texts()} == {"epoch", "exact step"}


def test_one_alpha(path):
    display = ConvergenceDisplay.from_path(path, alpha=0.1)
    assert_allclose(display.lines_["gap"][0].get_data(), ([1, 2], [0.6, 0.01]))
    assert display.ax_.get_title(loc="left") == "alpha = 0.1" and len(display.lines_["gap"]) == 1
    assert "iteration (epoch)" in display.axes_[-1].get_xlabel()
    with pytest.raises(ValueError, match="alpha=0.2 is not an alpha of the path; the nearest is"):
        ConvergenceDisplay.from_path(path, alpha=0.2)


def test_panels_and_axes(path):
    display = ConvergenceDisplay.from_path(path, panels=["gap"])
    assert len(display.axes_) == 1 and list(display.lines_) == ["gap"]
    figure, axes = pyplot.subplots(1, 2)
    divided = ConvergenceDisplay.from_path(path, ax=axes[1])
    assert len(figure.axes) == 5 and not axes[1].axison
    outer = axes[1].get_position()
    for ax in divided.axes_:
        inner = ax.get_position()
        assert inner.x0 >= outer.x0 - 1e-9 and inner.y0 >= outer.y0 - 1e-9 and inner.y1 <= outer.y1 + 1e-9
    single = ConvergenceDisplay.from_path(path, ax=axes[0], panels="n_nonzero")
    assert single.ax_ is axes[0]
    own = pyplot.subplots(2)[1]
    assert list(ConvergenceDisplay.from_path(path, ax=own, panels=("gap", "objective")).axes_) == list(own)
    with pytest.raises(ValueError, match="ax holds 2 axes for 3 panels"):
        ConvergenceDisplay.from_path(path, ax=own)
    with pytest.raises(ValueError, match="panels=.*must be some of 'objective', 'gap', 'n_nonzero'"):
        ConvergenceDisplay.from_path(path, panels=["loss"])
    with pytest.raises(ValueError, match="placed by hand"):
        ConvergenceDisplay.from_path(path, ax=pyplot.figure().add_axes((0.1, 0.1, 0.8, 0.8)))


def test_paths_without_a_history_are_refused(few, path):
    with pytest.raises(ValueError, match="has no history; fit it with history=True"):
        ConvergenceDisplay.from_path(fit_path(*few))
    empty = Recorded(*(values[:0] for values in path.history))
    with pytest.raises(ValueError, match="the history holds no iteration"):
        ConvergenceDisplay(path.alphas, empty).plot()


def test_tolerances_that_cannot_be_drawn_are_left_out(path):
    path.gap_tol = np.inf
    display = ConvergenceDisplay.from_path(path)
    display.figure_.canvas.draw()
    assert display.tolerance_line_ is None


@pytest.mark.filterwarnings("error::UserWarning", "error::RuntimeWarning", "ignore:.*deprecated")   # by pyparsing
def test_alphas_of_one_iteration_each():
    history = SimpleNamespace(alpha_index=np.arange(200), iteration=np.ones(200, int),
                              objective=np.linspace(2.0, 1.0, 200), gap=np.full(200, 1e-9),
                              n_nonzero=np.arange(200), kind=np.full(200, 2))
    display = ConvergenceDisplay(np.geomspace(1.0, 0.1, 200), history, gap_tol=1e-4).plot()
    display.figure_.canvas.draw()
    assert display.axes_[0].get_yscale() == "linear"        # all are 0, of which there is no logarithm
    points = [line for line in display.axes_[1].lines if line.get_marker() == "o"]
    assert len(points) == 200 and points[5].get_ydata()[0] == 1e-9


def test_dark_style(path):
    from lassocore.plots.style import DARK, contrast

    with pyplot.style.context("dark_background"):
        display = ConvergenceDisplay.from_path(path)
    assert display.lines_["objective"][0].get_color() == DARK[0]
    assert all(contrast(text.get_color(), "#000000") >= 4.5 for ax in display.axes_ for text in ax.texts)
