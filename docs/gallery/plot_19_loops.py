r"""
The lasso inside a loop: intervals, permutations, robust losses
===============================================================

Many methods of statistics solve a lasso again and again: for another target over the same features, or with other
weights for the same rows. What does not change from one fit to the next should be done once. This page builds three
such methods in a few lines each: confidence intervals from the debiased lasso, a permutation test, and a robust
regression by reweighting.
"""
# sphinx_gallery_thumbnail_number = 1
import time

import matplotlib.pyplot as plt
import numpy as np

from lassocore import LassoSolver, fit_path, prepare

BLUE, ORANGE, GREEN, GREY = "#1a339f", "#d67b1d", "#22765b", "#868e99"
plt.rcParams.update({"axes.spines.top": False, "axes.spines.right": False,
                     "figure.dpi": 110})
rng = np.random.default_rng(3)

n, p = 200, 100
X = rng.standard_normal((n, p))
for j in range(1, p):
    X[:, j] = 0.5 * X[:, j - 1] + np.sqrt(1.0 - 0.5**2) * X[:, j]
truth = np.zeros(p)
truth[[5, 20, 21, 60, 90]] = [1.0, -0.8, 0.6, 0.4, 0.2]
alpha = np.sqrt(2.0 * np.log(p) / n)

# %%
# Intervals: the debiased lasso
# -----------------------------
#
# A coefficient of the lasso is shrunk, and often exactly 0; its distribution is not normal, so that "estimate plus or
# minus two standard errors" means nothing. Zhang and Zhang (2014) and van de Geer et al. (2014) correct the bias. For
# feature :math:`j`, regress :math:`x_j` on all other features by the lasso, and call the residual :math:`z_j`. Then
#
# .. math::
#
#     \hat b_j = \hat w_j + \frac{z_j'(y - X\hat w)}{z_j'x_j}
#
# is nearly normal around the true coefficient, with standard deviation
# :math:`\sigma \|z_j\| / |z_j'x_j|`. The residuals :math:`z_j` depend on X alone. `lassocore.prepare` checks and
# measures X and keeps its Gram matrix, so that the 100 regressions take little more than their steps.

prepared = prepare(X)
start = time.perf_counter()
Z = np.empty((n, p))
for j in range(p):
    others = np.ones(p)
    others[j] = np.inf                      # a feature must not explain itself
    nodewise = fit_path(prepared, X[:, j], alphas=[0.5 * alpha], penalty_factor=others)
    Z[:, j] = X[:, j] - nodewise.predict(X)[:, 0]
print(f"{p} regressions of a feature on the others: "
      f"{1e3 * (time.perf_counter() - start):.0f} ms")

centred = X - X.mean(axis=0)
products = (Z * centred).sum(axis=0)


def debiased(y):
    """Estimates and standard errors; sigma from the residuals of the lasso."""
    lasso = fit_path(prepared, y, alphas=[0.5 * alpha])
    residual = y - lasso.predict(X)[:, 0]
    sigma = np.sqrt(residual @ residual / (n - lasso.n_nonzero[0]))
    estimates = lasso.coefs[:, 0] + Z.T @ residual / products
    return estimates, sigma * np.linalg.norm(Z, axis=0) / abs(products)


y = X @ truth + rng.standard_normal(n)
estimate, error = debiased(y)
shown = np.r_[np.flatnonzero(truth), 10, 22, 40, 59, 80]
figure, axes = plt.subplots(figsize=(6.0, 3.6), layout="constrained")
axes.errorbar(np.arange(10), estimate[shown], 1.96 * error[shown], fmt="o", color=BLUE,
              label="debiased, 95 %")
axes.plot(np.arange(10), fit_path(prepared, y, alphas=[0.5 * alpha]).coefs[shown, 0],
          "s", color=ORANGE, label="lasso")
axes.plot(np.arange(10), truth[shown], "_", color="black", markersize=22, label="truth")
axes.axhline(0.0, color=GREY, linewidth=0.8)
axes.set(xticks=np.arange(10), xticklabels=[f"x{j}" for j in shown],
         ylabel="coefficient", title="Five true features and five others")
axes.legend(frameon=False)
plt.show()

# %%
# An interval keeps its promise if it covers the truth in 95 of 100 samples. Here are 200 further samples of y, with X,
# and so all :math:`z_j`, as they are.

covered = np.zeros(p)
for _ in range(200):
    estimate, error = debiased(X @ truth + rng.standard_normal(n))
    covered += abs(estimate - truth) <= 1.96 * error
covered /= 200
print(f"coverage: {covered[truth != 0.0].mean():.1%} of the true features, "
      f"{covered[truth == 0.0].mean():.1%} of the others")

# %%
# Permutations
# ------------
#
# Is there anything in these features at all? If y has nothing to do with X, any order of y is as likely as the one
# observed. So compare a statistic, here R2 of the lasso at one alpha, with its values for shuffled targets. That is
# 2,000 lassos over the same X: `lassocore.LassoSolver` does nothing but what a new target needs.

weak = 0.15 * (X[:, 5] - X[:, 60]) + rng.standard_normal(n)
solver = LassoSolver(prepared)


def explained(target):
    """R2 of the lasso on the rows of the fit."""
    found = solver.solve(target, alpha=0.6 * alpha)
    return 1.0 - np.var(target - centred @ found.coef) / np.var(target)


start = time.perf_counter()
shuffled = np.array([explained(rng.permutation(weak)) for _ in range(2000)])
seconds = time.perf_counter() - start
observed = explained(weak)
p_value = (1 + np.count_nonzero(shuffled >= observed)) / 2001
figure, axes = plt.subplots(figsize=(5.8, 3.2), layout="constrained")
axes.hist(shuffled, bins=50, color=GREY)
axes.axvline(observed, color=ORANGE, linewidth=2.0)
axes.annotate(f" observed, p = {p_value:.3f}", (observed, axes.get_ylim()[1] * 0.9))
axes.set(xlabel="R2 of the lasso", ylabel="shuffled targets",
         title="2,000 permutations")
plt.show()
print(f"2,000 lassos in {seconds:.2f} s, {1e6 * seconds / 2000:.0f} microseconds each "
      "with all that is around them")

# %%
# Robust regression by reweighting
# --------------------------------
#
# Squared error lets a single outlier bend a model. Huber's loss is squared up to :math:`\delta` and linear beyond. It
# is minimised by *iteratively reweighted least squares*: a row with residual :math:`r_i` gets the weight
# :math:`\min(1, \delta / |r_i|)`, a weighted lasso is solved, and so on. Each lasso starts from the last.
#
# The objective of `lassocore.fit_path` divides by the sum of the weights, which changes from step to step; alpha is
# rescaled so that the penalty stays what it is.

DELTA = 1.345
spoilt = y.copy()
spoilt[:20] += 15.0 * rng.choice([-1.0, 1.0], 20)


def huber_lasso(target, n_steps=18):
    """Coefficients, intercept, and the objective after every step."""
    coef, intercept, costs = np.zeros(p), np.median(target), []
    for _ in range(n_steps):
        residual = abs(target - intercept - X @ coef)
        loss = np.where(residual <= DELTA, 0.5 * residual**2,
                        DELTA * residual - 0.5 * DELTA**2)
        costs.append(loss.mean() + 0.5 * alpha * abs(coef).sum())
        weight = np.minimum(1.0, DELTA / np.maximum(residual, 1e-12))
        path = fit_path(X, target, alphas=[0.5 * alpha / weight.mean()],
                        sample_weight=weight, coef_init=coef, tol=1e-10)
        coef, intercept = path.coefs[:, 0], path.intercepts[0]
    return coef, intercept, np.array(costs)


robust, intercept, costs = huber_lasso(spoilt)
plain = fit_path(X, spoilt, alphas=[0.5 * alpha]).coefs[:, 0]
clean = fit_path(X, y, alphas=[0.5 * alpha]).coefs[:, 0]

figure, (left, right) = plt.subplots(1, 2, figsize=(9.5, 3.5), layout="constrained")
left.semilogy(costs[:-1] - costs.min() + 1e-16, "o-", color=BLUE, markersize=4)
left.set(xlabel="reweighting", ylabel="objective above its minimum",
         title="Every step lowers the objective")
for coef, colour, marker, label in ((clean, GREY, "_", "lasso, clean y"),
                                    (plain, ORANGE, "s", "lasso, 20 outliers"),
                                    (robust, BLUE, "o", "Huber's loss, 20 outliers")):
    right.plot(np.arange(10), coef[shown], marker, color=colour, label=label,
               markersize=18 if marker == "_" else 6)
right.axhline(0.0, color=GREY, linewidth=0.8)
right.set(xticks=np.arange(10), xticklabels=[f"x{j}" for j in shown],
          title="Coefficients")
right.legend(frameon=False, fontsize=9)
plt.show()

residual = spoilt - intercept - X @ robust
slope = X.T @ np.clip(residual, -DELTA, DELTA) / n
print(f"optimality: |slope| / alpha at most {abs(slope).max() / (0.5 * alpha):.6f}, "
      "and of the selected features at least "
      f"{abs(slope[robust != 0.0]).min() / (0.5 * alpha):.6f}")
print("distance to the coefficients from clean data: lasso "
      f"{np.linalg.norm(plain - clean):.2f}, "
      f"Huber's loss {np.linalg.norm(robust - clean):.2f}")

# %%
# The last lines check the result without another solver: at the minimum the slope of the loss is alpha for every
# selected feature and smaller for all others.
#
# What to take from this
# ----------------------
#
# A method that needs many lassos is a loop over `fit_path`, `LassoSolver` or `fit_many`; prepare X once, start from the
# last solution where there is one, and check the end by a condition that does not depend on the loop. :doc:`Many fits
# </guide/many-fits>` says which of the functions suits which loop.
#
# **Next:** :ref:`a network from many lassos <sphx_glr_auto_gallery_plot_20_network.py>`: thirty regressions in one
# call, and which of their findings to trust.
