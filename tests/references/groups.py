# Lives here: problems for gglasso, grpreg's published example, reference numbers. Independent of: solvers.
"""Reference numbers of R's gglasso and grpreg: data, cases, published coefficients.

`tests/paths/test_group_references.py` compares with `groups.json`, which this recreates where R has the packages MASS
and gglasso::

    python tests/references/groups.py       # writes tests/references/groups.json

gglasso (Yang and Zou 2015, A fast unified algorithm for solving group-lasso penalized learning problems) minimises
||y - b0 - X b||^2 / (2 n) + lambda sum_g pf_g ||b_g||, as lassocore does, and its descendant sparsegl (Liang, Cohen,
Solon Heinsfeld, Pestilli and McDonald 2024, sparsegl: an R package for estimating sparse group lasso) adds the L1 norm.
Their fits are of data from a generator whose stream NumPy keeps fixed, rounded to four digits. They were computed with
the subroutines ls_f and ls_f_sparse, as src/gglasso.f90 of github.com/dajmcdon/sparsegl has them (commit 8442322),
called as gglasso calls them; that build repeats all digits that gglasso's vignette prints for its example bardet. These
are not stored: gglasso's default eps leaves the objective there more than 1 % above its minimum.

grpreg (Breheny and Huang 2015, Group descent algorithms for nonconvex penalized linear and logistic regression models
with grouped predictors) penalises the coefficients of groups that are made orthonormal. PUBLISHED has the coefficients
that its vignette "Getting started with grpreg" prints (pbreheny.github.io/grpreg/articles/grpreg.html) for birth
weights of 189 children (Hosmer and Lemeshow 1989, Applied logistic regression). The data are part of packages under the
GPL and not stored here, but their means and the triangular factor R of the centred columns [X y] = Q R: the objective
depends on these alone.
"""
from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
STORE = HERE / "groups.json"
N_CHILDREN = 189
BIRTHWT_GROUPS = ["age"] * 3 + ["lwt"] * 3 + ["race"] * 2 + ["smoke"] + ["ptl"] * 2 + ["ht", "ui"] + ["ftv"] * 3

# Intercept and coefficients; the vignette does not say that lambda.min is the 30th of the default 100 levels, from the
# largest to a ten-thousandth of it. At lambda = 0.1 it prints the nonzero groups.
PUBLISHED_AT_0_05 = [
    3.02892181, 0.14045229, 0.62608119, 0.37683684, 0.74715315, -0.15825582, 0.58290856, 0.18344777, -0.06107624,
    -0.18778377, -0.17422515, 0.05710668, -0.29776948, -0.38050822, 0.0, 0.0, 0.0]
PUBLISHED_AT_MINIMUM = [
    3.04158282, 0.03585964, 1.31006421, 0.77036812, 1.56663368, -0.04705625, 1.15399868, 0.26474685, -0.12475165,
    -0.25602530, -0.26542118, 0.16769927, -0.48892550, -0.44999086, 0.06039457, 0.01966211, -0.09634012]
POSITION_OF_MINIMUM = 29
PUBLISHED_GROUPS_AT_0_1 = ["race", "smoke", "ptl", "ht", "ui"]


def make_data(n_samples: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """X of shape (n_samples, 24), y and labels of eight groups of 1 to 6 correlated columns."""
    rng = np.random.RandomState(41)
    labels = np.repeat(np.arange(8), [1, 4, 2, 6, 3, 1, 5, 2])
    X = rng.standard_normal((n_samples, 24)) + 0.7 * rng.standard_normal((n_samples, 8))[:, labels]
    X = X * np.linspace(0.5, 2.0, 24) + np.linspace(-1.0, 2.0, 24)
    y = X[:, :5].sum(axis=1) - X[:, 13:16] @ [1.0, -0.5, 0.3] + 2.0 * rng.standard_normal(n_samples) + 3.0
    return X.round(4), y.round(4), labels


def make_cases() -> dict[str, dict]:
    """Arguments by name: n_samples, and intercept, pf and asparse of gglasso."""
    rng = np.random.RandomState(42)
    sizes = np.bincount(make_data(2)[2])
    pf = rng.uniform(0.3, 3.0, 8).round(3)
    free = pf.copy()
    free[[0, 4]] = 0.0
    cases = {
        "plain": {"n_samples": 80, "intercept": True, "pf": np.sqrt(sizes)},
        "no intercept": {"n_samples": 80, "intercept": False, "pf": np.sqrt(sizes)},
        "weights": {"n_samples": 80, "intercept": True, "pf": pf},
        "weights of 0": {"n_samples": 80, "intercept": True, "pf": free},
        "wide": {"n_samples": 15, "intercept": True, "pf": np.sqrt(sizes)},
        "wide, weights": {"n_samples": 15, "intercept": False, "pf": pf},
        "sparse": {"n_samples": 80, "intercept": True, "pf": np.sqrt(sizes), "asparse": 0.3},
        "sparse, weights": {"n_samples": 80, "intercept": False, "pf": pf, "asparse": 0.7},
        "wide, sparse": {"n_samples": 15, "intercept": True, "pf": np.sqrt(sizes), "asparse": 0.5},
    }
    return {name: {"asparse": 0.0, **case} for name, case in cases.items()}


LAMBDAS = np.array([1.0, 0.2, 0.03])


def gglasso_objective(case: dict, lambda_: float, intercept: float, coef) -> float:
    """The objective of a case; infinite with an intercept where there is none."""
    if intercept != 0 and not case["intercept"]:
        return np.inf
    X, y, labels = make_data(case["n_samples"])
    residual = y - intercept - X @ coef
    norms = np.sqrt(np.bincount(labels, np.asarray(coef) ** 2))
    penalty = (1 - case["asparse"]) * (case["pf"] @ norms) + case["asparse"] * np.abs(coef).sum()
    return float(residual @ residual / (2 * len(y)) + lambda_ * penalty)


def run_gglasso() -> dict[str, np.ndarray]:
    """Rows (intercept, coef...) of each case, one for each of LAMBDAS."""
    with tempfile.TemporaryDirectory() as place:
        folders = {name: Path(place) / f"{k:04d}" for k, name in enumerate(make_cases())}
        for name, case in make_cases().items():
            X, y, labels = make_data(case["n_samples"])
            folders[name].mkdir()
            files = {"X": X, "y": y, "group": labels + 1, "pf": case["pf"], "lambda": LAMBDAS,
                     "intercept": [case["intercept"]], "asparse": [case["asparse"]]}
            for file, values in files.items():
                np.savetxt(folders[name] / file, values, fmt="%.17g")
        subprocess.run(["Rscript", str(HERE / "groups.R"), "fit", place], check=True)
        return {name: np.loadtxt(folder / "coefs").T for name, folder in folders.items()}


def reduced_birthwt() -> dict[str, list]:
    """Means of [X y] and the rows of its triangular factor, signs such that the diagonal is positive."""
    with tempfile.TemporaryDirectory() as place:
        subprocess.run(["Rscript", str(HERE / "groups.R"), "birthwt", place], check=True)
        data = np.column_stack([np.loadtxt(f"{place}/X"), np.loadtxt(f"{place}/y")])
    factor = np.linalg.qr(data - data.mean(axis=0), mode="r")
    factor *= np.sign(factor.diagonal())[:, None]
    return {"means": data.mean(axis=0).tolist(), "factor": [row[k:].tolist() for k, row in enumerate(factor)]}


def load_birthwt(stored: dict) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(X, y, means of both): centred data of 17 rows with the mean squares and products of the 189."""
    size = len(stored["factor"])
    data = np.zeros((size, size))
    for k, row in enumerate(stored["factor"]):
        data[k, k:] = row
    data *= np.sqrt(size / N_CHILDREN)
    return data[:, :-1], data[:, -1], np.array(stored["means"])


def orthonormal(X, groups) -> tuple[np.ndarray, np.ndarray]:
    """(Z, T): columns whose groups have Z_g'Z_g / n = I, and coefficients T w of Z for w of X."""
    transform = np.zeros((X.shape[1], X.shape[1]))
    for name in dict.fromkeys(groups):
        members = np.flatnonzero(np.asarray(groups) == name)
        gram = X[:, members].T @ X[:, members] / len(X)
        transform[np.ix_(members, members)] = np.linalg.cholesky(gram).T
    return np.linalg.solve(transform.T, X.T).T, transform


def update() -> None:
    """Refit all cases and store objectives, coefficients with ten digits, and the reduced example."""
    fits = {name: {
        "objectives": [gglasso_objective(case, lambda_, row[0], row[1:])
                       for lambda_, row in zip(LAMBDAS, rows, strict=True)],
        "coefs": [[float(f"{value:.10g}") if value else 0 for value in row] for row in rows]}
        for (name, case), rows in zip(make_cases().items(), run_gglasso().values(), strict=True)}
    lines = [f"{json.dumps(name)}: {json.dumps(fit, separators=(',', ':'))}" for name, fit in fits.items()]
    birthwt = json.dumps(reduced_birthwt(), separators=(",", ":"))
    STORE.write_text('{"gglasso": {\n' + ",\n".join(lines) + '\n},\n"birthwt": ' + birthwt + "}\n")


if __name__ == "__main__":
    update()
