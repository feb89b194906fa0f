r"""
Pictures of a path, and a page to explore it
============================================

A path is a model for every alpha, and a table of a hundred models is hard to read. This page shows the pictures that
the library draws, what to look for in each, and the interactive page that holds them all.

The data are those of 442 patients with diabetes, with squares and products of the ten measurements: 64 features. (The
square of sex says the same as sex, and is left out.)
"""
# sphinx_gallery_thumbnail_number = 1
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.datasets import load_diabetes
from sklearn.preprocessing import PolynomialFeatures

from lassocore import LassoCV, fit_path
from lassocore.plots import ConvergenceDisplay, CVDisplay, PathDisplay, StabilityDisplay
from lassocore.selection import StabilitySelection

plt.rcParams.update({"axes.spines.top": False, "axes.spines.right": False,
                     "figure.dpi": 110})

frame, y = load_diabetes(return_X_y=True, as_frame=True)
products = PolynomialFeatures(2, include_bias=False).fit(frame)
X = pd.DataFrame(products.transform(frame),
                 columns=products.get_feature_names_out()).drop(columns="sex^2")
path = fit_path(X, y, standardize=True)
print(path)

# %%
# Coefficients
# ------------
#
# ``scaled=True`` shows coefficients for one standard deviation of the feature, so that their sizes can be compared. The
# strongest are named; the numbers on top count the nonzeros. Alpha falls from left to right.

display = PathDisplay.from_path(path, scaled=True, X=X, labels=8)
display.ax_.set_title("Coefficients along the path")
plt.show()

# %%
# Read it from left to right. ``bmi``, ``s5`` and ``bp`` enter first and soon change little: they carry the model. On
# the right dozens of lines enter together, and the products ``s2 s5`` and ``s1 s5`` grow far apart in opposite
# directions. ``s1`` and ``s2``, two measurements of cholesterol, correlate at 0.90, so that the two products largely
# cancel: the model begins to follow the noise.
#
# The same against the share of the variance that is explained, with the :term:`least squares` refit of each
# :term:`support` dashed: the distance between a line and its dashes is the :term:`shrinkage`, what the penalty takes
# away.

refit = fit_path(X, y, standardize=True, relax=0.0, max_active=12)
display = fit_path(X, y, standardize=True,
                   max_active=12).plot(x="r2", scaled=True, X=X, refit=refit, labels=5)
display.ax_.set_title("The same over explained variance, refits dashed")
plt.show()

# %%
# The choice of alpha
# -------------------
#
# The band is one :term:`standard error` of the mean over ten folds; the lines mark the least error and the
# :term:`one-standard-error rule`. How to read them is the subject of :ref:`choosing alpha
# <sphx_glr_auto_gallery_plot_8_choosing_alpha.py>`.

model = LassoCV(cv=10, standardize=True, selection_rule="1se",
                keep_coefs=True).fit(X, y)
figure, axes = plt.subplots(1, 2, figsize=(10.0, 4.0), layout="constrained",
                            sharey=True)
CVDisplay.from_estimator(model, X, y, ax=axes[0])
CVDisplay.from_estimator(model, X, y, ax=axes[1], x="n_nonzero")
plt.show()

print(f"least error: alpha {model.alpha_min_:.2f}; one standard error: alpha "
      f"{model.alpha_1se_:.2f}, "
      f"{np.count_nonzero(model.coef_)} features")

# %%
# How sure the selection is
# -------------------------
#
# Each line is the share of random halves of the rows on which a feature has been selected by the alpha of the abscissa,
# in :term:`stability selection`. Of the 64 features only four exceed the threshold, and there is a wide gap below them.

selector = StabilitySelection(random_state=0).fit(X, y)
display = StabilityDisplay.from_estimator(selector)
display.ax_.set_title("Share of random halves that select a feature")
plt.show()

largest = np.sort(selector.selection_frequencies_)[::-1]
print("selected:", *X.columns[selector.get_support()])
print(f"the largest frequencies {largest[:6].round(2)}, threshold "
      f"{selector.threshold_:.2f}")

# %%
# Convergence
# -----------
#
# Objective, duality gap and nonzeros after every epoch of coordinate descent. The exact steps that the library takes by
# default leave little to see, so this is ``solver="cd"`` at one alpha. The gap is always above the distance to the
# minimum, which only the end of the fit reveals; the support is final before half of the epochs.

watched = fit_path(X, y, alphas=[0.5], standardize=True, solver="cd", tol=1e-8,
                   history=True)
ConvergenceDisplay.from_path(watched)
plt.show()

# %%
# On a dark ground
# ----------------
#
# All displays follow matplotlib's style; the colours are chosen for the background, and differ for people who see
# colours otherwise.

with plt.style.context("dark_background"):
    display = PathDisplay.from_path(path, scaled=True, X=X, labels=8)
    display.ax_.set_title("The same path, dark")
    plt.show()

# %%
# A page to explore
# -----------------
#
# ``path.to_html("path.html", X=X, y=y, cv=5)`` writes all of this into one file, which needs no network: drag alpha,
# pin and search features, see errors, the distance of each feature from entering, and the certificate of every model.
# Its second tab teaches why the lasso selects. This is the page of these data:
#
# .. raw:: html
#
#     <p><a class="reference external" href="../explorer.html">Open the page by itself</a></p>
#     <iframe class="explorer" src="../explorer.html" title="The path of the diabetes data, to explore"></iframe>
#
# What to take from this
# ----------------------
#
# The coefficients say what enters and in which order, the errors where to stop, the stability which features another
# sample would have chosen as well. A report needs the three of them.
#
# **Next:** methods that solve many of these problems: :ref:`the lasso inside a loop
# <sphx_glr_auto_gallery_plot_19_loops.py>`.
