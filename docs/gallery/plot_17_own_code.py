r"""
The engine in your own code
===========================

A library is useful to other programs if its parts can be called one by one. Three uses: judging coefficients that
somebody else computed, regressing every column of a matrix on the others, and solving a sequence of problems that
differ a little.
"""
# sphinx_gallery_thumbnail_number = 2
import time
import warnings

import matplotlib.pyplot as plt
import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import Lasso as TheirLasso
from sklearn.linear_model import SGDRegressor

from lassocore import alpha_max, duality_gap, fit_many, fit_path

BLUE, ORANGE, GREEN, GREY = "#1a339f", "#d67b1d", "#22765b", "#868e99"
plt.rcParams.update({"axes.spines.top": False, "axes.spines.right": False,
                     "figure.dpi": 110})
rng = np.random.default_rng(2)

# %%
# A certificate for other people's coefficients
# ---------------------------------------------
#
# `lassocore.duality_gap` takes data, coefficients and alpha, wherever the coefficients come from. Their
# :term:`objective` is above the minimum by at most the gap, which is the *certificate*, so two programs can be compared
# without knowing the solution. Judge the *objective*, not the coefficients: of two columns that are nearly the same the
# solution may use either.
#
# The data: 300 rows, 200 features with a correlation of 0.9 between neighbours.

X = rng.standard_normal((300, 200))
for j in range(1, 200):
    X[:, j] = 0.9 * X[:, j - 1] + np.sqrt(1.0 - 0.9**2) * X[:, j]
y = X[:, ::20] @ np.linspace(1.0, 2.0, 10) + rng.standard_normal(300)
alpha = 0.01 * alpha_max(X, y)

rows = []
with warnings.catch_warnings():
    warnings.simplefilter("ignore", ConvergenceWarning)
    for max_iter in (1, 3, 10, 30, 100, 300, 1000):
        theirs = TheirLasso(alpha=alpha, tol=1e-12, max_iter=max_iter).fit(X, y)
        descent = SGDRegressor(penalty="l1", alpha=alpha, max_iter=max_iter, tol=None,
                               random_state=0).fit(X, y)
        rows.append([max_iter, *(duality_gap(X, y, model.coef_, alpha=alpha) / y.var()
                                 for model in (theirs, descent))])
mine = fit_path(X, y, alphas=[alpha])
iterations, theirs_gap, descent_gap = np.array(rows).T

figure, axes = plt.subplots(figsize=(5.8, 3.8), layout="constrained")
axes.loglog(iterations, descent_gap, "o-", color=ORANGE, label="stochastic gradients")
axes.loglog(iterations, theirs_gap, "o-", color=BLUE, label="scikit-learn's Lasso")
axes.axhline(mine.dual_gaps[0] / y.var(), color="black", linestyle="--",
             label="lassocore, tol=1e-4")
axes.set(xlabel="max_iter", ylabel="gap / variance of y",
         title="One judge for three programs")
axes.legend(frameon=False)
plt.show()
print(f"gaps after 1000: scikit-learn {theirs_gap[-1]:.1e}, stochastic gradients "
      f"{descent_gap[-1]:.1e}")

# %%
# Such a number is worth having in a test suite: "the gap of our solver is at most 1e-6 of the variance" is
# an assertion that needs no stored solution and no second solver. It is also how to find out that a formula was meant
# differently: coefficients that were computed for another scaling of the penalty have a large gap at this alpha.

for title, factor in (("same alpha", 1.0), ("lambda = 2 alpha taken for alpha", 2.0)):
    other = TheirLasso(alpha=factor * alpha, tol=1e-12, max_iter=10_000).fit(X, y)
    print(f"{title}: gap / variance "
          f"{duality_gap(X, y, other.coef_, alpha=alpha) / y.var():.1e}")

# %%
# Nodewise regression
# -------------------
#
# In a Gaussian graphical model two variables are joined by an edge if they are dependent given all others. Meinshausen
# and Bühlmann (2006) find the edges by lasso: regress every variable on all others, and join i and j if each uses the
# other. That is one regression per variable, over nearly the same X each time. A variable must not explain itself, so
# each regression excludes its own column, by ``penalty_factor=inf`` for it.
#
# The variables: 60 of them on a ring, each joined to its two neighbours. Pictures are of the matrix of edges.

N_VARIABLES, N_ROWS = 60, 400
precision = np.eye(N_VARIABLES)
for k in range(N_VARIABLES):
    precision[k, (k + 1) % N_VARIABLES] = precision[(k + 1) % N_VARIABLES, k] = -0.4
Z = rng.multivariate_normal(np.zeros(N_VARIABLES), np.linalg.inv(precision),
                            size=N_ROWS)
Z = (Z - Z.mean(axis=0)) / Z.std(axis=0)
edge_alpha = np.sqrt(np.log(N_VARIABLES) / N_ROWS)


def neighbours_of(k):
    """Coefficients of variable k on all others, 0 for itself, and the gap over its tolerance."""
    excluded = np.ones(N_VARIABLES)
    excluded[k] = np.inf
    path = fit_path(Z, Z[:, k], alphas=[edge_alpha], penalty_factor=excluded)
    return path.coefs[:, 0], path.dual_gaps[0] / path.gap_tol


start = time.perf_counter()
found = [neighbours_of(k) for k in range(N_VARIABLES)]
print(f"{N_VARIABLES} regressions in {1000 * (time.perf_counter() - start):.0f} ms; "
      f"largest gap over tolerance {max(gap for _, gap in found):.2f}")
coefs = np.array([coef for coef, _ in found])
edges = (coefs != 0.0) & (coefs.T != 0.0)
true_edges = (precision != 0.0) & ~np.eye(N_VARIABLES, dtype=bool)
correlated = abs(np.corrcoef(Z.T)) > 0.2
np.fill_diagonal(correlated, False)

figure, panels = plt.subplots(1, 3, figsize=(9.5, 3.6), layout="constrained")
for axes, (title, matrix) in zip(panels,
                                 {"true edges": true_edges, "nodewise lasso": edges,
                                  "correlation above 0.2": correlated}.items(),
                                 strict=True):
    axes.imshow(matrix, cmap="Blues", vmin=0.0, vmax=1.0)
    axes.set(title=title, xlabel="variable", xticks=[], yticks=[])
plt.show()
for title, matrix in (("nodewise lasso", edges), ("correlations", correlated)):
    print(f"{title}: {(matrix & true_edges).sum() // 2} of {true_edges.sum() // 2} "
          f"edges found, {(matrix & ~true_edges).sum() // 2} false ones")

# %%
# Variables two steps apart on the ring are correlated because of the one between them, and a limit on correlations
# takes them for neighbours. Given the one between, they are independent, and the regressions find that out.
#
# Many targets over the same features
# -----------------------------------
#
# Where no column has to be excluded, `fit_many` does the whole in one call, and shares the checks of X and its Gram
# matrix. Here 300 targets depend on three of the 60 variables each.

signals = np.zeros((N_VARIABLES, 300))
for k in range(300):
    signals[rng.choice(N_VARIABLES, 3, replace=False), k] = rng.choice([-1.0, 1.0], 3)
Y = Z @ signals + 0.8 * rng.standard_normal((N_ROWS, 300))
many = fit_many(Z, Y, alphas=50)
single = [fit_path(Z, Y[:, k], alphas=50) for k in range(300)]
print(f"{len(many)} paths of 50 alphas, all certified: "
      f"{bool((many.dual_gaps <= many.gap_tols[:, None]).all())}; "
      "largest difference to one by one "
      f"{max(abs(many[k].coefs - single[k].coefs).max() for k in range(300)):.1e}")

# %%
# Warm starts
# -----------
#
# A program that solves one lasso after the other, in a loop over weights, over time or over new rows, has a good guess:
# the last solution. ``coef_init`` starts from it. The result is the same within the tolerance, because the certificate
# decides when to stop and not the start. What a good start saves is epochs of :term:`coordinate descent`.
#
# Here a window of 500 rows moves over a longer record, 10 rows at a time, while one coefficient drifts.

n_rows, window = 1500, 500
record = rng.standard_normal((n_rows, 200))
for j in range(1, 200):
    record[:, j] = 0.9 * record[:, j - 1] + np.sqrt(1.0 - 0.9**2) * record[:, j]
drifting = np.linspace(1.0, -1.0, n_rows)
target = record[:, 50] * 2.0 + record[:, 100] * drifting + rng.standard_normal(n_rows)
starts = range(0, n_rows - window + 1, 10)
epochs, followed = {}, {}
for title in ("cold", "warm"):
    coef, epochs[title], followed[title] = None, [], []
    for first in starts:
        rows = slice(first, first + window)
        path = fit_path(record[rows], target[rows], alphas=[0.05], solver="cd",
                        coef_init=coef)
        epochs[title].append(int(path.n_iter.sum()))
        followed[title].append(path.coefs[100, 0])
        coef = path.coefs[:, 0] if title == "warm" else None

figure, (left, right) = plt.subplots(1, 2, figsize=(9.5, 3.6), layout="constrained")
for title, colour in (("cold", ORANGE), ("warm", BLUE)):
    left.plot(starts, epochs[title], "o-", color=colour, markersize=3,
              label=f"{title} start")
    right.plot(starts, followed[title], color=colour,
               linestyle="--" if title == "cold" else "-")
left.set(xlabel="first row of the window", ylabel="epochs", ylim=(0, None),
         title="Work for each window")
right.plot(starts, [drifting[first:first + window].mean() for first in starts],
           color=GREY, label="true mean")
right.set(xlabel="first row of the window", ylabel="coefficient",
          title="The coefficient that drifts")
figure.legend(loc="outside lower center", ncols=3, frameon=False)
plt.show()
print(f"epochs in total: cold {sum(epochs['cold'])}, warm {sum(epochs['warm'])}; "
      "largest difference of the coefficient "
      f"{max(abs(a - b) for a, b in zip(followed['cold'], followed['warm'], strict=True)):.1e}")

# %%
# Both follow the drifting coefficient, with the :term:`shrinkage` of the lasso, and differ by what the tolerance
# allows. From the last solution it takes less than half the epochs. A smaller ``tol`` makes both slower and the
# difference smaller.
#
# For a *path* no start need be given: each alpha starts from the solution of the one before. That is why a path of 100
# models costs far less than 100 models.
#
# What to take from this
# ----------------------
#
# The parts of the library can be called one by one, and the certificate goes with each. In a program of your own:
#
# * Ask ``path.converged``, or compare ``path.dual_gaps`` with ``path.gap_tol``, before you use a result in a loop.
# * Take objectives for comparisons between solvers, and an equal gap for comparisons of time.
# * Give ``tol`` what the next step needs. Each of the errors of a loop is bounded by the gap of its own solves.
#
# What the gap is and why it bounds the error says :doc:`reading a certificate </guide/certificates>`.
#
# **Next:** the pictures that the library draws by itself: :ref:`pictures of a path
# <sphx_glr_auto_gallery_plot_18_pictures.py>`.
