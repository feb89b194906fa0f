# Lives here: the index of the reference, made from the package. Independent of: the other pages.
"""Writes api/index.rst: the groups of ``lassocore.__doc__``, with the names of the public modules that they name."""
import re
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import lassocore

INTRODUCTION = """\
API reference
=============

What is public: the names below, with their documented parameters, attributes and methods.
:doc:`Versions </versioning>` says what may change when. Estimators also have the methods that scikit-learn gives to
all of them: ``score``, ``get_params``, ``set_params``, ``set_fit_request``. The commands of the command line are in
the :doc:`guide </guide/command-line>`.

"""


def public_groups():
    """(title, full names) of the groups in the docstring of the package; a title may name a module: all its names."""
    title, names, modules = "", [], []
    for line in [*lassocore.__doc__.split("\n")[1:], "end"]:
        listed = re.match(r"    ([\w, ]*?\w)(?:\s{2,}|$)", line)
        if listed:
            names += [f"lassocore.{name}" for name in re.split(r", *", listed[1]) if name in lassocore.__all__]
        elif line.strip():
            if names or modules:
                yield title, names + [name for module in modules for name in names_of(module)]
            title, *modules = re.split(r": (?=lassocore\.)", line.strip())
            names = []


def names_of(module):
    """Full names of a public module that are not lassocore's own, in the order in which its docstring lists them."""
    module = import_module(module)
    names = [name for name in getattr(module, "__all__", ())
             if getattr(module, name) is not getattr(lassocore, name, None)]
    listed = re.findall(r"\w+", module.__doc__ or "")
    places = {name: listed.index(name) if name in listed else len(listed) for name in names}
    return [f"{module.__name__}.{name}" for name in sorted(names, key=places.__getitem__)]


def public_modules():
    """Names of the public modules: those packages that list their names."""
    found = (f"lassocore.{module.name}" for module in iter_modules(lassocore.__path__)
             if module.ispkg and not module.name.startswith("_"))
    return [module for module in found if names_of(module)]


def public_names():
    """Full names of all that is public, methods included."""
    names = [name for _, listed in public_groups() for name in listed]
    for name in list(names):
        module, _, last = name.rpartition(".")
        value = getattr(import_module(module), last)
        if isinstance(value, type):
            names += [f"{name}.{method}" for method in dir(value) if is_own(getattr(value, method), method)]
    return names


def is_own(member, name):
    """Whether a member of a class is documented here: neither scikit-learn's nor a plain field."""
    function = getattr(member, "fget", None) or getattr(member, "func", None) or member
    return not name.startswith("_") and getattr(function, "__module__", "").startswith("lassocore")


def skip_member(app, what, name, member, skip, options):
    return skip or not is_own(member, name)


def section(title, names):
    """A title, what the public modules in it are, and a table of the names with their first lines."""
    modules = dict.fromkeys(name.rpartition(".")[0] for name in names if name.count(".") > 1)
    text = "".join(f"``{module}``: {uncapitalised(import_module(module).__doc__)}\n\n" for module in modules)
    listed = "\n".join(f"   ~{name}" for name in names)
    return f"{title}\n{'-' * len(title)}\n\n{text}.. autosummary::\n   :toctree: generated\n\n{listed}\n\n"


def uncapitalised(docstring):
    """The first line, as the end of a sentence."""
    return docstring[0].lower() + docstring.split("\n", 1)[0][1:]


def write_index(app, config):
    pages = [section(title, names) for title, names in public_groups()]
    path, text = Path(app.confdir) / "api" / "index.rst", INTRODUCTION + "".join(pages)
    if not path.exists() or path.read_text() != text:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)


def link_types(app, what, name, member, options, lines):
    """Public classes in the types of entries lead to their pages; so do sections of math.md."""
    classes = public_classes()
    for k, line in enumerate(lines):
        head = re.match(r"[\w, ]+ : |", line)[0]
        if head or re.fullmatch(classes, line) and "".join(lines[k + 1:k + 2]).startswith("    "):
            lines[k] = head + re.sub(rf"\b({classes})\b", r"`\1`", line[len(head):])
        lines[k] = re.sub(r"docs/math\.md, (section \d+)", r":doc:`Mathematics, \1 </math>`", lines[k])


@cache
def public_classes():
    """Their short names, as alternatives of a regular expression."""
    parts = (name.rpartition(".") for name in public_names())
    names = {name for owner, _, name in parts if owner in ("lassocore", *public_modules())
             and isinstance(getattr(import_module(owner), name), type)}
    return "|".join(sorted(names, key=len, reverse=True))


def mark_attributes(app, what, name, member, options, lines):
    """Words that end with an underscore are code; reStructuredText would take them for links."""
    for k, line in enumerate(lines):
        if ">>>" in line or line.lstrip().startswith(".. "):
            continue
        head = re.match(r"[\w, ]+ : |", line)[0]               # of an entry: numpydoc reads the names
        pieces = re.split(r"(`+[^`]*`+)", line[len(head):])
        pieces[::2] = [re.sub(r"(?<![\w.*])([a-z]\w*_)(?![\w*])", r"``\1``", piece) for piece in pieces[::2]]
        lines[k] = head + "".join(pieces)


def setup(app):
    app.connect("config-inited", write_index)
    app.connect("autodoc-skip-member", skip_member)
    app.connect("autodoc-process-docstring", link_types, priority=390)           # before numpydoc reads them,
    app.connect("autodoc-process-docstring", mark_attributes, priority=400)
    app.connect("autodoc-process-docstring", mark_attributes, priority=600)      # and what it adds of properties
    return {"parallel_read_safe": True, "parallel_write_safe": True}
