# Lives here: warnings of solutions that miss the tolerance. Independent of: how models were fitted.
"""One ConvergenceWarning for a path, for several, or for many targets, with the worst gap."""
from __future__ import annotations

import warnings
from typing import Any

import numpy as np


def warn_unconverged(result: Any, max_iter: int, tol: float, stacklevel: int) -> None:
    """Warn once of a path, or of all of a list: how many alphas missed the tolerance, and the worst of them."""
    if not isinstance(result, list) and np.count_nonzero(result.converged) == len(result.converged):
        return                      # a tiny fit is mostly Python
    paths = result if isinstance(result, list) else [result]
    n_missed = sum([len(path.converged) - np.count_nonzero(path.converged) for path in paths])
    if n_missed == 0:
        return
    n_alphas = sum(len(path.converged) for path in paths)
    worst_path = max(paths, key=lambda path: finite_gaps(path)[~path.converged].max(initial=-1.0))
    worst = int(np.argmax(np.where(worst_path.converged, -1.0, finite_gaps(worst_path))))
    of_paths = f" of {len(paths)} paths" if len(paths) > 1 else ""
    gap = describe_gap(worst_path, worst, worst_path.gap_tol, tol)
    _warn(worst_path, worst, max_iter, f"{n_missed} of {n_alphas} alphas{of_paths}: {gap}. The results are kept"
          f"{', with converged=False' * (len(paths) == 1)}.", stacklevel)


def warn_unconverged_targets(result: Any, max_iter: int, tol: float, stacklevel: int) -> None:
    """Warn once of many targets: how many missed the tolerance, and the worst of them."""
    missed = ~result.converged & (result.n_iter > 0)
    if not missed.any():
        return
    shares = result.relative_gaps
    if shares is None:
        shares = result.dual_gaps / np.maximum(result.gap_tols, np.finfo(float).tiny)[:, None]
    worst = np.unravel_index(np.argmax(np.where(missed, shares, -np.inf)), missed.shape)
    k = int(worst[0])
    gap = describe_gap(result, worst, result.gap_tols[k], tol)
    _warn(result, worst, max_iter, f"{np.count_nonzero(missed.any(axis=1))} of {len(result)} targets: target {k}, "
          f"{gap}. The results are kept, with converged=False.", stacklevel)


def remedy(exhausted: bool, dtype: np.dtype) -> str:
    """The beginning of a warning, like scikit-learn's so that filters match, and what helps."""
    if exhausted:
        return ("Objective did not converge. You might want to increase the number of iterations (max_iter) or tol, or "
                "to scale the features.")
    return "Objective did not converge. The precision of the numbers is exhausted: increase tol" + (
        ", or pass float64 data." if dtype == np.float32 else ".")


def finite_gaps(path: Any) -> np.ndarray:
    """Duality gaps, or where these may overflow the relative ones."""
    return path.dual_gaps if path.relative_gaps is None else path.relative_gaps


def describe_gap(result: Any, position: Any, gap_tol: float, tol: float) -> str:
    """The gap at a position with its limit, and its alpha and epochs."""
    if result.relative_gaps is None:
        gap = f"duality gap {result.dual_gaps[position]:.3e}, tolerance {gap_tol:.3e}"
    else:
        gap = f"duality gap over the mean square of the target {result.relative_gaps[position]:.3e}, tol {tol:.3e}"
    return f"{gap}, at alpha={result.alphas[position]:.6g} after {result.n_iter[position]} epochs"


def _warn(result: Any, worst: Any, max_iter: int, text: str, stacklevel: int) -> None:
    from sklearn.exceptions import ConvergenceWarning

    warnings.warn(f"{remedy(result.n_iter[worst] >= max_iter, result.coefs_sparse.dtype)} Worst of {text}",
                  ConvergenceWarning, stacklevel=stacklevel + 2)
