r"""
Is it right? Six checks of a lasso
==================================

Before a solver is trusted, one's own or somebody else's, it should pass checks whose answers are known. Each of these
takes a few lines, and the last one needs no known answer at all.
"""
import matplotlib.pyplot as plt
import numpy as np
from sklearn.linear_model import Lasso as TheirLasso

from lassocore import alpha_max, duality_gap, fit_path
from lassocore.reference import coordinate_descent

BLUE, ORANGE, GREY = "#1a339f", "#d67b1d", "#868e99"
plt.rcParams.update({"axes.spines.top": False, "axes.spines.right": False, "figure.dpi": 110})

# %%
# The data are a planted problem: 200 rows, 20 features, of which three have coefficients.

rng = np.random.default_rng(0)
X = rng.standard_normal((200, 20))
truth = np.zeros(20)
truth[:3] = 2.5, -1.7, 3.2
y = X @ truth + rng.standard_normal(200)

# %%
# 1. Without a penalty it is least squares
# ----------------------------------------

least_squares = np.linalg.lstsq(np.column_stack([np.ones(200), X]), y, rcond=None)[0]
path = fit_path(X, y, alphas=[0.0], tol=1e-12)
print(f"largest difference {abs(path.coefs[:, 0] - least_squares[1:]).max():.1e}")

# %%
# 2. From alpha_max on all coefficients are 0
# -------------------------------------------
#
# The first feature enters just below the largest correlation with the centred target, divided by n.

largest = abs((X - X.mean(axis=0)).T @ (y - y.mean())).max() / 200
print(f"alpha_max {alpha_max(X, y):.6f}, by hand {largest:.6f}")
path = fit_path(X, y, alphas=[largest * (1.0 + 1e-9), 0.999 * largest])
print("nonzeros at alpha_max and at 0.999 of it:", path.n_nonzero)

# %%
# 3. The planted features are found
# ---------------------------------
#
# At a suitable alpha the support is the planted one, and the coefficients are too small by about alpha: this is the
# shrinkage, not an error. Least squares on the support (``relax=0.0``) takes it back.

path = fit_path(X, y)
figure, axes = plt.subplots(figsize=(5.8, 3.6), layout="constrained")
axes.semilogx(path.alphas, path.coefs[3:].T, color=GREY, linewidth=0.8)
axes.semilogx(path.alphas, path.coefs[:3].T, color=BLUE, linewidth=2.0)
for value in truth[:3]:
    axes.axhline(value, color=ORANGE, linestyle="--", linewidth=0.8)
axes.invert_xaxis()
axes.set(xlabel="alpha, falling", ylabel="coefficient", title="Planted features (blue) and their true values (dashed)")
plt.show()

for relax in (1.0, 0.0):
    model = fit_path(X, y, alphas=[0.25], relax=relax)
    print(f"relax={relax}: support {np.flatnonzero(model.coefs[:, 0])}, coefficients {model.coefs[:3, 0].round(2)}")

# %%
# 4. The optimality conditions hold
# ---------------------------------
#
# At the solution every feature of the support has a correlation with the residual of exactly alpha, with the sign of
# its coefficient, and no other feature has a larger one:
#
# .. math::
#     \tfrac1n x_j'r = \alpha \operatorname{sign}(w_j)\ \ (w_j \ne 0), \qquad \tfrac1n |x_j'r| \le \alpha\ \ (w_j = 0).

alpha = 0.1
path = fit_path(X, y, alphas=[alpha], tol=1e-12)
coef = path.coefs[:, 0]
correlations = X.T @ (y - path.predict(X, alpha=alpha)) / 200
figure, axes = plt.subplots(figsize=(5.8, 3.2), layout="constrained")
axes.stem(np.flatnonzero(coef == 0.0), correlations[coef == 0.0], linefmt=GREY, markerfmt="o", basefmt=" ")
axes.stem(np.flatnonzero(coef), correlations[coef != 0.0], linefmt=BLUE, markerfmt="o", basefmt=" ")
for bound in (-alpha, alpha):
    axes.axhline(bound, color=ORANGE, linestyle="--")
axes.set(xlabel="feature", ylabel="correlation with the residual", xticks=range(0, 20, 2),
         title="The support (blue) sits on the bounds")
plt.show()

# %%
# 5. Other programs agree
# -----------------------
#
# scikit-learn, and the twenty lines of :func:`lassocore.reference.coordinate_descent`:

theirs = TheirLasso(alpha=alpha, tol=1e-12).fit(X, y)
textbook = coordinate_descent(X, y, alpha, tol=1e-12)
print(f"scikit-learn {abs(theirs.coef_ - coef).max():.1e}, textbook {abs(textbook.coef - coef).max():.1e}")

# %%
# Agreement with R's glmnet is part of this project's tests: stored numbers for 96 combinations of its arguments.
#
# 6. The duality gap is small
# ---------------------------
#
# All checks so far know the answer from elsewhere. The gap does not have to: it is computed from the coefficients and
# the data, and bounds how far the objective is above its unknown minimum. Here it judges coefficients that were
# rounded, and some that are plainly wrong.

for name, candidate in (("exact", coef), ("two digits", coef.round(2)), ("least squares", least_squares[1:]),
                        ("zero", np.zeros(20))):
    print(f"{name:14s} gap {duality_gap(X, y, candidate, alpha=alpha):.1e}")
