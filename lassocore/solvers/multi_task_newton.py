# Lives here: exact steps on the support of a multi-task problem. Independent of: storage, levels, other columns.
"""Newton's method where all rows are away from 0, and the group penalty is smooth."""
from __future__ import annotations

import numpy as np

MAX_UNKNOWNS = 512                  # rows times tasks, of a dense linear system
MAX_STEPS = 12                      # of Newton's method
STEP_TOL = 1e-14                    # size of a step, over the largest coefficient, that is mostly rounding error


def newton_rows(gram: np.ndarray, q: np.ndarray, W: np.ndarray, l1: np.ndarray, l2: np.ndarray) -> np.ndarray | None:
    """The stationary rows near W (n_rows, n_tasks) of tr(W'G W)/2 - tr(q'W) + sum_j l1_j ||W_j|| + l2_j ||W_j||^2 / 2.

    None where a row becomes 0 or the steps do not shrink, as the support is then different.
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
        if size <= STEP_TOL * np.abs(W).max():
            break
    return W


def newton_step(gram: np.ndarray, q: np.ndarray, W: np.ndarray, l1_curvature: np.ndarray, l2: np.ndarray) -> np.ndarray:
    """The solution of (G x I + l2 + a_j (I - u_j u_j')) step = -gradient, with u_j = W_j/||W_j||.

    a_j = l1_j/||W_j||, l1_curvature, is the curvature of the L1 term across u_j.
    """
    n_rows, n_tasks = W.shape
    gradient = gram @ W - q + (l1_curvature + l2)[:, None] * W
    directions = W / np.sqrt(np.einsum("jt,jt->j", W, W))[:, None]
    hessian = np.zeros((n_rows, n_tasks, n_rows, n_tasks))
    tasks, rows = np.arange(n_tasks), np.arange(n_rows)
    hessian[:, tasks, :, tasks] = gram
    hessian[rows, :, rows, :] -= l1_curvature[:, None, None] * directions[:, :, None] * directions[:, None, :]
    hessian[rows[:, None], tasks, rows[:, None], tasks] += (l1_curvature + l2)[:, None]
    try:
        return -np.linalg.solve(hessian.reshape(2 * (n_rows * n_tasks,)), gradient.ravel()).reshape(W.shape)
    except np.linalg.LinAlgError:
        return np.full(W.shape, np.inf)
