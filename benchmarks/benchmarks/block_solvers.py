# Lives here: how solvers of several tasks, groups and many targets are called. Independent of: how problems are made.
"""Solvers behind one call, as in solvers.py: several tasks, groups of features, many targets over one X."""
from dataclasses import replace
from functools import lru_cache, partial

import numpy as np

from .block_problems import make_groups, make_targets, make_tasks
from .glmnet_worker import fit_glmnet
from .race import Race, Unfit
from .solvers import centred, fit_celer, fit_skglm, fit_sklearn, offsets_of

MAX_ITER = 100_000


def _with_intercepts(coefs, means, y_mean):
    """(coefs, intercepts) of (n_features, n_tasks, n_alphas) coefficients of centred data."""
    return coefs, np.asarray(y_mean)[:, None] - np.tensordot(means, coefs, axes=1)


def tasks_lassocore(problem, alphas, tol):
    """lassocore: its estimator for one alpha, its path function for several."""
    options = {"tol": tol, "max_iter": MAX_ITER, "fit_intercept": problem.fit_intercept}
    if len(alphas) == 1:
        from lassocore import MultiTaskLasso

        return _of_estimator(MultiTaskLasso(alphas[0], **options).fit(problem.X, problem.y))

    from lassocore import fit_multi_task_path

    path = fit_multi_task_path(problem.X, problem.y, alphas=alphas, **options)
    return path.coefs.transpose(1, 0, 2), path.intercepts


def _of_estimator(model):
    """(coefs, intercepts) of an estimator of several tasks in scikit-learn's form."""
    coefs = np.array(model.coef_).T         # a copy: warm starts write into it
    return coefs[:, :, None], np.broadcast_to(np.array(model.intercept_), coefs.shape[1:])[:, None]


def tasks_sklearn(problem, alphas, tol):
    """scikit-learn: MultiTaskLasso for one alpha, lasso_path for several."""
    if not isinstance(problem.X, np.ndarray):
        raise Unfit("scikit-learn's MultiTaskLasso has no sparse X")
    if len(alphas) == 1:
        from sklearn.linear_model import MultiTaskLasso

        model = MultiTaskLasso(alphas[0], fit_intercept=problem.fit_intercept, tol=tol, max_iter=MAX_ITER)
        return _of_estimator(model.fit(problem.X, problem.y))

    from sklearn.linear_model import lasso_path

    X, Y, means, y_mean = centred(problem)
    coefs = lasso_path(X, Y, alphas=alphas, tol=tol, max_iter=MAX_ITER)[1]
    return _with_intercepts(coefs.transpose(1, 0, 2), means, y_mean)


def tasks_celer(problem, alphas, tol):
    """celer's path function."""
    from celer.homotopy import mtl_path

    X, Y, means, y_mean = centred(problem)
    coefs = mtl_path(X, Y, alphas=alphas, tol=tol, max_iter=100, max_epochs=MAX_ITER)[1]
    return _with_intercepts(coefs.transpose(1, 0, 2), means, y_mean)


def tasks_skglm(problem, alphas, tol):
    """skglm's MultiTaskBCD along the path."""
    from skglm.datafits import QuadraticMultiTask
    from skglm.penalties import L2_1
    from skglm.solvers import MultiTaskBCD
    from skglm.utils.jit_compilation import compiled_clone

    X, Y, means, y_mean = centred(problem)
    solver = MultiTaskBCD(tol=tol, max_iter=100, fit_intercept=False)
    penalty = compiled_clone(L2_1(alphas[0]))
    coefs = solver.path(X, Y, compiled_clone(QuadraticMultiTask()), penalty, alphas)[1]
    return _with_intercepts(coefs.transpose(1, 0, 2), means, y_mean)


def groups_lassocore(problem, alphas, tol):
    """lassocore's fit_path, group weights sqrt(size) by default."""
    from lassocore import fit_path

    labels = np.repeat(np.arange(len(problem.sizes)), problem.sizes)
    path = fit_path(problem.X, problem.y, alphas=alphas, groups=labels, tol=tol, max_iter=MAX_ITER,
                    fit_intercept=problem.fit_intercept)
    return path.coefs, path.intercepts


def groups_celer(problem, alphas, tol):
    """celer's path function."""
    from celer import celer_path

    X, y, means, y_mean = centred(problem)
    extra = offsets_of(X, means) if problem.fit_intercept else {}
    coefs = celer_path(X, y, pb="grouplasso", alphas=alphas, groups=problem.sizes.tolist(),
                       weights=np.sqrt(problem.sizes), tol=tol, max_iter=100, max_epochs=MAX_ITER, **extra)[1]
    return coefs, y_mean - means @ coefs


def groups_skglm(problem, alphas, tol):
    """skglm's GroupBCD at each alpha, from the solution at the one before."""
    from skglm.datafits import QuadraticGroup
    from skglm.penalties import WeightedGroupL2
    from skglm.solvers import GroupBCD
    from skglm.utils.jit_compilation import compiled_clone

    X, y, means, y_mean = centred(problem)
    starts = np.append(0, np.cumsum(problem.sizes)).astype(np.int32)
    members = np.arange(X.shape[1], dtype=np.int32)
    loss = compiled_clone(QuadraticGroup(starts, members))
    penalty = compiled_clone(WeightedGroupL2(float(alphas[0]), np.sqrt(problem.sizes), starts, members))
    solver = GroupBCD(tol=tol, max_iter=500, fit_intercept=False)
    coefs = np.zeros((X.shape[1], len(alphas)), order="F")
    w, products = np.zeros(X.shape[1]), np.zeros(len(y))
    for k, alpha in enumerate(alphas):
        penalty.alpha = float(alpha)
        coefs[:, k] = solver.solve(X, y, loss, penalty, w, products)[0]
        w, products = coefs[:, k].copy(), X @ coefs[:, k]
    return coefs, y_mean - means @ coefs


def targets_lassocore(problem, alphas, tol):
    """lassocore's fit_many."""
    from lassocore import fit_many

    found = fit_many(problem.X, problem.y, alphas=alphas, fit_intercept=problem.fit_intercept, tol=tol)
    return lambda: (found.coefs.transpose(1, 0, 2), found.intercepts)       # dense when asked for


def targets_sklearn(problem, alphas, tol, precompute=False):
    """scikit-learn's Lasso of all targets at once, alpha by alpha."""
    from sklearn.linear_model import Lasso

    if precompute and not isinstance(problem.X, np.ndarray):
        raise Unfit("scikit-learn takes no Gram matrix for sparse X")
    model = Lasso(fit_intercept=problem.fit_intercept, tol=tol, max_iter=MAX_ITER, warm_start=True,
                  precompute=precompute)
    found = [_of_estimator(model.set_params(alpha=alpha).fit(problem.X, problem.y)) for alpha in alphas]
    return tuple(np.concatenate(parts, axis=-1) for parts in zip(*found, strict=True))


def one_by_one(fit_one):
    """The solver that calls fit_one for target after target."""
    def fit(problem, alphas, tol):
        found = [fit_one(replace(problem, y=y, coupled=True), alphas, tol) for y in problem.y.T]
        coefs, intercepts = zip(*found, strict=True)
        return np.stack(coefs, axis=1), np.stack(intercepts)

    return fit


MULTI_TASK = Race("tasks", lru_cache(maxsize=1)(make_tasks), {
    "lassocore": tasks_lassocore, "sklearn": tasks_sklearn, "celer": tasks_celer, "skglm": tasks_skglm,
    "glmnet": partial(fit_glmnet, family="mgaussian")})
GROUPS = Race("groups", lru_cache(maxsize=1)(make_groups), {
    "lassocore": groups_lassocore, "celer": groups_celer, "skglm": groups_skglm})
TARGETS = Race("targets", lru_cache(maxsize=1)(make_targets), {
    "lassocore": targets_lassocore, "sklearn": targets_sklearn,
    "sklearn_gram": partial(targets_sklearn, precompute=True), "sklearn_loop": one_by_one(fit_sklearn),
    "celer": one_by_one(fit_celer), "skglm": one_by_one(fit_skglm),
    "glmnet": partial(fit_glmnet, family="targets")})
