# Lives here: the picture of the landing page, wide and for telephones. Independent of: the other pages.
"""``python docs/_ext/draw_path.py`` draws docs/_static/path.svg and path-narrow.svg: the path of the diabetes data.

They have a white ground, which is right wherever else they are shown; the dark theme of the site inverts lightness
(site.css).
"""
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
from sklearn.datasets import load_diabetes

from lassocore import LassoCV, fit_path

INK = "#4a525c"
COLOURS = ["#1a339f", "#a85800", "#22765b", "#a03b8a", "#7a3fd0", "#0b7280", "#7d5f00", "#b8322f"]
SHAPES = {"path": (8.0, 3.9), "path-narrow": (4.3, 3.9)}         # inches


def draw(size):
    X, y = load_diabetes(return_X_y=True, as_frame=True)
    X = (X - X.mean()) / X.std(ddof=0)
    path = fit_path(X, y, alphas=200, eps=3e-3)
    model = LassoCV(cv=10, selection_rule="1se").fit(X, y)
    figure, axes = plt.subplots(figsize=size, layout="constrained")
    strongest = abs(path.coefs[:, -1]).argsort()[::-1]
    for colour, j in zip(COLOURS, strongest, strict=False):
        axes.plot(path.alphas, path.coefs[j], color=colour, linewidth=2.0)
    places = spread([path.coefs[j, -1] for j in strongest[:len(COLOURS)]], least=4.2)
    for colour, j, place in zip(COLOURS, strongest, places, strict=False):
        axes.text(path.alphas[-1] * 0.94, place, X.columns[j], color=colour, va="center", fontsize=10)
    axes.axhline(0.0, color=INK, linewidth=0.8)
    is_narrow = size[0] < 6.0
    if is_narrow:
        axes.set_ylim(top=1.3 * axes.get_ylim()[1])
    for alpha, name in ((model.alpha_min_, "least error"), (model.alpha_1se_, "one standard error")):
        axes.axvline(alpha, color=INK, linestyle=(0, (4, 3)), linewidth=1.2)
        words = name.replace(" error", "\nerror") if is_narrow else name
        axes.text(0.96 * alpha, axes.get_ylim()[1], f"{words}\n{count(path, alpha)} features", color=INK, va="top",
                  fontsize=9)
    axes.set(xscale="log", xlabel="alpha, falling", ylabel="coefficient")
    axes.set_xlim(path.alphas[0] * 1.05, path.alphas[-1] * 0.72)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(INK)
    axes.tick_params(colors=INK, which="both")
    axes.xaxis.label.set_color(INK)
    axes.yaxis.label.set_color(INK)
    return figure


def count(path, alpha):
    return len(path.nonzero_names(alpha=float(alpha)))


def spread(values, least):
    """Places of labels near the values, at least so far apart."""
    order = sorted(range(len(values)), key=values.__getitem__)
    places, before = list(values), float("-inf")
    for k in order:
        places[k] = before = max(values[k], before + least)
    return places


if __name__ == "__main__":
    matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "lassocore", "font.family": "sans-serif"})
    for name, shape in SHAPES.items():
        draw(shape).savefig(Path(__file__).parents[1] / "_static" / f"{name}.svg", facecolor="white",
                            metadata={"Date": None})
