r"""
Text: a model of words
======================

A text becomes a row of numbers by counting words: one feature for every word of the vocabulary. The matrix is large and
almost all of it is 0. The lasso suits it twice. It selects, so the model is a list of words that one can read; and the
engine works on the sparse matrix as it is, so the zeros cost nothing.

The documents are generated: 4,000 reviews drawn from a vocabulary of 20,000 words whose frequencies fall like those of
a language. Forty words move the stars that the reviewer gives, some of them with a near-synonym that occurs beside
them.
"""
# sphinx_gallery_thumbnail_number = 1
import time

import matplotlib.pyplot as plt
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from lassocore import LassoCV, duality_gap, fit_path

BLUE, ORANGE, GREEN, GREY = "#1a339f", "#d67b1d", "#22765b", "#868e99"
plt.rcParams.update({"axes.spines.top": False, "axes.spines.right": False, "figure.dpi": 110})

GOOD = ["excellent", "superb", "delightful", "charming", "friendly", "spotless", "delicious", "generous", "quiet",
        "sunny", "helpful", "fresh", "cosy", "wonderful", "perfect", "fast", "clean", "warm", "honest", "tasty"]
BAD = ["dirty", "rude", "noisy", "broken", "stale", "greasy", "cold", "slow", "overpriced", "bland", "smelly",
       "cramped", "mouldy", "careless", "dull", "late", "burnt", "salty", "dark", "lukewarm"]
SYNONYM = {"excellent": "outstanding", "dirty": "filthy", "rude": "impolite", "spotless": "immaculate"}
N_TEXTS, N_WORDS = 4000, 20_000
rng = np.random.default_rng(5)


def syllables(number):
    """A word of its own for a number."""
    word = ""
    for _ in range(4):
        number, place = divmod(number, 60)
        word += "bdfgklmnprst"[place % 12] + "aeiou"[place // 12]
    return word


vocabulary = np.array([*GOOD, *BAD, *map(syllables, range(N_WORDS - len(GOOD) - len(BAD)))])
weights = 1.0 / (10.0 + np.arange(N_WORDS))
weights[:40] = 1.0 / (10.0 + rng.integers(100, 600, 40))
effects = dict(zip([*GOOD, *BAD], [*rng.uniform(0.4, 1.2, 20), *-rng.uniform(0.4, 1.2, 20)], strict=True))
texts, stars = [], np.empty(N_TEXTS)
for i in range(N_TEXTS):
    words = vocabulary[rng.choice(N_WORDS, size=rng.integers(40, 120), p=weights / weights.sum())].tolist()
    stars[i] = 3.0 + sum(effects.get(word, 0.0) for word in sorted(set(words))) + 0.6 * rng.standard_normal()
    words += [SYNONYM[word] for word in SYNONYM if word in words and rng.random() < 0.8]
    texts.append(" ".join(words))
print(texts[0][:100], "...", f"{stars[0]:.1f} stars")

# %%
# The matrix
# ----------

vectorizer = TfidfVectorizer(binary=True, use_idf=False, norm=None, min_df=5, dtype=np.float64)
train, test = slice(0, 3000), slice(3000, None)
X, X_test = vectorizer.fit_transform(texts[train]), vectorizer.transform(texts[test])
names = vectorizer.get_feature_names_out()
dense = X.shape[0] * X.shape[1] * 8 / 1e6
print(f"{X.shape[0]} x {X.shape[1]}, {1.0 - X.nnz / np.prod(X.shape):.2%} zeros; "
      f"{(X.data.nbytes + X.indices.nbytes + X.indptr.nbytes) / 1e6:.0f} MB instead of {dense:.0f}")

# %%
# Whether a word occurs says more here than how often, hence ``binary=True``. Features that are 0 or 1 all have the same
# unit, and we do not standardise them: dividing by the standard deviation would make the coefficient of a rare word
# cheap, and a word that occurs in five texts fits their noise.
#
# Choosing alpha
# --------------

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
axes.barh(np.arange(24), shorter.coef_[shown], color=np.where(shorter.coef_[shown] > 0.0, BLUE, ORANGE))
axes.plot([effects.get(name, 0.0) for name in names[shown]], np.arange(24), "o", color="black",
          markeredgecolor="white", markersize=6, label="true effect")
axes.set_yticks(np.arange(24), names[shown])
axes.axvline(0.0, color=GREY, linewidth=0.8)
axes.set(xlabel="stars for the word", title="The twelve worst and the twelve best words")
axes.legend(frameon=False)
plt.show()
for word, synonym in SYNONYM.items():
    pair = [shorter.coef_[names == name][0] for name in (word, synonym)]
    print(f"{word} {pair[0]:+.2f}, {synonym} {pair[1]:+.2f}; true effect of {word} {effects[word]:+.2f}")

# %%
# Most effects are too small in absolute value: this is the shrinkage, which is strongest for rare words. Of a word and
# its synonym the lasso gives nearly everything to the one that says more, because the other adds little to it. That a
# word is *not* in the list does not mean that it says nothing about the stars.
#
# How many words does it take?
# ----------------------------
#
# The path answers. Each point is one model. Up to about forty words both curves rise; beyond them the model goes on
# to follow the training texts and gains nothing on new ones.

path = fit_path(X, stars[train], alphas=60, eps=0.01)
figure, axes = plt.subplots(figsize=(5.8, 3.6), layout="constrained")
for rows, y, colour, label in ((X, stars[train], GREY, "training texts"), (X_test, stars[test], BLUE, "test texts")):
    scores = [path.score(rows, y, alpha=alpha) for alpha in path.alphas[1:]]        # the first model has no word
    axes.plot(path.n_nonzero[1:], scores, "o-", color=colour, markersize=3, label=label)
axes.axvline(len(effects), color=ORANGE, linestyle="--", linewidth=0.8)
axes.set(xlabel="words in the model", ylabel="R2", xscale="log", title="Forty words (dashed) move the stars")
axes.legend(frameon=False)
plt.show()
best = int(np.argmax([path.score(X_test, stars[test], alpha=alpha) for alpha in path.alphas]))
print(f"best on the test texts: {path.n_nonzero[best]} words; at the end of the path {path.n_nonzero[-1]}")

# %%
# Less shrinkage
# --------------
#
# The relaxed lasso refits the words that were selected. The list is the same, effects are larger.

relaxed = fit_path(X, stars[train], alphas=[shorter.alpha_], relax=0.0)
known = [name for name in effects if name in set(names)]
place = [int(np.flatnonzero(names == name)[0]) for name in known]
truth = np.array([effects[name] for name in known])
for title, coef in (("lasso", shorter.coef_), ("relaxed", relaxed.coefs[:, 0])):
    print(f"{title}: effects are {coef[place] @ truth / (truth @ truth):.2f} times the true ones, "
          f"root mean squared difference {np.sqrt(np.mean((coef[place] - truth) ** 2)):.2f}")
print(f"R2 on the test texts: {shorter.score(X_test, stars[test]):.3f} and "
      f"{relaxed.score(X_test, stars[test], alpha=shorter.alpha_):.3f}")

# %%
# The certificate of sparse data
# ------------------------------
#
# The intercept stands for columns that are centred. Centring a sparse matrix would fill it; the engine carries the
# means along instead. The gap is that of the centred problem, as a dense copy of the matrix confirms:

alpha = shorter.alpha_
gaps = [duality_gap(matrix, stars[train], shorter.coef_, alpha=alpha) for matrix in (X, X.toarray())]
print(f"gap {gaps[0]:.1e} from the sparse matrix, {gaps[1]:.1e} from the dense copy; "
      f"variance of the stars {stars[train].var():.2f}")
