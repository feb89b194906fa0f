# Lives here: what the search of the site knows beside the text of its pages. Independent of: how results are shown.
"""Options and terms lead to the section of the user guide that says most about them.

The search of Sphinx knows whether a page has a word, not how often. Counted here are the names of options and
attributes that the guide shows as code, and the terms of the glossary with their words. Each becomes an entry of the
index at the section of the guide whose prose has it most often, its headings counted twenty times. Names that have a
page of their own in the reference are left to that page.
"""
import re
from collections import Counter, defaultdict

from api_pages import public_names
from docutils import nodes
from sphinx import addnodes

LEAST = 3                       # characters of a word, and the least count of an ordinary one
OF_HEADINGS = 20


def sections_of(doctree):
    """(identifier, heading, prose, names shown as code) of each section, without its subsections and examples."""
    for section in doctree.findall(nodes.section):
        own = [node for node in section.children
               if not isinstance(node, nodes.section | nodes.title | nodes.literal_block)]
        code = [literal.astext() for node in own for literal in node.findall(nodes.literal)]
        yield section["ids"][0], section.next_node(nodes.title).astext(), " ".join(n.astext() for n in own), code


def is_name(word):
    """Whether a word is a name of the library rather than English: fit_intercept, coef_, 1se."""
    return re.search(r"_|\d", word) and not word.isdigit()


def words_of(text):
    return re.findall(rf"\w{{{LEAST},}}", text.lower())


def terms_of(env):
    """Terms of the glossary, and their words."""
    terms = {name.lower() for (kind, name) in env.domains["std"].objects if kind == "term"}
    return terms | {word for term in terms for word in words_of(term)}


def best_sections(env):
    """Section (page, identifier) -> the words that it says most about."""
    known, counts = terms_of(env), defaultdict(Counter)
    own_pages = {name.rpartition(".")[2].lower() for name in public_names()}
    phrases = [term for term in known if not re.fullmatch(r"\w+", term)]
    pages = [name for name in sorted(env.found_docs) if name.startswith("guide/") and name != "guide/index"]
    for page in pages:
        for identifier, heading, text, code in sections_of(env.get_doctree(page)):
            names = {word for piece in code for word in words_of(piece) if is_name(word)}
            known |= names
            here = Counter(words_of(text))
            for word in words_of(heading):
                here[word] += OF_HEADINGS
            for name in names:                          # penalty_factor under the heading "Penalty factors"
                here[name] += OF_HEADINGS * ("_" in name and name.replace("_", " ") in heading.lower())
            for phrase in phrases:
                here[phrase] = text.lower().count(phrase) + OF_HEADINGS * heading.lower().count(phrase)
            for word, count in here.items():
                counts[word][page, identifier] = count
    found = defaultdict(list)
    for word in sorted((known & counts.keys()) - own_pages):
        section, count = counts[word].most_common(1)[0]
        if count >= (1 if is_name(word) else LEAST):
            found[section].append(word)
    return found


def add_entries(app, doctree, docname):
    if not docname.startswith("guide/"):
        return
    if not hasattr(app, "lassocore_search_words"):
        app.lassocore_search_words = best_sections(app.env)
    for section in doctree.findall(nodes.section):
        identifier = section["ids"][0]
        words = app.lassocore_search_words.get((docname, identifier), ())
        if words:
            section.insert(1, addnodes.index(entries=[("single", word, identifier, "main", None) for word in words]))


def setup(app):
    app.connect("doctree-resolved", add_entries)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
