"""Which sources there are. A name belongs to one class for good: traces and weights refer to it."""

from __future__ import annotations

from typing import TypeVar

from recommender.contracts import CandidateSource

Source = TypeVar("Source", bound=CandidateSource)

_CLASSES: dict[str, type[CandidateSource]] = {}


class DuplicateSourceError(ValueError):
    """Two classes claim one name."""


def register(source: type[Source]) -> type[Source]:
    """Class decorator: make the source known under its ``name``."""
    known = _CLASSES.get(source.name)
    if known is not None and known is not source:
        raise DuplicateSourceError(f"a source named {source.name!r} exists: {known.__qualname__}")
    _CLASSES[source.name] = source
    return source


def source_class(name: str) -> type[CandidateSource]:
    """The class of that name; raises KeyError that lists the known ones."""
    try:
        return _CLASSES[name]
    except KeyError:
        known = ", ".join(source_names())
        raise KeyError(f"no source named {name!r}; known: {known}") from None


def source_names() -> tuple[str, ...]:
    """All registered names in order of registration."""
    return tuple(_CLASSES)
