# Lives here: problems for glmnet, their translation, reference numbers. Independent of: solvers.
"""Reference numbers of R's glmnet: data, cases, objectives.

`tests/paths/test_glmnet_reference.py` compares with `glmnet.json`. To recreate that file, or to compare on the data in
glmnet (GPL-2, so not stored here), R is needed; on Debian::

    apt-get install r-cran-glmnet
    python tests/references/glmnet.py update      # writes tests/references/glmnet.json
    python tests/references/glmnet.py bundled     # compares on QuickStartExample and SparseExample

The stored numbers are for data from a generator whose stream NumPy keeps fixed, rounded to four digits.
"""
from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
STORE = HERE / "glmnet.json"
N_SAMPLES, N_FEATURES = 100, 20


def make_data(kind: str) -> tuple[np.ndarray, np.ndarray]:
    """X of shape (100, 20) and y; in "sparse", four fifths of X are zero."""
    rng = np.random.RandomState(31 if kind == "dense" else 32)
    X = rng.standard_normal((N_SAMPLES, N_FEATURES)) + 0.5 * rng.standard_normal((N_SAMPLES, 1))
    X = X * np.linspace(0.4, 2.5, N_FEATURES) + np.linspace(-1.0, 2.0, N_FEATURES)
    if kind == "sparse":
        X[rng.random_sample(X.shape) < 0.8] = 0.0
    coef = np.where(np.arange(N_FEATURES) % 3 == 0, np.linspace(2.0, -1.5, N_FEATURES), 0.0)
    return X.round(4), (X @ coef + 2.0 * rng.standard_normal(N_SAMPLES) + 3.0).round(4)


def make_cases() -> dict[str, dict]:
    """glmnet's arguments for each named case, without X, y and lambda; `exclude` counts from 0."""
    rng = np.random.RandomState(33)
    j = np.arange(N_FEATURES)
    factor = rng.uniform(0.2, 3.0, N_FEATURES).round(3)
    factor[[0, 4]] = 0.0
    shut = factor.copy()
    shut[[3, 9]] = np.inf
    weights = rng.uniform(0.1, 5.0, N_SAMPLES).round(3)
    offset = rng.standard_normal(N_SAMPLES).round(3)
    lower, upper = -rng.uniform(0.05, 0.6, N_FEATURES).round(3), rng.uniform(0.05, 0.8, N_FEATURES).round(3)
    half_open = {"lower": np.where(j % 2, -np.inf, lower), "upper": np.where(j % 3, upper, np.inf)}
    features = {
        "plain": {},
        "factors": {"penalty_factor": factor},
        "limits": {"lower": lower, "upper": upper},
        "positive": {"lower": np.zeros(N_FEATURES)},
        "weights": {"weights": weights},
        "exclude": {"exclude": np.array([0, 6, 7])},
        "infinite factors": {"penalty_factor": shut},
        "offset": {"offset": offset},
        "everything": {"penalty_factor": factor, "weights": weights, "exclude": np.array([6, 7]), "offset": offset,
                       **half_open},
    }
    return {
        f"{name}, alpha={alpha}{', standardize' if standardize else ''}{'' if intercept else ', no intercept'}":
            {"alpha": alpha, "standardize": standardize, "intercept": intercept, **arguments}
        for name, arguments in features.items() for alpha in (1.0, 0.5)
        for standardize in (True, False) for intercept in (True, False)
        if intercept or name in ("plain", "weights", "everything")}


def make_responses() -> tuple[np.ndarray, np.ndarray]:
    """X and three responses for family = "mgaussian"."""
    X, y = make_data("dense")
    return X, np.column_stack([y, 2.0 * X[:, 1] - X[:, 4] + 0.3 * y, X[:, 0] - X[:, 7]]).round(4)


def make_response_cases() -> dict[str, dict]:
    """Cases of family = "mgaussian"."""
    cases = make_cases()
    return {name: cases[name] for name in (
        "plain, alpha=1.0, standardize", "plain, alpha=1.0", "plain, alpha=0.5, standardize", "plain, alpha=0.5",
        "weights, alpha=1.0, standardize", "weights, alpha=0.5", "factors, alpha=1.0",
        "exclude, alpha=0.5, standardize")}


def weighted_case() -> dict:
    """The case of `make_cases` with weights alone."""
    return make_cases()["weights, alpha=1.0, standardize"]


CV_LAMBDAS = np.array([float(f"{value:.3g}") for value in np.geomspace(9.0, 0.05, 30)])
CV_FOLDS = np.tile(np.arange(10), 10)
UNEVEN_FOLDS = np.repeat([0, 1, 2], [50, 30, 20])
GAMMAS = (0.0, 0.5)


def make_lambdas(X, y) -> np.ndarray:
    """Three penalty levels with few, some and most coefficients nonzero."""
    largest = np.abs((X - X.mean(0)).T @ (y - y.mean())).max() / len(y)
    return np.array([float(f"{fraction * largest:.3g}") for fraction in (0.3, 0.05, 0.005)])


def translated(case: dict, y, lambda_: float) -> dict:
    """The arguments `alpha`, `l1_ratio`, ... of lassocore that mean what glmnet's mean.

    glmnet scales penalty.factor to mean 1, where an excluded feature or an infinite factor counts as 1. It scales y
    to a (weighted) standard deviation of 1, or root mean square without an intercept, and lambda accordingly. The
    squared penalty scales differently and is divided by that.
    """
    weights = case.get("weights", np.ones(len(y)))
    y = y - case.get("offset", 0.0)
    scale = np.sqrt(np.average((y - case["intercept"] * np.average(y, weights=weights))**2, weights=weights))
    factor = np.array(case.get("penalty_factor", np.ones(N_FEATURES)), dtype=float)
    excluded = np.isinf(factor)
    excluded[case.get("exclude", [])] = True
    factor[excluded] = 1.0
    factor = np.where(excluded, np.inf, factor / factor.mean())
    l1, l2 = lambda_ * case["alpha"], lambda_ * (1.0 - case["alpha"]) / scale
    return {
        "alpha": l1 + l2, "l1_ratio": l1 / (l1 + l2), "penalty_factor": factor,
        "bounds": (case.get("lower", -np.inf), case.get("upper", np.inf)), "sample_weight": case.get("weights"),
        "offset": case.get("offset"), "standardize": case["standardize"], "fit_intercept": case["intercept"]}


def glmnet_objective(case: dict, X, y, lambda_: float, intercept: float, coef) -> float:
    """glmnet's objective in its own terms; infinite outside its limits."""
    weights = case.get("weights", np.ones(len(y)))
    weights = weights / weights.sum()
    y = y - case.get("offset", 0.0)
    scale = np.sqrt(weights @ (y - case["intercept"] * (weights @ y))**2)
    deviations = np.sqrt(weights @ (X - weights @ X)**2) if case["standardize"] else np.ones(X.shape[1])
    factor = np.array(case.get("penalty_factor", np.ones(X.shape[1])))
    shut = np.isinf(factor) | np.isin(np.arange(X.shape[1]), case.get("exclude", []))
    factor[shut] = 1.0
    factor = factor / factor.sum() * X.shape[1]
    if (coef[shut] != 0).any() or (coef < case.get("lower", -np.inf)).any() or (coef > case.get("upper", np.inf)).any():
        return np.inf
    residual = y - intercept - X @ coef
    penalty = case["alpha"] * np.abs(deviations * coef) + (1 - case["alpha"]) / 2 * (deviations * coef)**2 / scale
    return float(weights @ residual**2 / 2 + lambda_ * (factor @ penalty))


def responses_objective(case: dict, X, Y, lambda_: float, intercepts, coefs) -> float:
    """The same for family = "mgaussian", coefs of shape (n_responses, n_features): its lambda is not scaled by Y."""
    weights = case.get("weights", np.ones(len(Y)))
    weights = weights / weights.sum()
    deviations = np.sqrt(weights @ (X - weights @ X)**2) if case["standardize"] else np.ones(X.shape[1])
    factor = translated(case, Y[:, 0], lambda_)["penalty_factor"]
    if coefs[:, np.isinf(factor)].any():
        return np.inf
    lengths = np.linalg.norm(deviations * coefs, axis=0)
    penalty = np.where(np.isinf(factor), 0.0, factor) @ (case["alpha"] * lengths + (1 - case["alpha"]) / 2 * lengths**2)
    return float(weights @ ((Y - intercepts - X @ coefs.T)**2).sum(1) / 2 + lambda_ * penalty)


def run_glmnet(problems: dict[str, tuple[dict, np.ndarray, np.ndarray, np.ndarray, bool]]) -> tuple[dict, str]:
    """Coefficients of (case, X, y, lambdas, whether X is sparse) by name, rows (intercept, coef...); the version."""
    with tempfile.TemporaryDirectory() as place:
        folders = {name: Path(place) / f"{k:04d}" for k, name in enumerate(problems)}
        for name, (case, X, y, lambdas, is_sparse) in problems.items():
            options = [case["alpha"], case["standardize"], case["intercept"], is_sparse]
            files = {"X": X, "y": y, "lambda": lambdas, "options": options, **case}
            files["foldid"] = np.array(case.get("foldid", []), dtype=int) + 1
            files["exclude"] = np.array(case.get("exclude", []), dtype=int) + 1           # R counts from 1
            folders[name].mkdir()
            for file, values in files.items():
                if np.ndim(values) > 0 and len(values) > 0:
                    np.savetxt(folders[name] / file, values, fmt="%.17g")
        subprocess.run(["Rscript", str(HERE / "glmnet.R"), "fit", place], check=True)
        fits = {name: np.loadtxt(folder / "coefs").T for name, folder in folders.items()}
        fits |= {f"{name}, chosen": np.loadtxt(folder / "chosen") for name, folder in folders.items()
                 if (folder / "chosen").exists()}
        return fits, (Path(place) / "version").read_text().strip()


def within_limits(case: dict, coefs: np.ndarray) -> np.ndarray:
    """Rows (intercept, coef...), clipped to the limits that rounding exceeds."""
    inside = np.clip(coefs[:, 1:], case.get("lower", -np.inf), case.get("upper", np.inf))
    return np.column_stack([coefs[:, 0], inside])


def update() -> None:
    """Refit all cases and store objectives, and coefficients with ten digits: a minimum is flat."""
    data = {kind: make_data(kind) for kind in ("dense", "sparse")}
    problems = {f"{kind}: {name}": (case, *data[kind], make_lambdas(*data[kind]), kind == "sparse")
                for kind in data for name, case in make_cases().items()}
    fits, version = run_glmnet(problems)
    stored = {}
    for name, (case, X, y, lambdas, _) in problems.items():
        rows = within_limits(case, fits[name])
        stored[name] = {
            "objectives": [glmnet_objective(case, X, y, lambda_, row[0], row[1:])
                           for lambda_, row in zip(lambdas, rows, strict=True)],
            "coefs": [[float(f"{value:.10g}") if value else 0 for value in row] for row in rows]}
    stored |= more_fits()
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(fit, separators=(',', ':'))}" for name, fit in stored.items())
    STORE.write_text(f'{{"glmnet": "{version}", "fits": {{\n{lines}\n}}}}\n')


def more_fits() -> dict[str, dict]:
    """Several responses, relaxed fits and a cross-validation."""
    X, Y = make_responses()
    lambdas = make_lambdas(X, Y[:, 0])
    problems = {f"mgaussian: {name}": (case, X, Y, lambdas, False) for name, case in make_response_cases().items()}
    plain = make_cases()["plain, alpha=1.0, standardize"]
    for gamma in GAMMAS:
        problems[f"gamma={gamma}"] = ({**plain, "gamma": np.array([gamma])}, X, Y[:, 0], lambdas, False)
    for name, case, folds in (("cv", plain, CV_FOLDS), ("cv, uneven", plain, UNEVEN_FOLDS),
                              ("cv, weights", weighted_case(), CV_FOLDS)):
        problems[name] = ({**case, "foldid": folds}, X, Y[:, 0], CV_LAMBDAS, False)
    problems["cv, relaxed"] = (
        {**plain, "foldid": UNEVEN_FOLDS, "gamma": np.array(GAMMAS)}, X, Y[:, 0], CV_LAMBDAS, False)
    fits, _ = run_glmnet(problems)
    stored: dict[str, dict] = {}
    for name, case in make_response_cases().items():
        rows = fits[f"mgaussian: {name}"].reshape(len(lambdas), Y.shape[1], -1)
        stored[f"mgaussian: {name}"] = {"objectives": [
            responses_objective(case, X, Y, lambda_, row[:, 0], row[:, 1:])
            for lambda_, row in zip(lambdas, rows, strict=True)]}
    for gamma in GAMMAS:
        stored[f"gamma={gamma}"] = {"coefs": [[float(f"{value:.10g}") for value in row]
                                              for row in fits[f"gamma={gamma}"]]}
    for name in ("cv", "cv, uneven", "cv, weights"):
        stored[name] = {"mean": fits[name][:, 0].tolist(), "error": fits[name][:, 1].tolist(),
                        "chosen": fits[f"{name}, chosen"].tolist()}
    stored["cv, relaxed"] = {"means": fits["cv, relaxed"].T.tolist(), "chosen": fits["cv, relaxed, chosen"].tolist()}
    return stored


def bundled() -> None:
    """Compare lassocore with glmnet on glmnet's own data, and print the largest difference."""
    from scipy.sparse import csc_array

    from lassocore import fit_path

    worst, n_compared = 0.0, 0
    with tempfile.TemporaryDirectory() as place:
        subprocess.run(["Rscript", str(HERE / "glmnet.R"), "bundled", place], check=True)
        data = {kind: (np.loadtxt(f"{place}/{kind}_X"), np.loadtxt(f"{place}/{kind}_y"))
                for kind in ("quick_start", "sparse")}
    problems = {f"{kind}: {name}": (case, *data[kind], make_lambdas(*data[kind]), kind == "sparse")
                for kind in data for name, case in make_cases().items()}
    fits, version = run_glmnet(problems)
    for name, (case, X, y, lambdas, is_sparse) in problems.items():
        for lambda_, row in zip(lambdas, within_limits(case, fits[name]), strict=True):
            arguments = translated(case, y, lambda_)
            path = fit_path(csc_array(X) if is_sparse else X, y, alphas=[arguments.pop("alpha")], tol=1e-14,
                            max_iter=100_000, **arguments)
            ours = glmnet_objective(case, X, y, lambda_, path.intercepts[0], path.coefs[:, 0])
            theirs = glmnet_objective(case, X, y, lambda_, row[0], row[1:])
            worst, n_compared = max(worst, abs(ours - theirs) / theirs), n_compared + 1
    print(f"glmnet {version}, {n_compared} fits, worst relative difference of objectives {worst:.1e}")
    if not worst <= 1e-8:
        raise SystemExit("lassocore and glmnet differ")


if __name__ == "__main__":
    {"update": update, "bundled": bundled}[sys.argv[1]]()
