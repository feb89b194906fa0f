r"""
Scaling, skewed features, rare flags, and the intercept
=======================================================

The lasso charges the same price, alpha, for one unit of every coefficient. What a unit is, is up to whoever made the
table. This page shows what units, skewed distributions and rare flags do to a selection, and why the intercept has no
price.
"""
# sphinx_gallery_thumbnail_number = 1
import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_diabetes

from lassocore import LassoCV, fit_path

BLUE, ORANGE, GREEN, GREY = "#1a339f", "#d67b1d", "#22765b", "#868e99"
plt.rcParams.update({"axes.spines.top": False, "axes.spines.right": False,
                     "figure.dpi": 110})

# %%
# The price of a unit
# -------------------
#
# The diabetes data, with the features as they were measured: age in years, blood pressure in mmHg, the body mass index
# in kg/m², and so on.

X, y = load_diabetes(return_X_y=True, as_frame=True, scaled=False)
print(X.describe().loc[["mean", "std"]].round(2).to_string())

# %%
# As alpha falls, a feature enters the path when alpha comes down to :math:`|x_j'r|/n`, where :math:`x_j` is its
# :term:`centred` column and r the :term:`residual` of the model so far. This is the correlation of the two times the
# standard deviation of the residual, which is the same for all features, *times the standard deviation of the feature*.
# A feature with large numbers enters early, whatever it is worth. On the left below is the path of the raw columns, on
# the right that of columns scaled to standard deviation 1, which is what ``standardize=True`` does. Its coefficients
# are handed back in the original units; for the picture they are multiplied by the standard deviations in both panels,
# so that they can be compared.

deviations = X.to_numpy().std(axis=0)
names = list(X.columns)
colours = {"bmi": BLUE, "s5": ORANGE, "s1": GREEN}
figure, panels = plt.subplots(1, 2, figsize=(9.5, 3.8), sharey=True,
                              layout="constrained")
for axes, standardize in zip(panels, (False, True), strict=True):
    path = fit_path(X, y, standardize=standardize, alphas=400, eps=1e-3)
    entry = [np.flatnonzero(row)[0] if row.any() else len(row) for row in path.coefs]
    print(f"standardize={standardize}: enter in the order",
          ", ".join(names[j] for j in np.argsort(entry)))
    for j, row in enumerate(path.coefs * deviations[:, None]):
        colour = colours.get(names[j], GREY)
        axes.semilogx(path.alphas, row, color=colour,
                      linewidth=0.8 if colour == GREY else 1.8, label=names[j])
    axes.invert_xaxis()
    axes.set(xlabel="alpha, falling",
             title="Standardised" if standardize else "Raw units")
panels[0].set_ylabel("coefficient × standard deviation")
handles = {line.get_label(): line for line in panels[1].lines}
panels[1].legend([handles[name] for name in colours], colours, frameon=False,
                 loc="lower left")
plt.show()

# %%
# With raw units s1, serum cholesterol in mg/dl, comes first because its standard deviation is 35, and s5, a logarithm
# with a standard deviation of 0.5, comes ninth. Standardised, s5 comes second, right after the body mass index, as its
# correlation with the target deserves.
#
# The same data in other units are the same data. A selection that changes with them says something about the table, not
# about diabetes. Here blood pressure is converted to kPa and age to months:

converted = X.assign(bp=X["bp"] / 7.50062, age=12.0 * X["age"])
for standardize, alpha in ((False, 20.0), (True, 5.0)):
    for data, title in ((X, "mmHg, years"), (converted, "kPa, months")):
        path = fit_path(data, y, alphas=[alpha], standardize=standardize)
        print(f"standardize={standardize!s:5s} {title}: "
              f"{', '.join(path.nonzero_names(alpha=alpha))}")

# %%
# So :term:`standardise`, unless all features have the same unit and their spread carries meaning, as with counts of
# words or expressions of genes. `fit_path`, `LassoCV` and the others do it with ``standardize=True``;
# :term:`cross-validation` then learns the scales from the training rows of each fold. A ``StandardScaler`` in a
# pipeline does the same, but its coefficients are those of the scaled columns.
#
# Skewed features
# ---------------
#
# Scaling to standard deviation 1 does not change the shape of a distribution. Incomes, prices, counts and
# concentrations often have a few values far above all others. A line through such a feature is decided by these few
# rows. Here the target depends on the logarithm of x0; x1 is an ordinary feature.

rng = np.random.default_rng(0)
Z = rng.standard_normal((400, 6))
target = Z[:, 0] + 0.5 * Z[:, 1] + rng.standard_normal(400)
raw = Z.copy()
raw[:, 0] = np.exp(1.5 * Z[:, 0])
train, test = slice(0, 200), slice(200, 400)

figure, panels = plt.subplots(1, 2, figsize=(9.0, 3.5), sharey=True,
                              layout="constrained")
for axes, values, label in ((panels[0], raw[:, 0], "x0"),
                            (panels[1], np.log(raw[:, 0]), "log x0")):
    data = np.column_stack([values, Z[:, 1:]])
    model = LassoCV(cv=10, standardize=True).fit(data[train], target[train])
    at = np.linspace(values[train].min(), values[train].max(), 2)
    axes.plot(values[train], target[train], "o", color=BLUE, markersize=3, alpha=0.6)
    axes.plot(at, target[train].mean() + model.coef_[0] * (at - values[train].mean()),
              color=ORANGE)
    axes.set(xlabel=label,
             title=f"R2 on new rows {model.score(data[test], target[test]):.2f}")
    spread = (values[train] - values[train].mean()) ** 2
    print(f"{label:6s} one row has {spread.max() / spread.sum():.0%} of the sum of "
          f"squares; selected features {np.flatnonzero(model.coef_)}; R2 on new rows "
          f"{model.score(data[test], target[test]):.2f}")
panels[0].set_ylabel("target")
plt.show()

# %%
# On the left the line is held by the one row on the far right, which has most of the sum of squares of its column. x0
# is selected in both pictures, so the *list* of features gives no warning; the prediction is what suffers. (That a
# feature of noise, x4, is selected on the right is the usual surplus of cross-validation, the subject of the next
# page.) Look at the histograms of the features first, and take logarithms (``log1p`` where there are zeros) or ranks of
# those that are skewed. A transformation that uses the data, like ranks, belongs in the pipeline, so that
# cross-validation repeats it.
#
# Rare flags
# ----------
#
# A flag is 1 in a share p of the rows and 0 in the others: a defect, a holiday, a rare diagnosis. Its variance is
# p (1 - p). If the flag has the effect b and is independent of the other features, then :math:`|x_j'r|/n` is about its
# variance times b, and it enters when alpha falls below
#
# * :math:`|b|\,p(1-p)` if the column is left as it is,
# * :math:`|b|\sqrt{p(1-p)}` if it is standardised.
#
# For a flag of one per cent with an effect of 2, twice the standard deviation of the noise, that is 0.02 or 0.2. An
# ordinary feature of variance 1 with the same effect enters at 2. The simulation has 300 rows, 20 ordinary features and
# alpha = 0.1. Each dot is the coefficient of the flag in one of 40 samples; the dashed line is its true effect.

shares = np.array([0.01, 0.02, 0.05, 0.1, 0.3])
ways = {
    "as it is": {}, "standardised": {"standardize": True},
    "not penalised": {"penalty_factor": np.array([0.0] + [1.0] * 20)},
}
coefs = np.empty((len(ways), len(shares), 40))
rng = np.random.default_rng(0)
for k, share in enumerate(shares):
    for sample in range(40):
        columns = rng.standard_normal((300, 21))
        columns[:, 0] = rng.permutation(300) < round(300 * share)
        target = columns[:, :4] @ [2.0, 1.0, -1.0, 0.5] + rng.standard_normal(300)
        for i, options in enumerate(ways.values()):
            coefs[i, k, sample] = fit_path(columns, target, alphas=[0.1],
                                           **options).coefs[0, 0]

figure, panels = plt.subplots(1, 3, figsize=(9.8, 3.4), sharey=True,
                              layout="constrained")
for axes, title, values, colour in zip(panels, ways, coefs, (GREY, BLUE, GREEN),
                                       strict=True):
    jitter = 1.0 + 0.15 * (np.linspace(-1.0, 1.0, 40))
    axes.semilogx(shares[:, None] * jitter, values, "o", color=colour, markersize=2.5,
                  alpha=0.7)
    axes.axhline(2.0, color=ORANGE, linestyle="--", linewidth=0.8)
    axes.set(xlabel="share of ones", title=title, xticks=shares,
             xticklabels=[f"{share:.0%}" for share in shares])
    axes.tick_params(axis="x", labelsize=7)
    axes.minorticks_off()
panels[0].set_ylabel("coefficient of the flag")
plt.show()

print("share of ones                    ", *(f"{share:5.0%}" for share in shares))
for title, values in zip(ways, coefs, strict=True):
    print(f"{title:14s} share of selections",
          *(f"{share:5.2f}" for share in (values != 0.0).mean(axis=1)))
    print(f"{'':14s} mean coefficient   ",
          *(f"{mean:5.2f}" for mean in values.mean(axis=1)))
print(f"not penalised, one per cent: from {coefs[2, 0].min():.1f} to "
      f"{coefs[2, 0].max():.1f}")

# %%
# As it is, a flag of one or two per cent is never selected, although its effect is as large as any. Standardised it
# nearly always is, but its coefficient is too small, on average, by alpha over the standard deviation of its column.
# For a share of one per cent that is 0.1 / 0.1, half of the effect. The right panel shows that this is not a mere
# defect: without a penalty the coefficient is right on average, but with three rows of ones it varies from 0.7 to 3.3.
# The lasso is cautious where little is known.
#
# What follows:
#
# * Standardise flags like all other features. Leaving 0 and 1 as they are, because they "have a scale already", removes
#   the rare ones.
# * A flag that is known to matter can be exempted, ``penalty_factor=0`` for its column. It is then always in the model,
#   noise included, so this is for knowledge from elsewhere.
# * Merge rare levels of a category that mean the same.
# * Cross-validation says little about a flag with three ones: with ten folds, at least seven hold none of them.
#
# The intercept
# -------------
#
# The :term:`objective` has no price for the intercept. The intercept says where the target lies, and that is not
# evidence which a feature would have to supply. The temperature below is fitted in three units that differ by a
# constant, so that the slopes should be the same: in °C above 15 °C, in °C, and in K. We use the library's intercept, a
# column of ones that is penalised like the others, a column of ones that is exempt, and no intercept at all. The
# features have a mean of 3.

X = 3.0 + rng.standard_normal((100, 4))
above_15 = X[:, 0] - X[:, 1] + 0.3 * rng.standard_normal(100)
ones = np.column_stack([X, np.ones(100)])

for title, data, options in (
        ("intercept", X, {}),
        ("penalised ones", ones, {"fit_intercept": False}),
        ("exempt ones", ones,
         {"fit_intercept": False, "penalty_factor": [1.0, 1.0, 1.0, 1.0, 0.0]}),
        ("no intercept", X, {"fit_intercept": False})):
    for unit, shift in (("above 15", 0.0), ("°C", 15.0), ("K", 288.15)):
        path = fit_path(data, above_15 + shift, alphas=[0.2], tol=1e-10, **options)
        constant = path.intercepts[0] + path.coefs[4:, 0].sum()
        print(f"{title:15s} {unit:9s} slopes {path.coefs[:4, 0].round(2)} constant "
              f"{constant:.2f}")

# %%
# The intercept and the exempt column of ones give the same slopes in all units. With the penalised ones the slopes
# depend on the unit, and in °C and K they are badly wrong, since part of the level is then supplied by the features:
# x2 and x3 have no effect but a mean of 3, and a coefficient of 1/3 on one of them raises the level as much as a
# coefficient of 1 on the column of ones, at a third of the price.
# Without an intercept the whole level has to come from them.
#
# So keep ``fit_intercept=True``, and remove a column of ones from a table before fitting (beside the intercept it is
# constant, and gets a coefficient of 0). ``fit_intercept=False`` is for targets that are 0 when all features are, or
# for data that were centred before.
#
# What to take from this
# ----------------------
#
# The lasso compares coefficients by their size, so it needs features whose units are comparable: standardise, flags
# included, and look at skewed features before. The intercept is exempt from the penalty, and any feature can be, by its
# :doc:`penalty factor </guide/weights-and-bounds>`.
#
# **Next:** how strong the penalty should be: :ref:`choosing alpha <sphx_glr_auto_gallery_plot_8_choosing_alpha.py>`.
