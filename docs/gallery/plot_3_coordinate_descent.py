r"""
Coordinate descent by hand
==========================

With several features there is no formula for the solution. But if all coefficients except one are held, what remains is
:ref:`the lasso in one variable <sphx_glr_auto_gallery_plot_1_one_variable.py>`, whose solution is a
:term:`soft threshold`. *Coordinate descent* solves this problem for the first feature, then for the second, and so on,
until nothing changes. It is the method of scikit-learn and of glmnet, and one of two that this library is built on.

We use the diabetes data of scikit-learn: 442 patients, ten features (bmi is the body mass index, bp the blood pressure,
s1 to s6 are blood values), standardised to mean 0 and standard deviation 1. The target, a measure of how the disease
progressed in a year, is :term:`centred`.
"""
# sphinx_gallery_thumbnail_number = 2
import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_diabetes

from lassocore import fit_path
from lassocore.reference import (
    coordinate_descent,
    coordinate_epoch,
    penalty_max,
    soft_threshold,
)

BLUE, ORANGE, GREEN, GREY = "#1a339f", "#d67b1d", "#22765b", "#868e99"
plt.rcParams.update({"axes.spines.top": False, "axes.spines.right": False,
                     "figure.dpi": 110})

frame, y = load_diabetes(return_X_y=True, as_frame=True)
X = frame.to_numpy()
X = (X - X.mean(axis=0)) / X.std(axis=0)
y = (y - y.mean()).to_numpy()
n_samples, n_features = X.shape

# %%
# The partial residual
# --------------------
#
# Let :math:`r = y - Xw` be the residual. What the features other than j leave of y is the *partial residual*
#
# .. math:: r_j = y - \sum_{k \ne j} x_k w_k = r + x_j w_j ,
#
# and the best coefficient of feature j, given the others, is that of the lasso of :math:`r_j` on :math:`x_j` alone:
#
# .. math:: w_j \leftarrow \frac{S(x_j'r_j,\ n\alpha)}{x_j'x_j} ,
#
# with the soft threshold S of the first page. Only r has to be kept: after each update it is changed by the one
# column whose coefficient has moved. Here is one update, of the feature bmi, by hand:

alpha = 5.0
coef, residual = np.zeros(n_features), y.copy()
j = frame.columns.get_loc("bmi")

partial_residual = residual + X[:, j] * coef[j]
product = X[:, j] @ partial_residual
coef[j] = soft_threshold(product, n_samples * alpha) / (X[:, j] @ X[:, j])
residual = partial_residual - X[:, j] * coef[j]
print(f"bmi: {coef[j]:.2f}; mean square of the residual {np.mean(y**2):.0f} -> "
      f"{np.mean(residual**2):.0f}")

# %%
# An epoch
# --------
#
# An *epoch* is an update of every feature in turn. `lassocore.reference.coordinate_epoch` is this loop. We follow the
# coefficients over the first epochs. On the right is the :term:`objective` above its minimum, which a much longer run
# supplies.


def objective(coef, residual, alpha):
    return np.mean(residual**2) / 2.0 + alpha * abs(coef).sum()


coef, residual = np.zeros(n_features), y.copy()
coefs, costs = [coef], [objective(coef, residual, alpha)]
for _ in range(12):
    coef, residual = coordinate_epoch(X, residual, coef, threshold=n_samples * alpha)
    coefs.append(coef)
    costs.append(objective(coef, residual, alpha))

figure, (left, right) = plt.subplots(1, 2, figsize=(9.0, 3.5), layout="constrained")
left.plot(coefs, color=GREY, linewidth=1.0)
for name, colour in (("bmi", BLUE), ("s5", ORANGE), ("bp", GREEN)):
    left.plot([step[frame.columns.get_loc(name)] for step in coefs], color=colour,
              linewidth=2.0, label=name)
left.set(xlabel="epoch", ylabel="coefficient",
         title="Most of the way in the first epochs")
left.legend(frameon=False)
least = coordinate_descent(X, y, alpha, tol=1e-14).costs[-1]
right.semilogy(np.array(costs) - least, color=BLUE, marker="o")
right.set(xlabel="epoch", ylabel="objective above its minimum", title="It never rises")
plt.show()

print("zeros after one epoch:", list(frame.columns[coefs[1] == 0.0]))
print("after twelve:", list(frame.columns[coef == 0.0]))

# %%
# Each update minimises the objective over one coordinate, so the objective cannot rise. Zeros come and go in the
# first epochs: sex is 0 after the first and not in the end, for age it is the other way round.
#
# Why does it not get stuck? At a point where no single coordinate can improve, 0 is a slope of the objective along
# every coordinate. The loss is smooth and the penalty is a sum with one term for each coordinate, so these slopes can
# be put together to a :term:`subgradient` of the whole that is 0, and the point is a minimum. For a penalty that ties
# coordinates together, such as :math:`|w_1 - w_2|`, this fails: on the line :math:`w_1 = w_2` a move of both may
# improve where no move of one does.
#
# Two features: what the steps look like
# ----------------------------------------
#
# Steps go along the axes. If two features are correlated, the valley of the objective is diagonal, and the way down has
# to zigzag: the more correlation, the more epochs. The number above each panel is how many it takes until the
# objective is proven to be within 1e-8 of its minimum, relative to the objective at w = 0. The proof is the *duality
# gap*, an upper bound on that distance, which `lassocore.reference.duality_gap` computes from the coefficients.

rng = np.random.default_rng(0)


def two_features(correlation):
    A = rng.multivariate_normal([0.0, 0.0], [[1.0, correlation], [correlation, 1.0]],
                                size=200)
    A = (A - A.mean(axis=0)) / A.std(axis=0)
    b = A @ [1.0, 0.6] + 0.3 * rng.standard_normal(200)
    return A, b - b.mean()


figure, panels = plt.subplots(1, 3, figsize=(9.5, 3.4), sharey=True,
                              layout="constrained")
grid = np.linspace(-0.4, 2.0, 60)
for axes, correlation in zip(panels, (0.0, 0.7, 0.95), strict=True):
    A, b = two_features(correlation)
    values = [[objective(np.array([u, v]), b - A @ [u, v], 0.1) for u in grid]
              for v in grid]
    levels = np.min(values) + np.geomspace(0.003, 2.0, 12)
    axes.contour(grid, grid, values, levels=levels, colors=GREY, linewidths=0.6)
    point, rest, corners = np.zeros(2), b, [np.zeros(2)]
    for step in range(24):
        point, rest = coordinate_epoch(A, rest, point, threshold=len(b) * 0.1,
                                       columns=[step % 2])
        corners.append(point)
    axes.plot(*np.array(corners).T, color=BLUE, marker=".")
    n_epochs = coordinate_descent(A, b, 0.1, tol=1e-8).n_iter
    axes.set(title=f"correlation {correlation}: {n_epochs} epochs", xlabel="$w_1$",
             aspect="equal")
panels[0].set_ylabel("$w_2$")
plt.show()

# %%
# Warm starts
# -----------
#
# One rarely wants the solution for one alpha; the *path* has one for each alpha of a falling sequence. It begins at the
# smallest alpha for which all coefficients are 0, :math:`\alpha_{\max} = \max_j |x_j'y| / n`, as the first page showed
# for one feature; `lassocore.reference.penalty_max` is this formula. Neighbouring solutions are similar, so each is a
# good start for the next: a *warm start*. Compared with starting at 0 every time:

alphas = penalty_max(X, y) * np.geomspace(1.0, 1e-2, 20)
warm, cold, start = [], [], np.zeros(n_features)
for alpha in alphas:
    solution = coordinate_descent(X, y, alpha, coef_init=start, tol=1e-6)
    start = solution.coef
    warm.append(solution.n_iter)
    cold.append(coordinate_descent(X, y, alpha, tol=1e-6).n_iter)

figure, axes = plt.subplots(figsize=(5.8, 3.4), layout="constrained")
axes.semilogx(alphas, cold, color=ORANGE, marker=".",
              label=f"from 0: {sum(cold)} epochs")
axes.semilogx(alphas, warm, color=BLUE, marker=".",
              label=f"from the last solution: {sum(warm)} epochs")
axes.invert_xaxis()
axes.set(xlabel="alpha, falling", ylabel="epochs to a relative gap of 1e-6")
axes.legend(frameon=False)
plt.show()

# %%
# The gain is largest at small alphas, where 0 is a poor start.
#
# Active sets
# -----------
#
# Where there are many features most visits find a 0 and leave a 0. So visit only the *active* ones, those whose
# coefficients are not 0, until they have settled; then one epoch over all features finds out whether any other must
# come in. The answer is the same, as the last epoch looks at every feature. With 1000 features, of which 10 matter:

wide = rng.standard_normal((100, 1000))
target = wide[:, :10].sum(axis=1) + rng.standard_normal(100)
wide, target = wide - wide.mean(axis=0), target - target.mean()
alpha = 0.2 * penalty_max(wide, target)
threshold = len(target) * alpha


def with_active_set(n_inner=20):
    coef, residual, n_visits = np.zeros(1000), target.copy(), 0
    while True:
        before = coef
        coef, residual = coordinate_epoch(wide, residual, coef, threshold)
        n_visits += 1000
        if abs(coef - before).max() < 1e-7:             # a whole epoch changed nothing
            return coef, n_visits
        active = np.flatnonzero(coef)
        for _ in range(n_inner):
            coef, residual = coordinate_epoch(wide, residual, coef, threshold,
                                              columns=active)
            n_visits += len(active)


coef, n_visits = with_active_set()
everywhere = coordinate_descent(wide, target, alpha, tol=1e-12)
print(f"active sets: {n_visits} visits of a feature, {np.count_nonzero(coef)} nonzeros")
print(f"all features in every epoch: {1000 * everywhere.n_iter} visits, "
      f"{np.count_nonzero(everywhere.coef)} nonzeros")
print(f"largest difference {abs(coef - everywhere.coef).max():.1e}")

# %%
# The engine goes on from here. It knows bounds that prove that a feature stays at 0 *before* it is visited, which is
# called *screening*. It replaces the zigzag by :term:`exact steps <exact step>`: where the signs of the nonzero
# coefficients are known, the :term:`optimality conditions` are linear equations, and those are solved at once. And it
# certifies the result.

path = fit_path(wide, target, alphas=[alpha], tol=1e-10)
print(f"largest difference {abs(path.coefs[:, 0] - coef).max():.1e}, gap "
      f"{path.dual_gaps[0]:.1e}, "
      f"{path.info['n_epochs'][0]} epochs, {path.info['n_newton'][0]} exact steps")

# %%
# What to take from this
# ----------------------
#
# Coordinate descent is the soft threshold of one variable, again and again, on what the other features leave. It is
# fast where features are little correlated, slow where they are strongly correlated, and it needs no
# :term:`learning rate`. Warm starts and :term:`active sets <active set>` save most of the work without changing the
# answer.
#
# **Next:** what happens if one trains the lasso like a neural network instead:
# :ref:`gradient methods <sphx_glr_auto_gallery_plot_4_gradient_methods.py>`.
