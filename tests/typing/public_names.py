# Lives here: what type checkers make of the public names. Independent of: what the names do.
"""Checked by mypy, never run: `assert_type` says what a type is, `type: ignore[...]` which error a line must be."""
from typing import Any, assert_type

import numpy as np

import lassocore
from lassocore import (
    AdaptiveLasso,
    ConstrainedResult,
    ElasticNet,
    ElasticNetCV,
    GroupLasso,
    GroupLassoCV,
    Lasso,
    LassoCV,
    LassoIC,
    ManyResult,
    MultiTaskElasticNet,
    MultiTaskElasticNetCV,
    MultiTaskLasso,
    MultiTaskLassoCV,
    MultiTaskPathResult,
    PathResult,
    SparseGroupLasso,
    SparseGroupLassoCV,
    alpha_max,
    duality_gap,
    enet_path,
    fit_constrained,
    fit_many,
    fit_multi_task_path,
    fit_path,
    groups_from_transformer,
    lasso_path,
    load,
    monitor,
    patch_sklearn,
    unpatch_sklearn,
)
from lassocore.results.history import History

X, y = np.eye(3), np.ones(3)

assert_type(lassocore.__version__, str)
assert_type(fit_path(X, y, alphas=[1.0, 0.5], l1_ratio=0.5), PathResult)
assert_type(fit_path(X, y).alphas, np.ndarray)
assert_type(fit_path(X, y).coef_at(0.1), np.ndarray)
assert_type(fit_path(X, y).intercept_at(0.1), float)
assert_type(fit_path(X, y).intercept_at([0.1, 0.2]), np.ndarray)
assert_type(fit_path(X, y).intercept_at(np.float32(0.1)), float)
assert_type(fit_path(X, y).predict(X, [0.1, 0.2]), np.ndarray)
assert_type(fit_path(X, y)[:2], PathResult)
assert_type(fit_path(X, y)[0].intercept, float)
assert_type([model.alpha for model in fit_path(X, y)], list[float])
assert_type(fit_path(X, y, groups=[0, 0, 1], feature_l1_ratio=0.5).nonzero_groups(), list[Any])
assert_type(groups_from_transformer(None), dict[str, list[int]])
assert_type(fit_path(X, y, history=True).history, History | None)
assert_type(fit_path(X, y).report(X, y), str)

assert_type(fit_constrained(X, y, 1.0), ConstrainedResult)
assert_type(fit_constrained(X, y, [1.0, 2.0]).coef, np.ndarray)
assert_type(fit_constrained(X, y, t=1.0).predict(X), np.ndarray)

assert_type(fit_many(X, X), ManyResult)
assert_type(fit_many(X, X)[0], PathResult)
assert_type(fit_many(X, X)[:2], list[PathResult])
assert_type(fit_multi_task_path(X, X), MultiTaskPathResult)
assert_type(fit_multi_task_path(X, X).intercept_at(0.1), np.ndarray)
assert_type(fit_multi_task_path(X, X)[:2], MultiTaskPathResult)
assert_type(fit_multi_task_path(X, X)[0].intercept, np.ndarray)
assert_type(alpha_max(X, y), float)
assert_type(duality_gap(X, y, y, alpha=1.0), float)
assert_type(load("model.json").predict(X), np.ndarray)
assert_type(load("model.json").path, PathResult)
assert_type(load("model.json").alpha, float)
assert_type(monitor(load("model.json"), X, y, refit=True).drifted, bool)
assert_type(Lasso().fit(X, y).save("model.json", X, y), None)
with patch_sklearn(kernels=False):
    enet_path(X, y, alphas=3)
    lasso_path(X, y, alphas=3)
unpatch_sklearn()

assert_type(Lasso(alpha=0.1).fit(X, y), Lasso)
assert_type(ElasticNet(alpha=0.1, l1_ratio=0.5).fit(X, y), ElasticNet)
assert_type(MultiTaskLasso().fit(X, X), MultiTaskLasso)
assert_type(MultiTaskElasticNet().fit(X, X), MultiTaskElasticNet)
assert_type(LassoCV(cv=3).fit(X, y), LassoCV)
assert_type(ElasticNetCV(cv=3).fit(X, y), ElasticNetCV)
assert_type(MultiTaskLassoCV(cv=3).fit(X, X), MultiTaskLassoCV)
assert_type(MultiTaskElasticNetCV(cv=3).fit(X, X), MultiTaskElasticNetCV)
assert_type(LassoIC("bic").fit(X, y), LassoIC)
assert_type(AdaptiveLasso().fit(X, y), AdaptiveLasso)
assert_type(GroupLasso(groups=[0, 0, 1]).fit(X, y), GroupLasso)
assert_type(SparseGroupLasso(groups=[0, 0, 1]).fit(X, y), SparseGroupLasso)
assert_type(GroupLassoCV(groups=[0, 0, 1]).fit(X, y), GroupLassoCV)
assert_type(SparseGroupLassoCV(groups=[0, 0, 1]).fit(X, y), SparseGroupLassoCV)
assert_type(GroupLasso().fit(X, y).nonzero_groups_, list[Any])
assert_type(Lasso().fit(X, y).coef_, np.ndarray)
assert_type(Lasso().fit(X, y).predict(X), np.ndarray)
assert_type(LassoCV().fit(X, y).alpha_, float)
assert_type(LassoCV().fit(X, y).mse_path_, np.ndarray)

Lasso(alfa=3)                       # type: ignore[call-arg]
ElasticNet(l1ratio=0.5)             # type: ignore[call-arg]
LassoCV(n_alphas=50)                # type: ignore[call-arg]
LassoIC(n_jobs=2)                   # type: ignore[call-arg]
AdaptiveLasso(weights=None)         # type: ignore[call-arg]
GroupLasso(positive=True)           # type: ignore[call-arg]
MultiTaskLasso(positive=True)       # type: ignore[call-arg]
fit_path(X, y, lambda_=0.1)         # type: ignore[call-arg]
fit_path(X, y, l1_ratio="half")     # type: ignore[arg-type]
fit_many(X)                         # type: ignore[call-arg]
print(fit_path(X, y).coefficients)  # type: ignore[attr-defined]
print(lassocore.boosting)           # type: ignore[attr-defined]
