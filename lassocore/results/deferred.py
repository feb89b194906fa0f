# Lives here: fields of results that are made at their first use. Independent of: what the results are.
"""Frozen classes of results whose costly fields are made when they are first asked for."""
from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from lassocore.utils.pickling import VersionedState

T = TypeVar("T", bound="DeferredFields")


class DeferredFields(VersionedState):
    """`_deferred` maps the names of fields to functions that make them; such fields are no attributes of the class."""

    if not TYPE_CHECKING:           # a type checker would take any name for an attribute

        def __getattr__(self, name: str) -> Any:
            make = self.__dict__.get("_deferred", {}).get(name)
            if make is None:
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}", name=name, obj=self)
            return self.__dict__.setdefault(name, make())

    def __getstate__(self) -> dict[str, Any]:
        """The fields, those that are made at their first use included."""
        made = {name: getattr(self, name) for name in self.__dict__.get("_deferred", ())}
        state = {**super().__getstate__(), **made}
        state.pop("_deferred", None)
        return state


def with_deferred(kind: type[T], fields: dict[str, Any], deferred: dict[str, Callable[[], Any]]) -> T:
    """A result of these fields, which avoids the constructor of a frozen class: that takes longer than a tiny fit."""
    result = kind.__new__(kind)
    result.__dict__.update(fields, _deferred=deferred)
    return result
