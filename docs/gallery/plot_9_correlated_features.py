r"""
Correlated features: what could have been selected instead
==========================================================

Of features that say nearly the same, the lasso takes some and leaves the others at 0. A list of selected features then
looks more certain than it is. This page shows how to see that from the data: by repeating the selection, by looking for
:term:`stand-ins <stand-in>`, and by taking features away. The last section is about signals that no linear selection
can see.

We start with 120 rows and 12 features. The first four, x0 to x3, measure the same quantity with small errors, so that
any two of them have a correlation of about 0.98. The target depends on that quantity, and on x4 and x5, which are
independent of everything else.
"""
# sphinx_gallery_thumbnail_number = 1
import matplotlib.pyplot as plt
import numpy as np
from sklearn.feature_selection import mutual_info_regression
from sklearn.preprocessing import PolynomialFeatures

from lassocore import LassoCV, fit_path
from lassocore.selection import (
    StabilitySelection,
    selection_report,
    stand_ins,
    variance_inflation,
)

BLUE, ORANGE, GREEN, GREY = "#1a339f", "#d67b1d", "#22765b", "#868e99"
plt.rcParams.update({"axes.spines.top": False, "axes.spines.right": False,
                     "figure.dpi": 110})

rng = np.random.default_rng(3)
quantity = rng.standard_normal(120)
X = rng.standard_normal((120, 12))
X[:, :4] = quantity[:, None] + 0.15 * X[:, :4]
y = quantity + 0.8 * X[:, 4] - 0.8 * X[:, 5] + rng.standard_normal(120)

# %%
# Selection over splits
# ---------------------
#
# The model is fitted to 200 random halves of the rows, first as a lasso with alpha = 0.3, then as an
# :term:`elastic net` with the same penalty on absolute values and a squared one beside it (``l1_ratio`` is the share of
# the absolute values, so alpha is 0.3 / 0.3 = 1 there). Each row of the picture is one half, a blue cell a selected
# feature.

selected = {1.0: [], 0.3: []}
predictions = []
for _ in range(200):
    rows = rng.permutation(120)[:60]
    for l1_ratio, table in selected.items():
        path = fit_path(X[rows], y[rows], alphas=[0.3 / l1_ratio], l1_ratio=l1_ratio)
        table.append(path.coefs[:, 0] != 0.0)
        if l1_ratio == 1.0:
            predictions.append(path.predict(X)[:, 0])
selected = {l1_ratio: np.array(table) for l1_ratio, table in selected.items()}

figure, panels = plt.subplots(1, 2, figsize=(9.0, 3.8), sharey=True,
                              layout="constrained")
for axes, (l1_ratio, table) in zip(panels, selected.items(), strict=True):
    axes.imshow(table[:50], aspect="auto", cmap="Blues", vmin=0.0, vmax=1.3,
                interpolation="none")
    axes.axvline(3.5, color=ORANGE, linewidth=1.0)
    axes.set(xlabel="feature", xticks=range(12), title=f"l1_ratio = {l1_ratio}")
panels[0].set_ylabel("half (the first 50)")
plt.show()

for l1_ratio, table in selected.items():
    print(f"l1_ratio {l1_ratio}: frequencies of x0 to x5 "
          f"{table[:, :6].mean(axis=0).round(2)}")
    print(f"    at least one of x0 to x3: {table[:, :4].any(axis=1).mean():.0%} of the "
          f"halves, on average {table[:, :4].sum(axis=1).mean():.1f} of them")
between = np.corrcoef(predictions)[np.triu_indices(200, 1)]
print(f"correlation of the predictions of two halves: median {np.median(between):.3f}")

# %%
# Look at the columns left of the orange line. Almost every half selects x4 and x5, and every half selects *something*
# of the first four, but which of them changes from half to half. The predictions hardly notice, as the last line says:
# whoever only predicts need not care. The elastic net selects all four on every half, since its squared penalty is
# smallest when correlated features share their effect.
#
# *Stability selection* makes a method of such counts (Meinshausen and Bühlmann 2010). On many random halves it follows
# the path until a few features have entered, here three, and selects those features that are among them on most halves.
# The threshold for "most" is computed such that at most one false selection is expected. But it counts features one at
# a time. The halves are divided among the four measurements of the quantity, so that none of them reaches the
# threshold, although the quantity is what matters most:

selector = StabilitySelection(max_features=3, max_false_selections=1,
                              random_state=0).fit(X, y)
print("frequencies", selector.selection_frequencies_[:6].round(2), "threshold",
      selector.threshold_)
print("selected", selector.get_support(indices=True))

# %%
# A feature that stability selection does not select is therefore not a feature without influence. Before reading such
# a list, look for groups.
#
# Stand-ins and groups
# --------------------
#
# `lassocore.selection.stand_ins` lists the features whose correlation with a given one is at least 0.7.

for feature, others in zip((0, 4), stand_ins(X, [0, 4]), strict=True):
    print(f"x{feature}:", ", ".join(f"x{other.feature} ({other.correlation:.2f})"
                                    for other in others) or "none")

# %%
# A group that measures one thing may be replaced by its mean, which has less error than any member. Then there is one
# candidate for the quantity instead of four, and every half counts for it.

merged = np.column_stack([X[:, :4].mean(axis=1), X[:, 4:]])
selector = StabilitySelection(max_features=3, max_false_selections=1,
                              random_state=0).fit(merged, y)
print("frequencies: mean of the group, x4, x5",
      selector.selection_frequencies_[:3].round(2), "threshold", selector.threshold_)
print("selected", [["mean", "x4", "x5"][k] for k in selector.get_support(indices=True)])

# %%
# Where a mean makes no sense, as for the dummy variables of a category, the :term:`group lasso` selects all members or
# none (:doc:`groups </guide/targets-tasks-groups>`).
#
# The variance inflation factor is not redundancy
# -----------------------------------------------
#
# The usual check for collinearity is the variance inflation factor, :term:`VIF`: :math:`1 / (1 - R^2)` of the
# regression of a feature on all others. A common rule calls features below 5, or cautiously below 3, unproblematic. For
# the standard errors of :term:`least squares` that is sensible. For a *selection* it is not enough.
#
# In the next 300 rows, x0 is the sum of x1, x2, x3 and a part of its own. The target depends on x0 and x4 only.

rng = np.random.default_rng(5)
Z = rng.standard_normal((300, 10))
Z[:, 0] = 0.8 * Z[:, 1:4].sum(axis=1) / np.sqrt(3.0) + 0.6 * Z[:, 0]
target = 2.0 * Z[:, 0] + Z[:, 4] + rng.standard_normal(300)

print("VIF of x0 to x4 ", variance_inflation(Z)[:5].round(2))
print("correlation of x0 with x1, x2, x3", np.corrcoef(Z.T)[0, 1:4].round(2))
print("correlation of the target with x1, x2, x3",
      np.corrcoef(Z.T, target)[-1, 1:4].round(2))

# %%
# No VIF reaches 3, no correlation reaches 0.5, and ``stand_ins`` would list nothing. Yet x1, x2 and x3 each have a
# clear correlation with the target. `lassocore.selection.selection_report` takes each selected feature away and fits
# again at the same alpha. Read its last two columns: how much of R2 is lost without the feature, and which features
# then enter.

report = selection_report(0.25, Z, target, random_state=0)
print(report)
print("\nwithout x0 enter", ", ".join(f"x{j}" for j in report.removals[0].entering))

# %%
# x0 pushes x1, x2 and x3 out of the model, together and completely, and all three return when it is removed. Its VIF
# *among the selected features* is even 1, for those that could tell are not selected. The picture follows the path with
# and without x0.

figure, panels = plt.subplots(1, 2, figsize=(9.5, 3.6), sharey=True,
                              layout="constrained")
for axes, columns, title in zip(panels, (range(10), range(1, 10)),
                                ("All features", "Without x0"), strict=True):
    path = fit_path(Z[:, list(columns)], target, eps=0.02)
    for j, coefs in zip(columns, path.coefs, strict=True):
        colour = {0: ORANGE, 1: BLUE, 2: BLUE, 3: BLUE, 4: GREEN}.get(j, GREY)
        axes.semilogx(path.alphas, coefs, color=colour, linewidth=1.6 if j < 5 else 0.8)
        if j < 5 and coefs[-1] > 0.2:
            # of the names of lines that end close together
            apart = {1: 0.04, 3: -0.07}.get(j, 0.0)
            axes.text(path.alphas[-1], coefs[-1] + apart, f" x{j}", va="center",
                      fontsize=9)
    axes.axvline(0.25, color=GREY, linestyle="--", linewidth=0.8)
    axes.invert_xaxis()
    axes.set(xlabel="alpha, falling", title=title)
panels[0].set_ylabel("coefficient")
plt.show()

for columns in (range(10), range(1, 10)):
    path = fit_path(Z[:, list(columns)], target, alphas=[0.25])
    print(f"R2 {path.score(Z[:, list(columns)], target, alpha=0.25):.2f}, "
          f"{path.n_nonzero[0]} nonzeros, "
          f"gap {path.dual_gaps[0]:.0e}")

# %%
# Both models are minima to within their gaps, so the difference in R2 comes from the features, not from the solver.
# Which of the two is wanted is not a question for the data alone. If x0 is expensive to measure, or is known
# only after the target, the second model is the useful one, and of all the figures about the first model only the
# refit without x0 shows that it exists. It is worse (R2 0.57), and it is there.
#
# What a linear selection cannot see
# ----------------------------------
#
# The lasso looks at correlations, that is at straight lines. Here the target depends on x0, on the *square* of x1 and
# on the *product* of x2 and x3.

rng = np.random.default_rng(8)
W = rng.standard_normal((400, 8))
target = W[:, 0] + W[:, 1] ** 2 + W[:, 2] * W[:, 3] + rng.standard_normal(400)

correlations = np.corrcoef(W.T, target)[-1, :-1]
information = mutual_info_regression(W, target, random_state=0)
figure, (left, middle, right) = plt.subplots(1, 3, figsize=(9.8, 3.3),
                                             layout="constrained")
left.plot(W[:, 1], target, "o", color=BLUE, markersize=3, alpha=0.6)
left.set(xlabel="x1", ylabel="target", title="A clear relation ...")
middle.bar(range(8), abs(correlations), color=[ORANGE] * 4 + [GREY] * 4)
middle.set(xlabel="feature", ylabel="absolute correlation",
           title="... with little correlation", xticks=range(8))
right.bar(range(8), information, color=[ORANGE] * 4 + [GREY] * 4)
right.set(xlabel="feature", ylabel="nats", title="Mutual information", xticks=range(8))
plt.show()

linear = LassoCV(cv=10, selection_rule="1se").fit(W, target)
print("linear: features", np.flatnonzero(linear.coef_),
      f"R2 {linear.score(W, target):.2f}")

# %%
# The lasso finds x0 and nothing else. Mutual information, which looks for any relation of *one* feature with the
# target and is measured in nats, finds the square; of the product it sees x2 faintly and x3 hardly at all, because
# neither of the two says much without the other.
#
# The remedy is to offer the lasso what it can select: squares and products as columns of their own. Centre the features
# first, or a feature and its square are strongly correlated (from 1 to 10, say, both only rise).

basis = PolynomialFeatures(degree=2, include_bias=False)
columns = basis.fit_transform(W - W.mean(axis=0))
names = basis.get_feature_names_out([f"x{j}" for j in range(8)])
extended = LassoCV(cv=10, selection_rule="1se", standardize=True).fit(columns, target)
print(f"{columns.shape[1]} columns, R2 {extended.score(columns, target):.2f}")
for j in np.flatnonzero(extended.coef_):
    print(f"{names[j]:6s} {extended.coef_[j]:+.2f}")

# %%
# All three parts are found among 44 columns, and no false one. A list of selected features should thus be read as
# "selected among straight lines", unless other shapes were on offer.
#
# What to take from this
# ----------------------
#
# Before a list of features is read as an answer, repeat the selection on halves of the rows, look for stand-ins, and
# take each feature away once. A feature that is missing may have been replaced by another, by several together, as the
# VIF does not tell, or may act in a way that was not on offer. The guide has the same in brief:
# :doc:`correlated features </guide/correlated-features>` and :doc:`selection </guide/selection>`.
#
# **Next:** selection without :term:`shrinkage`: :ref:`best subsets, matching pursuit, relaxed and adaptive lasso
# <sphx_glr_auto_gallery_plot_10_subsets_relaxed_adaptive.py>`.
