# Lives here: measurements on published data, and means over many problems. Independent of: how they are shown.
"""Each function returns the rows of a part of measured.json; the folder holds the data, which are not ours to give."""
from functools import partial
from pathlib import Path

import numpy as np
from benchmarks.judge import largest_suboptimality, lower_bounds
from benchmarks.problems import Problem, make_dense
from benchmarks.race import GAP, Race, Unfit
from benchmarks.solvers import LASSO
from fit_tables import calibrated
from floor import BYTES_PER_NONZERO, bandwidth, gram_rate
from scipy import sparse
from shown import geometric_mean, ratio_of

# name of the file: (name, source)
PUBLIC = {
    "leukemia": ("leukemia", "Golub et al. 1999"), "riboflavin": ("riboflavin", "Bühlmann et al. 2014"),
    "gasoline": ("gasoline NIR", "Kalivas 1997"), "diabetes64": ("diabetes, with products", "Efron et al. 2004"),
    "arcene": ("arcene", "NIPS 2003 feature selection challenge, UCI"), "wheat": ("wheat", "BGLR R package"),
    "usps": ("usps", "Hull 1994"), "communities": ("communities and crime", "UCI"),
    "reuters_uni": ("Reuters, uni-grams", "Reuters-21578"),
    "dorothea": ("dorothea", "NIPS 2003 feature selection challenge, UCI"), "a9a": ("a9a", "adult, UCI and LIBSVM"),
}
# name: samples, features, correlation of neighbours or None for sparse, relevant features, signal over noise
GENERATED = {
    "wide": (200, 10_000, 0.5, 30, 3), "wide_correlated": (200, 10_000, 0.95, 30, 3), "equal": (400, 5_000, 0.8, 20, 2),
    "square": (1_000, 2_000, 0.5, 100, 3), "tall": (50_000, 200, 0.5, 40, 1),
    "tall_correlated": (10_000, 500, 0.95, 50, 1), "sparse_wide": (5_000, 50_000, 1e-3, 100, 3),
    "sparse_tall": (100_000, 2_000, 5e-3, 100, 1), "tiny": (100, 20, 0.3, 5, 2)}
LARGER = {"reuters_uni": 1e-2, "dorothea": 1e-2, "sparse_wide": 1e-2}   # least alpha over alpha_max; the others 1e-3
EXACT = 1e-13                   # tol of the fit that gives the lower bounds


def load(folder: Path, name: str) -> Problem:
    """Published data as they are fitted: columns scaled, dense ones centred, y centred, no intercept."""
    if (folder / f"{name}.npz").exists():
        with np.load(folder / f"{name}.npz") as file:
            return prepared(np.asarray(file["X"], dtype=np.float64), np.asarray(file["y"], dtype=np.float64))
    if (folder / f"{name}_X.npz").exists():
        X = sparse.load_npz(folder / f"{name}_X.npz").tocsc().astype(np.float64)
        return prepared(X, np.load(folder / f"{name}_y.npy").astype(np.float64))
    raise Unfit(f"{folder} has no {name}.npz, nor {name}_X.npz")


def generate(name: str) -> Problem:
    """A generated problem; the correlation of "equal" is that of all pairs of columns."""
    n_samples, n_features, structure, n_relevant, signal = GENERATED[name]
    rng = np.random.default_rng(list(GENERATED).index(name))
    if name.startswith("sparse"):
        X = sparse.csc_matrix(sparse.random(n_samples, n_features, structure, format="csc", random_state=rng))
        X.data = rng.lognormal(size=len(X.data))
    elif name == "equal":
        X = np.sqrt(1.0 - structure) * rng.standard_normal((n_samples, n_features))
        X += np.sqrt(structure) * rng.standard_normal((n_samples, 1))
    else:
        X = make_dense(rng, n_samples, n_features, np.float64, structure)
    w = np.zeros(n_features)
    w[rng.choice(n_features, n_relevant, replace=False)] = rng.choice([-1.0, 1.0], n_relevant) * rng.uniform(
        0.5, 1.5, n_relevant)
    y = X @ w
    return prepared(X, y + y.std() / signal * rng.standard_normal(n_samples))


def prepared(X, y: np.ndarray) -> Problem:
    """Columns of norm sqrt(n), those without variance dropped; y centred."""
    y = y - y.mean()
    if sparse.issparse(X):
        norms = np.sqrt(np.asarray(X.multiply(X).sum(axis=0)).ravel() / len(y))
        X = (X[:, norms > 0.0] @ sparse.diags(1.0 / norms[norms > 0.0])).tocsc()
        X.sort_indices()
        X = sparse.csc_matrix((X.data, X.indices.astype(np.int32), X.indptr.astype(np.int32)), shape=X.shape)
    else:
        X = X - X.mean(axis=0)
        scale = X.std(axis=0)
        X = np.asfortranarray(X[:, scale > 1e-12] / scale[scale > 1e-12])
    return Problem(X, y, False, float(np.abs(X.T @ y).max() / len(y)))


def shape_text(X) -> str:
    """Samples x features, and the share of nonzeros of sparse ones."""
    text = f"{X.shape[0]} x {X.shape[1]}"
    share = X.nnz / (X.shape[0] * X.shape[1]) if sparse.issparse(X) else 1.0
    return text if share == 1.0 else f"{text}, {100 * share:.2g} %"


def floor_ms(X, bytes_per_second: float, products_per_second: float) -> float:
    """The time to read X once or, if it is dense and not wide, to form its Gram matrix if that is longer."""
    if sparse.issparse(X):
        return 1e3 * BYTES_PER_NONZERO * X.nnz / bytes_per_second
    n, p = X.shape
    return 1e3 * max(8.0 * n * p / bytes_per_second, 0.5 * n * p * p / products_per_second if n >= p else 0.0)


def fit_lars(problem: Problem, alphas, tol: float):
    """scikit-learn's exact homotopy, read off at the alphas."""
    if sparse.issparse(problem.X):
        raise Unfit("lars_path has no sparse X")
    from sklearn.linear_model import lars_path

    knots, _, coefs = lars_path(problem.X, problem.y, method="lasso", alpha_min=alphas[-1])
    right = np.clip(np.searchsorted(-knots, -np.asarray(alphas)), 1, len(knots) - 1)
    share = (knots[right - 1] - alphas) / (knots[right - 1] - knots[right])
    return coefs[:, right - 1] * (1.0 - share) + coefs[:, right] * share, np.zeros(len(alphas))


SOLVERS = {"lassocore": LASSO.solvers["lassocore"], "lars": fit_lars,
           **{name: LASSO.solvers[name] for name in ("sklearn", "celer", "skglm")}}


def compared(problem: Problem, alphas, target: float) -> dict:
    """For each solver its time, tolerance and suboptimality, in turn, each at its loosest tolerance that does."""
    bounds = lower_bounds(problem, alphas, *LASSO.fit("lassocore", problem, alphas, EXACT))
    race = Race("public", generate, SOLVERS, judge=partial(largest_suboptimality, bounds=bounds))
    return calibrated(race, problem, alphas, list(SOLVERS), target)


def public(folder: Path) -> list[dict]:
    """Paths of 100 alphas on each of the data sets that the folder has."""
    rates = bandwidth(), gram_rate()
    rows = []
    for name, (title, source) in PUBLIC.items():
        problem = load(folder, name)
        alphas = np.geomspace(1.0, LARGER.get(name, 1e-3), 100) * problem.alpha_max
        rows.append({"problem": title, "shape_text": shape_text(problem.X), "source": source,
                     "floor_ms": floor_ms(problem.X, *rates), "shape": list(problem.X.shape),
                     "solvers": compared(problem, alphas, GAP)})
    return rows


def means(folder: Path) -> list[dict]:
    """Geometric means of the time of the best peer over that of lassocore, over published and generated problems."""
    fits = [("100 alphas", None, 1e-6), ("100 alphas", None, 1e-4), ("100 alphas", None, 1e-10),
            ("one, 0.1 alpha_max", 0.1, 1e-6), ("one, 0.01 alpha_max", 0.01, 1e-6)]
    ratios: dict = {fit: {} for fit in fits}
    for name in [*PUBLIC, *GENERATED]:
        problem = load(folder, name) if name in PUBLIC else generate(name)
        for fit in fits:
            _, share, target = fit
            grid = np.geomspace(1.0, LARGER.get(name, 1e-3), 100) if share is None else np.array([share])
            found = compared(problem, grid * problem.alpha_max, target)
            peer, ratio = ratio_of({"solvers": found})
            print(f"{name}, {fit}: {ratio:.2f}, {peer or 'no peer'}", flush=True)
            if peer:
                ratios[fit][name] = ratio
    rows = []
    for (fit, _, target), found in ratios.items():
        slowest = min(found, key=found.__getitem__)
        rows.append({"fit": fit, "gap": target, "problems": len(found), "mean": geometric_mean(list(found.values())),
                     "smallest": found[slowest], "of": PUBLIC.get(slowest, (f"generated, {slowest}",))[0]})
    return rows
