# Lives here: the order of the pages of the gallery. Independent of: what they show.
"""Pages by their numbers: plot_2 before plot_10."""
import re


class ByNumber:
    """Sort key of sphinx-gallery for files that are named plot_NUMBER_TITLE.py."""

    def __init__(self, src_dir):
        self.src_dir = src_dir

    def __call__(self, filename):
        return int(re.search(r"\d+", filename).group()), filename

    def __repr__(self):
        return "<ByNumber>"
