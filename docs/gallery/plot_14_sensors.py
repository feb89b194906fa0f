r"""
Sensors: the lasso as a filter before another model
===================================================

A plant records 2,000 signals. Many measure the same thing in different places, some are broken, and the quantity to be
predicted depends on a few of them, not only linearly. A kernel machine can learn the curves, but it compares rows by
their distance, and in 2,000 signals all rows are about equally far apart. So let a linear model choose, and the
flexible one learn.

The page also shows the limit of that: a linear screen cannot see a signal whose effect has no linear part.
"""
# sphinx_gallery_thumbnail_number = 3
import time

import matplotlib.pyplot as plt
import numpy as np
from sklearn.feature_selection import SelectFromModel
from sklearn.metrics import r2_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVR

from lassocore import LassoCV
from lassocore.selection import stand_ins

BLUE, ORANGE, GREEN, GREY = "#1a339f", "#d67b1d", "#22765b", "#868e99"
plt.rcParams.update({"axes.spines.top": False, "axes.spines.right": False,
                     "figure.dpi": 110})

rng = np.random.default_rng(11)
N, N_STATES, COPIES = 1500, 300, 6
# what happens in the plant
states = rng.standard_normal((N, N_STATES))
# six sensors for each state, with noise of their own
X = np.repeat(states, COPIES, axis=1)
X = X + 0.4 * rng.standard_normal(X.shape)
# loose contacts
spikes = rng.standard_normal((N, 100)) * (1.0 + 30.0 * (rng.random((N, 100)) < 0.01))
# always the same number
stuck = np.repeat(rng.uniform(0.0, 100.0, 100)[None, :], N, axis=0)
X = np.hstack([X, spikes, stuck])
# all kinds of units
X *= 10.0 ** rng.uniform(-2.0, 3.0, X.shape[1])
y = (2.0 * states[:, 0] - 1.5 * states[:, 1]
     + np.exp(0.6 * states[:, 2]) + 2.0 * np.maximum(states[:, 3], 0.0)
     + 0.8 * states[:, 4] ** 2 + 0.7 * rng.standard_normal(N))
train, test = slice(0, 1000), slice(1000, None)
state_of = np.append(np.repeat(np.arange(N_STATES), COPIES), np.full(200, -1))
print(X.shape, f"standard deviations from {X[:, :-100].std(axis=0).min():.2g} to "
               f"{X.std(axis=0).max():.2g}")

# %%
# Signals 0 to 5 measure state 0, signals 6 to 11 state 1, and so on. The target depends on the states 0 to 4: on two of
# them linearly, on two by a curve that rises, and on the last one by its square, which has no linear part.
#
# What needs no model
# -------------------
#
# A signal that is stuck has no variance, and the lasso gives it 0 by itself; its number is worth knowing, because
# somebody should repair it. A heavy tail points to a loose contact.

constant = np.ptp(X[train], axis=0) == 0.0
working = np.flatnonzero(~constant)
centred = X[train][:, working] - X[train][:, working].mean(axis=0)
kurtosis = (centred**4).mean(axis=0) / (centred**2).mean(axis=0) ** 2
print(f"{constant.sum()} stuck signals; kurtosis above 10: {(kurtosis > 10.0).sum()}, "
      "of which "
      f"{(state_of[working[kurtosis > 10.0]] == -1).sum()} are the loose contacts")

figure, axes = plt.subplots(figsize=(5.8, 3.2), layout="constrained")
axes.hist(kurtosis, bins=np.geomspace(2.0, 500.0, 60), color=BLUE)
axes.axvline(3.0, color=GREY, linestyle="--", linewidth=0.8)
axes.set(xlabel="kurtosis (3 for a normal distribution)", ylabel="signals",
         xscale="log", yscale="log", title="Loose contacts stand apart")
plt.show()

# %%
# The screen
# ----------
#
# Units differ by five orders of magnitude, so features must be standardised. Of six sensors of one state the lasso
# takes several and shares the coefficient: each has its own noise, and a mean of them is a better measurement.

start = time.perf_counter()
screen = LassoCV(cv=5, standardize=True, selection_rule="1se", eps=0.01,
                 alphas=60).fit(X[train], y[train])
seconds = time.perf_counter() - start
chosen = np.flatnonzero(screen.coef_)
print(f"{len(chosen)} of {X.shape[1]} signals in {seconds:.1f} s; of the states 0 to 4:",
      [int((state_of[chosen] == state).sum()) for state in range(5)],
      "| of others:", int(((state_of[chosen] > 4) | (state_of[chosen] == -1)).sum()))

effect = screen.coef_ * X[train].std(axis=0)
figure, axes = plt.subplots(figsize=(6.2, 3.4), layout="constrained")
axes.stem(np.arange(60), effect[:60], linefmt=BLUE, markerfmt="o", basefmt=" ")
for state in range(10):
    axes.axvspan(COPIES * state - 0.5, COPIES * (state + 1) - 0.5, color=GREY,
                 alpha=0.12 if state % 2 else 0.0, linewidth=0.0)
axes.set(xlabel="signal (bands: sensors of the same state)",
         ylabel="coefficient for one sd", title="The first 60 signals")
plt.show()

# %%
# State 4 is missing: its square is not correlated with the state. No change of alpha would help.
#
# The filter in a pipeline
# ------------------------
#
# ``SelectFromModel`` makes the lasso a step before any other model. The whole is fitted to the training rows; the test
# rows take no part in the choice.


def curved():
    """Support vector regression with a Gaussian kernel."""
    return make_pipeline(StandardScaler(), SVR(C=10.0))


def judged(model):
    start = time.perf_counter()
    model.fit(X[train], y[train])
    return r2_score(y[test], model.predict(X[test])), time.perf_counter() - start


def screen_of():
    return LassoCV(cv=5, standardize=True, selection_rule="1se", eps=0.01, alphas=60)


def with_squares(signals):
    """The signals and the squares of the standardised ones."""
    deviations = (signals - means) / scales
    return np.hstack([signals, deviations**2])


means, scales = X[train].mean(axis=0), np.where(constant, 1.0, X[train].std(axis=0))
models = {
    "lasso alone": LassoCV(cv=5, standardize=True, eps=0.01, alphas=60),
    "kernel machine of all signals": curved(),
    "lasso, then kernel machine": make_pipeline(
        SelectFromModel(screen_of(), threshold=1e-12), curved()),
    "lasso of signals and\nsquares, then kernel machine": make_pipeline(
        FunctionTransformer(with_squares),
        SelectFromModel(screen_of(), threshold=1e-12), curved()),
}
results = {title: judged(model) for title, model in models.items()}
for title, (r2, seconds) in results.items():
    print(f"{title.replace(chr(10), ' ')}: R2 {r2:.3f}, {seconds:.1f} s")

# %%
# The kernel machine of all signals is worse than a straight line. After the screen it has 19 signals to compare rows
# by, and is a little better than the line, for it can bend. The large step comes from offering squares to the screen:
# state 4 is then found, by its square. This is the general way to let a linear screen see more: offer it transformed
# signals. Twice as many candidates also bring some false ones: of the states with a square in the last line below, only
# 2, 3 and 4 have curved effects.

figure, axes = plt.subplots(figsize=(6.2, 3.0), layout="constrained")
axes.barh(np.arange(4), [r2 for r2, _ in results.values()],
          color=[GREY, ORANGE, BLUE, GREEN])
axes.set_yticks(np.arange(4), results)
axes.invert_yaxis()
axes.set(xlabel="R2 on the test rows", title="What the filter brings")
plt.show()

kept = models["lasso of signals and\nsquares, then kernel machine"][1].get_support(indices=True)
kept_states = state_of[kept % X.shape[1]]
squared = sorted({int(state) for state in kept_states[kept >= X.shape[1]]})
print(f"{len(kept)} features kept; states with a square among them: {squared}")

# %%
# Redundant signals
# -----------------
#
# A plant that pays for every sensor asks a further question: which of them can be left out? `stand_ins` lists what
# measures the same. Keeping a single sensor of each state costs accuracy, because the mean of six is less noisy.

strongest = chosen[np.argsort(-abs(effect[chosen]))]
for signal, others in zip(strongest[:3], stand_ins(X[train], strongest[:3],
                                                   min_correlation=0.8), strict=True):
    print(f"signal {signal}: stand-ins", *(other.feature for other in others))
single = [int(strongest[state_of[strongest] == state][0]) for state in range(4)]
for title, signals in (("all that were chosen", strongest),
                       ("one for each state", single)):
    model = curved().fit(X[train][:, signals], y[train])
    print(f"{title}: {len(signals)} signals, R2 "
          f"{r2_score(y[test], model.predict(X[test][:, signals])):.3f}")

# %%
# What to take from this
# ----------------------
#
# A lasso is a good first step before a model that suffers from useless features. It sees straight lines only, so offer
# it the transformations that may matter. Every number on this page that judges a model is from rows that took no part
# in choosing signals, which is why the screen is a step of the pipeline and not a preparation of the file.
#
# **Next:** effects that must last: :ref:`marketing mix <sphx_glr_auto_gallery_plot_15_marketing.py>`.
