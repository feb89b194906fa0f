r"""
Gene expression: more features than rows
========================================

With 5,000 genes and 160 patients, :term:`least squares` fits anything: there are infinitely many coefficients with no
error at all on the rows at hand. The lasso gives an answer, with at most as many genes as patients. Two questions
decide what that answer is worth: would other patients have selected the same genes, and how well does the list really
predict?

The data are generated to resemble such studies: genes come in groups of 20 that vary together, as genes of one pathway
do, and eight of the 5,000 act on the outcome, all in different groups.
"""
# sphinx_gallery_thumbnail_number = 3
import matplotlib.pyplot as plt
import numpy as np
from sklearn.feature_selection import SelectKBest, f_regression
from sklearn.model_selection import KFold

from lassocore import LassoCV, fit_path
from lassocore.selection import StabilitySelection, cross_validate_selection, stand_ins

BLUE, ORANGE, GREEN, GREY = "#1a339f", "#d67b1d", "#22765b", "#868e99"
plt.rcParams.update({"axes.spines.top": False, "axes.spines.right": False,
                     "figure.dpi": 110})

rng = np.random.default_rng(7)
N_PATIENTS, N_GENES, PER_GROUP = 160, 5000, 20
shared = np.repeat(rng.standard_normal((N_PATIENTS, N_GENES // PER_GROUP)), PER_GROUP,
                   axis=1)
X = np.sqrt(0.5) * shared + np.sqrt(0.5) * rng.standard_normal((N_PATIENTS, N_GENES))
causes = PER_GROUP * np.arange(8)
truth = np.zeros(N_GENES)
truth[causes] = 1.6, -1.4, 1.2, -1.2, 1.0, 1.0, -0.8, 0.6
y = X @ truth + 1.2 * rng.standard_normal(N_PATIENTS)
kinds = np.full(N_GENES, "unrelated", dtype=object)
kinds[:8 * PER_GROUP] = "same group as a cause"
kinds[causes] = "cause"
print(f"share of the variance that the causes explain: {1.0 - 1.2**2 / y.var():.2f}")

# %%
# The path
# --------
#
# Blue lines are causes, the genes that act; orange ones are other genes of their groups, which have a correlation of
# about 0.5 with a cause; grey ones are unrelated.

path = fit_path(X, y, standardize=True, eps=0.02)
colours = {"unrelated": GREY, "same group as a cause": ORANGE, "cause": BLUE}
figure, axes = plt.subplots(figsize=(6.2, 4.2), layout="constrained")
for kind, colour in colours.items():
    lines = path.coefs[(kinds == kind) & (path.coefs != 0.0).any(axis=1)]
    axes.semilogx(path.alphas, lines.T, color=colour,
                  linewidth=0.8 if kind != "cause" else 2.0)
    axes.plot([], [], color=colour, label=kind)
axes.invert_xaxis()
axes.set(xlabel="alpha, falling", ylabel="coefficient",
         title="Strong causes enter first, then many other genes")
figure.legend(loc="outside lower center", ncols=3, frameon=False)
plt.show()

worst = (path.dual_gaps / path.gap_tol).max()
print(f"{len(path.alphas)} models; largest gap over tolerance {worst:.0e}; nonzeros at "
      f"the end {path.n_nonzero[-1]}")


def counted(selected):
    selected = np.asarray(selected)
    return {kind: int((kinds[selected] == kind).sum())
            for kind in ("cause", "same group as a cause", "unrelated")}


# %%
# Cross-validation chooses for prediction
# ---------------------------------------
#
# How many genes of each kind are in the models that :term:`cross-validation` chooses?

folds = KFold(5, shuffle=True, random_state=0)
model = LassoCV(cv=folds, standardize=True, eps=0.02, alphas=60).fit(X, y)
shorter = LassoCV(cv=folds, standardize=True, eps=0.02, alphas=60,
                  selection_rule="1se").fit(X, y)
for title, fitted in (("least error", model), ("one standard error", shorter)):
    print(f"{title}: {counted(np.flatnonzero(fitted.coef_))}")

# %%
# The model of least error holds many genes that have nothing to do with the outcome. Each costs little in prediction,
# because its coefficient is small. As a list of genes to study in the laboratory it would be a waste.
#
# Stability selection
# -------------------
#
# Follow the path on 100 random halves of the patients and count which genes are among the first. Genes that are
# selected by chance differ from half to half. A gene is selected if its count reaches a threshold, which is computed
# such that at most one false selection is expected. Below the picture are what was selected, and the *stand-ins* of
# each gene, those with the largest correlation with it.

selector = StabilitySelection(max_false_selections=1, random_state=0).fit(X, y)
frequencies = selector.selection_frequencies_
figure, axes = plt.subplots(figsize=(6.2, 3.6), layout="constrained")
for kind, colour in colours.items():
    chosen = np.flatnonzero((kinds == kind) & (frequencies > 0.0))
    axes.plot(chosen, frequencies[chosen], "o", color=colour,
              markersize=5 if kind == "cause" else 3, label=kind)
axes.axhline(selector.threshold_, color="black", linestyle="--", linewidth=0.8)
axes.set(xlabel="gene", ylabel="share of the halves",
         title="Selection frequency, and the threshold (dashed)")
figure.legend(loc="outside lower center", ncols=3, frameon=False)
plt.show()
stable = selector.get_support(indices=True)
print(f"selected {counted(stable)}")
print(f"a gene counts if it is among the first {selector.max_features_} of a half; "
      f"threshold {selector.threshold_:.2f}")
print(f"expected false selections: at most {selector.max_false_selections_:.2f}")
print("frequencies of the causes:", frequencies[causes].round(2))
for gene, others in zip(stable, stand_ins(X, stable, min_correlation=0.45,
                                          max_stand_ins=3), strict=True):
    print(f"gene {gene}:", ", ".join(
        f"{other.feature} (correlation {other.correlation:.2f})" for other in others))

# %%
# Six of the eight causes are found, and nothing else, not even a gene of their groups. The other two are the ones with
# the smallest effects; one has a frequency just below the threshold.
#
# The honest error
# ----------------
#
# Now the classic mistake. Select the genes that correlate best with the outcome, on *all* patients; then cross-validate
# a least-squares fit on these. The held-out patients took part in the selection, and the estimate is too good.
# `lassocore.selection.cross_validate_selection` computes both: the selection repeated within every fold, and done once.
#
# First for the outcome above, then for an outcome that is pure noise, where no model can have an R2 above 0.

noise = rng.standard_normal(N_PATIENTS)
results = {}
for outcome, target in (("outcome", y), ("pure noise", noise)):
    for title, chooser in (("20 best correlations", SelectKBest(f_regression, k=20)),
                           ("lasso",
                            LassoCV(cv=5, standardize=True, eps=0.05, alphas=40))):
        scores = cross_validate_selection(chooser, X, target, cv=folds, scoring="r2")
        results[outcome, title] = scores
        print(f"{outcome}, {title}: {len(scores.support_of_all_rows)} genes, honest R2 "
              f"{scores.scores.mean():.2f}, "
              f"optimistic {scores.scores_of_fixed_selection.mean():.2f}")

figure, panels = plt.subplots(1, 2, figsize=(8.5, 3.6), sharey=True,
                              layout="constrained")
for axes, outcome in zip(panels, ("outcome", "pure noise"), strict=True):
    shown = [(title, scores) for (name, title), scores in results.items()
             if name == outcome]
    for place, (_, scores) in enumerate(shown):
        for shift, values, colour in ((-0.15, scores.scores, BLUE),
                                      (0.15, scores.scores_of_fixed_selection, ORANGE)):
            axes.plot(np.full(len(values), place + shift), values, "o", color=colour,
                      alpha=0.4)
            axes.plot(place + shift, values.mean(), "_", color=colour, markersize=22,
                      markeredgewidth=3)
    axes.axhline(0.0, color=GREY, linewidth=0.8)
    axes.set_xticks(range(len(shown)), [title for title, _ in shown])
    axes.set(title=outcome, xlim=(-0.5, len(shown) - 0.5))
panels[0].set_ylabel("R2 of the folds")
panels[0].plot([], [], "_", color=BLUE, label="selected within the folds",
               markeredgewidth=3)
panels[0].plot([], [], "_", color=ORANGE, label="selected on all rows",
               markeredgewidth=3)
figure.legend(loc="outside lower center", ncols=2, frameon=False)
plt.show()

# %%
# Each dot is one fold, the bars are means. Read the orange marks of the noise: 20 genes that were selected on all rows
# "explain" a third of an outcome that is nothing but noise. Selected within the folds they predict worse than the mean.
# Of the noise the lasso selects no gene on all rows, because its own cross-validation finds nothing worth its price.
# Its R2 is then that of the mean, a little below 0; within the folds it now and then selects a gene by mistake.
#
# For the real outcome the lasso is the better model. Its optimistic R2 is 0.90, because 54 genes were chosen to fit
# these very patients; the one to report is 0.69. For the 20 best correlations the two numbers are about the same, and
# both vary much between folds: many of the 20 belong to the group of one cause, the same ones on whichever patients
# they are chosen, and say the same thing twenty times. That optimism happens not to show here does not make the
# procedure right. Its own noise panel shows what it can do.
#
# What to take from this
# ----------------------
#
# Cross-validation chooses genes that predict, :term:`stability selection` genes that others would find, and an error is
# honest only if the selection is repeated within the folds. So write in the paper:
#
# * the list from stability selection, with the bound on false selections, and the stand-ins of each gene: a gene of the
#   same pathway may be the one that acts;
# * the honest R2, and how many genes the model had in each fold;
# * that a gene which is missing from the list may still matter, as two of the eight causes here.
#
# **Next:** thousands of features again, but nearly all entries are 0: :ref:`text
# <sphx_glr_auto_gallery_plot_13_text.py>`.
