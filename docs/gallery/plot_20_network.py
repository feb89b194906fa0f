r"""
A network from many lassos
==========================

Which measurements of a tumour say something about each other that no third one says? Correlations do not tell: of
thirty measurements of the size and shape of cell nuclei nearly all are correlated. A *graphical model* joins two
variables only where one helps to predict the other when all the rest are known. Meinshausen and Bühlmann (2006) find
it by lassos: regress every variable on all others, and join two where each uses the other.
"""
# sphinx_gallery_thumbnail_number = 1
import time

import matplotlib.pyplot as plt
import numpy as np
from scipy.stats import norm, rankdata
from sklearn.datasets import load_breast_cancer

from lassocore import fit_many

BLUE, ORANGE, GREEN, GREY = "#1a339f", "#d67b1d", "#22765b", "#868e99"
plt.rcParams.update({"axes.spines.top": False, "axes.spines.right": False,
                     "figure.dpi": 110})
rng = np.random.default_rng(0)

# %%
# Thirty regressions
# ------------------
#
# Ten properties of cell nuclei in 569 samples of tissue, and of each the mean, its standard error and the mean of the
# three largest values. The model is one of normal variables, and these are skewed, so each is replaced by normal scores
# of its ranks (the "nonparanormal" of Liu, Lafferty and Wasserman, 2009).

data = load_breast_cancer()
n, p = data.data.shape
X = norm.ppf((rankdata(data.data, axis=0) - 0.5) / n)
names = [name.replace("mean ", "").replace(" error", " (error)").replace(
    "worst ", "largest ") for name in data.feature_names]
kind = np.repeat([0, 1, 2], 10)                 # mean, error, largest

# %%
# `lassocore.fit_many` takes X as its targets, too, and ``exclude`` says which column each target must not use. All
# regressions share one Gram matrix.

alpha = 0.12
start = time.perf_counter()
nodes = fit_many(X, X, alphas=[alpha], exclude=range(p))
print(f"{p} lassos in {1e3 * (time.perf_counter() - start):.1f} ms, "
      f"all converged: {nodes.converged.all()}")
uses = nodes.coefs[:, :, 0] != 0.0
edges = uses & uses.T
correlated = (abs(np.corrcoef(X.T)) > 0.3) & ~np.eye(p, dtype=bool)
print(f"{edges.sum() // 2} edges; {correlated.sum() // 2} of {p * (p - 1) // 2} pairs "
      "have a correlation above 0.3")

# %%
# To draw the network, its vertices have to be placed. *Springs* do: joined vertices attract each other, and all repel
# each other, until the forces are in balance (Fruchterman and Reingold, 1991).


def placed(joined, n_steps=400):
    """Positions of the vertices of a graph."""
    at = rng.uniform(-1.0, 1.0, (len(joined), 2))
    for step in range(n_steps):
        apart = at[:, None] - at
        distance = np.maximum(np.linalg.norm(apart, axis=2), 0.05)
        pull = (0.12 / distance**2 - joined * distance / 0.35 - 0.15)[:, :, None] * apart
        force = pull.sum(axis=1)
        size = np.maximum(np.linalg.norm(force, axis=1, keepdims=True), 1e-9)
        at += force / size * np.minimum(size, 0.1 * (1.0 - step / n_steps))
    return at


def draw(axes, at, weight, title):
    """Vertices, and edges as wide as their weights."""
    for i, j in np.argwhere(np.triu(weight) > 0.0):
        axes.plot(*at[[i, j]].T, color=GREY, linewidth=3.0 * weight[i, j], zorder=1,
                  alpha=0.3 + 0.7 * weight[i, j])
    for k, (colour, label) in enumerate(
            ((BLUE, "mean"), (ORANGE, "standard error"), (GREEN, "three largest"))):
        axes.scatter(*at[kind == k].T, color=colour, s=45, label=label, zorder=2)
    for (left, height), name in zip(at, names, strict=True):
        axes.annotate(name, (left, height), xytext=(0, 6), fontsize=7, ha="center",
                      textcoords="offset points", zorder=3)
    axes.set(title=title, aspect="equal")
    axes.margins(0.12)
    axes.axis("off")


at = placed(edges)
figure, axes = plt.subplots(figsize=(8.0, 7.0), layout="constrained")
draw(axes, at, edges.astype(float), f"{edges.sum() // 2} edges of the nodewise lasso")
axes.legend(frameon=False, loc="lower right")
plt.show()

# %%
# Which edges to trust
# --------------------
#
# Other patients would have given other edges. A *bootstrap* draws patients with replacement: a patient who is drawn
# twice counts twice. So a sample is a vector of counts, and ``sample_weight`` has a column for each regression; nothing
# is copied. Here are 40 samples, of 30 regressions each.

N_SAMPLES = 40
counts = rng.multinomial(n, np.full(n, 1.0 / n), size=N_SAMPLES).T
start = time.perf_counter()
resampled = fit_many(
    X, np.tile(X, N_SAMPLES), alphas=[alpha], exclude=np.tile(np.arange(p), N_SAMPLES),
    sample_weight=np.repeat(counts, p, axis=1))
print(f"{N_SAMPLES * p} lassos in {time.perf_counter() - start:.1f} s, "
      f"all converged: {resampled.converged.all()}")
used = (resampled.coefs[:, :, 0] != 0.0).reshape(N_SAMPLES, p, p)
frequency = (used & used.transpose(0, 2, 1)).mean(axis=0)

trusted = np.where(frequency >= 0.8, frequency, 0.0)
figure, (left, right) = plt.subplots(
    1, 2, figsize=(11.0, 5.6), width_ratios=(1.0, 2.0), layout="constrained")
pairs = np.triu_indices(p, 1)
left.hist(frequency[pairs][frequency[pairs] > 0.0], bins=20, color=GREY)
left.axvline(0.8, color=ORANGE, linewidth=2.0)
left.set(xlabel="share of the samples", ylabel="edges", title="How often an edge is found")
draw(right, at, trusted, f"{(trusted > 0.0).sum() // 2} edges found in 80 % of the samples")
plt.show()

strongest = sorted(((frequency[i, j], abs(nodes.coefs[i, j, 0]), names[i], names[j])
                    for i, j in np.argwhere(np.triu(trusted) > 0.0)), reverse=True)
for share, _, one, other in strongest[:8]:
    print(f"{share:4.0%}  {one} - {other}")

# %%
# A test that knows the answer
# ----------------------------
#
# With real data nobody knows the true edges. So take a network as truth, the trusted edges above: all of them get the
# same entry in an inverse covariance matrix. Draw samples of growing size from it, ten of each, and count what the
# lassos find, at an alpha that falls like :math:`\sqrt{\log p / n}`, as theory says.

true_edges = trusted > 0.0
precision = np.eye(p) - 0.9 / np.linalg.eigvalsh(true_edges).max() * true_edges
covariance = np.linalg.inv(precision)
sizes, found, wrong = (100, 200, 400, 800, 1600), [], []
for size in sizes:
    shares = []
    for _ in range(10):
        Z = rng.multivariate_normal(np.zeros(p), covariance, size=size)
        uses = fit_many(Z, Z, alphas=[1.6 * np.sqrt(np.log(p) / size)], exclude=range(p),
                        standardize=True).coefs[:, :, 0] != 0.0
        both = uses & uses.T
        shares.append(((both & true_edges).sum() / true_edges.sum(),
                       (both & ~true_edges).sum() / max(1, both.sum())))
    found.append(np.mean(shares, axis=0)[0])
    wrong.append(np.mean(shares, axis=0)[1])
figure, axes = plt.subplots(figsize=(5.8, 3.4), layout="constrained")
axes.semilogx(sizes, found, "o-", color=BLUE, label="true edges that are found")
axes.semilogx(sizes, wrong, "s-", color=ORANGE, label="edges found that are false")
axes.set(xlabel="rows", ylabel="share", ylim=(0.0, 1.02), xticks=sizes,
         xticklabels=map(str, sizes), title="With more rows the network is found")
axes.minorticks_off()
axes.legend(frameon=False)
plt.show()
print(f"with {sizes[-1]} rows {found[-1]:.0%} of the edges are found, and "
      f"{wrong[-1]:.0%} of those found are false")

# %%
# What to take from this
# ----------------------
#
# * A graphical model is as many lassos as there are variables, over one X: one call of `lassocore.fit_many`.
# * An edge of one sample is a guess. A bootstrap, also one call, shows which edges are found again and again;
#   :doc:`Selection </guide/selection>` has methods that bound the number of false ones.
# * An edge is no cause: it says that two measurements inform about each other beyond all others that were *measured*.
#
# **Next:** :ref:`the lasso inside other algorithms <sphx_glr_auto_gallery_plot_21_inside.py>`: logistic regression by
# reweighting, absolute errors by ADMM.
