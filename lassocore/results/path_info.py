# Lives here: how each alpha of a path was solved. Independent of: solvers.
"""`LevelInfo`, which callbacks get, and `PathInfo`, which results keep."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from lassocore.utils.pickling import named_in_package


@named_in_package
class LevelInfo(NamedTuple):
    """How one alpha was solved: the argument of callbacks, and an item of `PathResult.info`.

    Attributes
    ----------
    index : int
        Position of the alpha, from 0.
    n_alphas : int
        How many alphas the path has.
    alpha : float
        The alpha.
    n_iter : int
        Epochs and exact steps together.
    dual_gap : float
        Certificate: the objective is at most this far above its minimum.
    converged : bool
        Whether the gap meets the tolerance.
    n_nonzero : int
        Nonzero coefficients; with several tasks nonzero features.
    method : str
        "cd" (coordinate descent), "gram" (exact steps on the Gram matrix of all columns), "working_set" (on that of a
        working set), "descent" (coordinate descent on a working set), or "start" where the start was the solution.
    n_epochs : int
        Epochs of coordinate descent.
    n_newton : int
        Exact steps on the support.
    n_working : int
        Columns in the working set.
    n_scanned : int
        Products of columns with a residual, to check those outside the working set and to bound their correlations.
    seconds : float
        The time; that of a batch of alphas is divided equally. Where folds or targets share scans, it includes the time
        they wait for each other.

    See Also
    --------
    TaskLevelInfo : What callbacks of estimators get.
    fit_path : Has the parameter ``callback``.

    Examples
    --------
    A callback that ends the path at the second feature:

    >>> import numpy as np
    >>> from lassocore import fit_path
    >>> X = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])
    >>> path = fit_path(X, np.array([3.0, 1.0, -3.0, -1.0]), alphas=[1.0, 0.5, 0.25, 0.125],
    ...                 callback=lambda info: info.n_nonzero >= 2)
    >>> path.alphas, path.stopped
    (array([1.  , 0.5 , 0.25]), 'callback')
    """

    index: int                      # type: ignore[assignment]
    n_alphas: int
    alpha: float
    n_iter: int
    dual_gap: float
    converged: bool
    n_nonzero: int
    method: str
    n_epochs: int
    n_newton: int
    n_working: int
    n_scanned: int
    seconds: float


@named_in_package
@dataclass(frozen=True, eq=False)
class PathInfo:
    """How the alphas of a path were solved: methods, iterations, working sets, times.

    Attributes
    ----------
    columns : dict of str to ndarray of shape (n_alphas,)
        The fields of `LevelInfo` by name, each for all alphas.
    stopped : str
        Why the path ended: "" at its last alpha.
    max_iter : int or None
        Epochs that each alpha was allowed; None where this is not known.

    See Also
    --------
    LevelInfo : The fields.
    PathResult.report : Says in words how a fit ended.

    Examples
    --------
    >>> import numpy as np
    >>> from lassocore import fit_path
    >>> X = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])
    >>> y = np.array([3.0, 1.0, -3.0, -1.0])
    >>> info = fit_path(X, y, alphas=[1.0, 0.25], solver="cd").info
    >>> info["method"].tolist(), info["n_nonzero"].tolist(), info.levels[1].alpha
    (['cd', 'cd'], [1, 2], 0.25)
    """

    columns: dict[str, np.ndarray]
    stopped: str
    max_iter: int | None = None

    def __getitem__(self, name: str) -> np.ndarray:
        """One field of all levels: info["seconds"], info["n_scanned"], ..."""
        return self.columns[name]

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Set the fields; version 0.1.0 kept a list of levels."""
        levels = state.get("levels")
        if levels is not None:
            state = {"columns": columns_of(levels), "stopped": state["stopped"]}
        self.__dict__.update(state)

    def at(self, positions: np.ndarray) -> PathInfo:
        """Get how some of the alphas were solved.

        Parameters
        ----------
        positions : array-like of int
            Positions of the alphas on the path.

        Returns
        -------
        PathInfo
            That of these alphas alone.
        """
        return PathInfo({name: values[positions] for name, values in self.columns.items()}, self.stopped, self.max_iter)

    @property
    def levels(self) -> list[LevelInfo]:
        """How each alpha was solved, a `LevelInfo` for each."""
        return [LevelInfo(*numbers) for numbers in zip(
            *(self.columns[name].tolist() for name in LevelInfo._fields), strict=True)]

    def __str__(self) -> str:
        return "\n".join([*map(describe, self.levels), *([f"ended by {self.stopped}"] if self.stopped else [])])


def columns_of(levels: Sequence[LevelInfo]) -> dict[str, np.ndarray]:
    """The columns of a `PathInfo`."""
    return {name: np.array([getattr(level, name) for level in levels]) for name in LevelInfo._fields}


def describe(level: LevelInfo) -> str:
    """How an alpha was solved, in one line."""
    return (f"{level.index + 1}/{level.n_alphas} alpha={level.alpha:.6g} gap={level.dual_gap:.2e} "
            f"{'' if level.converged else 'NOT CONVERGED '}nonzeros={level.n_nonzero} {level.method} "
            f"epochs={level.n_epochs} newton={level.n_newton} working={level.n_working} "
            f"scanned={level.n_scanned} {1e3 * level.seconds:.2f} ms")
