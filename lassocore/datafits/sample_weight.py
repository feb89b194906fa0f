# Lives here: weights of samples. Independent of: X, penalties.
"""Weights of samples, scaled by a power of two."""
from __future__ import annotations

import numpy as np

from lassocore.utils.arguments import as_real, as_vector, is_number


def as_sample_weight(sample_weight, n_samples: int) -> np.ndarray | None:
    """Weights scaled by a power of two so that the largest is in [1, 2), which leaves the minimiser unchanged."""
    if sample_weight is None:
        return None
    if is_number(sample_weight):
        sample_weight = np.full(n_samples, float(sample_weight))
    s = as_vector(sample_weight, "sample_weight", n_samples, "samples")
    if (s < 0).any():
        raise ValueError(f"sample_weight has a negative value ({s.min():g}); weights must be at least 0")
    if s.max() == 0:
        raise ValueError("sample_weight is zero for all samples; give at least one sample a positive weight")
    s = np.ldexp(s, 1 - int(np.frexp(s.max())[1]))
    return None if (s == 1.0).all() else s


def weight_unit(sample_weight) -> float:
    """The power of two that `as_sample_weight` divides valid weights by."""
    return 1.0 if sample_weight is None else float(2.0 ** (int(np.frexp(np.max(as_real(sample_weight, "")))[1]) - 1))
