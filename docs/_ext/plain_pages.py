# Lives here: what makes plain Markdown pages part of the site. Independent of: what the pages say.
"""Pages stay readable as they are: links to files, numbers of equations and names of the API become links here."""
import re
from pathlib import Path

from api_pages import public_names
from docutils import nodes
from sphinx.addnodes import pending_xref

OF_THE_ROOT = {"changelog": "CHANGELOG.md", "contributing/index": "CONTRIBUTING.md", "security": "SECURITY.md"}


def read_page(app, docname, source):
    if docname in OF_THE_ROOT:
        source[0] = (Path(app.confdir).parent / OF_THE_ROOT[docname]).read_text()
    up = "../" * docname.count("/")
    for page, name in OF_THE_ROOT.items():
        source[0] = re.sub(rf"\]\((?:\.\./)*{name}", f"]({up}{page}.md", source[0])
    source[0] = re.sub(r"\]\((?:\.\./)*README\.md", f"]({up}index.md", source[0])
    source[0] = re.sub(r"\]\((?:\.\./)*gallery\.md", f"]({up}auto_gallery/index.rst", source[0])
    source[0] = re.sub(r"\]\((?:\.\./)*gallery/(plot_\w+)\.py", rf"]({up}auto_gallery/\1.rst", source[0])
    if docname in OF_THE_ROOT:
        source[0] = source[0].replace("](docs/", f"]({up}")
        source[0] = re.sub(r"\[([^]]+)\]\((?:LICENSE|CITATION\.cff|pyproject\.toml)\)", r"\1", source[0])
    if docname == "math":
        source[0] = with_linked_equations(source[0])
    source[0] = re.sub(r"\[([^]]*\((\d+\.\d+)\))\]\([./]*math\.md#[\w-]+\)",     # to the section in plain Markdown
                       lambda found: f"[{found[1]}](#{label(found[2])})", source[0])


def with_linked_equations(text):
    """Each numbered equation is a target, each number in brackets a link to it."""
    parts = re.split(r"(^```.*?^```)", text, flags=re.M | re.S)
    for k, part in enumerate(parts):
        number = re.search(r"\\tag\{([\d.]+)\}", part)
        if part.startswith("```math") and number:       # nowrap: Sphinx would split it at line breaks, without a number
            body = part.removeprefix("```math").removesuffix("```").strip()
            parts[k] = (f"({label(number[1])})=\n```math\n:nowrap:\n\n"
                        f"\\begin{{equation}}\n{body}\n\\end{{equation}}\n```")
        elif not part.startswith("```"):
            parts[k] = re.sub(r"(?<![\w$\\])\((\d+\.\d+)\)", lambda found: f"[{found[0]}](#{label(found[1])})", part)
    return "".join(parts)


def label(number):
    return f"eq-{number.replace('.', '-')}"


def link_names(app, doctree):
    """Code that is nothing but a public name leads to its page."""
    if app.env.docname.startswith(("api/", "auto_gallery/")):
        return
    for literal in list(doctree.findall(nodes.literal)):
        target = targets(app).get(literal.astext().removesuffix("()"))
        if target is None or is_within(literal, nodes.title | nodes.reference | pending_xref):
            continue
        link = pending_xref("", refdomain="py", reftype="obj", reftarget=target, refexplicit=True,
                            refdoc=app.env.docname)
        literal.replace_self(link)
        link += literal


def is_within(node, kinds):
    while node := node.parent:
        if isinstance(node, kinds):
            return True
    return False


def resolve_short_names(app, env, node, contnode):
    """Names in single backticks: public ones lead to their page from every module; parameters and others are code."""
    name = node.get("reftarget", "")
    if node.get("refdomain") != "py" or node.get("reftype") != "obj" or name.startswith("lassocore"):
        return None
    target = targets(app).get(name.removesuffix("()"))
    if target is None:
        return contnode
    return env.domains["py"].resolve_xref(env, node["refdoc"], app.builder, "obj", target, node, contnode)


def targets(app):
    """Short and full names -> full names."""
    if not hasattr(app, "lassocore_names"):
        full = public_names()
        app.lassocore_names = {name: name for name in full}
        for name in reversed(full):                     # lassocore's own come first, and win
            module = re.match(r"lassocore(?:\.[a-z]\w*(?=\.))*", name)[0]
            app.lassocore_names[name.removeprefix(f"{module}.")] = name
    return app.lassocore_names


def setup(app):
    app.connect("source-read", read_page)
    app.connect("doctree-read", link_names)
    app.connect("missing-reference", resolve_short_names)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
