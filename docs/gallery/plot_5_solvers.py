r"""
From subgradient descent to this engine
=======================================

Six ways to minimise the same :term:`objective`, in the order in which one would invent them, and at the end a race to
an equal gap. All but the last are functions of ``lassocore.reference``, about twenty lines of NumPy each.

The data: 300 rows and 100 features with a correlation of 0.95 between neighbours; the first ten have an effect. So much
correlation is hard for all methods, and shows how they differ. Everything is :term:`centred`, so there is no intercept.
"""
import time

# sphinx_gallery_thumbnail_number = 3
import matplotlib.pyplot as plt
import numpy as np

from lassocore import duality_gap, fit_path
from lassocore.reference import (
    coordinate_descent,
    fista,
    ista,
    penalty_max,
    stochastic_gradient_descent,
    subgradient_descent,
)

BLUE, ORANGE, GREEN, VIOLET, GREY = "#1a339f", "#d67b1d", "#22765b", "#a458c7", "#868e99"
plt.rcParams.update({"axes.spines.top": False, "axes.spines.right": False,
                     "figure.dpi": 110})

rng = np.random.default_rng(0)
X = rng.standard_normal((300, 100))
for j in range(1, 100):
    X[:, j] = 0.95 * X[:, j - 1] + np.sqrt(1.0 - 0.95**2) * X[:, j]
y = X[:, :10] @ rng.uniform(1.0, 3.0, 10) + 2.0 * rng.standard_normal(300)
X, y = X - X.mean(axis=0), y - y.mean()
alpha = 0.01 * penalty_max(X, y)

# %%
# Subgradient descent
# -------------------
#
# The first idea is to treat the objective like any other: step against its slope, and take sign(w) for the slope of
# :math:`|w|`.
#
# .. math:: w \leftarrow w - \eta \left(-\tfrac1n X'r + \alpha \operatorname{sign}(w)\right), \qquad r = y - Xw
#
# This was the subject of :ref:`the page before <sphx_glr_auto_gallery_plot_4_gradient_methods.py>`, in short: a rate
# :math:`\eta` above 2 / L, L the largest curvature of the loss, explodes; a small one is slow; and at *any* fixed rate
# the coefficients that should be 0 jitter around it. A rate that falls, :math:`\eta / (1 + \text{decay} \cdot k)` in
# step k, ends the jitter, at the cost of speed. The right panel shows six of those coefficients, once they have come
# near 0.

largest = np.linalg.norm(X, 2) ** 2 / len(y)
least = coordinate_descent(X, y, alpha, tol=1e-14).costs[-1]


def descend(rate, decay=0.0):
    return subgradient_descent(X, y, alpha, learning_rate=rate, decay=decay,
                               max_iter=400)


runs = {
    "0.05 / L, too small": descend(0.05 / largest),
    "1 / L": descend(1.0 / largest),
    "1.9 / L, falling": descend(1.9 / largest, decay=0.02),
    "2.05 / L, too large": descend(2.05 / largest),
}
figure, (left, right) = plt.subplots(1, 2, figsize=(9.5, 3.6), layout="constrained")
for (name, run), colour in zip(runs.items(), (GREY, BLUE, GREEN, ORANGE), strict=True):
    left.semilogy(run.costs - least, color=colour, label=name)
left.set(xlabel="step", ylabel="objective above its minimum", ylim=(1e-4, 1e3),
         title="Four learning rates")
left.legend(frameon=False, fontsize=9)

steps = []
subgradient_descent(X, y, alpha, learning_rate=1.0 / largest, max_iter=300,
                    callback=lambda coef, intercept: steps.append(coef))
exact = coordinate_descent(X, y, alpha, tol=1e-12).coef
right.plot(np.arange(200, 300), np.array(steps)[200:, np.flatnonzero(exact == 0.0)[:6]],
           linewidth=1.0)
right.set(xlabel="step", ylabel="coefficient",
          title="Coefficients that should be 0, rate 1 / L")
plt.show()

run = runs["1 / L"]
for eps in (0.0, 0.001, 0.003, 0.01):
    print(f"share of the coefficients up to {eps:g}: {run.sparsity(eps):.0%}")
print(f"exactly 0 in the solution: {np.mean(exact == 0.0):.0%}")

# %%
# None is exactly 0. To read a selection off these coefficients one has to choose a limit below which they count as 0,
# and the list depends on the limit.
#
# Stochastic gradient descent
# ---------------------------
#
# With a million rows one does not want to read all of them for a step. A :term:`mini-batch` of 32 rows gives a noisy
# slope for a tenth of the cost here. The noise adds to the jitter, so the rate must fall. The race below has its curve.
#
# Proximal gradient: ISTA and FISTA
# ---------------------------------
#
# The kink is the trouble, so leave it out of the step. Around w the loss lies below a simple bowl that touches it
# there and has the curvature L in all directions; the minimum of the bowl is one gradient step away, at
# :math:`z = w + \frac{1}{nL} X'r`. Now minimise *bowl plus penalty* instead of the bowl alone:
#
# .. math:: \min_u\ \tfrac{L}{2}\|u - z\|^2 + \alpha \|u\|_1 .
#
# This falls apart into one problem for each coordinate, :ref:`the lasso in one variable
# <sphx_glr_auto_gallery_plot_1_one_variable.py>`, so the step is a soft threshold of the gradient step:
#
# .. math:: w \leftarrow S\left(w + \tfrac{1}{nL} X'r,\ \tfrac{\alpha}{L}\right)
#
# This is ISTA, the iterative soft-thresholding algorithm, or *proximal gradient*. Zeros are exact and no rate is to be
# chosen. As the objective lies below bowl plus penalty and equals it at w, it never rises. FISTA, the fast one, adds
# momentum: the step starts beyond the current point, in the direction of the last step. It needs far fewer steps for
# most of the way, and its objective may rise for a while.
#
# Coordinate descent
# ------------------
#
# ISTA moves all coordinates by the curvature of the *worst* direction. One at a time, each can move by its own, which
# is :ref:`coordinate descent <sphx_glr_auto_gallery_plot_3_coordinate_descent.py>`. The pictures compare the three by
# steps; an epoch of :term:`coordinate descent` visits all features once and costs about as much arithmetic as one step
# of the others.

ista_run = ista(X, y, alpha, tol=1e-9, max_iter=20_000)
fista_run = fista(X, y, alpha, tol=1e-9)
cd_run = coordinate_descent(X, y, alpha, tol=1e-12)
figure, (left, right) = plt.subplots(1, 2, figsize=(9.5, 3.6), layout="constrained")
for name, run, colour in (
        ("ISTA", ista_run, GREEN), ("FISTA", fista_run, VIOLET),
        ("coordinate descent", cd_run, BLUE)):
    left.loglog(1 + np.arange(len(run.costs)), np.maximum(run.costs - least, 1e-15),
                color=colour, label=name)
    right.semilogx(1 + np.arange(len(run.costs)), run.nonzeros, color=colour,
                   label=name)
left.set(xlabel="step, or epoch", ylabel="objective above its minimum",
         ylim=(1e-9, 1e3), title="How fast")
right.set(xlabel="step, or epoch", ylabel="nonzero coefficients",
          title="How many features")
left.legend(frameon=False)
plt.show()

# %%
# Coordinate descent needs the fewest. FISTA is far ahead of ISTA for most of the way; near the end, once the right
# features are in, ISTA becomes fast by itself, while the momentum of FISTA overshoots again and again. On the right,
# all three come down to the same number of features, long before the objective has settled to the last digit.
#
# The race
# --------
#
# Steps of different methods cost different amounts, so we compare time; and methods stop by different rules, so we
# compare at an equal *duality gap*, an upper bound on the distance to the minimum, computed by one function from the
# coefficients. The clock stands still while the gap is computed. The first five are NumPy, and fair among each other
# with one exception: an epoch of coordinate descent is a Python loop over columns, which costs it a factor of ten or
# more that compiled code does not pay. The engine is compiled. It appears with one dot for each of four tolerances.


def follow(solve):
    """(seconds, relative gap) of a solver that calls back."""
    seconds, coefs, start, paused = [], [], time.perf_counter(), 0.0

    def callback(coef, intercept):
        nonlocal paused
        now = time.perf_counter()
        seconds.append(now - start - paused)
        coefs.append(coef)
        paused += time.perf_counter() - now

    solve(callback)
    scale = np.mean(y**2)
    kept = range(0, len(coefs), max(1, len(coefs) // 120))
    gaps = [duality_gap(X, y, coefs[k], alpha=alpha) / scale for k in kept]
    return [seconds[k] for k in kept], gaps


solvers = {
    "subgradient": (GREY, lambda callback: subgradient_descent(
        X, y, alpha, learning_rate=1.9 / largest, decay=0.02, max_iter=4000,
        callback=callback)),
    "stochastic gradient": (ORANGE, lambda callback: stochastic_gradient_descent(
        X, y, alpha, learning_rate=0.6 / largest, decay=0.1, n_epochs=400, rng=0,
        callback=callback)),
    "ISTA": (GREEN, lambda callback: ista(
        X, y, alpha, tol=1e-9, max_iter=20_000, callback=callback)),
    "FISTA": (VIOLET, lambda callback: fista(X, y, alpha, tol=1e-9, callback=callback)),
    "coordinate descent": (BLUE, lambda callback: coordinate_descent(
        X, y, alpha, tol=1e-9, callback=callback)),
}
figure, axes = plt.subplots(figsize=(6.2, 4.4), layout="constrained")
rows = []
for name, (colour, solve) in solvers.items():
    seconds, gaps = follow(solve)
    axes.loglog(seconds, np.maximum(gaps, 1e-12), color=colour, label=name)
    reached = next((t for t, gap in zip(seconds, gaps, strict=True) if gap <= 1e-6),
                   None)
    rows.append((name, reached, min(gaps)))

engine = []
for tol in (1e-1, 1e-3, 1e-6, 1e-9):
    times = []
    for _ in range(5):
        start = time.perf_counter()
        path = fit_path(X, y, alphas=[alpha], tol=tol)
        times.append(time.perf_counter() - start)
    engine.append((min(times), path.dual_gaps[0] / np.mean(y**2)))
axes.loglog(*np.maximum(np.array(engine).T, 1e-12), color="black", marker="o",
            linestyle="none", label="lassocore")
reached = min(t for t, gap in engine if gap <= 1e-6)
rows.append(("lassocore", reached, min(gap for _, gap in engine)))
axes.axhline(1e-6, color=GREY, linestyle="--", linewidth=0.8)
axes.set(xlabel="seconds", ylabel="duality gap / mean square of y", ylim=(3e-13, 30.0),
         title="Time to a gap")
figure.legend(loc="outside lower center", ncols=3, frameon=False)
plt.show()

# %%
# What each needed for a gap of 1e-6, the dashed line, as a multiple of the engine on the machine that built this page:

for name, seconds, best in rows:
    said = f"{seconds / reached:8.0f} times" if seconds else f"not reached; best {best:.0e}"
    print(f"{name:22s} {said}")

# %%
# :term:`Subgradient <subgradient>` methods do not arrive: a falling rate makes ever smaller steps, and the gap is small
# only if every correlation :math:`|x_j'r|/n` is at most a little above alpha, which comes last of all. Proximal
# gradient and coordinate descent end by taking a fixed share off what is left in each step: since both axes are
# logarithmic, their curves fall more and more steeply. The engine finds the :term:`support` by a few epochs of
# coordinate descent, then solves the linear equations on it, which ends at the precision of the machine. That is why
# its four dots need nearly the same time.
#
# What to take from this
# ----------------------
#
# The :term:`soft threshold` makes the difference between jitter and exact zeros. Momentum and coordinate-wise steps
# make it fast, and :term:`exact steps <exact step>` on the support end it. Compare solvers by time to an equal gap; the
# number of steps, the stopping rules and the ``tol`` of different programs do not mean the same.
#
# **Next:** is the result right? :ref:`Six checks <sphx_glr_auto_gallery_plot_6_sanity_checks.py>` that any solver
# should pass.
