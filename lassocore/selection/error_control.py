# Lives here: threshold, features per subsample and false selections: two determine the third. Independent of: data.
"""What `StabilitySelection` guarantees, from what was asked for."""
from __future__ import annotations

from typing import Any, NamedTuple

from lassocore.selection.bounds import (
    BOUNDS,
    PAIRED,
    check_bound,
    false_selection_bound,
    least_threshold,
    most_features,
)
from lassocore.utils.arguments import is_number, is_one_of, is_whole

DEFAULT_THRESHOLD = 0.75
DEFAULT_FALSE_SELECTIONS = 1.0


class ErrorControl(NamedTuple):
    """What is given: numbers or None; max_features may be "all", which leaves it to the data."""

    threshold: float | None
    max_features: Any
    max_false: float | None
    n_features: int
    n_subsamples: int
    bound: str

    def completed(self) -> ErrorControl:
        """What follows before the data are known: only the threshold for "all" features may stay open."""
        threshold, q, max_false = self.threshold, self.max_features, self.max_false
        if q == "all":
            return self
        if threshold is not None and q is not None:
            return self._checked()
        max_false = DEFAULT_FALSE_SELECTIONS if max_false is None else max_false
        if q is None:
            at = DEFAULT_THRESHOLD if threshold is None else threshold
            q = most_features(max_false, at, self.n_features, self.n_subsamples, self.bound)
            if q == 0:
                raise ValueError(
                    f"max_false_selections={max_false!r} cannot be met at a threshold of {at!r} even with one feature "
                    f"per subsample of {self.n_features}: bound={self.bound!r} then allows "
                    f"{self.at(at, 1):.3g}; allow more, or use a larger threshold{self._tighter()}")
        if threshold is None:
            threshold = self._least_threshold(max_false, q)
        return self._replace(threshold=threshold, max_features=q, max_false=max_false)

    def completed_by(self, n_selected: float) -> ErrorControl:
        """The same once the mean number of features per subsample is known."""
        if self.max_features != "all":
            return self
        found = self._replace(max_features=n_selected)
        if self.threshold is not None:
            return found._checked()
        max_false = DEFAULT_FALSE_SELECTIONS if self.max_false is None else self.max_false
        return found._replace(threshold=self._least_threshold(max_false, n_selected))

    def at(self, threshold: float, n_selected: float, bound: str | None = None) -> float:
        """A bound at this threshold and number of features per subsample."""
        return false_selection_bound(threshold, n_selected, self.n_features, n_subsamples=self.n_subsamples,
                                     bound=bound or self.bound)

    def bounds(self, paired: bool) -> dict[str, float]:
        """All bounds that apply to the subsamples."""
        assert self.threshold is not None
        return {bound: self.at(self.threshold, self.max_features, bound) for bound in BOUNDS
                if paired or bound not in PAIRED}

    def _checked(self) -> ErrorControl:
        assert self.threshold is not None
        found = self.at(self.threshold, self.max_features)
        if self.max_false is not None and found > self.max_false * (1.0 + 1e-12):
            raise ValueError(
                f"threshold={self.threshold!r} and {self.max_features:.6g} features per subsample allow {found:.3g} "
                f"false selections, and max_false_selections={self.max_false!r} asks for fewer; leave one of the three "
                "at None to have it computed")
        return self

    def _least_threshold(self, max_false: float, n_selected: float) -> float:
        found = least_threshold(max_false, n_selected, self.n_features, self.n_subsamples, self.bound)
        if found is None:
            raise ValueError(
                f"max_false_selections={max_false!r} cannot be met with {n_selected:.6g} features per subsample of "
                f"{self.n_features}: at a threshold of 1 bound={self.bound!r} still allows "
                f"{self.at(1.0, n_selected):.3g}; use fewer max_features, or larger alphas{self._tighter()}")
        return found

    def _tighter(self) -> str:
        return "" if self.bound == BOUNDS[-1] else f", or bound={BOUNDS[-1]!r}, which assumes more"


def as_error_control(threshold: Any, max_features: Any, max_false: Any, bound: Any, n_features: int,
                     n_subsamples: int, paired: bool) -> ErrorControl:
    """The parameters of these names, checked."""
    if is_one_of(bound, ("auto",)):
        bound = "unimodal" if paired else "meinshausen_buhlmann"
    check_bound(bound, n_subsamples)
    if bound in PAIRED and not paired:
        raise ValueError(f"bound={bound!r} is proved for complementary pairs; use subsampling='complementary', or "
                         "bound='meinshausen_buhlmann'")
    if not (threshold is None or is_number(threshold) and 0.5 < threshold <= 1.0):
        raise ValueError(f"threshold={threshold!r} must be a number above 0.5 and at most 1, or None to derive it from "
                         "max_false_selections")
    if not (max_features is None or isinstance(max_features, str) and max_features == "all"
            or is_whole(max_features) and max_features >= 1):
        raise ValueError(f"max_features={max_features!r} must be an integer of at least 1, 'all', or None to derive it "
                         "from max_false_selections")
    if is_whole(max_features) and max_features > n_features:
        raise ValueError(f"max_features={max_features!r} exceeds the {n_features} features of X; use fewer, or 'all'")
    if not (max_false is None or is_number(max_false) and max_false > 0.0):
        raise ValueError(f"max_false_selections={max_false!r} must be a number above 0, or None")
    return ErrorControl(threshold, max_features, max_false, n_features, n_subsamples, bound)
