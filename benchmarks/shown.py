# Lives here: how each part of measured.json is shown as a table of a page. Independent of: how it is measured.
"""A function for each part: rows -> Markdown. COMMANDS says how each part is measured again."""
import textwrap

import numpy as np

FRONT = ("leukemia", "wheat", "Reuters, uni-grams", "dorothea", "usps")         # on the first page
NAMES = {"sklearn": "scikit-learn", "lars": "scikit-learn `lars_path`"}
WITH_DATA = " --data FOLDER"                    # tables.py says what the folder holds
COMMANDS = {name: f"python benchmarks/tables.py {name}" for name in (
    "floor", "path", "single", "alphas", "tiny", "predict", "variants", "threads", "targets", "shared_targets", "tasks",
    "cv", "shared_folds", "stability", "selections", "interrupts", "glmnet")}
COMMANDS |= {name: f"python benchmarks/tables.py {name}{WITH_DATA}" for name in ("public", "means", "cv")}
BY_HAND = {"blocks": "a script of its own, since the data sets are those of R packages and adelie needs an interpreter "
                     "with NumPy 1; `asv run -b 'bench_(tasks|groups)'` runs the others on generated data"}


def table(head: str, rows: list[list[str]]) -> str:
    """A Markdown table; the head is its first line."""
    return "\n".join([head, "|" + "---|" * (head.count("|") - 1), *(f"| {' | '.join(row)} |" for row in rows)])


def time_of(ms: float) -> str:
    """Milliseconds in the unit that suits them."""
    if ms < 1e-1:
        return f"{1e3 * ms:.2g} µs"
    return f"{ms:.3g} ms" if ms < 1e3 else f"{1e-3 * ms:.3g} s"


def power(number: float) -> str:
    """A power of ten, or near one: 1e-6."""
    return f"{number:.0e}".replace("e-0", "e-")


def times(ratio) -> str:
    """A ratio to two digits, or nothing."""
    return "" if ratio is None else f"{ratio:,.0f}" if ratio >= 10.0 else f"{ratio:.1f}"


def percent(share) -> str:
    """A share, a range of shares, or that there is none."""
    if share is None:
        return "not shared"
    least, most = share if isinstance(share, list) else (share, share)
    return f"{100 * least:.0f} %" if least == most else f"{100 * least:.0f} to {100 * most:.0f} %"


def shape_of(row: dict) -> str:
    """Samples x features."""
    return " x ".join(f"{n:,}" if n >= 10_000 else str(n) for n in row["shape"])


def made_by(name: str, part: dict) -> str:
    """How a part is measured again, and when it was."""
    command = f"`{COMMANDS[name]}`" if name in COMMANDS else f"Made by {BY_HAND[name]}"
    before = " or before" if part.get("typed") else ""
    return textwrap.fill(f"{command}; measured {part['environment']['date']}{before}.", 120, break_on_hyphens=False)


def ratio_of(row: dict) -> tuple[str, float]:
    """(the fastest peer, its time over that of lassocore); infinite where no peer reaches the gap in time."""
    found = {solver: measured["ms"] for solver, measured in row["solvers"].items()}
    own = found.pop("lassocore")
    peer = min(found, key=found.__getitem__, default="")
    return peer, found[peer] / own if peer else np.inf


def best_peer(row: dict) -> list[str]:
    """Cells for the fastest peer and the ratio to it."""
    peer, ratio = ratio_of(row)
    if not peer:
        return ["none in time", ""]
    return [f"{NAMES.get(peer, peer)}, {time_of(row['solvers'][peer]['ms'])}", f"{ratio:.1f}"]


def geometric_mean(ratios: list[float]) -> float:
    """The geometric mean."""
    return float(np.exp(np.mean(np.log(ratios))))


def races(rows: list[dict]) -> str:
    """Every problem with the best peer; the geometric mean of the ratios below."""
    lines = [[row["problem"], shape_of(row), time_of(row["solvers"]["lassocore"]["ms"]), *best_peer(row)]
             for row in rows]
    ratios = [ratio for _, ratio in map(ratio_of, rows) if np.isfinite(ratio)]
    return (table("| problem | shape | lassocore | best peer | ratio |", lines)
            + f"\n\nGeometric mean of the ratios: {geometric_mean(ratios):.1f}, smallest {min(ratios):.1f}.")


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


def means(rows: list[dict]) -> str:
    """Geometric means of the ratios over many problems."""
    return table("| fit | suboptimality | problems | geometric mean of the ratios | smallest |", [
        [row["fit"], power(row["gap"]), str(row["problems"]), f"{row['mean']:.1f}",
         times(row.get("smallest")) + (f", {row['of']}" if "of" in row else "")] for row in rows])


def floor(rows: list[dict]) -> str:
    """Rates of the machine."""
    return table("| | rate |", [
        [row["what"], f"{row['per_second'] / 1e9:.0f} {'G ' if len(row['unit']) > 1 else 'G'}{row['unit']}/s"]
        for row in rows])


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


def variants(rows: list[dict]) -> str:
    """What weights, an intercept, float32 and C order cost."""
    def cost(row):
        return f"at most {row['most']:.2f}" if row["least"] is None else f"{row['least']:.2f} to {row['most']:.2f}"

    return table("| fit | variant | its time over the plain one |", [
        [row["fit"], row["variant"], cost(row)] for row in rows])


def threads(rows: list[dict]) -> str:
    """How many times as fast several threads are."""
    counts = sorted({count for row in rows for count in row["ratios"]}, key=int)
    return table(f"| problem | 1 thread | {' | '.join(f'{n} threads' for n in counts)} |", [
        [row["problem"], "1", *(f"{row['ratios'][n]:.1f} times as fast" if n in row["ratios"] else "" for n in counts)]
        for row in rows])


def targets(rows: list[dict]) -> str:
    """Many targets, solver by solver."""
    solvers = {"loop": "`fit_path` in a loop", "sparse_encode": "`sparse_encode`",
               "sklearn": "scikit-learn's `Lasso`, 2-d y", "sklearn_loop": "`Lasso` in a loop"}
    return table("| targets, alpha / alpha_max, mean nonzeros | `fit_many` | " + " | ".join(solvers.values()) + " |", [
        [f"{row['targets']}, {row['smallest']}, {row['nonzeros']:.0f}", "1",
         *(times(row["ratios"].get(name)) for name in solvers)] for row in rows])


def shared_targets(rows: list[dict]) -> str:
    """Targets of a wide X."""
    return table("| X | alphas, least / alpha_max | `fit_many` | `fit_path` in a loop | saved by shared scans |", [
        [row["X"], f"{row['alphas']}, {row['smallest']}", "1", times(row["loop"]), percent(row["saved"])]
        for row in rows])


def blocks(rows: list[dict]) -> str:
    """Several tasks and groups beside the fastest peer."""
    return table("| X | blocks | least alpha / alpha_max, nonzero features | the fastest peer | its time over "
                 "lassocore's, 1e-4 | 1e-6 | lassocore's gap below 1e-6 |", [
        [row["X"], row["blocks"], f"{row['smallest']}, {row['nonzeros']:,}", row["peer"], times(row["ratios"]["1e-4"]),
         times(row["ratios"]["1e-6"]), time_of(row["ms"])] for row in rows])


def tasks(rows: list[dict]) -> str:
    """MultiTaskLasso and its paths beside scikit-learn's."""
    gaps = list(rows[0]["ratios"])
    lines = []
    for row in rows:
        n_samples, n_features = row["shape"]
        correlated = f", columns correlated {row['correlation']}" if row["correlation"] else ""
        lines.append([f"{n_samples:,} x {n_features:,}, {row['tasks']}{correlated}",
                      "one" if row["alphas"] == 1 else str(row["alphas"]), f"{row['smallest']}, {row['nonzeros']}",
                      *(times(row["ratios"][gap]) or "scikit-learn misses it" for gap in gaps)])
    return table("| X, tasks | alphas | least alpha / alpha_max, nonzero rows | scikit-learn's time over lassocore's, "
                 f"{' | '.join(gaps)} |", lines)


def cv(rows: list[dict]) -> str:
    """LassoCV of both."""
    return table("| problem | shape | lassocore | scikit-learn | ratio |", [
        [row["problem"], row["shape_text"], time_of(row["ms"]["lassocore"]), time_of(row["ms"]["sklearn"]),
         times(row["ms"]["sklearn"] / row["ms"]["lassocore"])] for row in rows])


def shared_folds(rows: list[dict]) -> str:
    """What folds save that read X together."""
    return table("| X | saved |", [[row["X"], percent(row["saved"])] for row in rows])


def stability(rows: list[dict]) -> str:
    """StabilitySelection beside the loop over lasso_path."""
    return table("| X, subsamples, features each | loop over `lasso_path` | its processor time over that of "
                 "`StabilitySelection` | largest gap over P(0), of both |", [
        [f"{row['X']}, {row['subsamples']}, {row['features']}", end, times(ratio),
         f"{power(row['gaps']['lassocore'])}, {power(row['gaps']['lasso_path'])}"]
        for row in rows for end, ratio in row["ratios"].items()])


def selections(rows: list[dict]) -> str:
    """False selections beside what is allowed."""
    return table("| design | p | bound | allowed | false, mean | false, most | runs within | true, mean of 10 |", [
        [row["design"], str(row["p"]), row["bound"], f"{row['allowed']:.2f}", f"{row['false']:.2f}", str(row["most"]),
         f"{row['within']:.0%}", f"{row['true']:.1f}"] for row in rows])


def interrupts(rows: list[dict]) -> str:
    """How long a signal waits."""
    return table("| fit | longest wait |", [
        [row["fit"], ", ".join(f"{seconds:.1f} s" for seconds in row["seconds"])] for row in rows])


def glmnet(rows: list[dict]) -> str:
    """Paths beside R's glmnet."""
    return table("| problem | lassocore | glmnet, at `thresh` | ratio | glmnet by default |", [
        [row["problem"], time_of(row["ms"]), f"{time_of(row['glmnet_ms'])}, {power(row['thresh'])}",
         times(row["glmnet_ms"] / row["ms"]), f"{time_of(row['default_ms'])}, gap {power(row['default_gap'])}"]
        for row in rows])


TABLES = {"floor": floor, "public": public, "front": front, "means": means, "variants": variants, "path": races,
          "single": races, "alphas": alphas, "threads": threads, "targets": targets, "shared_targets": shared_targets,
          "blocks": blocks, "tasks": tasks, "cv": cv, "shared_folds": shared_folds, "stability": stability,
          "selections": selections, "interrupts": interrupts, "tiny": tiny, "predict": predictions, "glmnet": glmnet}
