# Lives here: a check of the links within the built site. Independent of: Sphinx.
"""``python docs/_ext/check_links.py docs/_build/html`` fails if a link within the site leads nowhere."""
import sys
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit


class Page(HTMLParser):
    """Links and anchors of a page."""

    def __init__(self, path):
        super().__init__()
        self.links, self.anchors = [], {"", "top"}
        self.feed(path.read_text())

    def handle_starttag(self, tag, attrs):
        given = {} if tag == "base" else dict(attrs)
        self.anchors.update(value for name, value in attrs if name == "id" or (tag == "a" and name == "name"))
        self.links += [given[name] for name in ("href", "src") if given.get(name)]


@cache
def read(path):
    return Page(path)


def dead_links(site):
    """(page, link) of those that lead nowhere, and how many were followed."""
    dead, n_links = [], 0
    for page in sorted(path for path in site.rglob("*.html") if "_static" not in path.parts):
        for link in read(page).links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            n_links += 1
            there = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            anchored = parts.fragment and there.suffix == ".html"
            if not there.is_file() or anchored and unquote(parts.fragment) not in read(there).anchors:
                dead.append((page, link))
    return dead, n_links


def main(site):
    dead, n_links = dead_links(site)
    for page, link in dead:
        print(f"{page.relative_to(site)}: {link}")
    print(f"{n_links} links within the site, {len(dead)} of them dead")
    return 1 if dead or not n_links else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))
