"""Which sources there are. A name belongs to one class for good: traces and weights refer to it."""

from __future__ import annotations

from importlib import import_module
from typing import TypeVar, cast

from recommender.contracts import CandidateSource

Source = TypeVar("Source", bound=CandidateSource)

_CLASSES: dict[str, type[CandidateSource]] = {}
_ELSEWHERE: dict[str, str] = {}


class DuplicateSourceError(ValueError):
    """Two classes claim one name."""


def register(source: type[Source]) -> type[Source]:
    """Class decorator: make the source known under its ``name``."""
    known = _CLASSES.get(source.name)
    if (known is not None and known is not source) or source.name in _ELSEWHERE:
        owner = known.__qualname__ if known else _ELSEWHERE[source.name]
        raise DuplicateSourceError(f"a source named {source.name!r} exists: {owner}")
    _CLASSES[source.name] = source
    return source


def register_elsewhere(name: str, path: str) -> None:
    """Name a source that is only imported when it is asked for: it needs torch, the others do not.

    ``path`` is ``module:Class``.
    """
    if name in _CLASSES or _ELSEWHERE.get(name, path) != path:
        raise DuplicateSourceError(f"a source named {name!r} exists already")
    _ELSEWHERE[name] = path


def source_class(name: str) -> type[CandidateSource]:
    """The class of that name; raises KeyError that lists the known ones."""
    if name in _CLASSES:
        return _CLASSES[name]
    if name in _ELSEWHERE:
        module, _, attribute = _ELSEWHERE[name].partition(":")
        return cast("type[CandidateSource]", getattr(import_module(module), attribute))
    raise KeyError(f"no source named {name!r}; known: {', '.join(source_names())}")


def source_names() -> tuple[str, ...]:
    """All registered names in order of registration, those that need torch last."""
    return (*_CLASSES, *_ELSEWHERE)
