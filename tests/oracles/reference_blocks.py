# Lives here: the problem of blocks, a plain solver and the dual in NumPy, test data. Independent of: lassocore.
"""An oracle for groups of features, for rows over tasks, and for groups of rows: slow, dense, short."""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from oracles.reference import dense, make_data, plain

ROUNDING = 1e-15        # of ||Y||^2: the gap at which the solver ends


@dataclass(frozen=True)
class PlainBlocks:
    """min over W of ||Y - Z W||^2 / 2 + sum_j l1_j ||W_j||_1 + sum_g reg_g ||W_g|| + l2_g ||W_g||^2 / 2.

    W (n_features, n_tasks) are coefficients of the columns Z, which are those of X over `unit`; W_g are the rows whose
    label is g, with the Euclidean norm of all their entries. Rows of excluded features are 0.
    """

    Z: np.ndarray
    Y: np.ndarray
    labels: np.ndarray
    l1: np.ndarray
    reg: np.ndarray
    l2: np.ndarray
    unit: np.ndarray
    excluded: np.ndarray

    def scaled(self, coef) -> np.ndarray:
        """W of coefficients (n_features,) or (n_tasks, n_features) of X."""
        return (np.atleast_2d(np.asarray(coef, dtype=float)) * self.unit).T

    def norms(self, W) -> np.ndarray:
        """||W_g|| of each group."""
        return np.sqrt(np.bincount(self.labels, (W**2).sum(axis=1), len(self.reg)))

    def primal(self, W) -> float:
        """The objective; infinite where an excluded feature is used."""
        if W[self.excluded].any():
            return np.inf
        norms = self.norms(W)
        loss = 0.5 * ((self.Y - self.Z @ W)**2).sum()
        return loss + self.l1 @ np.abs(W).sum(axis=1) + self.reg @ norms + 0.5 * self.l2 @ norms**2

    def is_free(self) -> np.ndarray:
        """Which features are not penalised."""
        unpenalised = (self.reg == 0) & (self.l2 == 0)
        return unpenalised[self.labels] & (self.l1 == 0) & ~self.excluded

    def excess(self, U, scale=1.0) -> np.ndarray:
        """The largest <U_g, V> - scale sum_j l1_j ||V_j||_1 over ||V|| = 1: the distance of U_g from a box."""
        reach = scale * self.l1[:, None]
        return self.norms(U - np.clip(U, -reach, reach))

    def dual(self, theta) -> float:
        """<theta, Y> - ||theta||^2 / 2 - sum_g h_g(Z_g'theta), with h_g by search over lengths of its argument."""
        total = (theta * self.Y).sum() - 0.5 * (theta**2).sum()
        sizes = np.linalg.norm(self.Z, axis=0)
        rounding = 1e-15 * np.linalg.norm(self.Y) * self.norms(sizes[:, None])
        for excess, reg, l2, small in zip(self.excess(self.Z.T @ theta), self.reg, self.l2, rounding, strict=True):
            if excess <= reg:
                continue
            if l2 == 0.0:
                total -= np.inf if excess > reg + small else 0.0
                continue
            length = (excess - reg) / l2
            tried = np.append(np.linspace(0.0, 2.0 * length, 101), length)
            total -= ((excess - reg) * tried - 0.5 * l2 * tried**2).max()
        return total

    def gap(self, W) -> float:
        """primal less the best dual value on the line from 0 to the residual."""
        free = self.Z[:, self.is_free()]
        theta = self.Y - self.Z @ W
        theta = theta - free @ np.linalg.lstsq(free, theta)[0]
        within = (self.l2[self.labels] == 0) & ~self.is_free()
        scale = 1.0
        if (self.excess(self.Z.T @ theta) > self.reg)[self.labels[within]].any():
            scale = 1.0 / max(1.0, self.critical_level(theta, within))
        return self.primal(W) - self.dual(scale * theta)

    def critical_level(self, theta=None, among=True) -> float:
        """The smallest a with <Z_g'theta, V> <= a (sum_j l1_j ||V_j||_1 + reg_g ||V||) for all V, by bisection.

        Of the problem with alpha = 1 and theta = Y, without unpenalised features, it is the largest alpha of a path.
        """
        if theta is None:
            free = self.Z[:, self.is_free()]
            theta = self.Y - free @ np.linalg.lstsq(free, self.Y)[0]
        counted = ~self.is_free() & ~self.excluded & among
        U = np.where(counted[:, None], self.Z.T @ theta, 0.0)
        low, high = 0.0, 1.0
        while (self.excess(U, high) > high * self.reg).any():
            high *= 2.0
        while low < (middle := 0.5 * (low + high)) < high:
            low, high = (middle, high) if (self.excess(U, middle) > middle * self.reg).any() else (low, middle)
        return high

    def solve(self, max_rounds=60) -> np.ndarray:
        """Proximal block descent and Newton's method on the support in turn, until the gap is of the size of rounding.

        Unpenalised features are projected out first.
        """
        free = self.is_free()
        gone = free | self.excluded
        basis = np.linalg.svd(self.Z[:, free], full_matrices=False)
        basis = basis[0][:, basis[1] > 1e-12 * basis[1].max(initial=0.0)]
        rest = PlainBlocks(
            np.where(gone, 0.0, self.Z - basis @ (basis.T @ self.Z)), self.Y - basis @ (basis.T @ self.Y), self.labels,
            self.l1, self.reg, self.l2, self.unit, gone)
        W = np.zeros((self.Z.shape[1], self.Y.shape[1]))
        target = ROUNDING * (self.Y**2).sum()
        for _ in range(max_rounds):
            W = rest.polish(rest.descend(W))
            if rest.gap(W) <= target:
                break
        W[free] = np.linalg.lstsq(self.Z[:, free], self.Y - self.Z @ W)[0]
        return W

    def descend(self, W, n_epochs=40, n_steps=3) -> np.ndarray:
        """Cyclic block descent: in each block, steps of the proximal gradient with the block's Lipschitz constant."""
        W, gram = W.copy(), self.Z.T @ self.Z
        C = self.Z.T @ (self.Y - self.Z @ W)
        members = [np.flatnonzero((self.labels == g) & gram.diagonal().astype(bool)) for g in range(len(self.reg))]
        blocks = [(k, gram[:, k], np.linalg.eigvalsh(gram[np.ix_(k, k)])[-1], self.l1[k][:, None], reg, l2)
                  for k, reg, l2 in zip(members, self.reg, self.l2, strict=True) if len(k) > 0]
        for _ in range(n_epochs):
            moved = 0.0
            for k, columns, curvature, l1, reg, l2 in blocks * n_steps:
                V = C[k] + curvature * W[k]
                V = V - np.clip(V, -l1, l1)
                norm = np.sqrt((V**2).sum())
                step = (max(0.0, 1.0 - reg / norm) * V / (curvature + l2) if norm > 0 else 0.0 * V) - W[k]
                if step.any():
                    W[k] += step
                    C -= columns @ step
                    moved += curvature * (step**2).sum()
            if moved <= 1e-28 * (self.Y**2).sum():
                break
        return W

    def polish(self, W, max_steps=30) -> np.ndarray:
        """Newton's method over the nonzero entries, signs kept where the entries have a penalty of their own."""
        j, t = np.nonzero(W)
        if len(j) == 0:
            return W
        signed, value = self.l1[j] > 0, self.primal(W)
        own = self.labels[j]
        fixed = (self.Z.T @ self.Z)[np.ix_(j, j)] * (t[:, None] == t) + np.diag(self.l2[own])
        together = own[:, None] == own
        for _ in range(max_steps):
            w, norms = W[j, t], self.norms(W)[own]
            pull = self.reg[own] / norms
            gradient = (pull + self.l2[own]) * w + self.l1[j] * np.sign(w) - (self.Z.T @ (self.Y - self.Z @ W))[j, t]
            hessian = fixed + np.diag(pull) - np.where(together, np.outer(pull * w / norms, w / norms), 0.0)
            step = np.linalg.lstsq(hessian, -gradient, rcond=1e-14)[0]
            crossing = signed & (np.sign(w + step) != np.sign(w))
            length = min(1.0, 0.9 * (-w[crossing] / step[crossing]).min(initial=np.inf))
            for _ in range(40):
                trial = W.copy()
                trial[j, t] = w + length * step
                if self.primal(trial) < value:
                    break
                length *= 0.5
            else:
                return W
            W, value = trial, self.primal(trial)
        return W


def plain_blocks(X, Y, alpha, groups, *, group_weights=None, feature_l1_ratio=0.0, l1_ratio=1.0, fit_intercept=True,
                 standardize=False, sample_weight=None, offset=None) -> PlainBlocks:
    """The documented problem, with weights, intercept, standard deviations and exclusions absorbed into the arrays.

    groups: the label of each feature, from 0. Several tasks are columns of Y; their rows are groups of one feature.
    """
    Y, labels = np.asarray(Y, dtype=float), np.asarray(groups)
    tasks = [plain(X, y, 1.0, fit_intercept=fit_intercept, standardize=standardize, sample_weight=sample_weight,
                   offset=offset) for y in (Y.T if Y.ndim == 2 else [Y])]
    first, weights = tasks[0], np.sqrt(np.bincount(labels)) if group_weights is None else np.asarray(group_weights)
    excluded = (first.lower == first.upper) | np.isinf(weights[labels])
    unit, weights = np.where(excluded, 1.0, first.l1), np.where(np.isinf(weights), 0.0, weights)
    return PlainBlocks(
        Z=np.where(excluded, 0.0, first.Z / unit), Y=np.column_stack([task.z for task in tasks]), labels=labels,
        l1=alpha * l1_ratio * feature_l1_ratio * (weights[labels] > 0),
        reg=alpha * l1_ratio * (1.0 - feature_l1_ratio) * weights, l2=alpha * (1.0 - l1_ratio) * weights, unit=unit,
        excluded=excluded)


def block_objective(X, Y, coef, intercept, alpha, groups, *, group_weights=None, feature_l1_ratio=0.0, l1_ratio=1.0,
                    fit_intercept=True, standardize=False, sample_weight=None, offset=None) -> float:
    """The documented objective; coef is (n_features,) or (n_tasks, n_features)."""
    X, coef = dense(X), np.atleast_2d(np.asarray(coef, dtype=float))
    if np.any(intercept) and not fit_intercept:
        return np.inf
    s = np.ones(len(X)) if sample_weight is None else np.asarray(sample_weight, dtype=float)
    sd = np.sqrt(s @ (X - s @ X / s.sum())**2 / s.sum()) if standardize else np.ones(X.shape[1])
    Y = np.asarray(Y, dtype=float) - (0.0 if offset is None else offset)
    residual = (Y if Y.ndim == 2 else Y[:, None]) - intercept - X @ coef.T
    value = s @ (residual**2).sum(axis=1) / (2 * s.sum())
    for g in range(max(groups) + 1):
        members = np.flatnonzero(np.asarray(groups) == g)
        weight = np.sqrt(len(members)) if group_weights is None else group_weights[g]
        block = coef[:, members] * sd[members]
        norm = np.linalg.norm(block)
        if weight == 0 or norm == 0:
            continue
        value += alpha * (l1_ratio * (feature_l1_ratio * np.abs(block).sum() + (1 - feature_l1_ratio) * weight * norm)
                          + (1 - l1_ratio) / 2 * weight * norm**2)
    return float(value)


def make_labels(rng, n_features: int, largest: int = 4) -> np.ndarray:
    """The group of each feature, in any order: sizes from 1 to `largest`, every number from 0 used."""
    sizes = [1]
    while sum(sizes) < n_features:
        sizes.append(min(int(rng.integers(1, largest + 1)), n_features - sum(sizes)))
    return rng.permutation(np.repeat(np.arange(len(sizes)), sizes))


def make_grouped(seed, n_samples=25, n_features=12, density=1.0):
    """(X, y, labels, rng): data of `make_data`, whose features are in groups of 1 to 4 in any order."""
    X, y, rng = make_data(seed, n_samples, n_features, density)
    return X, y, make_labels(rng, n_features), rng


def make_group_options(seed, n_samples=25, n_groups=7) -> dict[str, dict]:
    """Combinations of options by name, for data of this shape (at least 4 groups)."""
    rng = np.random.default_rng(seed)
    weights = rng.uniform(0.3, 2.0, n_groups)
    special = weights.copy()
    special[0], special[1] = 0.0, np.inf
    rows = {"sample_weight": rng.uniform(0.1, 3.0, n_samples), "offset": rng.standard_normal(n_samples)}
    rows["sample_weight"][[0, n_samples // 2]] = 0.0
    return {
        "groups": {},
        "elastic net": {"l1_ratio": 0.5},
        "almost lasso": {"l1_ratio": 0.999},
        "ridge": {"l1_ratio": 0.0},
        "sparse groups": {"feature_l1_ratio": 0.3},
        "mostly sparse": {"feature_l1_ratio": 0.95},
        "sparse elastic net": {"feature_l1_ratio": 0.4, "l1_ratio": 0.6},
        "group weights": {"group_weights": weights},
        "special weights": {"group_weights": special},
        "special weights elastic net": {"group_weights": special, "l1_ratio": 0.5},
        "sparse special weights": {"group_weights": special, "feature_l1_ratio": 0.5},
        "ridge special weights": {"group_weights": special, "l1_ratio": 0.0},
        "rows": rows,
        "standardize": {"standardize": True, "sample_weight": rows["sample_weight"]},
        "standardize sparse": {"standardize": True, "feature_l1_ratio": 0.5},
        "everything": {"standardize": True, "l1_ratio": 0.7, "feature_l1_ratio": 0.3, "group_weights": special, **rows},
    }
