# Lives here: entries that docstrings share, the address of the online pages. Must not know: what is documented.
"""Numpydoc entries that are written once and rendered in every docstring that lists them."""
from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

DOC_PAGES = "https://lassocore.readthedocs.io/en/stable/api/lassocore.{estimator_name}.html"

T = TypeVar("T")
_SECTION = re.compile(r"(?<=\n)(Parameters|Attributes)\n-{3,}\n(.*?)(?=\n\n?\S[^\n]*\n-{3,}\n|\Z)", re.S)
_DEFAULT = re.compile(r", (?:optional|default=(?P<value>.*))$")


class LinksToPages:
    """An estimator whose HTML representation links to its page of the online documentation.

    scikit-learn 1.9 shows the descriptions of parameters there, but only beside a link.
    """

    _doc_link_module = "lassocore"
    _doc_link_template = DOC_PAGES


class Entry(NamedTuple):
    """A parameter or an attribute."""

    name: str
    kind: str               # what follows " : "; empty where the type is that of a source
    description: str        # indented lines


def complete_docstring(*sources: Any) -> Callable[[T], T]:
    """Fill in the entries of parameters and attributes that a docstring only names.

    A docstring may list names alone, several on a line (``tol, max_iter``): each gets the entry of the first source
    that has one, with the default value of its own signature. An entry without a description gets that of the source.

    Parameters
    ----------
    *sources : class or function
        Where entries are looked up, in this order.

    Returns
    -------
    callable
        A decorator that returns the class or function itself.

    Raises
    ------
    LookupError
        A name that no source documents.
    """
    def complete(documented: T) -> T:
        if documented.__doc__ is None:          # python -OO
            return documented
        known: dict[str, Entry] = {}
        for source in reversed(sources):
            known.update(entries_of(source))

        def fill(match: re.Match) -> str:
            section, body = match.groups()
            filled = [_filled(entry, known, documented, section) for entry in _parsed(body)]
            return f"{section}\n{'-' * len(section)}\n" + "\n".join(filled)

        documented.__doc__ = _SECTION.sub(fill, inspect.cleandoc(documented.__doc__))
        return documented

    return complete


def entries_of(documented: Any) -> dict[str, Entry]:
    """The parameters and attributes of a docstring by name."""
    text = inspect.cleandoc(documented.__doc__ or "")
    return {entry.name: entry for match in _SECTION.finditer(text) for entry in _parsed(match.group(2))}


def _parsed(body: str) -> list[Entry]:
    """The entries of a section; each of several names on a line is one."""
    entries = []
    for head, description in re.findall(r"^(\S[^\n]*)((?:\n(?:[ ][^\n]*)?)*)", body, flags=re.M):
        names, _, kind = head.partition(" : ")
        entries += [Entry(name.strip(), kind, description.strip("\n")) for name in names.split(",") if name.strip()]
    return entries


def _filled(entry: Entry, known: dict[str, Entry], documented: Any, section: str) -> str:
    """An entry with all that its sources add."""
    name, kind, description = entry
    if not kind or not description:
        if name not in known:
            raise LookupError(f"no source of {documented.__qualname__} documents {name!r}")
        source = known[name]
        kind = kind or (source.kind if section == "Attributes" else _with_default(source.kind, name, documented))
        description = description or source.description
    return f"{name} : {kind}\n{description}"


def _with_default(kind: str, name: str, documented: Any) -> str:
    """The type of a parameter, with the default of the signature at hand."""
    default = inspect.signature(documented).parameters[name.lstrip("*")].default
    written, kind = _DEFAULT.search(kind), _DEFAULT.sub("", kind)
    if default is inspect.Parameter.empty:
        return kind
    if default is None and not inspect.isclass(documented):
        return f"{kind}, optional"
    value = f'"{default}"' if isinstance(default, str) else repr(default)
    if written and written["value"]:
        meant = ast.literal_eval(written["value"])
        value = written["value"] if meant == default and type(meant) is type(default) else value    # 1e-3 stays 1e-3
    return f"{kind}, default={value}"
