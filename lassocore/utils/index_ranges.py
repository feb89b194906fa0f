# Lives here: ranges of indices. Independent of: what they index.
"""Ranges of successive indices."""
from __future__ import annotations

import numpy as np


def ranges_of(starts: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """The numbers start, ..., start + length - 1 of each range, one after the other."""
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total) + np.repeat(starts - (ends - lengths), lengths)
