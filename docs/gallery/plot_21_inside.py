r"""
The lasso inside other algorithms
=================================

A fast and exact lasso is a part from which solvers of other problems are built: the hard, kinked step is left to it,
and a few lines around it do the rest. Two of them here: logistic regression by reweighting, and the regression of
medians by the alternating direction method of multipliers (ADMM). Both are checked against programs that know nothing
of the lasso.
"""
# sphinx_gallery_thumbnail_number = 2
import time

import matplotlib.pyplot as plt
import numpy as np
from scipy.optimize import linprog
from scipy.special import expit
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression

from lassocore import LassoSolver, fit_path

BLUE, ORANGE, GREEN, GREY = "#1a339f", "#d67b1d", "#22765b", "#868e99"
plt.rcParams.update({"axes.spines.top": False, "axes.spines.right": False,
                     "figure.dpi": 110})
rng = np.random.default_rng(1)

# %%
# Logistic regression by reweighted lassos
# ----------------------------------------
#
# The loss of logistic regression for :math:`y_i \in \{0, 1\}` is
# :math:`\ell(\eta) = \sum_i \log(1 + e^{\eta_i}) - y_i \eta_i` with :math:`\eta = b + Xw`. Around the present
# :math:`\eta` it is nearly a parabola: with probabilities :math:`\pi_i = 1 / (1 + e^{-\eta_i})` and weights
# :math:`s_i = \pi_i (1 - \pi_i)`,
#
# .. math::
#
#     \ell \approx \tfrac12 \sum_i s_i (z_i - b - x_i'w)^2 + \text{const}, \qquad
#     z_i = \eta_i + \frac{y_i - \pi_i}{s_i}.
#
# Parabola plus L1 norm is a weighted lasso. Solve it, move there, expand again: *iteratively reweighted least squares*
# or, with a penalty, a proximal Newton method, and what glmnet does.
#
# `lassocore.fit_path` divides its objective by the sum of the weights :math:`S`, so the penalty
# :math:`\lambda \|w\|_1` is its ``alpha`` of :math:`\lambda / S`. Each lasso starts from the last, and a step that does
# not lower the objective is halved.

data = load_breast_cancer()
X = (data.data - data.data.mean(axis=0)) / data.data.std(axis=0)
y = data.target.astype(float)
n, p = X.shape


def logistic_lasso(penalty, tol=1e-12):
    """Intercept, coefficients, and the objective after every step."""
    def objective(b, w):
        eta = b + X @ w
        return (np.logaddexp(0.0, eta) - y * eta).sum() + penalty * abs(w).sum()

    intercept, coef = np.log(y.mean() / (1.0 - y.mean())), np.zeros(p)
    costs = [objective(intercept, coef)]
    for _ in range(50):
        eta = intercept + X @ coef
        probability = expit(eta)
        weight = np.maximum(probability * (1.0 - probability), 1e-6)
        path = fit_path(X, eta + (y - probability) / weight, sample_weight=weight,
                        alphas=[penalty / weight.sum()], coef_init=coef, tol=1e-10)
        size = 1.0
        to_coef = path.coefs[:, 0] - coef
        to_intercept = path.intercepts[0] - intercept
        while size > 1e-6 and objective(
                intercept + size * to_intercept, coef + size * to_coef) > costs[-1]:
            size /= 2.0
        intercept, coef = intercept + size * to_intercept, coef + size * to_coef
        costs.append(objective(intercept, coef))
        if costs[-2] - costs[-1] <= tol * costs[0]:
            break
    return intercept, coef, np.array(costs)


penalty = 5.0
start = time.perf_counter()
intercept, coef, costs = logistic_lasso(penalty)
seconds = time.perf_counter() - start
theirs = LogisticRegression(C=1.0 / penalty, solver="saga", l1_ratio=1.0, tol=1e-10,
                            max_iter=100_000)
if "penalty" in theirs.get_params() and theirs.penalty == "l2":     # scikit-learn before 1.8
    theirs.set_params(penalty="l1")
theirs.fit(X, y)
eta = theirs.intercept_[0] + X @ theirs.coef_[0]
their_cost = (np.logaddexp(0.0, eta) - y * eta).sum() + penalty * abs(theirs.coef_).sum()
print(f"{len(costs) - 1} lassos in {1e3 * seconds:.0f} ms; {np.count_nonzero(coef)} of {p} "
      "features selected")
print(f"objective {costs[-1]:.9f}, scikit-learn's LogisticRegression {their_cost:.9f}")
print("largest difference of the coefficients: "
      f"{abs(coef - theirs.coef_[0]).max():.1e}")

# %%
# The check is independent: scikit-learn's solver goes through the rows at random and never solves a lasso. A second one
# needs no solver: at the minimum the slope :math:`X'(y - \pi)` is :math:`\lambda` times the sign of every selected
# feature, and smaller for all others.

slope = X.T @ (y - expit(intercept + X @ coef)) / penalty
figure, (left, right) = plt.subplots(1, 2, figsize=(9.5, 3.5), layout="constrained")
left.semilogy(np.arange(len(costs) - 1), costs[:-1] - costs[-1] + 1e-13, "o-", color=BLUE)
left.set(xlabel="lassos", ylabel="objective above its minimum",
         title="A few reweighted lassos are enough")
chosen = coef != 0.0
right.plot(np.flatnonzero(~chosen), slope[~chosen], "o", color=GREY, label="left out")
right.plot(np.flatnonzero(chosen), slope[chosen], "o", color=ORANGE, label="selected")
for bound in (-1.0, 1.0):
    right.axhline(bound, color="black", linewidth=0.8)
right.set(xlabel="feature", ylabel="slope of the loss / penalty", title="Optimality",
          ylim=(-1.3, 1.3))
right.legend(frameon=False, ncols=2, loc="lower right")
plt.show()
print("selected features: |slope| / penalty is 1 up to "
      f"{abs(abs(slope[chosen]) - 1.0).max():.1e}; others: at most "
      f"{abs(slope[~chosen]).max():.3f}")

# %%
# Medians by ADMM
# ---------------
#
# Least squares fits means. To fit medians, which a few gross errors do not move, minimise the *absolute* residuals:
#
# .. math::
#
#     \min_w \; \|y - Xw\|_1 + \lambda \|w\|_1 .
#
# Two kinked terms that share :math:`w`. ADMM (Boyd et al., 2011) gives the residual a name,
# :math:`r = y - Xw`, and solves for :math:`w` and :math:`r` in turn; :math:`u` sums up by how much the two disagree:
#
# .. math::
#
#     w &\leftarrow \arg\min_w \tfrac{\rho}{2} \|(y - r - u) - Xw\|_2^2 + \lambda \|w\|_1
#         && \text{a lasso with target } y - r - u \\
#     r &\leftarrow \text{soft}(y - Xw - u, \; 1 / \rho) && \text{number by number} \\
#     u &\leftarrow u + r + Xw - y.
#
# X and the alpha of the lasso are the same in every round, only the target moves: what `lassocore.LassoSolver` is for.
# Its objective divides by n, so alpha is :math:`\lambda / (\rho n)`.

n, p = 300, 60
design = rng.standard_normal((n, p))
truth = np.zeros(p)
truth[:6] = [2.0, -1.5, 1.0, 1.0, -0.5, 0.5]
target = design @ truth + rng.laplace(size=n)
gross = rng.choice(n, 30, replace=False)
target[gross] += 40.0
penalty = 20.0


def soft(values, level):
    """Shrink numbers towards 0."""
    return np.sign(values) * np.maximum(abs(values) - level, 0.0)


def median_lasso(rho=3.0, n_rounds=1000):
    """Coefficients, and the objective after every round."""
    solver = LassoSolver(design, fit_intercept=False, tol=1e-10)
    w, r, u, costs = np.zeros(p), target.copy(), np.zeros(n), []
    for _ in range(n_rounds):
        w = solver.solve(target - r - u, alpha=penalty / (rho * n), coef_init=w).coef
        fitted = design @ w
        r = soft(target - fitted - u, 1.0 / rho)
        u += r + fitted - target
        costs.append(abs(target - fitted).sum() + penalty * abs(w).sum())
    return w, np.array(costs)


start = time.perf_counter()
w, costs = median_lasso()
seconds = time.perf_counter() - start
print(f"{len(costs)} lassos in {1e3 * seconds:.0f} ms, "
      f"{1e6 * seconds / len(costs):.0f} microseconds each with the step for r")

# %%
# The problem is a linear program as well, in the positive and negative parts of :math:`w` and of :math:`r`. SciPy's
# solver for these is exact, much slower for large data, and has nothing in common with the above.

ones = np.eye(n)
program = linprog(
    np.r_[np.full(2 * p, penalty), np.ones(2 * n)],
    A_eq=np.hstack([design, -design, ones, -ones]), b_eq=target, method="highs")
exact = program.x[:p] - program.x[p:2 * p]
plain = fit_path(design, target, alphas=[0.3], fit_intercept=False).coefs[:, 0]

figure, (left, right) = plt.subplots(1, 2, figsize=(9.5, 3.5), layout="constrained")
left.loglog(np.arange(1, 1001), (costs - program.fun) / program.fun + 1e-16, color=BLUE)
left.set(xlabel="lassos", ylabel="(objective - minimum) / minimum",
         title="ADMM against the linear program")
shown = np.arange(12)
right.plot(shown, truth[shown], "_", color="black", markersize=18, label="truth")
right.plot(shown, plain[shown], "s", color=ORANGE, label="lasso")
right.plot(shown, w[shown], "o", color=BLUE, label="medians, ADMM")
right.plot(shown, exact[shown], "x", color=GREEN, label="medians, linear program")
right.axhline(0.0, color=GREY, linewidth=0.8)
right.set(xlabel="feature", ylabel="coefficient", title="30 of 300 targets are off by 40")
right.legend(frameon=False, fontsize=9)
plt.show()
print(f"objective {costs[-1]:.6f}, linear program {program.fun:.6f}; coefficients differ by "
      f"at most {abs(w - exact).max():.1e}")

# %%
# ADMM is known for this course: quickly to a few digits, slowly to many. With an inexact inner solver nobody could tell
# which of the two loops limits the digits; here it is the outer one.
#
# What to take from this
# ----------------------
#
# * Weights change from round to round: `lassocore.fit_path` with ``sample_weight`` and ``coef_init``; mind that alpha
#   is relative to the sum of the weights.
# * The target alone changes: `lassocore.LassoSolver`, which needs microseconds.
# * An exact inner solution keeps the outer loop simple: what is left of the error is that of the loop.
# * Check the end by something that is no part of the loop: another program, or the optimality conditions.
#
# This is the last page of the gallery. **Next:** how to do all this with your own data: :doc:`the user guide
# </guide/index>`.
