r"""
Salaries: from a table of text to a short list
==============================================

Tables of people, orders or contracts are mostly text. Each text column becomes one 0/1 feature per value, and 27
columns become 75 features. Which of them matter, and would another sample have said the same? This page goes from the
file to a list that one can defend. (It needs polars, which ``pip install "lassocore[cli]"`` brings.)

``examples/salaries.csv`` in the repository has 2,000 invented employees. Because they are invented we know the truth,
and compare at the end: level, title, education, city, experience, hours, revenue and the last rating have an effect,
the other columns have none.
"""
# sphinx_gallery_thumbnail_number = 2
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import polars
from sklearn.model_selection import KFold

from lassocore import LassoCV, fit_path
from lassocore.models import TablePreparer
from lassocore.plots import CVDisplay, PathDisplay, StabilityDisplay
from lassocore.selection import (
    StabilitySelection,
    cross_validate_selection,
    selection_report,
)

BLUE, ORANGE, GREY = "#1a339f", "#d67b1d", "#868e99"
plt.rcParams.update({"axes.spines.top": False, "axes.spines.right": False,
                     "figure.dpi": 110})

# the repository's, from wherever in it the page is run
folders = [Path.cwd(), *Path.cwd().parents]
file = next(path for folder in folders
            if (path := folder / "examples" / "salaries.csv").is_file())
table = polars.read_csv(file).drop_nulls()
salary = table["salary"].to_numpy().astype(float)
print(table.drop("salary").shape, "mean salary", round(salary.mean()))
print(table.select("level", "title", "city", "revenue_million", "salary").head(3))

# %%
# From columns to features
# ------------------------
#
# `lassocore.models.TablePreparer` learns the categories and makes the features, as the command line does. What a column
# means is never guessed silently: dates are named, categories in fewer than 20 rows are merged into one, flags in
# fewer than 30 rows into another, and three columns with a long tail are transformed towards symmetry by a power
# (a Yeo-Johnson transformation). Of the new names those are printed that tell of it.

preparer = TablePreparer(dates=["hired"], min_frequency=20, merge_rare=30,
                         power=["revenue_million", "employees", "commute_km"])
features = preparer.fit_transform(table.drop("salary"))
names = preparer.get_feature_names_out()
X = pd.DataFrame(features, columns=names)
print(X.shape)
print(*[name for name in names if name.startswith(("any", "contract", "power"))],
      sep="\n")

# %%
# The path
# --------
#
# Units differ (years, kilometres, flags), so features are standardised. The lasso adds features as alpha falls.

path = fit_path(X, salary, standardize=True)
display = PathDisplay.from_path(path, scaled=True, X=X, labels=8)
display.ax_.set_title("Coefficients for one standard deviation of the feature")
plt.show()
worst = (path.dual_gaps / path.gap_tol).max()
print(f"{len(path.alphas)} models, all with a gap below the tolerance: largest ratio "
      f"{worst:.2f}")

# %%
# How many features?
# ------------------
#
# :term:`Cross-validation <cross-validation>` on shuffled folds. The error falls steeply for the first features and is
# then flat: most of the features make no difference to it. (The counts above the picture are means over the folds.) The
# :ref:`one-standard-error rule <sphx_glr_auto_gallery_plot_8_choosing_alpha.py>` takes the shortest model that is
# within one :term:`standard error` of the best.

folds = KFold(5, shuffle=True, random_state=0)
model = LassoCV(cv=folds, standardize=True, keep_coefs=True).fit(X, salary)
shorter = LassoCV(cv=folds, standardize=True, selection_rule="1se").fit(X, salary)
CVDisplay.from_estimator(model).ax_.set_title("Held-out error")
plt.show()
for title, fitted in (("least error", model), ("one standard error", shorter)):
    at = int(np.flatnonzero(model.alphas_ == fitted.alpha_)[0])
    print(f"{title}: {np.count_nonzero(fitted.coef_)} features, "
          f"root mean squared error {np.sqrt(model.mse_path_[at].mean()):.0f}")

# %%
# Which of them are sure?
# -----------------------
#
# :term:`Stability selection <stability selection>` follows the path on 100 random halves of the employees. It selects
# the features that are among the first on most halves, and allows one false selection in expectation.

selector = StabilitySelection(max_false_selections=1, random_state=0).fit(X, salary)
stable = names[selector.get_support()]
StabilityDisplay.from_estimator(selector).ax_.set_title("Share of the halves that "
                                                        "select a feature")
plt.show()
print(len(stable), "features:", *stable, sep="\n    ")

# %%
# The report adds what could stand in for each feature and what happens if it is taken away. *Standardized* is the
# coefficient for one standard deviation of the feature, *R2 loss* what the fit loses without it.

report = selection_report(selector, X, salary)
print(report)

# %%
# Seven features, all of them true ones. Experience has a :term:`stand-in`, age, and the revenue of the employer
# another, the number of its employees. Remove one and the other enters: the fit alone does not say which of them pays.
# The ratings of three years say nearly the same, and without the last one the earlier ones enter.
#
# The list is short because it is cautious. Cities and titles have effects too, but a city is the home of few employees,
# and its feature enters late on half of the rows. How do the three lists compare with the truth?

true_columns = {"experience_years", "hours_per_week", "power(revenue_million)",
                "rating_2025"}


def is_true(name):
    """Whether a feature belongs to a column that has an effect."""
    return name in true_columns or name.split("=")[0] in ("level", "title", "education",
                                                          "city")


for title, chosen in (("stability selection", selector.get_support()),
                      ("one standard error", shorter.coef_ != 0.0),
                      ("least error", model.coef_ != 0.0)):
    right = [is_true(name) for name in names[chosen]]
    print(f"{title}: {len(right)} features, {sum(right)} of columns with an effect")

# %%
# What does it cost?
# ------------------
#
# `cross_validate_selection` repeats the selection within each fold and judges :term:`least squares` on the selected
# features, or the lasso itself, on the rows held out.

costs = {
    "stability selection, then least squares": StabilitySelection(
        max_false_selections=1, random_state=0),
    "lasso, one standard error": LassoCV(cv=5, standardize=True, selection_rule="1se"),
    "lasso, least error": LassoCV(cv=5, standardize=True),
}
figure, axes = plt.subplots(figsize=(5.8, 3.6), layout="constrained")
for place, (title, chooser) in enumerate(costs.items()):
    scores = cross_validate_selection(chooser, X, salary, cv=folds, compare=False,
                                      scoring="neg_root_mean_squared_error")
    axes.plot(scores.n_selected, -scores.scores, "o", color=(BLUE, ORANGE, GREY)[place],
              label=title)
    print(f"{title}: {scores.n_selected.min()} to {scores.n_selected.max()} features, "
          f"root mean squared error {-scores.scores.mean():.0f}")
axes.set(xlabel="features", ylabel="root mean squared error", ylim=(0, None),
         title="Five folds each")
axes.legend(frameon=False)
plt.show()

# %%
# The short list costs nearly twice the error of the lasso: titles and cities are missing, dozens of small effects that
# are worth having together. Between the two rules of the lasso the difference is small, and the shorter model holds
# three false features where the longer one holds eight.
#
# What to take from this
# ----------------------
#
# Two questions, two models. For *which columns matter* the short list is the answer, and it is one that most halves of
# the employees confirm; report the stand-ins with it. To *predict*, take the lasso.
#
# **Next:** the same questions with more features than rows: :ref:`gene expression
# <sphx_glr_auto_gallery_plot_12_genes.py>`.
