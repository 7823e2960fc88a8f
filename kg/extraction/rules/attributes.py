"""Attributes: all that ``has_attribute`` says of a product."""

from __future__ import annotations

from collections.abc import Iterator

from kg.extraction.rules.appearance import appearance
from kg.extraction.rules.claims import claims
from kg.extraction.rules.finding import Finding
from kg.extraction.rules.free_from import free_from
from kg.extraction.rules.sizes import sizes


def attributes(sentence: str) -> Iterator[Finding]:
    """Sizes, appearance, what is absent, and claims."""
    yield from sizes(sentence)
    yield from appearance(sentence)
    yield from free_from(sentence)
    yield from claims(sentence)
