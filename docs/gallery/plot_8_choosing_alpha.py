r"""
Choosing alpha: errors, folds, criteria
=======================================

A path has a model for every alpha, from the empty one to :term:`least squares`. Which one to take is a question about
rows that the model has not seen. This page looks at three answers: the least error of :term:`cross-validation`, the
one-standard-error rule, and information criteria. The data are generated, so that the right answer is known.

There are 150 rows and 40 features with a correlation of 0.5 between neighbours. Six features have coefficients, some of
them small. Another 20,000 rows tell the true error of any model.
"""
# sphinx_gallery_thumbnail_number = 2
import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import KFold

from lassocore import LassoCV, LassoIC, fit_path
from lassocore.plots import CVDisplay

BLUE, ORANGE, GREEN, VIOLET, GREY = "#1a339f", "#d67b1d", "#22765b", "#a458c7", "#868e99"
plt.rcParams.update({"axes.spines.top": False, "axes.spines.right": False,
                     "figure.dpi": 110})

rng = np.random.default_rng(4)
truth = np.zeros(40)
truth[[0, 7, 14, 21, 28, 35]] = 2.0, -1.5, 1.0, 0.7, -0.5, 0.3
NOISE = 2.0


def make_rows(n_samples):
    X = rng.standard_normal((n_samples, 40))
    for j in range(1, 40):
        X[:, j] = 0.5 * X[:, j - 1] + np.sqrt(0.75) * X[:, j]
    return X, X @ truth + NOISE * rng.standard_normal(n_samples)


X, y = make_rows(150)
X_new, y_new = make_rows(20_000)

# %%
# Training error does not choose
# ------------------------------
#
# As alpha falls, the error on the rows of the fit only falls: its minimum is at the end of the path, always. The error
# on new rows falls while features enter that matter, and rises when what enters is the noise of these 150 rows. No
# model can have an error on new rows below the variance of the noise, the dashed line.

path = fit_path(X, y, eps=1e-3)
training = ((path.predict(X) - y[:, None]) ** 2).mean(axis=0)
true_error = ((path.predict(X_new) - y_new[:, None]) ** 2).mean(axis=0)

figure, (left, right) = plt.subplots(1, 2, figsize=(9.5, 3.6), sharey=True,
                                     layout="constrained")
for axes, where, label in ((left, path.alphas, "alpha, falling"),
                           (right, path.n_nonzero, "nonzeros")):
    axes.plot(where, training, color=GREY, label="training rows")
    axes.plot(where, true_error, color=BLUE, label="new rows")
    axes.plot(where[true_error.argmin()], true_error.min(), "o", color=BLUE)
    axes.axhline(NOISE**2, color=ORANGE, linestyle="--", linewidth=0.8)
    axes.set(xlabel=label)
left.set(xscale="log", ylabel="mean squared error",
         title="The same two curves against alpha ...")
left.invert_xaxis()
left.legend(frameon=False)
right.set_title("... and against the number of features")
right.text(40.0, NOISE**2 + 0.1, "variance of the noise", ha="right", fontsize=9)
plt.show()

best = true_error.argmin()
print(f"new rows: least error {true_error.min():.2f} at alpha {path.alphas[best]:.3f}, "
      f"{path.n_nonzero[best]} nonzeros")
print(f"end of the path: error {training[-1]:.2f} on the training rows, "
      f"{true_error[-1]:.2f} on new rows")
print("largest duality gap of the path, relative to the mean square of y: "
      f"{path.dual_gaps.max() / np.mean(y**2):.0e}")

# %%
# The last line is the :term:`certificate`: every model of the path is a minimum to this accuracy, so that the
# differences on this page are differences between alphas, not between solvers.
#
# Cross-validation
# ----------------
#
# In practice there are no 20,000 further rows, and cross-validation takes their place: each fold is predicted by a path
# that was fitted to the others, and errors are averaged. The picture has the mean over ten folds, and as a band one
# :term:`standard error` of that mean: the standard deviation of the ten errors, divided by the root of ten.

cv = LassoCV(cv=10, keep_coefs=True).fit(X, y)
shorter = LassoCV(cv=10, selection_rule="1se").fit(X, y)
display = CVDisplay.from_estimator(cv, X, y)
display.ax_.set_title("Ten folds")
plt.show()

for name, model in (("minimum", cv), ("1 SE", shorter)):
    error = ((model.predict(X_new) - y_new) ** 2).mean()
    found = np.flatnonzero(model.coef_)
    print(f"{name:8s} alpha {model.alpha_:.3f}, {len(found):2d} nonzeros, of which "
          f"{np.count_nonzero(truth[found])} are true; error on new rows {error:.2f}")

# %%
# Two things to look at.
#
# * **The bottom is flat.** Around the minimum the curve changes by much less than the width of the band: these data
#   cannot tell which of these alphas is best.
# * **The minimum has too many features**: 13 of its 19 are noise. A feature of noise with a tiny coefficient costs next
#   to nothing in prediction, so the least error does not rule it out.
#
# The *one-standard-error rule* takes, of all alphas whose error is within one standard error of the least, the largest.
# It pays a little error, 4.87 instead of 4.76 on new rows, for eight features less. It is no detector of truth: seven
# of the 11 are noise, and the two true features that it leaves out are those with the smallest coefficients.
#
# The same errors against the number of nonzeros are often the better picture to decide from, since the number of
# features is what a reader of the model has to live with.

display = CVDisplay.from_estimator(cv, X, y, x="n_nonzero", folds=True)
display.ax_.set_title("The same against the number of nonzeros, with the folds")
plt.show()

# %%
# The thin lines, one for each fold, lie far apart but beyond ten nonzeros run almost in parallel. What differs between
# folds is mostly how hard their rows are to predict, whatever the alpha. The band is made from these distances, so it
# overstates how uncertain the *choice* is. One standard error is a convention, not a test.
#
# How much does the choice depend on the folds? Here it is repeated for 15 random divisions of the rows.

chosen = {"min": [], "1se": []}
for seed in range(15):
    for rule, alphas in chosen.items():
        folds = KFold(10, shuffle=True, random_state=seed)
        model = LassoCV(cv=folds, selection_rule=rule).fit(X, y)
        alphas.append((model.alpha_, np.count_nonzero(model.coef_)))
for rule, alphas in chosen.items():
    alphas, counts = np.array(alphas).T
    print(f"{rule}: alpha from {alphas.min():.3f} to {alphas.max():.3f}, nonzeros from "
          f"{counts.min():.0f} to "
          f"{counts.max():.0f}")

# %%
# The chance of the division alone moves the number of features by several. Whoever reports an alpha should report the
# rule, the number of folds and the seed with it. Which features stay from one division to the next is the subject of
# the page on :ref:`correlated features <sphx_glr_auto_gallery_plot_9_correlated_features.py>`.
#
# Information criteria
# --------------------
#
# Criteria do without held-out rows: they add to the misfit on the training rows, -2 times the log-likelihood, a price
# for each degree of freedom, of which the lasso has as many as nonzeros. AIC asks 2, which makes it an estimate of the
# error on new rows. BIC asks log(n), which is 5 for 150 rows, and EBIC more, the more features there are to choose
# from; these two are meant to find the true features. One path is enough, and no folds are drawn. The dots are the
# minima.

figure, axes = plt.subplots(figsize=(5.9, 3.8), layout="constrained")
for name, colour in (("aic", BLUE), ("bic", ORANGE), ("ebic", GREEN)):
    values = path.information_criterion(name)
    axes.semilogx(path.alphas, values - values.min(), color=colour, label=name.upper())
    axes.plot(path.alphas[values.argmin()], 0.0, "o", color=colour)
axes.invert_xaxis()
axes.set(xlabel="alpha, falling", ylabel="criterion above its minimum",
         ylim=(-5.0, 150.0), title="Three criteria")
axes.legend(frameon=False)
plt.show()

models = {"cross-validation": cv, "1 SE": shorter}
models |= {name.upper(): LassoIC(name).fit(X, y) for name in ("aic", "bic", "ebic")}
print(f"{'':17s} alpha  nonzeros  true  error on new rows")
for name, model in models.items():
    found = np.flatnonzero(model.coef_)
    error = ((model.predict(X_new) - y_new) ** 2).mean()
    print(f"{name:17s} {model.alpha_:.3f} {len(found):9d} "
          f"{np.count_nonzero(truth[found]):5d} {error:18.2f}")

# %%
# The order is the rule: AIC takes the longest list, BIC a shorter one, EBIC the shortest. On these rows EBIC and the
# one-standard-error rule even meet. All errors on new rows are within 3 per cent of each other, while the lists differ
# by a factor of two: **the choice of alpha matters more for the list than for the prediction.**
#
# None of the five has exactly the six true features. The lasso must choose alpha small so as not to shrink the large
# coefficients too much, and large so as to keep noise out, and has only one alpha for both. Methods that separate the
# two are the subject of :ref:`the page on the relaxed and the adaptive lasso
# <sphx_glr_auto_gallery_plot_10_subsets_relaxed_adaptive.py>`.
#
# What to take from this
# ----------------------
#
# Take the least cross-validated error to predict, and the one-standard-error rule or BIC for a shorter list that
# predicts nearly as well. The error is flat around its minimum, so do not read much into the exact alpha, nor into
# features that come and go near it. No rule on this page finds the true features exactly. The guide sums up
# :doc:`how to choose </guide/choosing-alpha>`.
#
# **Next:** what a list of selected features means if features are related: :ref:`correlated features
# <sphx_glr_auto_gallery_plot_9_correlated_features.py>`.
