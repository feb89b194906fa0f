# Lives here: exact steps on the support of a multi-task problem. Independent of: storage, levels, other columns.
"""Newton's method where all rows are away from 0, and the group penalty is smooth."""
from __future__ import annotations

import numpy as np

MAX_UNKNOWNS = 512                  # rows times tasks: their system is dense
MAX_STEPS = 12
SETTLED = 1e-14                     # share of the coefficients below which a step moves rounding errors only


def newton_rows(gram: np.ndarray, q: np.ndarray, W: np.ndarray, l1: np.ndarray, l2: np.ndarray) -> np.ndarray | None:
    """The stationary rows near W (n_rows, n_tasks) of tr(W'G W)/2 - tr(q'W) + sum_j l1_j ||W_j|| + l2_j ||W_j||^2 / 2.

    None where a row comes to 0, or steps do not shrink: then these rows are not the support.
    """
    last = np.inf
    for _ in range(MAX_STEPS):
        lengths = np.sqrt(np.einsum("jt,jt->j", W, W))
        if not (lengths > 0.0).all():
            return None
        step = newton_step(gram, q, W, l1 / lengths, l2)
        size = float(np.abs(step).max())
        if not size < last or (np.einsum("jt,jt->j", step, step) > lengths**2).any():
            return W if last <= 1e-9 * float(np.abs(W).max()) else None
        W, last = W + step, size
        if size <= SETTLED * np.abs(W).max():
            break
    return W


def newton_step(gram: np.ndarray, q: np.ndarray, W: np.ndarray, pull: np.ndarray, l2: np.ndarray) -> np.ndarray:
    """Solves (G x I + l2 + pull (I - u_j u_j')) step = -gradient, with pull = l1/||W_j|| and u_j = W_j/||W_j||."""
    n_rows, n_tasks = W.shape
    gradient = gram @ W - q + (pull + l2)[:, None] * W
    directions = W / np.sqrt(np.einsum("jt,jt->j", W, W))[:, None]
    hessian = np.zeros((n_rows, n_tasks, n_rows, n_tasks))
    tasks, rows = np.arange(n_tasks), np.arange(n_rows)
    hessian[:, tasks, :, tasks] = gram
    hessian[rows, :, rows, :] -= pull[:, None, None] * directions[:, :, None] * directions[:, None, :]
    hessian[rows[:, None], tasks, rows[:, None], tasks] += (pull + l2)[:, None]
    try:
        return -np.linalg.solve(hessian.reshape(2 * (n_rows * n_tasks,)), gradient.ravel()).reshape(W.shape)
    except np.linalg.LinAlgError:
        return np.full(W.shape, np.inf)
