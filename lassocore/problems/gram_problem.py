# Lives here: problems on a Gram matrix, computed or given, in place of X. Independent of: alpha, estimators.
"""Precomputed Gram matrices: coordinate descent in the space of the features."""
from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np

from lassocore._isa import core
from lassocore.designs.design import make_design
from lassocore.designs.gram_matrix import centred_gram
from lassocore.penalties.elastic_net import ElasticNetPenalty, as_bounds
from lassocore.problems.problem import Problem
from lassocore.problems.variants import has_block_bounds
from lassocore.utils.arguments import BOOLEAN, as_real, check_dense, n_dimensions, shortened
from lassocore.utils.powers_of_two import times_power


def check_precompute(precompute) -> None:
    """Require a flag, "auto" or a matrix."""
    if isinstance(precompute, BOOLEAN):
        return
    check_dense(precompute, "precompute")
    if precompute != "auto" if isinstance(precompute, str) else n_dimensions(precompute, "precompute") != 2:
        raise ValueError(f"precompute={shortened(precompute)} is unknown; use True, False, 'auto' or a Gram matrix")


def with_gram(problem: Problem, precompute, fit_intercept: bool) -> Problem:
    """The problem on the Gram matrix that precompute selects, or unchanged.

    precompute is True, False, "auto" (a Gram matrix where there are more samples than features) or a matrix of
    shape (n_features, n_features): X'X, of centred columns if there is an intercept, with the weights scaled to sum to
    n_samples. Sparse problems are left unchanged, as in scikit-learn, and those with bounds on unpenalised columns.
    """
    matrix = problem.matrix
    check_precompute(precompute)
    given = not isinstance(precompute, (bool, np.bool_, str))
    if not problem.design.can_gather or not given and not precompute or (
            isinstance(precompute, str) and matrix.n_samples <= matrix.n_features):
        return problem
    needs_columns = has_block_bounds(problem)
    if given and fit_intercept and not np.allclose(problem.means, 0.0):
        if not needs_columns:
            warnings.warn("Gram matrix was provided but X was centered to fit intercept: recomputing Gram matrix.",
                          UserWarning, stacklevel=4)
        given = False
    gram = checked_gram(problem, precompute) if given else None
    if needs_columns:
        return problem
    if gram is None:
        gram = centred_gram(matrix)
    return replace(problem, target=problem.correlations, design=problem.design.as_gram(
            gram, np.where(problem.sq_norms > 0.0, np.ascontiguousarray(np.diagonal(gram)), 0.0)))


def gram_problem(gram, correlations, sq_target: float, positive: bool, dtype: np.dtype) -> Problem:
    """The problem given by a Gram matrix, X'y and y'y alone; the total weight is 1."""
    p = len(gram)
    gram = np.asfortranarray(gram, dtype=np.float64)
    correlations = np.ascontiguousarray(correlations, dtype=np.float64)
    lower, upper = as_bounds(None, positive, p)
    sq_norms = np.ascontiguousarray(np.diagonal(gram))
    features = (sq_norms > 0.0).nonzero()[0]
    return Problem(
        design=make_design(core.Matrix.gram(gram, 1.0), sq_norms, is_centred=True), target=correlations,
        sq_target=sq_target, sq_deviation=sq_target, y_mean=0.0, correlations=correlations,
        penalty=ElasticNetPenalty(np.ones(p), np.ones(p), lower, upper), features=features, unpenalised=features[:0],
        block=None, dtype=np.dtype(dtype))


def checked_gram(problem: Problem, precompute) -> np.ndarray:
    """The given Gram matrix on the scale of the problem's weights, verified against X.

    Its product with a random vector is compared with that of X'SX (Freivalds 1977), so every element matters.
    """
    matrix = problem.matrix
    p = matrix.n_features
    gram = np.asarray(precompute)
    if gram.shape != (p, p):
        raise ValueError(f"precompute has shape {gram.shape}; a Gram matrix of X has shape {(p, p)}")
    scaling, gram = problem.scaling, as_real(gram, "precompute") if problem.scaling is not None else gram
    if scaling is not None:
        gram = times_power(times_power(gram, -scaling.columns), -scaling.columns[:, None])
    is_single = min(gram.dtype.itemsize, problem.dtype.itemsize) < 8
    gram = np.asfortranarray(as_real(gram, "precompute")) * (matrix.total_weight / matrix.n_samples)
    norms = np.sqrt(problem.sq_norms)
    v = np.random.default_rng(0).standard_normal(p) / np.where(norms > 0.0, norms, 1.0)
    found, expected = gram @ v, matrix.gram_product(v)
    scale = norms * np.sqrt(max(float(v @ expected), 0.0)) + np.finfo(float).tiny
    fits = np.abs(found - expected) <= (1e-4 if is_single else 1e-7) * scale + 1e-12
    if not (fits.all() and np.isfinite(gram).all()):
        j = int(np.argmin(fits & np.isfinite(gram).all(axis=1)))
        raise ValueError(
            "Gram matrix passed in via 'precompute' parameter did not pass validation when its product with a random "
            f"vector was checked against X: row {j} gives {found[j]:g}, X gives {expected[j]:g}; compute it as X.T @ X "
            "of the (centred, weighted) X, or pass precompute=True")
    return gram
