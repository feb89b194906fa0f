# Lives here: the tables and plots of pages, made of measured.json. Independent of: how it is measured.
"""Measurements as Markdown tables and pictures.

    python report.py            # writes the tables into the pages, and the plots into docs/_static
"""
import json
import re
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
KEPT = HERE / "measured.json"
PAGES = [HERE.parent / name for name in ("docs/performance.md", "docs/index.md", "README.md")]
FRONT = ("leukemia", "wheat", "Reuters, uni-grams", "dorothea", "usps")         # on the first page
PICTURES = HERE.parent / "docs" / "_static"
NAMES = {"sklearn": "scikit-learn", "lars": "scikit-learn `lars_path`"}
COLOURS = {"lassocore": "#2f81f7", "sklearn": "#e3742f", "lars": "#c69026", "celer": "#2da44e", "skglm": "#bf4b8a"}
MARKERS = {"lassocore": "o", "sklearn": "s", "lars": "D", "celer": "^", "skglm": "v"}
INK = "#7d8590"                         # readable on white and on dark


def table(head: str, rows: list[list[str]]) -> str:
    """A Markdown table; the head is its first line."""
    return "\n".join([head, "|" + "---|" * (head.count("|") - 1), *(f"| {' | '.join(row)} |" for row in rows)])


def time_of(ms: float) -> str:
    """Milliseconds in the unit that suits them."""
    if ms < 1e-1:
        return f"{1e3 * ms:.2g} µs"
    return f"{ms:.3g} ms" if ms < 1e3 else f"{1e-3 * ms:.3g} s"


def shape_of(row: dict) -> str:
    """Samples x features."""
    return " x ".join(f"{n:,}" if n >= 10_000 else str(n) for n in row["shape"])


def ratio_of(row: dict) -> tuple[str, float]:
    """(the fastest peer, its time over that of lassocore); infinite where no peer reaches the gap in time."""
    times = {solver: found["ms"] for solver, found in row["solvers"].items()}
    own = times.pop("lassocore")
    peer = min(times, key=times.__getitem__, default="")
    return peer, times[peer] / own if peer else np.inf


def best_peer(row: dict) -> list[str]:
    """Cells for the fastest peer and the ratio to it."""
    peer, ratio = ratio_of(row)
    if not peer:
        return ["none in time", ""]
    return [f"{NAMES.get(peer, peer)}, {time_of(row['solvers'][peer]['ms'])}", f"{ratio:.1f}"]


def races(rows: list[dict]) -> str:
    """Every problem with the best peer; the geometric mean of the ratios below."""
    lines = [[row["problem"], shape_of(row), time_of(row["solvers"]["lassocore"]["ms"]), *best_peer(row)]
             for row in rows]
    ratios = [ratio for _, ratio in map(ratio_of, rows) if np.isfinite(ratio)]
    return (table("| problem | shape | lassocore | best peer | ratio |", lines)
            + f"\n\nGeometric mean of the ratios: {np.exp(np.mean(np.log(ratios))):.1f}, smallest {min(ratios):.1f}.")


def public(rows: list[dict]) -> str:
    """The same for data that others have published, with their source and the distance from the floor."""
    lines = []
    for row in rows:
        own = row["solvers"]["lassocore"]["ms"]
        lines.append([row["problem"], row["shape_text"], row["source"], time_of(own), *best_peer(row),
                      time_of(row["floor_ms"]), f"{own / row['floor_ms']:.0f} times"])
    return table("| problem | shape | source of the data | lassocore | best peer | ratio | floor | distance from the "
                 "floor |", lines)


def front(rows: list[dict]) -> str:
    """A few of them, without their source."""
    return table("| problem | shape | lassocore | best peer | ratio |", [
        [row["problem"], row["shape_text"], time_of(row["solvers"]["lassocore"]["ms"]), *best_peer(row)]
        for row in rows if row["problem"] in FRONT])


def tiny(rows: list[dict]) -> str:
    """Fits where Python is most of the time."""
    return table("| fit of 100 x 20 | time |", [[row["fit"], time_of(row["ms"])] for row in rows])


def alphas(rows: list[dict]) -> str:
    """Times of grids of several sizes, and of each further alpha."""
    sizes = list(rows[0]["ms"])
    lines = []
    for row in rows:
        first, last = (row["ms"][sizes[k]] for k in (0, -1))
        further = (last - first) / (int(sizes[-1]) - int(sizes[0]))
        lines.append([f"{row['problem']}, {shape_of(row)}", *(time_of(row["ms"][n]) for n in sizes), time_of(further)])
    return table(f"| problem | {' | '.join(f'{n} alphas' for n in sizes)} | each further alpha |", lines)


def predictions(rows: list[dict]) -> str:
    """Times of predictions, in microseconds in the file."""
    return table("| prediction | a prepared predictor | scikit-learn's `predict` |", [
        [row["what"], *(time_of(1e-3 * row[who]) if who in row else "" for who in ("own", "peer"))] for row in rows])


TABLES = {"path": races, "single": races, "tiny": tiny, "alphas": alphas, "predict": predictions, "public": public,
          "front": front}


def filled(page: str, measured: dict) -> str:
    """The page with the tables between its marks made anew."""
    def replaced(match):
        name = match[1]
        rows = measured["public" if name == "front" else name]["rows"]
        return f"<!-- measured: {name} -->\n\n{TABLES[name](rows)}\n\n<!-- end -->"

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
