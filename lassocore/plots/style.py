# Lives here: axes, colours and text sizes of all displays. Independent of: what is drawn.
"""matplotlib, imported when a picture is drawn, and colours that suit its style."""
from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

# For a light and for a dark background, in the order of their use: each has a contrast of at least 3 to it, and any two
# differ by at least 0.12 in OKLab as people without red, green or blue cones see them (Machado et al. 2009).
LIGHT = ("#002D87", "#FF0F87", "#3C7800", "#8700E1", "#4B96E1", "#691E00")
DARK = ("#1EE1FF", "#FFA596", "#E1F000", "#FF1EA5", "#5A87FF", "#879600")
TEXT_CONTRAST = 4.5                 # of words (WCAG 2.1, level AA)
SMALL = "small"                     # text beside the axes, relative to font.size
LEAST_LABEL = 0.7                   # of the usual size of letters, where axes are low
N_MIXES = 20                        # steps from one colour to another


class Colours(NamedTuple):
    """The colours of a picture."""

    palette: tuple[str, ...]        # of what is told apart
    text: str
    faint: str                      # lines of lesser importance
    background: str


def load_pyplot():
    """Import matplotlib.pyplot, or raise an error that says what to install."""
    try:
        from matplotlib import pyplot
    except ImportError as error:
        raise ImportError('pictures need matplotlib, which is not installed; run pip install "lassocore[plot]"'
                          ) from error
    return pyplot


def axes_for(ax: Any, size: tuple[float, float] | None = None) -> Any:
    """The axes that were given, or those of a new figure, of a size in inches."""
    pyplot = load_pyplot()
    if ax is None:
        return pyplot.subplots(layout="constrained", figsize=size)[1]
    if not hasattr(ax, "get_xaxis_transform"):
        raise TypeError(f"ax={type(ax).__name__!r} is no axes of matplotlib; pass those of plt.subplots()")
    return ax


def colours_of(ax: Any) -> Colours:
    """The colours for these axes: words and edges as in the current style, the palette by the background."""
    from matplotlib import rcParams
    from matplotlib.colors import to_hex, to_rgba

    background = np.array(ax.get_facecolor())
    if background[3] < 1.0:             # what shines through is the figure
        behind = np.array(to_rgba(ax.figure.get_facecolor()))
        behind = behind if behind[3] > 0.0 else np.ones(4)
        background = background[3] * background + (1.0 - background[3]) * behind
    ground = to_hex(background[:3])
    is_dark = contrast(ground, "#FFFFFF") > contrast(ground, "#000000")
    text = readable(to_hex(rcParams["text.color"]), ground, "#FFFFFF" if is_dark else "#000000")
    return Colours(DARK if is_dark else LIGHT, text, mixed(ground, text, 0.4), ground)


def set_y_label(ax: Any, text: str, size: str | None = None) -> None:
    """Name the vertical axis; on low axes the unit goes into a second line, and the letters become smaller."""
    label = ax.set_ylabel(text)
    if size is not None:
        label.set_fontsize(size)
    if label.get_window_extent().height > ax.bbox.height:
        label.set_text(text.replace(" (", "\n(", 1))
        room = ax.bbox.height / label.get_window_extent().height
        label.set_fontsize(label.get_fontsize() * min(1.0, max(room, LEAST_LABEL)))


def rgb(colour: str) -> np.ndarray:
    """Red, green and blue of "#RRGGBB", from 0 to 1."""
    return np.array([int(colour[k:k + 2], 16) / 255.0 for k in (1, 3, 5)])


def mixed(first: str, second: str, share: float) -> str:
    """A colour between two, with this share of the second."""
    values = np.round(255.0 * ((1.0 - share) * rgb(first) + share * rgb(second))).astype(int)
    return "#" + "".join(f"{value:02X}" for value in values)


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.1 defines it."""
    values = rgb(colour)
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(first: str, second: str) -> float:
    """Contrast ratio of two colours, from 1 to 21 (WCAG 2.1)."""
    darker, lighter = sorted([luminance(first), luminance(second)])
    return (lighter + 0.05) / (darker + 0.05)


def readable(colour: str, background: str, text: str) -> str:
    """A colour for words: mixed with that of the text until its contrast to the background is high enough."""
    for step in range(N_MIXES + 1):
        shade = mixed(colour, text, step / N_MIXES)
        if contrast(shade, background) >= TEXT_CONTRAST:
            return shade
    return text


def plain_number(value: float) -> str:
    """A number of three digits, without an exponent where that is short: 0.0123, 1.5, 2000."""
    if value == 0.0 or 1e-5 <= abs(value) < 1e6:
        return f"{float(f'{value:.3g}'):.10f}".rstrip("0").rstrip(".")
    return f"{value:.3g}"
