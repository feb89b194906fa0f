r"""
Is it right? Six checks of a lasso
==================================

Before a solver is trusted, one's own or somebody else's, it should pass checks whose answers are known. Each of these
takes a few lines, and the last one needs no known answer at all. Most of them make good tests of a program of your own.
"""
import matplotlib.pyplot as plt
import numpy as np
from sklearn.linear_model import Lasso as TheirLasso

from lassocore import alpha_max, duality_gap, fit_path
from lassocore.reference import coordinate_descent

BLUE, ORANGE, GREY = "#1a339f", "#d67b1d", "#868e99"
plt.rcParams.update({"axes.spines.top": False, "axes.spines.right": False,
                     "figure.dpi": 110})

# %%
# The data are a *planted* problem, one whose true coefficients we choose: 200 rows, 20 features, of which three have an
# effect, 2.5, -1.7 and 3.2. The others are noise.

rng = np.random.default_rng(0)
X = rng.standard_normal((200, 20))
truth = np.zeros(20)
truth[:3] = 2.5, -1.7, 3.2
y = X @ truth + rng.standard_normal(200)

# %%
# 1. Without a penalty it is least squares
# ----------------------------------------

# the intercept first
least_squares = np.linalg.lstsq(np.column_stack([np.ones(200), X]), y, rcond=None)[0]
path = fit_path(X, y, alphas=[0.0], tol=1e-12)
print(f"largest difference {abs(path.coefs[:, 0] - least_squares[1:]).max():.1e}")

# %%
# 2. From alpha_max on all coefficients are 0
# -------------------------------------------
#
# At ``alpha_max`` and above the penalty outweighs every feature.
# :ref:`For one variable <sphx_glr_auto_gallery_plot_1_one_variable.py>` that was :math:`|x'y|/n` of :term:`centred`
# data; for several it is the largest of these numbers. Just below it the first feature enters.

largest = abs((X - X.mean(axis=0)).T @ (y - y.mean())).max() / 200
print(f"alpha_max {alpha_max(X, y):.6f}, by hand {largest:.6f}")
path = fit_path(X, y, alphas=[largest * (1.0 + 1e-9), 0.999 * largest])
print("nonzeros at alpha_max and at 0.999 of it:", path.n_nonzero)

# %%
# 3. The planted features are found
# ---------------------------------
#
# At a suitable alpha the *support*, the set of features with nonzero coefficients, is the planted one. The coefficients
# are too small (by alpha, if features are uncorrelated and have variance 1): this is the *shrinkage*, not an error.
# :term:`Least squares <least squares>` on the support, ``relax=0.0``, takes it back.

path = fit_path(X, y)
figure, axes = plt.subplots(figsize=(5.8, 3.6), layout="constrained")
axes.semilogx(path.alphas, path.coefs[3:].T, color=GREY, linewidth=0.8)
axes.semilogx(path.alphas, path.coefs[:3].T, color=BLUE, linewidth=2.0)
for value in truth[:3]:
    axes.axhline(value, color=ORANGE, linestyle="--", linewidth=0.8)
axes.invert_xaxis()
axes.set(xlabel="alpha, falling", ylabel="coefficient",
         title="Planted features (blue) and their true values (dashed)")
plt.show()

for relax in (1.0, 0.0):
    model = fit_path(X, y, alphas=[0.25], relax=relax)
    print(f"relax={relax}: support {np.flatnonzero(model.coefs[:, 0])}, coefficients "
          f"{model.coefs[:3, 0].round(2)}")

# %%
# 4. The optimality conditions hold
# ---------------------------------
#
# At the solution every feature of the support has a correlation with the :term:`residual` of exactly alpha, with the
# sign of its coefficient, and no other feature has a larger one:
#
# .. math::
#     \tfrac1n x_j'r = \alpha \operatorname{sign}(w_j)\ \ (w_j \ne 0), \qquad \tfrac1n |x_j'r| \le \alpha\ \ (w_j = 0).

alpha = 0.1
path = fit_path(X, y, alphas=[alpha], tol=1e-12)
coef = path.coefs[:, 0]
correlations = X.T @ (y - path.predict(X, alpha=alpha)) / 200
figure, axes = plt.subplots(figsize=(5.8, 3.2), layout="constrained")
axes.stem(np.flatnonzero(coef == 0.0), correlations[coef == 0.0], linefmt=GREY,
          markerfmt="o", basefmt=" ")
axes.stem(np.flatnonzero(coef), correlations[coef != 0.0], linefmt=BLUE, markerfmt="o",
          basefmt=" ")
for bound in (-alpha, alpha):
    axes.axhline(bound, color=ORANGE, linestyle="--")
axes.set(xlabel="feature", ylabel="correlation with the residual",
         xticks=range(0, 20, 2), title="The support (blue) sits on the bounds")
plt.show()

# %%
# 5. Other programs agree
# -----------------------
#
# scikit-learn, and the twenty lines of :func:`lassocore.reference.coordinate_descent`:

theirs = TheirLasso(alpha=alpha, tol=1e-12).fit(X, y)
textbook = coordinate_descent(X, y, alpha, tol=1e-12)
print(f"largest difference: scikit-learn {abs(theirs.coef_ - coef).max():.1e}, "
      f"textbook {abs(textbook.coef - coef).max():.1e}")

# %%
# statsmodels has ``OLS.fit_regularized``. Its :term:`objective` is that of scikit-learn, with two differences: the
# intercept is a column of ones, which must be exempted by a penalty of 0, and ``L1_wt=1.0`` makes it a lasso. Where
# statsmodels is not installed, the page compares with numbers stored from it.

# made by statsmodels 0.15.0 with the call below, rounded to eight decimals; all others are 0
STATSMODELS = {0: 2.33884181, 1: -1.49131393, 2: 3.05853088, 9: -0.04964095,
               13: 0.04403871}

try:
    import statsmodels.api as sm
except ImportError:
    sm = None


def dense(stored):
    """All 20 coefficients from the stored nonzeros."""
    filled = np.zeros(20)
    filled[list(stored)] = list(stored.values())
    return filled


if sm is None:
    print("statsmodels, stored: largest difference "
          f"{abs(dense(STATSMODELS) - coef).max():.1e}")
else:
    penalty = np.append(0.0, np.full(20, alpha))
    fit = sm.OLS(y, sm.add_constant(X)).fit_regularized(alpha=penalty, L1_wt=1.0,
                                                        cnvrg_tol=1e-12)
    print(f"statsmodels: largest difference {abs(fit.params[1:] - coef).max():.1e}")

# %%
# glmnet is a package of R, so its numbers are always stored ones. The data were written with
#
# .. code-block:: python
#
#     np.savetxt("planted.csv", np.column_stack([X, y]), delimiter=",", fmt="%.17g")
#
# and fitted by
#
# .. code-block:: r
#
#     library(glmnet)
#     d <- as.matrix(read.csv("planted.csv", header = FALSE))
#     fit <- glmnet(d[, 1:20], d[, 21], lambda = 0.1, standardize = FALSE, thresh = 1e-20)
#     cat(sprintf("%.8f", as.numeric(coef(fit))), sep = ", ")
#
# glmnet :term:`standardises <standardise>` unless told otherwise, and its default ``thresh`` is too loose for eight
# decimals.

# made by glmnet 4.1-6 on R 4.2.2 with the commands above; all others are 0
GLMNET_INTERCEPT = 0.06368060
GLMNET = {0: 2.33884181, 1: -1.49131393, 2: 3.05853088, 9: -0.04964095, 13: 0.04403871}
print(f"glmnet, stored: largest difference {abs(dense(GLMNET) - coef).max():.1e}, "
      f"of the intercept {abs(GLMNET_INTERCEPT - path.intercepts[0]):.1e}")

# %%
# Stored numbers have eight decimals, so nothing below 5e-9 can be expected of them. Five programs agree on a support of
# five features: the three planted ones and two of noise, as this alpha is small.
# :doc:`Coming from another library </migration>` translates the arguments of each.
#
# 6. The duality gap is small
# ---------------------------
#
# All checks so far know the answer from elsewhere. The gap does not have to: it is computed from the coefficients and
# the data, and bounds how far the objective is above its unknown minimum. Here it judges coefficients that were
# rounded, and some that are plainly wrong. Since the solution is known here, the true distance is printed beside it.



def objective(candidate):
    """Value at these coefficients, with the best intercept."""
    residual = (y - y.mean()) - (X - X.mean(axis=0)) @ candidate
    return (residual**2).mean() / 2.0 + alpha * abs(candidate).sum()


candidates = {"exact": coef, "two digits": coef.round(2), "one digit": coef.round(1),
              "least squares": least_squares[1:], "zero": np.zeros(20)}
print("               objective  above the minimum  gap")
for name, candidate in candidates.items():
    above = objective(candidate) - objective(coef)
    print(f"{name:14s} {objective(candidate):9.4f} {above:18.1e} "
          f"{duality_gap(X, y, candidate, alpha=alpha):9.1e}")

# %%
# The gap is never below the true distance, which nobody knows in practice. It may be far above it: for rounded
# coefficients it exaggerates. That is the right side to err on, for a small gap *proves* that the result is good.
#
# What to take from this
# ----------------------
#
# Test a solver at both ends of the path, on a planted problem, by its :term:`optimality conditions` and against another
# program with the *same objective*. If only one check is affordable, take the :term:`duality gap`: it needs neither
# another program nor the truth.
#
# **Next:** the solver is right, but what should it be given? :ref:`Scaling, skewed features, rare flags
# <sphx_glr_auto_gallery_plot_7_scaling.py>`.
