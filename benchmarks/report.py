# Lives here: the tables and plots of pages, made of measured.json. Independent of: how it is measured.
"""Measurements as Markdown tables and pictures.

    python report.py            # writes the tables into the pages, and the plots into docs/_static
"""
import json
import re
from pathlib import Path

from shown import NAMES, TABLES, made_by, ratio_of, shape_of

HERE = Path(__file__).parent
KEPT = HERE / "measured.json"
PAGES = [HERE.parent / name for name in ("docs/performance.md", "docs/index.md", "docs/migration.md", "README.md")]
PICTURES = HERE.parent / "docs" / "_static"
COLOURS = {"lassocore": "#2f81f7", "sklearn": "#e3742f", "lars": "#c69026", "celer": "#2da44e", "skglm": "#bf4b8a"}
MARKERS = {"lassocore": "o", "sklearn": "s", "lars": "D", "celer": "^", "skglm": "v"}
INK = "#7d8590"                         # readable on white and on dark


def filled(page: str, measured: dict) -> str:
    """The page with the tables between its marks made anew."""
    def replaced(match):
        name = match[1]
        part = measured["public" if name == "front" else name]
        below = "" if name == "front" else f"{made_by(name, part)}\n\n"
        return f"<!-- measured: {name} -->\n\n{TABLES[name](part['rows'])}\n\n{below}<!-- end -->"

    return re.sub(r"<!-- measured: (\w+) -->\n.*?<!-- end -->", replaced, page, flags=re.S)


def draw_races(rows: list[dict], title: str):
    """A row of dots for each problem, one dot a solver, over the time."""
    import matplotlib.pyplot as plt

    rows = sorted(rows, key=lambda row: ratio_of(row)[1])
    figure, axes = plt.subplots(figsize=(8.0, 0.9 + 0.3 * len(rows)), layout="constrained")
    for place, row in enumerate(rows):
        times = [found["ms"] for found in row["solvers"].values()]
        axes.plot([min(times), max(times)], [place, place], color=INK, linewidth=0.6, alpha=0.6, zorder=1)
        for solver, found in row["solvers"].items():
            axes.plot(found["ms"], place, MARKERS[solver], color=COLOURS[solver], markersize=7, zorder=2,
                      label=NAMES.get(solver, solver).replace("`", ""))
    axes.set(xscale="log", xlabel="milliseconds to an equal gap", title=title, yticks=range(len(rows)),
             yticklabels=[f"{row['problem']}, {shape_of(row)}" for row in rows])
    handles = dict(zip(*reversed(axes.get_legend_handles_labels()), strict=True))
    figure.legend(handles.values(), handles.keys(), frameon=False, loc="outside lower center", ncols=5)
    return figure


def draw_alphas(rows: list[dict]):
    """The time of a path over the number of its alphas."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(8.0, 3.6), layout="constrained")
    for row, colour in zip(rows, COLOURS.values(), strict=True):
        sizes = [int(n) for n in row["ms"]]
        axes.plot(sizes, list(row["ms"].values()), "o-", color=colour)
        axes.annotate(f" {row['problem']}, {shape_of(row)}", (sizes[-1], list(row["ms"].values())[-1]), color=colour,
                      va="center", xytext=(4, 0), textcoords="offset points", fontsize=9)
    axes.set(xscale="log", yscale="log", xlabel="alphas in the path", ylabel="milliseconds", xticks=sizes,
             xticklabels=sizes, xlim=(80, 12_000))
    axes.minorticks_off()
    return figure


def write_pictures(measured: dict) -> None:
    """The plots, readable on a light and on a dark ground."""
    import matplotlib

    style = {"svg.fonttype": "none", "svg.hashsalt": "lassocore", "font.family": "sans-serif",
             "axes.spines.top": False, "axes.spines.right": False, "axes.edgecolor": INK, "axes.labelcolor": INK,
             "axes.titlecolor": INK, "text.color": INK, "xtick.color": INK, "ytick.color": INK, "axes.titlesize": 11}
    with matplotlib.rc_context(style):
        pictures = {"speed-public": draw_races(measured["public"]["rows"], "Paths, public data"),
                    "speed-generated": draw_races(measured["path"]["rows"], "Paths, data that anybody can make"),
                    "further-alphas": draw_alphas(measured["alphas"]["rows"])}
        for name, figure in pictures.items():
            figure.savefig(PICTURES / f"{name}.svg", transparent=True, metadata={"Date": None})


def main() -> None:
    """Write tables and plots."""
    measured = json.loads(KEPT.read_text())
    for page in PAGES:
        page.write_text(filled(page.read_text(), measured))
    write_pictures(measured)


if __name__ == "__main__":
    main()
