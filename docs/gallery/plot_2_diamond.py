r"""
The diamond: where the corners come from
========================================

The lasso can be written in two ways. One charges a price for the size of the coefficients,

.. math:: \min_w\ \frac{1}{2n}\|y - Xw\|^2 + \alpha \|w\|_1 ,

where :math:`\|w\|_1 = \sum_j |w_j|`. This is the *penalised* form. The other, the *constrained* form, gives a budget:

.. math:: \min_w\ \frac{1}{2n}\|y - Xw\|^2 \quad\text{subject to}\quad \|w\|_1 \le t .

They have the same solutions. If w solves the first for some :math:`\alpha`, it solves the second for
:math:`t = \|w\|_1`: any other point of that budget has at most the same penalty, so a smaller loss would have made the
first :term:`objective` smaller. The way back, from a budget to its price, is what `lassocore.fit_constrained` computes.
In the second form one can *see* why coefficients become 0.

With two features the budget is a square that stands on its corner, a diamond. The loss is a bowl, whose contour lines
are ellipses around the least-squares solution. The solution is where the smallest ellipse touches the diamond.
"""
import matplotlib.pyplot as plt
import numpy as np

from lassocore import fit_constrained, fit_path

BLUE, ORANGE, GREEN, GREY = "#1a339f", "#d67b1d", "#22765b", "#868e99"
plt.rcParams.update({"axes.spines.top": False, "axes.spines.right": False,
                     "figure.dpi": 110})
rng = np.random.default_rng(1)


def two_features(correlation, coef, noise=0.5, n_samples=100):
    X = rng.multivariate_normal([0.0, 0.0], [[1.0, correlation], [correlation, 1.0]],
                                size=n_samples)
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    y = X @ coef + noise * rng.standard_normal(n_samples)
    return X, y - y.mean()


def loss_on(grid, X, y):
    """The loss at all points of a grid, of shape (n, n): w_1 along the columns."""
    first, second = np.meshgrid(grid, grid)
    points = np.stack([first.ravel(), second.ravel()])
    return (((y[:, None] - X @ points) ** 2).mean(axis=0) / 2.0).reshape(first.shape)


def draw(axes, X, y, budget, solution, grid):
    """Contours of the loss, the edge of a budget, the solution on it, and least squares."""
    values = loss_on(grid, X, y)
    least = np.linalg.lstsq(X, y, rcond=None)[0]
    touching = ((y - X @ solution) ** 2).mean() / 2.0
    bottom = ((y - X @ least) ** 2).mean() / 2.0
    levels = bottom + (touching - bottom) * np.array([0.1, 0.4, 1.0, 1.8, 3.0])
    axes.contour(grid, grid, values, levels=levels,
                 colors=[GREY] * 2 + [BLUE] + [GREY] * 2,
                 linewidths=[0.7, 0.7, 1.6, 0.7, 0.7])
    axes.contourf(grid, grid, budget, levels=[0.0, 1.0], colors=[ORANGE], alpha=0.18)
    axes.contour(grid, grid, budget, levels=[1.0], colors=[ORANGE], linewidths=1.6)
    axes.plot(*least, "+", color=GREY, markersize=9)
    axes.plot(*solution, "o", color="black", zorder=3)
    axes.axhline(0.0, color=GREY, linewidth=0.5)
    axes.axvline(0.0, color=GREY, linewidth=0.5)
    axes.set(aspect="equal", xlabel="$w_1$")


# %%
# The touching ellipse is blue, :term:`least squares` is the cross. As the budget shrinks, the point of contact moves to
# a corner, and stays there: the corner is the point of the diamond that sticks out farthest, so ellipses from many
# directions hit it first. At a corner one coefficient is exactly 0. Above each panel are the budget, the solution
# :math:`(w_1, w_2)` and the price that belongs to the budget.

X, y = two_features(0.3, [1.2, 0.5])
grid = np.linspace(-1.6, 1.8, 300)
norm = abs(grid[None, :]) + abs(grid[:, None])

figure, panels = plt.subplots(1, 3, figsize=(9.5, 3.5), sharey=True,
                              layout="constrained")
for axes, t in zip(panels, (1.5, 1.0, 0.5), strict=True):
    model = fit_constrained(X, y, t=t)
    draw(axes, X, y, norm / t, model.coef, grid)
    axes.set_title(rf"t = {t}: ({model.coef[0]:.2f}, {model.coef[1]:.2f}), $\alpha$ = "
                   rf"{model.alpha:.2f}", fontsize=9)
panels[0].set_ylabel("$w_2$")
plt.show()

# %%
# The two forms meet: fitted at the price that belongs to the budget, the penalised form has the same coefficients.

model = fit_constrained(X, y, t=1.0)
print(model.coef, fit_path(X, y, alphas=[model.alpha], tol=1e-12).coefs[:, 0])

# %%
# Other budgets
# -------------
#
# :term:`Ridge regression <ridge regression>` has a budget for :math:`\|w\|_2^2`, a disc. It has no corners, so an
# ellipse touches it on an axis only by accident: no coefficient is 0. The :term:`elastic net` has the penalty
# :math:`\alpha\,(\rho \|w\|_1 + \frac{1-\rho}{2} \|w\|_2^2)` with the share :math:`\rho`, called ``l1_ratio``. It lies
# between: its budget has corners, so there can be zeros, and round sides, which pull correlated coefficients together.
# The data and alpha = 0.8 are the same in all three panels.

alpha = 0.8
squares = grid[None, :] ** 2 + grid[:, None] ** 2
shapes = {
    "lasso": (1.0, norm),
    "elastic net, l1_ratio = 0.5": (0.5, 0.5 * norm + 0.25 * squares),
    "ridge": (0.0, 0.5 * squares),
}
figure, panels = plt.subplots(1, 3, figsize=(9.5, 3.5), sharey=True,
                              layout="constrained")
for axes, (name, (l1_ratio, penalty)) in zip(panels, shapes.items(), strict=True):
    coef = fit_path(X, y, alphas=[alpha], l1_ratio=l1_ratio, tol=1e-12).coefs[:, 0]
    spent = l1_ratio * abs(coef).sum() + (1.0 - l1_ratio) / 2.0 * (coef @ coef)
    draw(axes, X, y, penalty / spent, coef, grid)
    axes.set_title(f"{name}: ({coef[0]:.2f}, {coef[1]:.2f})", fontsize=9)
panels[0].set_ylabel("$w_2$")
plt.show()

# %%
# Two correlated features
# -----------------------
#
# If the two features say nearly the same, the ellipses become long and thin, almost parallel to a side of the diamond.
# Where they touch that side then hangs on little: on 40 other samples of the same kind the lasso gives anything from
# (0.8, 0) to (0, 0.8), and the elastic net stays near the middle. The truth is (0.5, 0.5).

found = {1.0: [], 0.3: []}
for _ in range(40):
    A, b = two_features(0.97, [0.5, 0.5], n_samples=40)
    for l1_ratio, coefs in found.items():
        coefs.append(fit_path(A, b, alphas=[0.15], l1_ratio=l1_ratio,
                              tol=1e-12).coefs[:, 0])

A, b = two_features(0.97, [0.5, 0.5], n_samples=40)
model = fit_constrained(A, b, t=0.8)
figure, (left, right) = plt.subplots(1, 2, figsize=(8.2, 3.9), layout="constrained")
draw(left, A, b, norm / 0.8, model.coef, grid)
left.set(title="One sample", ylabel="$w_2$")
names = "lasso", "elastic net, l1_ratio = 0.3"
for coefs, colour, marker, name in zip(found.values(), (BLUE, ORANGE), "o^", names,
                                       strict=True):
    right.plot(*np.array(coefs).T, marker, color=colour, alpha=0.65, markersize=5,
               label=name)
right.set(title="The coefficients of 40 samples", xlabel="$w_1$", aspect="equal")
right.legend(frameon=False, fontsize=9)
plt.show()

for l1_ratio, coefs in found.items():
    coefs = np.array(coefs)
    share = np.mean((coefs == 0.0).any(axis=1))
    print(f"l1_ratio {l1_ratio}: one of the two is exactly 0 in {share:.0%} of the "
          "samples;")
    print(f"    standard deviation of each {coefs.std(axis=0).round(2)}, "
          f"of their sum {coefs.sum(axis=1).std():.2f}")

# %%
# Look at the last numbers. Each coefficient of the lasso varies a lot from sample to sample, their *sum* hardly: what
# goes to one feature is taken from the other. The prediction depends almost only on the sum, as the two features are
# nearly equal, so it varies little.
#
# What to take from this
# ----------------------
#
# Zeros come from corners: the diamond has them on the axes, the disc has none, and the elastic net has them with round
# sides between. If two features say nearly the same, the data do not decide which of them is used, and a coefficient
# of 0 does not say that a feature is without effect. The guide goes on about :doc:`correlated features
# </guide/correlated-features>`.
#
# **Next:** how the solution is computed with many features:
# :ref:`coordinate descent by hand <sphx_glr_auto_gallery_plot_3_coordinate_descent.py>`.
