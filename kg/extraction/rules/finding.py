"""What a rule finds in one sentence, and the signature that every family of rules shares."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """A stated fact; ``start`` and ``end`` are offsets in the sentence of the words that say it."""

    predicate: str
    kind: str
    name: str
    start: int
    end: int
    #: Which rule it was: its confidence is measured by this name.
    rule: str
    label: str = ""


#: Reads one sentence.
Family = Callable[[str], Iterator[Finding]]


def attribute(key: str, value: str, start: int, end: int, rule: str) -> Finding:
    """The finding of an attribute, with the same key and label as the catalogue's own facts."""
    label = f"{key[:1].upper()}{key[1:]}: {value}".replace("_", " ")
    return Finding("has_attribute", "attribute", f"{key}={value}", start, end, rule, label)
