"""Accepting a sentence only where everything that it claims stands in the evidence.

A text is accepted if it can be read completely and some reading of it states known facts only,
at least one of them worth telling. What cannot be read is refused, whatever it may mean.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from recommender.explanation.claims import LONGEST_TEXT, UnreadableError, readings
from recommender.explanation.facts import Evidence, Fact, Kind, Statement
from recommender.explanation.patterns import Language


class Reason(StrEnum):
    """Why a text was not accepted; the values label the metric."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    SIGNS = "signs"
    SPACING = "spacing"
    UNREADABLE = "unreadable"
    REPEATED = "repeated"
    UNFOUNDED = "unfounded"
    NOTHING_TOLD = "nothing_told"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a text; ``facts`` hold its claims where it was accepted."""

    reason: Reason | None = None
    #: The place at which reading stopped, or the claim that nothing supports.
    detail: str = ""
    facts: tuple[Fact, ...] = ()

    @property
    def accepted(self) -> bool:
        """Whether the text may be shown."""
        return self.reason is None


#: Claims that tell the shopper why; that something is offered or has a brand does not.
_TELLING = frozenset({Kind.DID, Kind.LINKED, Kind.SHARES, Kind.TIMES, Kind.POPULAR, Kind.WROTE})
_SPACING = re.compile(r"\s[,.;:!?”]|\s\s|“\s|[,;:](?=[^\s\d])|^\s|\s$")
_SPACING_BETWEEN_SIGNS = re.compile(r"\s\s|^\s|\s$")


def verify(text: str, evidence: Evidence, language: Language) -> Verdict:
    """Judge a text about the evidence's item."""
    if not text:
        return Verdict(Reason.EMPTY)
    if len(text) > LONGEST_TEXT:
        return Verdict(Reason.TOO_LONG)
    if any(unicodedata.category(s)[0] == "C" or s in "\u2028\u2029\u00a0<>" for s in text):
        return Verdict(Reason.SIGNS)
    spacing = _SPACING if language.spaced else _SPACING_BETWEEN_SIGNS
    if spacing.search(_without_names(text, evidence)):
        return Verdict(Reason.SPACING)
    try:
        found = readings(text, language, evidence.names, item=evidence.item.id)
    except UnreadableError as error:
        return Verdict(Reason.UNREADABLE, error.near)
    refusals = []
    for statements in found:
        verdict = _judged(statements, evidence)
        if verdict.accepted:
            return verdict
        refusals.append(verdict)
    return refusals[0]


def _judged(statements: tuple[Statement, ...], evidence: Evidence) -> Verdict:
    known = evidence.by_statement
    for one in statements:
        if one not in known:
            return Verdict(Reason.UNFOUNDED, statement_words(one))
    if len(set(statements)) < len(statements):
        return Verdict(Reason.REPEATED)
    if not any(one.kind in _TELLING for one in statements):
        return Verdict(Reason.NOTHING_TOLD)
    return Verdict(facts=tuple(known[one] for one in statements))


def _without_names(text: str, evidence: Evidence) -> str:
    """The text with a letter for each name, whose own punctuation is its own affair."""
    for name in sorted(evidence.names, key=len, reverse=True):
        text = text.replace(name, "N")
    return text


def statement_words(statement: Statement) -> str:
    """A statement in a line, for logs and reports."""
    parts = (statement.kind.value, statement.what, statement.value, *statement.products)
    return " ".join(part for part in parts if part)
