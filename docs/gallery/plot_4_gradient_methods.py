r"""
Training the lasso like a neural network
========================================

The lasso is a model with weights and a loss, so it can be trained as networks are: by steps against the gradient, with
a :term:`learning rate`, mini-batches and learning curves. This page does so, to see what each of these does where the
solution is known: :ref:`coordinate descent <sphx_glr_auto_gallery_plot_3_coordinate_descent.py>` computes it to the
last digits.

There are 100 rows for training and 300 for testing, and 60 features, of which ten have an effect. All solvers are those
of ``lassocore.reference``, a few lines of NumPy each.
"""
# sphinx_gallery_thumbnail_number = 2
import matplotlib.pyplot as plt
import numpy as np

from lassocore import duality_gap, fit_path
from lassocore.reference import (
    coordinate_descent,
    stochastic_gradient_descent,
    subgradient_descent,
)

BLUE, ORANGE, GREEN, VIOLET, GREY = "#1a339f", "#d67b1d", "#22765b", "#a458c7", "#868e99"
plt.rcParams.update({"axes.spines.top": False, "axes.spines.right": False,
                     "figure.dpi": 110})

rng = np.random.default_rng(0)
X = rng.standard_normal((400, 60))
for j in range(1, 60):
    X[:, j] = 0.6 * X[:, j - 1] + 0.8 * X[:, j]
truth = np.zeros(60)
truth[::6] = np.linspace(2.0, 0.2, 10) * np.tile([1.0, -1.0], 5)
y = 5.0 + X @ truth + 2.0 * rng.standard_normal(400)
X_test, y_test, X, y = X[100:], y[100:], X[:100], y[:100]
alpha = 0.12

solution = coordinate_descent(X, y, alpha, tol=1e-14)
least = solution.costs[-1]
# L, the largest curvature of the loss
largest = np.linalg.norm(np.column_stack([X, np.ones(100)]), 2) ** 2 / 100
print(f"the solution has {solution.nonzeros[-1]} nonzeros; L is {largest:.1f}")

# %%
# The learning rate
# -----------------
#
# A step goes against the slope of the loss and of the penalty. At 0 the absolute value has many slopes, its
# *subgradients*; sign(w), which is 0 there, is one of them. Hence *subgradient descent*. With the :term:`residual`
# :math:`r = y - Xw - b`, the rate :math:`\eta` and the intercept b, which takes part in the step but has no penalty:
#
# .. math::
#     w \leftarrow w - \eta \left(-\tfrac1n X'r + \alpha \operatorname{sign}(w)\right), \qquad
#     b \leftarrow b + \eta\, \tfrac1n \textstyle\sum_i r_i
#
# How large the rate may be depends on the largest curvature L of the loss, that is, on the largest eigenvalue of
# :math:`X'X/n` (with a column of ones in X for the intercept). In one direction the loss is then the parabola
# :math:`\frac{L}{2} u^2`, and a step leads from u to :math:`(1 - \eta L)\, u`: with :math:`\eta = 1/L` straight to the
# bottom, beyond :math:`2/L` farther away than before.

rates = {
    "0.002 / L, too small": (GREY, {"learning_rate": 0.002 / largest}),
    "1 / L": (BLUE, {"learning_rate": 1.0 / largest}),
    "2.1 / L, too large": (ORANGE, {"learning_rate": 2.1 / largest}),
    "1 / L, decaying": (GREEN, {"learning_rate": 1.0 / largest, "decay": 0.02}),
}
figure, axes = plt.subplots(figsize=(5.9, 3.8), layout="constrained")
for name, (colour, options) in rates.items():
    run = subgradient_descent(X, y, alpha, max_iter=3000, **options)
    axes.loglog(1 + np.arange(len(run.costs)), run.costs - least, color=colour,
                label=name)
    print(f"{name:21s} best objective above the minimum {run.costs.min() - least:.1e}, "
          f"at the end {run.costs[-1] - least:.1e}")
axes.set(xlabel="step", ylabel="objective above its minimum", ylim=(1e-4, 1e3),
         title="Four learning rates")
axes.legend(frameon=False, fontsize=9)
plt.show()

# %%
# * **Too small** (grey): the :term:`objective` falls reliably, but after 3000 steps it is still far above the minimum.
# * **1 / L** (blue): fast at first, then it stops at a few hundredths above the minimum and goes up and down. What
#   holds it there is the subject of the section after next.
# * **Too large** (orange): beyond 2 / L every step overshoots by more than the last, and the objective explodes.
# * **Decaying** (green): :math:`\eta / (1 + 0.02\,k)` in step k. It begins as fast as blue and comes closest of the
#   four, slower and slower.
#
# A fixed rate is thus a compromise: a smaller one ends nearer to the minimum, but later. A decaying rate has both, at
# the price of one more number to be chosen.
#
# Learning curves
# ---------------
#
# How do the errors on training and test rows develop while a model is trained? On the left without a penalty, on the
# right as a lasso.


def learning_curve(penalty, n_steps=3000):
    """Root mean squared errors of each step, of shape (n_steps, 2): training and test."""
    errors = []

    def callback(coef, intercept):
        errors.append([np.sqrt(np.mean((target - intercept - data @ coef) ** 2))
                       for data, target in ((X, y), (X_test, y_test))])

    subgradient_descent(X, y, penalty, learning_rate=1.0 / largest, max_iter=n_steps,
                        callback=callback)
    return np.array(errors)


figure, panels = plt.subplots(1, 2, figsize=(9.5, 3.6), sharey=True,
                              layout="constrained")
for axes, penalty, title in zip(panels, (0.0, alpha),
                                ("Least squares", f"Lasso, alpha = {alpha}"),
                                strict=True):
    errors = learning_curve(penalty)
    axes.semilogx(1 + np.arange(len(errors)), errors[:, 0], color=GREY,
                  label="training")
    axes.semilogx(1 + np.arange(len(errors)), errors[:, 1], color=BLUE, label="test")
    axes.plot(1 + errors[:, 1].argmin(), errors[:, 1].min(), "o", color=BLUE)
    axes.axhline(2.0, color=ORANGE, linestyle="--", linewidth=0.8, label="noise")
    axes.set(xlabel="step", title=title, ylim=(1.0, 6.0))
    print(f"{title}: test error {errors[:, 1].min():.2f} after step "
          f"{1 + errors[:, 1].argmin()}")
    print(f"    at the end {errors[-1, 1]:.2f}, training error {errors[-1, 0]:.2f}")
panels[0].set_ylabel("root mean squared error")
panels[0].legend(frameon=False)
plt.show()

# %%
# Without a penalty the test error falls, then rises, while the training error only falls: 60 coefficients of 100 rows
# fit the noise (its standard deviation is the dashed line). Stopping early, at the blue dot, is a remedy, but where to
# stop has to be read off the test rows, and the model that one gets depends on the rate. With the penalty the curve
# falls and stays. It ends below the best of the left panel, and *when* one stops hardly matters any more. What has to
# be chosen is alpha, which is a property of the model and not of its training.
#
# Another kind of early stopping only saves time. With ``patience=50`` the solvers end when 50 steps in a row have found
# no lower *training objective*, and return the best coefficients that they met:

for decay in (0.0, 0.02):
    run = subgradient_descent(X, y, alpha, learning_rate=1.0 / largest, decay=decay,
                              max_iter=3000, patience=50)
    print(f"decay {decay:g}: stopped after {run.n_iter} steps, "
          f"objective above the minimum {run.costs.min() - least:.1e}")

# %%
# The jitter around 0
# -------------------
#
# A coefficient that should be 0 is pushed by :math:`\alpha \operatorname{sign}(w)`. Close to 0 this force does not get
# weaker, it only changes its sign, so a step of size :math:`\eta\alpha` leads from one side to the other, for ever. The
# left panel follows six such coefficients. The right one shows the sizes of all 60 coefficients at the end of training,
# sorted, for three rates, and as black dots those of the solution that are not 0.

outside = np.flatnonzero(solution.coef == 0.0)


def last_steps(share):
    """Coefficients of the last 200 steps at the rate share / L."""
    coefs = []
    subgradient_descent(X, y, alpha, learning_rate=share / largest,
                        max_iter=round(1000 / share),
                        callback=lambda coef, intercept: coefs.append(coef))
    return np.array(coefs[-200:])


ends = {share: last_steps(share) for share in (1.0, 0.25, 0.1)}

figure, (left, right) = plt.subplots(1, 2, figsize=(9.5, 3.6), layout="constrained")
left.plot(ends[1.0][:60, outside[:6]], linewidth=0.9)
left.set(xlabel="step, after training", ylabel="coefficient",
         title="Coefficients that should be 0, rate 1 / L")
for (share, coefs), colour in zip(ends.items(), (ORANGE, BLUE, GREEN), strict=True):
    right.semilogy(np.sort(abs(coefs[-1]))[::-1], color=colour,
                   label=f"rate {share:g} / L")
right.semilogy(np.sort(abs(solution.coef[solution.coef != 0.0]))[::-1], "k.",
               label="solution")
right.set(xlabel="rank by size", ylabel="absolute value", ylim=(1e-6, 5.0),
          title=f"The solution has {len(outside)} zeros")
right.legend(frameon=False, fontsize=9)
plt.show()

print("rate * L   largest that should be 0   counted as 0: exactly  < 0.001  < 0.01  < "
      "0.05")
for share, coefs in ends.items():
    exactly, *below = [np.count_nonzero(abs(coefs[-1]) <= eps)
                       for eps in (0.0, 0.001, 0.01, 0.05)]
    print(f"{share:8g} {abs(coefs[:, outside]).max():26.4f} {exactly:23d} "
          f"{below[0]:8d} {below[1]:7d} {below[2]:7d}")
smallest = abs(solution.coef[solution.coef != 0.0]).min()
print(f"solution: {len(outside)} are exactly 0, the smallest of the others is "
      f"{smallest:.4f}")

# %%
# No coefficient is exactly 0 at any rate: to hit 0, a step would have to be exactly as long as the coefficient is
# large. A smaller rate makes the jitter smaller, in proportion, and training longer, in proportion too. One might count
# everything below some limit as 0, but the table shows that the number of features then depends on the limit and on the
# rate. And there is no right limit: the smallest coefficient of the solution, the last black dot, is smaller than the
# jitter.
#
# A gradient step followed by a :term:`soft threshold` has exact zeros at once. That is ISTA, on :ref:`the next page
# <sphx_glr_auto_gallery_plot_5_solvers.py>`.
#
# Mini-batches
# ------------
#
# :term:`Stochastic gradient descent <stochastic gradient descent>` uses a few rows, a *mini-batch*, for a step. Here it
# is ten of 100, so that an *epoch*, one pass over the rows, has ten steps at the cost of one step with all rows. Now
# there is a second reason for jitter: the slope of ten rows is not that of all. At a fixed rate the objective stays
# farther from the minimum; a decaying rate brings it closer.

figure, axes = plt.subplots(figsize=(5.9, 3.6), layout="constrained")
for decay, colour in ((0.0, ORANGE), (0.05, GREEN)):
    run = stochastic_gradient_descent(X, y, alpha, batch_size=10,
                                      learning_rate=0.3 / largest, decay=decay,
                                      n_epochs=300, rng=0)
    axes.loglog(1 + np.arange(len(run.costs)), run.costs - least, color=colour,
                label=f"decay {decay:g}" if decay else "fixed rate")
    print(f"decay {decay:g}: objective above the minimum {run.costs[-1] - least:.1e}, "
          f"exactly 0: {run.sparsity():.0%}")
axes.set(xlabel="epoch", ylabel="objective above its minimum",
         title="Ten rows at a time")
axes.legend(frameon=False)
plt.show()

# %%
# Automatic differentiation
# -------------------------
#
# With PyTorch one writes down the objective, and the slopes come by themselves. Its slope of ``abs`` at 0 is 0, as
# that of sign(w), so it takes the same steps.

try:
    import torch
except ImportError:
    torch = None


def train_by_autograd(n_steps):
    """Coefficients and intercept after steps of torch.optim.SGD on all rows."""
    torch.set_num_threads(1)
    data, target = torch.from_numpy(X), torch.from_numpy(y)
    coef = torch.zeros(60, dtype=torch.float64, requires_grad=True)
    intercept = torch.zeros((), dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([coef, intercept], lr=0.25 / largest)
    for _ in range(n_steps):
        optimizer.zero_grad()
        loss = ((target - data @ coef - intercept) ** 2).mean() / 2.0
        objective = loss + alpha * coef.abs().sum()
        objective.backward()
        optimizer.step()
    return coef.detach().numpy(), intercept.item()


if torch is None:
    print("PyTorch is not installed. With it, this section trains the model by")
    print("torch.optim.SGD and shows that the coefficients are those of")
    print("subgradient_descent but for rounding, and that none of them is exactly 0.")
else:
    coef, intercept = train_by_autograd(1000)
    by_hand = []
    subgradient_descent(X, y, alpha, learning_rate=0.25 / largest, max_iter=1000,
                        callback=lambda coef, intercept: by_hand.append(coef))
    print(f"PyTorch: {np.count_nonzero(coef == 0.0)} coefficients are exactly 0")
    print("largest difference to the steps by hand "
          f"{abs(coef - by_hand[-1]).max():.0e}, "
          f"to the solution {abs(coef - solution.coef).max():.3f}")

# %%
# The training by PyTorch and the one by hand agree but for rounding, so all that was said above holds for it: jitter,
# no exact zeros, a rate to be chosen. Automatic differentiation spares the derivation of slopes. It does not change
# what descending along them does at a kink.
#
# The same answer, exactly
# ------------------------
#
# :term:`Coordinate descent <coordinate descent>` and the engine solve the same problem. The
# :doc:`duality gap </guide/certificates>` bounds how far an objective is above the minimum, whoever made the
# coefficients, so it can judge those of the gradient steps as well.

path = fit_path(X, y, alphas=[alpha], tol=1e-12)
decayed = subgradient_descent(X, y, alpha, learning_rate=1.0 / largest, decay=0.02,
                              max_iter=3000)
print(f"{'':24s} zeros  duality gap  test error")
for name, coef, intercept in (
        ("subgradient, decaying", decayed.coef, decayed.intercept),
        ("coordinate descent", solution.coef, solution.intercept),
        ("lassocore.fit_path", path.coefs[:, 0], path.intercepts[0])):
    error = np.sqrt(np.mean((y_test - intercept - X_test @ coef) ** 2))
    print(f"{name:24s} {np.count_nonzero(coef == 0.0):5d} "
          f"{duality_gap(X, y, coef, alpha=alpha):12.0e} {error:11.3f}")
print("largest difference of the last two: "
      f"{abs(solution.coef - path.coefs[:, 0]).max():.0e}")

# %%
# What to take from this
# ----------------------
#
# The lasso can be trained by gradients, with the curves and the knobs of a network. For prediction that does: the test
# errors of the table differ in the third decimal. For *selection* it does not, because no coefficient becomes 0, and
# whether training has come to its end is not known without a :term:`certificate`. Alpha does what early stopping is
# used for elsewhere, and does not depend on the training.
#
# **Next:** how to get exact zeros out of gradient steps, and a race to an equal gap: :ref:`from subgradient descent to
# this engine <sphx_glr_auto_gallery_plot_5_solvers.py>`.
