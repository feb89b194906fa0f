r"""
Best subsets, matching pursuit, relaxed and adaptive lasso
==========================================================

The lasso does two things at once: it selects features, and it *shrinks* their coefficients, that is, makes them smaller
than :term:`least squares` would. :term:`Best subsets <best subset>` and orthogonal :term:`matching pursuit` only
select; the relaxed and the :term:`adaptive lasso` select like the lasso and take the :term:`shrinkage` back, in whole
or in part. Which is better? The answer depends on the noise.

The data: 100 rows, 20 features with a correlation of 0.6 between neighbours, and five coefficients that are not 0, the
largest 2 and the smallest -0.6.
"""
# sphinx_gallery_thumbnail_number = 2
from itertools import combinations
from math import comb

import matplotlib.pyplot as plt
import numpy as np
from sklearn.linear_model import (
    OrthogonalMatchingPursuit,
    OrthogonalMatchingPursuitCV,
    RidgeCV,
)
from sklearn.model_selection import KFold

from lassocore import AdaptiveLasso, ElasticNetCV, LassoCV, fit_path

BLUE, ORANGE, GREEN, VIOLET, GREY = "#1a339f", "#d67b1d", "#22765b", "#a458c7", "#868e99"
plt.rcParams.update({"axes.spines.top": False, "axes.spines.right": False,
                     "figure.dpi": 110})
truth = np.zeros(20)
truth[[1, 4, 8, 12, 16]] = 2.0, -1.5, 1.0, 0.8, -0.6


def make_rows(n_samples, noise, rng):
    X = rng.standard_normal((n_samples, 20))
    for j in range(1, 20):
        X[:, j] = 0.6 * X[:, j - 1] + 0.8 * X[:, j]
    return X, X @ truth + noise * rng.standard_normal(n_samples)


X, y = make_rows(100, 1.5, np.random.default_rng(1))

# %%
# Three ways to a list of k features
# ----------------------------------
#
# **Best subset**: of all sets of k features, the one whose least squares has the smallest :term:`residual` sum of
# squares. It has to be searched for among all of them:

print("sets of at most 6 of 20:", sum(comb(20, k) for k in range(7)))
print(f"sets of 10 of 100: {comb(100, 10):.0e}")


def best_subsets(X, y, k_max):
    """Features and residual sum of squares of the best subset, for k = 1 to k_max."""
    X, y = X - X.mean(axis=0), y - y.mean()
    gram, products, found = X.T @ X, X.T @ y, []
    for k in range(1, k_max + 1):
        sets = np.array(list(combinations(range(X.shape[1]), k)))
        coefs = np.linalg.solve(gram[sets[:, :, None], sets[:, None, :]],
                                products[sets][:, :, None])[:, :, 0]
        explained = (coefs * products[sets]).sum(axis=1)
        found.append((sets[explained.argmax()], y @ y - explained.max()))
    return found


# %%
# **Orthogonal matching pursuit**, forward selection in other words: add the feature with the largest correlation with
# the residual, fit least squares to all that were added, repeat. It never takes a feature back.
#
# **The lasso**: follow the path until k features are in it. What is printed are the features of each method for each k;
# the truth is 1, 4, 8, 12 and 16.

subsets = best_subsets(X, y, 6)
path = fit_path(X, y, alphas=400)
refitted = fit_path(X, y, alphas=400, relax=0.0)
names = "best subset", "matching pursuit", "lasso", "lasso, relaxed"
sums = {name: [] for name in names}
for k, (subset, rss) in enumerate(subsets, start=1):
    pursuit = OrthogonalMatchingPursuit(n_nonzero_coefs=k).fit(X, y)
    at = np.flatnonzero(path.n_nonzero == k)[-1]
    sums["best subset"].append(rss)
    sums["matching pursuit"].append(((y - pursuit.predict(X)) ** 2).sum())
    for name, fitted in (("lasso", path), ("lasso, relaxed", refitted)):
        sums[name].append(((y - fitted.predict(X)[:, at]) ** 2).sum())
    print(k, "subset", subset, " pursuit", np.flatnonzero(pursuit.coef_), " lasso",
          path.nonzeros(at)[0])

figure, axes = plt.subplots(figsize=(5.8, 3.6), layout="constrained")
# markers of different sizes, so that those of equal sums show around each other
looks = zip(("black", ORANGE, GREY, BLUE), "osv^", (3, 9, 5, 6), strict=True)
for (name, values), (colour, marker, size) in zip(sums.items(), looks, strict=True):
    axes.plot(range(1, 7), values, color=colour, marker=marker, markersize=size,
              markerfacecolor="none", label=name)
axes.set(xlabel="features", ylabel="residual sum of squares", xticks=range(1, 7))
axes.legend(frameon=False)
plt.show()

# %%
# By construction no method has a smaller sum than the best subset. Look at three features: all methods take x11, which
# has no coefficient but lies next to x12. The best subset of four drops it again, and that of five is the truth.
# Matching pursuit cannot drop it, and the path of the lasso keeps it, too. With six features matching pursuit has all
# of the truth beside x11, the lasso not yet.
#
# The grey line is far above the others even where the lasso has the *same* features: this is the shrinkage. Least
# squares on the features of the lasso, the *relaxed lasso* (``relax=0.0``), removes it.
#
# Of the lasso one can say for certain that no coefficients do better: its :term:`objective` is convex, and the
# :term:`duality gap` bounds what is left. Of matching pursuit nothing of the kind is known, and of a subset only if all
# have been searched.

print("largest gap on the path, relative to the mean square of y: "
      f"{path.dual_gaps.max() / np.mean(y ** 2):.0e}")

# %%
# Taking the shrinkage back
# -------------------------
#
# The *relaxed lasso* fits the features of each alpha again without a penalty, and ``relax`` blends the two: 1 is the
# lasso, 0 the refit (Meinshausen 2007). The *adaptive lasso* changes the penalty instead: each feature's is divided by
# the size of its coefficient in a first estimate, here :term:`ridge regression` (Zou 2006). Large coefficients are then
# hardly shrunk, small ones strongly penalised.

adaptive = AdaptiveLasso(pilot="ridge", cv=10).fit(X, y)
weighted = fit_path(X, y, penalty_factor=adaptive.penalty_factor_)
figure, panels = plt.subplots(1, 3, figsize=(10.0, 3.6), sharey=True,
                              layout="constrained")
for axes, fitted, title in zip(panels, (path, refitted, weighted),
                               ("Lasso", "Relaxed", "Adaptive"), strict=True):
    for j, coefs in enumerate(fitted.coefs):
        axes.semilogx(fitted.alphas, coefs, color=BLUE if truth[j] else GREY,
                      linewidth=1.6 if truth[j] else 0.7)
    for value in truth[truth != 0.0]:
        axes.axhline(value, color=ORANGE, linestyle="--", linewidth=0.7)
    axes.invert_xaxis()
    axes.set(xlabel="alpha, falling", title=title)
panels[0].set_ylabel("coefficient")
plt.show()

# %%
# The five features of the truth are blue, their true coefficients dashed. On the left four of them approach their lines
# while grey ones are growing already: there is no alpha at which the coefficients have their full size and the others
# are 0. In the middle coefficients have about their full size as soon as they enter. On the right the grey lines come
# later. The fifth, x16 with -0.6, is small in all three: these 100 rows do not show more of it once its neighbours are
# in the model.
#
# Which predicts best?
# --------------------
#
# The number of features, or alpha, is chosen by five-fold :term:`cross-validation` for each method, in the same folds;
# for the best subset by BIC, as a search in every fold takes too long. There are 12 samples with little noise, and 12
# with much. The elastic net and ridge regression, which shrinks and does not select, are there for comparison. *Excess
# error* is the expected squared error on new rows less the variance of the noise, which nobody can avoid; *true* and
# *false* count the selected features that have an effect and those that have none, on average. In the picture each dot
# is one sample, the bar the mean.


def relaxed_by_cv(X, y, folds):
    """Coefficients of the relaxed lasso at the alpha of the least held-out error."""
    alphas, errors = fit_path(X, y).alphas, 0.0
    for train, test in folds.split(X):
        fold = fit_path(X[train], y[train], alphas=alphas, relax=0.0)
        errors = errors + ((fold.predict(X[test]) - y[test][:, None]) ** 2).sum(axis=0)
    chosen = fit_path(X, y, alphas=[alphas[np.argmin(errors)]], relax=0.0)
    return chosen.coefs[:, 0]


def subset_by_bic(X, y):
    """Coefficients of least squares on the best subset of the least BIC."""
    found = best_subsets(X, y, 6)
    bic = [len(y) * np.log(rss / len(y)) + np.log(len(y)) * len(features)
           for features, rss in found]
    features, coef = found[int(np.argmin(bic))][0], np.zeros(X.shape[1])
    coef[features] = np.linalg.lstsq((X - X.mean(axis=0))[:, features], y - y.mean(),
                                     rcond=None)[0]
    return coef


folds = KFold(5, shuffle=True, random_state=0)
methods = {
    "lasso": lambda X, y: LassoCV(cv=folds).fit(X, y).coef_,
    "lasso, 1 SE": lambda X, y: LassoCV(cv=folds, selection_rule="1se").fit(X, y).coef_,
    "relaxed lasso": lambda X, y: relaxed_by_cv(X, y, folds),
    "adaptive lasso": lambda X, y: (
        AdaptiveLasso(pilot="ridge", cv=folds).fit(X, y).coef_),
    "matching pursuit": lambda X, y: (
        OrthogonalMatchingPursuitCV(cv=folds).fit(X, y).coef_),
    "best subset, BIC": subset_by_bic,
    "elastic net": lambda X, y: (
        ElasticNetCV(l1_ratio=[0.2, 0.5, 0.9], cv=folds).fit(X, y).coef_),
    "ridge": lambda X, y: RidgeCV(alphas=np.geomspace(1.0, 1000.0, 30)).fit(X, y).coef_,
}
# The expected error above the noise is (w - truth)' C (w - truth),
# with the covariance C of the features.
covariance = 0.6 ** abs(np.subtract.outer(np.arange(20), np.arange(20)))
results = {}
for noise in (1.0, 4.0):
    rng = np.random.default_rng(0)
    samples = [make_rows(100, noise, rng) for _ in range(12)]
    print(f"noise {noise:<12g} {'excess error':>14s}  nonzeros  true  false")
    for name, method in methods.items():
        coefs = np.array([method(*sample) for sample in samples])
        excess = np.einsum("ij,jk,ik->i", coefs - truth, covariance, coefs - truth)
        right, wrong = [np.count_nonzero(coefs[:, where], axis=1).mean()
                        for where in (truth != 0.0, truth == 0.0)]
        results[noise, name] = excess
        print(f"{name:18s} {excess.mean():14.3f} {right + wrong:9.1f} {right:5.1f} "
              f"{wrong:6.1f}")

figure, panels = plt.subplots(1, 2, figsize=(9.5, 3.4), sharey=True,
                              layout="constrained")
for axes, noise in zip(panels, (1.0, 4.0), strict=True):
    for place, name in enumerate(methods):
        excess = results[noise, name]
        axes.plot(excess, np.full(len(excess), place), "o", color=BLUE, alpha=0.4)
        axes.plot(excess.mean(), place, "|", color=ORANGE, markersize=18,
                  markeredgewidth=3)
    axes.set(title=f"Standard deviation of the noise {noise:g}",
             xlabel="expected error above the noise",
             yticks=range(len(methods)), yticklabels=list(methods))
panels[0].invert_yaxis()
plt.show()

# %%
# * **Little noise** (left): all methods find the five features in every sample, and what differs is the rest. The lasso
#   adds about five false ones, since it takes a small alpha to shrink little. Those that shrink less need fewer false
#   ones: matching pursuit, the relaxed and the adaptive lasso and the best subset have smaller errors. Ridge
#   regression, which keeps all 20 features, has the largest.
# * **Much noise** (right): no method that selects finds the five features in every sample. The lasso now predicts best
#   on average, followed closely by the adaptive lasso and the elastic net. Twelve samples do not tell these apart.
#   Coefficients of full size on uncertain features add variance, and shrinkage reduces it; even ridge regression is
#   better than those that do not shrink.
# * The **one-standard-error rule** has the largest error of all that select, in both. It is meant for a short list from
#   a lasso, and its larger alpha shrinks more. Its list, fitted again without a penalty, is another matter.
#
# The lasso is thus more than a cheap substitute for best subsets: with much noise the subsets predict worse on average.
# And enumeration, as done here, ends at a few dozen features.
#
# What to take from this
# ----------------------
#
# Shrinkage is a cost where the signal is strong and a benefit where it is weak. Take the relaxed or the adaptive lasso
# in the first case and the lasso in the second; cross-validation of both says which case it is. The guide shows the
# calls: :doc:`choosing alpha </guide/choosing-alpha>`, section *Less shrinkage*.
#
# **Next:** the methods at work, on a table of text: :ref:`salaries <sphx_glr_auto_gallery_plot_11_salaries.py>`.
