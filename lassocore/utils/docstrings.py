# Lives here: shared entries of docstrings, the address of the online pages. Independent of: what is documented.
"""Numpydoc entries that are written once and rendered in every docstring that lists them."""
from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple, TypeVar

DOC_PAGES = "#"           # no pages are online yet, but scikit-learn shows descriptions only beside a link

T = TypeVar("T")
_SECTION = re.compile(r"(?<=\n)(Parameters|Attributes)\n-{3,}\n(.*?)(?=\n\n?\S[^\n]*\n-{3,}\n|\Z)", re.S)
_DEFAULT = re.compile(r", (?:optional|default=(?P<value>.*))$")


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
            known.update(entries_of(source.__doc__))
        parameters = inspect.signature(documented).parameters       # type: ignore[arg-type]

        def fill(match: re.Match) -> str:
            section, body = match.groups()
            filled = []
            for entry in _parsed(body):
                if not (entry.kind and entry.description) and entry.name not in known:
                    raise LookupError(f"no source of {documented} documents {entry.name!r}")
                parameter = parameters[entry.name.lstrip("*")] if section == "Parameters" else None
                filled.append(_filled(entry, known.get(entry.name), parameter, inspect.isclass(documented)))
            return f"{section}\n{'-' * len(section)}\n" + "\n".join(filled)

        documented.__doc__ = _SECTION.sub(fill, inspect.cleandoc(documented.__doc__))
        return documented

    return complete


@cache
def entries_of(docstring: str) -> dict[str, Entry]:
    """The parameters and attributes of a docstring by name."""
    text = inspect.cleandoc(docstring)
    return {entry.name: entry for match in _SECTION.finditer(text) for entry in _parsed(match.group(2))}


def _parsed(body: str) -> list[Entry]:
    """The entries of a section; each of several names on a line is one."""
    entries = []
    for head, description in re.findall(r"^(\S[^\n]*)((?:\n(?:[ ][^\n]*)?)*)", body, flags=re.M):
        names, _, kind = head.partition(" : ")
        entries += [Entry(name.strip(), kind, description.strip("\n")) for name in names.split(",") if name.strip()]
    return entries


def _filled(entry: Entry, source: Entry | None, parameter: inspect.Parameter | None, of_class: bool) -> str:
    """An entry with the missing parts taken from its source."""
    name, kind, description = entry
    if source is not None:
        kind = kind or (source.kind if parameter is None else _with_default(source.kind, parameter.default, of_class))
        description = description or source.description
    return f"{name} : {kind}\n{description}"


def _with_default(kind: str, default: Any, of_class: bool) -> str:
    """The type of a parameter, with its own default value in the place of the source's."""
    written, kind = _DEFAULT.search(kind), _DEFAULT.sub("", kind)
    if default is inspect.Parameter.empty:
        return kind
    if default is None and not of_class:
        return f"{kind}, optional"
    value = f'"{default}"' if isinstance(default, str) else repr(default)
    if written and written["value"]:
        meant = ast.literal_eval(written["value"])
        value = written["value"] if meant == default and type(meant) is type(default) else value    # 1e-3 stays 1e-3
    return f"{kind}, default={value}"
