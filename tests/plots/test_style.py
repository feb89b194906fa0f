# Lives here: tests of colours, of numbers in words, and of what happens without matplotlib. Independent of: displays.
"""Palettes are told apart by people with and without all cones, on light and dark paper."""
import os
import subprocess
import sys

import numpy as np
import pytest
from matplotlib import pyplot

from lassocore.plots.style import (
    DARK,
    LIGHT,
    colours_of,
    contrast,
    luminance,
    mixed,
    plain_number,
    readable,
    rgb,
    set_y_label,
)

# Machado, Oliveira, Fernandes (2009), severity 1, on linear RGB.
VISIONS = {
    "all cones": np.eye(3),
    "no red cones": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "no green cones": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
                       [-0.011820, 0.042940, 0.968881]],
    "no blue cones": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
                      [0.004733, 0.691367, 0.303900]]}
TO_CONES = [[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
            [0.0883024619, 0.2817188376, 0.6299787005]]
TO_LAB = [[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
          [0.0259040371, 0.7827717662, -0.8086757660]]


def seen(colours, vision):
    """The colours in OKLab."""
    values = np.array([rgb(colour) for colour in colours])
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    linear = np.clip(linear @ np.transpose(VISIONS[vision]), 0.0, 1.0)
    return np.cbrt(linear @ np.transpose(TO_CONES)) @ np.transpose(TO_LAB)


@pytest.mark.parametrize("vision", VISIONS)
@pytest.mark.parametrize("palette, ground", [(LIGHT, "#FFFFFF"), (DARK, "#000000")], ids=["light", "dark"])
def test_colours_differ_for_everyone(palette, ground, vision):
    lab = seen(palette, vision)
    distances = np.linalg.norm(lab[:, None] - lab[None], axis=-1)[np.triu_indices(len(palette), 1)]
    assert distances.min() >= 0.12
    assert all(contrast(colour, ground) >= 3.0 for colour in palette)


def test_contrast_is_that_of_the_guidelines():
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21.0)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.005)
    assert luminance("#808080") == pytest.approx(0.2159, abs=1e-4)
    assert mixed("#000000", "#FFFFFF", 0.5) == "#808080"


@pytest.mark.parametrize("ground, text", [("#FFFFFF", "#000000"), ("#000000", "#FFFFFF"), ("#FDF6E3", "#000000")])
def test_words_are_readable(ground, text):
    for colour in (*LIGHT, *DARK):
        assert contrast(readable(colour, ground, text), ground) >= 4.5


def test_the_palette_follows_the_background():
    figure, ax = pyplot.subplots()
    assert colours_of(ax).palette == LIGHT and colours_of(ax).text == "#000000"
    ax.set_facecolor("none")
    figure.set_facecolor("#102030")
    assert colours_of(ax).palette == DARK and colours_of(ax).background == "#102030"
    assert contrast(colours_of(ax).text, "#102030") >= 4.5
    ax.set_facecolor("white")
    assert colours_of(ax).palette == LIGHT


def test_numbers_are_plain():
    values = [0.0, 1.0, 0.1, 0.00123456, 2000.0, 123456.0, 1e-5, 3.7e-9, 2.5e8, 0.30000000000000004]
    assert [plain_number(value) for value in values] == [
        "0", "1", "0.1", "0.00123", "2000", "123000", "0.00001", "3.7e-09", "2.5e+08", "0.3"]


def test_matplotlib_is_imported_when_something_is_drawn(tmp_path):
    code = ("import sys, numpy as np, lassocore.plots; from lassocore import fit_path, Lasso; "
            "path = fit_path(np.eye(3), np.arange(3.0)); Lasso(); print('matplotlib' in sys.modules); "
            "sys.modules['matplotlib'] = None\n"
            "for draw in (path.plot, lambda: Lasso().plot_path(np.eye(3), np.arange(3.0))):\n"
            "    try: draw()\n"
            "    except ImportError as error: print(error)")
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=os.environ, capture_output=True, text=True)
    message = 'pictures need matplotlib, which is not installed; run pip install "lassocore[plot]"'
    assert done.stdout.splitlines() == ["False", message, message], done.stderr


def test_labels_of_low_axes_are_no_longer_than_the_axes():
    for height, n_lines in ((5.0, 1), (1.6, 2)):
        figure, ax = pyplot.subplots(figsize=(4.0, height))
        set_y_label(ax, "selection frequency (share of subsamples)")
        assert ax.get_ylabel().count("\n") == n_lines - 1
        assert ax.yaxis.label.get_window_extent().height <= 1.05 * ax.bbox.height     # letters have whole pixels
        pyplot.close(figure)
