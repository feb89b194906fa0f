r"""
From notebook to production
===========================

A model that predicts well in a notebook is not finished. It has to run elsewhere, on rows that arrive later, and
somebody must notice when those rows are no longer like the ones it was fitted to. This page takes one model through
that: scaling, a file, a year of monitoring, retraining. A checklist is at the end.

The data are invented: the heating cost of flats, by month. For two years the world stands still. In the third, three
things happen, of the three kinds that there are:

* from April, new flats are larger (the *features* move, the relation holds);
* from July to September, humidity arrives as a fraction instead of in percent (the *data* break);
* from October, a unit of consumption costs more (the *relation* changes).
"""
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt

# sphinx_gallery_thumbnail_number = 1
import numpy as np
import pandas as pd
from sklearn.linear_model import Lasso as TheirLasso
from sklearn.preprocessing import StandardScaler

import lassocore
from lassocore import LassoCV

BLUE, ORANGE, GREEN, GREY = "#1a339f", "#d67b1d", "#22765b", "#868e99"
plt.rcParams.update({"axes.spines.top": False, "axes.spines.right": False,
                     "figure.dpi": 110})
rng = np.random.default_rng(12)
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov",
          "Dec"]


def flats(n, larger=False, fractions=False, dearer=False):
    """n flats with their cost."""
    table = pd.DataFrame({
        "area_m2": rng.gamma(9.0, 8.0, n) + (25.0 if larger else 0.0),
        "built": rng.integers(1950, 2021, n).astype(float),
        "outer_walls": rng.integers(1, 4, n).astype(float),
        "humidity": rng.normal(50.0, 8.0, n),
        "persons": 1.0 + rng.poisson(1.2, n),
        "floor": rng.integers(0, 9, n).astype(float),
    })
    for k in range(14):
        table[f"meter_{k}"] = rng.normal(20.0, 3.0, n)          # of no use
    cost = (300.0 + 6.0 * table["area_m2"] - 5.0 * (table["built"] - 1985.0)
            + 60.0 * table["outer_walls"]
            + 5.0 * table["humidity"] + 30.0 * table["persons"])
    cost = cost * (1.3 if dearer else 1.0) + rng.normal(0.0, 70.0, n)
    if fractions:
        table["humidity"] /= 100.0
    return table, cost.rename("cost")


X, y = flats(2000)

# %%
# The scaler belongs into the model
# ---------------------------------
#
# The lasso charges all coefficients alike, so features must be on one scale. A scaler that is fitted beside the model
# is a second object to be stored, versioned and applied in the right order. With ``standardize=True`` the penalty is
# the same, and the coefficients come out in the units of the columns: there is no scaler left.

model = LassoCV(cv=5, standardize=True, selection_rule="1se").fit(X, y)
scaler = StandardScaler().fit(X)
theirs = TheirLasso(alpha=model.alpha_, tol=1e-10).fit(scaler.transform(X), y)
exact = lassocore.Lasso(alpha=model.alpha_, standardize=True, tol=1e-10).fit(X, y)
print("largest difference to scaler and lasso: "
      f"{abs(exact.coef_ - theirs.coef_ / scaler.scale_).max():.1e}")
print(pd.Series(model.coef_, X.columns)[model.coef_ != 0.0].round(2).to_string())

# %%
# The artifact
# ------------
#
# ``save`` writes one JSON file. Given the data of the fit, it also keeps what later rows will be compared with: of each
# active feature the mean, the variance and a histogram, and the error. It keeps no rows. Reading it executes no
# code, unlike a pickle.

folder = Path(tempfile.mkdtemp())
file = folder / "cost-1.json"
model.save(file, X, y, window="two years of flats")
artifact = lassocore.load(file)
print(artifact)
print(f"{file.stat().st_size / 1024:.0f} kB; same predictions: "
      f"{np.array_equal(artifact.predict(X), model.predict(X))}")
record = artifact.metadata
print("rows", record["training"]["n_samples"], "| window", record["window"]["note"],
      "| library", record["library_version"])
print("training error", round(record["training_error"]["mean_squared_error"]), "| gap",
      f"{record['certificate']['gaps'][0]:.1e}", "| tolerance",
      f"{record['certificate']['tolerance']:.1e}")

# %%
# The gap is the :term:`certificate` of the fit: the :term:`objective` is above its minimum by at most this much, less
# than the tolerance.
#
# A service answers one row at a time. The predictor reads the *active* columns only, those with a nonzero coefficient,
# and takes a row by names:

predictor = artifact.predictor()
print(f"predicted {predictor(X.iloc[0].to_dict()):.0f}, true {y[0]:.0f}")

# %%
# A year of monitoring
# --------------------
#
# Each month brings 300 flats. `lassocore.monitor` compares their features with those of the fit, and, once the bills
# are known, the error with that of :term:`cross-validation`. The *population stability index* (PSI) measures how far a
# distribution has moved: with the shares of old and new rows in each bin of a histogram, it is the sum of
# (new - old) log(new / old). By a convention, 0.1 to 0.25 is watched and more is :term:`drift`.

months = [flats(300, larger=k >= 3, fractions=6 <= k < 9, dearer=k >= 9)
          for k in range(12)]
reports = [lassocore.monitor(artifact, X_new, y_new) for X_new, y_new in months]
names = artifact.nonzero_names()
psi = np.array([[{entry.name: entry.psi for entry in report.features}[name]
                 for report in reports] for name in names])
ratios = np.array([report.error.ratio for report in reports])
intervals = np.array([report.error.ratio_interval for report in reports])

figure, (upper, lower) = plt.subplots(2, 1, figsize=(6.5, 5.6), sharex=True,
                                      layout="constrained")
picture = upper.pcolormesh(np.arange(12), np.arange(len(names)), np.minimum(psi, 1.0),
                           cmap="Blues", vmin=0.0, vmax=1.0,
                           edgecolors="white", shading="nearest")
upper.set_yticks(np.arange(len(names)), names)
upper.set_title("PSI of the active features")
figure.colorbar(picture, ax=upper, label="PSI, 1 and more")
lower.errorbar(np.arange(12), ratios, np.abs(intervals - ratios[:, None]).T, fmt="o",
               color=BLUE, capsize=3.0)
lower.axhline(1.0, color=GREY, linewidth=0.8)
lower.axhline(reports[0].thresholds.error_ratio, color=ORANGE, linestyle="--",
              linewidth=0.8)
lower.set(yscale="log", ylabel="error / validation error",
          title="Mean squared error with its interval, and the limit")
lower.set_xticks(np.arange(12), MONTHS)
plt.show()

for month, report in zip(MONTHS, reports, strict=True):
    drifting = [entry.name for entry in report.features if entry.state == "drift"]
    print(f"{month}: features with drift {drifting or 'none'}, error x "
          f"{report.error.ratio:.2f}"
          f"{', drift' if report.error.drifted else ''}")

# %%
# Read the picture from left to right. From April the feature ``area_m2`` drifts and the error does not: the relation
# still holds for larger flats, which nothing but the bills could tell. In July humidity drifts *and* the error jumps to
# eleven times what it was. In October humidity is back, no further feature moves, and yet the error is more than 30
# times what it was: again only the bills show it. Features alone can prove a model neither wrong nor right.
#
# What a drift asks for differs:
#
# ======================  ======================  =============================================
# features                error                   then
# ======================  ======================  =============================================
# stable                  stable                  nothing
# drift                   stable                  watch; retrain when convenient
# drift                   worse                   look at the data first: units, sensors, joins
# stable                  worse                   the relation has changed: retrain
# ======================  ======================  =============================================
#
# A broken column must be repaired, never learnt: a model that was refitted in August would have taken fractions for
# percent.
#
# Which coefficients have changed?
# --------------------------------
#
# With ``refit=True`` the report fits the new rows at the same alpha and compares. Before October and after:

bills = {"April to June": (3, 6), "October and November": (9, 11)}
changes = {}
for title, (start, end) in bills.items():
    X_new, y_new = (pd.concat(parts, ignore_index=True)
                    for parts in zip(*months[start:end], strict=True))
    refit = lassocore.monitor(artifact, X_new, y_new, refit=True).refit
    changes[title] = refit
    print(f"{title}: coefficients changed by {refit.coef_change:.0%}, support overlap "
          f"{refit.support_overlap:.0%}, "
          f"drift {refit.drifted}")

figure, axes = plt.subplots(figsize=(6.0, 3.4), layout="constrained")
place = np.arange(len(names))
for shift, (title, refit), colour in zip((-0.2, 0.2), changes.items(), (GREEN, ORANGE),
                                         strict=True):
    axes.bar(place + shift, [refit.coefs[name][1] / refit.coefs[name][0]
                             for name in names], width=0.36, color=colour,
             label=title)
axes.axhline(1.0, color=GREY, linewidth=0.8)
axes.set_xticks(place, names)
axes.set(ylabel="new / old coefficient",
         title="The relation before and after the rise in price")
figure.legend(loc="outside lower center", ncols=2, frameon=False)
plt.show()

# %%
# All coefficients have risen, most of them by about 30 %. The report's own limit for them is 50 %, so it does not call
# this a drift; it is the error that shows the model to be out of date.
#
# Retrain, and compare on rows that neither has seen
# --------------------------------------------------
#
# The new model is fitted to October and November. December judges both; the old one is replaced only if the new one
# wins by more than chance. Rows are paired, so the difference of their squared errors is what needs a
# :term:`standard error`.

X_new, y_new = (pd.concat(parts, ignore_index=True)
                for parts in zip(*months[9:11], strict=True))
successor = LassoCV(cv=5, standardize=True, selection_rule="1se").fit(X_new, y_new)
X_last, y_last = months[11]
old = (y_last - artifact.predict(X_last)) ** 2
new = (y_last - successor.predict(X_last)) ** 2
difference = old - new
error = difference.std(ddof=1) / np.sqrt(len(difference))
print(f"mean squared error in December: old {old.mean():.0f}, new {new.mean():.0f}, "
      f"difference {difference.mean():.0f} "
      f"+- {1.96 * error:.0f}")
successor.save(folder / "cost-2.json", X_new, y_new,
               window="October and November of year 3")
after = lassocore.monitor(folder / "cost-2.json", X_last, y_last)
print(f"drift of December from the new model: {after.reasons or 'none'}")

# %%
# Both files are kept: the old one is what you go back to, and its metadata say why a decision of last year came out as
# it did.
#
# Before shipping
# ---------------
#
# 1. **The fit converged.** No ConvergenceWarning, and the gap in the file is below its tolerance.
# 2. **The error is honest.** It comes from rows that took no part in the choice of alpha, of features or of the
#    preparation; for rows in time order, from later ones.
# 3. **The model beats the mean**, and the model that is in use.
# 4. **No feature knows the answer.** For each active feature: will its value exist when the prediction is made?
# 5. **The list is stable.** `lassocore.selection.selection_report` names :term:`stand-ins <stand-in>` and how often
#    features were selected.
# 6. **Scaling and preparation are inside the model** or the file, not in the notebook.
# 7. **The file predicts what the notebook predicted**, on saved rows, in the process where it will run.
# 8. **The file knows where it comes from**: window, rows, parameters, library version.
# 9. **Missing columns, new categories, empty cells** have been tried, and give an error or an agreed answer.
# 10. **Somebody watches**: thresholds, who is told, and who decides to retrain. The old file is within reach.
#
# What to take from this
# ----------------------
#
# Keep scaling inside the model and everything that later rows are compared with inside its file. Watch features *and*
# error: they fail separately, and each asks for another remedy. :doc:`Saving and watching models
# </guide/saving-and-watching>` in the guide has the same calls in brief.
#
# **Next:** the parts of the library in your own programs: :ref:`the engine in your own code
# <sphx_glr_auto_gallery_plot_17_own_code.py>`.
