# Lives here: what a path is turned into: a picture, a page, a file, a report. Independent of: how models were fitted.
"""Methods of paths that draw, show, save and explain themselves; the work is done where each of these is at home."""
from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lassocore.plots.path_display import PathDisplay


class PathOutput:
    """What paths of one target and of several tasks are turned into."""

    def plot(self, ax=None, **options: Any) -> PathDisplay:
        """Draw the coefficients along the path; needs matplotlib (``pip install "lassocore[plot]"``)."""
        from lassocore.plots.path_display import PathDisplay

        return PathDisplay.from_path(self).plot(ax, **options)

    def to_html(self, file: str | Path, *, X=None, y=None, cv=None) -> None:
        """Write a page on which the path is explored in a browser; it needs no network."""
        from lassocore.explorer.page import write_page

        write_page(file, self, X=X, y=y, cv=cv)

    def save(self, file: str | Path, *, alpha: float | None = None, X=None, y=None, **record: Any) -> None:
        """Write the path as a model file, which `lassocore.load` reads."""
        from lassocore.models.save import save

        save(file, self, alpha=alpha, X=X, y=y, **record)

    def report(self, X=None, y=None) -> str:
        """Say in words how the fit ended, and where it missed its tolerance why, and what to do."""
        from lassocore.results.report import report_of

        return report_of(self, X, y)
