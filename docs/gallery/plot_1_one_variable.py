r"""
The lasso in one variable
=========================

Everything about the lasso that matters happens with a single feature already: its :term:`objective` has a kink at 0,
the minimum sits *in* the kink unless the feature is worth more than it costs, and a formula of one line, the *soft
threshold*, gives the solution. The solvers of many features apply this line again and again.

The data are n rows, each with a feature :math:`x_i` and a target :math:`y_i`. Both are *centred*: their means have been
subtracted, so that no intercept is needed. The objective, the quantity to be made small, is

.. math::
    F(w) = \frac{1}{2n} \sum_i (y_i - x_i w)^2 + \alpha |w| .

The first part is the *loss*, half the mean squared error. The second is the *penalty*: every unit of the coefficient
costs :math:`\alpha`. Here are both parts and their sum, for 20 points; the dots are the minima of the loss and of the
sum.
"""
import matplotlib.pyplot as plt
import numpy as np

from lassocore import fit_path
from lassocore.reference import (
    lambda_from_alpha,
    one_variable_lasso,
    soft_threshold,
    subdifferential,
)

BLUE, ORANGE, GREEN, GREY = "#1a339f", "#d67b1d", "#22765b", "#868e99"
plt.rcParams.update({"axes.spines.top": False, "axes.spines.right": False,
                     "figure.dpi": 110})

rng = np.random.default_rng(3)
x = rng.standard_normal(20)
y = 0.8 * x + 0.7 * rng.standard_normal(20)
x, y = x - x.mean(), y - y.mean()

w = np.linspace(-1.0, 2.0, 601)
loss = ((y[:, None] - x[:, None] * w) ** 2).mean(axis=0) / 2.0
alpha = 0.4

figure, axes = plt.subplots(figsize=(5.8, 3.6), layout="constrained")
axes.plot(w, loss, color=BLUE, label="loss")
axes.plot(w, alpha * abs(w), color=ORANGE, label=r"penalty $\alpha|w|$")
axes.plot(w, loss + alpha * abs(w), color="black", label="objective")
axes.plot(w[loss.argmin()], loss.min(), "o", color=BLUE)
best = one_variable_lasso(x, y, alpha)[0]
axes.plot(best, ((y - x * best) ** 2).mean() / 2.0 + alpha * abs(best), "o",
          color="black")
axes.set(xlabel="w", ylabel="value", ylim=(0.0, 1.6),
         title="The penalty moves the minimum towards 0")
axes.legend(frameon=False)
plt.show()

# %%
# The slopes
# ----------
#
# A smooth function has its minimum where its slope is 0. A prime stands for the transpose, so that :math:`x'y` is
# :math:`\sum_i x_i y_i` and :math:`x'x` is :math:`\sum_i x_i^2`. The loss then has the slope
#
# .. math:: \frac{1}{n}\,(x'x\, w - x'y) ,
#
# and the penalty :math:`+\alpha` to the right of 0, :math:`-\alpha` to the left. At 0 itself it has no slope but a
# kink. Many straight lines through the kink stay below the function: all those with a slope in
# :math:`[-\alpha, \alpha]`. The set of these slopes is the *subdifferential*, each of them a *subgradient*.
#
# The rule for a minimum becomes: **0 is one of the slopes**. For then the horizontal line through the point stays below
# the function, and that is what a minimum is.
#
# The picture shows all slopes of the objective. They form an unbroken line with a vertical piece of length
# :math:`2\alpha` at :math:`w = 0`. The minimum, the dot, is where the line crosses 0.


def draw_slopes(axes, alpha):
    for side in (w[w < 0.0], w[w > 0.0]):
        axes.plot(side, [subdifferential(x, y, at, alpha)[0] for at in side],
                  color=BLUE)
    axes.plot([0.0, 0.0], subdifferential(x, y, 0.0, alpha), color=ORANGE,
              linewidth=3.0)
    axes.axhline(0.0, color=GREY, linewidth=0.8)
    axes.plot(one_variable_lasso(x, y, alpha)[0], 0.0, "o", color="black")
    axes.set(title=rf"$\alpha = {alpha}$", xlabel="w")


figure, panels = plt.subplots(1, 3, figsize=(9.0, 3.2), sharey=True,
                              layout="constrained")
for axes, alpha in zip(panels, (0.1, 0.4, 1.4), strict=True):
    draw_slopes(axes, alpha)
panels[0].set_ylabel("slopes of the objective")
plt.show()

# %%
# On the left and in the middle the line crosses 0 on its right branch. On the right the penalty is so large that the
# crossing lies on the vertical piece: the minimum is at 0, *exactly*, and it stays there if the data change a little.
#
# Three cases
# -----------
#
# Solve for each branch.
#
# * **w > 0.** The slope is :math:`\frac1n (x'x\,w - x'y) + \alpha = 0`, so :math:`w = (x'y - n\alpha) / x'x`. This is
#   positive, as assumed, only if :math:`x'y > n\alpha`.
# * **w < 0.** With :math:`-\alpha`, :math:`w = (x'y + n\alpha) / x'x`, negative only if :math:`x'y < -n\alpha`.
# * **w = 0.** The slopes are all numbers from :math:`-\frac1n x'y - \alpha` to :math:`-\frac1n x'y + \alpha`. 0 is
#   among them if :math:`|x'y| \le n\alpha`.
#
# Exactly one of these holds. Together they are
#
# .. math::
#     w = \frac{S(x'y,\ n\alpha)}{x'x}, \qquad
#     S(z, t) = \operatorname{sign}(z)\,\max(|z| - t,\ 0) ,
#
# and S is the **soft threshold**: move towards 0 by t, and stop there. The picture takes :math:`x'x = 1` and
# :math:`n\alpha = 1`, so that :term:`least squares`, without a penalty, gives z itself.

z = np.linspace(-3.0, 3.0, 301)
figure, axes = plt.subplots(figsize=(5.0, 3.8), layout="constrained")
axes.plot(z, z, color=GREY, linestyle="--", label="least squares")
axes.plot(z, z / 2.0, color=GREEN, label="ridge: half of it")
axes.plot(z, soft_threshold(z, 1.0), color=BLUE, linewidth=2.0,
          label="lasso: soft threshold")
axes.axvspan(-1.0, 1.0, color=ORANGE, alpha=0.12, linewidth=0.0)
axes.set(xlabel="z = x'y, for x'x = 1", ylabel="coefficient",
         title="Between -1 and 1 the lasso says 0")
axes.legend(frameon=False)
plt.show()

# %%
# Why exactly 0, and why not with a square
# ----------------------------------------
#
# :term:`Ridge regression <ridge regression>` has the penalty :math:`\frac{\alpha}{2} w^2`, whose slope :math:`\alpha w`
# vanishes at 0: a very small coefficient costs next to nothing, so every feature with the slightest correlation gets
# one. Its solution is :math:`x'y / (x'x + n\alpha)`, the least-squares coefficient made smaller by a factor. The
# absolute value charges :math:`\alpha` for the first small step away from 0 as for every other, and a feature with
# :math:`|x'y|/n \le \alpha` is not worth its price.
#
# As alpha falls, the coefficient of the lasso leaves 0 at :math:`\alpha_{\max} = |x'y|/n` and grows on a straight line
# to that of least squares. That of ridge is never 0.

alphas = np.linspace(0.0, 1.2, 200)
figure, axes = plt.subplots(figsize=(5.6, 3.4), layout="constrained")
axes.plot(alphas, [one_variable_lasso(x, y, alpha)[0] for alpha in alphas], color=BLUE,
          label="lasso")
axes.plot(alphas, x @ y / (x @ x + len(y) * alphas), color=GREEN, label="ridge")
axes.axvline(abs(x @ y) / len(y), color=GREY, linestyle="--")
axes.text(abs(x @ y) / len(y), 0.6, r" $\alpha_{\max}$")
axes.set(xlabel=r"$\alpha$", ylabel="coefficient", ylim=(-0.02, None),
         title="The lasso reaches 0, ridge does not")
axes.legend(frameon=False, loc="lower left")
plt.show()

# %%
# Two scalings of the same thing
# ------------------------------
#
# Many courses write the mean squared error without the 1/2, and call the price lambda:
# :math:`\frac1n \sum_i (y_i - x_i w)^2 + \lambda |w|`. Dividing by 2 gives the objective above with
# :math:`\alpha = \lambda / 2`, and dividing does not move a minimum. When the coefficients of two programs differ "at
# the same penalty", this factor is the first thing to look at.

alpha = 0.4
print(f"alpha = {alpha}: {one_variable_lasso(x, y, alpha)[0]:.6f}")
lambda_ = lambda_from_alpha(alpha)
print(f"lambda = {lambda_}: {one_variable_lasso(x, y, lambda_, scaling='mse')[0]:.6f}")

# %%
# `lassocore.fit_path`, the engine of this library for any number of features, finds the same. It also returns the
# *duality gap*, an upper bound on how far the objective is above its minimum. Here that is 0 but for rounding. It is
# the :term:`certificate` of the result (:doc:`how to read it </guide/certificates>`).

path = fit_path(x[:, None], y, alphas=[alpha])
print(f"fit_path: {path.coefs[0, 0]:.6f}, gap {path.dual_gaps[0]:.0e}")

# %%
# What to take from this
# ----------------------
#
# The lasso of one variable is least squares moved towards 0 by a fixed amount, and stopped at 0. The zeros are exact
# because the penalty has a kink there: a whole range of data leads to the same solution, 0. Before comparing two
# programs, compare their objectives.
#
# **Next:** with two features one can see where the zeros come from:
# :ref:`the diamond <sphx_glr_auto_gallery_plot_2_diamond.py>`. With many, this formula is applied to one after the
# other: :ref:`coordinate descent by hand <sphx_glr_auto_gallery_plot_3_coordinate_descent.py>`.
