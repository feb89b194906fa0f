# Lives here: what search engines and previews of links read of a page. Independent of: how pages look.
"""A description in the head of each page: its first paragraph, or that of the site."""
import re
from html import escape, unescape

from docutils import nodes

LONGEST = 200                   # characters; more is cut off in lists of results


def first_paragraph(doctree):
    """The first paragraph of a page that is a sentence, at most LONGEST characters, cut between words."""
    for paragraph in doctree.findall(nodes.paragraph):
        text = " ".join(paragraph.astext().split())
        if text.endswith((".", ":")) and len(text) > 30 and not isinstance(paragraph.parent, nodes.Admonition):
            return text if len(text) <= LONGEST else text[:LONGEST].rsplit(" ", 1)[0] + " ..."
    return None


def describe(app, pagename, templatename, context, doctree):
    description = (first_paragraph(doctree) if doctree is not None else None) or app.config.html_context["description"]
    title = context.get("title") or app.config.project
    tags = [("name", "description", description), ("property", "og:title", title),
            ("property", "og:description", description), ("property", "og:type", "website"),
            ("property", "og:site_name", app.config.project), ("name", "color-scheme", "light dark")]
    context["metatags"] = context.get("metatags", "") + "".join(
        f'\n<meta {kind}="{name}" content="{escape(plain(value))}">' for kind, name, value in tags)


def plain(title):
    """A title without its markup."""
    return unescape(re.sub(r"<[^>]*>", "", title))


def setup(app):
    app.connect("html-page-context", describe)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
