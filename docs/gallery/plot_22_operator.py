r"""
A lasso without a matrix: the missing pixels of a picture
=========================================================

Pictures, sounds and measurements of waves are sums of a few patterns, if the patterns are chosen well. Finding these
few is a lasso whose columns are patterns, and its X is never written down: a fast transform computes products with it.
Here 60 % of the pixels of a photograph are lost, and cosines fill them in.
"""
import time

import matplotlib.pyplot as plt
import numpy as np
from scipy.fft import dctn, idctn
from scipy.sparse.linalg import LinearOperator
from sklearn.datasets import load_sample_image

from lassocore import duality_gap, fit_path

BLUE, ORANGE, GREEN, GREY = "#1a339f", "#d67b1d", "#22765b", "#868e99"
plt.rcParams.update({"axes.spines.top": False, "axes.spines.right": False,
                     "figure.dpi": 110})
rng = np.random.default_rng(0)

# %%
# X as two functions
# ------------------
#
# A picture of 72 x 72 pixels is a sum of 5,184 cosine waves in two directions, the *discrete cosine transform*; JPEG
# files keep the few that matter. Of the pixels 40 % are known. So row :math:`i` of X is a known pixel, column :math:`j`
# a wave at these pixels. As a matrix it would have 10 million numbers; the transform needs none of them.
#
# `lassocore.fit_path` asks for two products: :math:`Xv`, the picture with coefficients :math:`v` at the known pixels,
# and :math:`X'u`, the transform of a picture that is :math:`u` at these and 0 elsewhere.

photograph = load_sample_image("china.jpg").mean(axis=2)
picture = photograph[40:328:4, 120:408:4] / 255.0
shape, p = picture.shape, picture.size
known = np.sort(rng.choice(p, int(0.4 * p), replace=False))
n = len(known)


def matvec(v):
    """The picture with these coefficients, at the known pixels."""
    return idctn(v.reshape(shape), norm="ortho").ravel()[known]


def rmatvec(u):
    """The coefficients of a picture that is u at the known pixels."""
    full = np.zeros(p)
    full[known] = u
    return dctn(full.reshape(shape), norm="ortho").ravel()


X = LinearOperator((n, p), matvec=matvec, rmatvec=rmatvec, dtype=float)
y = picture.ravel()[known]

# %%
# Everything else is as with a matrix. Waves of high frequency are rarer in pictures than those of low frequency:
# ``penalty_factor`` grows with the frequency. An unpenalised intercept is the mean brightness, so the constant wave is
# left out.

frequency = np.add.outer(np.arange(shape[0]), np.arange(shape[1])).ravel()
factor = np.where(frequency > 0, np.sqrt(frequency), np.inf)
start = time.perf_counter()
path = fit_path(X, y, alphas=18, eps=2e-3, penalty_factor=factor)
print(path)
print(f"{path.n_nonzero[-1]} of {p} waves, {path.info['n_working'][-1]} of them ever "
      f"computed, in {time.perf_counter() - start:.1f} s")
gap = duality_gap(X, y, path.coefs[:, -1], alpha=path.alphas[-1], penalty_factor=factor)
print(f"a second opinion on the last gap: {gap:.2e}, tolerance {path.gap_tol:.2e}")

# %%
# The certificate covers all 5,184 columns, though most of them were never computed: one product :math:`X'r` for each
# alpha shows that none of the others would help.
#
# How good is the picture? Here the lost pixels are known, to judge by.

pictures = [idctn(path.coefs[:, k].reshape(shape), norm="ortho") + path.intercepts[k]
            for k in range(len(path))]
lost = np.setdiff1d(np.arange(p), known)
errors = [np.sqrt(np.mean((each.ravel()[lost] - picture.ravel()[lost]) ** 2))
          for each in pictures]
seen = np.full(p, np.nan)
seen[known] = y
figure, panels = plt.subplots(1, 4, figsize=(10.5, 3.1), layout="constrained")
for axes, (title, image) in zip(panels, {
        "40 % of the pixels": seen.reshape(shape),
        f"{path.n_nonzero[12]} waves": pictures[12],
        f"{path.n_nonzero[-1]} waves": pictures[-1], "original": picture}.items(),
        strict=True):
    axes.imshow(image, cmap="gray", vmin=0.0, vmax=1.0)
    axes.set(title=title, xticks=[], yticks=[])
plt.show()

# %%
# The mean of the known pixels is what an empty model says of the lost ones; the error falls from there.

figure, axes = plt.subplots(figsize=(5.8, 3.4), layout="constrained")
axes.semilogx(path.alphas, errors, "o-", color=BLUE, label="lost pixels")
residuals = np.sqrt((1.0 - path.r2) * y.var())
axes.semilogx(path.alphas, residuals, "s-", color=ORANGE, label="known pixels")
axes.invert_xaxis()
axes.set(xlabel="alpha", ylabel="root mean squared error",
         title="Errors along the path", ylim=(0.0, None))
axes.legend(frameon=False)
plt.show()
print(f"error at the lost pixels: {errors[0]:.3f} with no wave, {min(errors):.3f} at best")

# %%
# What to take from this
# ----------------------
#
# * X may be two functions. Options, certificates and predictions are those of a matrix.
# * The columns that enter are computed and kept, so models with few features are cheap, whatever the number of columns.
# * Where the matrix fits into memory, pass the matrix: its products are then the faster ones. :doc:`A design that is no
#   matrix </guide/operators>` has the details.
#
# This is the last page of the gallery. **Next:** how to do all this with your own data: :doc:`the user guide
# </guide/index>`.
