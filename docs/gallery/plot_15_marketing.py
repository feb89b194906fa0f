r"""
Marketing mix: channels over seasons
====================================

A company spends on twelve channels and asks which of them sell. The data are weekly, four years of them; advertising
works with a delay; the seasons move sales and budgets alike; and two channels are always booked together. The question
is which effects would be found again in another period, and the answer comes from folds of time.

The data are invented, so the truth is known: five channels sell, one of them is booked together with another that does
not, three have effects that are too small to be told from the noise, and three have none.
"""
# sphinx_gallery_thumbnail_number = 2
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.model_selection import TimeSeriesSplit

from lassocore import LassoCV
from lassocore.selection import stand_ins

BLUE, ORANGE, GREEN, GREY = "#1a339f", "#d67b1d", "#22765b", "#868e99"
plt.rcParams.update({"axes.spines.top": False, "axes.spines.right": False,
                     "figure.dpi": 110})

rng = np.random.default_rng(4)
N_WEEKS = 208
week = np.arange(N_WEEKS)
# highest before the new year
season = np.cos(2.0 * np.pi * (week - 50.0) / 52.0)
CHANNELS = ["tv", "radio", "search", "social", "video", "print", "posters", "mail",
            "affiliates", "display", "fairs", "podcasts"]
TRUE = {"tv": 0.9, "search": 1.6, "social": 0.7, "mail": 1.1, "affiliates": 0.8,
        "radio": 0.1, "posters": 0.1, "podcasts": 0.1}
# share of the effect left after a week
KEPT = {"tv": 0.6, "radio": 0.5, "video": 0.5, "posters": 0.6, "print": 0.4}
spend = pd.DataFrame({name: np.maximum(0.0, 10.0 + 4.0 * season
                                       * (name not in ("mail", "fairs"))
                                       + 5.0 * rng.standard_normal(N_WEEKS))
                      for name in CHANNELS})
# booked with tv
spend["video"] = np.maximum(0.0, 0.9 * spend["tv"] + 1.5 * rng.standard_normal(N_WEEKS))


def with_carryover(column, kept):
    """What still works in each week: this week's spending and a share of what worked before."""
    working = np.empty(len(column))
    left = 0.0
    for t, value in enumerate(column):
        left = value + kept * left
        working[t] = left
    return working * (1.0 - kept)


working = pd.DataFrame({name: with_carryover(spend[name].to_numpy(),
                                             KEPT.get(name, 0.0)) for name in CHANNELS})
sales = (200.0 + 0.05 * week + 12.0 * season
         + sum(effect * working[name] for name, effect in TRUE.items())
         + 5.0 * rng.standard_normal(N_WEEKS))

figure, (upper, lower) = plt.subplots(2, 1, figsize=(6.5, 4.4), sharex=True,
                                      layout="constrained")
upper.plot(week, sales, color="black")
upper.set(ylabel="sales", title="Sales, and the spending on two channels")
lower.plot(week, spend["tv"], color=BLUE, label="tv")
lower.plot(week, spend["mail"], color=ORANGE, label="mail")
lower.set(xlabel="week", ylabel="spending")
figure.legend(loc="outside lower center", ncols=2, frameon=False)
plt.show()

# %%
# What must not be penalised
# --------------------------
#
# Sales have a trend and a season, and so have the budgets. If the model may not explain the season by itself, it will
# explain it by channels that are booked in that season. Trend and season are no candidates to be selected: they belong
# in the model in any case, with ``penalty_factor`` 0. And a channel that sells less the more is spent on it is no
# finding but a confusion, so coefficients of channels are bounded below by 0.
#
# That advertising works with a delay is the *carry-over*: a share of what has worked in one week is left in the next.
# The share is not known, so each channel is offered three times, with a share of 0, 0.3 and 0.6, and the lasso chooses.
# The trend is a line, the season two waves, of a year and of half a year, each a sine and a cosine.

year = 2.0 * np.pi * week / 52.0
calendar = pd.DataFrame({
    "trend": week / 52.0, "cos_1": np.cos(year), "sin_1": np.sin(year),
    "cos_2": np.cos(2.0 * year), "sin_2": np.sin(2.0 * year)})
candidates = pd.DataFrame({
    f"{name}, {kept:.1f} kept": with_carryover(spend[name].to_numpy(), kept)
    for name in CHANNELS for kept in (0.0, 0.3, 0.6)})
X = pd.concat([calendar, candidates], axis=1)
n_calendar = calendar.shape[1]
penalty = np.append(np.zeros(n_calendar), np.ones(candidates.shape[1]))
lower_bound = np.where(penalty == 0.0, -np.inf, 0.0)
print(X.shape, "columns:", *X.columns[[0, 1, 5, 6, 7]], sep=" | ")

# %%
# Folds of time
# -------------
#
# Rows of a time series must not be shuffled: neighbouring weeks resemble each other, and a held-out week between two
# training weeks is no test. ``TimeSeriesSplit`` trains on the past and judges on the next 20 weeks.

folds = TimeSeriesSplit(n_splits=5, test_size=20)
model = LassoCV(cv=folds, standardize=True, penalty_factor=penalty,
                bounds=(lower_bound, np.inf), keep_coefs=True, eps=0.01).fit(X, sales)
at = int(np.flatnonzero(model.alphas_ == model.alpha_)[0])
per_fold = pd.DataFrame(model.coef_path_[:, at, n_calendar:],
                        columns=candidates.columns)
channel_of = np.repeat(CHANNELS, 3)
effect_of = pd.DataFrame({name: per_fold.loc[:, channel_of == name].sum(axis=1)
                          for name in CHANNELS})
print("held-out root mean squared error of the folds:",
      np.sqrt(model.mse_path_[at]).round(1))
print(f"certificate: gap {model.dual_gap_:.1e} on all weeks, variance of sales "
      f"{sales.var():.0f}")

# %%
# Which channels survive?
# -----------------------
#
# One model for each fold, at the same alpha. A channel counts with the sum of its carry-over variants. Filled cells are
# nonzero; the dots at the right are the true effects. In the table below the picture, *kept* is the share that is left
# after a week.

order = sorted(CHANNELS, key=lambda name: (-(effect_of[name] > 0.0).sum(),
                                           -effect_of[name].mean()))
figure, (left, right) = plt.subplots(1, 2, figsize=(9.0, 4.4), sharey=True,
                                     layout="constrained")
picture = left.pcolormesh(np.arange(5), np.arange(12),
                          np.ma.masked_equal(effect_of[order].T.to_numpy(), 0.0),
                          cmap="Blues", vmin=0.0, vmax=1.6, shading="nearest",
                          edgecolors="white")
left.set_xticks(np.arange(5), [f"to week {train[-1]}" for train, _ in folds.split(X)],
                rotation=30)
left.set_yticks(np.arange(12), order)
left.set_title("Effect by fold (blank: 0)")
figure.colorbar(picture, ax=left)
right.barh(np.arange(12), effect_of[order].mean(), color=BLUE,
           label="mean of the folds")
right.plot([TRUE.get(name, 0.0) for name in order], np.arange(12), "o", color="black",
           markeredgecolor="white", markersize=6, label="true")
right.set(xlabel="sales for a unit of spending", title="Mean effect and truth")
figure.legend(loc="outside lower center", ncols=2, frameon=False)
left.invert_yaxis()
plt.show()

for name in order:
    variants = per_fold.loc[:, channel_of == name].mean()
    print(f"{name:10s} in {(effect_of[name] > 0.0).sum()} of 5 folds, mean "
          f"{effect_of[name].mean():.2f}, true "
          f"{TRUE.get(name, 0.0):.1f}; most weight at "
          f"{variants.idxmax().split(', ')[1] if variants.max() > 0 else '-'}"
          f", true {KEPT.get(name, 0.0):.1f} kept")

# %%
# Four channels are in all folds with about their true effect: search, mail, affiliates, social. Three lessons are in
# the other rows.
#
# **Tv and video are booked together.** The model gives video what belongs to tv: each of them explains the sales about
# as well as the other, and the data hardly tell them apart. What can be reported is the effect of the pair. Merged into
# a single channel they are in all folds; the effect is below the true one, for the penalty makes it smaller:

merged = spend["tv"] + spend["video"]
pair = candidates.drop(columns=[name for name in candidates.columns
                                if name.startswith(("tv", "video"))])
pair = pd.concat([calendar, pair, pd.DataFrame({
    f"tv and video, {kept:.1f} kept": with_carryover(merged.to_numpy(), kept)
    for kept in (0.0, 0.3, 0.6)})], axis=1)
others = stand_ins(X, [X.columns.get_loc("video, 0.6 kept")], min_correlation=0.9)[0]
print("stand-ins of video:",
      *[f"{X.columns[other.feature]} ({other.correlation:.2f})" for other in others])
factors = np.append(np.zeros(n_calendar), np.ones(pair.shape[1] - n_calendar))
lower_bound = np.where(factors == 0.0, -np.inf, 0.0)
together = LassoCV(cv=folds, standardize=True, penalty_factor=factors,
                   bounds=(lower_bound, np.inf), keep_coefs=True, eps=0.01)
together.fit(pair, sales)
at = int(np.flatnonzero(together.alphas_ == together.alpha_)[0])
of_pair = together.coef_path_[:, at, -3:].sum(axis=1)
print("tv and video together, fold by fold:", of_pair.round(2), "true",
      round(TRUE["tv"] * spend["tv"].sum() / merged.sum(), 2))

# %%
# **Radio and posters are in all folds, with several times their effect.** Folds of time share their first weeks, so a
# coincidence in these is in every fold. Survival across folds is necessary, not sufficient. It is no probability, and
# only an experiment, such as a region without radio, would settle it.
#
# **The season has to be in the model.** Without the unpenalised calendar, channels that are booked in the season stand
# in for it:

bare = LassoCV(cv=folds, standardize=True, positive=True, keep_coefs=True, eps=0.01)
bare.fit(candidates, sales)
at = int(np.flatnonzero(bare.alphas_ == bare.alpha_)[0])
totals = pd.DataFrame(bare.coef_path_[:, at], columns=candidates.columns).mean()
figure, axes = plt.subplots(figsize=(6.2, 3.6), layout="constrained")
place = np.arange(len(order))
axes.bar(place - 0.2, [effect_of[name].mean() for name in order], width=0.36,
         color=BLUE, label="with the calendar")
axes.bar(place + 0.2, [totals[channel_of == name].sum() for name in order], width=0.36,
         color=ORANGE, label="without")
axes.plot(place, [TRUE.get(name, 0.0) for name in order], "o", color="black",
          markeredgecolor="white", markersize=6, label="true")
axes.set_xticks(place, order, rotation=45)
axes.set(ylabel="sales for a unit of spending",
         title="What the season does to the effects")
figure.legend(loc="outside lower center", ncols=3, frameon=False)
plt.show()
print("sum of all effects: with the calendar", round(effect_of.mean().sum(), 1),
      "without", round(totals.sum(), 1), "true", round(sum(TRUE.values()), 1))

# %%
# Without the calendar the effects add up to far more than there is: search, affiliates and social are credited with the
# sales of December. That tv comes out right is an accident: it is credited with the season on top of an effect that
# was too small.
#
# What to take from this
# ----------------------
#
# Put what must be in the model there without a penalty, bound what has a known sign, and let folds of time judge.
# Effects that are found again in every fold are candidates, not proofs; channels that move together can only be judged
# together.
#
# **Next:** a model is fitted; what then? :ref:`From notebook to production
# <sphx_glr_auto_gallery_plot_16_production.py>`.
