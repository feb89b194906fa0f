# Lives here: tests of StabilityDisplay. Independent of: how frequencies are found.
"""Frequencies, threshold and names of stability displays."""
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib import pyplot
from numpy.testing import assert_allclose
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError

from lassocore.plots import StabilityDisplay


class Selection(BaseEstimator):
    """What the display needs of a selector."""

    def fit(self, X, y):
        return self

    def get_support(self):
        return self.support


@pytest.fixture
def frequencies():
    """(alphas, frequencies of 80 features) of which four rise far above the others."""
    rng = np.random.default_rng(8)
    alphas = np.geomspace(1.0, 0.01, 25)
    rise = np.linspace(0.0, 1.0, 25)
    paths = 0.3 * rise * rng.uniform(0.0, 1.0, (80, 1))
    paths[[3, 10, 40, 79]] = np.minimum(1.0, rise * np.array([[3.0], [1.6], [0.9], [2.0]]))
    paths[50:60] = 0.0
    return alphas, paths


def test_selected_features_are_named_and_the_others_grey(frequencies):
    alphas, paths = frequencies
    display = StabilityDisplay.from_frequencies(alphas, paths, threshold=0.6)
    assert [text.get_text() for text in display.label_texts_] == ["x3", "x79", "x10", "x40"]
    for name, line in zip(["x3", "x79", "x10", "x40"], display.lines_, strict=True):
        places, values = line.get_data()
        assert_allclose(values, paths[int(name[1:]), np.isin(alphas, places)])
        assert line.get_linewidth() > display.other_lines_.get_linewidth()[0]
    assert len(display.other_lines_.get_segments()) == 80 - 4 - 10           # ten are never selected
    assert display.threshold_line_.get_ydata()[0] == 0.6
    assert display.ax_.get_xlim() == (1.0, 0.01) and display.ax_.get_ylim()[0] == 0.0
    assert "threshold 0.6" in [text.get_text() for text in display.ax_.texts]


def test_a_fitted_selection(frequencies):
    alphas, paths = frequencies
    support = paths.max(axis=1) >= 0.95
    names = np.array([f"gene {j}" for j in range(80)], dtype=object)
    selection = Selection()
    with pytest.raises(NotFittedError):
        StabilityDisplay.from_estimator(selection)
    for name, value in {"alphas_": alphas, "stability_path_": paths, "threshold_": 0.95, "support": support,
                        "feature_names_in_": names}.items():
        setattr(selection, name, value)
    display = StabilityDisplay.from_estimator(selection)
    assert [text.get_text() for text in display.label_texts_] == ["gene 3", "gene 79", "gene 10"]
    with pytest.raises(TypeError, match="estimator is a SimpleNamespace; pass a fitted StabilitySelection"):
        StabilityDisplay.from_estimator(SimpleNamespace())


def test_names_keep_apart_where_many_end_at_1():
    paths = np.linspace(0.0, 1.0, 10) * np.ones((40, 1))
    display = StabilityDisplay.from_frequencies(np.geomspace(1.0, 0.1, 10), paths, threshold=0.9)
    display.figure_.canvas.draw()
    boxes = [text.get_window_extent() for text in display.label_texts_ if text.get_visible()]
    assert 15 <= len(boxes) < 40 and boxes[0].y0 > boxes[1].y0 > boxes[-1].y0       # the first is on top
    assert not any(box.overlaps(other) for k, box in enumerate(boxes) for other in boxes[:k])


def test_alphas_in_any_order_and_without_a_threshold(frequencies):
    alphas, paths = frequencies
    display = StabilityDisplay.from_frequencies(alphas[::-1], paths[:, ::-1])
    assert display.lines_ == [] and display.threshold_line_ is None and display.ax_.get_xlim() == (1.0, 0.01)
    support = np.arange(80) == 3
    chosen = StabilityDisplay.from_frequencies(alphas[::-1], paths[:, ::-1], support=support)
    assert_allclose(chosen.lines_[0].get_ydata(), paths[3])


@pytest.mark.parametrize("options, message", [
    ({"stability_path": np.ones((2, 3))}, "alphas has inconsistent length 2"),
    ({"stability_path": np.full((2, 2), 40.0)}, "divide counts by the number of subsamples"),
    ({"stability_path": np.full((2, 2), np.nan)}, "outside 0 to 1"), ({"threshold": 60}, "threshold=60 must be"),
    ({"stability_path": np.ones(2)}, r"has shape \(2,\)"), ({"feature_names": ["a"]}, "1 names for 2 features"),
    ({"support": [True]}, "support has inconsistent length"),
])
def test_wrong_options_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        StabilityDisplay.from_frequencies(**{"alphas": [1.0, 0.5], "stability_path": np.ones((2, 2)), **options})


def test_dark_style(frequencies):
    from lassocore.plots.style import DARK, contrast

    with pyplot.style.context("dark_background"):
        display = StabilityDisplay.from_frequencies(*frequencies, threshold=0.6)
    assert {line.get_color() for line in display.lines_} <= set(DARK)
    assert all(contrast(text.get_color(), "#000000") >= 4.5 for text in display.ax_.texts)
