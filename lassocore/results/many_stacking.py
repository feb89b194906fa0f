# Lives here: many results as one. Independent of: how targets are solved.
"""A `ManyResult` from the solutions, or from the paths, of its targets."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from lassocore.datafits.quadratic import r2_of_sums
from lassocore.problems.problem import Problem
from lassocore.problems.rescaling import given_values, with_target
from lassocore.results.many_result import ManyResult
from lassocore.results.path_batch import batch_of, joined
from lassocore.results.path_point import PathPoint
from lassocore.results.path_result import PathResult
from lassocore.results.sample import Sample
from lassocore.results.solved_target import SolvedTarget
from lassocore.results.sparse_columns import Columns

MISSING = PathPoint(            # in the place of an alpha that a path has not reached
    index=0, rows=np.empty(0, np.intp), values=np.empty(0), gap=np.nan, sq_residual=np.nan, converged=False, method="")


def stacked(base: Problem, solved: list[SolvedTarget], l1_ratio: float, tol: float, sample: Sample) -> ManyResult:
    """The results of all targets of a problem."""
    shape, scale = (len(solved), len(solved[0].grid)), base.total_weight
    full = joined([part for target in solved for part in (
        target.levels, *[batch_of(MISSING)] * (shape[1] - len(target.levels)))])
    coefs = Columns(full.rows, full.values, full.ends, base.matrix.n_features, base.dtype).transposed()
    gaps, sq_residuals = np.array(full.gap).reshape(shape), np.array(full.sq_residual).reshape(shape)
    y_means = np.array([target.y_mean for target in solved])
    missing = np.isnan(gaps)
    r2 = r2_of_sums(sq_residuals, np.array([target.sq_deviation for target in solved])[:, None])
    intercepts = y_means[:, None] - (coefs @ base.means).reshape(shape)
    for values in (r2, intercepts):
        values[missing] = np.nan
    result = ManyResult(
        alphas=np.array([target.grid for target in solved]), coefs_sparse=coefs, intercepts=intercepts,
        dual_gaps=gaps / scale, gap_tols=tol * np.array([target.sq_target for target in solved]) / scale,
        n_iter=np.where(missing, 0, full.n_iter.reshape(shape)),
        converged=np.array(full.converged).reshape(shape), r2=r2, l1_ratio=l1_ratio,
        targets=tuple(solved), total_weight=scale, sample=sample)
    return many_in_given_units(result, solved, base) if any(target.problem is not None for target in solved) else result


def many_in_given_units(result: ManyResult, solved: list[SolvedTarget], base: Problem) -> ManyResult:
    """Results of scaled problems, in units of the X and Y given."""
    values, targets = [], []
    numbers: dict[str, list[Any]] = {"intercepts": [], "dual_gaps": [], "gap_tols": [], "relative_gaps": []}
    for k, target in enumerate(solved):
        problem = with_target(base, 0) if target.problem is None else target.problem
        scaling, weight = problem.scaling, problem.total_weight
        own = given_values(problem, target.levels)
        values.append(own)
        own_gaps = weight * scaling.objective(np.array(target.levels.gap) / weight)
        targets.append(target._replace(problem=None, exponent=scaling.target, levels=replace(
            target.levels, values=own, gap=own_gaps.tolist())))
        numbers["intercepts"].append(scaling.of_response(result.intercepts[k]))
        numbers["dual_gaps"].append(scaling.objective(result.dual_gaps[k]))
        numbers["gap_tols"].append(scaling.objective(result.gap_tols[k]))
        numbers["relative_gaps"].append(result.dual_gaps[k] * (weight / (target.sq_target or 1.0)))
    coefs = result.coefs_sparse.copy()
    coefs.data = np.concatenate(values).astype(coefs.dtype)
    arrays: dict[str, Any] = {name: np.array(column) for name, column in numbers.items()}
    return replace(result, coefs_sparse=coefs, targets=tuple(targets), **arrays)


def stacked_paths(paths: Sequence[PathResult], grids: Sequence[np.ndarray], tol: float) -> ManyResult:
    """The result of paths of their own over these alphas, of which a path may have reached the first alone."""
    from scipy.sparse import csr_array, vstack

    n_alphas = len(grids[0])

    def filled(name: str, missing: Any) -> np.ndarray:
        rows = np.full((len(paths), n_alphas), missing)
        for row, path in zip(rows, paths, strict=True):
            row[:len(path)] = getattr(path, name)
        return rows

    n_features, dtype = paths[0].n_features, np.result_type(*(path.coefs_sparse.dtype for path in paths))
    parts = []
    for path in paths:
        parts.append(path.coefs_sparse.T.tocsr())
        if len(path) < n_alphas:
            parts.append(csr_array((n_alphas - len(path), n_features)))
    relative = any(path.relative_gaps is not None for path in paths)
    return ManyResult(
        alphas=np.array(grids), coefs_sparse=vstack(parts, format="csr", dtype=dtype),
        intercepts=filled("intercepts", np.nan), dual_gaps=filled("dual_gaps", np.nan),
        gap_tols=np.array([path.gap_tol for path in paths]), n_iter=filled("n_iter", 0),
        converged=filled("converged", False), r2=filled("r2", np.nan), l1_ratio=paths[0].l1_ratio,
        total_weight=np.array([0.0 if path.sample is None else path.sample.n_observations for path in paths]),
        relative_gaps=np.array([_relative_gaps(path, n_alphas, tol) for path in paths]) if relative else None,
        paths=tuple(paths))


def _relative_gaps(path: PathResult, n_alphas: int, tol: float) -> np.ndarray:
    """Gaps over the weighted mean square of the target, which tol limits."""
    row, gaps = np.full(n_alphas, np.nan), path.relative_gaps
    if gaps is None:
        gaps = path.dual_gaps * (tol / path.gap_tol if path.gap_tol > 0.0 else 1.0)
    row[:len(path)] = gaps
    return row
