# Lives here: the names and arguments of celer and skglm on lassocore's estimators. Independent of: the suites.
"""Stand-ins for the peers' estimators, with the peers' constructors.

What says how hard to work is translated: `max_epochs` epochs for each alpha. `p0`, `prune` and `ws_strategy` steer the
peers' working sets and mean nothing here. `weights` is `penalty_factor`; celer refuses weights of 0, lassocore takes
them, so the refusal is the stand-in's. `tol` bounds the same gap in celer, but the subgradient in skglm: the error of
coefficients goes with the subgradient and with the root of the gap. celer's test of ElasticNetCV compares coefficients
to 1e-5 at a gap of 1e-10, which bounds their error by 1e-4 only: lassocore stops there, others go on; so it is asked
for a smaller gap. `eps`, `n_alphas` and `alphas` are those that scikit-learn had up to 1.8.
"""
from __future__ import annotations

from inspect import signature

import numpy as np

import lassocore

PEER = "celer"  # whose arguments the stand-ins take
SHIFT = 0.0     # added to all coefficients by a run that is meant to fail


class StandIn:
    """An estimator of a peer that is fitted by lassocore; `shared` arguments have the same meaning in both."""

    n_fits = 0      # of all stand-ins: shows that a suite has met them
    shared: tuple[str, ...] = ()
    tol_share = 1.0     # of the gap that is asked for

    def fit(self, X, y):
        """Fit the estimator of lassocore that this one stands for, and take over what it has learnt."""
        StandIn.n_fits += 1
        ours = self._translated()
        if getattr(self, "warm_start", False) and hasattr(self, "coef_"):
            ours.coef_ = self.coef_
        ours.fit(X, y)
        ours.coef_ = ours.coef_ + SHIFT
        self.__dict__.pop("feature_names_in_", None)
        self.__dict__.update({name: value for name, value in vars(ours).items() if name.endswith("_")})
        return self

    def _translated(self):
        """The estimator of lassocore, not fitted."""
        base = next(cls for cls in type(self).__mro__ if cls.__module__.startswith("lassocore"))
        arguments = {name: getattr(self, name) for name in self.shared}
        if getattr(self, "weights", None) is not None:
            arguments["penalty_factor"] = self.weights
        arguments["tol"] = self.tol_share * self.tol
        if PEER == "skglm":
            arguments["tol"] = gap_tol(self.tol)
        elif getattr(self, "weights", None) is not None:
            check_positive(self.weights)
        if hasattr(self, "n_alphas"):
            arguments |= {"eps": self.eps, "alphas": self.n_alphas if self.alphas is None else self.alphas}
        return base(max_iter=self.max_epochs, **arguments)


def gap_tol(tol):
    """The gap that is small where subgradients are below tol, or what can be told from rounding."""
    return max(tol**2, 1e-15)


def check_positive(weights):
    """Weights, of which celer asks that they be positive."""
    if np.min(weights) <= 0:
        raise ValueError(f"weights must be positive, the smallest is {np.min(weights)}")
    return weights


class Lasso(StandIn, lassocore.Lasso):
    """Lasso of celer and skglm, and skglm's WeightedLasso."""

    shared = ("alpha", "tol", "positive", "fit_intercept", "warm_start")

    def __init__(
        self, alpha=1.0, weights=None, max_iter=50, max_epochs=50_000, p0=10, verbose=0, tol=1e-4, positive=False,
        fit_intercept=True, warm_start=False, ws_strategy="subdiff", prune=True,
    ):
        self.alpha, self.weights, self.tol, self.positive = alpha, weights, tol, positive
        self.max_iter, self.max_epochs, self.p0, self.verbose = max_iter, max_epochs, p0, verbose
        self.fit_intercept, self.warm_start = fit_intercept, warm_start
        self.ws_strategy, self.prune = ws_strategy, prune


class ElasticNet(StandIn, lassocore.ElasticNet):
    """ElasticNet of skglm."""

    shared = (*Lasso.shared, "l1_ratio")

    def __init__(
        self, alpha=1.0, l1_ratio=0.5, weights=None, max_iter=50, max_epochs=50_000, p0=10, verbose=0, tol=1e-4,
        positive=False, fit_intercept=True, warm_start=False, ws_strategy="subdiff", prune=True,
    ):
        self.alpha, self.l1_ratio, self.weights, self.tol, self.positive = alpha, l1_ratio, weights, tol, positive
        self.max_iter, self.max_epochs, self.p0, self.verbose = max_iter, max_epochs, p0, verbose
        self.fit_intercept, self.warm_start = fit_intercept, warm_start
        self.ws_strategy, self.prune = ws_strategy, prune


class CelerElasticNet(ElasticNet):
    """ElasticNet of celer: a lasso unless it is told otherwise."""

    def __init__(
        self, alpha=1.0, l1_ratio=1.0, max_iter=100, max_epochs=50_000, p0=10, verbose=0, tol=1e-4, prune=True,
        fit_intercept=True, weights=None, warm_start=False, positive=False,
    ):
        super().__init__(alpha, l1_ratio, weights, max_iter, max_epochs, p0, verbose, tol, positive, fit_intercept,
                         warm_start, prune=prune)


class MultiTaskLasso(StandIn, lassocore.MultiTaskLasso):
    """MultiTaskLasso of celer and skglm."""

    shared = ("alpha", "tol", "fit_intercept", "warm_start")

    def __init__(
        self, alpha=1.0, copy_X=True, max_iter=50, max_epochs=50_000, p0=10, verbose=0, tol=1e-4, fit_intercept=True,
        warm_start=False, ws_strategy="subdiff", prune=True,
    ):
        self.alpha, self.copy_X, self.tol, self.fit_intercept = alpha, copy_X, tol, fit_intercept
        self.max_iter, self.max_epochs, self.p0, self.verbose = max_iter, max_epochs, p0, verbose
        self.warm_start, self.ws_strategy, self.prune = warm_start, ws_strategy, prune

    def path(self, X, Y, alphas, coef_init=None, return_n_iter=False, max_iter=None):
        """skglm's path: (alphas, coefs, gaps) with coefs of shape (n_tasks, n_features, n_alphas)."""
        StandIn.n_fits += 1
        alphas, coefs, gaps = lassocore.lasso_path(
            X, Y, alphas=alphas, coef_init=coef_init, tol=gap_tol(self.tol), max_iter=self.max_epochs)
        return alphas, coefs + SHIFT, gaps


class LassoCV(StandIn, lassocore.LassoCV):
    """LassoCV of celer."""

    shared = ("fit_intercept", "tol", "cv", "positive", "n_jobs")

    def __init__(
        self, eps=1e-3, n_alphas=100, alphas=None, fit_intercept=True, max_iter=100, tol=1e-4, cv=None, verbose=0,
        max_epochs=50_000, p0=10, prune=True, precompute="auto", positive=False, n_jobs=None,
    ):
        self.eps, self.n_alphas, self.alphas, self.fit_intercept, self.tol, self.cv = (
            eps, n_alphas, alphas, fit_intercept, tol, cv)
        self.max_iter, self.max_epochs, self.p0, self.verbose = max_iter, max_epochs, p0, verbose
        self.prune, self.precompute, self.positive, self.n_jobs = prune, precompute, positive, n_jobs


class ElasticNetCV(StandIn, lassocore.ElasticNetCV):
    """ElasticNetCV of celer."""

    shared = (*LassoCV.shared, "l1_ratio")
    tol_share = 1e-4

    def __init__(
        self, l1_ratio=1.0, eps=1e-3, n_alphas=100, alphas=None, fit_intercept=True, max_iter=100, tol=1e-4, cv=None,
        verbose=0, max_epochs=50_000, p0=10, prune=True, precompute="auto", positive=False, n_jobs=None,
    ):
        self.l1_ratio, self.eps, self.n_alphas, self.alphas, self.fit_intercept, self.tol, self.cv = (
            l1_ratio, eps, n_alphas, alphas, fit_intercept, tol, cv)
        self.max_iter, self.max_epochs, self.p0, self.verbose = max_iter, max_epochs, p0, verbose
        self.prune, self.precompute, self.positive, self.n_jobs = prune, precompute, positive, n_jobs


class MultiTaskLassoCV(StandIn, lassocore.MultiTaskLassoCV):
    """MultiTaskLassoCV of celer."""

    shared = ("fit_intercept", "tol", "cv", "n_jobs")

    def __init__(
        self, eps=1e-3, n_alphas=100, alphas=None, fit_intercept=True, max_iter=100, tol=1e-4, cv=None, verbose=0,
        max_epochs=50_000, p0=10, prune=True, precompute="auto", n_jobs=1,
    ):
        self.eps, self.n_alphas, self.alphas, self.fit_intercept, self.tol, self.cv = (
            eps, n_alphas, alphas, fit_intercept, tol, cv)
        self.max_iter, self.max_epochs, self.p0, self.verbose = max_iter, max_epochs, p0, verbose
        self.prune, self.precompute, self.n_jobs = prune, precompute, n_jobs


def celer_path(original):
    """celer's path function: lassocore where it fits a lasso or elastic net, the original elsewhere."""

    def path(
        X, y, pb, eps=1e-3, n_alphas=100, alphas=None, l1_ratio=1.0, coef_init=None, max_iter=20, max_epochs=50_000,
        p0=10, verbose=0, tol=1e-6, prune=0, weights=None, groups=None, return_thetas=False, use_PN=False,
        return_n_iter=False, positive=False,
    ):
        if pb != "lasso":
            return original(
                X, y, pb, eps=eps, n_alphas=n_alphas, alphas=alphas, l1_ratio=l1_ratio, coef_init=coef_init,
                max_iter=max_iter, max_epochs=max_epochs, p0=p0, verbose=verbose, tol=tol, prune=prune, weights=weights,
                groups=groups, return_thetas=return_thetas, use_PN=use_PN, return_n_iter=return_n_iter,
                positive=positive)
        StandIn.n_fits += 1
        fitted = lassocore.fit_path(
            X, y, alphas=n_alphas if alphas is None else alphas, eps=eps, l1_ratio=l1_ratio, fit_intercept=False,
            coef_init=coef_init, max_iter=max_epochs, tol=tol, positive=positive,
            penalty_factor=None if weights is None else check_positive(weights))
        results = [fitted.alphas, fitted.coefs + SHIFT, fitted.dual_gaps]
        if return_thetas:
            residuals = np.asarray(y)[:, None] - X @ fitted.coefs
            results.append((residuals / (len(y) * fitted.alphas)).T)
        return tuple([*results, fitted.n_iter] if return_n_iter else results)

    return path


def mtl_path(
    X, Y, eps=1e-2, n_alphas=100, alphas=None, max_iter=100, max_epochs=50_000, p0=10, verbose=0, tol=1e-6, prune=True,
):
    """celer's multi-task path."""
    StandIn.n_fits += 1
    alphas, coefs, gaps = lassocore.lasso_path(
        X, Y, eps=eps, alphas=n_alphas if alphas is None else alphas, tol=tol, max_iter=max_epochs)
    return alphas, coefs + SHIFT, gaps


def with_n_alphas(estimator):
    """scikit-learn's CV classes as the peers' tests call them: newer versions take the number of alphas as `alphas`."""
    if "n_alphas" in signature(estimator).parameters:
        return estimator

    def construct(n_alphas=100, **arguments):
        return estimator(alphas=n_alphas, **arguments)

    return construct
