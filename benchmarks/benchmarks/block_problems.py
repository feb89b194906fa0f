# Lives here: problems of several tasks, groups of features and many targets, made from a seed. Independent of: solvers.
"""Problems by name, like problems.py: each family has a tiny one, tall and wide ones, and sparse ones."""
import numpy as np

from .problems import Problem, make_dense, make_text

SEED = 20240611


def make_tasks(name: str) -> Problem:
    """Several tasks: the rows of the coefficients are selected together."""
    n_samples, n_features, n_tasks, rho = TASK_SHAPES[name]
    rng = np.random.default_rng(SEED)
    X = _design(rng, name, n_samples, n_features, rho)
    Y = _respond(rng, X, n_tasks, n_relevant=min(20, n_features // 2))
    fit_intercept = isinstance(X, np.ndarray)
    Y0 = Y - Y.mean(axis=0) if fit_intercept else Y
    return Problem(X, Y, fit_intercept, float(np.linalg.norm(X.T @ Y0, axis=1).max() / n_samples))


def make_groups(name: str) -> Problem:
    """Groups of 1 to 10 features, side by side; sparse data in groups of 10."""
    n_samples, n_features, rho = GROUP_SHAPES[name]
    rng = np.random.default_rng(SEED)
    X = _design(rng, name, n_samples, n_features, rho)
    sizes = _sizes(rng, n_features, 10 if name.startswith("sparse") else 1)
    y = _respond(rng, X, 1, n_relevant=min(30, n_features // 2))[:, 0]
    fit_intercept = isinstance(X, np.ndarray)
    correlations = X.T @ (y - y.mean() if fit_intercept else y)
    norms = np.sqrt(np.add.reduceat(correlations**2, np.cumsum(sizes) - sizes) / sizes)
    return Problem(X, y, fit_intercept, float(norms.max() / n_samples), sizes)


def make_targets(name: str) -> Problem:
    """Many targets over one X, scaled so that alpha_max of each is 1. "dictionary" has signals of five columns."""
    n_samples, n_features, n_targets, rho = TARGET_SHAPES[name]
    rng = np.random.default_rng(SEED)
    X = _design(rng, name, n_samples, n_features, rho)
    fit_intercept = name not in ("dictionary", "sparse")
    if name == "dictionary":
        X /= np.linalg.norm(X, axis=0)
    Y = np.empty((n_samples, n_targets), order="F")
    for k in range(n_targets):
        columns = rng.choice(min(n_features, 500), 5, replace=False)
        signal = X[:, columns] @ rng.standard_normal(5)
        Y[:, k] = signal + 0.1 * signal.std() * rng.standard_normal(n_samples)
    Y0 = Y - Y.mean(axis=0) if fit_intercept else Y
    Y /= np.abs(X.T @ Y0).max(axis=0) / n_samples
    return Problem(X, Y, fit_intercept, 1.0, coupled=False)


def _design(rng, name: str, n_samples: int, n_features: int, rho: float):
    """Words where the name says sparse, else normal columns, each correlated rho with the one before."""
    if name.startswith("sparse"):
        return make_text(rng, n_samples, n_features, np.float64)
    return make_dense(rng, n_samples, n_features, np.float64, rho)


def _respond(rng, X, n_responses: int, n_relevant: int) -> np.ndarray:
    """Responses to the same features, half of each its signal, in Fortran order."""
    W = np.zeros((X.shape[1], n_responses))
    W[rng.choice(min(X.shape[1], 1_000), n_relevant, replace=False)] = rng.standard_normal((n_relevant, n_responses))
    signals = np.asarray(X @ W)
    return np.asfortranarray(signals + signals.std(axis=0) * rng.standard_normal(signals.shape) + 1.0)


def _sizes(rng, n_features: int, smallest: int) -> np.ndarray:
    """Sizes between the smallest and 10 that add up to the number of features."""
    sizes = rng.integers(smallest, 11, n_features)
    sizes = sizes[np.cumsum(sizes) <= n_features]
    rest = n_features - sizes.sum()
    return np.append(sizes, rest) if rest else sizes


# (n_samples, n_features, ..., correlation of neighbours)
TASK_SHAPES = {"tiny": (50, 20, 3, 0.0), "small": (300, 40, 10, 0.0), "tall": (5_000, 100, 5, 0.5),
               "wide": (200, 2_000, 5, 0.0), "wide_correlated": (200, 2_000, 5, 0.95), "sparse": (2_000, 5_000, 4, 0.0)}
GROUP_SHAPES = {"tiny": (100, 20, 0.3), "tall": (10_000, 200, 0.5), "wide": (200, 5_000, 0.5),
                "wide_correlated": (200, 5_000, 0.95), "sparse": (2_000, 5_000, 0.0)}
TARGET_SHAPES = {"tiny": (50, 20, 10, 0.0), "dictionary": (64, 256, 500, 0.0), "tall": (2_000, 100, 200, 0.5),
                 "wide": (100, 2_000, 20, 0.5), "sparse": (2_000, 2_000, 50, 0.0)}
