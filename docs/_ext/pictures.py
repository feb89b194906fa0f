# Lives here: how pictures of the gallery enter its pages. Independent of: what they show.
"""A scraper of sphinx-gallery: descriptions for readers who do not see the pictures, and boxes in which they scroll."""
import re
from textwrap import indent

WIDE = 7.0              # inches; on a telephone such a picture keeps a legible size, and its box scrolls


def scrape(block, block_vars, gallery_conf):
    """The pictures of a block: those of matplotlib, described, each in a box."""
    from matplotlib import pyplot
    from sphinx_gallery.scrapers import matplotlib_scraper

    figures = [pyplot.figure(number) for number in pyplot.get_fignums()]
    descriptions = iter([describe(figure) for figure in figures])
    kinds = [" wide-picture"] if any(figure.get_figwidth() > WIDE for figure in figures) else []
    kinds += [" dark-picture"] if any(is_dark(figure) for figure in figures) else []
    text = matplotlib_scraper(block, block_vars, gallery_conf)
    if not text.strip():
        return text
    text = re.sub(r":alt:.*", lambda _: f":alt: {next(descriptions)}", text)
    return f"\n\n.. container:: picture{''.join(kinds)}\n{indent(text, '   ')}\n"


def is_dark(figure):
    """Whether the ground of a figure is dark: its colours are then not inverted in the dark theme."""
    from matplotlib.colors import to_rgb

    return sum(to_rgb(figure.get_facecolor())) < 1.5


def describe(figure):
    """What a figure shows, in the words of its titles, axes and legends."""
    titles, across, along, entries = [figure.get_suptitle()], [], [], []
    for axes in figure.axes:
        titles += [axes.get_title(loc) for loc in ("left", "center", "right")]
        across.append(axes.get_xlabel())
        along.append(axes.get_ylabel())
        legend = axes.get_legend()
        entries += [text.get_text() for text in legend.get_texts()] if legend else []
    what = " over ".join(filter(None, (listed(along), listed(across))))
    legend = f"Legend: {listed(entries)}" if listed(entries) else ""
    return ". ".join(filter(None, (listed(titles), what, legend))) or "Picture of the code above"


def listed(words):
    """Words without repetition and without the markup of formulas, in one line."""
    text = "; ".join(dict.fromkeys(filter(None, words)))
    return " ".join(re.sub(r"\\(?:mathrm|text)\b|[${}\\]", "", text).split())
