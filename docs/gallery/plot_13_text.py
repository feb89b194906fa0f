r"""
Text: a model of words
======================

A text becomes a row of numbers by counting words: one feature for every word of the vocabulary. The matrix is large and
almost all of it is 0. The lasso suits it twice. It selects, so the model is a list of words that one can read; and the
engine works on the sparse matrix as it is, so the zeros cost nothing.

The documents are generated: 4,000 reviews drawn from a vocabulary of 20,000 words whose frequencies fall like those of
a language. Forty words move the stars that the reviewer gives, and four of them have a synonym that mostly occurs
beside them. All other words are made of random syllables and mean nothing.
"""
# sphinx_gallery_thumbnail_number = 1
import time

import matplotlib.pyplot as plt
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from lassocore import LassoCV, duality_gap, fit_path

BLUE, ORANGE, GREEN, GREY = "#1a339f", "#d67b1d", "#22765b", "#868e99"
plt.rcParams.update({"axes.spines.top": False, "axes.spines.right": False,
                     "figure.dpi": 110})

GOOD = ["excellent", "superb", "delightful", "charming", "friendly", "spotless",
        "delicious", "generous", "quiet", "sunny", "helpful", "fresh", "cosy",
        "wonderful", "perfect", "fast", "clean", "warm", "honest", "tasty"]
BAD = ["dirty", "rude", "noisy", "broken", "stale", "greasy", "cold", "slow",
       "overpriced", "bland", "smelly", "cramped", "mouldy", "careless", "dull", "late",
       "burnt", "salty", "dark", "lukewarm"]
SYNONYM = {"excellent": "outstanding", "dirty": "filthy", "rude": "impolite",
           "spotless": "immaculate"}
N_TEXTS, N_WORDS = 4000, 20_000
rng = np.random.default_rng(5)


def syllables(number):
    """A word of its own for a number."""
    word = ""
    for _ in range(4):
        number, place = divmod(number, 60)
        word += "bdfgklmnprst"[place % 12] + "aeiou"[place // 12]
    return word


vocabulary = np.array([*GOOD, *BAD,
                       *map(syllables, range(N_WORDS - len(GOOD) - len(BAD)))])
weights = 1.0 / (10.0 + np.arange(N_WORDS))
weights[:40] = 1.0 / (10.0 + rng.integers(100, 600, 40))
sizes = [*rng.uniform(0.4, 1.2, 20), *-rng.uniform(0.4, 1.2, 20)]
effects = dict(zip([*GOOD, *BAD], sizes, strict=True))
texts, stars = [], np.empty(N_TEXTS)
for i in range(N_TEXTS):
    words = vocabulary[rng.choice(N_WORDS, size=rng.integers(40, 120),
                                  p=weights / weights.sum())].tolist()
    effect = sum(effects.get(word, 0.0) for word in sorted(set(words)))
    stars[i] = 3.0 + effect + 0.6 * rng.standard_normal()
    words += [SYNONYM[word] for word in SYNONYM if word in words and rng.random() < 0.8]
    texts.append(" ".join(words))
print(texts[0][:60], "...", f"{stars[0]:.1f} stars")

# %%
# The matrix
# ----------

vectorizer = TfidfVectorizer(binary=True, use_idf=False, norm=None, min_df=5,
                             dtype=np.float64)
train, test = slice(0, 3000), slice(3000, None)
X, X_test = vectorizer.fit_transform(texts[train]), vectorizer.transform(texts[test])
names = vectorizer.get_feature_names_out()
dense = X.shape[0] * X.shape[1] * 8 / 1e6
print(f"{X.shape[0]} x {X.shape[1]}, {1.0 - X.nnz / np.prod(X.shape):.2%} zeros; "
      f"{(X.data.nbytes + X.indices.nbytes + X.indptr.nbytes) / 1e6:.0f} MB instead of "
      f"{dense:.0f}")

# %%
# Whether a word occurs says more here than how often, hence ``binary=True``; ``min_df=5`` leaves out words in fewer
# than five texts. Features that are 0 or 1 all have the same unit, and we do not :term:`standardise` them: dividing by
# the standard deviation would make the coefficient of a rare word cheap, and of thousands of words in a handful of
# texts each some fit their noise. The advice for :ref:`rare flags <sphx_glr_auto_gallery_plot_7_scaling.py>` was the
# opposite, because there a few flags were expected to matter, and here thousands are expected not to.
#
# Choosing alpha
# --------------
#
# The true words are the forty and the four synonyms.

start = time.perf_counter()
model = LassoCV(cv=5, alphas=60, eps=0.01).fit(X, stars[train])
shorter = LassoCV(cv=5, alphas=60, eps=0.01, selection_rule="1se").fit(X, stars[train])
print(f"two cross-validations in {time.perf_counter() - start:.1f} s")
true_words = {*GOOD, *BAD, *SYNONYM.values()}
for title, fitted in (("least error", model), ("one standard error", shorter)):
    found = set(names[fitted.coef_ != 0.0])
    print(f"{title}: {len(found)} words, {len(found & true_words)} of them true; "
          f"R2 on the test texts {fitted.score(X_test, stars[test]):.3f}")

# %%
# The words
# ---------

order = np.argsort(shorter.coef_)
shown = np.concatenate([order[:12], order[-12:]])
figure, axes = plt.subplots(figsize=(6.0, 5.2), layout="constrained")
axes.barh(np.arange(24), shorter.coef_[shown],
          color=np.where(shorter.coef_[shown] > 0.0, BLUE, ORANGE))
axes.plot([effects.get(name, 0.0) for name in names[shown]], np.arange(24), "o",
          color="black", markeredgecolor="white", markersize=6, label="true effect")
axes.set_yticks(np.arange(24), names[shown])
axes.axvline(0.0, color=GREY, linewidth=0.8)
axes.set(xlabel="stars for the word",
         title="The twelve worst and the twelve best words")
axes.legend(frameon=False)
plt.show()
for word, synonym in SYNONYM.items():
    pair = [shorter.coef_[names == name][0] for name in (word, synonym)]
    print(f"{word} {pair[0]:+.2f}, {synonym} {pair[1]:+.2f}; true effect of {word} "
          f"{effects[word]:+.2f}")

# %%
# Most effects are too small in absolute value: this is the :term:`shrinkage`, which is strongest for rare words. Of a
# word and its synonym the lasso gives nearly everything to the one that says more, because the other adds nothing to
# it. That a word is *not* in the list does not mean that it has nothing to do with the stars.
#
# How many words does it take?
# ----------------------------
#
# The path answers. Each point of the blue and grey lines is one model of it. The green line is a third one: for each
# model, :term:`least squares` on its words, the *relaxed lasso*.

path = fit_path(X, stars[train], alphas=60, eps=0.01)
relaxed = fit_path(X, stars[train], alphas=60, eps=0.01, relax=0.0, max_active=250)
figure, axes = plt.subplots(figsize=(5.8, 3.6), layout="constrained")
curves = {"training texts": (path, X, stars[train], GREY),
          "test texts": (path, X_test, stars[test], BLUE),
          "test texts, relaxed": (relaxed, X_test, stars[test], GREEN)}
scores = {}
for label, (fitted, rows, y, colour) in curves.items():
    scores[label] = np.array([fitted.score(rows, y, alpha=alpha)
                              for alpha in fitted.alphas])
    # without the first model, which has no word: the axis is logarithmic
    axes.plot(fitted.n_nonzero[1:], scores[label][1:], "o-", color=colour, markersize=3,
              label=label)
axes.axvline(len(effects), color=ORANGE, linestyle="--", linewidth=0.8)
axes.set(xlabel="words in the model", ylabel="R2", xscale="log",
         title="Forty words (dashed) move the stars")
axes.legend(frameon=False)
plt.show()
for label, fitted in (("test texts", path), ("test texts, relaxed", relaxed)):
    best = int(scores[label].argmax())
    near = int(abs(fitted.n_nonzero - len(effects)).argmin())
    print(f"{label}: R2 {scores[label][near]:.3f} with {fitted.n_nonzero[near]} words, "
          f"at best {scores[label][best]:.3f} with {fitted.n_nonzero[best]}")
print(f"test texts, at the end of the path: R2 {scores['test texts'][-1]:.3f} with "
      f"{path.n_nonzero[-1]} words")

# %%
# Up to about forty words the curves of the training and the test texts rise together. Beyond, the grey one goes on to
# rise, and the blue one too for a while, although there are hardly any true words left to be found. What it gains
# there comes from less shrinkage: with a smaller alpha the true words get their size, and the false ones are the price.
# The green line pays no such price: refitted, the true words have their size at once.
#
# Less shrinkage
# --------------
#
# The same for the model of the :term:`one-standard-error rule`: the list of words is the same, the effects are larger.

relaxed = fit_path(X, stars[train], alphas=[shorter.alpha_], relax=0.0)
known = [name for name in effects if name in set(names)]
place = [int(np.flatnonzero(names == name)[0]) for name in known]
truth = np.array([effects[name] for name in known])
for title, coef in (("lasso", shorter.coef_), ("relaxed", relaxed.coefs[:, 0])):
    ratio = coef[place] @ truth / (truth @ truth)
    difference = np.sqrt(np.mean((coef[place] - truth) ** 2))
    print(f"{title}: effects are {ratio:.2f} times the true ones, "
          f"root mean squared difference {difference:.2f}")
print(f"R2 on the test texts: {shorter.score(X_test, stars[test]):.3f} and "
      f"{relaxed.score(X_test, stars[test], alpha=shorter.alpha_):.3f}")

# %%
# The certificate of sparse data
# ------------------------------
#
# To fit an intercept is to centre the columns. Centring a sparse matrix would fill it; the engine carries the means
# along instead. The :doc:`duality gap </guide/certificates>` is that of the :term:`centred` problem, as a dense copy of
# the matrix confirms:

alpha = shorter.alpha_
gaps = [duality_gap(matrix, stars[train], shorter.coef_, alpha=alpha)
        for matrix in (X, X.toarray())]
print(f"gap {gaps[0]:.1e} from the sparse matrix, {gaps[1]:.1e} from the dense copy; "
      f"variance of the stars {stars[train].var():.2f}")

# %%
# What to take from this
# ----------------------
#
# Keep text sparse: the lasso takes the matrix as it is and gives back a list of words. Read the list for what is in
# it, not for what is missing, and refit it when the size of the effects matters. The guide has more on :doc:`sparse and
# large data </guide/large-data>`.
#
# **Next:** the lasso as a step before another model: :ref:`sensors <sphx_glr_auto_gallery_plot_14_sensors.py>`.
