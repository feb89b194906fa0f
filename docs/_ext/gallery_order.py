# Lives here: the order of the gallery. Independent of: what its pages show.
"""Pages by the number in the names of their files: plot_2_... before plot_10_..., unlike by letters."""
import re


class ByNumber:
    """Key of sphinx-gallery for ``within_subsection_order``."""

    def __init__(self, src_dir):
        self.src_dir = src_dir

    def __repr__(self):
        return "<ByNumber>"             # the configuration is compared by it: no address

    def __call__(self, filename):
        number = re.search(r"\d+", filename)
        return (int(number.group()) if number else 0, filename)
